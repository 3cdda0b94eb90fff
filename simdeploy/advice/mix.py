"""What a team expects of its releases and what harm costs it: the file of ``--advice``.

The packaged ``advice.yaml`` has every default; a team's file is merged above it. What the team's
file leaves out is *assumed*: the answer names it where it decides.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from simdeploy.errors import Fault, ScenarioError
from simdeploy.pydantic_base import Block, did_you_mean, fault, refuse
from simdeploy.scenario.explaining import explained
from simdeploy.scenario.loading import read_file
from simdeploy.scenario.merging import merge
from simdeploy.scenario.reading import Node, read_text
from simdeploy.units import (
    NUMBER,
    Number,
    PositiveSeconds,
    Quantity,
    Share,
)

#: The file of defaults.
DEFAULTS = Path(__file__).with_name("advice.yaml")
#: Its name in places, which no file of a team has.
PACKAGED = "the packaged advice.yaml"
#: Sums of likelihoods are compared with 1 up to errors of rounding.
ROUNDING = 1e-9
#: Only one of these prices a failing service.
EITHER = ("failed_request", "outage_minute")

Releases = Annotated[float, Quantity(NUMBER, high=100_000, above=True)]


class Hours(Block):
    """Hours of engineers after a release, by how it ended."""

    machine: Number = Field(description="Undone by a machine: breaker, alarm, hook, time-out.")
    person: Number = Field(description="Undone by a person.")
    left: Number = Field(description="Hurting users at the horizon, or stuck.")
    good_undone: Number = Field(description="A good release undone.")


class Prices(Block):
    """What harm and work cost (USD)."""

    failed_request: Number | None = Field(None, description="A failed request.")
    outage_minute: Number | None = Field(
        None, description="A minute of outage, instead of failed_request."
    )
    wrong_answer: Number = Field(description="A side effect left behind, or an unreadable row.")
    cut_connection: Number = Field(description="A WebSocket connection that is cut.")
    slow_request: Number = Field(description="A request slower than slo_latency.")
    engineer_hour: Number = Field(description="An hour of an engineer.")
    hours: Hours = Field(description="Hours after a release.")
    fixed_per_month: dict[str, Number] = Field(description="Per strategy, besides.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        given = [name for name in EITHER if getattr(self, name) is not None]
        if len(given) != 1:
            what = "cannot stand beside failed_request" if given else "is required"
            allowed = "one of failed_request and outage_minute prices a failing service"
            refuse([fault((EITHER[len(given) // 2],), what, show=False, allowed=allowed)])
        return self


class Mix(Block):
    """The file as a whole."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "failed_request": "stands in prices",
        "engineer_hour": "stands in prices",
        "hours": "stands in prices",
    }

    releases_per_month: Releases = Field(description="Releases in a month.")
    likelihoods: dict[str, Share] = Field(description="Per release, by the row of faults.")
    prices: Prices = Field(description="What harm and work cost.")
    horizon: PositiveSeconds = Field(description="Everything is counted until then, at least.")

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        total = sum(self.likelihoods.values())
        if total > 1.0 + ROUNDING:
            what = f"add up to {100 * total:.6g} %"
            allowed = (
                "allowed: at most 100 %, with the defaults of the rows left out (0% leaves it out)"
            )
            refuse([fault(("likelihoods",), what, show=False, allowed=allowed)])
        return self


@dataclass(frozen=True)
class Advice:
    """The expectations and prices of a team.

    Attributes
    ----------
    mix : Mix
        All values.
    assumed : frozenset of str
        Dotted paths of the values that the team's file does not give, such as
        ``likelihoods.leak`` and ``prices.hours.left``.
    """

    mix: Mix
    assumed: frozenset[str]

    def __repr__(self) -> str:
        return f"<Advice: {len(self.assumed)} values assumed>"


def default_text() -> str:
    """Return the packaged file, which a team copies and edits."""
    return DEFAULTS.read_text(encoding="utf-8")


