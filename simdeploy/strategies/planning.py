"""Validation of plans: what a strategy returns is checked before it is played.

The built-in strategies pass by construction. A user's own may return anything; the error says by
file and line where and why it cannot be played.
"""

import inspect
import math
from collections.abc import Callable, Iterable
from itertools import islice
from types import TracebackType
from typing import Any

from simdeploy.errors import SimdeployError, StrategyError
from simdeploy.semantics import plan as op
from simdeploy.strategies.base import PlanContext, Step, Strategy
from simdeploy.strategies.parts import ALL_STAGES

#: Steps with an argument that is a time, and those that move traffic to a second target group.
TIMED = frozenset({op.AWAIT_HEALTHY, op.BAKE, op.WAIT})
SHIFTING = frozenset({op.TEST_TRAFFIC, op.SHIFT_TRAFFIC})
KNOWN = frozenset(range(op.REPLACE_TASKS, op.SET_FLAG + 1))
#: No plan is longer; a plan that never ends is cut here.
MOST_STEPS = 1000


def planned(strategy: Strategy, context: PlanContext) -> list[Step]:
    """Return a strategy's plan, checked.

    Raises
    ------
    StrategyError
        With file and line, if ``plan()`` fails or returns what cannot be played.
    """
    if (drive := getattr(type(strategy), "drive", None)) is not None:
        raise _error(strategy, drive, "drive() is not played yet: say it in steps, in plan()")
    if type(strategy).plan is Strategy.plan:
        raise StrategyError(f"{_name(strategy)} needs a method plan(self, context)")
    steps = _returned(strategy, context)
    faults = [what for k, step in enumerate(steps, 1) if (what := _wrong(strategy, k, step))]
    if faults or not steps:
        what = faults[0] if faults else "must return at least one step"
        raise _error(strategy, type(strategy).plan, f"plan() {what}")
    return steps


def shifts_traffic(plan: Iterable[Step]) -> bool:
    """Return whether a plan needs a target group for each revision, because it moves traffic.

    >>> shifts_traffic([Step(op.START_NEW_TASKS, 1.0), Step(op.SHIFT_TRAFFIC, 10.0)])
    True
    """
    return any(step.op in SHIFTING for step in plan)


def line_in(file: str, trace: TracebackType | None) -> int:
    """Return the last line of a file in a traceback; 0 for none."""
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def in_words(error: BaseException) -> str:
    """Return an exception of a user's code as one line of text."""
    first = str(error).partition("\n")[0]
    if isinstance(error, SimdeployError):
        return first
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _returned(strategy: Strategy, context: PlanContext) -> list[Any]:
    """Call ``plan()``; a generator of steps will do as well."""
    try:
        steps = strategy.plan(context)
        if isinstance(steps, Iterable) and not isinstance(steps, str | bytes | Step):
            return list(islice(steps, MOST_STEPS))
    except Exception as error:  # noqa: BLE001  the plan is not ours
        file, first = _place(type(strategy).plan)
        line = line_in(file, error.__traceback__) or first
        raise StrategyError(f"{file}:{line}: {_name(strategy)}: {in_words(error)}") from None
    what = f"plan() must return a list of steps; got {_shown(steps)}"
    raise _error(strategy, type(strategy).plan, what)


def _wrong(strategy: Strategy, number: int, step: object) -> str:
    """Return what is wrong with a step; empty if it can be played."""
    if not isinstance(step, Step):
        return (
            f"returns as step {number} what is none; got {_shown(step)}; "
            "allowed: what the functions of simdeploy.strategies return, such as wait(60)"
        )
    what = _wrong_step(strategy, step)
    return f"step {number}: {what}" if what else ""


def _wrong_step(strategy: Strategy, step: Step) -> str:
    if step.op not in KNOWN:
        return f"there is no opcode {_shown(step.op)}"
    if not (_is_number(step.a) and _is_number(step.b)):
        return f"its arguments must be finite numbers; got {_shown(step.a)}, {_shown(step.b)}"
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
    return -math.inf, math.inf, ""


def _wrong_hook(strategy: Strategy, step: Step) -> str:
    carrier = strategy.carrier
    count = len(carrier.hooks) + (step.op == op.APPROVE and carrier.approval is not None)
    if step.b not in range(count):
        return f"there is no hook number {step.b:g}; the strategy has {count}"
    if step.a not in range(len(ALL_STAGES)):
        return f"there is no stage number {step.a:g}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _shown(value: object) -> str:
    text = f"the function {value.__name__}" if inspect.isfunction(value) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _name(strategy: Strategy) -> str:
    return f"strategy {type(strategy).__name__}"


def _error(strategy: Strategy, method: Callable[..., Any], what: str) -> StrategyError:
    file, line = _place(method)
    return StrategyError(f"{file}:{line}: {_name(strategy)}: {what}")


def _place(function: Callable[..., Any]) -> tuple[str, int]:
    """Return file and line of a method."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("<unknown>", 1)
