"""CloudWatch alarms: a datapoint, M of the last N, and which deployment listens when.

Source: CloudWatch user guide. Facts: cloudwatch-m-of-n, cloudwatch-alarm-latency, ecs-alarm-window,
codedeploy-alarm-window, ecs-native-alarm-window, ecs-bake.
"""

NO_CONTROLLER = 0
ECS_ROLLING = 1
ECS_NATIVE = 2
CODE_DEPLOY = 3

#: How missing datapoints are treated.
MISSING = 0
NOT_BREACHING = 1
BREACHING = 2
IGNORE = 3


def period_start(phase: float, period: float, now: float) -> float:
    """Start of the period that holds ``now``; the grid is added up from ``phase - period``."""
    start = phase - period
    while start + period <= now:
        start = start + period
    return start


def is_breaching(bad: float, good: float, threshold: float) -> bool:
    """Whether a period's error share is above the threshold.

    >>> is_breaching(2.0, 98.0, 0.01), is_breaching(1.0, 99.0, 0.01), is_breaching(0.0, 0.0, 0.0)
    (True, False, False)
    """
    return bad > threshold * (bad + good)


def remember(window: int, breaching: bool, of: int) -> int:
    """The last ``of`` datapoints as bits, newest lowest.

    >>> remember(0b011, True, 3), remember(0b011, False, 3)
    (7, 6)
    """
    return ((window << 1) | (1 if breaching else 0)) & ((1 << of) - 1)


def is_red(window: int, datapoints: int) -> bool:
    """At least ``datapoints`` of the remembered ones breach (cloudwatch-m-of-n).

    >>> is_red(0b101, 2), is_red(0b100, 2)
    (True, False)
    """
    count = 0
    while window > 0:
        count += window & 1
        window >>= 1
    return count >= datapoints


def latency(publish: float, evaluation: float) -> float:
    """Seconds from the end of a period until the alarm changes state (cloudwatch-alarm-latency)."""
    return publish + evaluation


def is_watching(controller: int, new_ran: bool, shifted: bool, old_stopping: bool) -> bool:
    """Whether a controller acts on an alarm now.

    ECS rolling listens from the first new task RUNNING, ECS-native from the first shift until the
    old tasks are stopped, CodeDeploy for the whole deployment, termination wait included.

    >>> is_watching(ECS_NATIVE, True, False, False), is_watching(CODE_DEPLOY, False, False, False)
    (False, True)
    """
    if controller == ECS_ROLLING:
        return new_ran
    if controller == ECS_NATIVE:
        return shifted and not old_stopping
    return controller == CODE_DEPLOY


def auto_bake(period: float, of: int) -> float:
    """Bake time that ECS computes from an alarm's own settings, under five minutes (ecs-bake).

    >>> auto_bake(60.0, 1), auto_bake(60.0, 5)
    (180.0, 300.0)
    """
    return min(300.0, period * of + 120.0)
