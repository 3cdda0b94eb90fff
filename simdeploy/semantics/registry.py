"""The image registry: a slow one stretches pulls, a dead one fails them.

Facts: ecr-pull-retries, fargate-start-latency.
"""

#: A pull of an image that is not there is given up after so long, retries included, s.
GIVES_UP = 60.0


def pull_factor(at: float, start: float, end: float, factor: float) -> float:
    """By how much a pull that begins at ``at`` is stretched.

    >>> pull_factor(5.0, 0.0, 60.0, 20.0), pull_factor(60.0, 0.0, 60.0, 20.0)
    (20.0, 1.0)
    """
    return factor if start <= at < end and factor > 0.0 else 1.0


def pull_fails(at: float, start: float, end: float, fails_after: float) -> bool:
    """Whether a pull that begins at ``at`` fails, after ``fails_after`` seconds of retries.

    >>> pull_fails(5.0, 0.0, 60.0, 60.0), pull_fails(5.0, 0.0, 60.0, -1.0)
    (True, False)
    """
    return start <= at < end and fails_after >= 0.0


def image_missing(at: float, back: float) -> bool:
    """Whether an old image that was deleted is not there yet again.

    >>> image_missing(5.0, 60.0), image_missing(60.0, 60.0)
    (True, False)
    """
    return at < back
