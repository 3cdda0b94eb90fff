"""A budget: limits on metrics, read from a file with places, and judged by simulated runs.

::

    failed_caused: {p95: 100}            # this release, every strategy
    good_release:
      deployment_s: {p95: 15m}
      strategies:
        canary: {deployment_s: {p95: 2h}}   # instead of the limit for all

Without ``this_release`` or ``good_release`` above it, a limit is on the release as it stands.
"""

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simdeploy.errors import Fault, ScenarioError
from simdeploy.pydantic_base import closest, did_you_mean
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.summary import Summary, Variant
from simdeploy.scenario.explaining import shown
from simdeploy.scenario.loading import load_block_text, read_file
from simdeploy.scenario.reading import Node
from simdeploy.units import NUMBER, TIME, Quantity, UnitError

STATISTICS = ("mean", "p50", "p95", "p99")
THIS, GOOD = "this_release", "good_release"
STRATEGIES = "strategies"
#: Metrics of which more is better.
BETTER_LARGE = ("min_headroom", "min_healthy_tasks", "new_answers")
NEEDS = "a budget is {metric: {p95: limit}}"
#: A budget's own name where it comes from no file.
NO_FILE = "budget"
#: What a unit's limits are written as.
UNITS = {"s": Quantity(TIME)}
PLAIN = Quantity(NUMBER, high=1e15)


@dataclass(frozen=True)
class Limit:
    """One limit: of a metric's statistic, for one strategy in one release."""

    strategy: str
    release: str
    metric: str
    statistic: str
    limit: float
    file: str
    line: int


@dataclass(frozen=True)
class Judged:
    """A limit and what was measured.

    ``measured`` is None where no run has the metric, and infinite where it is beyond the horizon.
    ``state``: ``met``, ``broken`` or ``not applicable``; ``why`` says why where no number does.
    """

    limit: Limit
    measured: float | None
    state: str
    why: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether the limit is broken."""
        return self.state == BROKEN

    @property
    def unit(self) -> str:
        """The metric's unit."""
        return BY_NAME[self.limit.metric].unit

    def to_dict(self) -> dict[str, Any]:
        """Return the limit and the number as in the JSON; a number beyond the horizon is null."""
        at = self.limit
        known = self.measured is not None and math.isfinite(self.measured)
        return {
            "strategy": at.strategy,
            "release": at.release,
            "metric": at.metric,
            "statistic": at.statistic,
            "unit": self.unit,
            "limit": at.limit,
            "measured": self.measured if known else None,
            "state": self.state,
            "why": self.why,
            "file": at.file,
            "line": at.line or None,
        }


MET, BROKEN, NOT_APPLICABLE = "met", "broken", "not applicable"
Given = str | os.PathLike[str] | Mapping[str, Any]


def read_budget(given: Given, known: Iterable[str], checked: Iterable[str]) -> tuple[Limit, ...]:
    """Read a budget.

    Parameters
    ----------
    given
        A file, or what would stand in it.
    known, checked
        Names of all strategies of the scenario, and of those that get limits.

    Raises
    ------
    ScenarioError
        With all faults of the file, each at its place.
    """
    if isinstance(given, Mapping):
        root = _as_tree(given)
    else:
        file = os.fsdecode(given)
        root = load_block_text(read_file(file), file, NEEDS)
    reader = _Reader(root, tuple(known), tuple(checked))
    limits = tuple(reader.limits())
    if reader.faults:
        raise ScenarioError(sorted(reader.faults, key=lambda fault: fault.line))
    return limits


def _as_tree(value: Any) -> Node:
    if isinstance(value, Mapping):
        return Node({str(key): _as_tree(item) for key, item in value.items()}, NO_FILE, 0)
    return Node(value, NO_FILE, 0)


