"""The life of a task in the kernel: one pending life event and one pending check per task.

Stages that decide nothing are folded into one event, with the same additions in the same order
as the process engine makes step by step; so are checks that cannot change a target's health.
"""

from simdeploy.engines.kernel.checks import own_change_at, queue_health_change, replay_checks
from simdeploy.engines.kernel.due import BLOCK_BITS, open_slot, set_due
from simdeploy.model.constants import (
    DEAD,
    GONE,
    PENDING,
    RUNNING,
)
from simdeploy.model.container_checks import (
    catch_up_own,
    take_own_steps,
)
from simdeploy.model.deployment import next_to_kill, set_next_crash
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.hanging import hang, next_to_hang, set_next_hang
from simdeploy.model.health_checks import (
    become_healthy,
    become_sick,
    become_unhealthy,
    raise_ramp,
)
from simdeploy.model.scheduling import count_failure_at_stop, next_to_stop, stop_orders
from simdeploy.model.task_end import (
    continue_stop,
    end_cpu_boost,
    exit_without_drain,
    fail_start,
    forget_dead,
    next_of_stop,
    order_stop,
    remove_task,
)
from simdeploy.model.task_lifecycle import (
    become_running,
    become_warm,
    boots_unseen,
    launch,
    listen,
    raise_task_errors,
    register,
    restart,
    runs_unseen,
)
from simdeploy.model.task_list import add_old_task, end_reaction, remove_from_counts
from simdeploy.semantics.checks import (
    health_after,
)
from simdeploy.semantics.kubernetes import restarts_after
from simdeploy.semantics.state import HEALTHY, NEVER, Orders


def take_slot(s: RunState) -> int:
    """Take a slot that a task has left, or a new one; -1 and ``out_of_room`` without room.

    Where there is more than one block new ones go first: as long as slots are new, they are in
    order of creation.
    """
    w = s.world
    i = w.free_slot
    room = s.tasks.shape[0]
    if i < 0 or (room > 1 << BLOCK_BITS and w.used_slots < room):
        return open_slot(s)
    w.free_slot = s.tasks[i].next_task
    w.reuses_slots = 1
    return i


def create_old_task(m: ScenarioRecord, s: RunState) -> None:
    """Create a task that serves at the command; it has no life event of its own."""
    i = take_slot(s)
    if i >= 0:
        add_old_task(m, s, i)
        s.tasks[i].life_event_at = NEVER
        queue_health_change(m, s, i)


def create(m: ScenarioRecord, s: RunState, revision: int) -> None:
    """Launch a task."""
    i = take_slot(s)
    if i < 0:
        return
    launch(m, s, i, revision)
    queue_start(m, s, i)


def restart_container(m: ScenarioRecord, s: RunState, revision: int, restarts: int) -> None:
    """Start the container that follows on one that has exited in its pod."""
    i = take_slot(s)
    if i >= 0:
        restart(m, s, i, revision, restarts)
        queue_start(m, s, i)


