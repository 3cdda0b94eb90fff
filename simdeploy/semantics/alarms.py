"""CloudWatch alarms: datapoints, M of the last N, and when each controller watches them.

Source: CloudWatch user guide. Facts: cloudwatch-m-of-n, cloudwatch-alarm-latency, ecs-alarm-window,
codedeploy-alarm-window, ecs-native-alarm-window, ecs-bake.
"""

from simdeploy.semantics.numeric import exceeds

NO_CONTROLLER = 0
ECS_ROLLING = 1
ECS_NATIVE = 2
CODE_DEPLOY = 3

#: The metric of an alarm, and the revision whose requests it counts.
TARGET_5XX = 0
ELB_5XX = 1
ANY_5XX = 2
P99 = 3
CPU = 4
ANY_4XX = 5
ELB_4XX = 6
ANY_4XX_5XX = 7
UNHEALTHY_TARGETS = 8
OF_OLD = 0
OF_NEW = 1
OF_SERVICE = 2

#: How missing datapoints are treated.
MISSING = 0
NOT_BREACHING = 1
BREACHING = 2
IGNORE = 3


def is_mean(metric: int) -> bool:
    """Whether a metric is a mean over time, of CPU or of unhealthy targets, not of requests.

    (alb-host-counts)
    """
    return metric == CPU or metric == UNHEALTHY_TARGETS


def is_breaching(metric: int, bad: float, good: float, threshold: float) -> bool:
    """Whether a period's datapoint is above the threshold (cloudwatch-m-of-n).

    Error rates are a share of ``bad`` among ``bad + good`` requests. The 99th percentile of latency
    is above a limit if more than 1 % of the requests were slower; those are the bad ones. CPU is
    a mean over time: ``bad`` in percent-seconds, ``good`` in seconds; so is the number of unhealthy
    targets (alb-host-counts). A threshold that is met exactly, up to rounding, is not exceeded.

    >>> is_breaching(ANY_5XX, 2.0, 98.0, 0.01), is_breaching(ANY_5XX, 1.0, 99.0, 0.01)
    (True, False)
    >>> is_breaching(P99, 2.0, 98.0, 0.5), is_breaching(CPU, 4800.0, 60.0, 75.0)
    (True, True)
    """
    if is_mean(metric):
        return exceeds(bad, threshold * good)
    if metric == P99:
        return exceeds(bad, 0.01 * (bad + good))
    return exceeds(bad, threshold * (bad + good))


def good_part(metric: int, bad: float, total: float) -> float:
    """What a metric counts as good, of all that it counts: of a mean over time that is the time.

    (alb-host-counts)

    >>> good_part(ANY_5XX, 4.0, 200.0), good_part(CPU, 56.0, 1.0)
    (196.0, 1.0)
    """
    return total if is_mean(metric) else total - bad


def is_red_before(
    metric: int, bad_rate: float, all_rate: float, threshold: float, missing: int
) -> bool:
    """Whether an alarm is in ALARM at a command, by what it has counted per second before.

    What is steady breaches every datapoint, so M of N does not matter; nothing to count is missing
    data (ecs-alarm-already-red, cloudwatch-missing-data).

    >>> is_red_before(ANY_5XX, 4.0, 200.0, 0.01, MISSING)
    True
    >>> is_red_before(ANY_5XX, 2.0, 200.0, 0.01, MISSING)
    False
    >>> is_red_before(CPU, 56.0, 1.0, 50.0, MISSING)
    True
    >>> is_red_before(ANY_5XX, 0.0, 0.0, 0.01, BREACHING)
    True
    """
    if all_rate <= 0.0:
        return missing == BREACHING
    return is_breaching(metric, bad_rate, good_part(metric, bad_rate, all_rate), threshold)


def counts_cut_requests(metric: int, scope: int, revision: int) -> bool:
    """Whether an alarm counts 502 responses for requests cut at a revision's target.

    (alb-502-drain-end, cloudwatch-two-5xx-metrics)
    """
    seen = metric == ELB_5XX or metric == ANY_5XX or metric == ANY_4XX_5XX
    return seen and (scope == OF_SERVICE or scope == revision)


def counts_answers(metric: int) -> bool:
    """Whether a metric counts requests by the code of their answer. Definition."""
    return metric != P99 and not is_mean(metric)


def counted_rate(
    metric: int, target_5xx: float, elb_5xx: float, target_4xx: float, elb_4xx: float
) -> float:
    """Responses/s that a metric on errors counts: of the targets, of the load balancer, or both.

    A client that leaves is logged as 460, a 4xx of the load balancer.
    (cloudwatch-two-5xx-metrics, alb-460-client-left)

    >>> metrics = TARGET_5XX, ELB_5XX, ANY_5XX, ANY_4XX, ELB_4XX, ANY_4XX_5XX
    >>> [counted_rate(m, 1.0, 2.0, 4.0, 8.0) for m in metrics]
    [1.0, 2.0, 3.0, 12.0, 8.0, 15.0]
    """
    if metric == TARGET_5XX:
        return target_5xx
    if metric == ELB_5XX:
        return elb_5xx
    if metric == ELB_4XX:
        return elb_4xx
    if metric == ANY_4XX:
        return target_4xx + elb_4xx
    total = target_5xx + elb_5xx
    return total if metric == ANY_5XX else total + (target_4xx + elb_4xx)


