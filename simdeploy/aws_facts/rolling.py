"""Facts about ECS rolling deployments: scheduler, circuit breaker, alarms, bake time, stop."""

from simdeploy.aws_facts.fact import (
    ECS_API,
    ECS_GUIDE,
    ROADMAP,
    WHATS_NEW,
    documented,
    inferred,
    observed,
    unpublished,
)

_CONFIGURATION = ECS_API + "API_DeploymentConfiguration.html"
_ROLLING = ECS_GUIDE + "deployment-type-ecs.html"
_OPTIONS = ECS_GUIDE + "service-options.html"
_SERVICES = ECS_GUIDE + "ecs_services.html"
_BREAKER = ECS_GUIDE + "deployment-circuit-breaker.html"
_ALARMS = ECS_GUIDE + "deployment-alarm-failure.html"
_THROTTLE = ECS_GUIDE + "service-throttle-logic.html"

SCHEDULER = (
    documented(
        "ecs-capacity-rounding",
        "The floor is rounded up and the cap is rounded down. Floor = ceil(desired × minimum "
        "healthy percent / 100), cap = floor(desired × maximum percent / 100).",
        _CONFIGURATION,
    ),
    documented(
        "ecs-rolling-defaults",
        "A replica service that sets nothing rolls with 100 / 200: no task stops before its "
        "successor is healthy, and the number of tasks may double.",
        _CONFIGURATION,
    ),
    documented(
        "ecs-counted-healthy",
        "With a load balancer a task counts towards the floor when its target is healthy. With a "
        "container check as well, both must pass; with neither, 40 s after RUNNING.",
        _CONFIGURATION,
    ),
    documented(
        "ecs-stop-before-start",
        "With a minimum below 100 ECS stops tasks at once and starts others afterwards. It does so "
        "even where the maximum would let it start first; AWS's worked example is on EC2 "
        "capacity, and the key stop_before_start turns it off.",
        _OPTIONS,
    ),
    documented(
        "ecs-placement-rounds",
        "Where no task can be placed, ECS never gives up: it tries three times at once, then again "
        "after 15 minutes, later after at most 27. Capacity that is back is used at the next "
        "attempt only, and an update of the service begins anew. A breaker of three failures was "
        "seen to trip after 46 min (n = 1): a round is one failure, looked at when the next one "
        "begins.",
        ECS_GUIDE + "service-throttle-logic.html",
    ),
    unpublished(
        "ecs-scheduler-tick",
        "How often the scheduler looks at a service is not published. Observed: of 117 steps "
        "between service events of 31 deployments 83 % lie within 1.2 s of a multiple of 10.2 s, "
        "counted from the service's first act (by chance 24 %). The key scheduler_tick says "
        "10.2 s, 3 s on EC2, each look early or late by look_jitter; 0 looks after every change.",
        _ROLLING,
    ),
    observed(
        "ecs-command",
        "From a command to ECS's first act 4 to 18.8 s pass, in the median 14.4 s (n = 7); on EC2 "
        "5 s. The key control_plane.command says uniform 4 to 19 s; a rollback takes as long.",
        _ROLLING,
        ROADMAP + "2379",
    ),
    observed(
        "ecs-replacement-time",
        "A failed task is not replaced at once: 12 to 46 s after a load balancer's verdict "
        "(n = 7), 18.9 s after a task was stopped by hand, 31.5 s after one died, 0 s after a "
        "container check's verdict. The key control_plane.replace holds these without the look "
        "that follows.",
        _ROLLING,
        ROADMAP + "2714",
    ),
    inferred(
        "ecs-continuous-replacement",
        "Every new healthy task lets one old task go. Waves appear only because tasks started "
        "together become healthy at about the same time.",
        _ROLLING,
    ),
    inferred(
        "ecs-overlapping-waits",
        "The waits of tasks in one wave overlap. A deployment takes waves × (start + check) + "
        "drain + stop, with ceil(desired / (cap − desired)) waves.",
        _ROLLING,
    ),
    observed(
        "ecs-draining-counted",
        "Tasks that drain or stop hold their place: where the maximum leaves no room, the next "
        "task starts only when the old one is gone (11 of 12 measured waves; one Fargate wave of "
        "2026 started after 0.9 s). AWS's wording, RUNNING or PENDING tasks, reads otherwise; the "
        "key draining_counts_to_maximum turns it off.",
        _CONFIGURATION,
        WHATS_NEW + "2023/06/amazon-ecs-tasks-faster-prolonged-shutdown/",
    ),
    inferred(
        "ecs-draining-holds-slots",
        "Where room for tasks is finite, a draining task holds its slot until it has stopped.",
        _OPTIONS,
        "https://github.com/alphagov/prometheus-aws-configuration-beta/pull/17",
    ),
    documented(
        "ecs-stuck-deployment",
        "If the floor forbids a stop and the cap forbids a start, nothing ever moves. ECS only "
        "writes a service event saying that it was unable to stop or start tasks.",
        ECS_GUIDE + "service-event-messages-list.html",
    ),
    inferred(
        "ecs-stuck-unseen-by-breaker",
        "The circuit breaker cannot see a stuck deployment. No task fails, so nothing is counted, "
        "and a rolling deployment has no time limit of its own.",
        _BREAKER,
    ),
    unpublished(
        "ecs-stop-order",
        "Which healthy old task stops first on Fargate is not published. Here the one with the "
        "lowest number goes first, unhealthy ones before it.",
        _SERVICES,
    ),
    documented(
        "ecs-unhealthy-replacement",
        "ECS starts a replacement for an unhealthy task, waits until it is healthy, and stops the "
        "sick one then. Where the cap leaves no room, sick tasks are stopped one at a time first.",
        _SERVICES,
        WHATS_NEW + "2023/10/amazon-ecs-applications-resiliency-unpredictable-load-spikes/",
    ),
    documented(
        "ecs-same-revision-replacement",
        "A task that fails during a rolling deployment is replaced by a task of its own revision. "
        "Before November 2025 the new revision took its place.",
        WHATS_NEW + "2025/11/amazon-ecs-service-availability-rolling-deployments",
    ),
    documented(
        "ecs-grace-period",
        "During the health check grace period ECS ignores unhealthy results. The target group "
        "counts from registration all the same; the default is 0 s.",
        ECS_API + "API_CreateService.html",
        ROADMAP + "1270",
    ),
    inferred(
        "ecs-grace-loop",
        "A task that boots for longer than its checks forgive is replaced before it can answer, "
        "again and again. The grace period must exceed boot plus the time to recover.",
        ECS_GUIDE + "load-balancer-healthcheck.html",
    ),
    observed(
        "ecs-health-signal-missing",
        "Old tasks were seen to drain seconds after new ones started, when the health signal was "
        "incomplete.",
        _ROLLING,
        "https://github.com/aprin-labs/archimedes/issues/1714",
    ),
    documented(
        "ecs-start-backoff",
        "After a task that never reached RUNNING, ECS waits longer and longer before the next "
        "start. The wait ends at 27 minutes; an update of the service resets it.",
        _THROTTLE,
    ),
    unpublished(
        "ecs-start-backoff-curve",
        "The curve of the start back-off is not published. Observed with a registry out of reach: "
        "30 to 41 s after the first and second failed start in a row, 297 s after the third. The "
        "key start_backoff.pauses says so without the look that follows; the last pause doubles "
        "per failure, up to 1620 s.",
        _THROTTLE,
    ),
    documented(
        "ecs-no-backoff-after-running",
        "A task that dies after RUNNING is replaced without any growing back-off.",
        _THROTTLE,
    ),
    observed(
        "ecs-pause-after-running",
        "After a task that ended by itself while RUNNING the next start comes 30 to 41 s later, "
        "however often that happens. The key start_backoff.after_running says 25 to 36 s, from the "
        "exit on; the later of it and of the replacement's own time counts.",
        _THROTTLE,
        ROADMAP + "1206",
    ),
    documented(
        "ecs-launch-rate",
        "Fargate starts up to 100 tasks in one burst and 20 per second after it, per account and "
        "region; some regions allow 5 per second.",
        ECS_GUIDE + "throttling.html",
    ),
    documented(
        "ecs-service-launch-rate",
        "The scheduler starts at most 500 Fargate tasks per minute for one service, 125 in smaller "
        "regions.",
        "https://docs.aws.amazon.com/general/latest/gr/ecs-service.html",
    ),
    documented(
        "ecs-image-digest",
        "The first task of a deployment resolves the image tag to a digest, and the others use "
        "that digest.",
        _ROLLING,
    ),
)

