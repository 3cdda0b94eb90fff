"""Facts about CloudWatch: metrics of the load balancer, alarms, how late they are."""

from simdeploy.aws_facts.fact import ALB_GUIDE, CLOUDWATCH_GUIDE, documented, inferred, unpublished

_METRICS = ALB_GUIDE + "load-balancer-cloudwatch-metrics.html"
_ALARM = CLOUDWATCH_GUIDE + "AlarmThatSendsEmail.html"
_MISSING = CLOUDWATCH_GUIDE + "alarms-and-missing-data.html"

FACTS = (
    documented(
        "cloudwatch-alb-granularity",
        "The load balancer reports one data point per minute, and only for minutes with traffic.",
        _METRICS,
    ),
    documented(
        "cloudwatch-two-5xx-metrics",
        "The load balancer's own 5xx and the targets' 5xx are two metrics. An alarm on one does "
        "not see the other.",
        _METRICS,
    ),
    documented(
        "cloudwatch-error-free-minute-missing",
        "A minute without an error has no data point for the error count.",
        _METRICS,
    ),
    documented(
        "cloudwatch-missing-data",
        "Missing data points are missing, not breaching, breaching or ignored, as the alarm says. "
        "The default is missing.",
        _MISSING,
    ),
    documented(
        "cloudwatch-premature-alarm",
        "Where data points are missing, an alarm that treats missing data as missing is raised "
        "only if the oldest breaching data point is at least as old as its data points to alarm, "
        "and all later ones breach or are missing.",
        _MISSING,
    ),
    documented(
        "cloudwatch-sliding-window",
        "An alarm looks back from each of its evaluations: its window slides. Windows that lie on "
        "the clock must be asked for.",
        CLOUDWATCH_GUIDE + "alarm-evaluation-window.html",
    ),
    documented(
        "cloudwatch-m-of-n",
        "An alarm is raised when M of the last N data points breach its threshold.",
        _ALARM,
    ),
    documented(
        "cloudwatch-evaluation",
        "Alarms with periods of a minute or more are evaluated once per minute, shorter ones "
        "every ten seconds.",
        _ALARM,
    ),
    unpublished(
        "cloudwatch-publish-delay",
        "No page says how late a data point arrives. The key publish_delay says 30 to 120 s.",
        _METRICS,
    ),
    inferred(
        "cloudwatch-alarm-latency",
        "From the first error to a red alarm pass the rest of the period, more periods, the "
        "publish delay and the evaluation. A 1-of-1 alarm over 60 s needs about 2 to 4 minutes.",
        _ALARM,
    ),
    inferred(
        "cloudwatch-canary-dilution",
        "An alarm on the whole service sees the canary's errors times the canary's share. 5 % "
        "errors on 10 % of the traffic are 0.5 %, below a threshold of 1 %.",
        _METRICS,
    ),
    inferred(
        "cloudwatch-low-traffic",
        "At low traffic an alarm sees few samples, and one error more or less decides.",
        _ALARM,
    ),
)
