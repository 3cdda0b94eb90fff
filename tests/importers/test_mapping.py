"""What each field of AWS becomes, shape by shape, and AWS's default where it is missing."""

import pytest

from simdeploy.errors import ImportShapeError

from .shapes import (
    ARN,
    BALANCER,
    BLUE,
    FULL_GROUP,
    FULL_TARGET,
    FULL_TASK,
    GREEN,
    LAMBDA,
    ROLE,
    alarm,
    appspec,
    attributes,
    config,
    deploying,
    group,
    service,
    target,
    task,
)


def test_what_describe_services_prints(loaded):
    """The wrapping of the output is taken off."""
    found = loaded({"services": [service(desiredCount=9)], "failures": []})
    assert found.service.desired_count == 9


@pytest.mark.parametrize(
    ("cpu", "memory", "vcpu", "gb"),
    [
        ("1024", "2048", 1, 2),
        ("256", "512", 0.25, 0.5),
        (2048, 4096, 2, 4),
        ("1 vCPU", "2 GB", 1, 2),
        (".5 vcpu", "1GB", 0.5, 1),
        ("4 vCPU", "30720", 4, 30),
    ],
)
def test_sizes_of_a_task(loaded, cpu, memory, vcpu, gb):
    """CPU units, MiB, and AWS's words for them are all read."""
    size = loaded(task(cpu=cpu, memory=memory)).service.task
    assert (size.vcpu, size.memory_gb) == (vcpu, gb)


def test_size_of_a_task_on_ec2(loaded):
    """Without a size of the task its containers are added up."""
    containers = [
        {"name": "web", "image": "a", "cpu": 768, "memory": 1024},
        {"name": "log", "image": "b", "cpu": 256, "memoryReservation": 512},
    ]
    size = loaded(task(cpu=None, memory=None, containerDefinitions=containers)).service.task
    assert (size.vcpu, size.memory_gb) == (1, 1.5)


def test_task_definition_of_a_service(loaded):
    """Architecture and the stop timeout of the container that serves are read."""
    found = loaded(service(loadBalancers=[BALANCER]), {"taskDefinition": FULL_TASK})
    assert found.service.task.architecture == "arm64"
    assert found.service.stop_timeout == 100


def test_rolling(loaded):
    """The deployment configuration of ECS becomes the rolling strategy."""
    breaker = {
        "enable": True,
        "rollback": True,
        "thresholdConfiguration": {"type": "COUNT", "value": 5},
    }
    found = loaded(
        deploying(
            minimumHealthyPercent=50,
            maximumPercent=125,
            deploymentCircuitBreaker=breaker,
            bakeTimeInMinutes=3,
        )
    )
    rolling = found.resolved_strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (50, 125)
    assert (rolling.circuit_breaker.threshold_type, rolling.circuit_breaker.threshold) == (
        "COUNT",
        5,
    )
    assert rolling.bake_time == 180


def test_rolling_of_aws_defaults(words):
    """What the service does not say is AWS's default, and listed."""
    found = words(service())
    assert found["strategies.rolling.minimum_healthy_percent"] == "100 AWS's default"
    assert found["strategies.rolling.maximum_percent"] == "200 AWS's default"
    assert found["defaults.circuit_breaker.enable"] == "false AWS's default"
    assert "strategies.rolling" not in found
    assert found["strategies.recreate"] == "added for comparison"


@pytest.mark.parametrize(
    ("configuration", "name", "settings"),
    [
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}, "blue-green", {"bake_time": 300}),
        ({"strategy": "CANARY"}, "canary", {"percent": 5, "wait": 600}),
        ({"strategy": "LINEAR"}, "linear", {"percent": 10, "every": 360}),
        (
            {
                "strategy": "LINEAR",
                "linearConfiguration": {"stepPercent": 12.5, "stepBakeTimeInMinutes": 2},
            },
            "linear",
            {"percent": 12.5, "every": 120},
        ),
        (
            {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 0}},
            "canary",
            {"wait": 0},
        ),
    ],
)
def test_strategies_of_ecs_itself(loaded, configuration, name, settings):
    """ECS's own traffic shifting keeps its controller and its settings, or AWS's defaults."""
    found = loaded(deploying(**configuration)).resolved_strategies[name]
    assert found.controller == "ecs"
    assert {key: getattr(found, key) for key in settings} == settings


