"""The operator on call: notice, decide, give the command; and when silent faults are noticed."""

from simdeploy import draws
from simdeploy.draws import uniform
from simdeploy.model import delays, timers
from simdeploy.model.accessors import draw, start_timer
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import record_decision
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics import operator, plan
from simdeploy.semantics.metrics import is_noticed
from simdeploy.semantics.operator import decides_against, has_effect, starts_clock
from simdeploy.semantics.plan import can_roll_back
from simdeploy.semantics.state import NEVER, NEW


def sees_trouble(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether the operator could see trouble now that was not there at the command."""
    w = s.world
    if w.silent_noticed != 0 and w.exposed_rate > 0.0:
        return True
    failing = w.failing_share - w.failing_before
    return is_noticed(failing, w.slow_share - w.slow_before, m.noticed_share)


def watch_silent_faults(m: ScenarioRecord, s: RunState) -> None:
    """Start the timer until silent faults are noticed, once users meet them."""
    w = s.world
    if w.new_code_rate <= 0.0 or w.silent_noticed != 0 or w.timers[timers.SILENT] < NEVER:
        return
    f = m.releases[w.generation[NEW]]
    for k in range(f.n_silent):
        u = uniform(w.key0, w.key1, draws.SILENT, w.generation[NEW], k)
        w.timers[timers.SILENT] = min(w.timers[timers.SILENT], w.now + draw(m, f.silent_rows[k], u))


def update_operator(m: ScenarioRecord, s: RunState) -> None:
    """Start the operator's clock with trouble, and stop it when the trouble passes."""
    w = s.world
    if m.has_operator == 0:
        return
    troubled = sees_trouble(m, s)
    if starts_clock(w.operator, troubled, w.rollback_reason != 0):
        start_noticing(m, s)
    elif w.operator == operator.NOTICES and not troubled and w.is_impatient == 0:
        w.operator = operator.IDLE
        w.timers[timers.OPERATOR] = NEVER


def start_noticing(m: ScenarioRecord, s: RunState) -> None:
    """Start the timer until the operator notices."""
    s.world.operator = operator.NOTICES
    start_timer(m, s, timers.OPERATOR, delays.NOTICES, draws.OPERATOR_NOTICES, 0, 0)


def on_patience_timer(m: ScenarioRecord, s: RunState) -> None:
    """Start the operator's clock because the deployment has hung for too long."""
    w = s.world
    w.is_impatient = 1
    if w.operator == operator.IDLE:
        start_noticing(m, s)


def on_operator_timer(m: ScenarioRecord, s: RunState) -> None:
    """Handle the operator's timer: go on from noticing to deciding to the command."""
    w = s.world
    w.timers[timers.OPERATOR] = NEVER
    if w.operator == operator.NOTICES:
        w.operator = operator.DECIDES
        start_timer(m, s, timers.OPERATOR, delays.DECIDES, draws.OPERATOR_DECIDES, 0, 0)
    elif w.operator == operator.DECIDES:
        decide(m, s)
    else:
        give_command(m, s)


def give_command(m: ScenarioRecord, s: RunState) -> None:
    """Give the command to roll back, which may have no effect the first time."""
    w = s.world
    if not has_effect(m.first_command, w.commands_given):
        w.commands_given += 1
        w.timers[timers.OPERATOR] = w.now + m.retry_after
        return
    if m.first_command == operator.IMAGE_GONE and w.commands_given == 0:
        w.old_image_back_at = w.now + m.retry_after
    w.commands_given += 1
    w.operator = operator.DONE
    order_rollback(m, s, plan.BY_OPERATOR)


def decide(m: ScenarioRecord, s: RunState) -> None:
    """Decide to roll back, unless the trouble is over or nothing is left to undo."""
    w = s.world
    possible = can_roll_back(w.phase) and w.rollback_reason == 0
    if decides_against(sees_trouble(m, s), w.is_impatient != 0, possible):
        w.operator = operator.IDLE
        w.is_impatient = 0
        return
    w.operator = operator.TYPES
    record_decision(s)
    start_timer(m, s, timers.OPERATOR, delays.TYPES, draws.OPERATOR_TYPES, 0, 0)
