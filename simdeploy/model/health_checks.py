"""Health checks of a target, and what their results change."""

from simdeploy.draws import CHECK, REPLACE, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import (
    drawn,
    flag_share,
    get_breaker,
    pace_index,
    set_breaker,
    target_group,
)
from simdeploy.model.cohorts import (
    change_cohort,
    end_boot,
    is_target_eligible,
    leave_rotation,
    make_eligible,
)
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import look_from
from simdeploy.model.task_end import count_failed_task
from simdeploy.model.task_list import (
    count_as_unproven,
    end_reaction,
    health_of_task,
    remove_from_fleet,
    remove_from_targets,
)
from simdeploy.semantics.breaker import after_healthy
from simdeploy.semantics.checks import (
    FAILED,
    PASSED,
    UNANSWERED,
    answers,
    check_failure,
    is_sick,
    streak_after,
    unanswered_share,
    verdict_time,
)
from simdeploy.semantics.faults import STAIRS, TASK_RUNNING, combined
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.routing import ramp_time, starts_slowly
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, NEW, UNHEALTHY


def raise_ramp(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Raise the target's share of traffic by a tenth, and set when the next tenth follows."""
    t = s.tasks[i]
    t.ramp_at = ramp_time(t.ramp_at, m.slow_start) if t.ramp + 1 < STAIRS else NEVER
    change_cohort(m, s, i, t.is_cold, t.ramp + 1)


def failure_chance(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Chance that a check of an answering task fails."""
    w = s.world
    t = s.tasks[i]
    seen = seen_errors(m, s, i) if w.generation[t.revision] > 0 else 0.0
    certain = (m.deep_checks != 0 and w.dependency_down != 0) or t.checks_stalled != 0
    certain = certain or t.is_hung != 0
    too_slow = m.check_timeout_chance[pace_index(m, s, t.revision, t.is_cold)]
    return check_failure(seen, too_slow, w.check_failure_chance, certain)


def unanswered_chance(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Chance that a check of a listening task gets no answer in time; part of `failure_chance`."""
    t = s.tasks[i]
    errs = m.deep_checks != 0 and s.world.dependency_down != 0
    too_slow = m.check_timeout_chance[pace_index(m, s, t.revision, t.is_cold)]
    return unanswered_share(t.is_hung != 0, t.checks_stalled != 0, errs, too_slow)


def seen_errors(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Share of health checks that fail because of the errors of the task's release."""
    w = s.world
    t = s.tasks[i]
    g = w.generation[t.revision]
    share = (
        m.releases[g].error_steps[TASK_RUNNING][t.error_step - 1].seen_share
        if t.error_step > 0
        else 0.0
    )
    for since in range(1, 3):
        k = w.error_step[t.revision][since - 1]
        if k > 0:
            share = combined(share, m.releases[g].error_steps[since][k - 1].seen_share)
    share = share * flag_share(m, s, t.revision)
    return combined(share, w.refused_share) if t.revision == NEW and m.deep_checks != 0 else share


def check_result(
    s: RunState, i: int, at: float, number: int, chance: float, unanswered: float
) -> int:
    """Result of the check number ``number``, sent at ``at``: PASSED, FAILED or UNANSWERED.

    ``chance`` is that of failing, ``unanswered`` the part of it that gets no answer.
    """
    w = s.world
    t = s.tasks[i]
    if not answers(at, t.boot_ends_at, t.crash_at, t.never_listens != 0):
        return FAILED
    if chance <= 0.0:
        return PASSED
    if chance >= 1.0 and (unanswered <= 0.0 or unanswered >= 1.0):
        return UNANSWERED if unanswered > 0.0 else FAILED
    u = uniform(w.key0, w.key1, CHECK, t.draw_entity, number)
    if u < unanswered:
        return UNANSWERED
    return PASSED if u >= chance and chance < 1.0 else FAILED


def advance_checks(
    m: ScenarioRecord, s: RunState, i: int, chance: float, unanswered: float
) -> None:
    """Take the next step of a target's checks: one is sent, or one without an answer times out."""
    t = s.tasks[i]
    if t.verdict_at <= t.check_at:
        t.check_streak = streak_after(t.check_streak, False)
        t.verdict_at = NEVER
        return
    result = check_result(s, i, t.check_at, t.check_number, chance, unanswered)
    if result == UNANSWERED:
        t.verdict_at = verdict_time(t.check_at, m.check_timeout, result)
    else:
        t.check_streak = streak_after(t.check_streak, result == PASSED)
    t.check_at = t.check_at + m.check_interval
    t.check_number += 1


def next_check_step(s: RunState, i: int) -> float:
    """Time of the next step of a target's checks."""
    t = s.tasks[i]
    return min(t.check_at, t.verdict_at)


def never_flips(s: RunState, i: int, chance: float) -> bool:
    """Whether no later check can change the target's health while conditions stay as they are."""
    t = s.tasks[i]
    if t.health == HEALTHY:
        return chance <= 0.0 and t.verdict_at == NEVER
    return t.health == UNHEALTHY and (t.never_listens != 0 or chance >= 1.0)


def become_healthy(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Make the target healthy: it receives traffic, and the breaker's count may reset.

    Facts: alb-health-thresholds, ecs-breaker-reset.
    """
    w = s.world
    t = s.tasks[i]
    remove_from_fleet(m, s, i)
    remove_from_targets(m, s, i)
    end_boot(s, i)
    t.health = HEALTHY
    if m.min_ready > 0.0:
        t.own_status = HEALTHY
        t.own_report_at = w.now + m.min_ready
    if m.slow_start > 0.0:
        begin_slow_start(m, s, i)
    w.healthy_targets[target_group(m, t.revision)] += 1
    count_anew(m, s, i)
    if t.cohort < 0:
        make_eligible(m, s, i)


def count_anew(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Count a running task by its health as ECS sees it, which has changed.

    Facts: ecs-counted-healthy, ecs-grace-period, ecs-breaker-reset.
    """
    w = s.world
    t = s.tasks[i]
    health = health_of_task(m, s, i)
    if health == HEALTHY:
        t.is_sick = 0
        end_reaction(s, i)
        t.grace_ends_at = NEVER
        w.healthy[t.revision] += 1
        if t.revision == NEW and w.target == NEW and w.phase == ROLLING_OUT:
            set_breaker(s, after_healthy(get_breaker(m, s), m.breaker_resets != 0))
    elif health == UNHEALTHY and t.is_sick != 0:
        w.sick[t.revision] += 1
    else:
        t.is_sick = 0
        end_reaction(s, i)
        count_as_unproven(s, i)
        if health != UNHEALTHY:
            t.grace_ends_at = NEVER
        elif is_sick(health, w.now, t.running_at, m.grace_period):
            become_sick(m, s, i)
        else:
            t.grace_ends_at = t.running_at + m.grace_period


def begin_slow_start(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Begin the slow start with a tenth of a share; at full share if no target is warm yet."""
    w = s.world
    t = s.tasks[i]
    g = target_group(m, t.revision)
    ramping = 0
    k = w.first_task
    while k >= 0:
        o = s.tasks[k]
        if o.state == RUNNING and o.health == HEALTHY and o.ramp < STAIRS and k != i:
            ramping += 1 if target_group(m, o.revision) == g else 0
        k = o.next_task
    slowly = starts_slowly(w.healthy_targets[g], ramping)
    change_cohort(m, s, i, t.is_cold, 1 if slowly else STAIRS)
    t.ramp_at = ramp_time(w.now, m.slow_start) if slowly else NEVER


def become_unhealthy(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Make the target unhealthy: no traffic except by fail-open; sick after the grace period."""
    t = s.tasks[i]
    remove_from_fleet(m, s, i)
    remove_from_targets(m, s, i)
    end_boot(s, i)
    t.health = UNHEALTHY
    t.ramp_at = NEVER
    if m.min_ready > 0.0:
        t.own_status = INITIAL
        t.own_health = INITIAL
        t.own_report_at = NEVER
    eligible = is_target_eligible(m, s, i)
    if t.cohort >= 0 and not eligible:
        leave_rotation(m, s, i)
    elif t.cohort < 0 and eligible:
        make_eligible(m, s, i)
    count_anew(m, s, i)


def become_sick(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Mark an unhealthy task past its grace period as due for replacement."""
    w = s.world
    t = s.tasks[i]
    t.is_sick = 1
    t.grace_ends_at = NEVER
    w.starting[t.revision] -= 1
    w.running_unproven[t.revision] -= 1
    w.sick[t.revision] += 1
    begin_reaction(m, s, i)
    if m.breaker_counts_at_detection != 0:
        count_failed_task(m, s, t.revision, True)


def begin_reaction(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Set the look at which ECS begins to replace a sick task (ecs-replacement-time).

    It depends on whether the load balancer or the container check has judged it.
    """
    w = s.world
    t = s.tasks[i]
    by_itself = t.own_health == UNHEALTHY
    row = delays.REPLACE_UNHEALTHY_CONTAINER if by_itself else delays.REPLACE_SICK
    due = w.now + drawn(m, s, row, REPLACE, t.draw_entity, 0)
    if due > w.now:
        t.reacts_at = look_from(m, s, due)
        w.unreacted[t.revision] += 1
