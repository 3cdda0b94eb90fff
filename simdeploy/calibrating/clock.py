"""The period of ECS's looks, fitted to the steps between a service's events.

Observed: 83 % of 117 steps lie within 1.2 s of a multiple of 10.2 s (ecs-scheduler-tick).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

#: What others saw, s.
USUAL, USUAL_JITTER = 10.2, 0.35
#: A period is looked for between these shares of the usual.
NARROWEST, WIDEST = 0.8, 1.25
#: Steps of more looks say little about the period: their multiple is in doubt.
MOST_LOOKS = 5
#: Fewer steps, or steps that gather less, say nothing.
LEAST_STEPS, LEAST_SHARE = 8, 0.7
#: A step belongs to the grid within this of a multiple, s.
NEAR = 1.2


class Clock(NamedTuple):
    """The looks: period and jitter, s; of how many steps, and whether they were fitted."""

    tick: float = USUAL
    jitter: float = USUAL_JITTER
    steps: int = 0
    is_fitted: bool = False


def fit_clock(steps: Sequence[float], resolution: float = 0.001) -> Clock:
    """Return the looks that steps between events (s) show; the usual ones where they show none.

    >>> fit_clock([10.0, 20.0, 30.1, 9.9, 10.1, 40.0, 20.0, 10.0]).tick
    10.01
    """
    longest = (MOST_LOOKS + 0.5) * USUAL
    used = np.array([step for step in steps if USUAL / 2 < step < longest])
    if len(used) < LEAST_STEPS:
        return Clock(steps=len(used))
    periods = np.linspace(NARROWEST * USUAL, WIDEST * USUAL, 461)
    # Of whole multiples the mean cosine is 1; a resultant would be for any common rest.
    shares = np.cos(2.0 * np.pi * used[:, None] / periods).mean(axis=0)
    period = float(periods[int(np.argmax(shares))])
    looks = np.rint(used / period)
    near = (np.abs(used - looks * period) <= NEAR) & (looks >= 1)
    if shares.max() < LEAST_SHARE or near.sum() < LEAST_STEPS:
        return Clock(steps=len(used))
    used, looks = used[near], looks[near]
    tick = float((looks * used).sum() / (looks**2).sum())
    # The difference of two looks has 2/3 of the jitter's square, that of two rounded times 1/6.
    spread = max(0.0, float(np.mean((used - looks * tick) ** 2)) - resolution**2 / 6.0)
    jitter = min(math.sqrt(1.5 * spread), 0.45 * tick)
    return Clock(round(tick, 2), round(jitter, 2), len(used), is_fitted=True)