def datapoint(metric: int, bad: float, good: float) -> float:
    """A period's datapoint: share of failed or slow requests, or a mean over time.

    CPU in percent, unhealthy targets in targets. 0 without traffic. Definition: latency is
    represented by the share of slow requests.

    >>> datapoint(ANY_5XX, 1.0, 3.0), datapoint(CPU, 4800.0, 60.0), datapoint(ANY_5XX, 0.0, 0.0)
    (0.25, 80.0, 0.0)
    """
    if is_mean(metric):
        return bad / good if good > 0.0 else 0.0
    return bad / (bad + good) if bad + good > 0.0 else 0.0


def burn_threshold(factor: float, slo: float) -> float:
    """Error share at which the error budget of an SLO burns ``factor`` times too fast.

    Source: Google's SRE workbook, chapter "Alerting on SLOs".

    >>> burn_threshold(10.0, 0.75)
    2.5
    """
    return factor * (1.0 - slo)


def append_datapoint(window: int, bit: bool) -> int:
    """Append a datapoint to a window of bits, the newest lowest; the 56 newest are kept.

    Definition: 56 bits hold the longest evaluation range.

    >>> append_datapoint(0b011, True), append_datapoint(0b011, False)
    (7, 6)
    """
    return ((window << 1) | (1 if bit else 0)) & 0xFFFFFFFFFFFFFF


def evaluation_range(of: int) -> int:
    """Number of periods that CloudWatch evaluates: two more than the alarm asks for.

    (cloudwatch-missing-data; five for three in the documentation's example)
    """
    return of + 2


def is_in_alarm(
    window: int, present: int, datapoints: int, of: int, missing: int, red: bool
) -> bool:
    """Whether an alarm is in ALARM after a period (cloudwatch-m-of-n, cloudwatch-missing-data).

    ``window`` has a bit per breaching datapoint, ``present`` a bit per datapoint that exists. The
    newest ``of`` existing datapoints of the evaluation range count. If there are fewer, and they
    do not decide by themselves, gaps are filled according to ``missing``; under MISSING the alarm
    is then raised only if all of them breach and the oldest is at least ``datapoints`` periods
    old (cloudwatch-premature-alarm). ``red`` is the state before.

    >>> [is_in_alarm(window, 0b111, 2, 3, MISSING, False) for window in (0b101, 0b100)]
    [True, False]
    >>> [is_in_alarm(bits, bits, 2, 2, MISSING, False) for bits in (0b01, 0b10)]
    [False, True]
    >>> [is_in_alarm(0b00100, 0b00100, 3, 3, m, False) for m in (MISSING, IGNORE, BREACHING)]
    [True, False, True]
    """
    counted = 0
    breaching = 0
    oldest = 0
    for k in range(evaluation_range(of)):
        if counted < of and (present >> k) & 1 == 1:
            counted += 1
            breaching += (window >> k) & 1
            oldest = k + 1
    gaps = of - counted
    if breaching >= datapoints:
        return True
    if gaps == 0 or missing == NOT_BREACHING:
        return False
    if missing == BREACHING:
        return breaching + gaps >= datapoints
    if counted > breaching:
        return False
    if missing == IGNORE or counted == 0:
        return red and missing == IGNORE
    return oldest >= datapoints


def slices_of(period: float, slides: bool, most: int) -> int:
    """Number of equal parts of a period, by one of which an alarm's window slides.

    A window slides by a minute, or by the period if that is shorter; a period of more than
    ``most`` minutes by one of ``most`` parts (cloudwatch-evaluation, cloudwatch-sliding-window).

    >>> [slices_of(period, True, 30) for period in (10.0, 60.0, 300.0, 90.0, 3600.0)]
    [1, 1, 5, 2, 30]
    >>> slices_of(300.0, False, 30)
    1
    """
    whole = int(period / 60.0)
    return max(1, min(most, whole if whole * 60.0 == period else whole + 1)) if slides else 1


def state_change_delay(publish: float, evaluation: float) -> float:
    """Seconds from the end of a period until the alarm changes state (cloudwatch-alarm-latency)."""
    return publish + evaluation


def is_watching(
    controller: int, new_ran: bool, shifted: bool, old_stopping: bool, flagged: bool
) -> bool:
    """Whether a controller acts on an alarm now.

    ECS rolling watches from the first new task RUNNING (ecs-alarm-window), ECS-native from the
    first traffic shift until the old tasks are stopped (ecs-native-alarm-window), CodeDeploy during
    the whole deployment, termination wait included (codedeploy-alarm-window). Assumption: a feature
    flag is watched by any controller while it is being rolled out.

    >>> is_watching(ECS_NATIVE, True, False, False, False)
    False
    >>> is_watching(CODE_DEPLOY, False, False, False, False)
    True
    """
    if flagged:
        return True
    if controller == ECS_ROLLING:
        return new_ran
    if controller == ECS_NATIVE:
        return shifted and not old_stopping
    return controller == CODE_DEPLOY


def is_ecs(controller: int) -> bool:
    """Whether ECS is the controller, which ignores alarms that are red at the start.

    (ecs-alarm-already-red)
    """
    return controller == ECS_ROLLING or controller == ECS_NATIVE


def auto_bake(period: float, of: int) -> float:
    """Bake time (s) that ECS derives from an alarm's settings, at most five minutes.

    (ecs-bake; ecs-bake-formula is unpublished and assumed here)

    >>> auto_bake(60.0, 1), auto_bake(60.0, 5)
    (180.0, 300.0)
    """
    return min(300.0, period * of + 120.0)
