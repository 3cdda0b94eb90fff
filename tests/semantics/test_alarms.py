"""CloudWatch alarms: what a datapoint is, when it breaches, M of N, missing data, watching."""

import random
from statistics import quantiles

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simdeploy.semantics import alarms
from simdeploy.semantics.alarms import (
    ANY_4XX,
    ANY_4XX_5XX,
    ANY_5XX,
    BREACHING,
    CODE_DEPLOY,
    CPU,
    ECS_NATIVE,
    ECS_ROLLING,
    ELB_4XX,
    ELB_5XX,
    IGNORE,
    MISSING,
    NO_CONTROLLER,
    NOT_BREACHING,
    OF_NEW,
    OF_OLD,
    OF_SERVICE,
    P99,
    TARGET_5XX,
    append_datapoint,
    auto_bake,
    burn_threshold,
    counted_rate,
    counts_cut_requests,
    datapoint,
    evaluation_range,
    is_breaching,
    is_ecs,
    is_in_alarm,
    is_watching,
    slices_of,
    state_change_delay,
)
from simdeploy.semantics.state import NEW, OLD

RATE = st.floats(0, 1e4)
TREATMENTS = (MISSING, IGNORE, BREACHING, NOT_BREACHING)
UNCHANGED = "as before"

#: AWS's two tables: M of 3, five datapoints (oldest first: 0 fine, X breaching, - missing), and
#: the state under missing, ignore, breaching and notBreaching.
MISSING_DATA = [
    (3, "0-X-X", (False, False, False, False)),
    (3, "----0", (False, False, False, False)),
    (3, "-----", (False, UNCHANGED, True, False)),
    (3, "0XX-X", (True, True, True, True)),
    (3, "--X--", (True, UNCHANGED, True, False)),
    (2, "0-X-X", (True, True, True, True)),
    (2, "00X0X", (True, True, True, True)),
    (2, "0-X--", (False, False, True, False)),
    (2, "----0", (False, False, True, False)),
    (2, "---X-", (True, UNCHANGED, True, False)),
]


def bits(datapoints):
    """Return breaching and existing datapoints of a string as bits; its last letter is newest."""
    window = present = 0
    for letter in datapoints:
        window = append_datapoint(window, letter == "X")
        present = append_datapoint(present, letter != "-")
    return window, present


@pytest.mark.parametrize("red", [False, True])
@pytest.mark.parametrize(
    ("of_three", "datapoints", "states"),
    [pytest.param(*row, id=f"cloudwatch-missing-data-{row[0]}-of-3-{row[1]}")
     for row in MISSING_DATA],
)  # fmt: skip
def test_missing_data(of_three, datapoints, states, red):
    """The documented tables: what missing datapoints come to under each of four treatments."""
    window, present = bits(datapoints)
    computed = [
        is_in_alarm(window, present, of_three, 3, treatment, red) for treatment in TREATMENTS
    ]
    assert computed == [red if state is UNCHANGED else state for state in states]


@pytest.mark.parametrize(
    ("datapoints", "of", "values", "red"),
    [(1, 1, "--X", True), (2, 2, "---X", False), (2, 2, "--X-", True), (2, 2, "--XX", True),
     (3, 3, "---XX", False), (3, 3, "--X-X", True), (3, 5, "-----XX", False),
     (3, 5, "----X--", True), (3, 5, "----0-X", False)],
)  # fmt: skip
def test_no_premature_alarm(datapoints, of, values, red):
    """With data missing, the oldest breach must be as old as the datapoints to alarm.

    (cloudwatch-premature-alarm)
    """
    assert is_in_alarm(*bits(values), datapoints, of, MISSING, False) is red


@pytest.mark.parametrize(
    ("period", "slides", "slices"),
    [(10.0, True, 1), (60.0, True, 1), (61.0, True, 2), (120.0, True, 2), (300.0, True, 5),
     (1800.0, True, 30), (3600.0, True, 30), (300.0, False, 1)],
)  # fmt: skip
def test_windows_slide_by_a_minute(period, slides, slices):
    """A period of five minutes is judged every minute (cloudwatch-sliding-window)."""
    assert slices_of(period, slides, 30) == slices