def test_hooks_of_ecs_itself(loaded, words):
    """Lambda hooks become hooks; the first pause becomes the approval, a second is left out."""
    hooks = [
        {"hookTargetArn": LAMBDA, "roleArn": ROLE, "lifecycleStages": ["PRE_SCALE_UP"]},
        {
            "targetType": "PAUSE",
            "lifecycleStages": ["POST_SCALE_UP"],
            "timeoutConfiguration": {"timeoutInMinutes": 20, "action": "CONTINUE"},
        },
        {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]},
    ]
    files = deploying(strategy="BLUE_GREEN", bakeTimeInMinutes=5, lifecycleHooks=hooks)
    strategies = loaded(files).resolved_strategies
    assert [hook.stage for hook in strategies["blue-green"].hooks] == ["PRE_SCALE_UP"]
    approval = strategies["blue-green"].approval
    assert (approval.stage, approval.timeout) == ("POST_SCALE_UP", 1200)
    listed = words(files)
    assert "AWS goes on here (CONTINUE)" in listed["strategies.blue-green.approval"]
    assert (
        "the pause at POST_TEST_TRAFFIC_SHIFT is left out"
        in listed["strategies.blue-green.approval"]
    )
    assert listed["strategies.blue-green.approval.answers_after"].startswith("5m not in AWS's")


def test_the_limit_of_a_hook(loaded, words):
    """ECS waits for a hook as long as its timeoutConfiguration says: 90 min are 5,400 s."""
    hook = {"hookTargetArn": LAMBDA, "roleArn": ROLE, "lifecycleStages": ["POST_SCALE_UP"]}
    limit = {"timeoutInMinutes": 90, "action": "CONTINUE"}
    files = deploying(strategy="CANARY", lifecycleHooks=[{**hook, "timeoutConfiguration": limit}])
    (found,) = loaded(files).resolved_strategies["canary"].hooks
    assert found.timeout == 5400
    assert "is passed by (CONTINUE); here it fails" in words(files)["defaults.hooks"]
    plain = deploying(strategy="CANARY", lifecycleHooks=[hook])
    (found,) = loaded(plain).resolved_strategies["canary"].hooks
    assert found.timeout == 86_400


