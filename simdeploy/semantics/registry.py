"""The image registry: a slow one prolongs image pulls, an unavailable one makes them fail.

Facts: ecr-pull-retries, fargate-start-latency.
"""

#: Seconds until the pull of a missing image fails, retries included (ecr-pull-retries).
GIVES_UP = 60.0


def pull_factor(at: float, start: float, end: float, factor: float) -> float:
    """Factor on the duration of a pull that starts at ``at``.

    Definition of the event ``slow_registry`` between ``start`` and ``end``.

    >>> pull_factor(5.0, 0.0, 60.0, 20.0), pull_factor(60.0, 0.0, 60.0, 20.0)
    (20.0, 1.0)
    """
    return factor if start <= at < end and factor > 0.0 else 1.0


def pull_fails(at: float, start: float, end: float, is_down: bool) -> bool:
    """Whether a pull that starts at ``at`` fails, after retries.

    Definition of the event ``registry_down``, in whose window the registry ``is_down``
    (ecr-pull-retries).

    >>> pull_fails(5.0, 0.0, 60.0, True), pull_fails(5.0, 0.0, 60.0, False)
    (True, False)
    """
    return is_down and start <= at < end


def image_missing(at: float, restored: float) -> bool:
    """Whether a deleted image is still missing at a time.

    Assumption: it is restored ``retry_after`` seconds after the first command.

    >>> image_missing(5.0, 60.0), image_missing(60.0, 60.0)
    (True, False)
    """
    return at < restored
