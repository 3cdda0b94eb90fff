"""The scenario of a Deployment or a Rollout, as a page."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from simdeploy.errors import ImportShapeError, ScenarioError
from simdeploy.importers import page
from simdeploy.importers.fields import Fields
from simdeploy.importers.imported import Imported
from simdeploy.importers.kubernetes.objects import Workload, workload
from simdeploy.importers.kubernetes.rollouts import Rollout
from simdeploy.importers.kubernetes.values import (
    DEFAULT,
    MOST,
    bound,
    pre_stop,
    readiness_block,
    startup_block,
    task_block,
    unknown_keys,
)
from simdeploy.importers.options import Options
from simdeploy.importers.page import (
    ADDED,
    Assumption,
    Item,
    Section,
    Value,
    assumed,
    either,
    given,
    seconds,
)
from simdeploy.importers.reading import Document
from simdeploy.importers.service import PER_TASK, application

UNKNOWN = "not in these files; set yours"
LARGEST = 10_000
FAULTS = """
# What goes wrong is yours to say; without it, good releases are compared.
# release:
#   faults:
#     - {kind: errors, rate: 5%}   # also: boot_crash, never_listens, slow, schema
# A person who watches, too:
# operator: {notices: 5m, decides: 5m, types: 30s}
"""


def imported(documents: Sequence[Document], options: Options) -> Imported:
    """Make a scenario of one Deployment or Rollout.

    Raises
    ------
    ImportShapeError
        Naming file and line of what Kubernetes would not take, or a scenario cannot hold.
    """
    found = workload(documents, options)
    rollout = Rollout(found.spec, found.templates) if found.is_rollout else None
    strategies = rollout.strategies() if rollout else _strategies(found)
    root = _page(found, options, strategies)
    own = rollout.caveats() if rollout else _of_deployment(found)
    caveats = (*found.caveats, *own, *_caveats(found, options))
    files = tuple(dict.fromkeys(document.file for document in documents))
    text = "\n".join([*_head(files, caveats), "", *page.document(root), FAULTS])
    _validate(text, found.found)
    return Imported(
        text=text,
        assumptions=(*page.assumptions(root), *caveats),
        service_name=found.name,
        files=files,
        places=dict(_places(found)),
    )


def _places(found: Workload) -> Iterator[tuple[str, str]]:
    """Yield where values of the scenario stand, by their paths in it."""
    own = "blue-green" if found.spec.object("strategy").has("blueGreen") else "canary"
    of_rollout: dict[str, tuple[str, ...]] = {
        "service.desired_count": ("replicas",),
        f"strategies.{own}": ("strategy",),
        f"strategies.{own}.progress_deadline": ("progressDeadlineSeconds",),
    }
    of_deployment: dict[str, tuple[str, ...]] = {
        "service.desired_count": ("replicas",),
        "strategies.rolling": ("strategy",),
        "strategies.rolling.max_surge": ("strategy", "rollingUpdate", "maxSurge"),
        "strategies.rolling.max_unavailable": ("strategy", "rollingUpdate", "maxUnavailable"),
        "strategies.rolling.min_ready": ("minReadySeconds",),
        "strategies.rolling.progress_deadline": ("progressDeadlineSeconds",),
    }
    of_container: dict[str, tuple[str, ...]] = {
        "service.readiness": ("readinessProbe",),
        "service.startup_probe": ("startupProbe",),
        "service.pre_stop": ("lifecycle", "preStop"),
        "service.task": ("resources",),
    }
    for path, keys in (of_rollout if found.is_rollout else of_deployment).items():
        yield path, found.spec.place(keys)
    for path, keys in of_container.items():
        yield path, found.container.place(keys)


def _validate(text: str, source: Fields) -> None:
    from simdeploy.scenario import load_scenario_text  # noqa: PLC0415  a successful import pays

    try:
        load_scenario_text(text)
    except ScenarioError as error:
        fault = error.faults[0]
        why = f"a scenario cannot hold this: {fault.path}: {fault.message}"
        raise ImportShapeError(source.place(), why) from None


def _page(found: Workload, options: Options, strategies: Section) -> Section:
    count = _count(found, options)
    name = re.sub(r"[^A-Za-z0-9_-]", "-", found.name)[:255] or "deployment"
    rate = min(100, PER_TASK * int(count.written))
    pods = "1 pod" if int(count.written) == 1 else f"{count.written} pods"
    owner = "Argo Rollouts" if found.is_rollout else "Kubernetes"
    return Section(
        {
            "name": given(name),
            "title": given(f"{name}, as {owner} has it"),
            "story": given(f"A good release of {name}, {pods}; say below what goes wrong."),
            "platform": given("kubernetes"),
            "service": _service(found, name, count),
            "traffic": Section(
                {"rate": assumed(rate, UNKNOWN), "client_timeout": assumed("10s", UNKNOWN)}
            ),
            "strategies": strategies,
        }
    )


def _count(found: Workload, options: Options) -> Value:
    if options.desired_count is not None:
        return given(options.desired_count, "said on the command line")
    count = found.spec.whole("replicas", 0, LARGEST)
    if count == 0:
        raise found.spec.error("replicas", "is 0: nothing runs; give --desired-count N")
    if count is not None:
        return given(count)
    least = (
        found.autoscaler.object("spec").whole("minReplicas", 0, LARGEST)
        if (found.autoscaler)
        else None
    )
    return assumed(least, "the autoscaler's minimum") if least else assumed(1, DEFAULT)


def _service(found: Workload, name: str, count: Value) -> Section:
    container, pod = found.container, found.pod
    keys: dict[str, Item] = {"name": given(name), "desired_count": count}
    readiness = container.object("readinessProbe")
    if readiness.data:
        keys["readiness"] = readiness_block(readiness)
    startup = container.object("startupProbe")
    if startup.data:
        keys["startup_probe"] = startup_block(startup)
    hook, why = pre_stop(container)
    if hook is not None:
        keys["pre_stop"] = assumed("0s", why) if why else given(seconds(hook))
    grace = pod.number("terminationGracePeriodSeconds", 0, MOST)
    keys["termination_grace_period"] = either(seconds(grace), "30s", DEFAULT)
    keys["task"] = task_block(container)
    keys |= application(UNKNOWN)
    keys["startup"] = Section({"boot": assumed("10s", UNKNOWN)})
    return Section(keys)


def _strategies(found: Workload) -> Section:
    spec = found.spec
    strategy = spec.object("strategy")
    kind = strategy.word("type", ("RollingUpdate", "Recreate")) or "RollingUpdate"
    update = strategy.object("rollingUpdate")
    surge, missing = bound(update, "maxSurge"), bound(update, "maxUnavailable")
    if surge in (0, "0%") and missing in (0, "0%"):
        raise update.error("maxUnavailable", "is 0 beside maxSurge 0, which Kubernetes refuses")
    least = spec.number("minReadySeconds", 0, MOST)
    deadline = spec.number("progressDeadlineSeconds", 1, MOST)
    if (deadline or 600.0) <= (least or 0.0):
        raise spec.error("progressDeadlineSeconds", "must be above minReadySeconds")
    rolling: dict[str, Item] = {
        "type": given("kubernetes_rolling"),
        "max_surge": either(surge, "25%", DEFAULT),
        "max_unavailable": either(missing, "25%", DEFAULT),
        "min_ready": either(seconds(least), "0s", DEFAULT),
        "progress_deadline": either(seconds(deadline), "10m", DEFAULT),
    }
    recreate: dict[str, Item] = {"type": given("recreate")}
    other: dict[str, Item] = {
        "type": given("blue_green"),
        "controller": given("custom"),
        "termination_wait": assumed("5m", UNKNOWN),
    }
    is_rolling = kind == "RollingUpdate"
    where = (f"from {Path(spec.file).name}",)
    return Section(
        {
            "rolling": Section(rolling, where if is_rolling else (), "" if is_rolling else ADDED),
            "blue-green": Section(other, added=ADDED),
            "recreate": Section(recreate, () if is_rolling else where, ADDED if is_rolling else ""),
        }
    )


def _of_deployment(found: Workload) -> Iterator[Assumption]:
    yield from unknown_keys(found.spec, "spec", "spec")
    strategy = found.spec.object("strategy")
    yield from unknown_keys(strategy, "strategy", "strategy")
    yield from unknown_keys(strategy.object("rollingUpdate"), "rollingUpdate", "rollingUpdate")


def _of_pods(found: Workload) -> Iterator[Assumption]:
    """Yield what a pod does before it is ready, of which a scenario knows nothing."""
    if found.spec.flag("paused"):
        yield Assumption("spec.paused", "", "it is true: nothing is deployed until it is resumed")
    if many := len(found.pod.objects("initContainers")):
        each = "it runs" if many == 1 else f"{many} run one after the other"
        words = f"{each} before the application; add the time to service.startup"
        yield Assumption("initContainers", "", words)
    if found.pod.objects("readinessGates"):
        words = "pods also wait for a controller that is not among the files"
        yield Assumption("readinessGates", "", words)
    if found.container.object("lifecycle").has("postStart"):
        words = "how long it takes is not in the files; add it to service.startup.container_start"
        yield Assumption("lifecycle.postStart", "", words)


def _caveats(found: Workload, options: Options) -> Iterator[Assumption]:
    yield from _of_pods(found)
    container = found.container
    probe = container.object("livenessProbe")
    if probe.data:
        period = probe.number("periodSeconds", 1, MOST) or 10.0
        after = period * (probe.whole("failureThreshold", 1, MOST) or 3)
        words = f"a hung container is restarted after {after:g} s; that is not modeled"
        yield Assumption("livenessProbe", "", words)
    if not container.object("readinessProbe").data:
        words = "there is none: requests come before the application listens"
        yield Assumption("readinessProbe", "", words)
    if found.autoscaler is not None:
        scaling = found.autoscaler.object("spec")
        low = scaling.whole("minReplicas", 0, LARGEST) or 1
        high = scaling.whole("maxReplicas", 1, LARGEST) or low
        used = _count(found, options).written
        words = f"an autoscaler keeps {low} to {high}; the number stays {used}"
        yield Assumption("HorizontalPodAutoscaler", "", words)
    yield from unknown_keys(container, "container", "container")
    yield from unknown_keys(container.object("lifecycle"), "lifecycle", "lifecycle")
    for key in ("readinessProbe", "startupProbe", "livenessProbe"):
        yield from unknown_keys(container.object(key), "probe", key)


def _head(files: Sequence[str], caveats: Sequence[Assumption]) -> Iterator[str]:
    names = ", ".join(Path(file).name for file in files)
    yield f"# Made by simdeploy import of {page.printable(names)}."
    yield "# A value marked “assumed” stands in none of them."
    if caveats:
        yield "#"
        yield "# What they say and a scenario cannot:"
    for caveat in caveats:
        yield f"# - {page.printable(f'{caveat.path}: {caveat.source_words}')}"
