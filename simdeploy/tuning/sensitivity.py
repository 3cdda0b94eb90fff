"""Which knobs matter: Sobol's first-order and total indices, with intervals.

A first-order index is the share of an objective's variance that a knob explains by itself, a total
index the share in which it has a part, together with other knobs. The estimates are those of
`scipy.stats.sobol_indices` (Saltelli 2010), from points that the search plays anyway. Its own
bootstrap draws unseeded numbers, so resampling is done here: equal inputs must give equal bytes.
"""

from typing import NamedTuple

import numpy as np

from simdeploy.results.intervals import Array

RESAMPLES = 200
#: Least relative standard deviation of a sample; less is rounding, not variance.
TINY = 1e-12


class Index(NamedTuple):
    """Sobol's indices of a knob for one objective: first-order and total, with 95 % intervals."""

    first: float
    first_ci: tuple[float, float]
    total: float
    total_ci: tuple[float, float]


class Design(NamedTuple):
    """Points at which a function is evaluated: ``a``, ``b``, and ``a`` with one column of ``b``.

    ``points`` holds all rows: those of a, of b, then a block per knob.
    """

    points: Array
    n: int

    @property
    def knobs(self) -> int:
        """Number of knobs."""
        return int(self.points.shape[1])


def design(knobs: int, n: int, seed: int) -> Design:
    """Return a scrambled Sobol design of ``n × (knobs + 2)`` points from 0 to 1.

    Parameters
    ----------
    knobs
        Number of knobs.
    n
        Points of each block: a power of two.
    seed
        Equal seeds give equal points.
    """
    from scipy.stats import qmc  # noqa: PLC0415  only a search pays for scipy

    both = np.asarray(qmc.Sobol(2 * knobs, scramble=True, rng=seed).random(n))
    a, b = both[:, :knobs], both[:, knobs:]
    blocks = [a, b]
    for knob in range(knobs):
        mixed = a.copy()
        mixed[:, knob] = b[:, knob]
        blocks.append(mixed)
    return Design(np.vstack(blocks), n)


def indices(values: Array, knobs: int, n: int, seed: int) -> tuple[Index, ...] | None:
    """Return an index per knob; None where the values do not vary.

    Parameters
    ----------
    values
        Values of an objective at every point of a `Design`, in its order.
    knobs, n
        Those of the design.
    seed
        Seed of the resampling behind the intervals.
    """
    a, b, mixed = values[:n], values[n : 2 * n], values[2 * n :].reshape(knobs, n)
    scale = max(float(np.abs(values).max()), 1.0)
    if float(np.std(values[: 2 * n])) <= TINY * scale:
        return None
    first, total = _estimate(a, b, mixed)
    rng = np.random.default_rng([seed, n])
    drawn = (rng.integers(0, n, n) for _ in range(RESAMPLES))
    resampled = np.array([_estimate(a[at], b[at], mixed[:, at]) for at in drawn])
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return tuple(
        Index(
            float(first[k]),
            (float(low[0, k]), float(high[0, k])),
            float(total[k]),
            (float(low[1, k]), float(high[1, k])),
        )
        for k in range(knobs)
    )


def _estimate(a: Array, b: Array, mixed: Array) -> tuple[Array, Array]:
    """Return first-order and total indices; a single knob explains everything."""
    from scipy.stats import sobol_indices  # noqa: PLC0415  only a search pays for scipy

    if len(mixed) == 1:
        return np.ones(1), np.ones(1)
    result = sobol_indices(
        func={"f_A": a[None, :], "f_B": b[None, :], "f_AB": mixed[:, None, :]}, n=len(a)
    )
    return np.asarray(result.first_order), np.asarray(result.total_order)


def most_influential(
    tables: list[tuple[Index, ...]], most: int = 3, least: float = 0.05
) -> list[int]:
    """Return up to ``most`` knobs by the sum of their total indices, the greatest first.

    A knob qualifies if the low end of its total index exceeds ``least`` for some objective.
    """
    if not tables:
        return []
    total = np.array([[index.total for index in table] for table in tables])
    low = np.array([[index.total_ci[0] for index in table] for table in tables])
    qualified = low.max(axis=0) > least
    order = np.argsort(-total.sum(axis=0), kind="stable")
    return [int(knob) for knob in order if qualified[knob]][:most]
