"""``tune``: which settings of a strategy are best, and what today's settings give up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.pydantic_base import did_you_mean
from simdeploy.results.comparison import has_faults
from simdeploy.results.ranking import WRONG
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.loading import load_tree
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node, read_text
from simdeploy.strategies.configs import WithConfig
from simdeploy.tuning.defaults import default_knobs
from simdeploy.tuning.fitting import neighbors
from simdeploy.tuning.goals import Constraint, Goal, fitted, variants
from simdeploy.tuning.goals import constraints as read_constraints
from simdeploy.tuning.goals import objectives as read_objectives
from simdeploy.tuning.knobs import Knob, KnobError, knob, read, reading
from simdeploy.tuning.playing import Player
from simdeploy.tuning.result import Tuning
from simdeploy.tuning.tuner import LEAST_RUNS, Progress, Tuner

BUDGET = 2000
#: Least budget with which a search says anything.
LEAST_BUDGET = 100
MOST_BUDGET = 1_000_000
#: Up to here every whole number is also a float, as in a scenario file.
HIGHEST = 2**53


def tune(
    scenario: Any,
    strategy: str | None = None,
    *,
    knobs: Mapping[str, Any] | Sequence[str] = (),
    objectives: Sequence[str] = (),
    constraints: Sequence[str] = (),
    runs: int | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    twin: bool = True,
    engine: str = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search the settings of a strategy for those that no other beats.

    Every setting meets the same luck, with the release as it is and with its good twin: what
    rolls back fast must not roll back good releases. The figures of the result come from runs that
    the search did not see.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, a file, or a name of the gallery.
    strategy
        Whose settings; by default the scenario's first.
    knobs
        ``"path=lo:hi"`` or ``"path=a,b,c"`` each, or a mapping from path to values. By default
        those of health checks, draining, pace and alarms that the strategy has.
    objectives
        What to make small; by default harm, rollback, extra_cost and deployment.
    constraints
        Bounds such as ``"downtime_s p99 <= 1"``. Good releases have to be shipped in any case.
    runs
        Fresh runs behind every figure; the search plays a tenth of them per setting.
    budget
        How many settings to play.
    twin
        Must be true where the release has faults.
    progress
        Called with the settings done and how many there are in all.

    Raises
    ------
    SimdeployError
        For knobs, objectives, constraints or settings that are none, before anything is played.
    """
    root = _tree(scenario)
    today = Player(root, "", (), (), (), {}, 0, _replicate()).scenario(())
    name = _strategy(today, strategy)
    faulty = has_faults(today)
    if faulty and not twin:
        raise SimdeployError(
            f"{today.name} deploys a bad release: a setting that undoes every release would win "
            "without its good twin; leave twin on"
        )
    goals, rules = _goals(today, objectives, constraints)
    found = _knobs(knobs) or default_knobs(today, name)
    root = _spelled_out(root, today, name, found)
    luck = _at_least(today.seed if seed is None else seed, 0, "--seed", HIGHEST)
    player = Player(
        root, name, found, goals, rules,
        variants([*goals, *(rule.goal for rule in rules)], faulty=faulty),
        luck, _replicate(), engine, _threads(threads),
    )  # fmt: skip
    _check_knobs(root, today, name, found)
    runs = _at_least(today.runs if runs is None else runs, LEAST_RUNS, "--runs")
    _at_least(budget, LEAST_BUDGET, "--budget", MOST_BUDGET)
    return Tuner(player, today, faulty, runs, budget, progress).result()


def _goals(
    scenario: Any, asked: Sequence[str], bounds: Sequence[str]
) -> tuple[tuple[Goal, ...], tuple[Constraint, ...]]:
    """Return objectives and constraints as the scenario needs them."""
    kinds = {fault.kind for release in scenario.chain for fault in release.faults}
    how = {"faulty": bool(kinds), "wrong": bool(kinds & WRONG)}
    rules = [replace(rule, goal=fitted(rule.goal, **how)) for rule in read_constraints(bounds)]
    return tuple(fitted(one, **how) for one in read_objectives(asked)), tuple(rules)


def _replicate() -> Callable[..., NDArray[np.void]]:
    from simdeploy.engines import replicate  # noqa: PLC0415  engines come with NumPy

    return replicate


def _tree(scenario: Any) -> Node:
    """Return a scenario as a tree of nodes: that of its file, or that of the object itself."""
    if isinstance(scenario, str | Path):
        return load_tree(scenario)
    if isinstance(scenario, Node):
        return scenario
    from simdeploy.scenario import dump_scenario  # noqa: PLC0415  only an object is written out

    return read_text(dump_scenario(scenario), scenario.name)


def _strategy(scenario: Any, name: str | None) -> str:
    known: list[str] = list(scenario.strategies)
    if name is None:
        return known[0]
    if name not in known:
        raise SimdeployError(f'unknown strategy "{name[:60]}"; {did_you_mean(name, known)}')
    return name


def _knobs(given: Mapping[str, Any] | Sequence[str]) -> tuple[Knob, ...]:
    if isinstance(given, Mapping):
        found = [knob(path, values) for path, values in given.items()]
    else:
        found = [read(text) for text in given]
    paths = [one.path for one in found]
    twice = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise SimdeployError(f"--knob {twice}: stands twice")
    return tuple(found)


def _check_knobs(root: Node, scenario: Any, strategy: str, knobs: Sequence[Knob]) -> None:
    """Refuse knobs of nothing, of other strategies, and values that the scenario does not take."""
    for one in knobs:
        reading(scenario, one.path)
        other = one.path.split(".")[1] if one.path.startswith("strategies.") else strategy
        if other != strategy:
            raise KnobError(
                f"--knob {one.path}: {strategy} is tuned; --strategy {other} tunes that"
            )
        near = neighbors(one.path)
        tied = [
            f"{knob.path}={value}" for knob in knobs if knob.path in near for value in knob.values
        ]
        for value in one.values:
            _check_value(root, one, value, tied)


def _check_value(root: Node, one: Knob, value: str, tied: Sequence[str]) -> None:
    """Refuse a value that is wrong by itself, whatever the knobs are set to that it is tied to."""
    alone = override(root, f"{one.path}={value}")
    found = _own_faults(alone, one.path)
    if found and not any(not _own_faults(override(alone, other), one.path) for other in tied):
        raise KnobError(f"--knob {one.path}: {'; '.join(found)}")


def _own_faults(root: Node, path: str) -> list[str]:
    """Return what is wrong with the value at a path."""
    try:
        validated(root)
    except ScenarioError as error:
        return [fault.message for fault in error.faults if fault.path in {path, ""}]
    return []


def _at_least(value: int, least: int, what: str, most: int = 10_000_000) -> int:
    if not least <= value <= most:
        raise SimdeployError(f"{what} must be from {least:,} to {most:,}; got {value:,}")
    return int(value)


def _threads(threads: int | None) -> int:
    from simdeploy.engines.batch import thread_count  # noqa: PLC0415  with the engine

    return threads or thread_count()


def _spelled_out(root: Node, scenario: Any, strategy: str, knobs: Sequence[Knob]) -> Node:
    """Write out what a configuration by name stands for, so that one part of it can be turned."""
    block = scenario.strategies[strategy]
    if not isinstance(block, WithConfig) or block.config is None:
        return root
    parts = {f"strategies.{strategy}.{key}": value for key, value in block.configured.items()}
    if any(knob.path in parts for knob in knobs):
        for path, value in parts.items():
            root = override(root, f"{path}={value}")
    return root
