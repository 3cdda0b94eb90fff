"""Objects in the files: the Deployment or Rollout, what belongs to it, and what is not read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simdeploy.errors import ImportShapeError
from simdeploy.importers.fields import Fields
from simdeploy.importers.hints import KUSTOMIZE, NotReadError
from simdeploy.importers.kubernetes import analyses
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption
from simdeploy.importers.reading import Document

DEPLOYMENT, ROLLOUT = "Deployment", "Rollout"
#: Kinds that are read.
READ = (DEPLOYMENT, ROLLOUT, "Service", "HorizontalPodAutoscaler", *analyses.KINDS)
#: Kinds that run pods, and are not read.
OTHERS = ("StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob")
#: Names of a kind that is not read, before the rest is only counted.
NAMED = 4
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
    caveats = [*_unread(items), *_strangers(items)]
    scaler = scalers[0] if scalers else None
    templates = analyses.chosen(items)
    return Workload(found, template, container, scaler, templates, (*why, *caveats))


def _unread(items: Sequence[Fields]) -> Iterator[Assumption]:
    """Yield the objects that are not read, in one line for each kind."""
    names: dict[str, dict[str, None]] = {}
    for item in items:
        kind = str(item.get("kind"))
        if kind not in READ:
            names.setdefault(kind[:60], {})[name_of(item)[:60]] = None
    for kind, several in names.items():
        shown = ", ".join(list(several)[:NAMED])
        more = f" and {len(several) - NAMED} more" if len(several) > NAMED else ""
        yield Assumption(f"{kind} {shown}{more}", "", "not read")


def _strangers(items: Sequence[Fields]) -> Iterator[Assumption]:
    """Yield autoscalers of what is not among the files."""
    known = {(item.get("kind"), name_of(item)) for item in items}
    for item in items:
        target = item.object("spec").object("scaleTargetRef") if _is_scaler(item) else None
        named = (target.text("kind"), target.text("name")) if target is not None else ()
        if named and named not in known:
            words = f"scales {named[0]} {named[1]}, which is not in the files"
            yield Assumption(f"HorizontalPodAutoscaler {name_of(item)}", "", words)


def _chosen(items: Sequence[Fields], options: Options) -> Fields:
    found = _workloads(items)
    if not found:
        raise _nothing(items)
    place, kinds = items[0].place(), dict.fromkeys(str(item.get("kind")) for item in found)
    names = ", ".join(dict.fromkeys(name_of(item) for item in found))
    if options.service is not None:
        found = [item for item in found if name_of(item) == options.service]
        if not found:
            what = f'no {" or ".join(kinds)} is called "{options.service[:60]}"; found: {names}'
            raise ImportShapeError(place, what)
    if len({name_of(item) for item in found}) > 1:
        several = " and ".join(f"{kind}s" for kind in kinds)
        raise ImportShapeError(place, f"holds several {several}: {names}; {ASK}")
    if len(found) > 1:
        both = ", ".join(f"{item.get('kind')} at {item.place()}" for item in found[:3])
        what = f"several are called {name_of(found[0])[:60]}: {both}; leave out all but one"
        raise ImportShapeError(place, what)
    return found[0]


def _workloads(items: Sequence[Fields]) -> list[Fields]:
    """Return Deployments and Rollouts, without those that only give a Rollout its template."""
    rollouts = [item for item in items if item.get("kind") == ROLLOUT]
    referred = {_reference(rollout) for rollout in rollouts}
    plain = [item for item in items if item.get("kind") == DEPLOYMENT]
    return [*(item for item in plain if name_of(item) not in referred), *rollouts]


def _nothing(items: Sequence[Fields]) -> ImportShapeError:
    """Return the error of files without a Deployment, by what else they hold."""
    for item in items:
        if str(item.get("apiVersion")).startswith("kustomize.config.k8s.io/"):
            return NotReadError(item.file, KUSTOMIZE)
        if item.get("kind") in OTHERS:
            words = f"is a {item.get('kind')}; only Deployments and Rollouts are read"
            return ImportShapeError(item.place(), words)
    return ImportShapeError(items[0].place(), "holds no Deployment or Rollout")


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


def _is_scaler(item: Fields) -> bool:
    return bool(item.get("kind") == "HorizontalPodAutoscaler")


def _scales(item: Fields, found: Fields) -> bool:
    if not _is_scaler(item):
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
