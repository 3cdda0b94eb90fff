"""Where tasks run, how their containers are checked and stopped, and who sends them requests."""

import pytest

from simdeploy import simulate
from simdeploy.errors import ImportShapeError
from simdeploy.importers import containers
from simdeploy.importers.aws import write
from simdeploy.scenario import load_scenario, load_scenario_text
from simdeploy.scenario.ranges import STOP_TIMEOUT

from .shapes import BALANCER, FULL_TASK, alarm, appspec, deploying, group, service, target, task

CURL = ["CMD-SHELL", "curl -f http://localhost/\n|| exit 1"]


def provided(*names, **weights):
    """Return a service with capacity providers; weights by name, else 1."""
    items = [{"capacityProvider": name, "weight": weights.get(name, 1)} for name in names]
    return service(capacityProviderStrategy=items)


def holding(*definitions):
    """Return a task definition of these containers."""
    return task(containerDefinitions=[{"name": "web", **one} for one in definitions])


def deploying_to(container):
    """Return an AppSpec that sends requests to a container."""
    content = appspec()
    balancer = {"LoadBalancerInfo": {"ContainerName": container, "ContainerPort": 80}}
    content["Resources"][0]["Shop"]["Properties"] |= balancer
    return content


# Where tasks run.


@pytest.mark.parametrize(
    ("files", "expected", "is_assumed"),
    [
        ([service(launchType="FARGATE")], "fargate", False),
        ([service(launchType="EC2")], "ec2", False),
        ([service(launchType="EXTERNAL")], "ec2", False),
        ([provided("FARGATE")], "fargate", False),
        ([provided("FARGATE_SPOT")], "fargate", False),
        ([provided("FARGATE", "FARGATE_SPOT")], "fargate", False),
        ([provided("our-asg")], "ec2", True),
        ([provided("our-asg", "FARGATE", **{"our-asg": 0})], "fargate", False),
        ([service(), task(requiresCompatibilities=["FARGATE"])], "fargate", False),
        ([service(), task(requiresCompatibilities=["EC2"])], "ec2", False),
        ([task(requiresCompatibilities=["EXTERNAL"])], "ec2", False),
        ([task(requiresCompatibilities=["EC2", "FARGATE"])], "fargate", True),
        ([{"taskDefinition": task(compatibilities=["EC2", "FARGATE"])}], "fargate", True),
        ([{"taskDefinition": task(compatibilities=["EXTERNAL", "EC2"])}], "ec2", False),
        ([service(launchType="EC2"), task(requiresCompatibilities=["FARGATE"])], "ec2", False),
        ([service(capacityProviderStrategy=[])], "fargate", True),
        ([service(taskSets=[{"launchType": "EC2"}])], "ec2", False),
        ([service()], "fargate", True),
        ([target()], "fargate", True),
    ],
)
def test_launch_type(loaded, words, files, expected, is_assumed):
    """The service says it, else the task definition; what nobody says is assumed, and listed."""
    assert loaded(*files).service.launch_type == expected
    listed = words(*files).get("service.launch_type", "is played as EC2")
    assert ("is played as EC2" not in listed) == is_assumed


@pytest.mark.parametrize(
    ("launch", "provisioning", "pull", "starts"),
    [("FARGATE", 16.3, 8, 3), ("EC2", 1, 2, 1)],
)
def test_start_follows_from_the_launch_type(loaded, launch, provisioning, pull, starts):
    """No stage is written that the launch type decides: 120 MB at 15 MB/s are 8 s on Fargate."""
    found = loaded(service(launchType=launch)).service
    # A lognormal of median 16 s and p95 22 s has sigma 0.194 and the mean 16 s x exp(0.0187).
    assert found.startup.provisioning.mean() == pytest.approx(provisioning, abs=0.1)
    assert found.startup.pull_time.mean() == pull
    assert found.startup.container_start.mean() == starts
    assert not {"provisioning", "container_start"} & found.startup.model_fields_set
    assert found.scheduler_tick == (10.2 if launch == "FARGATE" else 3)


