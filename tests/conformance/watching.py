"""Checks of the facts on CloudWatch."""

import math

import numpy as np

from simdeploy.scenario.detection import Alarm
from simdeploy.semantics.alarms import (
    BREACHING,
    ELB_5XX,
    IGNORE,
    MISSING,
    NOT_BREACHING,
    TARGET_5XX,
    counted_rate,
    is_in_alarm,
)
from tests.conformance.registry import checks
from tests.probes import PROMPT, events, faulty, many, play, quantiles, times

PROMPTLY = {"controller_delay": 0}
DEFAULTS = {"alarms": ["a"]}


def alarm(**above):
    """Return the blocks of one alarm that every strategy listens to."""
    told = {"name": "a", "metric": "any_5xx_rate", "threshold": 0.01, **above}
    return {"alarms": [told], "defaults": DEFAULTS}


def prompt(**above):
    """Return the same without chance or delay after the end of a period."""
    return alarm(**{**PROMPT, "publish_delay": 0, **above, "name": "a"})


def errors(rate=0.5, **above):
    """Return a release that fails a share of its requests."""
    return faulty("errors", rate=rate, seen_by_health_check=False, **above)


@checks("cloudwatch-alb-granularity")
def granularity():
    """Check that an alarm judges whole periods: it is red only at the end of one."""
    run = play({"type": "blue_green", **PROMPTLY}, **prompt(), **errors())
    raised = times(run, "alarm_raised")[0]
    assert 65.0 < raised <= 65.0 + 60.0
    assert Alarm(name="a", metric="cpu", threshold=1).period == 60.0
    fast = play({"type": "blue_green", **PROMPTLY}, **prompt(period=10), **errors())
    assert times(fast, "alarm_raised")[0] <= 65.0 + 10.0
    return (
        "errors from 65 s on, red at the end of the minute; shorter periods get data points of "
        "their own, which load balancer metrics do not have"
    )


@checks("cloudwatch-two-5xx-metrics")
def two_metrics():
    """Check that an alarm on the balancer's 5xx is blind to the application's."""
    assert [counted_rate(metric, 2.0, 3.0, 0, 0) for metric in (TARGET_5XX, ELB_5XX)] == [2.0, 3.0]
    raised = {
        metric: bool(
            events(
                play({"type": "blue_green", **PROMPTLY}, **prompt(metric=metric), **errors()),
                "alarm_raised",
            )
        )
        for metric in ("target_5xx_rate", "elb_5xx_rate", "any_5xx_rate")
    }
    assert raised == {"target_5xx_rate": True, "elb_5xx_rate": False, "any_5xx_rate": True}
    return "the application fails half of the requests: red on target and any, green on elb"


@checks("cloudwatch-error-free-minute-missing")
def error_free_minute():
    """Check that an alarm cleared by nothing stays red only where missing data is ignored."""
    # Nothing known, nothing breaching: the default turns such an alarm neither red nor keeps it.
    states = {
        word: is_in_alarm(0, 0, 1, 1, kind, True)
        for word, kind in (
            ("missing", MISSING),
            ("not_breaching", NOT_BREACHING),
            ("breaching", BREACHING),
            ("ignore", IGNORE),
        )
    }
    assert states == {"missing": False, "not_breaching": False, "breaching": True, "ignore": True}
    return (
        "a red alarm without data points: missing and not_breaching end red, breaching and ignore "
        "keep it; shares count an error-free minute with traffic as 0, not as missing"
    )


@checks("cloudwatch-missing-data")
def missing_data():
    """Check the rows of AWS's table for 3 of 3: one breaching point among missing ones, and none.

    The bits are the newest five data points, the newest lowest.
    """
    treatments = (MISSING, IGNORE, BREACHING, NOT_BREACHING)
    one = [is_in_alarm(0b00100, 0b00100, 3, 3, kind, False) for kind in treatments]
    assert one == [True, False, True, False]
    three = [is_in_alarm(0b10101, 0b10101, 3, 3, kind, False) for kind in treatments]
    assert three == [True] * 4
    good = [is_in_alarm(0b00000, 0b00100, 3, 3, kind, False) for kind in treatments]
    assert good == [False] * 4
    assert Alarm(name="a", metric="cpu", threshold=1).missing == "missing"
    return (
        "3 of 3, one breaching point, the rest missing: red under missing and breaching, not under "
        "ignore and not_breaching"
    )


@checks("cloudwatch-premature-alarm")
def premature_alarm():
    """Check the age of the oldest breach that missing data need."""
    states = [is_in_alarm(bits, bits, 2, 2, MISSING, False) for bits in (0b01, 0b10, 0b11)]
    assert states == [False, True, True]
    raised = [
        times(
            play(
                {"type": "blue_green", **PROMPTLY},
                **prompt(scope="new", datapoints=m, of=n),
                **errors(),
            ),
            "alarm_raised",
        )[0]
        for m, n in ((1, 1), (2, 2), (3, 3), (3, 5))
    ]
    assert np.allclose(np.subtract(raised, raised[0]), [0.0, 60.0, 120.0, 120.0])
    return "on the new revision, without a past: 2 of 2 is red 60 s after 1 of 1, 3 of 5 120 s"