@pytest.mark.parametrize(
    ("advanced", "is_there"),
    [
        ({"alternateTargetGroupArn": GREEN, "testListenerRule": f"{ARN}:listener-rule/1"}, True),
        ({"alternateTargetGroupArn": GREEN}, False),
        (None, True),
    ],
)
def test_the_test_listener_of_ecs(loaded, words, advanced, is_there):
    """A service without testListenerRule has no test listener; a file that does not say, one."""
    hook = {"hookTargetArn": LAMBDA, "roleArn": ROLE, "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}
    files = deploying(strategy="BLUE_GREEN", lifecycleHooks=[hook])
    balancer = BALANCER if advanced is None else {**BALANCER, "advancedConfiguration": advanced}
    files["loadBalancers"] = [balancer]
    strategies = loaded(files).resolved_strategies
    assert strategies["blue-green"].test_listener is is_there
    assert strategies["linear"].test_listener is is_there
    said = words(files).get("defaults.hooks", "")
    assert ("has no testListenerRule to send its requests to" in said) is not is_there


def test_a_network_load_balancer_by_its_type(loaded):
    """Of describe-load-balancers the type counts: an NLB is refused, another service's is not."""
    arn = f"{ARN}:loadbalancer/net/shop/0a1b2c3d4e5f6071"
    groups = {"TargetGroups": [{"TargetGroupName": "blue", "TargetGroupArn": BLUE,
                                "Protocol": "HTTP", "LoadBalancerArns": [arn]}]}  # fmt: skip
    balancer = {"LoadBalancerArn": arn, "LoadBalancerName": "shop", "Type": "network"}
    files = [service(loadBalancers=[BALANCER]), groups]
    assert loaded(*files, {"LoadBalancers": [{**balancer, "Type": "application"}]})
    other = {**balancer, "LoadBalancerArn": f"{arn}9"}
    assert loaded(*files, {"LoadBalancers": [other]})
    with pytest.raises(ImportShapeError, match=r"Type: network: only the ALB is modeled"):
        loaded(*files, {"LoadBalancers": [balancer]})


def test_a_pause_waits_for_a_day(loaded, words):
    """A pause without a limit waits for 24 hours, and the horizon reaches as far."""
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    files = deploying(strategy="CANARY", lifecycleHooks=[pause])
    found = loaded(files)
    assert found.strategies["canary"].approval.timeout == 86_400
    assert found.horizon >= 25 * 3600
    assert words(files)["strategies.canary.approval.timeout"] == "24h AWS's default"


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("CodeDeployDefault.ECSAllAtOnce", "blue-green"),
        ("CodeDeployDefault.ECSCanary10Percent15Minutes", "canary"),
        ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", "linear"),
        (None, "blue-green"),
    ],
)
def test_predefined_configurations(words, name, strategy):
    """The deployment group's configuration says which strategy it is."""
    found = words(group(deploymentConfigName=name))
    assert f"strategies.{strategy}" not in found
    assert found["strategies.rolling"] == "added for comparison"


def test_configurations_of_ones_own(loaded):
    """A configuration of one's own gives its percent and interval."""
    linear = config("TimeBasedLinear", linearPercentage=20, linearInterval=2)
    found = loaded(group(deploymentConfigName="mine"), {"deploymentConfigInfo": linear})
    assert (found.strategies["linear"].percent, found.strategies["linear"].every) == (20, 120)
    assert "blue-green" in loaded(config("AllAtOnce")).strategies


def test_waits_of_the_deployment_group(loaded):
    """Ready wait and termination wait hold for every strategy under CodeDeploy."""
    strategies = loaded(FULL_GROUP, config("AllAtOnce")).resolved_strategies
    for name in ("blue-green", "canary", "linear"):
        assert (strategies[name].ready_wait, strategies[name].termination_wait) == (300, 900)


def test_load_balancer_of_a_task_set(loaded):
    """Under CodeDeploy the target group may stand in the task set only."""
    controller = {"type": "CODE_DEPLOY"}
    sets = [{"loadBalancers": [BALANCER]}]
    printed = {"services": [service(deploymentController=controller, taskSets=sets)]}
    targets = {
        "TargetGroups": [target(Name="blue", HealthCheckIntervalSeconds=7), target(Name="c")]
    }
    assert loaded(printed, targets).target_group.health_check.interval == 7


def test_hooks_of_the_appspec(loaded):
    """AppSpec hooks become hooks of CodeDeploy's strategies, 30 seconds each."""
    strategies = loaded(appspec("AfterInstall", "AfterAllowTraffic")).resolved_strategies
    hooks = [(hook.stage, hook.duration.mean()) for hook in strategies["canary"].hooks]
    assert hooks == [("AfterInstall", 30), ("AfterAllowTraffic", 30)]


def test_no_test_listener(loaded):
    """Without a test route there is no test listener, and the hook that needs one is left out."""
    pair = {"targetGroups": [{"name": "blue"}, {"name": "green"}]}
    files = (
        group(loadBalancerInfo={"targetGroupPairInfoList": [pair]}),
        appspec("AfterAllowTestTraffic"),
    )
    for name in ("blue-green", "canary", "linear"):
        strategy = loaded(*files).resolved_strategies[name]
        assert (strategy.hooks, strategy.test_listener) == ((), False)
        assert not strategy.first_deployment


