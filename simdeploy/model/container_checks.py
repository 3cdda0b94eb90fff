"""Container health checks, and tasks that count as healthy because they run."""

from simdeploy.draws import CONTAINER_REPORT
from simdeploy.model import delays
from simdeploy.model.accessors import drawn
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.health_checks import begin_reaction, count_anew
from simdeploy.model.task_list import end_reaction, remove_from_fleet
from simdeploy.semantics.checks import answers
from simdeploy.semantics.containers import failure_counts, next_container_check, status_after
from simdeploy.semantics.state import HEALTHY, NEVER, UNHEALTHY


def next_own_step(s: RunState, i: int) -> float:
    """Time of the next step of a container check: it begins, ends or is reported to ECS."""
    t = s.tasks[i]
    return min(t.own_at, t.own_report_at)


def advance_own(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Take the next step of a task's own checks; return whether ECS now sees another health."""
    t = s.tasks[i]
    if t.own_report_at < t.own_at:
        t.own_report_at = NEVER
        t.own_reports += 1
        return bool(t.own_status != t.own_health)
    at = t.own_at
    if t.own_waits == 0:
        t.own_counts = (
            1 if failure_counts(at, t.running_at, m.container_start_period, t.own_status) else 0
        )
        if t.is_hung != 0 and t.cannot_pass == 0:
            t.own_waits = 1
            t.own_at = at + m.container_timeout
            return False
        passed = t.cannot_pass == 0 and answers(
            at, t.boot_ends_at, t.crash_at, t.never_listens != 0
        )
    else:
        t.own_waits = 0
        passed = False
    end_own_check(m, s, i, at, passed)
    return False


def end_own_check(m: ScenarioRecord, s: RunState, i: int, at: float, passed: bool) -> None:
    """End a container check: count it, time the next one, and report a change of the status."""
    t = s.tasks[i]
    before = t.own_status
    if passed:
        t.own_failures = 0
    elif t.own_counts != 0:
        t.own_failures += 1
    t.own_status = status_after(before, t.own_failures, passed, m.container_retries)
    t.own_at = next_container_check(
        at,
        t.running_at,
        t.own_status,
        m.container_interval,
        m.container_start_period,
        m.container_start_interval,
    )
    if t.own_status != before and t.own_report_at == NEVER:
        report = drawn(m, s, delays.REPORT, CONTAINER_REPORT, t.draw_entity, t.own_reports)
        t.own_report_at = at + report


def settles(s: RunState, i: int) -> bool:
    """Whether no later step of a task's own checks changes its health while conditions stay."""
    t = s.tasks[i]
    if t.own_report_at < NEVER or t.own_waits != 0 or t.own_status != t.own_health:
        return False
    if t.own_at == NEVER:
        return True
    blocked = t.is_hung != 0 or t.cannot_pass != 0
    if t.own_status == HEALTHY:
        return not blocked
    return t.own_status == UNHEALTHY and (blocked or t.never_listens != 0)


def catch_up_own(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Take the steps before now, none of which changes the health that ECS sees."""
    while next_own_step(s, i) < s.world.now:
        advance_own(m, s, i)


def take_own_steps(m: ScenarioRecord, s: RunState, i: int, now: float) -> bool:
    """Take the steps up to now; return whether ECS sees another health, which is then applied."""
    changed = False
    while next_own_step(s, i) <= now:
        if advance_own(m, s, i):
            report_own_health(m, s, i)
            changed = True
    return changed


def report_own_health(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Let ECS see the status that the task has by itself.

    A task to which ECS has not reacted yet is replaced as after a verdict of the container check.
    """
    t = s.tasks[i]
    remove_from_fleet(m, s, i)
    t.own_health = t.own_status
    if t.own_health == UNHEALTHY and t.reacts_at < NEVER:
        end_reaction(s, i)
        begin_reaction(m, s, i)
    count_anew(m, s, i)


def next_own_change(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Return when ECS will see another health of the task by itself, if conditions stay."""
    t = s.tasks[i]
    at, report_at, status, failures = t.own_at, t.own_report_at, t.own_status, t.own_failures
    waits, counts, reports = t.own_waits, t.own_counts, t.own_reports
    changes_at = NEVER
    while changes_at == NEVER and next_own_step(s, i) <= m.horizon and not settles(s, i):
        step = next_own_step(s, i)
        if advance_own(m, s, i):
            changes_at = step
    t.own_at, t.own_report_at, t.own_status, t.own_failures = at, report_at, status, failures
    t.own_waits, t.own_counts, t.own_reports = waits, counts, reports
    return float(changes_at)