@pytest.mark.parametrize(
    ("files", "path", "expected"),
    [
        ([service(launchType="EC2")], "service.task", "prices are Fargate's"),
        ([service(launchType="EXTERNAL")], "service.launch_type", "is played as EC2"),
        ([task(requiresCompatibilities=["EXTERNAL"])], "service.launch_type", "is played as EC2"),
        ([service(launchType="MANAGED_INSTANCES")], "service.launch_type", "is played as EC2"),
        ([provided("FARGATE_SPOT")], "service.task", "interruptions of Spot"),
        ([provided("our-asg")], "service.startup.provisioning", "where our-asg has to start"),
        ([provided("our-asg", "FARGATE")], "service.launch_type", "here all run with our-asg"),
    ],
)
def test_what_a_launch_type_means_is_listed(words, files, path, expected):
    """Prices, Spot and instances that have to start first are no part of a scenario."""
    assert expected in words(*files)[path]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (service(launchType="LAMBDA"), "launchType: must be one of EC2, FARGATE"),
        (task(requiresCompatibilities=["LAMBDA"]), "must be a list of EC2, FARGATE"),
        (task(requiresCompatibilities="FARGATE"), "must be a list"),
        (service(capacityProviderStrategy=["FARGATE"]), "entry 1 must be an object"),
        (service(capacityProviderStrategy=[{"weight": -1}]), "weight: must be a number from 0"),
    ],
)
def test_launch_types_that_aws_would_not_take(imported, content, expected):
    """A launch type that does not exist is refused by its field."""
    with pytest.raises(ImportShapeError, match=expected):
        imported(content)


# Container health checks.


def test_container_check(loaded):
    """The container that serves gives the check; its neighbor is not essential."""
    found = loaded(service(loadBalancers=[BALANCER]), {"taskDefinition": FULL_TASK})
    check = found.service.container_health_check
    assert (check.interval, check.timeout, check.retries, check.start_period) == (10, 3, 2, 60)


def test_container_check_of_aws_defaults(loaded, words):
    """A check that says nothing but its command asks every 30 s, and three times."""
    files = holding({"healthCheck": {"command": CURL}})
    check = loaded(files).service.container_health_check
    assert (check.interval, check.timeout, check.retries, check.start_period) == (30, 5, 3, 0)
    found = words(files)
    assert found["service.container_health_check.interval"] == "30s AWS's default"
    assert found["service.container_health_check.retries"] == "3 AWS's default"
    assert found["service.container_health_check.start_period"] == "0s AWS's default"


@pytest.mark.parametrize(
    "check",
    [
        None,
        {},
        {"command": ["NONE"]},
        {"command": [], "interval": 10},
        {"interval": 10},
    ],
)
def test_no_container_check(loaded, check):
    """Without a command nothing is checked, and the scenario has no check."""
    assert loaded(holding({"healthCheck": check})).service.container_health_check is None


def test_container_check_without_a_command_is_listed(words):
    """Settings of a check that is never run are said to do nothing."""
    found = words(holding({"healthCheck": {"interval": 10}}))
    assert "has no command" in found["service.container_health_check"]


def test_container_check_of_a_neighbor(loaded, words):
    """Where only another essential container has a check, it decides the task's health."""
    neighbor = {"name": "proxy", "healthCheck": {"command": CURL, "interval": 7}}
    assert loaded(holding({}, neighbor)).service.container_health_check.interval == 7
    ignored = {**neighbor, "essential": False}
    assert loaded(holding({}, ignored)).service.container_health_check is None
    both = holding(neighbor, {"healthCheck": {"command": CURL, "interval": 20}})
    assert loaded(both).service.container_health_check.interval == 7
    behind = (service(loadBalancers=[BALANCER]), both)
    assert loaded(*behind).service.container_health_check.interval == 20
    assert "container proxy is left out" in words(*behind)["service.container_health_check"]


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"command": CURL, "interval": 2}, "interval: must be a number from 5 to 300; got 2"),
        ({"command": CURL, "timeout": 90}, "timeout: must be a number from 2 to 60; got 90"),
        ({"command": CURL, "retries": 0}, "retries: must be a number from 1 to 10; got 0"),
        ({"command": CURL, "retries": 1.5}, "retries: must be a whole number"),
        ({"command": CURL, "startPeriod": 301}, "startPeriod: must be a number from 0 to 300"),
        ({"command": "curl"}, "command: must be a list of texts"),
        ("curl", "healthCheck: must be an object"),
    ],
)
def test_container_checks_that_aws_would_not_take(imported, check, expected):
    """A check out of AWS's ranges is refused by its field."""
    with pytest.raises(ImportShapeError, match=expected):
        imported(holding({"healthCheck": check}))


