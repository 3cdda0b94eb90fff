"""From the samples of a step to a distribution that a scenario can hold, and why that one."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simdeploy.calibrating import likelihood
from simdeploy.calibrating.sample import Sample
from simdeploy.calibrating.steps import Spread
from simdeploy.calibrating.widening import ENOUGH, pseudo_observations
from simdeploy.distributions import Constant, Distribution, Empirical, Uniform

#: A family is believed where the KS test does not refuse it.
LEAST_P = 0.05
#: With fewer samples, or a smaller difference of the AICc, the families cannot be told apart.
TELLING_N, TELLING_AICC = 30, 4.0
#: Least different values of which a family is fitted.
DISTINCT = 4
#: Least looks over which intervals have to lie.
LOOKS = 3
#: Values gather at multiples of the looks' period where their resultant is at least this.
ON_GRID = 0.7
#: Values of a narrower range than this share of the period are at one phase anyway.
LEAST_SPAN = 0.75
#: A block in a file stays readable with so many values; more are thinned to quantiles.
MOST_VALUES = 100
#: Intervals need fewer: between two looks there is nothing but a line.
FEW_VALUES = 20
DECIMALS = 2


class Fitted(NamedTuple):
    """A distribution, why it was chosen, and whether it was widened."""

    distribution: Distribution
    why: str
    is_widened: bool = False


def fit(
    samples: Sequence[Sample],
    spread: Spread,
    *,
    is_control_plane: bool = False,
    tick: float = 0.0,
    resolution: float = 0.001,
) -> Fitted | None:
    """Return the distribution of a step; None where no sample has an end.

    Parameters
    ----------
    samples
        Intervals; those without an end count as longer than what was seen of them.
    spread
        What others saw of the step, for samples that are too few.
    is_control_plane
        Whether the values stay as they were measured.
    tick
        Period of the looks, s; values on its grid stay as measured, too. 0: no grid.
    resolution
        The times are known to so much, s.
    """
    ended = [sample for sample in samples if not sample.is_open]
    if not ended:
        return None
    points = values(samples)
    apart = independent(ended)
    if apart < ENOUGH:
        added = pseudo_observations(points, spread)
        points = list(_empirical(points, apart).values)
        n = f"n = {apart}" if apart == len(ended) else f"{apart} deployment{'s' * (apart > 1)}"
        return Fitted(_empirical([*points, *added]), f"widened, {n}", is_widened=True)
    if all(s.is_exact for s in samples) and max(points) - min(points) <= 2 * resolution:
        return Fitted(Constant(value=round(float(np.median(points)), DECIMALS)), "all the same")
    if is_control_plane:
        return Fitted(_empirical(points), "as measured")
    if all(s.is_exact for s in ended) and _is_on_grid(points, tick):
        return Fitted(_empirical(points), f"as measured: on the grid of {tick:.3g} s")
    return _family(samples, points)


def independent(ended: Sequence[Sample]) -> int:
    """Return how many samples are independent: tasks of one deployment share its day and its looks.

    >>> independent([Sample(1, 9, "a", 0, True), Sample(1, 9, "a", 0, True), Sample(3, 3)])
    2
    """
    shared = {sample.of for sample in ended if sample.is_paired_in_order and sample.of}
    alone = sum(not (sample.is_paired_in_order and sample.of) for sample in ended)
    return len(shared) + alone


def as_measured(samples: Sequence[Sample]) -> Fitted | None:
    """Return the values themselves, not widened; None where no sample has an end."""
    points = values(samples)
    return Fitted(_empirical(points), "as measured") if points else None


def _family(samples: Sequence[Sample], points: list[float]) -> Fitted:
    """Return the best family, lognormal where they cannot be told apart; else the values."""
    if min(points) <= 0.0:
        return Fitted(_empirical(points), "as measured: some take no time")
    wide = [s for s in samples if not s.is_exact and not s.is_open]
    if len(wide) == sum(not s.is_open for s in samples) and len(_groups(wide)) < LOOKS:
        # One or two intervals hold any narrow distribution at their common end.
        return _within_looks(wide, points)
    if len({(round(s.low, 2), round(s.high, 2)) for s in samples}) < DISTINCT:
        return Fitted(_empirical(points), "as measured: too few different values")
    found = [likelihood.fit(f, samples, np.array(points)) for f in likelihood.families()]
    good = [one for one in found if one is not None and one.p > LEAST_P]
    if not good:
        return Fitted(_empirical(points), "as measured: no family fits")
    best = min(good, key=lambda one: one.aicc)
    first = good[0]
    if first.family.name == "lognormal" and first is not best:
        n = len(samples)
        if n < TELLING_N or first.aicc - best.aicc < TELLING_AICC:
            why = f"n = {n} cannot tell it from {best.family.name}, KS p {first.p:.2f}"
            return Fitted(_rounded(first.distribution()), f"lognormal: {why}")
    return Fitted(
        _rounded(best.distribution()), f"{best.family.name}: best AICc, KS p {best.p:.2f}"
    )


def _within_looks(wide: list[Sample], points: list[float]) -> Fitted:
    """Return what one or two looks say: anything between them."""
    if len(_groups(wide)) > 1:
        return Fitted(_empirical(points, FEW_VALUES), "as measured: within two looks")
    low = round(float(np.mean([s.low for s in wide])), DECIMALS)
    high = round(float(np.mean([s.high for s in wide])), DECIMALS)
    return Fitted(Uniform(low=low, high=high), "uniform: all within one look")


def _is_on_grid(points: list[float], tick: float) -> bool:
    """Return whether values gather at one phase of the looks, over more than one of them."""
    spans = tick > 0.0 and max(points) - min(points) > LEAST_SPAN * tick
    return spans and resultant(points, tick) >= ON_GRID


def values(samples: Sequence[Sample]) -> list[float]:
    """Return a value for each sample, ascending.

    Of an exact sample its middle; samples that share an interval are spread evenly over it; one
    without an end takes the median of the values beyond it, where there are any.

    >>> values([Sample(10, 20), Sample(10, 20), Sample(5, 5), Sample(12, float("inf"))])
    [5.0, 12.5, 15.0, 17.5]
    """
    points = [s.middle for s in samples if s.is_exact]
    for group in _groups([s for s in samples if not s.is_exact and not s.is_open]):
        low = float(np.mean([s.low for s in group]))
        high = float(np.mean([s.high for s in group]))
        step = (high - low) / len(group)
        points += [low + (k + 0.5) * step for k in range(len(group))]
    seen = sorted(points)
    for sample in samples:
        beyond = seen[bisect_right(seen, sample.low) :] if sample.is_open else []
        if beyond:
            points.append(float(np.median(beyond)))
    return sorted(round(float(point), DECIMALS) for point in points)


def _groups(wide: list[Sample]) -> list[list[Sample]]:
    """Return samples whose intervals begin at about the same time, together."""
    groups: list[list[Sample]] = []
    for sample in sorted(wide, key=lambda s: s.low):
        near = groups and sample.low - groups[-1][0].low < (sample.high - sample.low) / 4
        if near:
            groups[-1].append(sample)
        else:
            groups.append([sample])
    return groups


def resultant(times: Sequence[float], period: float) -> float:
    """Return how much times gather at one phase of a period: 0 not at all, 1 entirely.

    >>> round(resultant([10.0, 20.0, 31.0], 10.0), 2), round(resultant([0, 2.5, 5, 7.5], 10), 2)
    (0.96, 0.0)
    """
    angles = 2.0 * np.pi * np.asarray(times, dtype=float) / period
    return float(abs(np.exp(1j * angles).mean()))


def _empirical(points: Sequence[float], most: int = MOST_VALUES) -> Empirical:
    """Return the values as a distribution, thinned where there are many."""
    if len(points) > most:
        shares = (np.arange(most) + 0.5) / most
        whole = Empirical(values=tuple(points))
        points = [whole.quantile(float(share)) for share in shares]
    return Empirical(values=tuple(sorted(round(float(point), DECIMALS) for point in points)))


def _rounded(fitted: Distribution) -> Distribution:
    """Return a distribution by its median and 95th percentile, rounded as a person would."""
    median, p95 = (float(f"{fitted.quantile(u):.4g}") for u in (0.5, 0.95))
    return type(fitted).model_validate({"median": median, "p95": p95})
