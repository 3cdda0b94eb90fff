"""The service and its task definition: how many tasks, of what size, and how they stop."""

import re
from collections.abc import Iterator

from simdeploy.errors import ImportShapeError
from simdeploy.importers import containers, launch
from simdeploy.importers.adapted import Reason
from simdeploy.importers.fields import Fields, why
from simdeploy.importers.inventory import (
    Inventory,
    balancers,
    deployed_by,
    family_of,
    has_balancer,
)
from simdeploy.importers.page import (
    OURS,
    UNKNOWN,
    Assumption,
    Item,
    Section,
    Value,
    assumed,
    either,
    given,
    seconds,
)

SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*(vCPU|GB)", re.IGNORECASE)
ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
LARGEST = 1_000_000
ASK = "set the usual number, as --desired-count 4"
#: How many requests per second are assumed for each task of a small service.
PER_TASK = 30


def slug(text: str) -> str:
    """Return a name that the scenario format takes.

    >>> slug("Checkout 5xx (prod)")
    'Checkout-5xx-prod'
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:255] or "unnamed"


def service_name(inventory: Inventory) -> str:
    """Return the service's name, or what comes closest to it."""
    candidates = (
        inventory.service.text("serviceName") if inventory.service else None,
        _deployed(inventory.group) if inventory.group else None,
        inventory.task.text("family") if inventory.task else None,
        family_of(deployed_by(inventory.appspec)),
    )
    return slug(next((name for name in candidates if name), "my-service"))


def _name(inventory: Inventory) -> Value:
    """Return the name, assumed where the service's own style keeps it elsewhere."""
    service, style = inventory.service, inventory.style
    name = service_name(inventory)
    if service is None or service.text("serviceName") or style is None or not style.nameless:
        return given(name)
    return assumed(name, service.why("serviceName", style.nameless))


def _deployed(group: Fields) -> str | None:
    services = group.objects("ecsServices")
    return services[0].text("serviceName") if services else group.text("applicationName")


def refuse(inventory: Inventory) -> None:
    """Refuse services that deploy in ways which no strategy here resembles."""
    service = inventory.service
    if service is None:
        return
    if service.word("schedulingStrategy", ("REPLICA", "DAEMON")) == "DAEMON":
        raise service.error("schedulingStrategy", "DAEMON, one task per instance, is not modeled")
    if inventory.controller == "EXTERNAL":
        raise service.error(
            "deploymentController", "EXTERNAL, task sets of your own, is not modeled"
        )
    count = service.whole("desiredCount", 0, LARGEST)
    if count == 0 and inventory.options.desired_count is None:
        origin = service.origin("desiredCount")
        raise service.error("desiredCount", f"is 0{origin}: there is nothing to deploy; {ASK}")


def service_block(inventory: Inventory) -> Section:
    """Return the ``service`` block."""
    service = inventory.service
    place = launch.launch_type(inventory)
    return Section(
        {
            "name": _name(inventory),
            "desired_count": desired_count(inventory),
            "task": _task(inventory.task, why(service, "taskDefinition", OURS)),
            **application(UNKNOWN),
            "launch_type": place,
            "startup": _startup(place.written == "ec2"),
            "shutdown": assumed("1s", UNKNOWN),
            "stop_timeout": containers.stop_timeout(inventory),
            "health_check_grace_period": _grace(service),
            **_balanced(inventory),
            **containers.health_check(inventory),
        }
    )


def application(unknown: str) -> dict[str, Item]:
    """Return what no file of any platform knows of an application, with the words for that."""
    times = {"distribution": "lognormal", "median": "80ms", "p95": "300ms"}
    return {
        "workers": assumed(8, unknown),
        "request_time": assumed(times, unknown),
        "slo_latency": assumed("1s", unknown),
    }


def _grace(service: Fields | None) -> Value:
    key = "healthCheckGracePeriodSeconds"
    grace = service.number(key, 0, 2**31 - 1) if service else None
    return either(seconds(grace), "0s", why(service, key))


def traffic_block(inventory: Inventory) -> Section:
    """Return the ``traffic`` block, all of which AWS's files do not know."""
    rate = min(100, PER_TASK * int(desired_count(inventory).written))
    words = UNKNOWN if rate == 100 else f"{UNKNOWN} (here {PER_TASK}/s per task)"
    return Section({"rate": assumed(rate, words), "client_timeout": assumed("10s", UNKNOWN)})


