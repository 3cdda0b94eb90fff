"""All files together: which object is which, and whether they speak of the same service.

A scenario has one service. A second service, a task definition of another family, or a deployment
group of another service is an error that names both files, because any choice would be a guess.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from simdeploy.errors import ImportShapeError
from simdeploy.importers import shapes
from simdeploy.importers.adapted import PARAMETERS, Adapted
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part

#: The field by which an object of a kind is called.
CALLED = {
    shapes.SERVICE: "serviceName",
    shapes.TASK_DEFINITION: "family",
    shapes.GROUP: "deploymentGroupName",
    shapes.CONFIG: "deploymentConfigName",
    shapes.ALARM: "AlarmName",
}
FAMILY = re.compile(r"(?:arn:[^/]*:task-definition/)?([A-Za-z0-9_-]{1,255})(?::\d+)?")
GROUP_NAME = re.compile(r"arn:[^/]*:targetgroup/([^/]+)/.*")


class ServiceStyle(Protocol):
    """What the style of a service's file gives where the file itself is silent."""

    @property
    def name(self) -> str:
        """What people call the style."""

    @property
    def desired_count(self) -> int | None:
        """What it runs where no number is given; None without a default."""

    @property
    def launch_type(self) -> str | None:
        """Its launch type where none is given; None without a default."""

    @property
    def nameless(self) -> str:
        """Why a service of it may have no name."""


@dataclass(frozen=True)
class Inventory:
    """What the files hold, each at most once but for the lists."""

    files: tuple[str, ...]
    service: Fields | None = None
    task: Fields | None = None
    group: Fields | None = None
    config: Fields | None = None
    appspec: Fields | None = None
    balancer: Fields | None = None
    scaling: Fields | None = None
    style: ServiceStyle | None = None
    options: Options = field(default_factory=Options)
    targets: tuple[Fields, ...] = ()
    attributes: tuple[Fields, ...] = ()
    alarms: tuple[Fields, ...] = ()
    balancers: tuple[Fields, ...] = ()

    def notes(self) -> list[Assumption]:
        """Return what adapters say about these objects, each once."""
        single = (self.service, self.task, self.group, self.config, self.appspec, self.balancer)
        several = (*self.targets, *self.attributes, *self.alarms, self.scaling)
        objects = [fields.data for fields in (*single, *several) if fields is not None]
        notes = (note for data in objects if isinstance(data, Adapted) for note in data.notes)
        each = list(dict.fromkeys(notes))
        defaults = ", ".join(note.source_words for note in each if note.path == PARAMETERS)
        words = f"at their defaults: {defaults}; --parameter NAME=VALUE sets others"
        together = [Assumption(PARAMETERS, "", words)] if defaults else []
        return together + [note for note in each if note.path != PARAMETERS]

    @property
    def deployment(self) -> Fields | None:
        """The service's deploymentConfiguration."""
        return self.service.object("deploymentConfiguration") if self.service else None

    @property
    def native(self) -> str | None:
        """The service's own traffic-shifting strategy, in AWS's capitals."""
        if self.deployment is None or self.controller != "ECS":
            return None
        words = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")
        word = self.deployment.word("strategy", words)
        return None if word == "ROLLING" else word

    @property
    def controller(self) -> str | None:
        """Who deploys the service; None without a service."""
        if self.service is None:
            return None
        return self.service.object("deploymentController").word("type", CONTROLLERS) or "ECS"


def balancers(service: Fields | None) -> list[Fields]:
    """Return a service's load balancers; under CodeDeploy they may stand in its task sets."""
    if service is None:
        return []
    sets = service.objects("taskSets")
    return service.objects("loadBalancers") or [b for s in sets for b in s.objects("loadBalancers")]


def has_balancer(inventory: Inventory) -> bool:
    """Return whether a load balancer sends the service its requests.

    What shifts traffic needs something that sends it, and most services have one, so that only a
    service that names none and is not known to shift traffic goes without.
    """
    service = inventory.service
    if service is None or balancers(service) or _has_lattice(service):
        return True
    if service.open("loadBalancers"):
        return True
    shifts = inventory.controller == "CODE_DEPLOY" or inventory.native is not None
    return shifts or any((inventory.group, inventory.config, inventory.appspec))


def _has_lattice(service: Fields) -> bool:
    """Return whether VPC Lattice sends requests; what the CLI prints has it per deployment."""
    places = (service, *service.objects("deployments"))
    return any(place.objects("vpcLatticeConfigurations") for place in places)


CONTROLLERS = ("ECS", "CODE_DEPLOY", "EXTERNAL")


