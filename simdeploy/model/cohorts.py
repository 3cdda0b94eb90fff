"""Cohorts: targets alike in revision, ramp and backlog, kept as a single queue with a count."""

from simdeploy.model.accessors import are_alike, is_free, target_group
from simdeploy.model.constants import COHORTS, LEAVING, RUNNING
from simdeploy.model.crowding import merge_nearest, reassign_tasks
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import begin_leftover, drop_leftover, has_leftover, leftover_of
from simdeploy.semantics.faults import TASK_RUNNING
from simdeploy.semantics.overload import success_of_queue
from simdeploy.semantics.routing import fails_open, is_eligible
from simdeploy.semantics.state import HEALTHY


def matches_cohort(s: RunState, k: int, i: int, backlog: float) -> bool:
    """Whether the targets of cohort ``k`` are like task ``i`` with that backlog."""
    c = s.cohorts[k]
    t = s.tasks[i]
    if c.revision != t.revision or c.is_answering != t.is_answering or c.backlog != backlog:
        return False
    if c.is_hung != t.is_hung:
        return False
    return bool(c.is_cold == t.is_cold and c.ramp == t.ramp)


def find_cohort(s: RunState, i: int, backlog: float) -> int:
    """Index of a cohort that matches task ``i``, else of the first free place."""
    w = s.world
    free = -1
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets == 0:
            free = k if free < 0 else free
        elif matches_cohort(s, k, i, backlog):
            return k
    return free if free >= 0 else w.n_cohorts


