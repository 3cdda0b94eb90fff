"""The tasks of a service: in order of creation, counted by what the scheduler and balancer see."""

from simdeploy.draws import four, task_entity
from simdeploy.model.accessors import draw, group_of, is_blind
from simdeploy.model.cohorts import join
from simdeploy.model.constants import (
    D_FIRST_CHECK,
    D_SHUTDOWN,
    PENDING,
    RUNNING,
    SICK,
    STARTING,
    WELL,
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.capacity import seen_healthy
from simdeploy.semantics.faults import STAIRS
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, OLD, Fleet


def blank(s: RunState, i: int) -> None:
    """Fields of a task that has not happened to anything yet."""
    t = s.tasks[i]
    t.state = PENDING
    t.fails_to_start = 0
    t.check_event_at = NEVER
    t.boot_ends_at = NEVER
    t.crash_at = NEVER
    t.error_step_at = NEVER
    t.grace_ends_at = NEVER
    t.never_listens = 0
    t.is_answering = 0
    t.health = INITIAL
    t.is_sick = 0
    t.check_streak = 0
    t.check_number = 0
    t.check_at = NEVER
    t.error_step = 0
    t.is_cold = 0
    t.warm_at = NEVER
    t.ramp = 1
    t.ramp_at = NEVER
    t.boost_ends_at = NEVER
    t.cohort = -1
    t.checks_stalled = 0
    t.websockets = 0.0
    t.cut_requests = 0.0


def full_ramp(m: ScenarioRecord) -> int:
    """Share of a warm target: tenths where the balancer knows a slow start, else one."""
    return STAIRS if m.slow_start > 0.0 else 1


def uncount(m: ScenarioRecord, s: RunState, i: int) -> None:
    """An active task leaves the counts that the scheduler and the load balancer see."""
    w = s.world
    t = s.tasks[i]
    if t.health == HEALTHY:
        w.healthy[t.revision] -= 1
        w.healthy_targets[group_of(m, t.revision)] -= 1
    elif t.is_sick != 0:
        w.sick[t.revision] -= 1
    else:
        w.starting[t.revision] -= 1
        if t.state == RUNNING:
            w.running_unproven[t.revision] -= 1


def count_unproven(s: RunState, i: int) -> None:
    """A running task that is neither healthy nor due for replacement enters the counts."""
    w = s.world
    t = s.tasks[i]
    w.starting[t.revision] += 1
    w.running_unproven[t.revision] += 1


def fleet_of(m: ScenarioRecord, s: RunState) -> Fleet:
    """The tasks as the scheduler counts them."""
    w = s.world
    t = w.target
    o = 1 - t
    healthy = seen_healthy(w.healthy[t], w.running_unproven[t], is_blind(m, s, t))
    others = seen_healthy(w.healthy[o], w.running_unproven[o], is_blind(m, s, o))
    return Fleet(
        w.starting[t] + w.healthy[t] - healthy,
        healthy,
        w.sick[t],
        w.starting[o] + w.healthy[o] - others,
        others,
        w.sick[o],
        w.draining[0] + w.draining[1],
    )


def kind_of(m: ScenarioRecord, s: RunState, i: int) -> int:
    """Sick, starting or well, for an active task; -1 for one that is on its way out."""
    t = s.tasks[i]
    if t.state != PENDING and t.state != RUNNING:
        return -1
    if t.health == HEALTHY:
        return WELL
    if t.is_sick != 0:
        return SICK
    return WELL if t.state == RUNNING and is_blind(m, s, t.revision) else STARTING


def link(s: RunState, i: int) -> None:
    """Append task ``i`` to the list of tasks in order of creation."""
    w = s.world
    t = s.tasks[i]
    t.next_task = -1
    t.previous_task = w.last_task
    if w.last_task >= 0:
        s.tasks[w.last_task].next_task = i
    else:
        w.first_task = i
    w.last_task = i


def unlink(s: RunState, i: int) -> None:
    """Take task ``i`` out of the list."""
    w = s.world
    t = s.tasks[i]
    if t.previous_task >= 0:
        s.tasks[t.previous_task].next_task = t.next_task
    else:
        w.first_task = t.next_task
    if t.next_task >= 0:
        s.tasks[t.next_task].previous_task = t.previous_task
    else:
        w.last_task = t.previous_task


def enlist(s: RunState, i: int, revision: int) -> None:
    """A task exists from now on: attempts are numbered by revision, in order of launch."""
    w = s.world
    link(s, i)
    t = s.tasks[i]
    blank(s, i)
    t.serial = w.next_serial
    w.next_serial += 1
    t.revision = revision
    t.draw_entity = task_entity(w.generation[revision], w.attempts[revision])
    w.attempts[revision] += 1
    w.alive[revision] += 1


def enlist_old(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A task of the old revision that has been serving since long before the command."""
    w = s.world
    enlist(s, i, OLD)
    t = s.tasks[i]
    t.state = RUNNING
    t.pull_at = -1.0
    t.running_at = -1e9
    t.boot_ends_at = -1e9
    t.is_answering = 1
    t.ramp = full_ramp(m)
    t.health = HEALTHY
    u_first, u_shutdown, _, _ = four(w.key0, w.key1, 1, t.draw_entity, 0)
    t.shutdown_seconds = draw(m, D_SHUTDOWN, u_shutdown)
    t.check_at = draw(m, D_FIRST_CHECK, u_first)
    w.healthy[OLD] += 1
    w.connected[OLD] += 1
    w.healthy_targets[group_of(m, OLD)] += 1
    join(m, s, i)
    t.joined_at = -1e9
    t.websockets = m.websockets / m.desired_count
