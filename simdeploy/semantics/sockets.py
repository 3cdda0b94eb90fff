"""WebSockets: every client holds one connection, and reconnects when it loses it.

Connections end at a constant rate and reconnect by traffic share; open ones never move. A draining
target keeps its connections until the deregistration delay is over, then they are cut.
Facts: alb-websockets-cut. Assumption: durations of connections are exponential.
"""

from simdeploy.semantics.numeric import exp


def surviving_share(rate: float, seconds: float) -> float:
    """Share of connections that survive some seconds, at a rate of ends per second.

    Arithmetic: survival of an exponential distribution.
    """
    return exp(-rate * seconds)


def connections_after(open_: float, surviving: float, fair: float) -> float:
    """Number of connections of a target after an interval that a share of all survives.

    ``fair`` is its number by traffic share, to which the ended ones reconnect. Arithmetic.

    >>> connections_after(100.0, 0.5, 20.0), connections_after(0.0, 0.5, 20.0)
    (60.0, 10.0)
    """
    return fair + (open_ - fair) * surviving
