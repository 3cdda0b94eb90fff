"""A CodeDeploy deployment group, its configuration and its AppSpec: one traffic-shifting strategy.

CodeDeploy's predefined configurations are known by name; a custom configuration needs the file
that ``aws deploy get-deployment-config`` prints.
"""

import re
from collections.abc import Iterator

from simdeploy.importers.fields import Fields
from simdeploy.importers.inventory import Inventory
from simdeploy.importers.page import UNKNOWN, Assumption, Section, Value, assumed, duration, given
from simdeploy.strategies.configs import CANARY, LINEAR
from simdeploy.strategies.parts import CODE_DEPLOY_STAGES

ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
TEST_STAGE = "AfterAllowTestTraffic"
SERVERS = ("ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups", "ec2TagSet")
PLATFORMS = ("Server", "Lambda", "ECS")
ROUTING = ("TimeBasedCanary", "TimeBasedLinear", "AllAtOnce")
PART = 'a percentage and an interval, as "timeBasedCanary" and "timeBasedLinear" have them'
FUNCTION = re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:([A-Za-z0-9_-]{1,140})(?::.*)?")
#: Predefined configurations, by the type of the strategy.
CONFIGS = {"canary": CANARY, "linear": LINEAR}

Keys = dict[str, Value]


def refuse(inventory: Inventory) -> None:
    """Refuse deployment groups, configurations and AppSpecs that are not for ECS."""
    for fields in (inventory.group, inventory.config):
        platform = fields.word("computePlatform", PLATFORMS) if fields else None
        if fields and platform in ("Server", "Lambda"):
            raise fields.error("computePlatform", f"is {platform}; only ECS is modeled")
    group = inventory.group
    if group is None:
        return
    for key in SERVERS:
        if group.get(key):
            raise group.error(key, "is for servers; only groups of an ECS service are modeled")
    if group.object("deploymentStyle").word("deploymentType", ("IN_PLACE", "BLUE_GREEN")) == (
        "IN_PLACE"
    ):
        raise group.error("deploymentStyle", "IN_PLACE is for servers; ECS has BLUE_GREEN only")


def shift(inventory: Inventory) -> tuple[str, Keys] | None:
    """Return the name and keys of the strategy that the configuration says, or None."""
    refuse(inventory)
    if inventory.group is None:
        return _custom(inventory.config) if inventory.config else None
    name = inventory.group.text("deploymentConfigName")
    if name is None:
        return "blue-green", {"type": assumed("blue_green", f"AWS's default, {ALL_AT_ONCE}")}
    return _predefined(name) or _given(name, inventory.group, inventory.config)


def _predefined(name: str) -> tuple[str, Keys] | None:
    if name == ALL_AT_ONCE:
        return "blue-green", {"type": given("blue_green", name)}
    for word, configs in CONFIGS.items():
        if name in configs:
            return word, {"type": given(word), "config": given(name)}
    return None


def _given(name: str, group: Fields, config: Fields | None) -> tuple[str, Keys]:
    if config is not None:
        return _custom(config)
    command = f"aws deploy get-deployment-config --deployment-config-name {name}"
    raise group.error("deploymentConfigName", f'"{name}" is your own; add what {command} prints')


def _custom(config: Fields) -> tuple[str, Keys]:
    name = config.text("deploymentConfigName") or ""
    if predefined := _predefined(name):
        return predefined
    routing = config.object("trafficRoutingConfig")
    word = routing.word("type", ROUTING)
    if word == "AllAtOnce":
        return "blue-green", {"type": given("blue_green", name)}
    if word == "TimeBasedCanary":
        return "canary", _steps(routing, name, "canary", "wait")
    if word == "TimeBasedLinear":
        return "linear", _steps(routing, name, "linear", "every")
    raise config.error("trafficRoutingConfig", f"has no type; known: {', '.join(ROUTING)}")


def _steps(routing: Fields, name: str, word: str, pause: str) -> Keys:
    steps = routing.object(f"timeBased{word.capitalize()}")
    percent = steps.whole(f"{word}Percentage", 1, 99)
    minutes = steps.whole(f"{word}Interval", 1, 2880)
    if percent is None or minutes is None:
        raise routing.error(f"timeBased{word.capitalize()}", f"needs {PART}")
    return {
        "type": given(word, name),
        "percent": given(percent),
        pause: given(duration(60 * minutes)),
    }


