"""Event loop of the batch engine: next instant, integrate, play its events, look once."""

from typing import Any

from simdeploy.engines.kernel.backlogs import (
    meet_bounds,
    settle_stalled,
    time_crossing,
)
from simdeploy.engines.kernel.checks import queue_health_change, replay_checks
from simdeploy.engines.kernel.due import (
    BLOCK_BITS,
    due_now,
    first_due,
    first_timer,
    n_blocks,
    n_timers,
    set_due,
)
from simdeploy.engines.kernel.lanes import forget_lanes
from simdeploy.engines.kernel.life import (
    carry_out,
    change_health,
    crash_tasks,
    create_old_task,
    handle_life_event,
    hang_tasks,
    queue_next_life_event,
)
from simdeploy.engines.kernel.mixes import forget_mixes, keep_mix, route_as_known, spend
from simdeploy.engines.kernel.moved import (
    end_standing,
    fleet_state,
    is_ending,
    must_route,
    note_leftover,
    note_plan,
    note_task,
    note_timer,
    observe_crossing,
    observe_tasks,
    plan_state,
    standing,
)
from simdeploy.engines.kernel.settling import route_traffic, settle_fail_open
from simdeploy.model import timers
from simdeploy.model.constants import (
    BASELINE,
    DEAD,
    GONE,
    RUNNING,
)
from simdeploy.model.deployment import advance_deployment
from simdeploy.model.dispatch import (
    affects_tasks,
    all_checks_changed,
    begin_run,
    observe,
    on_service_timer,
    on_tasks_timer,
    settle_before_command,
    update_check_conditions,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.latency import used_classes
from simdeploy.model.leftovers import next_leftover_event
from simdeploy.model.metrics import save_baseline, write_result
from simdeploy.model.release_chain import begin_next_release, is_next_release_due
from simdeploy.model.scheduling import schedule
from simdeploy.model.task_lifecycle import start_warming
from simdeploy.semantics.capacity import changes_anything, limit_starts
from simdeploy.semantics.state import NEVER


def prepare(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Set the state at the command."""
    reset_state(m, s)
    begin_run(m, s, seed, replication, variant)
    for _ in range(m.desired_count):
        create_old_task(m, s)
    settle_before_command(m, s)


def reset_state(m: ScenarioRecord, s: RunState) -> None:
    """Reset the world, and clear the latency counts."""
    w = s.world
    reset_world(w)
    w.cohort_room = s.cohorts.shape[0]
    w.point_room = s.points.shape[0]
    classes = used_classes(s)
    for pace in range(m.n_paces):
        for j in range(classes):
            s.world.latency_counts[pace][j] = 0.0
    w.has_waited = 0


def next_instant(m: ScenarioRecord, s: RunState) -> float:
    """Return the time of the next event."""
    w = s.world
    w.next_timer = first_timer(m, s)
    return min(min(first_due(s), w.crossing_at), w.next_timer)


def play_events(m: ScenarioRecord, s: RunState) -> None:
    """Play all events of this instant, by rank.

    Of the events of tasks, only a schema change sets a timer that may be due at once.
    """
    w = s.world
    is_due = w.next_timer <= w.now
    if is_due:
        fire_due_timers(m, s, 0, timers.ENVIRONMENT_TIMERS)
        first_due(s)
    n, slot = due_now(s)
    w.moved_task = slot if n == 1 and not is_due else -1
    if n == 1:
        play_task(m, s, slot)
    elif n > 1 and w.reuses_slots == 0:
        play_slots(m, s)
    elif n > 1:
        play_tasks(m, s)
    if is_due or w.timers[timers.REPAIR] <= w.now:
        fire_due_timers(m, s, timers.ENVIRONMENT_TIMERS, n_timers(m))


def play_slots(m: ScenarioRecord, s: RunState) -> None:
    """Do what `play_tasks` does where slots are in order of creation, in blocks with events now."""
    now = s.world.now
    for k in range(n_blocks(s)):
        if s.blocks[k].at == now:
            for i in range(k << BLOCK_BITS, min((k + 1) << BLOCK_BITS, s.world.used_slots)):
                while s.due[i].at == now and s.tasks[i].life_event_at == now:
                    play_life_event(m, s, i)
    for k in range(n_blocks(s)):
        if s.blocks[k].at == now:
            for i in range(k << BLOCK_BITS, min((k + 1) << BLOCK_BITS, s.world.used_slots)):
                if s.due[i].at == now:
                    play_task(m, s, i)


def play_tasks(m: ScenarioRecord, s: RunState) -> None:
    """Play all that is due now of tasks, in order of creation: of their lives, then of checks."""
    now = s.world.now
    i = s.world.first_task
    while i >= 0:
        following = s.tasks[i].next_task
        while s.tasks[i].life_event_at == now:
            play_life_event(m, s, i)
        i = following
    i = s.world.first_task
    while i >= 0:
        following = s.tasks[i].next_task
        play_task(m, s, i)
        i = following


def play_task(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Play all that is due now of task ``i``: of its life, its checks, and what is left at it."""
    now = s.world.now
    while s.due[i].at == now:
        if s.tasks[i].life_event_at == now:
            play_life_event(m, s, i)
        elif s.tasks[i].check_event_at == now:
            play_check(m, s, i)
        else:
            play_leftover(s, i)


def play_check(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Play the check that changes the health of task ``i``; that may move everything."""
    s.world.has_luck = 1
    s.tasks[i].check_event_at = NEVER
    change_health(m, s, i)
    note_task(s, True, True)


def play_leftover(s: RunState, i: int) -> None:
    """Note that checks pass again in what is left at task ``i``, or that nothing is left."""
    s.tasks[i].leftover_event_at = next_leftover_event(s, i)
    note_leftover(s)
    set_due(s, i)


def play_life_event(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Play the life event of task ``i``; note what it moves."""
    s.world.has_luck = 1
    s.tasks[i].life_event_at = NEVER
    if is_ending(s, i):
        play_end(m, s, i)
    else:
        route_before = standing(m, s, i)
        fleet_before = fleet_state(m, s)
        handle_life_event(m, s, i)
        note_task(s, standing(m, s, i) != route_before, fleet_state(m, s) != fleet_before)
    set_due(s, i)


def play_end(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Play an event of a task that ends; the fleet moves where that is over."""
    before = end_standing(m, s, i)
    handle_life_event(m, s, i)
    is_over = s.tasks[i].state == DEAD or s.tasks[i].state == GONE
    note_task(s, end_standing(m, s, i) != before, is_over)


def fire_due_timers(m: ScenarioRecord, s: RunState, first: int, end: int) -> None:
    """Fire due timers from ``first`` to ``end``, lowest first, until none is due."""
    w = s.world
    i = first
    while i < end:
        if w.timers[i] <= w.now:
            note_timer(s, i)
            on_timer(m, s, i)
            i = first
        else:
            i += 1


def on_timer(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Stop a due timer and handle it."""
    s.world.timers[i] = NEVER
    if i == timers.CRASH or i == timers.HANG:
        strike_tasks(m, s, i)
    elif affects_tasks(i):
        replay_all_checks(m, s, i != timers.TRAFFIC)
        on_tasks_timer(m, s, i)
        fold_all_checks(m, s)
    else:
        on_service_timer(m, s, i)


def strike_tasks(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Kill or hang tasks; how long that takes to be noticed is drawn."""
    s.world.has_luck = 1
    if i == timers.CRASH:
        crash_tasks(m, s)
    else:
        hang_tasks(m, s)


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
        else:
            set_due(s, i)
        i = s.tasks[i].next_task


def start_all_warming(m: ScenarioRecord, s: RunState) -> None:
    """Start the clock of cold tasks that traffic reaches for the first time."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING and start_warming(m, s, i):
            queue_next_life_event(m, s, i)
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
    """Once per instant: plan, scheduler, load balancer, alarms and operator, where they moved."""
    if s.world.fleet_moved != 0:
        advance_plan(m, s)
    w = s.world
    if must_route(s):
        moved = w.routing_moved != 0 or w.leftover_moved != 0
        w.routing_moved = 0
        w.leftover_moved = 0
        w.tasks_moved = 0
        w.counts_moved = 0
        route(m, s, moved)
        return
    if meet_bounds(m, s):
        observe_crossing(m, s)
    else:
        observe_tasks(m, s)


def advance_plan(m: ScenarioRecord, s: RunState) -> None:
    """Advance the plan and carry out what the scheduler orders, until it orders nothing more."""
    w = s.world
    before = plan_state(s)
    ordered = False
    advance_releases(m, s)
    todo = schedule(m, s)
    while changes_anything(todo) and w.out_of_room == 0:
        ordered = True
        w.moved_task = -1
        if changes_anything(limit_starts(todo, 0)):
            w.routing_moved = 1
        carry_out(m, s, todo)
        advance_releases(m, s)
        todo = schedule(m, s)
    note_plan(s, before, ordered)


def route(m: ScenarioRecord, s: RunState, moved: bool) -> None:
    """Route traffic anew, and update all that depends on it.

    Without anything ``moved`` since the last look, backlogs alone have changed.
    """
    settle_fail_open(m, s)
    if not route_as_known(m, s):
        route_anew(m, s, moved)
        keep_mix(m, s)
    elif s.world.cold_tasks > 0:
        start_all_warming(m, s)


def route_anew(m: ScenarioRecord, s: RunState, moved: bool) -> None:
    """Route traffic where nothing is known of the mix of targets."""
    route_traffic(m, s)
    if all_checks_changed(m, s):
        replay_all_checks(m, s, True)
        update_check_conditions(m, s)
        settle_stalled(m, s, False)
        fold_all_checks(m, s)
        route_traffic(m, s)
        s.world.fleet_moved = 1
    else:
        settle_stalled(m, s, moved)
    if s.world.cold_tasks > 0:
        start_all_warming(m, s)
    time_crossing(m, s)
    observe(m, s)


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
        spend(m, s, at)
        play_events(m, s)
        look(m, s)
    spend(m, s, horizon)


def baseline(m: ScenarioRecord, s: RunState, seed: int, replication: int) -> bool:
    """Play the same service and draws without a deployment; keep its points and sums.

    Return whether other draws may give others.
    """
    s.world.n_points = 0
    s.world.has_luck = 0
    run(m, s, seed, replication, BASELINE)
    save_baseline(m, s)
    return bool(s.world.has_luck != 0)


def run_range(
    m: ScenarioRecord, s: RunState, seed: int, lo: int, hi: int, variant: int, out: Any
) -> int:
    """Play runs ``lo`` to ``hi`` into ``out``; return the first out of room, or ``hi``."""
    again = True
    forget_mixes(m, s)
    forget_lanes(s)
    s.world.has_waited = 1  # by another scenario, perhaps
    for replication in range(lo, hi):
        s.world.out_of_room = 0
        if again:
            again = baseline(m, s, seed, replication)
        if s.world.out_of_room == 0:
            run(m, s, seed, replication, variant)
        if s.world.out_of_room != 0:
            return replication
        write_result(m, s, out[replication - lo])
    return hi