def desired_count(inventory: Inventory) -> Value:
    """Return how many tasks the service runs.

    Raises
    ------
    ImportShapeError
        If nothing says it: neither command line, service, autoscaling nor the style's default.
    """
    if inventory.options.desired_count is not None:
        return given(inventory.options.desired_count, "said on the command line")
    service = inventory.service
    count = service.whole("desiredCount", 1, LARGEST) if service else None
    if count is not None:
        return given(count)
    open_words = why(service, "desiredCount", "")
    scaling = inventory.scaling
    least = scaling.whole("MinCapacity", 0, LARGEST) if scaling else None
    if least:
        words = "the autoscaling minimum"
        return assumed(least, Reason(f"{words}; {open_words}") if open_words else words)
    style = inventory.style
    if style is not None and style.desired_count:
        return assumed(style.desired_count, open_words or f"{style.name}'s default")
    if service is None:
        raise ImportShapeError(inventory.files[0], f"no service says how many tasks run; {ASK}")
    raise service.error("desiredCount", f"{open_words or 'is not there'}; {ASK}")


def _startup(is_on_ec2: bool) -> Section:
    """Return what AWS's files do not know of a start; launch_type decides the other stages."""
    image: dict[str, Item] = {"image_mb": assumed(120, UNKNOWN)}
    if is_on_ec2:
        image = {"pull": assumed("2s", "the instance has the image; set yours")}
    above = "the other stages follow from launch_type, as observed there"
    return Section({**image, "boot": assumed("10s", UNKNOWN)}, (above,))


def _balanced(inventory: Inventory) -> dict[str, Item]:
    """Return that the service has no load balancer, if so."""
    if has_balancer(inventory):
        return {}
    return {"load_balancer": given(False, "the service names none")}


def _task(task: Fields | None, otherwise: str) -> Section:
    platform = task.object("runtimePlatform") if task else None
    word = platform.word("cpuArchitecture", ARCHITECTURES) if platform else None
    vcpu = _size(task, "cpu", "vCPU") if task else None
    memory = _size(task, "memory", "GB") if task else None
    missing = otherwise if task is None else "not in the task definition; simdeploy's default"
    return Section(
        {
            "vcpu": either(vcpu, 1, why(task, "cpu", missing)),
            "memory_gb": either(memory, 2, why(task, "memory", missing)),
            "architecture": either(ARCHITECTURES.get(word or ""), "x86_64"),
        }
    )


def _size(task: Fields, key: str, unit: str) -> float | None:
    """Return vCPUs or GB of a task: "1024", 1024, "1 vCPU" and "2 GB" are what AWS takes."""
    value = task.get(key)
    match = SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match and match[2].lower() == unit.lower() and 0 < float(match[1]) <= 4096:
        return float(match[1])
    if match:
        raise task.expected(key, f'a size such as "1024" or "1 {unit}"')
    units = task.number(key, 1, 4_194_304)
    return _of_containers(task, key) if units is None else units / 1024


def _of_containers(task: Fields, key: str) -> float | None:
    """Add up what the containers reserve, where the task itself has no size (EC2)."""
    keys = (key, "memoryReservation") if key == "memory" else (key,)
    reserved = [
        next((units for each in keys if (units := container.number(each, 0, 4_194_304))), 0.0)
        for container in task.objects("containerDefinitions")
    ]
    return sum(reserved) / 1024 or None


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what the service's files say and a scenario cannot."""
    yield from launch.caveats(inventory)
    yield from containers.caveats(inventory)
    yield from _of_scaling(inventory)
    if inventory.service is not None:
        yield from _of_balancer(inventory, inventory.service)
    if inventory.task is None:
        return
    family = inventory.task.object("runtimePlatform").text("operatingSystemFamily") or ""
    if family.startswith("WINDOWS"):
        yield Assumption("service.task", "", f"{family} costs more than the Linux prices used here")


def _of_scaling(inventory: Inventory) -> Iterator[Assumption]:
    if inventory.scaling is not None:
        low, high = (
            inventory.scaling.whole(f"{end}Capacity", 0, LARGEST) for end in ("Min", "Max")
        )
        bounds = " to ".join("?" if end is None else str(end) for end in (low, high))
        count = desired_count(inventory).written
        words = f"autoscaling of {bounds} tasks is not modeled; the count stays {count}"
        yield Assumption("service.desired_count", "", words)


def _of_balancer(inventory: Inventory, service: Fields) -> Iterator[Assumption]:
    targets = {
        str(balancer.data.get("targetGroupArn") or balancer.data.get("loadBalancerName"))
        for balancer in balancers(service)
    }
    for balancer in balancers(service):
        if name := balancer.text("loadBalancerName"):
            words = f"{name} is a classic load balancer; here it is an ALB"
            yield Assumption("target_group", "", words)
    if not has_balancer(inventory):
        words = "only rolling and recreate; the others shift traffic, which needs a load balancer"
        yield Assumption("strategies", "", words)
        if inventory.targets or inventory.attributes:
            yield Assumption("target_group", "", "left out: the service names no target group")
    elif not targets:
        words = service.why("loadBalancers", "the service has no load balancer")
        yield Assumption("target_group", "", f"{words}; here it has an ALB")
    if len(targets) > 1:
        yield Assumption("target_group", "", f"one of the service's {len(targets)} target groups")
