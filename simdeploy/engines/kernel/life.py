"""The life of a task in the kernel: one pending life event and one pending check per task.

Stages that decide nothing are folded into one event, with the same additions in the same order
as the process engine makes step by step; so are checks that cannot change a target's health.
"""

from simdeploy.engines.kernel.heap import push
from simdeploy.model.constants import (
    DEAD,
    DRAINING,
    PENDING,
    RANK_BIT,
    RANK_CHECK,
    RANK_LIFE,
    RUNNING,
    SICK,
    SLOT_BITS,
    STARTING,
    WELL,
    Model,
    Space,
)
from simdeploy.model.deployment import next_to_stop
from simdeploy.model.health_checks import (
    become_healthy,
    become_unhealthy,
    check_passes,
    failure_chance,
    fall_sick,
    never_flips,
    ramp_up,
)
from simdeploy.model.task_lifecycle import (
    bury,
    calm_down,
    climb,
    deregister,
    die,
    fail_start,
    forget,
    grow_warm,
    last_request,
    launch,
    listen,
    note_failure,
    register,
    terminate,
)
from simdeploy.model.task_list import enlist_old, uncount
from simdeploy.semantics.checks import health_after, streak_after
from simdeploy.semantics.state import HEALTHY, NEVER, Orders


def new_slot(s: Space) -> int:
    """A free place; -1 and an overflow where there is none."""
    w = s.world
    i = w.free
    if i < 0:
        w.overflow = 1
        return -1
    w.free = s.tasks[i].next
    return i


def old_task(m: Model, s: Space) -> None:
    """A task that serves at the command; nothing is to come for it by itself."""
    i = new_slot(s)
    if i >= 0:
        enlist_old(m, s, i)
        s.tasks[i].due = NEVER
        fold(m, s, i)


def create(m: Model, s: Space, revision: int) -> None:
    """A new task: its next event is RUNNING, or the failure to get there."""
    i = new_slot(s)
    if i < 0:
        return
    launch(m, s, i, revision)
    t = s.tasks[i]
    if t.fails != 0:
        t.due = t.pulled + t.fails_after
    else:
        done = t.pulled + t.pull
        t.due = done + t.container_start
    t.due_check = NEVER
    schedule_life(s, i)


def key_of(s: Space, i: int, rank: int) -> int:
    """Order at one instant: rank, then attempt; the place of the task comes along."""
    return (rank << RANK_BIT) + (s.tasks[i].serial << SLOT_BITS) + i


def schedule_life(s: Space, i: int) -> None:
    """Queue the next event of a task's life."""
    if s.tasks[i].due < NEVER:
        push(s, s.tasks[i].due, key_of(s, i, RANK_LIFE))


def live_due(s: Space, i: int) -> None:
    """Find and queue what happens next to a running task."""
    t = s.tasks[i]
    boot = t.boot_end if t.live == 0 and t.never == 0 else NEVER
    first = min(min(boot, t.crash_at), min(t.stair_at, t.grace_end))
    t.due = min(min(first, t.warm_at), min(t.ramp_at, t.boost_end))
    schedule_life(s, i)


def live_on(m: Model, s: Space, i: int) -> None:
    """The life event of task ``i`` is due now."""
    t = s.tasks[i]
    if t.state == PENDING:
        if t.fails != 0:
            fail_start(m, s, i)
            vacate(s, i)
        else:
            register(m, s, i)
            fold(m, s, i)
            live_due(s, i)
    elif t.state == RUNNING:
        change(m, s, i)
    elif t.state == DRAINING:
        drain_on(m, s, i)
    elif t.state == DEAD:
        forget(m, s, i)
        vacate(s, i)
    else:
        bury(m, s, i)
        vacate(s, i)


def vacate(s: Space, i: int) -> None:
    """The place of a task that is gone is free."""
    w = s.world
    t = s.tasks[i]
    t.due = NEVER
    t.due_check = NEVER
    t.next = w.free
    w.free = i