# Stop timeouts.


@pytest.mark.parametrize(
    ("launch", "stated", "expected", "is_bounded"),
    [("FARGATE", None, 30, False), ("FARGATE", 2, 2, False), ("FARGATE", 120, 120, False),
     ("FARGATE", "45", 45, False), ("FARGATE", 300, 120, True), ("FARGATE", 121, 120, True),
     ("FARGATE", 1, 2, True), ("FARGATE", 0, 2, True), ("EC2", None, 30, False),
     ("EC2", 300, 300, False), ("EC2", 1, 1, False)],
)  # fmt: skip
def test_stop_timeout(loaded, words, launch, stated, expected, is_bounded):
    """What only EC2 allows is bounded and listed on Fargate, and taken as it is on EC2."""
    files = (service(launchType=launch), holding({"stopTimeout": stated}))
    found = loaded(*files)
    assert (found.service.stop_timeout, found.platform) == (expected, "ecs")
    listed = words(*files).get("service.stop_timeout", "")
    assert (f"the task definition has {stated} s" in listed) == is_bounded


def test_stop_timeout_has_the_range_of_a_scenario():
    """The importer's bounds are those that a scenario on Fargate takes."""
    assert (STOP_TIMEOUT.low, STOP_TIMEOUT.high) == (
        containers.SHORTEST_STOP,
        containers.LONGEST_STOP,
    )


@pytest.mark.parametrize("stated", [-1, 2.5, "soon", 100_000])
def test_stop_timeouts_that_aws_would_not_take(imported, stated):
    """No bound makes sense of a negative, a broken or an endless time."""
    with pytest.raises(ImportShapeError, match="stopTimeout"):
        imported(holding({"stopTimeout": stated}))


# The container that serves, and its port.

PORT = {"portMappings": [{"containerPort": 80}]}
LOG = {"name": "log", "stopTimeout": 10}
WEB = {"name": "web", "stopTimeout": 90}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([holding(LOG, WEB | PORT)], 90),
        ([holding(WEB | PORT, LOG)], 90),
        ([holding(LOG, WEB)], 10),
        ([holding(LOG | PORT, WEB | PORT)], 10),
        ([holding(LOG | PORT, WEB), service(loadBalancers=[BALANCER])], 90),
        ([holding(LOG | PORT, WEB), service(taskSets=[{"loadBalancers": [BALANCER]}])], 90),
        ([holding(LOG | PORT, WEB), deploying_to("web")], 90),
    ],
)
def test_the_container_that_serves(loaded, files, expected):
    """Balancer, task set or AppSpec name it, else it has the only port, else it stands first."""
    assert loaded(*files).service.stop_timeout == expected


def test_a_container_that_is_not_there(imported):
    """An AppSpec of a container that the task definition does not have is refused."""
    with pytest.raises(ImportShapeError, match='none is called "api"'):
        imported(service(), holding(WEB), deploying_to("api"))


@pytest.mark.parametrize(
    ("mode", "launch", "ports", "expected"),
    [
        ("bridge", "EC2", {"containerPort": 80, "hostPort": 8080}, "port 8080 is fixed (bridge"),
        (None, "EC2", {"containerPort": 80, "hostPort": 8080}, "port 8080 is fixed (bridge"),
        ("host", "EC2", {"containerPort": 80}, "port 80 is fixed (host"),
        ("bridge", "EC2", {"containerPort": 80, "hostPort": 0}, ""),
        ("bridge", "EC2", {"containerPort": 80}, ""),
        ("awsvpc", "EC2", {"containerPort": 80, "hostPort": 80}, ""),
        (None, "FARGATE", {"containerPort": 80, "hostPort": 80}, ""),
    ],
)
def test_fixed_ports(words, mode, launch, ports, expected):
    """A port of the instance that is fixed leaves it room for one task, which slots can say."""
    definition = holding({"portMappings": [ports]}) | ({"networkMode": mode} if mode else {})
    listed = words(service(launchType=launch), definition).get("service.slots", "")
    assert listed.startswith(expected)
    assert bool(listed) == bool(expected)