DETECTION = (
    documented(
        "ecs-breaker-stages",
        "The circuit breaker first counts tasks that never run, then tasks replaced because a "
        "check failed. Stage 2 begins when the first task of the deployment reaches RUNNING.",
        _BREAKER,
    ),
    documented(
        "ecs-breaker-threshold",
        "By default the circuit breaker trips at half the desired count, rounded up, at least 3 "
        "and at most 200. BOUNDED_PERCENT, UNBOUNDED_PERCENT and COUNT can be chosen, and the "
        "latest desired count is used.",
        _BREAKER,
    ),
    documented(
        "ecs-breaker-reset",
        "A task that becomes healthy sets the failure count back to zero. The key reset_on_healthy "
        "turns that off.",
        _BREAKER,
    ),
    observed(
        "ecs-breaker-exits",
        "Whether a container that exits by itself after RUNNING is counted is contested. The page "
        "does not list it, and people report endless crash loops without a health check; "
        "the key counts_exits: auto counts it only where a health check exists.",
        _BREAKER,
        ROADMAP + "1206",
    ),
    unpublished(
        "ecs-breaker-stage-one",
        "Whether a task that fails to start still counts once another one has run is not "
        "published. Here it does.",
        _BREAKER,
    ),
    unpublished(
        "ecs-breaker-counting-moment",
        "Whether a sick task is counted when it is found sick or when it is stopped is not "
        "published; the guide's wording, that the count rises when a health check fails, is for "
        "the former. The key counts_at says detect.",
        _BREAKER,
    ),
    observed(
        "ecs-breaker-looks",
        "The circuit breaker trips where a replacement is due, not at the failure: with failures "
        "at 288, 617 and 937 s and a pause of 297 s it tripped at 1,236 s. The key looks: at_once "
        "is the other reading.",
        _BREAKER,
        ROADMAP + "1206",
    ),
    documented(
        "ecs-breaker-rollback-target",
        "The circuit breaker rolls back to the last deployment that completed. With none, or "
        "without rollback, the deployment is FAILED and starts no more tasks.",
        _BREAKER,
    ),
    inferred(
        "ecs-rollback-is-rolling",
        "A rolling rollback is a rolling deployment under the same floor and cap. Old tasks that "
        "still run are kept; only missing ones are started.",
        _BREAKER,
    ),
    documented(
        "ecs-breaker-rolling-only",
        "The circuit breaker belongs to rolling deployments. Its own page says so, though the "
        "overview of failure detection lists blue/green too.",
        _BREAKER,
    ),
    documented(
        "ecs-alarm-window",
        "ECS watches a deployment's alarms from the first new running task to the end of the bake "
        "time. Any listed alarm in ALARM fails the deployment, whatever made it red, be it an "
        "outage of the deployment itself.",
        _ALARMS,
    ),
    documented(
        "ecs-alarm-already-red",
        "An alarm that is red when the deployment starts turns alarm monitoring off for that whole "
        "deployment.",
        _ALARMS,
    ),
    documented(
        "ecs-bake",
        "The bake time begins when all new tasks are healthy and no old task is left. By default "
        "ECS computes it from the alarm's settings, under five minutes.",
        _ALARMS,
    ),
    unpublished(
        "ecs-bake-formula",
        "How ECS computes the default bake time is not published. Here it is the alarm's period × "
        "evaluation periods + 120 s, at most 300 s.",
        _ALARMS,
    ),
    inferred(
        "ecs-bake-without-old-tasks",
        "In a rolling bake the old tasks are already gone. An alarm then starts them anew, with "
        "pull, boot and checks.",
        _ALARMS,
    ),
    documented(
        "ecs-stop-deployment",
        "StopServiceDeployment rolls a running deployment back, with or without a circuit breaker. "
        "Forcing a new deployment starts the same revision again and is no rollback.",
        ECS_API + "API_StopServiceDeployment.html",
    ),
)

FACTS = SCHEDULER + DETECTION
