"""Target groups and their attributes: health checks, draining, slow start.

``describe-target-groups`` without a filter lists all of a region; only those that the service or
its deployment group name are looked at. Blue and green share one block in a scenario.
"""

from collections.abc import Iterator
from typing import Any

from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.fields import Fields, why
from simdeploy.importers.inventory import Inventory, balancers, group_name, has_balancer
from simdeploy.importers.page import (
    AWS_DEFAULT,
    Assumption,
    Item,
    Section,
    assumed,
    either,
    given,
    seconds,
)

PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")
#: Scenario key, AWS's field, its range, and AWS's default for an ALB.
CHECKS = (
    ("interval", "HealthCheckIntervalSeconds", (5, 300), 30),
    ("timeout", "HealthCheckTimeoutSeconds", (2, 120), 5),
    ("healthy_threshold", "HealthyThresholdCount", (2, 10), 5),
    ("unhealthy_threshold", "UnhealthyThresholdCount", (2, 10), 2),
)
TIMES = frozenset({"interval", "timeout"})
DELAY = "deregistration_delay.timeout_seconds"
SLOW_START = "slow_start.duration_seconds"
FAIL_OPEN = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"
FAIL_OPEN_PERCENT = FAIL_OPEN.replace("count", "percentage")
IDLE = "idle_timeout.timeout_seconds"


def target_block(inventory: Inventory) -> Section:
    """Return the ``target_group`` block."""
    target = production(inventory)
    attributes = _attributes(inventory)
    words = _missing(inventory)
    keys: dict[str, Item] = {"health_check": _health_check(target, words)}
    delay = attributes.number(DELAY, 0, 3600) if attributes else None
    slow = attributes.number(SLOW_START, 0, 900) if attributes else None
    count = attributes.text(FAIL_OPEN) if attributes else None
    keys["deregistration_delay"] = either(seconds(delay), "5m", why(attributes, DELAY, words))
    keys["slow_start"] = either(seconds(slow), "0s", why(attributes, SLOW_START, words))
    if attributes and count not in (None, "off"):
        keys["fail_open_min_count"] = given(attributes.whole(FAIL_OPEN, 1, 1000))
    balancer = inventory.balancer
    settings = pairs(balancer) if balancer else None
    idle = settings.number(IDLE, 1, 4000) if settings else None
    keys["idle_timeout"] = either(seconds(idle), "60s", why(settings, IDLE))
    return Section(keys, (f"from {name_of(target)}",) if target else ())


def _missing(inventory: Inventory) -> str:
    """Return why there is no target group, or that what it does not say is AWS's default."""
    if inventory.targets:
        return AWS_DEFAULT
    for balancer in balancers(inventory.service):
        if opened := balancer.open("targetGroupArn"):
            return opened.words
    return why(inventory.service, "loadBalancers")


def production(inventory: Inventory) -> Fields | None:
    """Return the target group that settings are taken of.

    Raises
    ------
    ImportShapeError
        If the service's target group is missing, if several differ and no service tells which
        it uses, or if the protocol is not modeled.
    """
    wanted = wanted_names(inventory)
    if not inventory.targets:
        return None
    names = ", ".join(name_of(target) for target in inventory.targets[:10])
    used = [target for target in inventory.targets if name_of(target) in wanted]
    if not used and wanted:
        raise inventory.targets[0].error("", f"has {names}; the service uses {', '.join(wanted)}")
    chosen = sorted(used, key=lambda t: wanted.index(name_of(t))) or list(inventory.targets)
    if not used and any(_settings(target) != _settings(chosen[0]) for target in chosen):
        raise chosen[1].error(
            "", f"several target groups ({names}); add the service that names its own"
        )
    for target in chosen:
        _refuse_protocol(target)
        _refuse_balancer(target, inventory)
    return chosen[0]


def wanted_names(inventory: Inventory) -> list[str]:
    """Name the target groups that the service and its deployment group use, production first."""
    names: list[str | None] = []
    for balancer in balancers(inventory.service):
        names.append(group_name(balancer.text("targetGroupArn")))
        alternate = balancer.object("advancedConfiguration").text("alternateTargetGroupArn")
        names.append(group_name(alternate))
    if inventory.group is not None:
        for pair in inventory.group.object("loadBalancerInfo").objects("targetGroupPairInfoList"):
            names.extend(target.text("name") for target in pair.objects("targetGroups"))
    return list(dict.fromkeys(name for name in names if name))


def name_of(target: Fields) -> str:
    """Return a target group's name; its creation calls it Name."""
    return target.text("TargetGroupName") or target.text("Name") or "a target group without name"


def _refuse_protocol(target: Fields) -> None:
    protocol = target.word("Protocol", PROTOCOLS)
    if protocol not in (None, "HTTP", "HTTPS"):
        kind = "gateway" if protocol == "GENEVE" else "network"
        why = f"{protocol} is of another load balancer ({kind}); only the ALB is modeled"
        raise target.error("Protocol", why)
    if target.word("TargetType", ("instance", "ip", "lambda", "alb")) == "lambda":
        raise target.error("TargetType", "lambda is no ECS service")


