"""Compares a GPU with the processor: are the numbers the same, and how fast is it.

``python -m benchmarks.cuda_equality --runs 100000`` plays every strategy of some scenarios of the
gallery on the GPU and on two threads of the processor. It prints the largest difference of any
number and the rate of both, medians of five interleaved measurements, and ends with 1 if a
difference is larger than 1e-12. Without a GPU it says what is missing and ends with 2.
"""

import argparse
import statistics
import sys
import time
from typing import Any, NamedTuple

import numpy as np

from simdeploy.engines import RESULT, replicate
from simdeploy.errors import SimdeployError
from simdeploy.scenario import load_scenario

#: How far numbers of a GPU may be off: relatively, or absolutely below 1.
ALLOWED = 1e-12
SCENARIOS = ("bad-boot", "traffic-spike", "expand-contract")
REPEATS = 5


class Compared(NamedTuple):
    """Comparison of one strategy: the largest difference with its field, and runs per second."""

    off: float
    field: str
    gpu: float
    processor: float


def distance(found: Any, expected: Any) -> Any:
    """Return how far numbers are apart; 0 where both are missing or the same infinity."""
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        off = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    return np.where(same, 0.0, np.where(np.isfinite(off), off, np.inf))


def largest(found: Any, expected: Any) -> tuple[float, str]:
    """Return the largest difference over all numbers, and the name of that number."""
    names = RESULT.names or ()
    off = [float(distance(found[k].astype(float), expected[k].astype(float)).max()) for k in names]
    return max(zip(off, names, strict=True))


def timed(scenario: Any, strategy: str, runs: int, **how: Any) -> tuple[Any, float]:
    """Return the rows of one engine, and its rate (runs/s)."""
    start = time.perf_counter()
    rows = replicate(scenario, strategy, seed=1, lo=0, hi=runs, **how)
    return rows, runs / (time.perf_counter() - start)


def compared(scenario: Any, strategy: str, runs: int) -> Compared:
    """Play one strategy on both, in turn; compilation is not timed."""
    engines: tuple[dict[str, Any], ...] = ({"engine": "cuda"}, {"engine": "batch", "threads": 2})
    rows = [timed(scenario, strategy, runs, **how)[0] for how in engines]
    rates = [[timed(scenario, strategy, runs, **how)[1] for how in engines] for _ in range(REPEATS)]
    gpu, processor = (statistics.median(column) for column in zip(*rates, strict=True))
    return Compared(*largest(*rows), gpu, processor)


def main() -> int:
    """Compare; return 1 where numbers differ, 2 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cuda_equality", description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000, help="replications of each strategy")
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS, help="files or gallery names")
    given = parser.parse_args()
    worst = 0.0
    try:
        for name in given.scenarios:
            scenario = load_scenario(name)
            for strategy in scenario.strategies:
                result = compared(scenario, strategy, given.runs)
                worst = max(worst, result.off)
                print(
                    f"{name} · {strategy}: off by {result.off:.1e} ({result.field}), "
                    f"GPU {result.gpu:,.0f} runs/s, two threads {result.processor:,.0f} runs/s, "
                    f"ratio {result.gpu / result.processor:.2f}"
                )
    except SimdeployError as error:
        print(error, file=sys.stderr)
        return 2
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
