"""The strategies: those that the files describe, then the others, added for comparison.

The same detectors watch all of them: what the service or the deployment group has goes into
``defaults``, and a strategy says only where it differs.
"""

from collections.abc import Iterator
from pathlib import Path

from simdeploy.importers import alarms, code_deploy
from simdeploy.importers.fields import Fields, why
from simdeploy.importers.inventory import Inventory, balancers, has_balancer
from simdeploy.importers.page import (
    ADDED,
    UNKNOWN,
    Assumption,
    Item,
    Section,
    Value,
    assumed,
    either,
    given,
    minutes,
)
from simdeploy.strategies.parts import ECS_STAGES

NAMES = ("rolling", "blue-green", "canary", "linear", "recreate")
WITHOUT_BALANCER = ("rolling", "recreate")
DAY, LONGEST_PAUSE = 1440, 14 * 1440
ECS_TYPES = {"BLUE_GREEN": "blue-green", "CANARY": "canary", "LINEAR": "linear"}
#: Stages in which the new tasks get the requests of the test listener alone.
TESTED = ("TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT")
BREAKER_TYPES = ("COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT")

Keys = dict[str, Item]


def strategy_blocks(inventory: Inventory) -> Section:
    """Return the ``strategies`` block, in the order in which people compare."""
    sections = dict(_described(inventory))
    for name in NAMES if has_balancer(inventory) else WITHOUT_BALANCER:
        if name not in sections:
            sections[name] = Section(_added(name, inventory), added=ADDED)
    return Section(dict(sorted(sections.items(), key=lambda item: (_place(item[0]), item[0]))))


def _from(source: Fields) -> str:
    return f"from {Path(source.file).name}"


def _place(name: str) -> int:
    return next((i for i, prefix in enumerate(NAMES) if name.startswith(prefix)), len(NAMES))


def _described(inventory: Inventory) -> Iterator[tuple[str, Section]]:
    native = _native(inventory)
    if native is not None:
        yield native
    elif inventory.controller == "ECS" and inventory.service is not None:
        yield "rolling", Section(_rolling(inventory), (_from(inventory.service),))
    shift = code_deploy.shift(inventory)
    if shift is not None:
        name, keys = shift
        source = inventory.group or inventory.config
        full = {
            **keys,
            "controller": given("code_deploy"),
            **code_deploy.test_listener(inventory),
            **code_deploy.ready_wait(inventory),
        }
        is_taken = native is not None and native[0] == name
        above = (_from(source),) if source else ()
        yield f"{name}-code-deploy" if is_taken else name, Section(full, above)


def _rolling(inventory: Inventory) -> Keys:
    deployment = inventory.deployment if inventory.controller == "ECS" else None
    low = deployment.number("minimumHealthyPercent", 0, 100) if deployment else None
    high = deployment.number("maximumPercent", 100, 10_000) if deployment else None
    return {
        "type": given("rolling"),
        "minimum_healthy_percent": either(low, 100, why(deployment, "minimumHealthyPercent")),
        "maximum_percent": either(high, 200, why(deployment, "maximumPercent")),
        **_own_alarms(inventory),
    }


def _own_alarms(inventory: Inventory) -> Keys:
    """Return the alarms of ECS's own strategies, where CodeDeploy's are others."""
    mine = alarms.service_alarms(inventory)
    if mine is None or alarms.group_alarms(inventory) is None:
        return {}
    names = alarms.played(inventory, mine)
    words = "" if names else "the service names none that is played"
    return {"alarms": given(names, words)} if names != _default_alarms(inventory) else {}


def _native(inventory: Inventory) -> tuple[str, Section] | None:
    """Return the service's own traffic-shifting strategy, under the controller ECS."""
    if inventory.native is None or inventory.service is None or inventory.deployment is None:
        return None
    name = ECS_TYPES[inventory.native]
    keys: Keys = {"type": given(name.replace("-", "_")), "controller": given("ecs")}
    keys |= _native_steps(inventory.deployment, name) | _test_listener(inventory)
    keys |= _own_alarms(inventory)
    keys |= _approval(inventory)
    return name, Section(keys, (_from(inventory.service),))


