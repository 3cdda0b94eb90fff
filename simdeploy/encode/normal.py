"""The standard normal distribution over arrays, without the time that importing SciPy takes.

Quantiles are AS 241 by the polynomials of ``semantics.numeric``; probabilities come from the
complementary error function of the standard library.
"""

import math
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from simdeploy.semantics.numeric import quantile_center, quantile_far_tail, quantile_tail

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]

SQRT_HALF = math.sqrt(0.5)
#: Distance from 1/2 up to which the central polynomial holds, and that of r for the near tail.
CENTER = 0.425
NEAR_TAIL = 5.0


def probability(z: float) -> float:
    """Return the probability that a standard normal value is below z.

    >>> probability(0.0), round(probability(1.96), 6)
    (0.5, 0.975002)
    """
    return 0.5 * math.erfc(-z * SQRT_HALF)


def probabilities(z: Floats) -> Floats:
    """Return the probabilities that a standard normal value is below each of z, any shape."""
    found: Floats = np.vectorize(probability, otypes=[np.float64])(z)
    return found


def quantiles(u: Floats) -> Floats:
    """Return the standard normal quantiles at probabilities u, any shape; infinite at 0 and 1.

    >>> quantiles(np.array([0.0, 0.5, 0.975])).round(6).tolist()
    [-inf, 0.0, 1.959964]
    """
    # The polynomials are arithmetic alone, so that they take arrays, too.
    q = np.asarray(u - 0.5)
    nearer = np.minimum(u, 1.0 - u)
    with np.errstate(divide="ignore"):
        r = np.asarray(np.sqrt(-np.log(nearer)))
    center, near = np.abs(q) <= CENTER, r <= NEAR_TAIL
    found = np.full_like(q, np.inf)
    for part, polynomial, x in (
        (~center & near, quantile_tail, r),
        (~center & ~near & (nearer > 0.0), quantile_far_tail, r),
        (center, quantile_center, q),
    ):
        found[part] = cast("Callable[[Floats], Floats]", polynomial)(x[part])
    return np.where(center, found, np.copysign(found, q))
