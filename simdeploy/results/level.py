"""About level: a difference between two strategies that is not worth a word.

Significant is not important: on the same luck a difference of 0.3 % can be certain. Two strategies
are about level in a metric if any of these holds:

1. the 95 % interval of the mean difference includes 0;
2. the mean difference is below the floor of the metric's unit (`FLOORS`);
3. it is below a twentieth of the larger mean (`SMALL`);
4. of the runs in which they differ, less than three quarters agree on the sign (`AGREE`), and
   neither mean is more than twice the other (`FAR`): what is rare but large is no toss-up.

Being level is not transitive: whoever forms groups compares each member with the first
(`results.ranking`). The limits are this simulator's own.
"""

from simdeploy.results.metrics import BY_NAME
from simdeploy.results.paired import Difference

#: Least difference that counts, by the unit of a metric: requests, wrong answers, connections,
#: rows and events; dollars; seconds. Other units have none.
FLOORS = {
    "requests": 10.0,
    "connections": 10.0,
    "rows": 10.0,
    "events": 10.0,
    "USD": 0.01,
    "s": 5.0,
}
#: Least part of the larger mean that counts.
SMALL = 0.05
#: Least share of the runs in which two differ that must agree on the sign.
AGREE = 0.75
#: Part of the larger mean above which a difference counts whatever the signs are.
FAR = 0.5
#: Least difference between shares of runs that counts: 5 points.
POINTS = 0.05
#: Differences of rounding, as of 0.85 - 0.80 to 5 points.
ROUNDING = 1e-9


def floor_of(metric: str) -> float:
    """Return the least difference of a metric that counts, in its unit.

    ``downtime_caused`` and other fields of a result that are no metrics count as seconds if their
    names end in ``_s`` or they measure downtime, else as requests.

    >>> floor_of("cut_websockets"), floor_of("extra_cost_usd"), floor_of("rollback_s")
    (10.0, 0.01, 5.0)
    """
    if metric in BY_NAME:
        return FLOORS.get(BY_NAME[metric].unit, 0.0)
    return FLOORS["s" if "downtime" in metric or metric.endswith("_s") else "requests"]


def level(difference: Difference, larger: float) -> bool:
    """Return whether two strategies are about level in a metric.

    Parameters
    ----------
    difference
        Their paired difference over runs with the same luck; a single pair has no interval and
        counts as level.
    larger
        The larger of their two means, in the metric's unit.
    """
    if difference.mean is None or difference.level:
        return True
    size = abs(difference.mean)
    if size < floor_of(difference.metric) or size < SMALL * abs(larger):
        return True
    if size > FAR * abs(larger):
        return False
    fewer, more = difference.share_fewer or 0.0, difference.share_more or 0.0
    return max(fewer, more) < AGREE * (fewer + more) - ROUNDING


def level_shares(a: float, b: float) -> bool:
    """Return whether two shares of runs are level: less than 5 points apart.

    >>> level_shares(0.80, 0.849), level_shares(0.80, 0.85)
    (True, False)
    """
    return abs(a - b) < POINTS - ROUNDING