def gather(
    parts: Iterable[Part],
    files: tuple[str, ...],
    options: Options | None = None,
    style_of: Callable[[Document], ServiceStyle | None] = lambda _: None,
) -> Inventory:
    """Sort the objects of all files, and refuse what contradicts.

    Parameters
    ----------
    parts
        The objects, of one service each kind that has but one.
    files
        The files' names.
    options
        What the files leave open.
    style_of
        Returns the style of a document, None for what the AWS CLI prints or takes.

    Raises
    ------
    ImportShapeError
        Naming the file that does not fit to the others.
    """
    by_kind: dict[str, list[Fields]] = {}
    for kind, fields in parts:
        others = by_kind.setdefault(kind, [])
        if not any(fields.data == other.data for other in others):
            others.append(fields)
    inventory = Inventory(
        files,
        service=_only(shapes.SERVICE, by_kind),
        task=_only(shapes.TASK_DEFINITION, by_kind),
        group=_only(shapes.GROUP, by_kind),
        config=_only(shapes.CONFIG, by_kind),
        appspec=_only(shapes.APPSPEC, by_kind),
        balancer=_only(shapes.BALANCER_ATTRIBUTES, by_kind),
        scaling=_only(shapes.SCALING, by_kind),
        options=options or Options(),
        targets=tuple(by_kind.get(shapes.TARGET_GROUP, ())),
        attributes=tuple(by_kind.get(shapes.TARGET_ATTRIBUTES, ())),
        alarms=tuple(by_kind.get(shapes.ALARM, ())),
        balancers=tuple(by_kind.get(shapes.BALANCER, ())),
    )
    if inventory.service is not None:
        inventory = replace(inventory, style=style_of(inventory.service.document))
    _same_family(inventory)
    _same_service(inventory)
    _same_config(inventory)
    return inventory


def name_of(kind: str, fields: Fields) -> str:
    """Return what an object is called, else its logical id or address, or its kind."""
    name = fields.text(CALLED[kind]) if kind in CALLED else None
    own = [step for step in fields.path if isinstance(step, str)]
    return name or (own[-1] if own and isinstance(fields.data, Adapted) else kind)


def _only(kind: str, by_kind: dict[str, list[Fields]]) -> Fields | None:
    several = by_kind.get(kind, [])
    if len(several) < 2:
        return several[0] if several else None
    first = several[0].file
    names = ", ".join(
        name_of(kind, fields) + ("" if fields.file == first else f" ({fields.file})")
        for fields in several[:10]
    )
    file = next((fields.file for fields in several if fields.file != first), first)
    how = "choose one with --service NAME" if kind == shapes.SERVICE else "import one at a time"
    what = f"{len(several)} of kind {kind}: {names[:300]}; {how}"
    raise ImportShapeError(file, what)


def family_of(reference: str | None) -> str | None:
    """Return the family of a task definition's name or ARN.

    >>> family_of("arn:aws:ecs:us-east-1:123456789012:task-definition/checkout-api:43")
    'checkout-api'
    """
    match = FAMILY.fullmatch(reference or "")
    return match[1] if match else None


def group_name(arn: str | None) -> str | None:
    """Return the name within a target group's ARN."""
    match = GROUP_NAME.fullmatch(arn or "")
    return match[1] if match else None


def _same_family(inventory: Inventory) -> None:
    if inventory.service is None:
        return
    wanted = family_of(inventory.service.text("taskDefinition"))
    for fields, key, family in _families(inventory):
        if wanted and family and wanted != family:
            why = f'is of "{family}"; the service in {inventory.service.file} runs "{wanted}"'
            raise fields.error(key, why)


def _families(inventory: Inventory) -> Iterator[tuple[Fields, str, str | None]]:
    """Yield the families of task definition and AppSpec; pipelines leave placeholders in these."""
    if inventory.task is not None:
        yield inventory.task, "family", inventory.task.text("family")
    if inventory.appspec is not None:
        yield inventory.appspec, "Resources", family_of(deployed_by(inventory.appspec))


def deployed_by(appspec: Fields | None) -> str | None:
    """Return the task definition that an AppSpec deploys."""
    found = [each.text("TaskDefinition") for each in properties(appspec)] if appspec else []
    return next(iter(found), None)


def properties(appspec: Fields) -> list[Fields]:
    """Return the properties of the services that an AppSpec deploys."""
    resources = appspec.objects("Resources")
    return [each.object(name).object("Properties") for each in resources for name in each.data]


def _same_service(inventory: Inventory) -> None:
    if inventory.service is None or inventory.group is None:
        return
    name = inventory.service.text("serviceName")
    services = inventory.group.objects("ecsServices")
    deployed = [service.text("serviceName") for service in services]
    if name and deployed and name not in deployed:
        raise inventory.group.error(
            "ecsServices", f'deploys "{deployed[0]}"; {inventory.service.file} has "{name}"'
        )


def _same_config(inventory: Inventory) -> None:
    if inventory.group is None or inventory.config is None:
        return
    wanted = inventory.group.text("deploymentConfigName")
    name = inventory.config.text("deploymentConfigName")
    if wanted and name and wanted != name:
        raise inventory.config.error(
            "deploymentConfigName", f'is "{name}"; {inventory.group.file} uses "{wanted}"'
        )
