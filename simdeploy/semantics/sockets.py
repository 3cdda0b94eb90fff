"""WebSockets: every client wants one connection, and makes a new one when it loses the old.

Connections end at a constant rate and are made anew by traffic share; they never move while they
last. A draining target keeps its own until the deregistration delay is over, then they are cut.
Facts: alb-websockets-cut.
"""

from simdeploy.semantics.numeric import exp


def remaining(rate: float, seconds: float) -> float:
    """Share of connections that outlast some seconds at a rate of ends per second."""
    return exp(-rate * seconds)


def after(open_: float, kept: float, fair: float) -> float:
    """Connections of a target after a while in which a share of all was kept.

    ``fair`` is its part of all connections by traffic share, which it drifts to.

    >>> after(100.0, 0.5, 20.0), after(0.0, 0.5, 20.0)
    (60.0, 10.0)
    """
    return fair + (open_ - fair) * kept
