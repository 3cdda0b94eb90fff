"""Facts about blue/green, canary and linear deployments, by CodeDeploy and by ECS itself."""

from simdeploy.aws_facts.fact import (
    CODEDEPLOY_API,
    CODEDEPLOY_GUIDE,
    ECS_API,
    ECS_GUIDE,
    ROADMAP,
    documented,
    inferred,
    observed,
    unpublished,
)

_HOOKS = CODEDEPLOY_GUIDE + "reference-appspec-file-structure-hooks.html"
_STEPS = CODEDEPLOY_GUIDE + "deployment-steps-ecs.html"
_CONFIGURATIONS = CODEDEPLOY_GUIDE + "deployment-configurations.html"
_LIMITS = CODEDEPLOY_GUIDE + "limits.html"
_STOP = CODEDEPLOY_API + "API_StopDeployment.html"
_BLUE = CODEDEPLOY_API + "API_BlueInstanceTerminationOption.html"
_NATIVE = ECS_GUIDE + "blue-green-deployment-how-it-works.html"
_NATIVE_HOOKS = ECS_GUIDE + "deployment-lifecycle-hooks.html"

CODEDEPLOY = (
    documented(
        "codedeploy-events",
        "CodeDeploy installs the new task set, tests it, shifts traffic, waits and terminates the "
        "old one. Hooks may stand before and after install, after test traffic, and before and "
        "after production traffic.",
        _HOOKS,
    ),
    documented(
        "codedeploy-hook-timeout",
        "Only PutLifecycleEventHookExecutionStatus answers for a hook, within one hour. The hour "
        "cannot be changed for ECS; no answer fails the deployment.",
        _HOOKS,
    ),
    observed(
        "codedeploy-install-timeout",
        "The new task set must be steady within 60 minutes, or the deployment fails. Steady means "
        "as many running tasks as wanted, none pending, all healthy.",
        ECS_API + "API_TaskSet.html",
        "https://github.com/CircleCI-Public/aws-ecs-orb/issues/134",
    ),
    inferred(
        "codedeploy-no-breaker",
        "CodeDeploy has no circuit breaker. A release that never becomes healthy is given up only "
        "when the Install timeout ends, or when a person stops it.",
        ECS_GUIDE + "deployment-circuit-breaker.html",
    ),
    documented(
        "codedeploy-shift-configurations",
        "CodeDeploy shifts all at once, in two steps (canary) or in equal steps (linear). Five "
        "configurations for ECS come with AWS.",
        _CONFIGURATIONS,
    ),
    documented(
        "codedeploy-custom-configs",
        "A canary has exactly two steps and a linear shift equal ones. 1 % → 10 % → 100 % cannot "
        "be said; only a controller of your own can do it.",
        _CONFIGURATIONS,
    ),
    documented(
        "codedeploy-linear-first-step",
        "A linear shift moves its first share at the start. Ten steps of 10 % therefore reach "
        "100 % after nine waits.",
        CODEDEPLOY_API + "API_TimeBasedLinear.html",
    ),
    unpublished(
        "codedeploy-linear-last-step",
        "Whether CodeDeploy waits once more after the last linear step is not published. Here it "
        "does not.",
        CODEDEPLOY_API + "API_TimeBasedLinear.html",
    ),
    unpublished(
        "codedeploy-controller-delay",
        "How long CodeDeploy takes from an order to a changed weight is not published. The key "
        "controller_delay says 5 to 60 s; two minutes have been seen.",
        _STEPS,
    ),
    documented(
        "codedeploy-ready-wait",
        "A deployment can be told to wait for a person before traffic shifts. Not continued in "
        "time, it is stopped.",
        CODEDEPLOY_API + "API_DeploymentReadyOption.html",
    ),
    documented(
        "codedeploy-termination-wait",
        "The old task set is kept for the termination wait, at most 2880 minutes. The console "
        "says 60; the API has no default.",
        _BLUE,
    ),
    documented(
        "codedeploy-in-progress-until-terminated",
        "A deployment is in progress until the termination wait is over. No other deployment of "
        "the group can start before.",
        _STEPS,
        "https://github.com/actions/starter-workflows/issues/1256",
    ),
    documented(
        "codedeploy-rollback-flip",
        "While the old task set still runs, a rollback is a change of weights. It takes seconds "
        "to about two minutes, and old tasks need not start.",
        _STOP,
    ),
    documented(
        "codedeploy-rollback-after-success",
        "After the old task set is gone, a rollback is a whole new deployment of the old revision. "
        "The model shifts as the deployment did; by hand AllAtOnce can be chosen: one shift.",
        CODEDEPLOY_GUIDE + "deployments-rollback-and-redeploy.html",
    ),
    documented(
        "codedeploy-stop-without-rollback",
        "A deployment stopped without automatic rollback stays as it was, weights included.",
        _STOP,
    ),
    documented(
        "codedeploy-alarm-window",
        "CodeDeploy watches its alarms for the whole deployment, termination wait included. Up to "
        "ten alarms may be listed.",
        CODEDEPLOY_GUIDE + "deployments-stop.html",
    ),
    unpublished(
        "codedeploy-alarm-polling",
        "How often ECS and CodeDeploy ask for the state of an alarm is not published. The key poll "
        "says 0 to 15 s.",
        CODEDEPLOY_GUIDE + "deployments-stop.html",
    ),
    inferred(
        "codedeploy-alarm-already-red",
        "An alarm that is red at the start stops the deployment: ALARM_ACTIVE is an error code of "
        "deployments, and overrideAlarmConfiguration switches alarms off for the one that carries "
        "the fix. The key codedeploy_red_alarm says stop.",
        CODEDEPLOY_API + "API_ErrorInformation.html",
    ),
    inferred(
        "codedeploy-idle-group-attached",
        "Since November 2022 the idle target group stays behind the production listener at weight "
        "0, so that its targets are checked also without a test listener. Only a service's first "
        "deployment under CodeDeploy finds a group that no listener rule uses. The key "
        "first_deployment says false.",
        CODEDEPLOY_GUIDE + "deployment-steps-ecs.html",
    ),
    observed(
        "codedeploy-ignores-health",
        "Once traffic was seen to shift although the checks of the new targets failed.",
        _STEPS,
    ),
    documented(
        "codedeploy-limits",
        "Traffic must shift within 120 hours, and the old task set must go within 48 hours after.",
        _LIMITS,
    ),
    documented(
        "codedeploy-test-listener",
        "The test listener is optional; with it, the new task set gets test traffic before "
        "production traffic.",
        CODEDEPLOY_GUIDE + "deployment-groups-create-load-balancer-for-ecs.html",
    ),
)