def queue_start(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Queue the first event of a task: RUNNING or a failed start; what follows if it is unseen."""
    t = s.tasks[i]
    t.check_event_at = NEVER
    if t.fails_to_start != 0:
        t.life_event_at = t.start_fails_at
    elif runs_unseen(s, i):
        run_ahead(m, s, i)
        return
    else:
        t.life_event_at = runs_at(s, i)
    set_due(s, i)


def runs_at(s: RunState, i: int) -> float:
    """Return when a pending task becomes RUNNING, if its start does not fail."""
    t = s.tasks[i]
    pulled = t.pull_at + t.pull_seconds
    return float(pulled + t.container_start_seconds)


def run_ahead(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Let a pending task be RUNNING ahead of time, which nobody sees; queue what follows."""
    become_running(m, s, i, runs_at(s, i))
    queue_health_change(m, s, i)
    queue_next_life_event(m, s, i)


def run_others_ahead(m: ScenarioRecord, s: RunState) -> None:
    """Let pending tasks be RUNNING ahead of time where nobody sees it since the first one was."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == PENDING and runs_unseen(s, i):
            run_ahead(m, s, i)
        i = s.tasks[i].next_task


def is_pending(s: RunState, i: int) -> bool:
    """Whether task ``i`` is not RUNNING yet, though it may be noted so ahead of time."""
    t = s.tasks[i]
    return bool(t.state == PENDING or (t.state == RUNNING and t.running_at > s.world.now))


def queue_next_life_event(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Find the next life event of a running task, and queue it."""
    t = s.tasks[i]
    seen = is_booting(s, i) and not boots_unseen(m, s, i)
    boot = t.boot_ends_at if seen else NEVER
    first = min(min(boot, t.crash_at), min(t.error_step_at, t.grace_ends_at))
    first = min(min(first, t.warm_at), min(t.ramp_at, t.boost_ends_at))
    registers = t.registers_at if t.is_registered == 0 else NEVER
    t.life_event_at = min(min(first, t.own_event_at), min(registers, t.reacts_at))
    set_due(s, i)


def is_booting(s: RunState, i: int) -> bool:
    """Whether a running task will answer when its boot is over."""
    t = s.tasks[i]
    return bool(t.is_answering == 0 and t.never_listens == 0 and t.is_hung == 0)


def handle_life_event(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle the life event of task ``i``, due now."""
    t = s.tasks[i]
    if t.state == PENDING:
        if t.fails_to_start != 0:
            fail_start(m, s, i)
            return_slot(s, i)
        else:
            become_running(m, s, i, s.world.now)
            t.own_event_at = own_change_at(m, s, i)
            queue_health_change(m, s, i)
            queue_next_life_event(m, s, i)
            if s.world.starts_unseen != 0:
                run_others_ahead(m, s)
    elif t.state == RUNNING:
        handle_running(m, s, i)
    elif t.state == DEAD:
        forget_dead(m, s, i)
        queue_next_of_dead(s, i)
    else:
        continue_stop(m, s, i)
        queue_next_of_stop(s, i)


def queue_next_of_dead(s: RunState, i: int) -> None:
    """Queue what is next for a task that has exited by itself; return its slot if nothing is."""
    t = s.tasks[i]
    if t.state == GONE:
        return_slot(s, i)
        return
    t.life_event_at = min(t.late_requests_until, t.reacts_at)
    set_due(s, i)


def return_slot(s: RunState, i: int) -> None:
    """Return the slot of a task that is gone to the free ones."""
    w = s.world
    t = s.tasks[i]
    t.life_event_at = NEVER
    t.check_event_at = NEVER
    set_due(s, i)
    t.next_task = w.free_slot
    w.free_slot = i


def handle_running(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle all that is due in a running task: crash, end of boot, next error step and so on."""
    w = s.world
    t = s.tasks[i]
    if t.crash_at <= w.now:
        crash(m, s, i, False)
        return
    if t.registers_at <= w.now and t.is_registered == 0:
        register(m, s, i)
        if m.min_ready > 0.0:
            t.own_event_at = own_change_at(m, s, i)
        queue_health_change(m, s, i)
    if is_booting(s, i) and t.boot_ends_at <= w.now:
        listen(m, s, i)
    if t.error_step_at <= w.now:
        replay_checks(m, s, i, False)
        raise_task_errors(m, s, i)
        queue_health_change(m, s, i)
    if t.warm_at <= w.now:
        replay_checks(m, s, i, False)
        become_warm(m, s, i)
        queue_health_change(m, s, i)
    handle_health(m, s, i)
    queue_next_life_event(m, s, i)


def handle_health(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle what is due in a running task after a change of its health or its start."""
    w = s.world
    t = s.tasks[i]
    if t.grace_ends_at <= w.now:
        become_sick(m, s, i)
    if t.ramp_at <= w.now:
        raise_ramp(m, s, i)
    if t.boost_ends_at <= w.now:
        end_cpu_boost(s, i)
    if t.own_event_at <= w.now:
        take_own_steps(m, s, i, w.now)
        t.own_event_at = own_change_at(m, s, i)
    if t.reacts_at <= w.now:
        end_reaction(s, i)


def crash(m: ScenarioRecord, s: RunState, i: int, by_hand: bool) -> None:
    """End task ``i``, which exits without an order of ECS now."""
    t = s.tasks[i]
    revision = t.revision
    restarts = restarts_after(t.restarts, s.world.now - t.running_at)
    exit_without_drain(m, s, i, m.breaker_counts_exits != 0 and not by_hand, by_hand)
    t.check_event_at = NEVER
    queue_next_of_dead(s, i)
    if m.has_pods != 0 and not by_hand:
        restart_container(m, s, revision, restarts)


def stop_task(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Stop a task by order of the scheduler: a pending task is gone at once, others drain."""
    t = s.tasks[i]
    t.check_event_at = NEVER
    if is_pending(s, i):
        remove_from_counts(m, s, i)
        remove_task(m, s, i)
        return_slot(s, i)
        return
    order_stop(m, s, i)
    queue_next_of_stop(s, i)


def queue_next_of_stop(s: RunState, i: int) -> None:
    """Queue what is next for a task that ECS stops."""
    t = s.tasks[i]
    if t.state == DEAD or t.state == GONE:
        queue_next_of_dead(s, i)
        return
    t.life_event_at = next_of_stop(s, i)
    set_due(s, i)


def change_health(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Handle the check that changes the health of task ``i``."""
    t = s.tasks[i]
    t.check_streak = t.flip_streak
    t.check_number = t.flip_number
    t.check_at = t.flip_check_at
    t.verdict_at = t.flip_verdict_at
    health = health_after(
        t.health, t.check_streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
    )
    if health == HEALTHY:
        become_healthy(m, s, i)
    else:
        become_unhealthy(m, s, i)
    if m.min_ready > 0.0:
        t.own_event_at = own_change_at(m, s, i)
    queue_next_life_event(m, s, i)
    queue_health_change(m, s, i)


def carry_out(m: ScenarioRecord, s: RunState, todo: Orders) -> None:
    """Stop and start tasks as the scheduler has ordered."""
    target = s.world.target
    for revision, kind, count in stop_orders(s, todo):
        i = s.world.first_task
        for _ in range(count):
            i = next_to_stop(m, s, i, revision, kind)
            if i < 0:
                break
            following = s.tasks[i].next_task
            count_failure_at_stop(m, s, revision, kind)
            stop_task(m, s, i)
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
        crash(m, s, i, m.task_crashes[s.world.next_crash].by_hand != 0)
        i = following
    set_next_crash(m, s)


def hang_tasks(m: ScenarioRecord, s: RunState) -> None:
    """Hang running tasks of a revision, the oldest first; their next checks get no answer."""
    i = s.world.first_task
    for _ in range(m.task_hangs[s.world.next_hang].tasks):
        i = next_to_hang(m, s, i)
        if i < 0:
            break
        replay_checks(m, s, i, False)
        catch_up_own(m, s, i)
        hang(m, s, i)
        queue_health_change(m, s, i)
        s.tasks[i].own_event_at = own_change_at(m, s, i)
        queue_next_life_event(m, s, i)
        i = s.tasks[i].next_task
    set_next_hang(m, s)
