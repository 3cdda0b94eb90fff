"""Lognormal values at half the cost of the exact formulas, with the same bits everywhere.

The normal quantile is a cubic between the nodes of a table, whose values and slopes are exact. The
Kolmogorov distance to the lognormal distribution, the largest error of a probability, is below
2e-7 (`tests/semantics/test_lognormal.py`). An interpolation cannot follow the tails, one draw in
sixteen, which are computed as before.
"""

from math import floor
from typing import TypeAlias

from simdeploy.semantics.numeric import LOG2_E, exp, normal_quantile, power_of_two

#: A constant table: rows of numbers, which compiled code reads as an array.
Table: TypeAlias = tuple[tuple[float, ...], ...]

#: Number of pieces between the probabilities 0 and 1; the outer ones are left to the tails.
PIECES = 256
TAIL = 8
SQRT_2_PI = 2.5066282746310002


def slope(z: float) -> float:
    """Slope of the normal quantile at its value ``z``, times the width of a piece. Arithmetic."""
    return SQRT_2_PI * exp(0.5 * z * z) / PIECES


def cubic(low: float, high: float) -> tuple[float, float, float, float]:
    """Cubic that meets two quantiles with their slopes (Hermite). Arithmetic."""
    first, last = slope(low), slope(high)
    rise = high - low
    return low, first, 3.0 * rise - 2.0 * first - last, first + last - 2.0 * rise


#: Coefficients by piece, from ``TAIL`` pieces above 0 to as many below 1.
CUBICS: Table = tuple(
    cubic(normal_quantile(k / PIECES), normal_quantile((k + 1) / PIECES))
    for k in range(TAIL, PIECES - TAIL)
)


def near_quantile(u: float) -> float:
    """Quantile of the standard normal distribution for 0 < u < 1; its probability is u to 2e-7.

    A cubic of the table; in the tails AS 241.

    >>> near_quantile(0.5), round(near_quantile(0.95), 6)
    (0.0, 1.644854)
    """
    x = u * PIECES
    i = int(x)
    if TAIL <= i < PIECES - TAIL:
        t = x - i
        c = CUBICS[i - TAIL]
        return c[0] + t * (c[1] + t * (c[2] + t * c[3]))
    return normal_quantile(u)


def near_exp(x: float) -> float:
    """Exponential function to 1e-14 of its value, for abs(x) up to 21; beyond it `exp`.

    It is the series of 2**f for abs(f) <= 1/2. Its terms are added in pairs, so that a processor
    need not wait for one before it begins the next. Arithmetic.

    >>> near_exp(0.0), round(near_exp(1.0), 12), near_exp(800.0)
    (1.0, 2.718281828459, inf)
    """
    if not -21.0 <= x <= 21.0:
        return exp(x)
    y = x * LOG2_E
    k = floor(y + 0.5)
    f = y - k
    f2 = f * f
    f4 = f2 * f2
    low = (1.0 + 0.6931471805599453 * f) + f2 * (0.24022650695910072 + 0.05550410866482158 * f)
    middle = (0.009618129107628477 + 0.0013333558146428443 * f) + f2 * (
        0.0001540353039338161 + 1.5252733804059841e-05 * f
    )
    high = (1.321548679014431e-06 + 1.01780860092397e-07 * f) + f2 * (
        7.054911620801123e-09 + 4.4455382718708116e-10 * f
    )
    return (low + f4 * (middle + f4 * high)) * power_of_two(int(k))


def lognormal(a: float, b: float, u: float) -> float:
    """Lognormal value of log-mean ``a`` and log-deviation ``b`` at the quantile u. Definition."""
    return near_exp(a + b * near_quantile(u))
