"""Engines play runs: ``batch`` many, ``process`` one run in full, ``cuda`` many on a GPU.

All take a scenario record (`encode`), call the same rules on the same draws, and give the same
numbers: batch and process to the last bit, a GPU to 1e-12.
"""

import importlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, Required, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.model import constants
from simdeploy.model.fields.run import RESULT as RESULT_RECORD
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import EXTRA, NAMES
from simdeploy.results.run import Run
from simdeploy.results.timeline import Timeline

if TYPE_CHECKING:
    from simdeploy.scenario import Scenario

#: One run in an array: its metrics, how it ended, what failed before and after the decision, and
#: what failed and was slow beyond the baseline.
RESULT = RESULT_RECORD.dtype
VARIANTS = {"release": constants.RELEASE, "twin": constants.TWIN, "drill": constants.DRILL}

Results = NDArray[np.void]


class Replications(TypedDict, total=False):
    """Which replications an engine plays, of which variant, and on how many threads."""

    seed: Required[int]
    lo: Required[int]
    hi: Required[int]
    variant: str
    drill_late: bool
    threads: int | None


class Engine(Protocol):
    """Plays replications of one strategy."""

    def __call__(
        self, scenario: "Scenario", strategy: str, **which: Unpack[Replications]
    ) -> Results:
        """Return replications ``lo`` to ``hi``, one `RESULT` each."""


class RecordEngine:
    """An engine that plays scenario records; encodes scenarios for it.

    ``module`` is imported when it is needed, as it imports SimPy, numba or numba-cuda. Its
    ``run_many`` plays replications: (record, seed, lo, hi, variant, threads).
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __call__(
        self,
        scenario: "Scenario",
        strategy: str,
        *,
        seed: int,
        lo: int,
        hi: int,
        variant: str = "release",
        drill_late: bool = False,
        threads: int | None = None,
    ) -> Results:
        """Return replications ``lo`` to ``hi``, one `RESULT` each."""
        model = encoded(scenario, strategy, variant)
        run_many = importlib.import_module(self._module).run_many
        results: Results = run_many(model, seed, lo, hi, number_of(variant, drill_late), threads)
        return results


ENGINES: dict[str, Engine] = {
    "batch": RecordEngine("simdeploy.engines.batch"),
    "process": RecordEngine("simdeploy.engines.process"),
    "cuda": RecordEngine("simdeploy.engines.cuda"),
}


def engine_named(engine: str | Engine) -> Engine:
    """Return an engine by its name; an engine is returned as it is.

    Raises
    ------
    SimdeployError
        For an unknown name.
    """
    if not isinstance(engine, str):
        return engine
    if engine not in ENGINES:
        raise SimdeployError(f"unknown engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine]


def encoded(scenario: "Scenario", strategy: str, variant: str) -> ScenarioRecord:
    """Return the scenario record of a strategy; twin and drill are without the release's faults.

    Raises
    ------
    SimdeployError
        For an unknown strategy, or what is not simulated yet.
    """
    if strategy not in scenario.strategies:
        known = ", ".join(scenario.strategies)
        raise SimdeployError(f"unknown strategy {strategy!r}; known: {known}")
    return _encoded(_Identity(scenario), strategy, variant != "release")


class _Identity:
    """A scenario as a key, compared by identity: an equal scenario is another key."""

    def __init__(self, scenario: "Scenario") -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.scenario is other.scenario


@lru_cache(maxsize=64)
def _encoded(key: _Identity, strategy: str, twin: bool) -> ScenarioRecord:
    from simdeploy.encode import encode  # noqa: PLC0415  scipy, for its tables

    return encode(key.scenario, strategy, twin=twin)


def number_of(variant: str, drill_late: bool) -> int:
    """Return the number of a variant in model.constants."""
    return constants.DRILL_LATE if variant == "drill" and drill_late else VARIANTS[variant]


def replicate(
    scenario: "Scenario",
    strategy: str,
    *,
    engine: str | Engine = "batch",
    **which: Unpack[Replications],
) -> Results:
    """Return replications ``lo`` to ``hi`` of one strategy, one `RESULT` each.

    Parameters
    ----------
    seed, lo, hi : int
        Seed of the luck, the first replication, and the end of the range (exclusive).
    variant : {"release", "twin", "drill"}
        The release as it is; without its faults; or without, and taken back.
    drill_late : bool
        Take it back at the controller's own end instead of ``drill_after``.
    engine : {"batch", "process", "cuda"} or Engine
        Which engine plays; the numbers are the same, those of a GPU to 1e-12.
    threads : int, optional
        For the batch engine; by default SIMDEPLOY_THREADS, else all cores.

    Raises
    ------
    SimdeployError
        For an unknown strategy or engine, what is not simulated yet, or where there is no GPU.
    """
    return engine_named(engine)(scenario, strategy, **which)


def run_one(
    scenario: "Scenario",
    strategy: str,
    *,
    seed: int,
    replication: int = 0,
    variant: str = "release",
) -> Run:
    """Play one run by the process engine, and return everything that happened in it."""
    from simdeploy.engines.process import play_recorded  # noqa: PLC0415  SimPy, when needed

    model = encoded(scenario, strategy, variant)
    result, recorder = play_recorded(model, seed, replication, number_of(variant, False))
    timeline = recorder.timeline(scenario, strategy, seed, replication)
    metrics: dict[str, Any] = {name: getattr(result, name) for name in NAMES}
    metrics["verdict"] = VERDICTS[result.verdict]
    metrics["outcome"] = OUTCOMES[result.outcome]
    timeline.metrics = metrics | {name: getattr(result, name) for name in EXTRA}
    return Run(metrics, timeline, scenario)


def timelines(
    scenario: "Scenario", strategy: str, *, seed: int, lo: int, hi: int
) -> Iterator[Timeline]:
    """Yield the timelines of replications ``lo`` to ``hi``, without metrics."""
    from simdeploy.engines.process import play_all_recorded  # noqa: PLC0415  SimPy, when needed

    model = encoded(scenario, strategy, "release")
    played = play_all_recorded(model, seed, lo, hi, VARIANTS["release"])
    for k, (_, recorder) in enumerate(played, lo):
        yield recorder.timeline(scenario, strategy, seed, k)
