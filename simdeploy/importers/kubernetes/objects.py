"""Objects of Kubernetes in the files: the Deployment, what belongs to it, and what is not read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simdeploy.errors import ImportShapeError
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption
from simdeploy.importers.reading import Document

#: Kinds that run pods, and are not read.
OTHERS = ("StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob", "Rollout")
ASK = "name one with --service"


@dataclass(frozen=True)
class Workload:
    """A Deployment, the container that serves, and what refers to it.

    Parameters
    ----------
    deployment
        The Deployment.
    container
        The container that gets the requests.
    autoscaler
        Its HorizontalPodAutoscaler, if it is among the files.
    caveats
        What was said and a scenario cannot hold.
    """

    deployment: Fields
    container: Fields
    autoscaler: Fields | None
    caveats: tuple[Assumption, ...]

    @property
    def spec(self) -> Fields:
        """The Deployment's ``spec``."""
        return self.deployment.object("spec")

    @property
    def pod(self) -> Fields:
        """The ``spec`` of its pods."""
        return self.spec.object("template").object("spec")

    @property
    def name(self) -> str:
        """The Deployment's name."""
        return name_of(self.deployment)


def name_of(item: Fields) -> str:
    """Return an object's name."""
    return item.object("metadata").text("name") or ""


def unfolded(documents: Sequence[Document]) -> Iterator[Fields]:
    """Yield every object of the documents; a ``List`` is its items."""
    for document in documents:
        yield from _items(Fields(document, (), document.data))


def _items(item: Fields) -> Iterator[Fields]:
    kind = item.text("kind") or ""
    if kind.endswith("List"):
        for inner in item.objects("items"):
            yield from _items(inner)
    else:
        yield item


def workload(documents: Sequence[Document], options: Options) -> Workload:
    """Return the Deployment to import, with all that refers to it.

    Raises
    ------
    ImportShapeError
        If there is none, or several and no name, or one without containers.
    """
    items = list(unfolded(documents))
    found = _chosen(items, options)
    labels = found.object("spec").object("template").object("metadata").object("labels").data
    services = [item for item in items if item.get("kind") == "Service" and _selects(item, labels)]
    scalers = [item for item in items if _scales(item, name_of(found))]
    container, why = _serving(found, services)
    caveats = [
        Assumption(f"{item.get('kind')} {name_of(item)}", "", "is not read")
        for item in items
        if item.get("kind") not in ("Deployment", "Service", "HorizontalPodAutoscaler")
    ]
    return Workload(found, container, scalers[0] if scalers else None, (*why, *caveats))


def _chosen(items: Sequence[Fields], options: Options) -> Fields:
    deployments = {name_of(item): item for item in items if item.get("kind") == "Deployment"}
    if options.service is not None:
        if options.service in deployments:
            return deployments[options.service]
        known = ", ".join(deployments) or "none"
        raise ImportShapeError(
            items[0].place(), f'no Deployment is called "{options.service[:60]}"; found: {known}'
        )
    if len(deployments) == 1:
        return next(iter(deployments.values()))
    if deployments:
        raise ImportShapeError(
            items[0].place(), f"holds several Deployments: {', '.join(deployments)}; {ASK}"
        )
    for item in items:
        if item.get("kind") in OTHERS:
            raise ImportShapeError(
                item.place(), f"is a {item.get('kind')}; only Deployments are read here"
            )
    raise ImportShapeError(items[0].place(), "holds no Deployment")


def _selects(service: Fields, labels: dict[str, object]) -> bool:
    selector = service.object("spec").object("selector").data
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _scales(item: Fields, name: str) -> bool:
    if item.get("kind") != "HorizontalPodAutoscaler":
        return False
    target = item.object("spec").object("scaleTargetRef")
    return bool(target.get("kind") == "Deployment" and target.get("name") == name)


def _serving(
    deployment: Fields, services: Sequence[Fields]
) -> tuple[Fields, tuple[Assumption, ...]]:
    """Return the container to which a Service sends requests, else the first one, and why."""
    pod = deployment.object("spec").object("template").object("spec")
    containers = pod.objects("containers")
    if not containers:
        raise pod.error("containers", "must be a list with at least one container")
    for service in services:
        for port in service.object("spec").objects("ports"):
            target = port.get("targetPort") or port.get("port")
            for container in containers:
                if any(_is_port(own, target) for own in container.objects("ports")):
                    return container, ()
    if len(containers) == 1:
        said = () if services else (Assumption("Service", "", "none selects these pods"),)
        return containers[0], said
    name = containers[0].text("name") or "the first"
    words = f"no Service points at a port of a container; {name}, the first one, is taken"
    return containers[0], (Assumption("Service", "", words),)


def _is_port(own: Fields, target: object) -> bool:
    return target in (own.get("containerPort"), own.get("name"))