def test_health_checks(loaded):
    """A target group gives health checks."""
    check = loaded({"TargetGroups": [FULL_TARGET]}).target_group.health_check
    assert (check.interval, check.timeout) == (15, 4)
    assert (check.healthy_threshold, check.unhealthy_threshold) == (3, 4)


def test_health_checks_of_aws_defaults(words):
    """A target group that says nothing has AWS's defaults."""
    found = words(target())
    assert found["target_group.health_check.interval"] == "30s AWS's default"
    assert found["target_group.health_check.healthy_threshold"] == "5 AWS's default"
    assert found["target_group.deregistration_delay"] == "5m AWS's default"


def test_attributes(loaded):
    """Attributes give drain time, slow start and fail-open; a load balancer's the idle timeout."""
    found = loaded(
        attributes(
            deregistration_delay__timeout_seconds="120",
            slow_start__duration_seconds="60",
            target_group_health__unhealthy_state_routing__minimum_healthy_targets__count="2",
        ),
        attributes(idle_timeout__timeout_seconds="90"),
    ).target_group
    assert (found.deregistration_delay, found.slow_start) == (120, 60)
    assert (found.fail_open_min_count, found.idle_timeout) == (2, 90)


def test_only_the_services_target_groups_count(loaded):
    """Of all target groups of a region, those of the service are read."""
    others = [target(Name="a", Protocol="TCP"), target(Name="blue", HealthCheckIntervalSeconds=20)]
    found = loaded(service(loadBalancers=[BALANCER]), {"TargetGroups": others})
    assert found.target_group.health_check.interval == 20


def watching_alarm(**changes):
    """Return a service with one alarm, and that alarm."""
    alarms = {"alarmNames": ["too-many-5xx"], "enable": True, "rollback": True}
    watched = {**deploying(alarms=alarms), "loadBalancers": [BALANCER]}
    return watched, {"MetricAlarms": [alarm(**changes)]}


def metric_math(expression, *names, period=60):
    """Return the fields of an alarm on metric math."""
    metrics = [
        {"Id": f"m{i}", "MetricStat": {"Metric": {"MetricName": name}, "Period": period}}
        for i, name in enumerate(names)
    ]
    result = {"Id": "e", "Expression": expression, "ReturnData": True}
    return {"MetricName": None, "Period": None, "Statistic": None, "Metrics": [*metrics, result]}


def test_alarm_on_a_count(loaded):
    """A number of errors per minute becomes a rate by the traffic that is assumed."""
    found = loaded(*watching_alarm()).alarms[0]
    assert (found.metric, found.datapoints, found.of) == ("target_5xx_rate", 2, 3)
    assert found.threshold == pytest.approx(0.01)
    assert found.missing == "missing"


@pytest.mark.parametrize(
    ("changes", "metric"),
    [
        (
            {
                "MetricName": "TargetResponseTime",
                "ExtendedStatistic": "p99",
                "Statistic": None,
                "Threshold": 0.8,
            },
            "p99_latency",
        ),
        ({"MetricName": "CPUUtilization"}, "cpu"),
        (
            metric_math("(m0/m1)/0.001", "HTTPCode_Target_5XX_Count", "RequestCount"),
            "burn_rate",
        ),
        ({"MetricName": "HTTPCode_ELB_5XX_Count"}, "elb_5xx_rate"),
    ],
)
def test_what_an_alarm_watches(loaded, changes, metric):
    """Latency, CPU, burn rate and the balancer's own errors are distinguished."""
    assert loaded(*watching_alarm(**changes)).alarms[0].metric == metric


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, "sliding"),
        ({"EvaluationWindow": {"SlidingWindow": {}}}, "sliding"),
        ({"EvaluationWindow": {"WallClockWindow": {}}}, "wall_clock"),
        ({"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}}, "wall_clock"),
    ],
)
def test_windows_of_an_alarm(loaded, words, window, expected):
    """A wall-clock window has to be asked for; CloudWatch slides it by default."""
    files = watching_alarm(Period=300, **window)
    assert loaded(*files).alarms[0].window == expected
    is_assumed = words(*files).get("alarms.too-many-5xx.window") == "sliding AWS's default"
    assert is_assumed == (not window)


