"""Where the values of an imported scenario stand in AWS's files."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from simdeploy.checking.places import Locator, Place
from simdeploy.importers import containers, load_balancer
from simdeploy.importers.fields import Fields
from simdeploy.importers.imported import Imported
from simdeploy.importers.inventory import Inventory
from simdeploy.importers.service import slug

Path = tuple[str | int, ...]
DEPLOYMENT = ("deploymentConfiguration",)
BREAKER = (*DEPLOYMENT, "deploymentCircuitBreaker")
CHECKS = {key: field for key, field, *_ in load_balancer.CHECKS}
#: Keys of the service by their path in a scenario.
OF_SERVICE: dict[str, Path] = {
    "service.desired_count": ("desiredCount",),
    "service.health_check_grace_period": ("healthCheckGracePeriodSeconds",),
    "service.launch_type": ("launchType",),
    "service.load_balancer": ("loadBalancers",),
    "service.name": ("serviceName",),
}
#: The same by the key of a strategy, or of all strategies.
OF_STRATEGY: dict[str, Path] = {
    "minimum_healthy_percent": (*DEPLOYMENT, "minimumHealthyPercent"),
    "maximum_percent": (*DEPLOYMENT, "maximumPercent"),
    "circuit_breaker": BREAKER,
    "circuit_breaker.enable": (*BREAKER, "enable"),
    "circuit_breaker.rollback": (*BREAKER, "rollback"),
    "alarms": (*DEPLOYMENT, "alarms"),
    "bake_time": (*DEPLOYMENT, "bakeTimeInMinutes"),
}
WAIT = (
    "blueGreenDeploymentConfiguration",
    "terminateBlueInstancesOnDeploymentSuccess",
    "terminationWaitTimeInMinutes",
)
OF_GROUP: dict[str, Path] = {
    "alarms": ("alarmConfiguration",),
    "termination_wait": WAIT,
    "percent": ("deploymentConfigName",),
    "wait": ("deploymentConfigName",),
    "every": ("deploymentConfigName",),
}
#: Steps of a traffic shift: in the deployment configuration, and under ECS itself.
SHIFTS = ("timeBasedCanary", "timeBasedLinear")
NATIVE = ("canaryConfiguration", "linearConfiguration")
OF_ALARM = {"threshold": "Threshold", "period": "Period", "metric": "MetricName"}
STRATEGY = re.compile(r"(?:strategies\.([^.]+)|defaults)\.(.+)")
#: What ECS itself deploys, whatever the deployment group says.
OF_ECS = ("rolling", "recreate")


class Source(NamedTuple):
    """An AWS object and a path below it."""

    fields: Fields
    path: Path

    @property
    def exactness(self) -> int:
        """2 for a value that is there, 1 for a block that would hold it, 0 for a whole object."""
        there = len(_existing(self))
        return 0 if not there else 2 if there == len(self.path) else 1


def in_imported(imported: Imported) -> Locator:
    """Return a locator of a scenario's values in the files that it was made of."""
    if imported.inventory.files:
        return in_files(imported.inventory)

    def locate(paths: Iterable[str]) -> Place:
        known = [path for path in paths if path in imported.places]
        if not known:
            return Place(imported.files[0], 0, "")
        return _placed(imported.places[known[0]], known[0], imported.files)

    return locate


def in_files(inventory: Inventory) -> Locator:
    """Return a locator of a scenario's values in AWS's objects."""

    def locate(paths: Iterable[str]) -> Place:
        known = [(path, source) for path in paths for source in _sources(inventory, path)]
        if not known:
            return Place(inventory.files[0], 0, "")
        # What is there, else the block that would hold it, else the object as a whole.
        path, source = max(known, key=lambda entry: entry[1].exactness)
        return _placed(source.fields.place(_existing(source)), path, (source.fields.file,))

    return locate


def _placed(place: str, path: str, files: Iterable[str]) -> Place:
    """Split a place into file and line, or file and address; files may be called anything."""
    for file in files:
        address = place.removeprefix(f"{file} (")
        if address != place and address.endswith(")"):
            return Place(file, 0, path, address[:-1])
    file, _, line = place.rpartition(":")
    return Place(file, int(line), path) if file and line.isdecimal() else Place(place, 0, path)


def has_previous(inventory: Inventory) -> bool:
    """Return whether the files name a second revision, to go back to."""
    deployments = inventory.service.objects("deployments") if inventory.service else []
    return len({deployment.text("taskDefinition") for deployment in deployments}) > 1


def _existing(source: Source) -> Path:
    """Return the part of a path that is there."""
    value: Any = source.fields.data
    found: list[str | int] = []
    for key in source.path:
        items = value.items() if isinstance(value, dict) else enumerate(_list(value))
        value = dict(items).get(key)
        if value is None:
            break
        found.append(key)
    return tuple(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sources(inventory: Inventory, path: str) -> Iterator[Source]:
    """Yield where a value may stand, the best first, and at last the object as a whole."""
    block, _, rest = path.partition(".")
    if path in OF_SERVICE and inventory.service:
        yield Source(inventory.service, OF_SERVICE[path])
    elif path == "service.stop_timeout" and inventory.task:
        container = containers.serving(inventory)
        if container is not None:
            yield Source(container, ("stopTimeout",))
    elif block == "target_group":
        yield from _of_target_group(inventory, rest)
    elif block == "alarms":
        yield from _of_alarm(inventory, *rest.partition(".")[::2])
    elif match := STRATEGY.fullmatch(path):
        yield from _of_strategy(inventory, match[1] or "", match[2])
    others = {"target_group": inventory.targets, "alarms": inventory.alarms}
    whole: Sequence[Fields | None] = others.get(block, ())
    for fields in (*whole, inventory.service, inventory.group, inventory.task):
        if fields is not None:
            yield Source(fields, ())


def _of_target_group(inventory: Inventory, key: str) -> Iterator[Source]:
    target = load_balancer.production(inventory)
    if target is not None and key.startswith("health_check"):
        field = CHECKS.get(key.partition(".")[2], "HealthCheckPath")
        yield Source(target, (field,))
    wanted = {"deregistration_delay": load_balancer.DELAY}.get(key)
    for attributes in inventory.attributes if wanted else ():
        for i, item in enumerate(attributes.objects("Attributes")):
            if item.text("Key") == wanted:
                yield Source(attributes, ("Attributes", i))


def _of_alarm(inventory: Inventory, name: str, key: str) -> Iterator[Source]:
    for alarm in inventory.alarms:
        if slug(alarm.text("AlarmName") or "") == name:
            yield Source(alarm, (OF_ALARM.get(key, "AlarmName"),))
            yield Source(alarm, ("AlarmName",))


def _of_strategy(inventory: Inventory, name: str, key: str) -> Iterator[Source]:
    if inventory.service and key in OF_STRATEGY:
        yield Source(inventory.service, OF_STRATEGY[key])
    if key in {"percent", "wait", "every"}:
        if inventory.config:
            for word in SHIFTS:
                yield Source(inventory.config, ("trafficRoutingConfig", word))
        if inventory.service:
            for word in NATIVE:
                yield Source(inventory.service, (*DEPLOYMENT, word))
    if inventory.group and key in OF_GROUP and not name.startswith(OF_ECS):
        yield Source(inventory.group, OF_GROUP[key])
