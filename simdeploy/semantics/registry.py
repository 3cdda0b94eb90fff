"""The image registry: a slow one prolongs image pulls, an unavailable one makes them fail.

Facts: ecr-pull-retries, fargate-start-latency.
"""

from simdeploy.semantics.state import NEVER

#: Seconds until the pull of a missing image fails, retries included (ecr-pull-retries).
GIVES_UP = 60.0


def pull_factor(at: float, start: float, end: float, factor: float) -> float:
    """Factor by which a pull takes longer at ``at``.

    Definition of the event ``slow_registry`` between ``start`` and ``end``.

    >>> pull_factor(5.0, 0.0, 60.0, 20.0), pull_factor(60.0, 0.0, 60.0, 20.0)
    (20.0, 1.0)
    """
    return factor if start <= at < end and factor > 0.0 else 1.0


def next_change(at: float, start: float, end: float) -> float:
    """When a window begins or ends next after ``at``; ``NEVER`` if it has ended. Arithmetic.

    >>> next_change(5.0, 10.0, 60.0), next_change(10.0, 10.0, 60.0), next_change(60.0, 10.0, 60.0)
    (10.0, 60.0, inf)
    """
    if at < start:
        return start
    return end if at < end else NEVER


def left_to_pull(seconds: float, factor: float, elapsed: float) -> float:
    """Seconds of pull at usual speed that are left after some at a ``factor`` of it. Arithmetic.

    >>> left_to_pull(8.0, 20.0, 40.0)
    6.0
    """
    return max(0.0, seconds - elapsed / factor)


def pull_begins(at: float, start: float, end: float, gives_up_at: float) -> float:
    """When an attempt to pull at ``at`` gets through; ``NEVER`` if it does not.

    Between ``start`` and ``end`` there is no registry, or no image. An attempt retries until it
    gives up, about five times (ecr-pull-retries), so that it succeeds if the outage ends before.
    Assumption, as the times of retries are not published: it gets through as the outage ends.

    >>> pull_begins(5.0, 0.0, 60.0, 260.0), pull_begins(70.0, 0.0, 60.0, 260.0)
    (60.0, 70.0)
    >>> pull_begins(5.0, 0.0, 900.0, 260.0)
    inf
    """
    if not start <= at < end:
        return at
    return end if end < gives_up_at else NEVER