NATIVE = (
    documented(
        "ecs-native-strategies",
        "ECS itself offers rolling, blue/green, linear and canary deployments. Blue/green came in "
        "July 2025, linear and canary in October 2025.",
        ECS_GUIDE + "deployment-type-blue-green.html",
    ),
    documented(
        "ecs-native-stages",
        "An ECS blue/green deployment scales up, shifts test and production traffic, bakes and "
        "cleans up. Hooks stand before and after each, and at every step of a shift.",
        _NATIVE,
    ),
    documented(
        "ecs-native-canary",
        "An ECS canary sends 5 % for 10 minutes by default, then everything; 0 to 1440 minutes are "
        "allowed.",
        ECS_API + "API_CanaryConfiguration.html",
    ),
    documented(
        "ecs-native-linear",
        "An ECS linear shift moves 10 % every 6 minutes by default, without a wait after the "
        "last step; 0 to 1440 minutes are allowed.",
        ECS_API + "API_LinearConfiguration.html",
    ),
    documented(
        "ecs-native-rollback-flip",
        "Until the bake time ends, a rollback is a change of weights. After the clean-up it is a "
        "new deployment.",
        _NATIVE,
    ),
    documented(
        "ecs-native-alarm-window",
        "ECS watches alarms of a blue/green deployment from the first shift to the end of the "
        "bake time.",
        _NATIVE,
    ),
    documented(
        "ecs-native-hook-on-rollback",
        "Hooks on a traffic shift also run on the way back, and a slow one delays the rollback.",
        _NATIVE_HOOKS,
    ),
    documented(
        "ecs-native-pause-hook",
        "A pause hook waits for a person, one day by default, and rolls back when nobody answers.",
        ECS_GUIDE + "pause-lifecycle-hooks.html",
    ),
    documented(
        "ecs-native-stage-limit", "A stage may take 24 hours, a deployment 30 days.", _NATIVE_HOOKS
    ),
    observed(
        "ecs-native-no-skip",
        "The rest of a wait cannot be skipped.",
        ECS_GUIDE + "canary-deployment.html",
        ROADMAP + "2266",
    ),
)

FACTS = CODEDEPLOY + NATIVE
