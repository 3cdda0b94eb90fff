"""Classification of intervals of constant state, and the verdict on a run.

Definitions of this simulator; AWS has no such terms.
"""

from simdeploy.semantics.numeric import exceeds, reaches
from simdeploy.semantics.state import NEVER

SHIPPED = 0
STOPPED = 1
ESCAPED = 2
FALSE_ROLLBACK = 3
HELD = 4
UNREPAIRED = 5

#: Failing share above the baseline's from which an interval counts as harm.
HARM = 0.001
#: Slow share above the baseline's from which an interval counts as harm.
SLOW = 0.01
#: Value of a metric that is not defined in a run.
NULL = float("nan")
#: Differences below this are rounding.
TRACE = 1e-9


def share_of(part: float, whole: float) -> float:
    """Share of a part in the traffic; 0 without traffic. Arithmetic.

    >>> share_of(5.0, 50.0), share_of(0.0, 0.0)
    (0.1, 0.0)
    """
    return part / whole if whole > 0.0 else 0.0


def counted(count: float, room: float) -> float:
    """Count of requests of a kind, at most those that are left. Arithmetic.

    >>> counted(3.0, 10.0), counted(3.0, 2.5), counted(3.0, -1e-12)
    (3.0, 2.5, 0.0)
    """
    return max(0.0, min(count, room))


def exceeds_baseline(failing: float, baseline: float) -> bool:
    """Whether arrivals fail in excess of the baseline without a deployment. Definition."""
    return failing - baseline > TRACE


def is_onset(
    failing: float, base_failing: float, slow: float, base_slow: float, wrong: bool
) -> bool:
    """Whether harm has begun: arrivals fail in excess of the baseline, are slow or answered wrong.

    Definition: slow in excess by more than 1 % of the arrivals, as where slow seconds are counted.
    Exposure to a bad release that does none of it is latent.

    >>> is_onset(0.01, 0.01, 0.0, 0.0, False), is_onset(0.011, 0.01, 0.0, 0.0, False)
    (False, True)
    """
    late = exceeds(slow - base_slow, SLOW)
    return exceeds_baseline(failing, base_failing) or late or wrong


def without_dust(value: float, scale: float) -> float:
    """A value, or exactly 0 where it is below 1e-9 of its scale: rounding. Definition.

    >>> without_dust(6e-10, 720000.0), without_dust(0.5, 720000.0), without_dust(-3e-12, 7200.0)
    (0.0, 0.5, 0.0)
    """
    return 0.0 if abs(value) < TRACE * scale else value


def is_harm(
    failing: float, base_failing: float, slow: float, base_slow: float, bad_serving: bool
) -> bool:
    """Whether an interval belongs to the harm of a deployment.

    Definition: failing or slow shares exceed the baseline's noticeably, or a bad release serves.
    Users are hurt where, instead of the latter, a release that gives wrong answers serves.
    """
    harmed = exceeds(failing - base_failing, HARM) or exceeds(slow - base_slow, SLOW)
    return harmed or bad_serving


def over_at(rest: float, last: float, hurting: bool) -> float:
    """Time when a deployment is over: at rest, and no user is hurt any more. Definition.

    ``rest`` is when it was at rest, ``last`` when users were last hurt; infinity means not yet.

    >>> over_at(300.0, 120.0, False), over_at(300.0, 480.0, False), over_at(300.0, 480.0, True)
    (300.0, 480.0, inf)
    """
    return NEVER if hurting else max(rest, last)


def is_noticed(failing: float, slow: float, notices_share: float) -> bool:
    """Whether a person notices: enough arrivals fail or are slow, beyond those before the command.

    Assumption: key ``notices_share`` of the operator.

    >>> is_noticed(0.1 * 0.5, 0.0, 0.05), is_noticed(0.049, 0.01, 0.05)
    (True, False)
    """
    return reaches(failing, notices_share) or reaches(slow, notices_share)


def headroom(capacity: float, offered: float) -> float:
    """Ratio of eligible capacity to offered rate; 1e9 if nothing is offered. Definition.

    >>> headroom(360.0, 200.0), headroom(0.0, 200.0), headroom(60.0, 0.0)
    (1.8, 0.0, 1000000000.0)
    """
    return capacity / offered if offered > 0.0 else 1e9


def carries_load(capacity: float, offered: float, capacity_before: float) -> bool:
    """Whether the old revision carries the load: all that is offered, or as much as before.

    Definition of a completed rollback.
    """
    return capacity >= min(offered, capacity_before)


def verdict(bad: bool, undone: bool, new_share: float, harmed: bool) -> int:
    """Verdict on a run at the horizon. Definition.

    ``bad`` marks a bad release, ``new_share`` is the share of arrivals that the new revision
    receives at the horizon, and ``harmed`` is set if users still fail then.

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


def or_undefined(value: float, defined: bool) -> float:
    """Value of a metric, or NaN if it is not defined; infinity means not over at the horizon.

    Definition.

    >>> or_undefined(3.0, True), or_undefined(float("inf"), True)
    (3.0, inf)
    """
    return value if defined else NULL
