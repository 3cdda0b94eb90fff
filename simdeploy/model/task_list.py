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
    Model,
    Space,
)
from simdeploy.semantics.capacity import seen_healthy
from simdeploy.semantics.faults import STAIRS
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, OLD, Fleet


def blank(s: Space, i: int) -> None:
    """Fields of a task that has not happened to anything yet."""
    t = s.tasks[i]
    t.state = PENDING
    t.fails = 0
    t.due_check = NEVER
    t.boot_end = NEVER
    t.crash_at = NEVER
    t.stair_at = NEVER
    t.grace_end = NEVER
    t.never = 0
    t.live = 0
    t.health = INITIAL
    t.sick = 0
    t.streak = 0
    t.check_no = 0
    t.check_at = NEVER
    t.stair = 0
    t.cold = 0
    t.warm_at = NEVER
    t.ramp = 1
    t.ramp_at = NEVER
    t.boost_end = NEVER
    t.cohort = -1
    t.stalled = 0
    t.sockets = 0.0
    t.cut = 0.0


def full_ramp(m: Model) -> int:
    """Share of a warm target: tenths where the balancer knows a slow start, else one."""
    return STAIRS if m.slow_start > 0.0 else 1


def uncount(m: Model, s: Space, i: int) -> None:
    """An active task leaves the counts that the scheduler and the load balancer see."""
    w = s.world
    t = s.tasks[i]
    if t.health == HEALTHY:
        w.healthy[t.revision] -= 1
        w.group_healthy[group_of(m, t.revision)] -= 1
    elif t.sick != 0:
        w.sick[t.revision] -= 1
    else:
        w.starting[t.revision] -= 1
        if t.state == RUNNING:
            w.unproven[t.revision] -= 1


def count_unproven(s: Space, i: int) -> None:
    """A running task that is neither healthy nor due for replacement enters the counts."""
    w = s.world
    t = s.tasks[i]
    w.starting[t.revision] += 1
    w.unproven[t.revision] += 1


def fleet_of(m: Model, s: Space) -> Fleet:
    """The tasks as the scheduler counts them."""
    w = s.world
    t = w.target
    o = 1 - t
    healthy = seen_healthy(w.healthy[t], w.unproven[t], is_blind(m, s, t))
    others = seen_healthy(w.healthy[o], w.unproven[o], is_blind(m, s, o))
    return Fleet(
        w.starting[t] + w.healthy[t] - healthy,
        healthy,
        w.sick[t],
        w.starting[o] + w.healthy[o] - others,
        others,
        w.sick[o],
        w.draining[0] + w.draining[1],
    )


def kind_of(m: Model, s: Space, i: int) -> int:
    """Sick, starting or well, for an active task; -1 for one that is on its way out."""
    t = s.tasks[i]
    if t.state != PENDING and t.state != RUNNING:
        return -1
    if t.health == HEALTHY:
        return WELL
    if t.sick != 0:
        return SICK
    return WELL if t.state == RUNNING and is_blind(m, s, t.revision) else STARTING


def link(s: Space, i: int) -> None:
    """Append task ``i`` to the list of tasks in order of creation."""
    w = s.world
    t = s.tasks[i]
    t.next = -1
    t.previous = w.tail
    if w.tail >= 0:
        s.tasks[w.tail].next = i
    else:
        w.head = i
    w.tail = i


def unlink(s: Space, i: int) -> None:
    """Take task ``i`` out of the list."""
    w = s.world
    t = s.tasks[i]
    if t.previous >= 0:
        s.tasks[t.previous].next = t.next
    else:
        w.head = t.next
    if t.next >= 0:
        s.tasks[t.next].previous = t.previous
    else:
        w.tail = t.previous


def enlist(s: Space, i: int, revision: int) -> None:
    """A task exists from now on: attempts are numbered by revision, in order of launch."""
    w = s.world
    link(s, i)
    t = s.tasks[i]
    blank(s, i)
    t.serial = w.serial
    w.serial += 1
    t.revision = revision
    t.entity = task_entity(w.generation[revision], w.attempts[revision])
    w.attempts[revision] += 1
    w.alive[revision] += 1


def enlist_old(m: Model, s: Space, i: int) -> None:
    """A task of the old revision that has been serving since long before the command."""
    w = s.world
    enlist(s, i, OLD)
    t = s.tasks[i]
    t.state = RUNNING
    t.pulled = -1.0
    t.running = -1e9
    t.boot_end = -1e9
    t.live = 1
    t.ramp = full_ramp(m)
    t.health = HEALTHY
    u_first, u_shutdown, _, _ = four(w.k0, w.k1, 1, t.entity, 0)
    t.shutdown = draw(m, D_SHUTDOWN, u_shutdown)
    t.check_at = draw(m, D_FIRST_CHECK, u_first)
    w.healthy[OLD] += 1
    w.connected[OLD] += 1
    w.group_healthy[group_of(m, OLD)] += 1
    join(m, s, i)
    t.joined = -1e9
    t.sockets = m.sockets / m.desired
