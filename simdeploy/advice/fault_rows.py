"""Rows of faults: what a release may suffer from, each laid over one scenario.

The default rows are a file beside this module (`default_text`); a file of a user's own has the same
form. A row replaces the scenario's release, adds events, and may lengthen the horizon. Which faults
there are, and how large, is this simulator's own choice.
"""

import os
from dataclasses import replace
from functools import cache
from math import prod
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from simdeploy.errors import SimdeployError
from simdeploy.pydantic_base import Block, fault, refuse
from simdeploy.scenario.events import Environment
from simdeploy.scenario.explaining import explained, validated
from simdeploy.scenario.faults import Release, Slow
from simdeploy.scenario.loading import load_block_text, read_file
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.reading import Node
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.units import PositiveSeconds

DEFAULT = Path(__file__).with_name("default_faults.yaml")
#: Longest name of a row: it heads a line of a table.
LONGEST = 30
#: Most rows of a file.
MOST_ROWS = 50
NEEDS = "it needs faults, a list of rows"


def _row_name(value: str) -> str:
    """Return the name of a row as it is, if it fits into a line of a table."""
    if not value.strip() or len(value) > LONGEST or not value.isprintable():
        raise ValueError(f"must be a name of 1 to {LONGEST} characters in one line")
    return value.strip()


class _Row(Block):
    """One row of the file."""

    name: Annotated[str, AfterValidator(_row_name)] = Field(description="Heads its line.")
    about: str = Field("", description="What the row is, in a sentence.")
    release: Release = Field(Release(), description="Replaces the scenario's.")
    environment: Environment = Field(Environment(), description="Its events are added.")
    horizon: PositiveSeconds | None = Field(
        None, description="Counted until then; the scenario's, where that is longer."
    )


class _File(Block):
    """The whole file."""

    faults: tuple[_Row, ...] = Field(description="One row per fault.")

    @model_validator(mode="after")
    def _distinct(self) -> "_File":
        names = [row.name for row in self.faults]
        if not 1 <= len(names) <= MOST_ROWS:
            what = f"must have 1 to {MOST_ROWS} rows"
            refuse([fault(("faults",), what, got=len(names))])
        refuse(
            fault(("faults", i, "name"), "another row has this name", got=name)
            for i, name in enumerate(names)
            if name in names[:i]
        )
        return self


class FaultRow(NamedTuple):
    """A row: its name, the release in it, the events besides, the horizon (s), what it is.

    ``places`` is the row as it stands in its file, so that what does not fit a scenario is told
    with file and line.
    """

    name: str
    release: Release
    environment: Environment
    horizon: float | None
    places: Node
    about: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with the release itself."""
        return not self.release.effective_faults

    @property
    def slower(self) -> float:
        """Times the old revision's request time, 1 if the release is not slow."""
        return prod(f.factor for f in self.release.effective_faults if isinstance(f, Slow))


def default_text() -> str:
    """Return the file of the default rows, with its comments, in the words of ECS."""
    return Vocabulary("ecs").fill(DEFAULT.read_text("utf-8"))


@cache
def default_rows() -> tuple[FaultRow, ...]:
    """Return the default rows; names of words of the platform stand in braces in what they are.

    >>> [row.name for row in default_rows()][:2]
    ['none', 'crash at boot']
    """
    text = DEFAULT.read_text("utf-8")
    return _rows(load_block_text(text, DEFAULT.name, NEEDS))


def load_fault_rows(path: str | os.PathLike[str]) -> tuple[FaultRow, ...]:
    """Read a file of rows.

    Raises
    ------
    ScenarioError
        With all faults of the file at once, each with file, line and path.
    """
    file = os.fsdecode(path)
    return _rows(load_block_text(read_file(file), file, NEEDS))


def _rows(root: Node) -> tuple[FaultRow, ...]:
    parsed = explained(_File, root)
    items: list[Node] = root.value["faults"].value
    return tuple(
        FaultRow(row.name, row.release, row.environment, row.horizon, node, row.about)
        for row, node in zip(parsed.faults, items, strict=True)
    )


def with_fault(scenario: Scenario, row: FaultRow) -> Scenario:
    """Return a scenario with a row laid over it.

    The row's release replaces the scenario's, its events are added to the scenario's own, and the
    horizon is the larger of the two. The scenario's questions, which ask about its own release, are
    left out.

    Raises
    ------
    SimdeployError
        For a scenario with ``releases``.
    ScenarioError
        Where the row does not fit the scenario, with the row's file and line; a fault of the
        container's health check needs a service that has one.
    """
    if scenario.releases is not None:
        raise SimdeployError(
            f"{scenario.name}: releases: a chain: give one release; a row of faults replaces it"
        )
    root = _tree(scenario.model_dump(by_alias=True, exclude_unset=True), scenario.name)
    given: dict[str, Node] = row.places.value
    tree: dict[str, Node] = root.value
    tree.pop("questions", None)
    tree["release"] = given.get("release") or _tree({}, scenario.name)
    if row.environment.events:
        own = tree.get("environment") or _tree({}, scenario.name)
        added = given["environment"].value["events"]
        events = [*(node.value if (node := own.value.get("events")) else ()), *added.value]
        tree["environment"] = replace(own, value={"events": replace(added, value=events)})
    if row.horizon is not None and row.horizon > scenario.horizon:
        tree["horizon"] = given["horizon"]
    return validated(root)


def _tree(value: Any, file: str) -> Node:
    """Return plain data as nodes without lines."""
    if isinstance(value, dict):
        return Node({str(key): _tree(item, file) for key, item in value.items()}, file, 0)
    if isinstance(value, list | tuple):
        return Node([_tree(item, file) for item in value], file, 0)
    return Node(value, file, 0)


def title(row: FaultRow, scenario: Scenario) -> str:
    """Return the name of a row; one that makes every request slower says what that needs.

    >>> from simdeploy.scenario import load_scenario
    >>> title(default_rows()[6], load_scenario("happy-path"))
    'slow x3 (needs 167 % of capacity)'
    """
    share = needed_capacity(row, scenario)
    return row.name if share is None else f"{row.name} (needs {100 * share:.0f} % of capacity)"


def needed_capacity(row: FaultRow, scenario: Scenario) -> float | None:
    """Return the share of the service's capacity that the highest rate needs with a slow release.

    Arithmetic: a task whose requests take n times as long serves an nth of them. None for a row
    that is not slow, and for a service without traffic, a load balancer or tasks.
    """
    traffic, service = scenario.traffic, scenario.service
    rates = [step.rate for step in traffic.steps or ()] or [traffic.rate]
    rate = max(rates) if traffic.daily is None else traffic.daily.high
    capacity = service.desired_count * service.capacity_rps
    if row.slower == 1.0 or not service.load_balancer or not rate or not capacity:
        return None
    return rate * row.slower / capacity
