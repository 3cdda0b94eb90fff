"""What has moved since the last look, so that the batch engine looks only at that.

The process engine looks at everything at every instant, so a change that is not noted here shows
as a difference between the engines. Only handlers of the batch engine note changes.
"""

from simdeploy.engines.kernel.backlogs import time_crossing
from simdeploy.engines.kernel.mixes import all_asleep, count_tasks_of_mix
from simdeploy.model import timers
from simdeploy.model.alarm_rates import set_alarm_rate, set_alarm_rates
from simdeploy.model.alarms import update_alarms
from simdeploy.model.constants import BASELINE, DRAINING, RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import has_leftover
from simdeploy.model.metrics import (
    harm_now,
    note_harm,
    record_baseline_point,
    update_measures,
)
from simdeploy.model.operator import update_operator
from simdeploy.model.requests import total_rates
from simdeploy.model.websockets import reconnect
from simdeploy.semantics.alarms import counts_answers
from simdeploy.semantics.schema import NO_CHANGE
from simdeploy.semantics.state import NEVER, NEW, OLD

#: What the plan has come to, as `plan_state` lists it.
Plan = tuple[int, int, int, int, int, int, int, int, int]
#: What an event of a task that ends may change, as `end_standing` lists it.
EndStanding = tuple[int, int, int, int, int, int, int, int]
#: The counts that plan and scheduler go by, as `fleet_state` lists them.
Fleets = tuple[int, ...]
#: What decides how traffic is routed to a task, as `standing` lists it.
Standing = tuple[int, int, int, int, int, int, int, int, int, int, int, int]


def standing(m: ScenarioRecord, s: RunState, i: int) -> Standing:
    """Return all that an event of task ``i`` may change of how traffic is routed."""
    w = s.world
    t = s.tasks[i]
    connected = w.connected[OLD] + w.connected[NEW] if m.max_connections > 0 else 0
    newly = w.connected[NEW] if m.max_connections > 0 else 0
    return (
        t.cohort,
        1 if has_leftover(s, i) else 0,
        t.is_answering,
        t.is_hung,
        t.is_cold,
        t.ramp,
        t.error_step,
        t.health,
        w.healthy_targets[0] + (w.healthy_targets[1] << 32),
        connected,
        newly,
        w.schema_applied,
    )


def end_standing(m: ScenarioRecord, s: RunState, i: int) -> EndStanding:
    """Return all that an event of task ``i``, which ends, may change of `standing`."""
    w = s.world
    t = s.tasks[i]
    limited = m.max_connections > 0
    return (
        t.cohort,
        1 if has_leftover(s, i) else 0,
        t.is_answering,
        t.is_hung,
        t.is_cold,
        w.healthy_targets[0] + (w.healthy_targets[1] << 32),
        w.connected[OLD] if limited else 0,
        w.connected[NEW] if limited else 0,
    )


def fleet_state(m: ScenarioRecord, s: RunState) -> Fleets:
    """Return all that an event of a task may change of what plan and scheduler go by.

    That a task runs matters by itself only where it counts as healthy without a check.
    """
    w = s.world
    unchecked = m.checks_wait_for_shift != 0 or w.health_signal_missing != 0
    return (
        w.starting[OLD],
        w.starting[NEW],
        w.running_unproven[OLD] if unchecked else 0,
        w.running_unproven[NEW] if unchecked else 0,
        w.healthy[OLD],
        w.healthy[NEW],
        w.sick[OLD],
        w.sick[NEW],
        w.draining[OLD] + w.draining[NEW],
        w.unreacted[OLD],
        w.unreacted[NEW],
        w.missing[OLD],
        w.missing[NEW],
        w.alive[OLD],
        w.alive[NEW],
        w.breaker_failures,
        w.breaker_stage,
        w.failed_starts,
        w.healthy_targets[0] if m.has_pods != 0 else 0,
    )


def plan_state(s: RunState) -> Plan:
    """Return all that a look may change of the plan; orders to the scheduler aside."""
    w = s.world
    return (
        w.phase,
        w.step,
        w.step_begun,
        w.target,
        w.wanted_target,
        w.wanted_other,
        w.rollback_reason,
        w.breaker_tripped,
        w.generation[NEW],
    )


