"""``python -m benchmarks.coverage``: how often intervals of 95 % hold what they are said to hold.

Samples are drawn by the thousand from distributions whose mean, quantiles and shares are known, and
each goes through the functions that `compare` uses, and means through those of a sweep. An interval
may miss in 3 to 7 % of samples, and in as many more or fewer as the number of samples leaves open.
Where it does not keep to that the script names the reason, and `compare` shows a warning.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import special

from simdeploy.results.histograms import binned
from simdeploy.results.intervals import (
    Means,
    mean_and_half,
    means_of,
    quantile_interval,
    student,
    wilson,
)
from simdeploy.sweeps.mean_intervals import Ends, Moments, mean_intervals

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Array]

RUNS = (100, 1000)
SAMPLES = 4000
#: Limits of the coverage of an interval of 95 %.
LOW, HIGH = 0.93, 0.97
#: Share of runs with a rare harm, and its mean size, requests; a run has so many requests.
RARE, SIZE, REQUESTS = 0.0065, 10_000.0, 1_440_000.0


@dataclass(frozen=True)
class Law:
    """A distribution, its mean and its quantile function, and in which share of runs it shows."""

    name: str
    draw: Draw
    mean: float
    quantile: Callable[[float], float]
    share: float = 1.0


@dataclass(frozen=True)
class Row:
    """Coverage of one interval.

    ``naive`` is that of Student's t, NaN where it does not apply; ``warned`` the share of samples
    whose interval comes with a warning, ``unwarned`` the coverage of the others, ``unseen`` the
    share of samples in which no run has the harm, ``samples`` how many there are.
    """

    what: str
    law: str
    runs: int
    coverage: float
    naive: float = nan
    warned: float = 0.0
    unwarned: float = nan
    discrete: bool = False
    unseen: float = 0.0
    samples: int = SAMPLES

    @property
    def chance(self) -> float:
        """Two standard errors of the coverage: with 1,000 samples 93 % may come out as 91.4 %."""
        return 2.0 * sqrt(LOW * (1.0 - LOW) / self.samples)

    @property
    def verdict(self) -> str:
        """Whether the coverage is right, or why it is not."""
        low = LOW - self.chance
        if low <= self.coverage <= HIGH + self.chance:
            return "holds"
        if self.coverage < LOW:
            if self.coverage >= low * (1.0 - self.unseen):
                return f"no run of {self.unseen:.0%} of samples has it: too few runs"
            enough = self.warned > 0.5 or self.unwarned >= low
            return "too few runs carry it: warned" if enough else "too narrow"
        if self.discrete:
            return "holds more often: counts are whole"
        is_bound = self.warned > 0.0 or self.naive < LOW
        return "holds more often: a bound for rare harm" if is_bound else "too wide"

    @property
    def is_right(self) -> bool:
        """Whether the interval holds as often as it should, or more, or comes with a warning."""
        return self.verdict not in ("too narrow", "too wide")


def normal_quantile(level: float) -> float:
    """Return a quantile of the standard normal distribution."""
    return float(special.ndtri(level))


def ordinary() -> Law:
    """Harm in every run, with a symmetric spread of a tenth."""
    return Law(
        "ordinary",
        lambda random, shape: random.normal(SIZE, SIZE / 10, shape),
        SIZE,
        lambda level: SIZE * (1 + normal_quantile(level) / 10),
    )


def skewed() -> Law:
    """Exponential harm in every run."""
    return Law(
        "skewed",
        lambda random, shape: random.exponential(SIZE, shape),
        SIZE,
        lambda level: -SIZE * log(1 - level),
    )


def very_skewed() -> Law:
    """Lognormal harm in every run, whose worst twentieth is a third of it all."""
    return Law(
        "very skewed",
        lambda random, shape: SIZE * random.lognormal(-0.5, 1.0, shape),
        SIZE,
        lambda level: SIZE * exp(normal_quantile(level) - 0.5),
    )


def rare(sizes: str, share: float = RARE) -> Law:
    """Harm in a small share of the runs, whose sizes vary by half, or are exponential."""

    def draw(random: np.random.Generator, shape: tuple[int, int]) -> Array:
        size = {
            "varied": lambda: random.gamma(4.0, SIZE / 4.0, shape),
            "exponential": lambda: random.exponential(SIZE, shape),
        }[sizes]()
        return np.where(random.random(shape) < share, size, 0.0)

    # All levels looked at lie below the share of runs without harm.
    return Law(f"rare, {sizes} sizes", draw, share * SIZE, lambda _: 0.0, share)


def on_top() -> Law:
    """A little harm in every run, and rare harm on top of it."""
    above = rare("varied")

    def draw(random: np.random.Generator, shape: tuple[int, int]) -> Array:
        return random.exponential(SIZE / 200, shape) + above.draw(random, shape)

    # As if no run had the rare harm, which moves these quantiles by up to 0.7 % of a level.
    return Law("rare, on top of little", draw, SIZE / 200 + above.mean, lambda _: nan, RARE)


LAWS = (ordinary(), skewed(), very_skewed(), rare("varied"), rare("exponential"), on_top())


def of_means(law: Law, runs: int, samples: int, random: np.random.Generator) -> Iterator[Row]:
    """Yield the coverage of the interval of a mean, and of that in a sweep of the same samples."""
    values = law.draw(random, (samples, runs))
    yield coverage("mean", law, values, law.mean)
    defined = np.full(samples, runs)
    exact = Moments(*mean_and_half(values, defined))
    # A sweep keeps histograms.
    found = mean_intervals(binned(values), defined, inf, exact, [REQUESTS] * samples)
    yield row_of("mean, in a sweep", law, values, law.mean, found)


def of_differences(law: Law, runs: int, samples: int, random: np.random.Generator) -> Row:
    """Return the coverage of a paired difference; only the first has the harm of this law."""
    luck = random.integers(0, 100, (samples, runs)) * 10.0
    gaps = (luck + law.draw(random, (samples, runs))) - luck
    return coverage("paired difference", law, gaps, law.mean, signed=True)


def of_two(law: Law, runs: int, samples: int, random: np.random.Generator) -> Row:
    """Return the coverage of a difference of two strategies that both have this harm."""
    gaps = law.draw(random, (samples, runs)) - 0.5 * law.draw(random, (samples, runs))
    return coverage("paired, both have it", law, gaps, law.mean / 2, signed=True)


def coverage(what: str, law: Law, values: Array, mean: float, *, signed: bool = False) -> Row:
    """Return how often the intervals of many samples hold a mean."""
    samples, runs = values.shape
    found = means_of(values, np.full(samples, runs), [REQUESTS] * samples, signed=signed)
    return row_of(what, law, values, mean, found)


def row_of(what: str, law: Law, values: Array, mean: float, found: Means | Ends) -> Row:
    """Return how often intervals hold a mean, beside Student's."""
    samples, runs = values.shape
    holds = (found.low <= mean) & (mean <= found.high)
    warned = (found.few > 0) | found.skewed
    half = student(runs - 1) * values.std(axis=1, ddof=1) / runs**0.5
    naive = np.abs(values.mean(axis=1) - mean) <= half
    unwarned = float(holds[~warned].mean()) if not warned.all() else nan
    shares = (float(holds.mean()), float(naive.mean()), float(warned.mean()), unwarned)
    unseen = (1.0 - law.share) ** runs
    return Row(what, law.name, runs, *shares, unseen=unseen, samples=samples)


