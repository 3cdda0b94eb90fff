"""Validation of plans: what a strategy returns is checked before it is played.

The built-in strategies pass by construction. A user's own may return anything; the error says by
file and line where and why it cannot be played.
"""

import inspect
import math
import sys
from collections.abc import Iterable
from itertools import islice
from numbers import Real
from typing import Any

from simdeploy.errors import StrategyError
from simdeploy.model.constants import STEPS
from simdeploy.semantics import plan as op
from simdeploy.strategies.base import PlanContext, Step, Strategy
from simdeploy.strategies.parts import OWN_STEP
from simdeploy.strategies.user_code import name_of, own_code, place_of, shown

#: Steps with an argument that is a time, and those that move traffic to a second target group.
TIMED = frozenset({op.AWAIT_HEALTHY, op.BAKE, op.WAIT})
SHIFTING = frozenset({op.TEST_TRAFFIC, op.SHIFT_TRAFFIC})
KNOWN = frozenset(range(op.REPLACE_TASKS, op.SPLIT_PODS + 1))
#: Steps whose arguments are numbers of pods.
OF_PODS = frozenset({op.REPLACE_PODS, op.BOUND_PODS, op.SPLIT_PODS})
#: Most steps that a plan of this package returns; encoding refuses what there is no room for.
MOST_STEPS = 1000
MOST_PODS = 1e6
LARGEST = sys.float_info.max


def planned(strategy: Strategy, context: PlanContext) -> list[Step]:
    """Return a strategy's plan, checked.

    Raises
    ------
    StrategyError
        With file and line, if ``plan()`` fails or returns what cannot be played.
    """
    cls = type(strategy)
    if (drive := getattr(cls, "drive", None)) is not None:
        raise _error(cls, drive, "drive() is not played yet: say it in steps, in plan()")
    if cls.plan is Strategy.plan:
        raise StrategyError(f"{name_of(cls)} needs a method plan(self, context)")
    with own_code(cls, cls.plan):
        steps, what = _judged(strategy, strategy.plan(context))
    if what:
        raise _error(cls, cls.plan, f"plan() {what}")
    return steps


def shifts_traffic(plan: Iterable[Step]) -> bool:
    """Return whether a plan needs a target group for each revision, because it moves traffic.

    >>> shifts_traffic([Step(op.START_NEW_TASKS, 1.0), Step(op.SHIFT_TRAFFIC, 10.0)])
    True
    """
    return any(step.op in SHIFTING for step in plan)


def _judged(strategy: Strategy, returned: Any) -> tuple[list[Step], str]:
    """Return the steps of a list or a generator, and what is wrong with them, empty if nothing."""
    if inspect.iscoroutine(returned):
        returned.close()
        return [], "must not be async"
    if not isinstance(returned, Iterable) or isinstance(returned, str | bytes | Step):
        return [], f"must return a list of steps; got {shown(returned)}"
    # A plan of the user's that never ends is cut here.
    most = MOST_STEPS if type(strategy).__module__.startswith("simdeploy.") else STEPS
    steps = list(islice(returned, most + 1))
    if not steps:
        return [], "must return at least one step"
    if len(steps) > most:
        return [], f"returns more steps than there is room for: {most}"
    for number, step in enumerate(steps, 1):
        if what := _wrong(strategy, number, step):
            return [], what
    return [Step(int(step.op), float(step.a), float(step.b)) for step in steps], ""


def _wrong(strategy: Strategy, number: int, step: object) -> str:
    """Return what is wrong with a step; empty if it can be played."""
    if not isinstance(step, Step):
        return (
            f"returns as step {number} what is none; got {shown(step)}; "
            "allowed: what the functions of simdeploy.strategies return, such as wait(60)"
        )
    what = _wrong_step(strategy, step)
    return f"step {number}: {what}" if what else ""


def _wrong_step(strategy: Strategy, step: Step) -> str:
    if not (isinstance(step.op, Real) and step.op in KNOWN):
        return f"there is no opcode {shown(step.op)}"
    if not (_is_number(step.a) and _is_number(step.b)):
        return f"its arguments must be finite numbers; got {shown(step.a)}, {shown(step.b)}"
    if step.op in (op.HOOK, op.APPROVE):
        return _wrong_hook(strategy, step)
    low, high, what = _allowed(step)
    return "" if low <= step.a <= high else f"{what}; got {step.a:g}"


def _allowed(step: Step) -> tuple[float, float, str]:
    """Return the range of a step's first argument, and what it is."""
    if step.op in TIMED:
        return 0.0, math.inf, "seconds must be 0 or more"
    if step.op in (op.SHIFT_TRAFFIC, op.SET_FLAG):
        return 0.0, 100.0, "percent must be from 0 to 100"
    if step.op == op.START_NEW_TASKS:
        return 0.0, 1.0, "share must be from 0 to 1"
    if step.op == op.REPLACE_TASKS:
        return 0.0, min(step.b, 100.0), "minimum must be from 0 to 100, and not above the maximum"
    if step.op in OF_PODS:
        return 0.0, MOST_PODS, "must be a number of pods"
    return -math.inf, math.inf, ""


def _wrong_hook(strategy: Strategy, step: Step) -> str:
    carrier = strategy.carrier
    count = len(carrier.tests) + (len(carrier.approvals) if step.op == op.APPROVE else 0)
    if step.b not in range(count):
        return f"there is no hook number {step.b:g}; the strategy has {count}"
    if step.a not in range(OWN_STEP + 1):
        return f"there is no stage number {step.a:g}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and -LARGEST <= value <= LARGEST


def _error(cls: type[Strategy], method: object, what: str) -> StrategyError:
    file, line = place_of(cls, method)
    return StrategyError(f"{file}:{line}: {name_of(cls)}: {what}")
