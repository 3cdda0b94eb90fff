"""Event loop of the batch engine: next instant, integrate, play its events, look once."""

from typing import Any

from simdeploy.engines.kernel.heap import pop
from simdeploy.engines.kernel.life import (
    carry_out,
    change_health,
    crash_tasks,
    create_old_task,
    handle_life_event,
    hang_tasks,
    queue_health_change,
    queue_next_life_event,
    replay_checks,
)
from simdeploy.model import timers
from simdeploy.model.constants import (
    BASELINE,
    CLASSES,
    GONE,
    RANK_BIT,
    RANK_LIFE,
    RUNNING,
    SERIALS,
    SLOT_BITS,
    SLOTS,
)
from simdeploy.model.deployment import advance_deployment
from simdeploy.model.dispatch import (
    affects_tasks,
    begin_run,
    check_conditions_changed,
    on_service_timer,
    on_tasks_timer,
    route_traffic,
    settle_before_command,
    update_check_conditions,
    update_observers,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import integrate, save_baseline, write_result
from simdeploy.model.release_chain import begin_next_release, is_next_release_due
from simdeploy.model.scheduling import schedule
from simdeploy.model.task_lifecycle import start_warming
from simdeploy.semantics.capacity import changes_anything
from simdeploy.semantics.state import NEVER


def prepare(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Set the state at the command."""
    reset_state(m, s)
    begin_run(m, s, seed, replication, variant)
    for _ in range(m.desired_count):
        create_old_task(m, s)
    settle_before_command(m, s)


def reset_state(m: ScenarioRecord, s: RunState) -> None:
    """Reset the world, free all task slots, and clear the latency counts."""
    w = s.world
    reset_world(w)
    n = s.tasks.shape[0]
    for i in range(n):
        s.tasks[i].next_task = i + 1 if i + 1 < n else -1
        s.tasks[i].state = GONE
    w.free_slot = 0
    w.cohort_room = s.cohorts.shape[0]
    w.point_room = s.points.shape[0]
    for pace in range(m.n_paces):
        for j in range(CLASSES):
            s.world.latency_counts[pace][j] = 0.0


def is_current(s: RunState, slot: int, key_: int) -> bool:
    """Return whether the top heap entry has not been superseded."""
    t = s.tasks[slot]
    serial = (key_ >> SLOT_BITS) & SERIALS
    if t.serial != serial or t.state == GONE:
        return False
    if key_ >> RANK_BIT == RANK_LIFE:
        return t.life_event_at == s.heap[0].at
    return t.check_event_at == s.heap[0].at


def next_task_event(s: RunState) -> float:
    """Return the time of the next task event; pops superseded entries."""
    w = s.world
    while w.heap_size > 0:
        if is_current(s, s.heap[0].key & SLOTS, s.heap[0].key):
            return float(s.heap[0].at)
        pop(s)
    return NEVER


def n_timers(m: ScenarioRecord) -> int:
    """Return the number of timers in use."""
    return timers.ALARMS + 4 * m.n_alarms


def next_instant(m: ScenarioRecord, s: RunState) -> float:
    """Return the time of the next event."""
    w = s.world
    at = min(next_task_event(s), w.crossing_at)
    for i in range(n_timers(m)):
        at = min(at, w.timers[i])
    return at


def play_events(m: ScenarioRecord, s: RunState) -> None:
    """Play all events of this instant, by rank."""
    w = s.world
    fire_due_timers(m, s, 0, timers.ENVIRONMENT_TIMERS)
    while next_task_event(s) == w.now:
        task_key = s.heap[0].key
        pop(s)
        slot = task_key & SLOTS
        if task_key >> RANK_BIT == RANK_LIFE:
            s.tasks[slot].life_event_at = NEVER
            handle_life_event(m, s, slot)
        else:
            s.tasks[slot].check_event_at = NEVER
            change_health(m, s, slot)
    fire_due_timers(m, s, timers.ENVIRONMENT_TIMERS, n_timers(m))


def fire_due_timers(m: ScenarioRecord, s: RunState, first: int, end: int) -> None:
    """Fire due timers from ``first`` to ``end``, lowest first, until none is due."""
    w = s.world
    i = first
    while i < end:
        if w.timers[i] <= w.now:
            on_timer(m, s, i)
            i = first
        else:
            i += 1


def on_timer(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Stop a due timer and handle it."""
    s.world.timers[i] = NEVER
    if i == timers.CRASH:
        crash_tasks(m, s)
    elif i == timers.HANG:
        hang_tasks(m, s)
    elif affects_tasks(i):
        replay_all_checks(m, s, i != timers.TRAFFIC)
        on_tasks_timer(m, s, i)
        fold_all_checks(m, s)
    else:
        on_service_timer(m, s, i)


def replay_all_checks(m: ScenarioRecord, s: RunState, inclusive: bool) -> None:
    """Replay the checks of all running tasks up to now, before their outcome changes."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING:
            replay_checks(m, s, i, inclusive)
        i = s.tasks[i].next_task


def fold_all_checks(m: ScenarioRecord, s: RunState) -> None:
    """Fold the checks of all running tasks anew, after their outcome has changed."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING:
            queue_health_change(m, s, i)
        i = s.tasks[i].next_task


def start_all_warming(m: ScenarioRecord, s: RunState) -> None:
    """Start the clock of cold tasks that traffic reaches for the first time."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING and start_warming(m, s, i):
            queue_next_life_event(s, i)
        i = s.tasks[i].next_task


def advance_releases(m: ScenarioRecord, s: RunState) -> None:
    """Advance the plan; after its end begin the next release, which changes health checks."""
    advance_deployment(m, s)
    if is_next_release_due(m, s):
        replay_all_checks(m, s, True)
        begin_next_release(m, s)
        fold_all_checks(m, s)
        advance_deployment(m, s)


def look(m: ScenarioRecord, s: RunState) -> None:
    """Once per instant: plan, scheduler, load balancer, alarms and operator."""
    advance_releases(m, s)
    todo = schedule(m, s)
    while changes_anything(todo) and s.world.out_of_room == 0:
        carry_out(m, s, todo)
        advance_releases(m, s)
        todo = schedule(m, s)
    route_traffic(m, s)
    if check_conditions_changed(m, s):
        replay_all_checks(m, s, True)
        update_check_conditions(m, s)
        fold_all_checks(m, s)
        route_traffic(m, s)
    if s.world.cold_tasks > 0:
        start_all_warming(m, s)
    update_observers(m, s)


def run(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Play one run from the command to the horizon."""
    w = s.world
    prepare(m, s, seed, replication, variant)
    horizon = m.horizon
    look(m, s)
    while w.out_of_room == 0:
        at = next_instant(m, s)
        if at > horizon:
            break
        integrate(m, s, at)
        play_events(m, s)
        look(m, s)
    integrate(m, s, horizon)


def baseline(m: ScenarioRecord, s: RunState, seed: int, replication: int) -> None:
    """Play the same service and draws without a deployment; keep its points and sums."""
    s.world.n_points = 0
    run(m, s, seed, replication, BASELINE)
    save_baseline(m, s)


def run_range(
    m: ScenarioRecord, s: RunState, seed: int, lo: int, hi: int, variant: int, out: Any
) -> int:
    """Play runs ``lo`` to ``hi`` into ``out``; return the first out of room, or ``hi``."""
    for replication in range(lo, hi):
        s.world.out_of_room = 0
        baseline(m, s, seed, replication)
        if s.world.out_of_room == 0:
            run(m, s, seed, replication, variant)
        if s.world.out_of_room != 0:
            return replication
        write_result(m, s, out[replication - lo])
    return hi
