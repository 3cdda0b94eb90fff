"""What one interval of constant state means, and how a run is judged at its end."""

SHIPPED = 0
STOPPED = 1
ESCAPED = 2
FALSE_ROLLBACK = 3
HELD = 4
UNREPAIRED = 5

#: A failing share that counts as harm beyond the baseline's.
HARM = 0.001
#: A slow share that counts as harm beyond the baseline's.
SLOW = 0.01
#: What did not happen.
NULL = float("nan")
#: Less than this is rounding, not a request.
TRACE = 1e-9


def share_of(part: float, whole: float) -> float:
    """A part of the traffic as a share, 0 without traffic.

    >>> share_of(5.0, 50.0), share_of(0.0, 0.0)
    (0.1, 0.0)
    """
    return part / whole if whole > 0.0 else 0.0


def hurts(failing: float, baseline: float) -> bool:
    """Whether arrivals fail that would not have failed without the deployment."""
    return failing - baseline > TRACE


def harms(
    failing: float, base_failing: float, slow: float, base_slow: float, bad_serving: bool
) -> bool:
    """Whether an interval still belongs to the trouble that a deployment caused."""
    return failing - base_failing > HARM or slow - base_slow > SLOW or bad_serving


def is_noticed(failing: float, slow: float, notices_share: float) -> bool:
    """Whether a person would notice: enough arrivals failing or slow."""
    return failing >= notices_share or slow >= notices_share


def headroom(capacity: float, offered: float) -> float:
    """Eligible capacity over offered rate; 1e9 where nothing is offered.

    >>> headroom(360.0, 200.0), headroom(0.0, 200.0), headroom(60.0, 0.0)
    (1.8, 0.0, 1000000000.0)
    """
    return capacity / offered if offered > 0.0 else 1e9


def carries(capacity: float, offered: float, before: float) -> bool:
    """The old revision carries the load again: as much as is offered, or as much as before."""
    return capacity >= min(offered, before)


def verdict(bad: bool, undone: bool, new_share: float, harmed: bool) -> int:
    """How a run is judged at the horizon.

    ``new_share`` is the share of arrivals that the new revision receives then, ``harmed``
    whether users still fail.

    >>> verdict(True, True, 0.0, False) == STOPPED, verdict(True, False, 1.0, False) == ESCAPED
    (True, True)
    >>> verdict(False, False, 1.0, False) == SHIPPED, verdict(False, False, 0.5, False) == HELD
    (True, True)
    """
    if bad:
        if new_share > 0.0:
            return ESCAPED
        return UNREPAIRED if harmed else STOPPED
    if undone:
        return FALSE_ROLLBACK
    return SHIPPED if new_share >= 1.0 - TRACE else HELD


def open_or(value: float, defined: bool) -> float:
    """A number that is null (NaN) where it is not defined; infinite means still open.

    >>> open_or(3.0, True), open_or(float("inf"), True)
    (3.0, inf)
    """
    return value if defined else NULL
