"""Rollback: flag off, weights back to the old task set, or a redeployment of the old revision."""

from simdeploy import draws
from simdeploy.draws import uniform
from simdeploy.model import delays, timers
from simdeploy.model.accessors import draw, start_timer
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import draw_command, step_from
from simdeploy.model.metrics import record_decision
from simdeploy.model.placement import reset_placement
from simdeploy.semantics import plan
from simdeploy.semantics.plan import (
    can_roll_back,
    hook_ends,
    redeploys_from,
    rolls_back_by_weights,
)
from simdeploy.semantics.state import NEVER, NEW, OLD


def order_rollback(m: ScenarioRecord, s: RunState, reason: int) -> None:
    """Begin to roll back, unless a rollback is under way or nothing is left to undo."""
    w = s.world
    if w.rollback_reason != 0 or not can_roll_back(w.phase):
        return
    w.rollback_reason = reason
    record_decision(s)
    w.timers[timers.STEP] = NEVER
    w.timers[timers.PATIENCE] = NEVER
    if w.flag_changes > 0:
        w.phase = plan.UNFLAGGING
        order_flag(m, s, 0)
    elif rolls_back_by_weights(w.shifts_traffic != 0, w.old_stopping == 0):
        w.phase = plan.ORDERED
        u = uniform(w.key0, w.key1, draws.CONTROLLER_DELAY, 0, 0)
        w.timers[timers.CONTROLLER] = (
            w.now + draw(m, delays.CONTROLLER, u) + rollback_hook_seconds(m, s)
        )
    else:
        redeploy(m, s)


def rollback_hook_seconds(m: ScenarioRecord, s: RunState) -> float:
    """Return the seconds of hooks that also run on a rollback (ecs-native-hook-on-rollback)."""
    w = s.world
    total = 0.0
    if w.weight_changes > 0:
        for k in range(m.n_rollback_hooks):
            h = m.hooks[m.rollback_hooks[k]]
            u = uniform(w.key0, w.key1, draws.HOOK, m.rollback_hooks[k], draws.UNDOING)
            total += hook_ends(draw(m, h.duration_row, u), h.timeout, h.never_answers != 0)
    return total


def order_flag(m: ScenarioRecord, s: RunState, level: int) -> None:
    """Order a level of the feature flag; it takes effect after a delay."""
    w = s.world
    w.ordered_flag_level = level
    start_timer(m, s, timers.FLAG, delays.FLAG, draws.FLAG, w.flag_changes, 0)
    w.flag_changes += 1


def apply_flag(s: RunState) -> None:
    """Put the ordered flag level into effect."""
    w = s.world
    w.timers[timers.FLAG] = NEVER
    w.flag_level = w.ordered_flag_level


def redeploy(m: ScenarioRecord, s: RunState) -> None:
    """Deploy the old revision by the same plan, or by its end (`plan.redeploys_from`)."""
    w = s.world
    reset_placement(s)
    w.step = redeploys_from(w.phase, m.aborts_at)
    w.phase = plan.REDEPLOYING
    w.target = OLD
    w.wanted_target = w.healthy[OLD] + w.starting[OLD] + w.sick[OLD]
    w.wanted_other = m.desired_count
    w.abandons_other = 1
    w.step_begun = 0
    w.is_rolling = 0
    w.is_overdue = 0
    w.ordered_starts = 0
    begin_at(m, s, draws.UNDOING)


def begin_at(m: ScenarioRecord, s: RunState, ordinal: int) -> None:
    """Set ECS's first act in a deployment that has just been ordered, or in its rollback.

    It falls on a look of the run's one grid (ecs-command).
    """
    w = s.world
    due = w.now + draw_command(m, s, w.generation[NEW], ordinal)
    w.begins_at = step_from(m, s, due)
    w.timers[timers.BEGIN] = w.begins_at if w.begins_at > w.now else NEVER


def on_controller_timer(m: ScenarioRecord, s: RunState) -> None:
    """Shift traffic back to the old task set, or tear down the new task set if it has none."""
    w = s.world
    w.timers[timers.CONTROLLER] = NEVER
    if w.new_weight == 0.0 and w.timers[timers.WEIGHT] == NEVER:
        tear_down(m, s)
        return
    w.phase = plan.FLIPPING
    order_weight(m, s, 0.0)


def order_weight(m: ScenarioRecord, s: RunState, weight: float) -> None:
    """Order a listener weight for the new revision; it takes effect after a delay."""
    w = s.world
    w.ordered_weight = weight
    start_timer(m, s, timers.WEIGHT, delays.WEIGHT, draws.WEIGHT, w.weight_changes, 0)
    w.weight_changes += 1


def apply_weight(m: ScenarioRecord, s: RunState) -> None:
    """Put the ordered weight into effect."""
    w = s.world
    w.timers[timers.WEIGHT] = NEVER
    w.new_weight = w.ordered_weight
    if w.phase == plan.FLIPPING:
        tear_down(m, s)


def tear_down(m: ScenarioRecord, s: RunState) -> None:
    """Delete the new task set, which serves no more."""
    w = s.world
    w.phase = plan.TEARING_DOWN
    w.target = OLD
    w.wanted_target = m.desired_count
    w.wanted_other = 0
    w.is_rolling = 0
    w.ordered_starts = 0