@pytest.mark.parametrize(
    ("datapoints", "of", "values", "red"),
    [(1, 1, "X", True), (1, 1, "X0", False), (2, 2, "X0X", False), (2, 2, "0XX", True),
     (2, 3, "X0X", True), (2, 3, "X00", False), (2, 3, "XX00", False), (3, 5, "X0X0X", True),
     (3, 5, "XX000X", False), (5, 5, "0XXXXX", True)],
)  # fmt: skip
def test_m_of_n(datapoints, of, values, red):
    """An alarm is red while M of the newest N datapoints breach (cloudwatch-m-of-n)."""
    window, present = bits(values.rjust(of + 2, "0"))
    for treatment in TREATMENTS:
        assert is_in_alarm(window, present, datapoints, of, treatment, not red) is red


@given(st.integers(1, 10), st.integers(0, 9), st.integers(0, 2**12 - 1), st.booleans())
def test_without_gaps_the_newest_count(of, fewer, window, red):
    """With all datapoints there, no treatment and no former state matter."""
    datapoints = max(1, of - fewer)
    expected = (window & ((1 << of) - 1)).bit_count() >= datapoints
    for treatment in TREATMENTS:
        assert is_in_alarm(window, 2**12 - 1, datapoints, of, treatment, red) is expected


WINDOWS = st.text("0X-", min_size=12, max_size=12)


@given(WINDOWS, st.integers(1, 10), st.integers(0, 9), st.booleans())
def test_treatments_are_ordered(values, of, fewer, red):
    """If one treatment of missing data raises an alarm, so does every stricter treatment."""
    window, present = bits(values)
    least, *others, most = (
        is_in_alarm(window, present, max(1, of - fewer), of, treatment, red)
        for treatment in (NOT_BREACHING, MISSING, BREACHING)
    )
    assert [least, *others, most] == sorted([least, *others, most])


@given(WINDOWS, st.integers(0, 11), st.integers(2, 10), st.booleans())
def test_one_more_breach_never_calms(values, place, of, red):
    """A fine datapoint that breaches instead never turns a red alarm green."""
    worse = values[:place] + values[place].replace("0", "X") + values[place + 1 :]
    for treatment in TREATMENTS:
        here = is_in_alarm(*bits(values), 2, of, treatment, red)
        assert here <= is_in_alarm(*bits(worse), 2, of, treatment, red)


@given(WINDOWS, st.integers(1, 9), st.sampled_from(TREATMENTS))
def test_more_datapoints_to_alarm_never_raise_it(values, datapoints, treatment):
    """M + 1 of N is no easier to reach than M of N."""
    here = is_in_alarm(*bits(values), datapoints, 10, treatment, False)
    assert is_in_alarm(*bits(values), datapoints + 1, 10, treatment, False) <= here


@pytest.mark.parametrize(("of", "periods"), [(1, 3), (3, 5), (50, 52)])
def test_evaluation_range(of, periods):
    """CloudWatch looks back over five periods for three (cloudwatch-missing-data)."""
    assert evaluation_range(of) == periods


def test_only_so_many_datapoints_are_remembered():
    """As many as the longest evaluation range ever looks at, and no bit above them."""
    window = 0
    for _ in range(100):
        window = append_datapoint(window, True)
    assert window == 2**56 - 1
    assert append_datapoint(window, False) == 2**56 - 2


@pytest.mark.parametrize(
    ("metric", "bad", "good", "threshold", "breaching"),
    [
        (TARGET_5XX, 1, 99, 0.01, False),
        (ELB_5XX, 1.01, 98.99, 0.01, True),
        (ANY_5XX, 0.5, 99.5, 0.01, False),
        (ANY_5XX, 0, 0, 0.0, False),
        (ANY_5XX, 1e-9, 100, 0.0, True),
        (P99, 1, 99, 0.5, False),
        (P99, 1.01, 98.99, 0.5, True),
        (CPU, 4500, 60, 75, False),
        (CPU, 4501, 60, 75, True),
    ],
    ids=["at", "above", "cloudwatch-canary-dilution", "no-traffic", "any-error", "p99-at",
         "p99-above", "cpu-at", "cpu-above"],
)  # fmt: skip
def test_breaching_is_above_the_threshold(metric, bad, good, threshold, breaching):
    """At the threshold nothing breaches; a share counts requests, CPU is a mean over time."""
    assert is_breaching(metric, bad, good, threshold) is breaching


