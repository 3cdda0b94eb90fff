"""Copilot's manifests become scenarios: values of one environment, defaults, what is refused."""

from pathlib import Path

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files
from simdeploy.importers.copilot.manifest import merged
from simdeploy.importers.options import Options
from simdeploy.importers.templates.nodes import Node, plain
from simdeploy.scenario import load_scenario_text

CART = Path(__file__).parents[1] / "inputs" / "copilot-manifest.yml"
WEB = "name: web\ntype: Load Balanced Web Service\nimage: {port: 80}\n"


@pytest.fixture
def made(save):
    """Import a manifest's text with an environment."""

    def make(text, environment=None):
        (path,) = save(text, suffix=".yml")
        return import_files([path], Options(environment=environment))

    return make


@pytest.fixture
def scenario_of(made):
    """Import a manifest's text and load the scenario."""
    return lambda text, environment=None: load_scenario_text(made(text, environment).text)


def said(imported):
    """Return all that is said about a path, by path."""
    found = {}
    for each in imported.assumptions:
        found.setdefault(each.path, []).append(f"{each.value} {each.source_words}".strip())
    return {path: "; ".join(words) for path, words in found.items()}


def checks(scenario):
    """Return a health check's interval, timeout and thresholds."""
    check = scenario.target_group.health_check
    return [check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold]


def test_manifest():
    """The values for all environments, with the breaker that Copilot always switches on."""
    imported = import_files([CART])
    scenario = load_scenario_text(imported.text)
    assert scenario.service.name == "cart"
    assert scenario.service.desired_count == 3
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (0.5, 1)
    assert checks(scenario) == [10, 4, 2, 2]
    assert scenario.service.health_check_grace_period == 90
    assert scenario.target_group.deregistration_delay == 20
    rolling = scenario.strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (100, 200)
    breaker = scenario.defaults.circuit_breaker
    assert (breaker.enable, breaker.rollback) == (True, True)
    assert "--env takes one of prod" in said(imported)["service"]


def test_environment():
    """An environment's values take the place of others."""
    imported = import_files([CART], Options(environment="prod"))
    scenario = load_scenario_text(imported.text)
    assert scenario.service.desired_count == 6
    rolling = scenario.strategies["rolling"]
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (0, 100)
    assert [alarm.name for alarm in scenario.alarms] == ["cart-5xx"]
    words = said(imported)
    assert "autoscaling of 6 to 24 tasks is not modeled" in words["service.desired_count"]
    assert "not in these files" in words["alarms.cart-5xx.metric"]
    assert "service" not in words


def test_unknown_environment(made):
    """Copilot deploys to an environment that a manifest does not name; a typo is told."""
    words = said(made(f"{WEB}environments: {{test: {{count: 2}}}}\n", "tset"))["service"]
    assert words == (
        "no environment tset in the manifest; only the values for all environments are used; "
        "--env takes one of test"
    )


def test_defaults(made):
    """What a manifest does not say is Copilot's default, and is marked as assumed."""
    imported = made(WEB)
    scenario = load_scenario_text(imported.text)
    assert scenario.service.desired_count == 1
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (0.25, 0.5)
    assert scenario.service.health_check_grace_period == 60
    assert scenario.target_group.deregistration_delay == 60
    assert checks(scenario) == [30, 5, 5, 2]
    words = said(imported)
    for path in (
        "service.desired_count",
        "service.task.vcpu",
        "service.task.memory_gb",
        "service.health_check_grace_period",
        "target_group.deregistration_delay",
        "strategies.rolling.maximum_percent",
    ):
        assert words[path].endswith("Copilot's default")
    assert "deregistration_delay: 60s  # assumed: Copilot's default" in imported.text


@pytest.mark.parametrize(
    ("count", "desired"),
    [
        ("5", 5),
        ("{spot: 5}", 5),
        ("{range: 2-10, cpu_percentage: 70}", 2),
        ("{range: {min: 3, max: 9, spot_from: 4}}", 3),
        ("{range: {min: 3, max: 9, spot_from: 1}}", 3),
    ],
)
def test_counts(scenario_of, count, desired):
    """A number, Spot and bounds of autoscaling say how many tasks run."""
    scenario = scenario_of(f"{WEB}count: {count}\n")
    assert scenario.service.desired_count == desired
    assert scenario.service.launch_type == "fargate"


@pytest.mark.parametrize("count", ["{spot: 5}", "{range: {min: 3, max: 9, spot_from: 4}}"])
def test_spot(made, count):
    """Tasks on Spot are said to be cheaper than here, and to be interrupted."""
    words = said(made(f"{WEB}count: {count}\n"))
    assert "interruptions of Spot are missing" in words["service.task"]


@pytest.mark.parametrize(
    ("base", "override", "expected"),
    [
        ("{range: 2-10, requests: 9}", "{spot: 4}", 4),
        ("{spot: 4}", "{range: 2-10}", 2),
        ("{range: 2-10}", "{response_time: 2s}", 2),
        ("3", "{range: 2-10}", 2),
        ("{range: 2-10}", "7", 7),
    ],
)
def test_merged_counts(scenario_of, base, override, expected):
    """A number on Spot and bounds of autoscaling exclude each other, as in Copilot."""
    text = f"{WEB}count: {base}\nenvironments: {{prod: {{count: {override}}}}}\n"
    assert scenario_of(text, "prod").service.desired_count == expected


def test_merged():
    """Objects are merged key by key; lists, other values and null are not."""

    def node(value):
        if isinstance(value, dict):
            return Node({key: node(inner) for key, inner in value.items()}, 1)
        return Node([node(inner) for inner in value] if isinstance(value, list) else value, 1)

    base = {"a": {"b": 1, "c": [1, 2]}, "d": "x", "e": 1}
    override = {"a": {"c": [3], "f": 2}, "d": {"g": 1}, "e": None}
    expected = {"a": {"b": 1, "c": [3], "f": 2}, "d": {"g": 1}, "e": 1}
    assert plain(merged(node(base), node(override))) == expected


