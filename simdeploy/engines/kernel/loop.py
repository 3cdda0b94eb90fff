"""One run, and a range of runs: take the next instant, add up, apply, look once."""

from typing import Any

from simdeploy.engines.kernel.heap import pop
from simdeploy.engines.kernel.life import (
    carry_out,
    change_health,
    crash_tasks,
    create_old_task,
    handle_life_event,
    queue_health_change,
    queue_next_life_event,
    replay_checks,
)
from simdeploy.model.constants import (
    BASELINE,
    CLASSES,
    ENVIRONMENT_TIMERS,
    GONE,
    RANK_BIT,
    RANK_LIFE,
    RUNNING,
    SERIALS,
    SLOT_BITS,
    SLOTS,
    T_ALARMS,
    T_CRASH,
    T_TRAFFIC,
)
from simdeploy.model.deployment import advance, schedule
from simdeploy.model.dispatch import (
    about_tasks,
    begin_run,
    change_checks,
    change_for_all,
    checks_change,
    settle,
    take_notice,
    timer_on,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import add_up, finish, save_baseline
from simdeploy.model.release_chain import goes_on, next_release
from simdeploy.model.requests import settle_rates
from simdeploy.model.task_lifecycle import start_warming
from simdeploy.semantics.capacity import acts
from simdeploy.semantics.state import NEVER


def prepare(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """Everything as it stands at the command."""
    clear(m, s)
    begin_run(m, s, seed, replication, variant)
    for _ in range(m.desired_count):
        create_old_task(m, s)
    settle_rates(m, s)


def clear(m: ScenarioRecord, s: RunState) -> None:
    """Forget the last run: the world as at the start, all slots of tasks free, no latency."""
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


def is_due(s: RunState, slot: int, key_: int) -> bool:
    """Whether a heap entry still tells what its task waits for."""
    t = s.tasks[slot]
    serial = (key_ >> SLOT_BITS) & SERIALS
    if t.serial != serial or t.state == GONE:
        return False
    if key_ >> RANK_BIT == RANK_LIFE:
        return t.life_event_at == s.heap[0].at
    return t.check_event_at == s.heap[0].at


def next_task_event(s: RunState) -> float:
    """When the next task does something; drops superseded events on the way."""
    w = s.world
    while w.heap_size > 0:
        if is_due(s, s.heap[0].key & SLOTS, s.heap[0].key):
            return float(s.heap[0].at)
        pop(s)
    return NEVER


def timers_of(m: ScenarioRecord) -> int:
    """How many timers this scenario uses."""
    return T_ALARMS + 4 * m.n_alarms


def next_instant(m: ScenarioRecord, s: RunState) -> float:
    """When anything happens next."""
    w = s.world
    at = min(next_task_event(s), w.crossing_at)
    for i in range(timers_of(m)):
        at = min(at, w.timers[i])
    return at


def apply(m: ScenarioRecord, s: RunState) -> None:
    """Everything that happens at this instant, in the order of its rank."""
    w = s.world
    fire(m, s, 0, ENVIRONMENT_TIMERS)
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
    fire(m, s, ENVIRONMENT_TIMERS, timers_of(m))


def fire(m: ScenarioRecord, s: RunState, first: int, end: int) -> None:
    """Timers that are due now, lowest first, until none is left."""
    w = s.world
    i = first
    while i < end:
        if w.timers[i] <= w.now:
            on_timer(m, s, i)
            i = first
        else:
            i += 1


def on_timer(m: ScenarioRecord, s: RunState, i: int) -> None:
    """One timer is due now; some are about tasks."""
    s.world.timers[i] = NEVER
    if i == T_CRASH:
        crash_tasks(m, s)
    elif about_tasks(i):
        play_all(m, s, i != T_TRAFFIC)
        change_for_all(m, s, i)
        fold_all(m, s)
    else:
        timer_on(m, s, i)


def play_all(m: ScenarioRecord, s: RunState, inclusive: bool) -> None:
    """Make up for the checks of all running tasks, before something changes for them."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING:
            replay_checks(m, s, i, inclusive)
        i = s.tasks[i].next_task


def fold_all(m: ScenarioRecord, s: RunState) -> None:
    """Look ahead anew for all running tasks, after something has changed for them."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING:
            queue_health_change(m, s, i)
        i = s.tasks[i].next_task


def warm_all(m: ScenarioRecord, s: RunState) -> None:
    """Cold tasks that traffic reaches for the first time begin to grow warm."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].state == RUNNING and start_warming(m, s, i):
            queue_next_life_event(s, i)
        i = s.tasks[i].next_task


def proceed(m: ScenarioRecord, s: RunState) -> None:
    """Go on with the plan; after its end with the next release, which checks meet otherwise."""
    advance(m, s)
    if goes_on(m, s):
        play_all(m, s, True)
        next_release(m, s)
        fold_all(m, s)
        advance(m, s)


def look(m: ScenarioRecord, s: RunState) -> None:
    """Once per instant: the plan, the scheduler, the balancer, and who watches."""
    proceed(m, s)
    todo = schedule(m, s)
    while acts(todo) and s.world.out_of_room == 0:
        carry_out(m, s, todo)
        proceed(m, s)
        todo = schedule(m, s)
    settle(m, s)
    if checks_change(m, s):
        play_all(m, s, True)
        change_checks(m, s)
        fold_all(m, s)
        settle(m, s)
    if s.world.cold_tasks > 0:
        warm_all(m, s)
    take_notice(m, s)


def run(m: ScenarioRecord, s: RunState, seed: int, replication: int, variant: int) -> None:
    """One run from the command to the horizon."""
    w = s.world
    prepare(m, s, seed, replication, variant)
    horizon = m.horizon
    look(m, s)
    while w.out_of_room == 0:
        at = next_instant(m, s)
        if at > horizon:
            break
        add_up(m, s, at)
        apply(m, s)
        look(m, s)
    add_up(m, s, horizon)


def baseline(m: ScenarioRecord, s: RunState, seed: int, replication: int) -> None:
    """The same service on the same luck without a deployment; leaves its trace and its sums."""
    s.world.n_points = 0
    run(m, s, seed, replication, BASELINE)
    save_baseline(m, s)


def run_range(
    m: ScenarioRecord, s: RunState, seed: int, lo: int, hi: int, variant: int, out: Any
) -> int:
    """Runs ``lo`` to ``hi`` into the rows of ``out``; the first that overflowed, or ``hi``."""
    for replication in range(lo, hi):
        s.world.out_of_room = 0
        baseline(m, s, seed, replication)
        if s.world.out_of_room == 0:
            run(m, s, seed, replication, variant)
        if s.world.out_of_room != 0:
            return replication
        finish(m, s, out[replication - lo])
    return hi