@pytest.mark.parametrize(
    ("metric", "bad", "good", "value"),
    [(ANY_5XX, 5, 95, 0.05), (ANY_5XX, 0, 0, 0), (P99, 2, 98, 0.02), (CPU, 3000, 60, 50),
     (CPU, 20, 0.5, 40), (CPU, 0, 0, 0)],
)  # fmt: skip
def test_datapoint(metric, bad, good, value):
    """What a period's datapoint shows; 0 where there was nothing to measure."""
    assert datapoint(metric, bad, good) == value


@given(st.sampled_from([TARGET_5XX, ELB_5XX, ANY_5XX]), RATE, RATE, st.floats(0, 1))
def test_a_datapoint_is_what_is_compared(metric, bad, good, threshold):
    """Far from the threshold, a datapoint above it is the same as a breach."""
    assume(bad + good == 0 or bad + good > 1e-300)  # else the sums lose their digits
    value = datapoint(metric, bad, good)
    assert 0 <= value <= 1
    if abs(value - threshold) > 1e-9:
        assert is_breaching(metric, bad, good, threshold) is (value > threshold)


@pytest.mark.parametrize(
    ("metric", "counted"),
    [
        (TARGET_5XX, 2.0),
        (ELB_5XX, 3.0),
        (ANY_5XX, 5.0),
        (ELB_4XX, 7.0),
        (ANY_4XX, 12.0),
        (ANY_4XX_5XX, 17.0),
    ],
    ids=["target-5xx", "elb-5xx", "any-5xx", "elb-4xx", "any-4xx", "all"],
)
def test_metrics_of_errors(metric, counted):
    """The balancer's own errors and the targets' are two metrics (cloudwatch-two-5xx-metrics)."""
    assert counted_rate(metric, 2.0, 3.0, 5.0, 7.0) == counted


def test_scopes_have_the_numbers_of_revisions():
    """An alarm's scope is compared with a target's revision; the service is another number."""
    assert (OF_OLD, OF_NEW) == (OLD, NEW)
    assert OF_SERVICE not in (OLD, NEW)


@pytest.mark.parametrize("metric", range(8))
@pytest.mark.parametrize("scope", [OF_OLD, OF_NEW, OF_SERVICE])
@pytest.mark.parametrize("revision", [OF_OLD, OF_NEW])
def test_which_alarms_count_a_cut_request(metric, scope, revision):
    """A 502 at a drain's end is the balancer's, of one revision's target (alb-502-drain-end)."""
    in_scope = scope in (OF_SERVICE, revision)
    assert counts_cut_requests(metric, scope, revision) is (
        metric in (ELB_5XX, ANY_5XX, ANY_4XX_5XX) and in_scope
    )


@pytest.mark.parametrize(
    ("factor", "slo", "share"),
    [(14.4, 0.999, 0.0144), (6, 0.999, 0.006), (1, 0.999, 0.001), (2, 0.99, 0.02)],
)
def test_burn_rate(factor, slo, share):
    """A burn rate is the error share over the error budget; pairs of the SRE workbook."""
    assert burn_threshold(factor, slo) == pytest.approx(share)


@pytest.mark.parametrize(
    ("controller", "situation", "watching"),
    [
        (NO_CONTROLLER, (True, True, False, False), False),
        (ECS_ROLLING, (False, False, False, False), False),
        (ECS_ROLLING, (True, False, False, False), True),
        (ECS_ROLLING, (True, True, True, False), True),
        (ECS_NATIVE, (True, False, False, False), False),
        (ECS_NATIVE, (True, True, False, False), True),
        (ECS_NATIVE, (True, True, True, False), False),
        (CODE_DEPLOY, (False, False, False, False), True),
        (CODE_DEPLOY, (True, True, True, False), True),
        (NO_CONTROLLER, (False, False, False, True), True),
        (ECS_NATIVE, (True, True, True, True), True),
    ],
    ids=["nobody", "ecs-alarm-window-early", "ecs-alarm-window", "ecs-alarm-window-bake",
         "ecs-native-alarm-window-early", "ecs-native-alarm-window", "ecs-native-alarm-window-over",
         "codedeploy-alarm-window-early", "codedeploy-alarm-window-wait", "flag-alone",
         "flag-after-clean-up"],
)  # fmt: skip
def test_when_a_controller_watches(controller, situation, watching):
    """Each controller has a window: first new task, first shift, or the whole deployment.

    A situation is: a new task has run, traffic has shifted, old tasks stop, a flag moves.
    """
    assert is_watching(controller, *situation) is watching