class _Reader:
    """Reader of a tree into limits; collects faults."""

    def __init__(self, root: Node, known: tuple[str, ...], checked: tuple[str, ...]) -> None:
        self.root, self.known, self.checked = root, known, checked
        self.faults: list[Fault] = []

    def limits(self) -> Iterator[Limit]:
        """Yield the limits of both releases, in the order of the file."""
        block = self._block(self.root, "")
        if not block and not self.faults:
            self._fault(self.root, "", f"is empty; {NEEDS}")
        plain = {key: node for key, node in block.items() if key not in (THIS, GOOD)}
        yield from self._release(plain, THIS, "")
        for release in (THIS, GOOD):
            if release in block:
                node = block[release]
                yield from self._release(self._block(node, release), release, f"{release}.")

    def _release(self, block: dict[str, Node], release: str, path: str) -> Iterator[Limit]:
        """Yield the limits on a release; a strategy's own replaces the one for all."""
        shared = {key: node for key, node in block.items() if key != STRATEGIES}
        own: dict[str, dict[str, Node]] = {}
        if STRATEGIES in block:
            below = self._block(block[STRATEGIES], f"{path}{STRATEGIES}")
            for name, node in below.items():
                place = f"{path}{STRATEGIES}.{name}"
                if name not in self.known:
                    what = f"unknown strategy; {did_you_mean(name, self.known)}"
                    self._fault(node, place, what)
                else:
                    own[name] = self._block(node, place)
        found = self._parsed(shared, path)
        special = {n: self._parsed(b, f"{path}{STRATEGIES}.{n}.") for n, b in own.items()}
        for name in self.checked:
            for (metric, statistic), (limit, node) in (found | special.get(name, {})).items():
                yield Limit(name, release, metric, statistic, limit, node.file, node.line)

    def _parsed(
        self, block: dict[str, Node], path: str
    ) -> dict[tuple[str, str], tuple[float, Node]]:
        found = {}
        for metric, node in block.items():
            place = f"{path}{metric}"
            if metric not in BY_NAME or metric in BETTER_LARGE:
                self._fault(node, place, _no_metric(metric, is_top=not path))
                continue
            for statistic, value in self._block(node, place).items():
                where = f"{place}.{statistic}"
                if statistic not in STATISTICS:
                    hint = did_you_mean(statistic, STATISTICS)
                    self._fault(value, where, f"unknown statistic; {hint}")
                    continue
                limit = self._number(value, where, BY_NAME[metric].unit)
                if limit is not None:
                    found[metric, statistic] = limit, value
        return found

    def _block(self, node: Node, path: str) -> dict[str, Node]:
        if isinstance(node.value, dict) and (node.value or not path):
            block: dict[str, Node] = node.value
            return block
        if node.value is None and not path:
            return {}
        allowed = "{mean, p50, p95 or p99: limit}" if path else "{metric: {p95: limit}}"
        self._fault(node, path, f"must be a block of keys: {allowed}; got {_got(node)}")
        return {}

    def _number(self, node: Node, path: str, unit: str) -> float | None:
        try:
            return UNITS.get(unit, PLAIN)(node.value)
        except UnitError as error:
            hint = f"; allowed: {error.allowed}" if error.allowed else ""
            self._fault(node, path, f"{error.what}; got {_got(node)}{hint}")
            return None

    def _fault(self, node: Node, path: str, what: str) -> None:
        cut = path if len(path) <= 120 else path[:119] + "…"
        path = cut if cut.isprintable() else ascii(cut)[1:-1]
        self.faults.append(Fault(node.file, node.line, path, what))


def _no_metric(name: str, *, is_top: bool) -> str:
    """Return what is wrong with the name of a metric."""
    if name in BETTER_LARGE:
        return "cannot have a limit: more of it is better, and a limit is the most that is allowed"
    known = [*BY_NAME, STRATEGIES, *((THIS, GOOD) if is_top else ())]
    close = closest(name, known)
    return f'unknown metric; did you mean "{close}"?' if close else (
        f"unknown metric; known: {', '.join(known)}")  # fmt: skip


def _got(node: Node) -> str:
    return shown(node.plain())


def judged(limit: Limit, variant: Variant, *, is_bad: bool) -> Judged:
    """Judge a limit by the runs of its strategy.

    A metric that no run has breaks its limit only where it should be there: where some run decided
    on a rollback, or the release is bad.
    """
    summary = variant.metrics[limit.metric]
    if summary.n == 0:
        decided = variant.metrics["decision_s"].n > 0
        if decided or is_bad:
            return Judged(limit, None, BROKEN, "it happened in no run")
        return Judged(limit, None, NOT_APPLICABLE, "no run decided on a rollback")
    measured = _value(summary, limit.statistic)
    # A mean that is cut at the horizon is a lower bound.
    over = measured > limit.limit
    why = ""
    if math.isinf(measured):
        why = "still open at the horizon"
    elif limit.statistic == "mean" and summary.restricted:
        why = f"open at the horizon in {summary.n_censored:,} of {summary.runs:,} runs"
        over = True
    return Judged(limit, measured, BROKEN if over else MET, why)


def _value(summary: Summary, statistic: str) -> float:
    value = getattr(summary, statistic)
    return math.inf if value is None else float(value)