def _refuse_balancer(target: Fields, inventory: Inventory) -> None:
    """Refuse a target group whose load balancer is no ALB; its other settings decide nothing."""
    used = target.texts("LoadBalancerArns")
    for balancer in inventory.balancers:
        kind = balancer.word("Type", ("application", "network", "gateway"))
        if balancer.text("LoadBalancerArn") in used and kind not in (None, "application"):
            raise balancer.error("Type", f"{kind}: only the ALB is modeled")


def _settings(target: Fields) -> tuple[float | None, ...]:
    return tuple(target.number(field, *limits) for _, field, limits, _ in CHECKS)


def _health_check(target: Fields | None, words: str) -> Section:
    keys = {}
    for key, field, limits, default in CHECKS:
        value = target.number(field, *limits) if target else None
        written = _written(key, value)
        keys[key] = either(written, _written(key, default), why(target, field, words))
    if target:
        _refuse_late(target)
    depth = "not in AWS's files; shallow if the check misses errors of the application"
    return Section({**keys, "depth": assumed("deep", depth)})


def _refuse_late(target: Fields) -> None:
    """Refuse a timeout that AWS would not take, either."""
    interval, timeout = _settings(target)[:2]
    if (timeout or 5) >= (interval or 30):
        raise target.error("HealthCheckTimeoutSeconds", "must be less than the interval")


def _written(key: str, value: float | None) -> str | int | None:
    return seconds(value) if key in TIMES or value is None else int(value)


def _attributes(inventory: Inventory) -> Fields | None:
    """Merge the attributes of blue and green, which must agree on what is used here.

    Those of a service's further target groups, which it serves besides, are not looked at.
    """
    merged: dict[str, Any] = {}
    places: dict[str, str] = {}
    wanted, together = wanted_names(inventory), _together(inventory)
    for part in inventory.attributes:
        name = group_name(part.text("TargetGroupArn"))
        if name and wanted and name not in wanted:
            raise part.error("TargetGroupArn", f"is {name}; the service uses {', '.join(wanted)}")
        if name and name not in together:
            continue
        values = pairs(part)
        for key, value in values.data.items():
            places.setdefault(key, values.place((key,)))
            if merged.setdefault(key, value) != value and key in (DELAY, SLOW_START, FAIL_OPEN):
                raise part.error(
                    "Attributes", f"{key} is {value} here and {merged[key]} in another file"
                )
    if not inventory.attributes:
        return None
    first = inventory.attributes[0]
    return Fields(first.document, (*first.path, "Attributes"), Adapted(merged, "", places))


def _together(inventory: Inventory) -> set[str | None]:
    """Name the target groups between which traffic shifts, that of production among them."""
    names: set[str | None] = set(wanted_names(inventory))
    chosen = production(inventory)
    first = name_of(chosen) if chosen else next(iter(wanted_names(inventory)), None)
    for balancer in balancers(inventory.service):
        alternate = balancer.object("advancedConfiguration").text("alternateTargetGroupArn")
        pair = {group_name(balancer.text("targetGroupArn")), group_name(alternate)}
        if first not in pair:
            names -= pair
    return names | {first}


def pairs(attributes: Fields) -> Fields:
    """Turn a list of Key and Value into fields; a template has numbers and booleans there, too."""
    items = attributes.objects("Attributes")
    values = {item.text("Key") or "": _text(item) for item in items}
    places = {item.text("Key") or "": item.place(("Value",)) for item in items}
    whole = attributes.place(("Attributes",))
    path = (*attributes.path, "Attributes")
    return Fields(attributes.document, path, Adapted(values, whole, places))


def _text(item: Fields) -> str | Open | None:
    value = item.get("Value")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return item.open("Value") or item.text("Value")


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what target groups say and a scenario cannot."""
    if not has_balancer(inventory):
        return
    chosen, wanted = production(inventory), wanted_names(inventory)
    for other in inventory.targets:
        if chosen and name_of(other) in wanted and _settings(other) != _settings(chosen):
            words = f"{name_of(other)} has other health checks than {name_of(chosen)}, used here"
            yield Assumption("target_group.health_check", "", words)
    attributes = _attributes(inventory)
    if attributes is None:
        return
    if attributes.text(FAIL_OPEN_PERCENT) not in (None, "off"):
        words = f"{attributes.text(FAIL_OPEN_PERCENT)} % healthy targets; only counts are modeled"
        yield Assumption("target_group.fail_open_min_count", "", words)
    if attributes.text("stickiness.enabled") == "true":
        yield Assumption("target_group", "", "stickiness is not modeled; requests follow weights")
    algorithm = attributes.text("load_balancing.algorithm.type")
    if algorithm not in (None, "round_robin"):
        yield Assumption("target_group", "", f"{algorithm} is not modeled; round robin is")
