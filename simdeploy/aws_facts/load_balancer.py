"""Facts about the Application Load Balancer: checks, routing, weights, draining, error codes."""

from simdeploy.aws_facts.fact import (
    ALB_GUIDE,
    ECS_GUIDE,
    ELB_API,
    documented,
    inferred,
    observed,
    unpublished,
)

_CHECKS = ALB_GUIDE + "target-group-health-checks.html"
_ATTRIBUTES = ALB_GUIDE + "edit-target-group-attributes.html"
_GROUPS = ALB_GUIDE + "load-balancer-target-groups.html"
_TROUBLE = ALB_GUIDE + "load-balancer-troubleshooting.html"
_HEALTH = ELB_API + "API_TargetHealth.html"

CHECKS = (
    documented(
        "alb-health-check-settings",
        "By default a target is checked every 30 s with a timeout of 5 s; 5 passes make it healthy "
        "again, 2 failures unhealthy. Allowed are 5 to 300 s, 2 to 120 s, and thresholds of 2 to "
        "10.",
        _CHECKS,
    ),
    documented(
        "alb-first-check",
        "A newly registered target is healthy after its first passed check. Other AWS pages still "
        "speak of the healthy threshold; the key initial_passes runs both readings.",
        ECS_GUIDE + "load-balancer-healthcheck.html",
    ),
    documented(
        "alb-check-timeout",
        "No response for as long as the timeout means a failed check: what is refused or answered "
        "with an error fails at once, what gets no answer when the timeout is over.",
        ELB_API + "API_TargetGroup.html",
    ),
    documented(
        "alb-hung-target",
        "A target that accepts a request and never answers: the load balancer answers 504 after "
        "the idle timeout, 60 s by default, unless the client has left before, which is logged as "
        "460. Neither is in the metrics of targets.",
        _TROUBLE,
    ),
    documented(
        "alb-host-counts",
        "UnHealthyHostCount is published for a target group with registered targets whether there "
        "is traffic or not. Targets that are initial or draining are neither healthy nor "
        "unhealthy.",
        ALB_GUIDE + "load-balancer-cloudwatch-metrics.html",
    ),
    documented(
        "alb-health-thresholds",
        "A healthy target turns unhealthy after as many failures in a row as the unhealthy "
        "threshold, and back after as many passes as the healthy one.",
        _CHECKS,
    ),
    inferred(
        "alb-boot-cliff",
        "An application that boots for longer than unhealthy threshold × interval turns unhealthy "
        "first. From then on it needs the healthy threshold, 150 s with the defaults.",
        _CHECKS,
    ),
    unpublished(
        "alb-initial-failures",
        "How many failures turn a new target unhealthy is not published. Here it is the unhealthy "
        "threshold.",
        _CHECKS,
    ),
    unpublished(
        "alb-first-check-delay",
        "When the first check comes is not published. Observed: both nodes ask in the very second "
        "of the registration, and eleven targets were healthy 2.1 to 3.2 s after it. The key "
        "first_check says uniform 0 to 3 s.",
        _CHECKS,
    ),
    unpublished(
        "alb-node-agreement",
        "Every load balancer node checks by itself; how many must agree is not published. Here one "
        "stream of checks decides.",
        _CHECKS,
    ),
    documented(
        "alb-target-states",
        "A target is initial, healthy, unhealthy, draining, unused or unavailable.",
        _HEALTH,
    ),
    documented(
        "alb-unused-group-unchecked",
        "Targets of a group that no listener rule uses are not checked at all.",
        _HEALTH,
    ),
)

ROUTING = (
    documented(
        "alb-fail-open",
        "With too few healthy targets, requests go to unhealthy ones as well. The threshold is 1 "
        "healthy target by default.",
        _CHECKS,
        "https://til.codeinthehole.com/posts/"
        "aws-target-groups-fail-open-when-all-instances-are-unhealthy/",
    ),
    unpublished(
        "alb-fail-open-initial",
        "Whether fail-open includes targets that were never checked is not published. The key "
        "fail_open_includes_initial says no.",
        _CHECKS,
    ),
    documented(
        "alb-forward-weights",
        "A listener sends each target group its weight's share of the requests. Weights run from 0 "
        "to 999.",
        _GROUPS,
    ),
    unpublished(
        "alb-weight-propagation",
        "How long a changed weight takes to be in effect is not published. The key "
        "weight_propagation says 1 to 10 s.",
        _GROUPS,
    ),
    documented(
        "alb-slow-start",
        "With slow start a new target's share rises linearly over 30 to 900 s. It is off by "
        "default. A target enters it only while another healthy target is not in slow start; "
        "where all are in it, they share all requests.",
        _ATTRIBUTES,
    ),
    documented(
        "alb-stickiness",
        "With stickiness a client stays with its target group whatever the weights say. Not "
        "modeled.",
        _ATTRIBUTES,
    ),
    documented(
        "alb-503-no-target",
        "Without a target that may receive it, a request is answered 503.",
        _TROUBLE,
    ),
    documented(
        "alb-502-refused",
        "A request to a target that is dead or not listening is answered 502.",
        _TROUBLE,
    ),
    documented(
        "alb-504-timeout",
        "A request without a response within the idle timeout, 60 s by default, is answered 504.",
        _TROUBLE,
    ),
    documented(
        "alb-460-client-left",
        "A client that leaves before the idle timeout is logged as 460. That is no 5xx, so a 5xx "
        "alarm does not see clients who gave up.",
        _TROUBLE,
    ),
)

DRAINING = (
    documented(
        "alb-deregistration-delay",
        "A deregistered target gets no new requests and may finish old ones for the deregistration "
        "delay. The default is 300 s, and the state shows draining until the timer ends.",
        _ATTRIBUTES,
    ),
    observed(
        "alb-late-requests",
        "For some seconds after deregistration new requests still arrive. The key "
        "deregistration_propagation says 0 to 5 s.",
        _ATTRIBUTES,
        "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2366",
    ),
    documented(
        "alb-502-drain-end",
        "A request still in flight when the deregistration delay ends is answered 502.",
        _TROUBLE,
    ),
    documented(
        "alb-websockets-cut",
        "WebSockets stay on their target and are cut when the deregistration delay ends.",
        _ATTRIBUTES,
    ),
)

FACTS = CHECKS + ROUTING + DRAINING