def change(m: Model, s: Space, i: int) -> None:
    """Whatever is due in a running task: crash, end of boot, another stair, end of grace."""
    w = s.world
    t = s.tasks[i]
    if t.crash_at <= w.now:
        crash(m, s, i)
        return
    if t.live == 0 and t.never == 0 and t.boot_end <= w.now:
        listen(m, s, i)
    if t.stair_at <= w.now:
        play_checks(m, s, i, False)
        climb(m, s, i)
        fold(m, s, i)
    if t.warm_at <= w.now:
        play_checks(m, s, i, False)
        grow_warm(m, s, i)
        fold(m, s, i)
    if t.grace_end <= w.now:
        fall_sick(m, s, i)
    if t.ramp_at <= w.now:
        ramp_up(m, s, i)
    if t.boost_end <= w.now:
        calm_down(s, i)
    live_due(s, i)


def crash(m: Model, s: Space, i: int) -> None:
    """Task ``i`` exits now."""
    die(m, s, i, m.counts_exits != 0)
    t = s.tasks[i]
    t.due_check = NEVER
    if t.state == DEAD:
        t.due = t.late_end
        schedule_life(s, i)
    else:
        vacate(s, i)


def stop(m: Model, s: Space, i: int) -> None:
    """The scheduler stops a task: one that never ran is gone, others drain first."""
    t = s.tasks[i]
    t.due_check = NEVER
    if t.state == PENDING:
        uncount(m, s, i)
        bury(m, s, i)
        vacate(s, i)
        return
    deregister(m, s, i)
    t.due = min(t.late_end, t.drain_end)
    schedule_life(s, i)


def drain_on(m: Model, s: Space, i: int) -> None:
    """A draining target stops receiving late requests, then the delay is over."""
    w = s.world
    t = s.tasks[i]
    if t.late_end <= w.now:
        last_request(m, s, i)
    if t.drain_end <= w.now:
        terminate(m, s, i)
        t.due = t.stop_end
    else:
        t.due = t.drain_end
    schedule_life(s, i)


def play_checks(m: Model, s: Space, i: int, inclusive: bool) -> None:
    """Make the checks before now happen; none of them changes the target's health."""
    t = s.tasks[i]
    now = s.world.now
    chance = failure_chance(m, s, i)
    while t.check_at < now or (inclusive and t.check_at == now):
        t.streak = streak_after(t.streak, check_passes(s, i, t.check_at, t.check_no, chance))
        t.check_at = t.check_at + m.interval
        t.check_no += 1


def fold(m: Model, s: Space, i: int) -> None:
    """Find the check at which the target's health changes next, as things stand now."""
    t = s.tasks[i]
    t.due_check = NEVER
    chance = failure_chance(m, s, i)
    if never_flips(s, i, chance):
        return
    at = t.check_at
    number = t.check_no
    streak = t.streak
    while at <= m.horizon:
        streak = streak_after(streak, check_passes(s, i, at, number, chance))
        health = health_after(
            t.health, streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
        )
        if health != t.health:
            t.due_check = at
            t.flip_no = number
            t.flip_streak = streak
            push(s, at, key_of(s, i, RANK_CHECK))
            return
        at = at + m.interval
        number += 1


def flip(m: Model, s: Space, i: int) -> None:
    """The check that changes the health of task ``i`` happens now."""
    t = s.tasks[i]
    t.streak = t.flip_streak
    t.check_no = t.flip_no + 1
    t.check_at = s.world.now + m.interval
    health = health_after(
        t.health, t.streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
    )
    if health == HEALTHY:
        become_healthy(m, s, i)
    else:
        become_unhealthy(m, s, i)
    live_due(s, i)
    fold(m, s, i)


def stop_some(m: Model, s: Space, revision: int, kind: int, count: int) -> None:
    """Stop the lowest attempts of a revision that stand like this."""
    i = next_to_stop(m, s, s.world.head, revision, kind)
    while count > 0 and i >= 0:
        following = s.tasks[i].next
        if kind == SICK and m.counts_detect == 0:
            note_failure(m, s, revision, True)
        stop(m, s, i)
        count -= 1
        i = next_to_stop(m, s, following, revision, kind)


def carry_out(m: Model, s: Space, todo: Orders) -> None:
    """Stop and start what one look decided."""
    target = s.world.target
    other = 1 - target
    stop_some(m, s, other, SICK, todo.stop_other_sick)
    stop_some(m, s, other, STARTING, todo.stop_other_starting)
    stop_some(m, s, other, WELL, todo.stop_other_healthy)
    stop_some(m, s, target, SICK, todo.stop_sick)
    stop_some(m, s, target, WELL, todo.stop_surplus)
    for _ in range(todo.start):
        create(m, s, target)
    for _ in range(todo.start_other):
        create(m, s, other)