@cache
def _defaults() -> Node:
    return read_text(default_text(), PACKAGED)


def read_advice(
    source: "str | os.PathLike[str] | Mapping[str, Any] | None",
    rows: Iterable[str],
    strategies: Iterable[str],
) -> Advice:
    """Read a team's file, or a mapping of the same keys; None is all defaults.

    Parameters
    ----------
    source
        A file, or its content.
    rows
        Names of the rows of faults; one without a likelihood gets 0.
    strategies
        Names of the strategies, which may have fixed costs.

    Raises
    ------
    ScenarioError
        With all faults, each with file, line and path.
    """
    given = _given(source)
    below = _fitting(_defaults(), given, tuple(rows))
    tree = merge(below, given)
    faults = [*_unknown(tree, "likelihoods", rows), *_unknown_fixed(tree, strategies)]
    if faults:
        raise ScenarioError(faults)
    mix = explained(Mix, tree)
    return Advice(mix, frozenset(_assumed(tree, "")))


def _given(source: Any) -> Node:
    """Return a team's file as a tree; empty if there is none."""
    if source is None:
        return Node({}, PACKAGED, 1)
    if isinstance(source, Mapping):
        root = read_text(json.dumps(dict(source), default=str), "advice", line=0)
    else:
        file = os.fsdecode(source)
        root = read_text(read_file(file), file)
    if root.value is None:
        return Node({}, root.file, 1)
    if not isinstance(root.value, dict):
        what = "must be a block of keys, such as releases_per_month: 20"
        raise ScenarioError([Fault(root.file, root.line, "", what)])
    return _without_nulls(root)


def _without_nulls(node: Node) -> Node:
    """Return a tree without the keys that are null, which count as left out."""
    if not isinstance(node.value, dict):
        return node
    kept = {k: _without_nulls(n) for k, n in node.value.items() if n.value is not None}
    return Node(kept, node.file, node.line)


def _fitting(defaults: Node, given: Node, rows: tuple[str, ...]) -> Node:
    """Return the defaults for these rows of faults, without the price that the file replaces."""
    value = dict(defaults.value)
    usual = value["likelihoods"]
    zero = Node(0.0, usual.file, usual.line)
    shares = {name: usual.value.get(name, zero) for name in rows}
    value["likelihoods"] = Node(shares, usual.file, usual.line)
    prices = given.value.get("prices")
    if prices is not None and isinstance(prices.value, dict) and EITHER[1] in prices.value:
        kept = {k: v for k, v in value["prices"].value.items() if k != EITHER[0]}
        value["prices"] = Node(kept, usual.file, value["prices"].line)
    return Node(value, defaults.file, defaults.line)


def _unknown(tree: Node, key: str, known: Iterable[str]) -> Iterator[Fault]:
    """Find names that are none of the known ones."""
    block, names = tree.value.get(key), list(known)
    for name, node in block.value.items() if block and isinstance(block.value, dict) else ():
        if name not in names:
            hint = did_you_mean(name, names)
            yield Fault(
                node.file, node.line, key, f'no such row of faults; got "{name[:40]}"; {hint}'
            )


def _unknown_fixed(tree: Node, strategies: Iterable[str]) -> Iterator[Fault]:
    prices, names = tree.value.get("prices"), list(strategies)
    inside = prices.value if prices is not None and isinstance(prices.value, dict) else {}
    block = inside.get("fixed_per_month")
    for name, node in block.value.items() if block and isinstance(block.value, dict) else ():
        if name not in names:
            hint = did_you_mean(name, names)
            what = f'no such strategy; got "{name[:40]}"; {hint}'
            yield Fault(node.file, node.line, "prices.fixed_per_month", what)


def _assumed(node: Node, path: str) -> Iterator[str]:
    """Yield the paths of the values that come from the packaged file."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _assumed(child, f"{path}.{key}" if path else key)
    elif node.file == PACKAGED:
        yield path
