"""Two engines, one model: ``process`` tells one run in full, ``batch`` plays many.

Both take a scenario made flat (`flatten`), call the same rules on the same draws, and give the
same numbers to the last bit. ``cuda`` is the batch engine's loop on a GPU.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.model import constants
from simdeploy.results.metrics import NAMES, OUTCOMES, VERDICTS
from simdeploy.results.run import Run

ENGINES = ("batch", "process", "cuda")
VARIANTS = {"release": constants.RELEASE, "twin": constants.TWIN, "drill": constants.DRILL}

#: One run in an array: its metrics, how it ended, what failed before and after the decision, and
#: what failed and was slow beyond the baseline.
RESULT = np.dtype(
    [
        *((name, "f8") for name in NAMES),
        ("verdict", "i8"),
        ("outcome", "i8"),
        ("failed_before_decision", "f8"),
        ("failed_after_decision", "f8"),
        ("failed_caused", "f8"),
        ("slow_caused", "f8"),
    ]
)

__all__ = ["RESULT", "replicate", "run_one"]


def model_of(scenario: Any, strategy: str, variant: str) -> constants.Model:
    """The flat form of a scenario's strategy; drills run on the good twin."""
    if strategy not in scenario.strategies:
        known = ", ".join(scenario.strategies)
        raise SimdeployError(f"unknown strategy {strategy!r}; known: {known}")
    return _flat(_Identity(scenario), strategy, variant != "release")


class _Identity:
    """A scenario as a key: the same object, not an equal one."""

    def __init__(self, scenario: Any) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.scenario is other.scenario


@lru_cache(maxsize=64)
def _flat(key: _Identity, strategy: str, twin: bool) -> constants.Model:
    from simdeploy.encode import flatten  # noqa: PLC0415  scipy, for its tables

    return flatten(key.scenario, strategy, twin=twin)


def number_of(variant: str, drill_late: bool) -> int:
    """The engines' number of a variant."""
    return constants.DRILL_LATE if variant == "drill" and drill_late else VARIANTS[variant]


def replicate(
    scenario: Any,
    strategy: str,
    *,
    seed: int,
    lo: int,
    hi: int,
    variant: str = "release",
    drill_late: bool = False,
    engine: str = "batch",
    threads: int | None = None,
) -> NDArray[np.void]:
    """Replications ``lo`` to ``hi`` of one strategy, one `RESULT` each.

    Parameters
    ----------
    variant : {"release", "twin", "drill"}
        The release as it is; without its faults; or without, and taken back.
    drill_late : bool
        Take it back at the controller's own end instead of ``drill_after``.
    engine : {"batch", "process", "cuda"}
        Which engine plays; the numbers are the same, those of a GPU to 1e-12.
    threads : int, optional
        For the batch engine; by default SIMDEPLOY_THREADS, else all cores.

    Raises
    ------
    SimdeployError
        For an unknown strategy or engine, what is not simulated yet, or where there is no GPU.
    """
    if engine not in ENGINES:
        raise SimdeployError(f"unknown engine {engine!r}; known: {', '.join(ENGINES)}")
    model = model_of(scenario, strategy, variant)
    number = number_of(variant, drill_late)
    if engine == "process":
        rows = _by_process(model, seed, lo, hi, number)
    elif engine == "cuda":
        from simdeploy.engines import cuda  # noqa: PLC0415  numba-cuda, when it is needed

        rows = cuda.run_many(model, seed, lo, hi, number)
    else:
        from simdeploy.engines.batch import run_many  # noqa: PLC0415  numba, when it is needed

        rows = run_many(model, seed, lo, hi, number, threads)
    return as_results(rows)


def _by_process(model: constants.Model, seed: int, lo: int, hi: int, number: int) -> Any:
    from simdeploy.engines.process import numbers, plain  # noqa: PLC0415  SimPy, when needed

    objects = plain(model)
    return np.array([numbers(objects, seed, k, number)[0] for k in range(lo, hi)])


def as_results(rows: NDArray[np.float64]) -> NDArray[np.void]:
    """Name the numbers of runs."""
    found = np.empty(len(rows), RESULT)
    for k, name in enumerate(RESULT.names or ()):
        found[name] = rows[:, k] if len(rows) else 0
    return found


def run_one(
    scenario: Any, strategy: str, *, seed: int, replication: int = 0, variant: str = "release"
) -> Run:
    """One run by the process engine, with everything that happened in it."""
    from simdeploy.engines.process import numbers  # noqa: PLC0415  SimPy, when it is needed

    model = model_of(scenario, strategy, variant)
    row, service = numbers(
        model, seed, replication, number_of(variant, drill_late=False), tell=True
    )
    timeline = service.teller.told(scenario, strategy, seed, replication)
    metrics: dict[str, Any] = dict(zip(NAMES, row, strict=False))
    metrics["verdict"] = VERDICTS[int(row[len(NAMES)])]
    metrics["outcome"] = OUTCOMES[int(row[len(NAMES) + 1])]
    timeline.metrics = metrics
    return Run(metrics, timeline)
