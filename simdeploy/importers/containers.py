"""The containers of a task definition: which of them serves, its own health check, and its stop."""

from collections.abc import Iterator
from dataclasses import replace

from simdeploy.importers.fields import Fields, why
from simdeploy.importers.inventory import Inventory, balancers, properties
from simdeploy.importers.launch import launch_type
from simdeploy.importers.page import (
    AWS_DEFAULT,
    Assumption,
    Item,
    Section,
    Value,
    assumed,
    duration,
    either,
    given,
    seconds,
)

#: Scenario key, AWS's field, its range, and AWS's default.
CHECK = (
    ("interval", "interval", (5, 300), 30),
    ("timeout", "timeout", (2, 60), 5),
    ("retries", "retries", (1, 10), 3),
    ("start_period", "startPeriod", (0, 300), 0),
)
COUNTS = frozenset({"retries"})
#: What a scenario takes for ``stop_timeout`` on Fargate, s. On EC2 there are no such bounds.
SHORTEST_STOP, LONGEST_STOP = 2, 120
DAY = 86_400
NETWORKS = ("bridge", "host", "awsvpc", "none")


def serving(inventory: Inventory) -> Fields | None:
    """Return the container that serves requests.

    It is that of the service's load balancer, or of its AppSpec, else the only container with a
    port, else the first.

    Raises
    ------
    ImportShapeError
        If the service names a container that the task definition does not have.
    """
    containers = _containers(inventory)
    targets = [*balancers(inventory.service), *_of_appspec(inventory.appspec)]
    names = [name for target in targets if (name := target.text("containerName"))]
    chosen = [container for container in containers if container.text("name") in names]
    if names and containers and not chosen and inventory.task and inventory.service:
        raise inventory.task.error(
            "containerDefinitions", f'none is called "{names[0]}", as in {inventory.service.file}'
        )
    with_ports = [container for container in containers if container.objects("portMappings")]
    only = with_ports if len(with_ports) == 1 else []
    return next(iter(chosen or only or containers), None)


def _of_appspec(appspec: Fields | None) -> list[Fields]:
    """Return what an AppSpec says of the load balancer, with ECS's name of the container's key."""
    info = [] if appspec is None else [p.object("LoadBalancerInfo") for p in properties(appspec)]
    return [replace(one, data={"containerName": one.data.get("ContainerName")}) for one in info]


def _containers(inventory: Inventory) -> list[Fields]:
    return inventory.task.objects("containerDefinitions") if inventory.task else []


def stop_timeout(inventory: Inventory) -> Value:
    """Return the ``stop_timeout`` of the container that serves, within a scenario's range."""
    stated = _stop_seconds(inventory)
    if stated is None:
        return assumed("30s", why(serving(inventory), "stopTimeout", _of_task(inventory)))
    if _is_takable(inventory, stated):
        return given(duration(stated))
    return given(duration(min(max(stated, SHORTEST_STOP), LONGEST_STOP)), _bounded(stated))


def _of_task(inventory: Inventory) -> str:
    """Return why there is no task definition, or that it has AWS's default."""
    return AWS_DEFAULT if inventory.task else why(inventory.service, "taskDefinition")


def _is_takable(inventory: Inventory, stated: int) -> bool:
    is_bounded = launch_type(inventory).written == "fargate"
    return not is_bounded or SHORTEST_STOP <= stated <= LONGEST_STOP


def _stop_seconds(inventory: Inventory) -> int | None:
    container = serving(inventory)
    return container.whole("stopTimeout", 0, DAY) if container else None


def _bounded(stated: int) -> str:
    limits = f"a scenario on Fargate takes {SHORTEST_STOP} to {LONGEST_STOP} s"
    return f"the task definition has {stated} s; {limits}"


def health_check(inventory: Inventory) -> dict[str, Item]:
    """Return ``container_health_check`` under its key; nothing if no container has a check."""
    checked = _checked(inventory)
    if not checked:
        return {}
    check = checked[0].object("healthCheck")
    keys: dict[str, Item] = {}
    for key, field, (low, high), default in CHECK:
        value = check.whole(field, low, high)
        if key in COUNTS:
            keys[key] = either(value, default, check.why(field))
        else:
            keys[key] = either(seconds(value), duration(default), check.why(field))
    return {"container_health_check": Section(keys, (f"of container {_name(checked[0])}",))}


def _checked(inventory: Inventory) -> list[Fields]:
    """Return the containers whose checks decide the task's health, the one that serves first.

    Checks of containers that are not essential decide nothing.
    """
    checked = [c for c in _containers(inventory) if _is_essential(c) and _has_check(c)]
    first = serving(inventory) if checked else None
    return sorted(checked, key=lambda container: container != first)


def _is_essential(container: Fields) -> bool:
    return container.flag("essential") is not False


def _has_check(container: Fields) -> bool:
    """Return whether ECS runs a check: it needs a command, and NONE turns the image's off."""
    check = container.object("healthCheck")
    command = check.get("command")
    if command is not None and not isinstance(command, list):
        raise check.expected("command", "a list of texts")
    return bool(command) and command != ["NONE"]


def _name(container: Fields) -> str:
    return container.text("name") or "without a name"


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what the containers say and a scenario cannot."""
    yield from _of_ports(inventory)
    stated = _stop_seconds(inventory)
    if stated is not None and not _is_takable(inventory, stated):
        yield Assumption("service.stop_timeout", "", _bounded(stated))
    for other in _checked(inventory)[1:]:
        words = f"that of container {_name(other)} is left out; a task has one check here"
        yield Assumption("service.container_health_check", "", words)
    for container in _containers(inventory):
        check = container.object("healthCheck")
        if check.data and not check.get("command"):
            words = f"that of container {_name(container)} has no command, so nothing is checked"
            yield Assumption("service.container_health_check", "", words)


def _of_ports(inventory: Inventory) -> Iterator[Assumption]:
    """Yield that an instance has room for one task only, where it has a fixed port of it."""
    container, task = serving(inventory), inventory.task
    if container is None or task is None:
        return
    mode = task.word("networkMode", NETWORKS)
    if mode is None and launch_type(inventory).written == "ec2":
        mode = "bridge"
    field = "containerPort" if mode == "host" else "hostPort"
    ports = [mapping.whole(field, 0, 65_535) for mapping in container.objects("portMappings")]
    fixed = next((port for port in ports if port), None)
    if mode in ("bridge", "host") and fixed:
        words = f"port {fixed} is fixed ({mode} network): an instance has room for one task"
        yield Assumption("service.slots", "", f"{words}; set how many instances there are")