def _native_steps(deployment: Fields, name: str) -> Keys:
    if name == "canary":
        steps = deployment.object("canaryConfiguration")
        percent = either(steps.number("canaryPercent", 0.1, 100), 5, steps.why("canaryPercent"))
        return {"percent": percent, "wait": _minutes(steps, "canaryBakeTimeInMinutes", 10)}
    if name == "linear":
        steps = deployment.object("linearConfiguration")
        percent = either(steps.number("stepPercent", 3, 100), 10, steps.why("stepPercent"))
        return {"percent": percent, "every": _minutes(steps, "stepBakeTimeInMinutes", 6)}
    return {}


def _has_test_rule(inventory: Inventory) -> bool | None:
    """Return whether the service has a test listener's rule; None where nobody can say."""
    advanced = [each.object("advancedConfiguration") for each in balancers(inventory.service)]
    if any(each.text("testListenerRule") for each in advanced):
        return True
    is_known = any(each.data for each in advanced)
    is_open = any(each.open("testListenerRule") for each in advanced)
    return False if is_known and not is_open else None


def _test_listener(inventory: Inventory) -> Keys:
    """Return that there is no test listener, where the service has no rule of one."""
    if _has_test_rule(inventory) is not False:
        return {}
    return {"test_listener": given(False, "the service has no testListenerRule")}


def _minutes(steps: Fields, key: str, default: int) -> Value:
    value = steps.whole(key, 0, 1440)
    return either(minutes(value), minutes(default), steps.why(key))


def _approval(inventory: Inventory) -> Keys:
    """Return the person whom the service's first pause asks, if it has any."""
    for pause, stage in _pauses(inventory):
        limit = pause.object("timeoutConfiguration")
        key = "timeoutInMinutes"
        timeout = either(minutes(limit.whole(key, 1, LONGEST_PAUSE)), minutes(DAY), limit.why(key))
        keys: Keys = {"stage": given(stage), "answers_after": assumed("5m", UNKNOWN)}
        return {"approval": Section({**keys, "timeout": timeout})}
    return {}


def _added(name: str, inventory: Inventory) -> Keys:
    """Return a strategy that no file describes, as close to the described strategies as can be."""
    if name == "rolling":
        return _rolling(inventory)
    if name == "recreate":
        return {"type": given("recreate"), **_own_alarms(inventory)}
    word = name.replace("-", "_")
    if inventory.native is not None and inventory.group is None:
        return {"type": given(word), "controller": given("ecs"), **_test_listener(inventory)}
    return {
        "type": given(word),
        "controller": given("code_deploy"),
        **_predefined(name),
        **code_deploy.test_listener(inventory),
        **code_deploy.ready_wait(inventory),
    }


def _predefined(name: str) -> Keys:
    configs = code_deploy.CONFIGS.get(name)
    return {"config": given(next(iter(configs)))} if configs else {}


def defaults_block(inventory: Inventory) -> Section:
    """Return the detectors and waits of all strategies whose controller has them."""
    keys: Keys = {
        "alarms": given(_default_alarms(inventory)),
        "circuit_breaker": _breaker(inventory),
        "bake_time": _bake_time(inventory),
    }
    if has_balancer(inventory):
        keys["termination_wait"] = code_deploy.termination_wait(inventory)
        keys["hooks"] = [*code_deploy.hooks(inventory), *_native_hooks(inventory)]
    return Section(keys)


def _default_alarms(inventory: Inventory) -> list[str]:
    group, service = alarms.group_alarms(inventory), alarms.service_alarms(inventory)
    return alarms.played(inventory, (service if group is None else group) or [])


def _breaker(inventory: Inventory) -> Section:
    breaker = (
        inventory.deployment.object("deploymentCircuitBreaker") if inventory.deployment else None
    )
    if breaker is None or not breaker.data:
        words = why(breaker, "enable")
        return Section({"enable": assumed(False, words), "rollback": assumed(False, words)})
    flags = (
        ("enable", "enable", False),
        ("rollback", "rollback", False),
        ("reset_on_healthy", "resetOnHealthyTask", True),
    )
    keys: Keys = {
        key: either(breaker.flag(field), default, breaker.why(field))
        for key, field, default in flags
    }
    return Section(keys | _threshold(breaker.object("thresholdConfiguration")))


