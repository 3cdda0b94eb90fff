"""Facts about the life of a task: states, start latency, stop sequence, cost on Fargate."""

from simdeploy.aws_facts.fact import (
    DOCS,
    ECS_API,
    ECS_GUIDE,
    ROADMAP,
    documented,
    observed,
    unpublished,
)

_STATES = ECS_GUIDE + "task-lifecycle-explanation.html"
_CONTAINER = ECS_API + "API_ContainerDefinition.html"
_PRICING = "https://aws.amazon.com/fargate/pricing/"
_BLOGS = "https://aws.amazon.com/blogs/"

FACTS = (
    documented(
        "ecs-container-check-clock",
        "A container check begins one interval after the one before ended, the first one interval "
        "after the container's start: one that fails at once makes it UNHEALTHY after retries x "
        "interval, one that never answers after retries x (interval + timeout). One pass makes it "
        "HEALTHY.",
        ECS_API + "API_HealthCheck.html",
    ),
    documented(
        "ecs-container-check-start-period",
        "A failure of a check begun in the start period does not count, unless one has passed; a "
        "pass makes the container HEALTHY at once. Newer Docker checks every 5 s until then, the "
        "key start_interval.",
        ECS_API + "API_HealthCheck.html",
    ),
    unpublished(
        "ecs-container-check-report",
        "When a container's health reaches ECS is not published. The agent for EC2 sends it every "
        "20 s, so that the key report_lag is uniform from 0 to 20 s, on Fargate too.",
        ECS_API + "API_HealthCheck.html",
    ),
    documented(
        "ecs-task-states",
        "A task is provisioned, pulls its image, starts its containers and is RUNNING. RUNNING "
        "says that containers are up, not that the application answers.",
        _STATES,
    ),
    documented(
        "ecs-registration",
        "A task is registered with its target group on the way to RUNNING. Older pages say that "
        "only several target groups are registered before RUNNING; here all are, at RUNNING.",
        _STATES,
    ),
    documented(
        "ecs-stop-sequence",
        "A task is deregistered first, and ECS waits until its target is unused before SIGTERM. "
        "After the stop timeout follows SIGKILL.",
        "https://docs.amazonaws.cn/en_us/AmazonECS/latest/developerguide/"
        "load-balancer-connection-draining.html",
    ),
    observed(
        "ecs-sigterm-too-early",
        "A task that gets SIGTERM while requests still arrive, as when it is stopped past ECS, "
        "cuts what it works on. 76 of 694 requests were cut in one measurement; the key sigterm "
        "says at_order or without_deregistration.",
        "https://docs.amazonaws.cn/en_us/AmazonECS/latest/developerguide/"
        "load-balancer-connection-draining.html",
        ROADMAP + "708",
    ),
    observed(
        "ecs-full-deregistration-wait",
        "ECS waits for the whole deregistration delay, also when nothing is in flight. Stops were "
        "measured 2 to 7 s after the delay.",
        _STATES,
        "https://github.com/pulumi/pulumi-awsx/issues/354",
    ),
    documented(
        "ecs-stop-timeout",
        "Between SIGTERM and SIGKILL pass 30 s by default, and at most 120 s on Fargate.",
        _CONTAINER,
        ROADMAP + "1020",
    ),
    observed(
        "ecs-crash-without-drain",
        "A task that crashes, runs out of memory or is stopped by hand is not drained first. "
        "Clients see 502 for a few seconds.",
        ECS_API + "API_StopTask.html",
        ROADMAP + "708",
    ),
    unpublished(
        "ecs-deprovisioning",
        "How long the network interface takes to go after a stop is not published. Here it counts "
        "as 0 s.",
        _STATES,
    ),
    observed(
        "fargate-start-latency",
        "On Fargate a task needs about 15 s, then the pull, then about 3 s, until it is RUNNING. "
        "Images are not cached between tasks; pulls ran at 12 to 20 MB per second.",
        ECS_API + "API_Task.html",
        "https://elasticscale.com/blog/reduce-aws-fargate-pull-times-with-soci",
    ),
    documented(
        "fargate-lazy-loading",
        "About three quarters of a start are image pull, and lazy loading can halve the start of "
        "images above 250 MB.",
        _BLOGS + "aws/aws-fargate-enables-faster-container-startup-using-seekable-oci/",
    ),
    documented(
        "fargate-zstd",
        "Images compressed with zstd started up to 27 % faster.",
        _BLOGS + "containers/reducing-aws-fargate-startup-times-with-zstd-compressed-container-"
        "images/",
    ),
    documented(
        "ecr-request-rates",
        "ECR serves 3000 layer addresses, 2000 manifests and 500 authorization tokens per second.",
        DOCS + "AmazonECR/latest/userguide/service-quotas.html",
    ),
    observed(
        "ecr-pull-retries",
        "A registry that cannot be reached fails a start after 256 to 289 s (7 of 7 on Fargate), "
        "counted from its order; a missing image after about five tries. The key fails_after says "
        "so for the former, 60 s from the begin of the pull for the latter. A registry or an image "
        "that is back before an attempt is given up fails no start.",
        ECS_GUIDE + "task_cannot_pull_image.html",
    ),
    documented(
        "fargate-billing",
        "A task is billed from the start of its image pull to its end, per second, one minute at "
        "least. Draining and stopping tasks are billed too.",
        _PRICING,
    ),
    documented(
        "fargate-prices",
        "A Linux vCPU-hour costs $0.04048 on x86 and $0.03238 on ARM; a GB-hour $0.004445 and "
        "$0.00356. Prices of us-east-1 on demand, read in November 2026.",
        _PRICING,
    ),
    documented(
        "fargate-storage-price",
        "Ephemeral storage above 20 GB costs $0.000111 per GB-hour, and is not counted here.",
        _PRICING,
    ),
    documented(
        "alb-price",
        "A load balancer costs $0.0225 per hour and $0.008 per capacity-unit hour. No strategy "
        "changes that, so it is not counted here.",
        "https://aws.amazon.com/elasticloadbalancing/pricing/",
    ),
)
