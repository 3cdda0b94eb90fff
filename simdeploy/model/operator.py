"""The person on call, and what nobody notices for a while."""

from simdeploy.draws import OPERATOR_DECIDES, OPERATOR_NOTICES, OPERATOR_TYPES, SILENT, uniform
from simdeploy.model.accessors import draw
from simdeploy.model.constants import D_DECIDES, D_NOTICES, D_TYPES, T_OPERATOR, T_SILENT
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import note_decision
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics.metrics import is_noticed
from simdeploy.semantics.operator import (
    DECIDES,
    DONE,
    IDLE,
    IMAGE_GONE,
    NOTICES,
    TYPES,
    has_effect,
    stands_down,
    starts_clock,
)
from simdeploy.semantics.plan import BY_OPERATOR, may_undo
from simdeploy.semantics.state import NEVER, NEW


def is_troubled(m: ScenarioRecord, s: RunState) -> bool:
    """Whether a person looking now would see the trouble."""
    w = s.world
    if w.silent_noticed != 0 and w.exposed_rate > 0.0:
        return True
    return is_noticed(w.failing_share, w.slow_share, m.noticed_share)


def watch_silence(m: ScenarioRecord, s: RunState) -> None:
    """What no signal shows is noticed some time after users first meet it."""
    w = s.world
    f = m.releases[w.generation[NEW]]
    if (
        f.n_silent == 0
        or w.new_code_rate <= 0.0
        or w.silent_noticed != 0
        or w.timers[T_SILENT] < NEVER
    ):
        return
    for k in range(f.n_silent):
        u = uniform(w.key0, w.key1, SILENT, w.generation[NEW], k)
        w.timers[T_SILENT] = min(w.timers[T_SILENT], w.now + draw(m, f.silent_rows[k], u))


def watch_operator(m: ScenarioRecord, s: RunState) -> None:
    """The operator's clock starts with the trouble and stops when it passes by itself."""
    w = s.world
    if m.has_operator == 0:
        return
    troubled = is_troubled(m, s)
    if starts_clock(w.operator, troubled, w.rollback_reason != 0):
        w.operator = NOTICES
        u = uniform(w.key0, w.key1, OPERATOR_NOTICES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_NOTICES, u)
    elif w.operator == NOTICES and not troubled and w.is_impatient == 0:
        w.operator = IDLE
        w.timers[T_OPERATOR] = NEVER


def lose_patience(m: ScenarioRecord, s: RunState) -> None:
    """The deployment has hung for too long: that starts the operator's clock as trouble does."""
    w = s.world
    w.is_impatient = 1
    if w.operator == IDLE:
        w.operator = NOTICES
        u = uniform(w.key0, w.key1, OPERATOR_NOTICES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_NOTICES, u)


def operator_on(m: ScenarioRecord, s: RunState) -> None:
    """The operator has noticed, decided, or typed."""
    w = s.world
    w.timers[T_OPERATOR] = NEVER
    if w.operator == NOTICES:
        w.operator = DECIDES
        u = uniform(w.key0, w.key1, OPERATOR_DECIDES, 0, 0)
        w.timers[T_OPERATOR] = w.now + draw(m, D_DECIDES, u)
    elif w.operator == DECIDES:
        decide(m, s)
    else:
        give_command(m, s)


def give_command(m: ScenarioRecord, s: RunState) -> None:
    """The command to roll back is given; the first one may not do what it should."""
    w = s.world
    if not has_effect(m.first_command, w.commands_given):
        w.commands_given += 1
        w.timers[T_OPERATOR] = w.now + m.retry_after
        return
    if m.first_command == IMAGE_GONE and w.commands_given == 0:
        w.old_image_back_at = w.now + m.retry_after
    w.commands_given += 1
    w.operator = DONE
    order_rollback(m, s, BY_OPERATOR)


def decide(m: ScenarioRecord, s: RunState) -> None:
    """Roll back, unless the trouble is over or somebody else already does."""
    w = s.world
    possible = may_undo(w.phase) and w.rollback_reason == 0
    if stands_down(is_troubled(m, s), w.is_impatient != 0, possible):
        w.operator = IDLE
        w.is_impatient = 0
        return
    w.operator = TYPES
    note_decision(s)
    u = uniform(w.key0, w.key1, OPERATOR_TYPES, 0, 0)
    w.timers[T_OPERATOR] = w.now + draw(m, D_TYPES, u)