def test_classic_load_balancers(loaded, words):
    """A classic load balancer is played as an ALB, by name."""
    files = service(loadBalancers=[{"loadBalancerName": "old", "containerName": "web"}])
    assert loaded(files).service.load_balancer
    assert words(files)["target_group"] == "old is a classic load balancer; here it is an ALB"


# Services without a load balancer.


def test_no_load_balancer(loaded, words):
    """A service that names none has none, and only what shifts no traffic is compared."""
    files = (service(), task())
    found = loaded(*files)
    assert not found.service.load_balancer
    assert list(found.strategies) == ["rolling", "recreate"]
    assert "only rolling and recreate" in words(*files)["strategies"]
    assert "target_group" not in str(sorted(words(*files)))


@pytest.mark.parametrize(
    "files",
    [
        [service(loadBalancers=[BALANCER])],
        [service(taskSets=[{"loadBalancers": [BALANCER]}])],
        [service(deploymentController={"type": "CODE_DEPLOY"})],
        [service(), group()],
        [service(), appspec()],
        [deploying(strategy="BLUE_GREEN")],
        [service(vpcLatticeConfigurations=[{"portName": "http"}])],
        [service(deployments=[{"vpcLatticeConfigurations": [{"portName": "http"}]}])],
        [task()],
        [target()],
    ],
)
def test_load_balancer(loaded, files):
    """What shifts traffic has a load balancer, and so has a service that no file describes."""
    found = loaded(*files)
    assert found.service.load_balancer
    assert "blue-green" in found.strategies


def test_load_balancer_that_nobody_names(words):
    """That a service which shifts traffic is given an ALB is listed."""
    found = words(deploying(strategy="BLUE_GREEN"))
    assert "the service has no load balancer; here it has an ALB" in found["target_group"]


def test_target_groups_of_others(loaded, words):
    """Target groups of a region are not those of a service that names none."""
    others = {"TargetGroups": [target(Name="a"), target(Name="b", Protocol="TCP")]}
    files = (service(), others)
    assert not loaded(*files).service.load_balancer
    assert "names no target group" in words(*files)["target_group"]


def test_alarms_of_a_load_balancer_that_is_not_there(loaded, words):
    """What only a load balancer publishes is left out by name; CPU stays."""
    names = ["too-many-5xx", "cpu"]
    watched = deploying(alarms={"alarmNames": names, "enable": True, "rollback": True})
    balancer = alarm(MetricName="HTTPCode_ELB_5XX_Count")
    cpu = alarm(AlarmName="cpu", MetricName="CPUUtilization", Statistic="Average")
    files = (watched, {"MetricAlarms": [balancer, cpu]})
    assert [one.metric for one in loaded(*files).alarms] == ["cpu"]
    assert "and the service has none" in words(*files)["alarms.too-many-5xx"]


@pytest.mark.parametrize(
    "files",
    [
        [service(launchType="EC2"), holding({"healthCheck": {"command": CURL}})],
        [service(launchType="EXTERNAL", loadBalancers=[BALANCER]), holding({"stopTimeout": 300})],
        [provided("our-asg")],
    ],
)
def test_assumed_values_of_these_can_be_set_by_their_paths(imported, tmp_path, files):
    """The path of every assumption is what --set takes, also on EC2 and without a balancer."""
    found = imported(*files)
    path = write(found, tmp_path / "my.yaml")
    for one in found.assumptions:
        if one.value:
            load_scenario(path, overrides=[f"{one.path}={one.value}"])


def test_worker_with_a_container_check(imported):
    """A worker's health is its container's check, and a good release of what comes of it ships."""
    found = load_scenario_text(
        imported(service(), holding({"healthCheck": {"command": CURL}})).text
    )
    assert found.service.container_health_check.interval == 30
    for name in found.strategies:
        one = simulate(found, name, seed=1)
        assert one.metrics["verdict"] == "shipped"
        assert one.metrics["failed_tasks"] == 0