def of_quantiles(law: Law, runs: int, samples: int, random: np.random.Generator) -> Iterator[Row]:
    """Yield the coverage of the intervals of quantiles; an end without a bound holds."""
    ordered = np.sort(law.draw(random, (samples, runs)), axis=1)
    for name, level in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        true = law.quantile(level)
        ends = [quantile_interval(row, runs, level) for row in ordered]
        holds = [(a is None or a <= true) and (b is None or true <= b) for a, b in ends]
        yield Row(name, law.name, runs, float(np.mean(holds)), discrete=True, samples=samples)


def of_shares(runs: int, samples: int, random: np.random.Generator) -> Iterator[Row]:
    """Yield the coverage of Wilson's interval."""
    for name, share in (("ordinary", 0.63), ("skewed", 0.95), ("rare", RARE)):
        hits = random.binomial(runs, share, samples)
        ends = [wilson(int(k), runs).ci95 for k in hits]
        holds = float(np.mean([low <= share <= high for low, high in ends]))
        yield Row("share", f"{name}, {share:.2%}", runs, holds, discrete=True, samples=samples)


def rows(samples: int = SAMPLES, seed: int = 1, sizes: tuple[int, ...] = RUNS) -> Iterator[Row]:
    """Yield the coverage of every interval, for each number of runs."""
    random = np.random.default_rng(seed)
    for runs in sizes:
        for law in LAWS:
            yield from of_means(law, runs, samples, random)
            yield of_differences(law, runs, samples, random)
            yield of_two(law, runs, samples, random)
            if not np.isnan(law.quantile(0.5)):
                yield from of_quantiles(law, runs, samples, random)
        yield from of_shares(runs, samples, random)


def main() -> None:
    """Print a table; the exit code is 1 if an interval is wrong without a warning."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"default {SAMPLES}")
    parser.add_argument("--seed", type=int, default=1, help="of the samples (default 1)")
    given = parser.parse_args()
    table = Table(title=f"coverage of 95 % intervals, {given.samples:,} samples each")
    for name in ("interval of", "harm", "runs", "Student's t", "coverage", "warned", ""):
        table.add_column(name, justify="left" if name in ("interval of", "harm", "") else "right")
    found = list(rows(given.samples, given.seed))
    for row in found:
        naive = "" if np.isnan(row.naive) else f"{row.naive:.1%}"
        cells = (f"{row.runs:,}", naive, f"{row.coverage:.1%}", f"{row.warned:.0%}", row.verdict)
        table.add_row(row.what, row.law, *cells)
    Console(width=130).print(table)
    sys.exit(int(not all(row.is_right for row in found)))


if __name__ == "__main__":
    main()
