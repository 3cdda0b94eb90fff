"""What the alarms of a deployment count per second, by metric and scope."""

from simdeploy.model.cohorts import is_target
from simdeploy.model.constants import DEAD, EXITED, LOADS, PENDING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import has_leftover
from simdeploy.model.requests import chance_load, cohort_pace, is_answered_after
from simdeploy.semantics.alarms import (
    CPU,
    OF_NEW,
    OF_OLD,
    OF_SERVICE,
    P99,
    UNHEALTHY_TARGETS,
    counted_rate,
)
from simdeploy.semantics.overload import table_place
from simdeploy.semantics.state import NEVER, NEW, OLD, UNHEALTHY


def set_alarm_rates(m: ScenarioRecord, s: RunState) -> None:
    """Set what every alarm counts per second from now until the next instant."""
    for k in range(m.n_alarms):
        set_alarm_rate(m, s, k, m.alarms[k].scope)


def set_alarm_rate(m: ScenarioRecord, s: RunState, k: int, scope: int) -> None:
    """Set what alarm ``k`` counts per second from now on, of a scope."""
    w = s.world
    a = w.alarms[k]
    x = m.alarms[k]
    if x.metric == CPU:
        a.bad_rate, a.all_rate = mean_cpu(m, s, scope)
    elif x.metric == UNHEALTHY_TARGETS:
        a.bad_rate, a.all_rate = unhealthy_targets(s, scope)
    elif x.metric == P99:
        a.bad_rate, a.all_rate = slow_answer_rates(m, s, k, scope)
    else:
        a.bad_rate, a.all_rate = error_rates(m, s, x.metric, scope)


def error_rates(m: ScenarioRecord, s: RunState, metric: int, scope: int) -> tuple[float, float]:
    """Return errors that a metric counts per second, and all requests."""
    w = s.world
    old = 1.0 if scope != OF_NEW else 0.0
    new = 1.0 if scope != OF_OLD else 0.0
    old_elb = old if m.has_balancer != 0 else 0.0
    new_elb = new if m.has_balancer != 0 else 0.0
    bad = counted_rate(
        metric,
        old * w.target_error_rate[OLD] + new * w.target_error_rate[NEW],
        old_elb * w.balancer_error_rate[OLD] + new_elb * w.balancer_error_rate[NEW],
        old * w.target_4xx_rate[OLD] + new * w.target_4xx_rate[NEW],
        old_elb * w.balancer_4xx_rate[OLD] + new_elb * w.balancer_4xx_rate[NEW],
    )
    total = old * w.arrival_rate[OLD] + new * w.arrival_rate[NEW]
    if scope == OF_SERVICE:
        total = w.offered_rate
    # What waits for a hung task counts when it fails, not when it arrives.
    total -= old * w.waiting_rate[OLD] + new * w.waiting_rate[NEW]
    total = max(0.0, total)
    total += old * w.given_up_rate[OLD] + new * w.given_up_rate[NEW]
    return bad, total


def is_working(s: RunState, i: int) -> bool:
    """Return whether the process of task ``i`` is there."""
    state = s.tasks[i].state
    return bool(state != PENDING and state != DEAD and state != EXITED)


def mean_cpu(m: ScenarioRecord, s: RunState, scope: int) -> tuple[float, float]:
    """Return the mean CPU of running and draining tasks in percent, and 1; both 0 without tasks.

    A task uses at most 100 %.
    """
    total = 0.0
    tasks = 0
    i = s.world.first_task
    while i >= 0:
        t = s.tasks[i]
        if is_working(s, i) and (scope == OF_SERVICE or scope == t.revision):
            busy = 100.0 if has_leftover(s, i) else 0.0
            if t.cohort >= 0:
                busy = 100.0 * s.cohorts[t.cohort].utilization
            boost = m.boost_cpu if t.boost_ends_at < NEVER else 0.0
            total += min(100.0, busy + boost)
            tasks += 1
        i = t.next_task
    if tasks == 0:
        return 0.0, 0.0
    return total / tasks, 1.0


def unhealthy_targets(s: RunState, scope: int) -> tuple[float, float]:
    """Return the unhealthy targets, and 1; both 0 if none is registered (alb-host-counts).

    Targets in state initial or draining do not count; traffic does not matter.
    """
    unhealthy = 0.0
    registered = 0.0
    i = s.world.first_task
    while i >= 0:
        t = s.tasks[i]
        if is_target(s, i) and (scope == OF_SERVICE or scope == t.revision):
            registered = 1.0
            if t.health == UNHEALTHY:
                unhealthy += 1.0
        i = t.next_task
    return unhealthy, registered


def slow_answer_rates(m: ScenarioRecord, s: RunState, k: int, scope: int) -> tuple[float, float]:
    """Return answers per second that are slower than a p99 alarm's threshold, and all answers."""
    w = s.world
    x = m.alarms[k]
    slower = 0.0
    served = 0.0
    for j in range(w.n_cohorts):
        c = s.cohorts[j]
        if c.n_targets > 0 and c.is_answering != 0 and (scope == OF_SERVICE or scope == c.revision):
            pace = cohort_pace(m, s, j)
            waits = x.threshold < m.client_timeout and is_answered_after(m, s, j, x.threshold)
            y = table_place(chance_load(m, s, j), LOADS - 1)
            i = min(int(y), LOADS - 2)
            low = x.slower_share[pace][i]
            tail = low + (x.slower_share[pace][i + 1] - low) * (y - i)
            slower += c.served_rate * (1.0 if waits else tail)
            served += c.served_rate
    return slower, served