def ready_wait(inventory: Inventory) -> Keys:
    """Return how long the group waits for a person before traffic moves, if it does."""
    ready = _blue_green(inventory).object("deploymentReadyOption") if inventory.group else None
    words = ("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT")
    if ready is None or ready.word("actionOnTimeout", words) != "STOP_DEPLOYMENT":
        return {}
    minutes = ready.whole("waitTimeInMinutes", 0, 2880) or 0
    return {"ready_wait": given(duration(60 * minutes), "at most; then somebody has continued")}


def termination_wait(inventory: Inventory) -> Value:
    """Return how long the old tasks are kept after the shift."""
    if inventory.group is None:
        return assumed("1h", "what AWS's console proposes")
    end = _blue_green(inventory).object("terminateBlueInstancesOnDeploymentSuccess")
    if end.word("action", ("TERMINATE", "KEEP_ALIVE")) == "KEEP_ALIVE":
        return assumed("48h", "KEEP_ALIVE in AWS, which is for servers; the longest wait of ECS")
    minutes = end.whole("terminationWaitTimeInMinutes", 0, 2880)
    if minutes is None:
        words = "what AWS's console proposes; the API has no default"
        return assumed("1h", end.why("terminationWaitTimeInMinutes", words))
    return given(duration(60 * minutes))


def has_test_listener(inventory: Inventory) -> bool | None:
    """Return whether the group has a test listener; None without a group that would say."""
    if inventory.group is None or not inventory.group.has("loadBalancerInfo"):
        return None
    routes = inventory.group.object("loadBalancerInfo").objects("targetGroupPairInfoList")
    return any(pair.object("testTrafficRoute").texts("listenerArns") for pair in routes)


def test_listener(inventory: Inventory) -> Keys:
    """Return that there is no test listener, where the group has no test route."""
    if has_test_listener(inventory) is not False:
        return {}
    return {"test_listener": given(False, "the group has no testTrafficRoute")}


def hooks(inventory: Inventory) -> list[Section]:
    """Return the hooks of the AppSpec; no file says how long they take."""
    return [
        hook(stage, arn)
        for stage, arn in _stages(inventory.appspec)
        if stage != TEST_STAGE or has_test_listener(inventory) is not False
    ]


def hook(stage: str, arn: str, timeout: Keys | None = None) -> Section:
    """Return the section of a hook that runs a Lambda function at a stage."""
    keys: Keys = {"stage": given(stage, function_name(arn)), "duration": assumed("30s", UNKNOWN)}
    return Section(keys | (timeout or {}))


def _stages(appspec: Fields | None) -> Iterator[tuple[str, str]]:
    if appspec is None:
        return
    _refuse_resources(appspec)
    seen: set[str] = set()
    for entry in appspec.objects("Hooks"):
        for stage in entry.data:
            if stage not in CODE_DEPLOY_STAGES or stage in seen:
                why = "stands twice" if stage in seen else "is no stage of CodeDeploy for ECS"
                raise entry.error(
                    "", f'"{stage[:60]}" {why}; known: {", ".join(CODE_DEPLOY_STAGES)}'
                )
            seen.add(stage)
            yield stage, entry.text(stage) or ""


def _refuse_resources(appspec: Fields) -> None:
    entries = appspec.objects("Resources")
    kinds = [entry.object(name).text("Type") for entry in entries for name in entry.data]
    if kinds != ["AWS::ECS::Service"]:
        got = ", ".join(str(kind)[:40] for kind in kinds[:3]) or "nothing"
        raise appspec.error("Resources", f"must be one AWS::ECS::Service; got {got}")


def function_name(arn: str) -> str:
    """Return the name of a Lambda function.

    >>> function_name("arn:aws:lambda:us-east-1:123456789012:function:smoke-tests")
    'smoke-tests'
    """
    match = FUNCTION.fullmatch(arn)
    return match[1] if match else arn[:60]


def _blue_green(inventory: Inventory) -> Fields:
    assert inventory.group is not None
    return inventory.group.object("blueGreenDeploymentConfiguration")


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what the deployment group says and a scenario cannot."""
    group = inventory.group
    if group is None:
        if inventory.controller == "CODE_DEPLOY":
            words = "the deployment group is not in these files; CodeDeploy's defaults are used"
            yield Assumption("strategies", "", words)
        return
    if inventory.controller == "ECS":
        words = "both are here: the service's controller is ECS, the deployment group is CodeDeploy"
        yield Assumption("strategies", "", words)
    yield from _rollback_caveats(group)


def _rollback_caveats(group: Fields) -> Iterator[Assumption]:
    rollback = group.object("autoRollbackConfiguration")
    events = rollback.texts("events") if rollback.flag("enabled") else []
    for event in ("DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_FAILURE"):
        if event not in events:
            words = f"the group does not roll back on {event}; here it does"
            yield Assumption("strategies", "", words)
