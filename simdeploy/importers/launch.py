"""Where tasks run: on Fargate, on instances of EC2, or wherever a capacity provider has room.

A scenario's ``launch_type`` decides how long ECS needs to start and stop tasks. The service says
it, by its launch type or its capacity providers; else the task definition may, by what it is
compatible with.
"""

from collections.abc import Iterator

from simdeploy.importers.fields import Fields, why
from simdeploy.importers.inventory import Inventory
from simdeploy.importers.page import OURS, Assumption, Value, assumed, given

LAUNCH_TYPES = ("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")
SPOT = "FARGATE_SPOT"
FARGATE = ("FARGATE", SPOT)
#: Launch types that a scenario does not have, in words.
FOREIGN = {
    "EXTERNAL": "EXTERNAL, servers of your own, is played as EC2",
    "MANAGED_INSTANCES": "MANAGED_INSTANCES is played as EC2",
}


def launch_type(inventory: Inventory) -> Value:
    """Return the scenario's ``launch_type``, and where it comes from."""
    source = _source(inventory)
    providers = _providers(source)
    if providers:
        return _of_provider(providers[0])
    word = source.word("launchType", LAUNCH_TYPES) if source else None
    if word is not None:
        return given("fargate" if word == "FARGATE" else "ec2")
    compatible = _compatible(inventory.task)
    if not compatible and inventory.style is not None and inventory.style.launch_type:
        words = "AWS's default without launch type and capacity provider"
        return assumed(inventory.style.launch_type, why(source, "launchType", words))
    return _of_task(compatible, why(source, "launchType", OURS))


def _of_provider(name: str) -> Value:
    if name in FARGATE:
        return given("fargate", f"capacity provider {name}")
    return assumed("ec2", f"capacity provider {name} is none of Fargate's")


def _of_task(compatible: list[str], otherwise: str) -> Value:
    if not compatible:
        return assumed("fargate", otherwise)
    if "FARGATE" not in compatible:
        return given("ec2", f"the task definition is for {' and '.join(compatible)}")
    if len(compatible) > 1:
        return assumed("fargate", f"the task definition is for {' and '.join(compatible)}")
    return given("fargate", "the task definition is for FARGATE")


def _source(inventory: Inventory) -> Fields | None:
    """Return what says where tasks run: under CodeDeploy it may be a task set only."""
    service = inventory.service
    if service is None or _says(service):
        return service
    return next((each for each in service.objects("taskSets") if _says(each)), service)


def _says(fields: Fields) -> bool:
    return fields.get("launchType") is not None or bool(fields.get("capacityProviderStrategy"))


def _providers(source: Fields | None) -> list[str]:
    """Name the capacity providers that get tasks; those of weight and base 0 get none."""
    items = source.objects("capacityProviderStrategy") if source else []
    used = [item for item in items if _weight(item) > 0]
    return list(dict.fromkeys(name for i in used or items if (name := i.text("capacityProvider"))))


def _weight(item: Fields) -> int:
    return (item.whole("weight", 0, 1000) or 0) + (item.whole("base", 0, 100_000) or 0)


def _compatible(task: Fields | None) -> list[str]:
    """Return the launch types for which a task definition was made, or that would take it."""
    for key in ("requiresCompatibilities", "compatibilities"):
        if task is not None and (words := task.texts(key)):
            if not set(words) <= set(LAUNCH_TYPES):
                raise task.expected(key, f"a list of {', '.join(LAUNCH_TYPES)}")
            return list(dict.fromkeys(words))
    return []


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List what a launch type means and a scenario cannot say."""
    source = _source(inventory)
    providers = _providers(source)
    word = source.word("launchType", LAUNCH_TYPES) if source else None
    named = [word] if word else _compatible(inventory.task)
    if not providers and len(named) == 1 and named[0] in FOREIGN:
        yield Assumption("service.launch_type", "", FOREIGN[named[0]])
    if len({name in FARGATE for name in providers}) > 1:
        words = f"tasks run with {' and '.join(providers)}; here all run with {providers[0]}"
        yield Assumption("service.launch_type", "", words)
    if SPOT in providers:
        yield Assumption("service.task", "", "lower prices and interruptions of Spot are missing")
    if launch_type(inventory).written == "ec2":
        words = "prices are Fargate's; vcpu_hour_usd and gb_hour_usd set yours"
        yield Assumption("service.task", "", words)
    if providers and providers[0] not in FARGATE:
        words = f"add 2 to 5 minutes where {providers[0]} has to start an instance first"
        yield Assumption("service.startup.provisioning", "", words)