def test_alarms_of_copilot(made):
    """Alarms that Copilot makes watch the processor; of others there is no counterpart."""
    alarms = "rollback_alarms: {cpu_utilization: 70, memory_utilization: 50}"
    imported = made(f"{WEB}deployment: {{{alarms}}}\n")
    (alarm,) = load_scenario_text(imported.text).alarms
    assert (alarm.name, alarm.metric, alarm.threshold) == ("web-cpu-utilization", "cpu", 70)
    assert (alarm.period, alarm.datapoints, alarm.of) == (60, 2, 3)
    assert "MemoryUtilization" in said(imported)["alarms.web-memory-utilization"]


def test_further_rules(made):
    """A rule with another target group has its own draining; that of the main rule is taken."""
    text = f"{WEB}http: {{deregistration_delay: 30s, additional_rules: [{{path: admin}}]}}\n"
    imported = made(text)
    assert load_scenario_text(imported.text).target_group.deregistration_delay == 30
    assert "one of the service's 2 target groups" in said(imported)["target_group"]


@pytest.mark.parametrize("kind", ["Backend Service", "Worker Service"])
def test_without_balancer(scenario_of, kind):
    """A service behind no balancer has none in the scenario."""
    scenario = scenario_of(f"name: job\ntype: {kind}\ncount: 2\n")
    assert not scenario.service.load_balancer
    assert sorted(scenario.strategies) == ["recreate", "rolling"]


def test_containers(made):
    """The container that serves gives its check and its time to stop; others are said."""
    text = (
        f"{WEB}http: {{target_container: nginx}}\n"
        "sidecars:\n"
        "  nginx: {port: 8080/tcp, healthcheck: {command: [CMD, x], interval: 1m10s}}\n"
        "  log: {image: x, essential: false}\n"
        "taskdef_overrides:\n"
        "  - {path: 'ContainerDefinitions[1].StopTimeout', value: 75}\n"
        "  - {path: 'ContainerDefinitions[0].Ulimits', value: 75}\n"
    )
    imported = made(text)
    service = load_scenario_text(imported.text).service
    assert service.stop_timeout == 75
    check = service.container_health_check
    assert (check.interval, check.timeout, check.retries, check.start_period) == (70, 5, 2, 0)
    assert (
        "taskdef_overrides changes ContainerDefinitions[0].Ulimits"
        in said(imported)["service.task"]
    )


@pytest.mark.parametrize(
    ("platform", "architecture", "words"),
    [
        ("linux/arm64", "arm64", ""),
        ("windows/x86_64", "x86_64", "WINDOWS_SERVER_2019_CORE"),
        ("{osfamily: windows_server_2022_full, architecture: x86_64}", "x86_64", "2022_FULL"),
    ],
)
def test_platforms(made, platform, architecture, words):
    """The platform is the architecture, and Windows has other prices."""
    imported = made(f"{WEB}platform: {platform}\n")
    assert load_scenario_text(imported.text).service.task.architecture == architecture
    assert words in said(imported).get("service.task", "")


def test_open_value(made):
    """A value that Copilot takes from the surroundings is assumed, with its line."""
    text = f"{WEB}cpu: ${{CPU}}\nhttp: {{healthcheck: {{grace_period: '${{GRACE}}'}}}}\n"
    words = said(made(text))
    assert "line 4: CPU is filled in at deployment" in words["service.task.vcpu"]
    assert "line 5: GRACE is filled in" in words["service.health_check_grace_period"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\ntype: Static Site\n", ":2: type: a Static Site is a site on CloudFront"),
        ("name: x\ntype: Request-Driven Web Service\n", "runs on App Runner; only services of E"),
        ("name: x\ntype: Scheduled Job\n", "a job that ends by itself"),
        ("name: x\ntype: Backhand Service\n", "type: must be one of Load Balanced Web Service"),
        ("name: [x]\ntype: Backend Service\n", ":1: name: must be a text"),
        (f"{WEB}count: {{range: ten}}\n", ":4: count.range: must be two numbers, such as 2-10"),
        (f"{WEB}count: many\n", ":4: web.desiredCount: must be a number"),
        (f"{WEB}count: 0\n", ":4: web.desiredCount: is 0"),
        (f"{WEB}deployment: {{rolling: fast}}\n", "must be one of default, recreate"),
        (f"{WEB}deployment: {{rolling: [default]}}\n", "must be one of default, recreate"),
        (f"{WEB}deployment: {{rollback_alarms: {{disk: 1}}}}\n", "must be of cpu_utilization"),
        (f"{WEB}http: {{deregistration_delay: soon}}\n", "must be a time such as 30s or 1m30s"),
        (f"{WEB}http: {{healthcheck: {{interval: 1s}}}}\n", "must be a number from 5 to 300"),
        (f"{WEB}http: {{healthcheck: {{interval: 10}}}}\n", "must be a time such as 30s"),
        (f"{WEB}sidecars: [a]\n", "sidecars: must be an object"),
        (f"{WEB}http: false\nnlb: {{port: 443/tls}}\n", "TLS is of another load balancer"),
        (f"{WEB}cpu: {{}}\n", "web.cpu: must be a number"),
    ],
)
def test_refused_manifests(made, text, expected):
    """A manifest of no service of ECS, or with a value that Copilot refuses, is an error."""
    with pytest.raises(ImportShapeError) as caught:
        made(text)
    assert expected in str(caught.value)