def test_what_no_engine_has_room_for_is_said_at_once(words):
    """The import tells which strategies compare refuses, and why."""
    found = words(*watching_alarm(EvaluationPeriods=60, DatapointsToAlarm=60))
    assert "more than 50" in found["strategies.rolling"]


def test_alarm_on_a_quotient(loaded):
    """Percents and shares are distinguished by the expression."""
    names = ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "RequestCount")
    percent = watching_alarm(**metric_math("100*(m0+m1)/m2", *names), Threshold=2)
    share = watching_alarm(**metric_math("(m0+m1)/m2", *names, period=300), Threshold=0.02)
    assert loaded(*percent).alarms[0].threshold == pytest.approx(0.02)
    assert loaded(*share).alarms[0].threshold == pytest.approx(0.02)
    assert loaded(*share).alarms[0].period == 300


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"MetricName": "QueueDepth"}, "QueueDepth GreaterThanThreshold has no counterpart here"),
        (
            {"ComparisonOperator": "LessThanThreshold"},
            "HTTPCode_Target_5XX_Count LessThanThreshold has no counterpart here",
        ),
    ],
)
def test_alarms_that_are_left_out(words, loaded, changes, why):
    """An alarm that cannot watch here is left out by name, and the scenario loads."""
    files = watching_alarm(**changes)
    assert words(*files)["alarms.too-many-5xx"] == f"left out: {why}"
    assert loaded(*files).alarms == ()


def test_an_alarm_without_its_definition(words, loaded):
    """A name that says 5xx is read as such, with every number listed; others are left out."""
    names = ["Prod 5xx (high)", "latency"]
    files = deploying(alarms={"alarmNames": names, "enable": True, "rollback": True})
    assert loaded(files).resolved_strategies["rolling"].alarms == ("Prod-5xx-high",)
    assert "describe-alarms" in words(files)["alarms.Prod-5xx-high.threshold"]
    assert "left out" in words(files)["alarms.latency"]


def test_alarms_differ_between_controllers(loaded):
    """Each strategy keeps the alarms that its own controller has."""
    alarms = {"enabled": True, "alarms": [{"name": "checkout-5xx"}]}
    strategies = loaded(service(), group(alarmConfiguration=alarms)).resolved_strategies
    assert strategies["blue-green"].alarms == strategies["canary"].alarms == ("checkout-5xx",)
    assert strategies["rolling"].alarms == strategies["recreate"].alarms == ()


@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        (
            [task(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})],
            "service.task",
            "WINDOWS",
        ),
        ([deploying(earlySuccessCriteria={"enable": True})], "strategies.rolling", "not modeled"),
        ([service(deploymentController={"type": "CODE_DEPLOY"})], "strategies", "not in these"),
        ([group()], "strategies", "does not roll back"),
        ([attributes(stickiness__enabled="true")], "target_group", "stickiness"),
        (
            [attributes(load_balancing__algorithm__type="least_outstanding_requests")],
            "target_group",
            "round robin",
        ),
        (
            [deploying(alarms={"alarmNames": ["5xx"], "enable": True, "rollback": False})],
            "defaults.alarms",
            "without rolling back",
        ),
        ([service()], "alarms", "goes unnoticed"),
        ([service(desiredCount=1)], "traffic.rate", "30 not in AWS's files"),
    ],
)
def test_what_a_scenario_cannot_say_is_listed(words, files, path, expected):
    """Whatever matters and has no key stands among the assumptions."""
    assert expected in words(*files)[path]