@pytest.mark.parametrize(
    ("controller", "ecs"),
    [(NO_CONTROLLER, False), (ECS_ROLLING, True), (ECS_NATIVE, True), (CODE_DEPLOY, False)],
)
def test_which_controller_ignores_a_red_alarm(controller, ecs):
    """ECS ignores alarms that are red at the start (ecs-alarm-already-red)."""
    assert is_ecs(controller) is ecs


@pytest.mark.parametrize(
    ("period", "of", "seconds"),
    [(10, 1, 130), (60, 1, 180), (60, 3, 300), (60, 5, 300), (300, 3, 300)],
    ids=lambda value: f"ecs-bake-formula-{value}",
)
def test_automatic_bake_time(period, of, seconds):
    """Period × evaluation periods + 120 s, at most 300 s."""
    assert auto_bake(float(period), of) == seconds


@given(st.floats(1, 3600), st.integers(1, 50))
def test_the_automatic_bake_time_is_bounded(period, of):
    """It is never longer than five minutes, and no shorter for more periods (ecs-bake)."""
    assert auto_bake(period, of) <= auto_bake(period, of + 1) <= 300


#: M of M, whether the minute of the onset breaches, and minutes to the decision: p50, p95, most.
LATENCIES = [
    (1, True, (2.4, 3.4, 4.2)), (1, False, (3.4, 4.4, 5.2)),
    (2, True, (3.4, 4.4, 5.2)), (2, False, (4.4, 5.4, 6.2)),
    (3, True, (4.4, 5.4, 6.2)), (3, False, (5.4, 6.4, 7.2)),
    (5, True, (6.4, 7.4, 8.2)), (5, False, (7.4, 8.4, 9.2)),
]  # fmt: skip


def reaction(generator, of, partial):
    """Return minutes from the onset of errors to the decision, by an M-of-M alarm over 60 s."""
    start = generator.uniform(-60, 0)
    window, at = 0, start
    while not is_in_alarm(window, 2**12 - 1, of, of, MISSING, False):
        window = append_datapoint(window, partial or at > 0)
        at += 60
    late = state_change_delay(generator.uniform(30, 120), generator.uniform(0, 60))
    return (at + late + generator.uniform(0, 15)) / 60


@pytest.mark.parametrize(
    ("of", "partial", "minutes"),
    [pytest.param(*row, id=f"cloudwatch-alarm-latency-{row[0]}-{'part' if row[1] else 'full'}")
     for row in LATENCIES],
)  # fmt: skip
def test_alarm_latency(of, partial, minutes):
    """Rest of the period, more periods, publishing, evaluation and polling add up to minutes."""
    generator = random.Random(of)
    reactions = [reaction(generator, of, partial) for _ in range(10_000)]
    cuts = quantiles(reactions, n=20)
    assert (cuts[9], cuts[18]) == pytest.approx(minutes[:2], abs=0.06)
    assert minutes[2] - 0.5 < max(reactions) <= minutes[2] + 0.06


def test_unhealthy_targets_are_a_mean_over_time():
    """One target unhealthy for 30 of 60 s is 0.5 of a target (alb-host-counts)."""
    metric = alarms.UNHEALTHY_TARGETS
    assert alarms.is_mean(metric)
    assert alarms.is_mean(alarms.CPU)
    assert not alarms.is_mean(alarms.P99)
    assert alarms.datapoint(metric, 30.0, 60.0) == 0.5
    assert alarms.is_breaching(metric, 30.0, 60.0, 0.0)
    assert not alarms.is_breaching(metric, 30.0, 60.0, 0.5)


@pytest.mark.parametrize("metric", [alarms.P99, alarms.CPU, alarms.UNHEALTHY_TARGETS])
def test_metrics_that_count_no_answers(metric):
    """They see no error codes."""
    assert not alarms.counts_answers(metric)
    assert alarms.counts_answers(alarms.ELB_4XX)