def is_ending(s: RunState, i: int) -> bool:
    """Whether task ``i`` has been ordered to stop, has exited, or exits now by itself."""
    t = s.tasks[i]
    return bool((t.state == RUNNING and t.crash_at <= s.world.now) or t.state >= DRAINING)


def note_task(s: RunState, routing: bool, fleet: bool) -> None:
    """Note an event of a task, and whether it moves the routing and the fleet."""
    w = s.world
    w.tasks_moved = 1
    if routing:
        w.routing_moved = 1
    if fleet:
        w.fleet_moved = 1
        w.counts_moved = 1


def note_leftover(s: RunState) -> None:
    """Note a change of what is left at a task: by itself it moves only who writes, and checks."""
    w = s.world
    w.tasks_moved = 1
    w.leftover_moved = 1
    if w.schema_change != NO_CHANGE or w.old_shape_gone != 0:
        w.routing_moved = 1


def note_timer(s: RunState, i: int) -> None:
    """Note what timer ``i`` may move: all but that of alarms, and of looks of the scheduler."""
    w = s.world
    if i == timers.TICK or i == timers.BEGIN:
        w.fleet_moved = 1
    elif i < timers.ALARMS or (i - timers.ALARMS) % 4 == timers.ALARM_POLL:
        w.fleet_moved = 1
        w.routing_moved = 1
        w.moved_task = -1


def note_plan(s: RunState, before: Plan, ordered: bool) -> None:
    """Note what a look has moved: the next instant looks again, until a look moves nothing.

    Launches that wait for tokens are timed from the current instant, so that every instant counts.
    """
    w = s.world
    moved = plan_state(s) != before
    w.fleet_moved = 1 if ordered or moved or w.ordered_starts > 0 else 0
    if moved:
        w.routing_moved = 1
        w.moved_task = -1
    if ordered:
        w.tasks_moved = 1
        w.counts_moved = 1
    if w.fleet_moved != 0 or w.timers[timers.TICK] < NEVER:
        w.has_luck = 1


def must_route(s: RunState) -> bool:
    """Whether traffic has to be routed anew.

    Always while a schema change counts rows: their next bound is timed from the current instant.
    """
    w = s.world
    return bool(w.routing_moved != 0 or w.schema_applied != 0 or w.has_new_rows != 0)


def observe_tasks(m: ScenarioRecord, s: RunState) -> None:
    """Update what depends on tasks and alarms while traffic is routed as before."""
    w = s.world
    reconnect(s)
    moved = w.tasks_moved != 0
    w.tasks_moved = 0
    if w.counts_moved != 0:
        w.counts_moved = 0
        if w.mix >= 0:
            count_tasks_of_mix(m, s)
        else:
            total_rates(m, s)
            update_measures(m, s)
    if w.variant != BASELINE and m.n_alarms > 0:
        counted = moved and count_tasks_anew(m, s)
        if counted or m.n_alarm_noises > 0 or not all_asleep(m, s):
            update_alarms(m, s)


def observe_crossing(m: ScenarioRecord, s: RunState) -> None:
    """Update what depends on rates where nothing but backlogs that met a bound has changed them."""
    w = s.world
    reconnect(s)
    time_crossing(m, s)
    w.tasks_moved = 0
    if w.counts_moved != 0:
        w.counts_moved = 0
        total_rates(m, s)
        update_measures(m, s)
    else:
        note_harm(s, harm_now(m, s))
    if w.variant == BASELINE:
        record_baseline_point(s)
    else:
        set_alarm_rates(m, s)
        update_alarms(m, s)
        update_operator(m, s)


def count_tasks_anew(m: ScenarioRecord, s: RunState) -> bool:
    """Set the rates of alarms that do not count answers; return whether there are such alarms.

    Answers are counted anew where traffic is routed.
    """
    counted = False
    for k in range(m.n_alarms):
        if not counts_answers(m.alarms[k].metric):
            set_alarm_rate(m, s, k, m.alarms[k].scope)
            counted = True
    return counted
