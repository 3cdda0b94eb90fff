"""Rolling back: what undoing costs from where the deployment stands."""

from simdeploy.draws import CONTROLLER_DELAY, FLAG, UNDOING, WEIGHT, uniform
from simdeploy.draws import HOOK as DRAW_HOOK
from simdeploy.model.accessors import draw
from simdeploy.model.constants import (
    D_CONTROLLER,
    D_FLAG,
    D_WEIGHT,
    T_CONTROLLER,
    T_FLAG,
    T_PATIENCE,
    T_STEP,
    T_WEIGHT,
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import note_decision
from simdeploy.semantics.plan import (
    FLIPPING,
    ORDERED,
    REDEPLOYING,
    TEARING_DOWN,
    UNFLAGGING,
    hook_ends,
    may_undo,
    undo_by_flip,
)
from simdeploy.semantics.state import NEVER, NEW, OLD


def order_rollback(m: ScenarioRecord, s: RunState, reason: int) -> None:
    """The decision to undo the deployment is taken or carried out now."""
    w = s.world
    if w.rollback_reason != 0 or not may_undo(w.phase):
        return
    w.rollback_reason = reason
    note_decision(s)
    w.timers[T_STEP] = NEVER
    w.timers[T_PATIENCE] = NEVER
    if w.flag_changes > 0:
        w.phase = UNFLAGGING
        order_flag(m, s, 0)
    elif undo_by_flip(w.shifts_traffic != 0, w.old_stopping == 0):
        w.phase = ORDERED
        u = uniform(w.key0, w.key1, CONTROLLER_DELAY, 0, 0)
        w.timers[T_CONTROLLER] = w.now + draw(m, D_CONTROLLER, u) + hooks_on_the_way(m, s)
    else:
        redeploy(m, s)


def hooks_on_the_way(m: ScenarioRecord, s: RunState) -> float:
    """Seconds that hooks take which also run while rolling back (ecs-native-hook-on-rollback)."""
    w = s.world
    total = 0.0
    if w.weight_changes > 0:
        for k in range(m.n_rollback_hooks):
            h = m.hooks[m.rollback_hooks[k]]
            u = uniform(w.key0, w.key1, DRAW_HOOK, m.rollback_hooks[k], UNDOING)
            total += hook_ends(draw(m, h.duration_row, u), h.timeout, h.never_answers != 0)
    return total


def order_flag(m: ScenarioRecord, s: RunState, level: int) -> None:
    """Set the feature flag; users see it a little later."""
    w = s.world
    w.ordered_flag_level = level
    u = uniform(w.key0, w.key1, FLAG, w.flag_changes, 0)
    w.flag_changes += 1
    w.timers[T_FLAG] = w.now + draw(m, D_FLAG, u)


def flag_on(s: RunState) -> None:
    """The ordered share of users is in effect."""
    w = s.world
    w.timers[T_FLAG] = NEVER
    w.flag_level = w.ordered_flag_level


def redeploy(m: ScenarioRecord, s: RunState) -> None:
    """A new deployment of the old revision, by the same plan."""
    w = s.world
    w.phase = REDEPLOYING
    w.target = OLD
    w.wanted_target = w.healthy[OLD] + w.starting[OLD] + w.sick[OLD]
    w.wanted_other = m.desired_count
    w.abandons_other = 1
    w.step = 0
    w.step_begun = 0
    w.is_rolling = 0


def controller_on(m: ScenarioRecord, s: RunState) -> None:
    """The controller carries out the order: weight back to the old task set."""
    w = s.world
    w.timers[T_CONTROLLER] = NEVER
    if w.new_weight == 0.0 and w.timers[T_WEIGHT] == NEVER:
        tear_down(m, s)
        return
    w.phase = FLIPPING
    order_weight(m, s, 0.0)


def order_weight(m: ScenarioRecord, s: RunState, weight: float) -> None:
    """Order a listener weight for the new revision; it takes effect a little later."""
    w = s.world
    w.ordered_weight = weight
    u = uniform(w.key0, w.key1, WEIGHT, w.weight_changes, 0)
    w.weight_changes += 1
    w.timers[T_WEIGHT] = w.now + draw(m, D_WEIGHT, u)


def weight_on(m: ScenarioRecord, s: RunState) -> None:
    """The ordered weight is in effect."""
    w = s.world
    w.timers[T_WEIGHT] = NEVER
    w.new_weight = w.ordered_weight
    if w.phase == FLIPPING:
        tear_down(m, s)


def tear_down(m: ScenarioRecord, s: RunState) -> None:
    """The new task set serves no more and is deleted."""
    w = s.world
    w.phase = TEARING_DOWN
    w.target = OLD
    w.wanted_target = m.desired_count
    w.wanted_other = 0
    w.is_rolling = 0


def new_is_gone(s: RunState) -> bool:
    """No task of the new revision is alive."""
    return s.world.alive[NEW] == 0
