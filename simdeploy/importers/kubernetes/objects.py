"""Objects in the files: the Deployment or Rollout, what belongs to it, and what is not read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simdeploy.errors import ImportShapeError
from simdeploy.importers.fields import Fields
from simdeploy.importers.kubernetes import analyses
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption
from simdeploy.importers.reading import Document

DEPLOYMENT, ROLLOUT = "Deployment", "Rollout"
#: Kinds that are read.
READ = (DEPLOYMENT, ROLLOUT, "Service", "HorizontalPodAutoscaler", *analyses.KINDS)
#: Kinds that run pods, and are not read.
OTHERS = ("StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob")
ASK = "name one with --service"


@dataclass(frozen=True)
class Workload:
    """A Deployment or a Rollout, the container that serves, and what refers to it.

    Parameters
    ----------
    found
        The Deployment or Rollout.
    template
        The template of its pods; that of a Rollout may stand in a Deployment.
    container
        The container that gets the requests.
    autoscaler
        Its HorizontalPodAutoscaler, if it is among the files.
    templates
        Analysis templates of Argo, by name.
    caveats
        What was said and a scenario cannot hold.
    """

    found: Fields
    template: Fields
    container: Fields
    autoscaler: Fields | None
    templates: Mapping[str, Fields]
    caveats: tuple[Assumption, ...]

    @property
    def is_rollout(self) -> bool:
        """Whether it is a Rollout of Argo."""
        return bool(self.found.get("kind") == ROLLOUT)

    @property
    def spec(self) -> Fields:
        """Its ``spec``."""
        return self.found.object("spec")

    @property
    def pod(self) -> Fields:
        """The ``spec`` of its pods."""
        return self.template.object("spec")

    @property
    def name(self) -> str:
        """Its name."""
        return name_of(self.found)


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
    """Return the Deployment or Rollout to import, with all that refers to it.

    Raises
    ------
    ImportShapeError
        If there is none, or several and no name, or one without containers.
    """
    items = list(unfolded(documents))
    found = _chosen(items, options)
    template = _template(found, items)
    labels = template.object("metadata").object("labels").data
    services = [item for item in items if item.get("kind") == "Service" and _selects(item, labels)]
    scalers = [item for item in items if _scales(item, found)]
    container, why = _serving(template.object("spec"), services)
    caveats = [
        Assumption(f"{item.get('kind')} {name_of(item)}", "", "is not read")
        for item in items
        if item.get("kind") not in READ
    ]
    scaler = scalers[0] if scalers else None
    templates = analyses.chosen(items)
    return Workload(found, template, container, scaler, templates, (*why, *caveats))


def _chosen(items: Sequence[Fields], options: Options) -> Fields:
    rollouts = [item for item in items if item.get("kind") == ROLLOUT]
    referred = {_reference(rollout) for rollout in rollouts}
    plain = [item for item in items if item.get("kind") == DEPLOYMENT]
    plain = [item for item in plain if name_of(item) not in referred]
    by_name = {name_of(item): item for item in (*plain, *rollouts)}
    kinds = " or ".join(
        kind for kind, some in ((DEPLOYMENT, plain or not rollouts), (ROLLOUT, rollouts)) if some
    )
    if options.service is not None:
        if options.service in by_name:
            return by_name[options.service]
        known = ", ".join(by_name) or "none"
        raise ImportShapeError(
            items[0].place(), f'no {kinds} is called "{options.service[:60]}"; found: {known}'
        )
    if len(by_name) == 1:
        return next(iter(by_name.values()))
    if by_name:
        several = " and ".join(f"{kind}s" for kind in kinds.split(" or "))
        raise ImportShapeError(
            items[0].place(), f"holds several {several}: {', '.join(by_name)}; {ASK}"
        )
    for item in items:
        if item.get("kind") in OTHERS:
            raise ImportShapeError(
                item.place(), f"is a {item.get('kind')}; only Deployments and Rollouts are read"
            )
    raise ImportShapeError(items[0].place(), "holds no Deployment or Rollout")


def _reference(rollout: Fields) -> str | None:
    """Return the name of the Deployment that has the template of a Rollout's pods."""
    return rollout.object("spec").object("workloadRef").text("name")


def _template(found: Fields, items: Sequence[Fields]) -> Fields:
    """Return the template of the pods: a Rollout may refer to that of a Deployment."""
    spec = found.object("spec")
    name = _reference(found) if found.get("kind") == ROLLOUT else None
    if name is None or spec.has("template"):
        return spec.object("template")
    for item in items:
        if item.get("kind") == DEPLOYMENT and name_of(item) == name:
            return item.object("spec").object("template")
    reference = spec.object("workloadRef")
    kind = reference.text("kind") or DEPLOYMENT
    what = f"is the {kind} {name[:60]}, which is not among the files; name its file, too"
    raise reference.error("name", what)


def _selects(service: Fields, labels: dict[str, object]) -> bool:
    selector = service.object("spec").object("selector").data
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _scales(item: Fields, found: Fields) -> bool:
    if item.get("kind") != "HorizontalPodAutoscaler":
        return False
    target = item.object("spec").object("scaleTargetRef")
    return bool(target.get("kind") == found.get("kind") and target.get("name") == name_of(found))


def _serving(pod: Fields, services: Sequence[Fields]) -> tuple[Fields, tuple[Assumption, ...]]:
    """Return the container to which a Service sends requests, else the first one, and why."""
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
