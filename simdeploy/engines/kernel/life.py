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
    SLOT_BITS,
)
from simdeploy.model.deployment import (
    count_failure_at_stop,
    next_to_kill,
    next_to_stop,
    set_next_crash,
    stop_orders,
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
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
    register,
    terminate,
)
from simdeploy.model.task_list import enlist_old, uncount
from simdeploy.semantics.checks import health_after, streak_after
from simdeploy.semantics.state import HEALTHY, NEVER, Orders


def new_slot(s: RunState) -> int:
    """A free place; -1 and an overflow where there is none."""
    w = s.world
    i = w.free_slot
    if i < 0:
        w.out_of_room = 1
        return -1
    w.free_slot = s.tasks[i].next_task
    return i


def old_task(m: ScenarioRecord, s: RunState) -> None:
    """A task that serves at the command; nothing is to come for it by itself."""
    i = new_slot(s)
    if i >= 0:
        enlist_old(m, s, i)
        s.tasks[i].life_event_at = NEVER
        fold(m, s, i)


def create(m: ScenarioRecord, s: RunState, revision: int) -> None:
    """A new task: its next event is RUNNING, or the failure to get there."""
    i = new_slot(s)
    if i < 0:
        return
    launch(m, s, i, revision)
    t = s.tasks[i]
    if t.fails_to_start != 0:
        t.life_event_at = t.pull_at + t.start_fails_after
    else:
        done = t.pull_at + t.pull_seconds
        t.life_event_at = done + t.container_start_seconds
    t.check_event_at = NEVER
    schedule_life(s, i)


def key_of(s: RunState, i: int, rank: int) -> int:
    """Order at one instant: rank, then attempt; the place of the task comes along."""
    return (rank << RANK_BIT) + (s.tasks[i].serial << SLOT_BITS) + i


def schedule_life(s: RunState, i: int) -> None:
    """Queue the next event of a task's life."""
    if s.tasks[i].life_event_at < NEVER:
        push(s, s.tasks[i].life_event_at, key_of(s, i, RANK_LIFE))


def live_due(s: RunState, i: int) -> None:
    """Find and queue what happens next to a running task."""
    t = s.tasks[i]
    boot = t.boot_ends_at if t.is_answering == 0 and t.never_listens == 0 else NEVER
    first = min(min(boot, t.crash_at), min(t.error_step_at, t.grace_ends_at))
    t.life_event_at = min(min(first, t.warm_at), min(t.ramp_at, t.boost_ends_at))
    schedule_life(s, i)


def live_on(m: ScenarioRecord, s: RunState, i: int) -> None:
    """The life event of task ``i`` is due now."""
    t = s.tasks[i]
    if t.state == PENDING:
        if t.fails_to_start != 0:
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


def vacate(s: RunState, i: int) -> None:
    """The place of a task that is gone is free."""
    w = s.world
    t = s.tasks[i]
    t.life_event_at = NEVER
    t.check_event_at = NEVER
    t.next_task = w.free_slot
    w.free_slot = i


def change(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Whatever is due in a running task: crash, end of boot, another stair, end of grace."""
    w = s.world
    t = s.tasks[i]
    if t.crash_at <= w.now:
        crash(m, s, i)
        return
    if t.is_answering == 0 and t.never_listens == 0 and t.boot_ends_at <= w.now:
        listen(m, s, i)
    if t.error_step_at <= w.now:
        play_checks(m, s, i, False)
        climb(m, s, i)
        fold(m, s, i)
    if t.warm_at <= w.now:
        play_checks(m, s, i, False)
        grow_warm(m, s, i)
        fold(m, s, i)
    if t.grace_ends_at <= w.now:
        fall_sick(m, s, i)
    if t.ramp_at <= w.now:
        ramp_up(m, s, i)
    if t.boost_ends_at <= w.now:
        calm_down(s, i)
    live_due(s, i)


def crash(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Task ``i`` exits now."""
    die(m, s, i, m.breaker_counts_exits != 0)
    t = s.tasks[i]
    t.check_event_at = NEVER
    if t.state == DEAD:
        t.life_event_at = t.late_requests_until
        schedule_life(s, i)
    else:
        vacate(s, i)


def stop(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Stop a task by order of the scheduler: a pending task is gone at once, others drain."""
    t = s.tasks[i]
    t.check_event_at = NEVER
    if t.state == PENDING:
        uncount(m, s, i)
        bury(m, s, i)
        vacate(s, i)
        return
    deregister(m, s, i)
    t.life_event_at = min(t.late_requests_until, t.drain_ends_at)
    schedule_life(s, i)


def drain_on(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A draining target stops receiving late requests, then the delay is over."""
    w = s.world
    t = s.tasks[i]
    if t.late_requests_until <= w.now:
        last_request(m, s, i)
    if t.drain_ends_at <= w.now:
        terminate(m, s, i)
        t.life_event_at = t.stop_ends_at
    else:
        t.life_event_at = t.drain_ends_at
    schedule_life(s, i)


def play_checks(m: ScenarioRecord, s: RunState, i: int, inclusive: bool) -> None:
    """Make the checks before now happen; none of them changes the target's health."""
    t = s.tasks[i]
    now = s.world.now
    chance = failure_chance(m, s, i)
    while t.check_at < now or (inclusive and t.check_at == now):
        t.check_streak = streak_after(
            t.check_streak, check_passes(s, i, t.check_at, t.check_number, chance)
        )
        t.check_at = t.check_at + m.check_interval
        t.check_number += 1


def fold(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Find the check at which the target's health changes next, as things stand now."""
    t = s.tasks[i]
    t.check_event_at = NEVER
    chance = failure_chance(m, s, i)
    if never_flips(s, i, chance):
        return
    at = t.check_at
    number = t.check_number
    streak = t.check_streak
    while at <= m.horizon:
        streak = streak_after(streak, check_passes(s, i, at, number, chance))
        health = health_after(
            t.health, streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
        )
        if health != t.health:
            t.check_event_at = at
            t.flip_number = number
            t.flip_streak = streak
            push(s, at, key_of(s, i, RANK_CHECK))
            return
        at = at + m.check_interval
        number += 1


def flip(m: ScenarioRecord, s: RunState, i: int) -> None:
    """The check that changes the health of task ``i`` happens now."""
    t = s.tasks[i]
    t.check_streak = t.flip_streak
    t.check_number = t.flip_number + 1
    t.check_at = s.world.now + m.check_interval
    health = health_after(
        t.health, t.check_streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
    )
    if health == HEALTHY:
        become_healthy(m, s, i)
    else:
        become_unhealthy(m, s, i)
    live_due(s, i)
    fold(m, s, i)


def carry_out(m: ScenarioRecord, s: RunState, todo: Orders) -> None:
    """Stop and start tasks as ordered."""
    target = s.world.target
    for revision, kind, count in stop_orders(todo, target):
        i = s.world.first_task
        for _ in range(count):
            i = next_to_stop(m, s, i, revision, kind)
            if i < 0:
                break
            following = s.tasks[i].next_task
            count_failure_at_stop(m, s, revision, kind)
            stop(m, s, i)
            i = following
    for _ in range(todo.start):
        create(m, s, target)
    for _ in range(todo.start_other):
        create(m, s, 1 - target)


def crash_tasks(m: ScenarioRecord, s: RunState) -> None:
    """Kill running tasks of a revision, the oldest first."""
    i = s.world.first_task
    for _ in range(m.task_crashes[s.world.next_crash].tasks):
        i = next_to_kill(m, s, i)
        if i < 0:
            break
        following = s.tasks[i].next_task
        crash(m, s, i)
        i = following
    set_next_crash(m, s)