def _threshold(threshold: Fields) -> Keys:
    word = threshold.word("type", BREAKER_TYPES)
    value = threshold.whole("value", 1, 100 if word != "COUNT" else 1_000_000)
    return {
        "threshold_type": either(word, "BOUNDED_PERCENT", threshold.why("type")),
        "threshold": either(value, 50, threshold.why("value")),
    }


def _bake_time(inventory: Inventory) -> Value:
    deployment = inventory.deployment
    value = deployment.whole("bakeTimeInMinutes", 0, 1440) if deployment else None
    words = "AWS's default: as long as the alarms need"
    return either(minutes(value), "auto", why(deployment, "bakeTimeInMinutes", words))


def _native_hooks(inventory: Inventory) -> list[Section]:
    """Return the Lambda hooks of the service; only its traffic-shifting strategies run them."""
    return [
        code_deploy.hook(stage, hook.text("hookTargetArn") or "", _timeout(hook))
        for hook, stage in _hook_stages(inventory)
        if not _is_pause(hook)
    ]


def _timeout(hook: Fields) -> dict[str, Value]:
    """Return how long ECS waits for a hook where the service says it; else 24 hours, as here."""
    limit = hook.object("timeoutConfiguration").whole("timeoutInMinutes", 1, LONGEST_PAUSE)
    return {} if limit is None else {"timeout": given(minutes(limit))}


def _hook_stages(inventory: Inventory) -> Iterator[tuple[Fields, str]]:
    if inventory.native is None or inventory.deployment is None:
        return
    for hook in inventory.deployment.objects("lifecycleHooks"):
        for stage in hook.texts("lifecycleStages"):
            if stage not in ECS_STAGES:
                raise hook.error("lifecycleStages", f'"{stage[:60]}" is no stage of ECS')
            yield hook, stage


def _pauses(inventory: Inventory) -> Iterator[tuple[Fields, str]]:
    return ((hook, stage) for hook, stage in _hook_stages(inventory) if _is_pause(hook))


def _is_pause(hook: Fields) -> bool:
    return hook.word("targetType", ("AWS_LAMBDA", "PAUSE")) == "PAUSE"


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what the deployment configuration says and a scenario cannot."""
    deployment = inventory.deployment
    if deployment is None:
        return
    yield from _of_pauses(inventory)
    yield from _of_hooks(inventory)
    alarms = deployment.object("alarms")
    if alarms.flag("enable") and not alarms.flag("rollback"):
        words = "the service's alarms stop without rolling back; here they do roll back"
        yield Assumption("defaults.alarms", "", words)
    if deployment.object("earlySuccessCriteria").flag("enable"):
        yield Assumption("strategies.rolling", "", "earlySuccessCriteria is not modeled")


def _of_hooks(inventory: Inventory) -> Iterator[Assumption]:
    """List the hooks that AWS passes by when they do not answer, and those without requests."""
    path = "defaults.hooks"
    for hook, stage in _hook_stages(inventory):
        if _is_pause(hook):
            continue
        action = hook.object("timeoutConfiguration").word("action", ("ROLLBACK", "CONTINUE"))
        if action == "CONTINUE":
            words = f"a hook at {stage} that does not answer is passed by (CONTINUE); here it fails"
            yield Assumption(path, "", words)
        if stage in TESTED and _has_test_rule(inventory) is False:
            words = f"the hook at {stage} has no testListenerRule to send its requests to"
            yield Assumption(path, "", words)


def _of_pauses(inventory: Inventory) -> Iterator[Assumption]:
    """List the pauses that are left out, and those that go on by themselves."""
    for i, (pause, stage) in enumerate(_pauses(inventory)):
        path = f"strategies.{ECS_TYPES[inventory.native or '']}.approval"
        limit = pause.object("timeoutConfiguration")
        if i:
            words = f"only one approval is modeled; the pause at {stage} is left out"
            yield Assumption(path, "", words)
        elif limit.word("action", ("ROLLBACK", "CONTINUE")) == "CONTINUE":
            words = "without an answer AWS goes on here (CONTINUE); in a scenario that is a no"
            yield Assumption(path, "", words)
