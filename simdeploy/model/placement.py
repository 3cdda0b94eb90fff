"""Placement where there is no capacity: failed rounds, their pauses, and the circuit breaker."""

from simdeploy.model import timers
from simdeploy.model.accessors import get_breaker, set_breaker
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import look_from
from simdeploy.semantics.breaker import after_failure
from simdeploy.semantics.kubernetes import PLACEMENT_RETRY
from simdeploy.semantics.placement import is_unavailable, placement_pause
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.state import NEVER, NEW, Orders


def capacity_window(m: ScenarioRecord, s: RunState) -> int:
    """Index of the window in which no task can be placed now; -1 if there is none."""
    for k in range(m.n_capacity_windows):
        x = m.capacity_windows[k]
        if is_unavailable(s.world.now, x.start, x.end):
            return k
    return -1


def cannot_place(m: ScenarioRecord, s: RunState, todo: Orders) -> bool:
    """Try to place the tasks to start; return whether a round of attempts fails.

    A failed round is no failed start. The scheduler pauses, and the breaker counts the round when
    the next round begins (ecs-placement-rounds).
    """
    w = s.world
    if todo.start + todo.start_other == 0:
        return False
    k = capacity_window(m, s)
    if k < 0:
        w.failed_placements = 0
        return False
    w.failed_placements += 1
    pause = PLACEMENT_RETRY if m.has_pods != 0 else placement_pause(w.failed_placements)
    w.placement_until = w.now + pause
    w.placement_counts = 1 if m.capacity_windows[k].counts != 0 and todo.start > 0 else 0
    w.timers[timers.PLACEMENT] = look_from(m, s, w.placement_until)
    return True


def count_placement(m: ScenarioRecord, s: RunState) -> None:
    """Count the last failed round in the breaker, as the next one begins."""
    w = s.world
    if w.placement_counts != 0 and w.phase == ROLLING_OUT and w.target == NEW:
        set_breaker(s, after_failure(get_breaker(m, s), m.breaker_trips_at_once != 0))
    w.placement_counts = 0


def reset_placement(s: RunState) -> None:
    """Forget failed rounds and their pause, as an update of the service does."""
    w = s.world
    w.failed_placements = 0
    w.placement_until = 0.0
    w.placement_counts = 0
    w.timers[timers.PLACEMENT] = NEVER