@checks("cloudwatch-sliding-window")
def sliding_window():
    """Check that five minutes are judged every minute, or at their ends if asked for."""
    blue_green = {"type": "blue_green", **PROMPTLY}
    means = {
        window: float(
            many(blue_green, **prompt(period=300, window=window), **errors())["detect_s"].mean()
        )
        for window in ("sliding", "wall_clock")
    }
    assert 30.0 <= means["sliding"] <= 42.0
    assert 130.0 <= means["wall_clock"] <= 170.0
    return (
        f"a period of 5 min, half of the requests fail: red after {means['sliding']:.0f} s on "
        f"average, with windows on the clock after {means['wall_clock']:.0f} s"
    )


@checks("cloudwatch-m-of-n")
def m_of_n():
    """Check that 2 of 3 needs two, and what each further period costs."""
    assert is_in_alarm(0b101, 0b111, 2, 3, MISSING, False)
    assert not is_in_alarm(0b100, 0b111, 2, 3, MISSING, False)
    raised = [
        times(
            play({"type": "blue_green", **PROMPTLY}, **prompt(datapoints=m), **errors()),
            "alarm_raised",
        )[0]
        for m in (1, 2, 3)
    ]
    assert np.allclose(np.diff(raised), 60.0)
    return "1 of 1, 2 of 2, 3 of 3: each further period makes it red 60 s later"


@checks("cloudwatch-evaluation")
def evaluation():
    """Check that the evaluation adds up to a minute."""
    found = Alarm(name="a", metric="cpu", threshold=1).evaluation
    assert [found.quantile(u) for u in (0.0, 1.0)] == [0.0, 60.0]
    raised = [
        times(
            play({"type": "blue_green", **PROMPTLY}, **prompt(evaluation=seconds), **errors()),
            "alarm_raised",
        )[0]
        for seconds in (0, 60)
    ]
    assert math.isclose(raised[1] - raised[0], 60.0)
    return (
        "0 to 60 s after the data point, whatever the period; for periods below a minute set "
        "evaluation to 0 to 10 s yourself"
    )


@checks("cloudwatch-publish-delay")
def publish_delay():
    """Check the assumed delay, and that it delays the alarm by just as much."""
    found = Alarm(name="a", metric="cpu", threshold=1).publish_delay
    assert [found.quantile(u) for u in (0.0, 1.0)] == [30.0, 120.0]
    raised = [
        times(
            play({"type": "blue_green", **PROMPTLY}, **prompt(publish_delay=seconds), **errors()),
            "alarm_raised",
        )[0]
        for seconds in (30, 120)
    ]
    assert math.isclose(raised[1] - raised[0], 90.0)
    return "30 to 120 s; a delay of 120 s makes an alarm red 90 s later than one of 30 s"


@checks("cloudwatch-alarm-latency")
def alarm_latency():
    """Check the time from the first error to the decision against the sum of its parts.

    Rest of the period U(0, 60) + publish U(30, 120) + evaluation U(0, 60) + poll U(0, 15): on
    average 30 + 75 + 30 + 7.5 = 142.5 s, at most 255 s. Each further period adds 60 s.
    """
    blue_green = {"type": "blue_green", **PROMPTLY}
    rows = [
        many(blue_green, runs=1000, **alarm(datapoints=m), **errors())["detect_s"] for m in (1, 3)
    ]
    means = [float(one.mean()) for one in rows]
    assert abs(means[0] - 142.5) < 5.0
    assert abs(means[1] - 262.5) < 5.0
    assert rows[0].max() <= 255.0
    p50, p95 = quantiles(rows[0] / 60, 0.5, 0.95)
    return (
        f"1 of 1 over 60 s: {p50:.1f} min in half of the runs, {p95:.1f} min in 95 %; "
        f"3 of 3: {means[1] / 60:.1f} min on average"
    )


@checks("cloudwatch-canary-dilution")
def canary_dilution():
    """Check that 5 % errors on 10 % of the traffic are below 1 % of all requests."""
    canary = {"type": "canary", "percent": 10, "wait": 900, **PROMPTLY}
    raised = {}
    for scope in ("service", "new"):
        run = play(canary, **prompt(scope=scope), **errors(0.05))
        raised[scope] = times(run, "alarm_raised")[0] < 65.0 + 900.0
    assert raised == {"service": False, "new": True}
    return "in the canary an alarm on the service stays green (0.5 % < 1 %), one on new targets not"


@checks("cloudwatch-low-traffic")
def low_traffic():
    """Check the chance to miss 5 % errors on 10 % of few requests in five minutes.

    0.2 requests per second × 10 % × 300 s × 50 % errors: 3 bad ones expected in the canary, and
    no bad one with a chance of exp(−3) = 5 %.
    """
    canary = {"type": "canary", "percent": 10, "wait": 300, **PROMPTLY}
    traffic = {"rate": 0.2, "sampled": True}
    told = {**prompt(threshold=0.0), **errors(0.5), "traffic": traffic}
    rows = many(canary, runs=2000, **told)
    missed = float((~(rows["decision_s"] <= 65.0 + 300.0)).mean())
    # The last, unfinished period is judged after the canary: between 240 and 300 s count.
    assert math.exp(-3.0) * 0.8 < missed < math.exp(-2.4) * 1.2
    return f"3 bad requests expected in a canary: no alarm in {100 * missed:.0f} % of the runs"