def is_target_eligible(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Whether the target of a running task receives requests (alb-fail-open)."""
    t = s.tasks[i]
    open_ = s.world.fails_open[target_group(m, t.revision)] != 0
    return is_eligible(t.health, open_, m.fail_open_includes_initial != 0)


def is_target(s: RunState, i: int) -> bool:
    """Whether task ``i`` is registered and not being deregistered."""
    t = s.tasks[i]
    return bool(t.is_registered != 0 and (t.state == RUNNING or t.state == LEAVING))


def end_boot(s: RunState, i: int) -> None:
    """Let a running task answer whose boot has ended, if nobody has noted that yet."""
    t = s.tasks[i]
    if t.state == RUNNING and t.is_answering == 0 and t.boot_ends_at <= s.world.now:
        if t.never_listens == 0 and t.is_hung == 0:
            t.is_answering = 1


def make_eligible(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Make task ``i`` eligible for requests, with the backlog that it still has."""
    t = s.tasks[i]
    if not has_leftover(s, i):
        t.joined_at = s.world.now
        join_cohort(m, s, i, 0.0, 1.0)
        return
    backlog = leftover_of(s, i)
    drop_leftover(s, i)
    join_cohort(m, s, i, backlog, t.leftover_success)


def backlog_of(s: RunState, k: int) -> tuple[float, float]:
    """Backlog of each target of a cohort, and the success probability of its requests."""
    c = s.cohorts[k]
    return c.backlog, success_of_queue(c.backlog, c.front, c.front_success, c.success)


def join_cohort(
    m: ScenarioRecord, s: RunState, i: int, backlog: float, queue_success: float
) -> None:
    """Add task ``i`` to a matching cohort, or to a new cohort with its queue.

    ``queue_success`` is the success probability of the ``backlog`` requests that wait at it.
    """
    w = s.world
    t = s.tasks[i]
    k = find_cohort(s, i, backlog)
    if w.n_cohorts >= COHORTS and is_free(s, k) and cohorts_in_use(s) >= COHORTS:
        merge_nearest(m, s)
        k = find_cohort(s, i, backlog)
    if k >= w.cohort_room:
        w.out_of_room = 1
        return
    c = s.cohorts[k]
    if is_free(s, k):
        w.n_cohorts = max(w.n_cohorts, k + 1)
        c.n_targets = 0
        c.group = target_group(m, t.revision)
        c.revision = t.revision
        c.is_answering = t.is_answering
        c.is_hung = t.is_hung
        c.is_cold = t.is_cold
        c.ramp = t.ramp
        c.error_parts = 0
        c.backlog = backlog
        c.front = backlog
        c.front_success = queue_success
        c.success = 1.0
        c.served_rate = 0.0
        c.bounds_of = -1
        c.latency_class = 0
        c.kind = 0
    c.n_targets += 1
    c.error_parts += error_parts_at(m, s, t.revision, t.error_step)
    c.latest_task = i
    t.cohort = k
    w.eligible_weight[c.group] += t.ramp


def cohorts_in_use(s: RunState) -> int:
    """Return how many cohorts have targets."""
    n = 0
    for k in range(s.world.n_cohorts):
        n += 1 if s.cohorts[k].n_targets > 0 else 0
    return n


def leave_cohort(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Make task ``i`` ineligible: it receives no more requests."""
    w = s.world
    t = s.tasks[i]
    c = s.cohorts[t.cohort]
    c.n_targets -= 1
    c.error_parts -= error_parts_at(m, s, t.revision, t.error_step)
    w.eligible_weight[c.group] -= t.ramp
    t.cohort = -1
    while w.n_cohorts > 0 and s.cohorts[w.n_cohorts - 1].n_targets == 0:
        w.n_cohorts -= 1


def leave_rotation(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Make task ``i`` ineligible; it goes on serving its backlog.

    Definition: requests stay at the target to which they were routed.
    """
    t = s.tasks[i]
    backlog, success = backlog_of(s, t.cohort)
    leave_cohort(m, s, i)
    if backlog > 0.0:
        begin_leftover(m, s, i, backlog, success)


def error_parts_at(m: ScenarioRecord, s: RunState, revision: int, step: int) -> int:
    """Error share, in parts, of a task that has reached so many steps of its ramp."""
    if step == 0:
        return 0
    return int(m.releases[s.world.generation[revision]].error_steps[TASK_RUNNING][step - 1].parts)


def set_error_step(m: ScenarioRecord, s: RunState, i: int, step: int) -> None:
    """Move task ``i`` to another step of its error ramp."""
    t = s.tasks[i]
    if t.cohort >= 0:
        before = error_parts_at(m, s, t.revision, t.error_step)
        s.cohorts[t.cohort].error_parts += error_parts_at(m, s, t.revision, step) - before
    t.error_step = step


def change_cohort(m: ScenarioRecord, s: RunState, i: int, cold: int, ramp: int) -> None:
    """Set pace and share of traffic of task ``i``; its queue moves along to a matching cohort."""
    t = s.tasks[i]
    k = t.cohort
    backlog, success = 0.0, 1.0
    if k >= 0:
        backlog, success = backlog_of(s, k)
        leave_cohort(m, s, i)
    elif has_leftover(s, i):
        backlog, success = leftover_of(s, i), t.leftover_success
    t.is_cold = cold
    t.ramp = ramp
    if k >= 0:
        join_cohort(m, s, i, backlog, success)
    elif backlog > 0.0:
        begin_leftover(m, s, i, backlog, success)


def merge_drained(s: RunState) -> None:
    """Merge cohorts without backlog into earlier ones of the same kind."""
    w = s.world
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.backlog == 0.0:
            j = earlier_match(s, k)
            if j >= 0:
                s.cohorts[j].n_targets += c.n_targets
                s.cohorts[j].error_parts += c.error_parts
                reassign_tasks(s, k, j)
                c.n_targets = 0


def earlier_match(s: RunState, k: int) -> int:
    """Index of an earlier cohort of the same kind without backlog, or -1."""
    c = s.cohorts[k]
    for j in range(k):
        o = s.cohorts[j]
        if o.n_targets > 0 and o.backlog == c.backlog and are_alike(s, j, k):
            return j
    return -1


def update_fail_open(m: ScenarioRecord, s: RunState, g: int) -> None:
    """Begin or end fail-open in a target group, as its healthy targets demand (alb-fail-open)."""
    w = s.world
    open_ = 1 if fails_open(w.healthy_targets[g], m.fail_open_min_count, m.fail_open != 0) else 0
    if open_ != w.fails_open[g]:
        set_fail_open(m, s, g, open_)


def set_fail_open(m: ScenarioRecord, s: RunState, g: int, open_: int) -> None:
    """Begin or end fail-open in a target group."""
    s.world.fails_open[g] = open_
    for revision in range(2):
        for live in range(2):
            update_eligibility(m, s, g, revision, live)


def update_eligibility(m: ScenarioRecord, s: RunState, g: int, revision: int, live: int) -> None:
    """Make the targets of one revision that are not healthy eligible or not, as fail-open says.

    ``live`` selects those that answer, or those that do not.
    """
    w = s.world
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if is_target(s, i) and t.health != HEALTHY and t.revision == revision:
            if t.is_answering == live and target_group(m, revision) == g:
                eligible = is_target_eligible(m, s, i)
                if eligible and t.cohort < 0:
                    make_eligible(m, s, i)
                elif t.cohort >= 0 and not eligible:
                    leave_rotation(m, s, i)
        i = t.next_task
