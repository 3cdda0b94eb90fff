"""Deployments of Kubernetes as scenarios: right values, defaults, what is said, and errors."""

from pathlib import Path

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files

from .manifests import imported, said, scenario_of

SHOP = Path(__file__).parent / "inputs" / "kubernetes.yaml"
PLAIN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web
"""


def test_right_values():
    """A Deployment with a Service and an autoscaler gives the values that its keys stand for."""
    found = import_files([SHOP])
    scenario = scenario_of(found)
    service, rolling = scenario.service, scenario.strategies["rolling"]
    assert (scenario.platform, service.name, service.desired_count) == ("kubernetes", "shop", 7)
    assert rolling.bounds(7) == (3, 2)
    assert (rolling.min_ready, rolling.progress_deadline, rolling.on_deadline) == (15, 240, "none")
    probe = service.readiness
    assert (probe.initial_delay, probe.period, probe.timeout) == (12, 4, 3)
    assert (probe.successes, probe.failures) == (2, 2)
    startup = service.startup_probe
    assert startup.initial_delay + startup.failures * startup.period == 120
    assert (service.pre_stop, service.termination_grace_period, service.stop_timeout) == (
        10,
        50,
        40,
    )
    assert (service.task.vcpu, service.task.memory_gb) == (0.75, 1.5)
    assert "an autoscaler keeps 4 to 20; the number stays 7" in said(found)


def test_defaults(tmp_path):
    """What a Deployment leaves out is what Kubernetes does, and is told as assumed."""
    found = imported(tmp_path, PLAIN)
    scenario = scenario_of(found)
    rolling = scenario.strategies["rolling"]
    assert scenario.service.desired_count == 1
    assert (rolling.max_surge, rolling.max_unavailable) == ("25%", "25%")
    assert (rolling.min_ready, rolling.progress_deadline) == (0, 600)
    assert scenario.service.readiness is None
    assert scenario.service.termination_grace_period == 30
    assert "requests come before the application listens" in said(found)
    assert "Kubernetes' default" in said(found)


def test_number_of_pods(tmp_path):
    """The command line goes before replicas, those before the autoscaler's minimum."""
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 3, maxReplicas: 9}\n"
    )
    found = imported(tmp_path, PLAIN + scaler)
    assert scenario_of(found).service.desired_count == 3
    assert "the autoscaler's minimum" in said(found)
    given = PLAIN.replace("spec:\n  template", "spec:\n  replicas: 5\n  template")
    assert scenario_of(imported(tmp_path, given + scaler)).service.desired_count == 5
    assert scenario_of(imported(tmp_path, given, desired_count=8)).service.desired_count == 8


def test_recreate(tmp_path):
    """A Deployment that recreates gives that strategy; the other is added for comparison."""
    text = PLAIN.replace("spec:\n  template", "spec:\n  strategy: {type: Recreate}\n  template")
    found = imported(tmp_path, text)
    assert set(found.added) == {"rolling", "blue-green"}
    assert scenario_of(found).strategies["recreate"].type == "recreate"


def test_lists_are_unfolded(tmp_path):
    """What kubectl prints as a List is read item by item."""
    lines = PLAIN.splitlines()
    items = "\n".join([f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])])
    found = imported(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{items}\n")
    assert found.service_name == "web"


@pytest.mark.parametrize(
    ("hook", "seconds"),
    [
        ("{sleep: {seconds: 7}}", 7),
        ("{exec: {command: [sleep, '12']}}", 12),
        ("{exec: {command: [/bin/sh, -c, 'sleep 5s']}}", 5),
        ("{httpGet: {path: /stop, port: 80}}", 0),
    ],
)
def test_pre_stop(tmp_path, hook, seconds):
    """A hook that sleeps says how long; of any other it is said that nobody knows."""
    found = imported(tmp_path, PLAIN + f"          lifecycle: {{preStop: {hook}}}\n")
    assert scenario_of(found).service.pre_stop == seconds
    assert ("how long this preStop hook takes" in said(found)) == (seconds == 0)


def test_probes_of_every_kind(tmp_path):
    """A probe that only connects is shallow; a time-out beyond the period is the period."""
    probe = "{tcpSocket: {port: 80}, periodSeconds: 3, timeoutSeconds: 20}"
    found = imported(tmp_path, PLAIN + f"          readinessProbe: {probe}\n")
    readiness = scenario_of(found).service.readiness
    assert (readiness.depth, readiness.period, readiness.timeout) == ("shallow", 3, 3)
    live = "{httpGet: {path: /, port: 80}, periodSeconds: 20}"
    found = imported(tmp_path, PLAIN + f"          livenessProbe: {live}\n")
    assert "restarted after 60 s; that is not modeled" in said(found)


def test_unknown_keys_are_named(tmp_path):
    """A misspelled key is said with the one that was meant, and the rest is read."""
    found = imported(tmp_path, PLAIN + "          readinesProbe: {periodSeconds: 3}\n")
    assert "container.readinesProbe" in said(found)
    assert 'did you mean "readinessProbe"?' in said(found)
    assert scenario_of(found).service.readiness is None


REFUSED = {
    "replicas: three": 'spec.replicas: must be a number from 0 to 10000; got "three"',
    "replicas: 0": "spec.replicas: is 0: nothing runs; give --desired-count N",
    "strategy: {rollingUpdate: {maxSurge: oops}}": "maxSurge: must be a number of pods, or a share",
    "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}": "which Kubernetes refuses",
    "strategy: {type: Blue}": "must be one of RollingUpdate, Recreate",
    "minReadySeconds: 700": "progressDeadlineSeconds: must be above minReadySeconds",
}


@pytest.mark.parametrize(("line", "message"), REFUSED.items(), ids=list(REFUSED))
def test_values_that_kubernetes_refuses(tmp_path, line, message):
    """A value that Kubernetes would not take is an error with file and line."""
    text = PLAIN.replace("spec:\n  template", f"spec:\n  {line}\n  template")
    with pytest.raises(ImportShapeError) as error:
        imported(tmp_path, text)
    assert message in str(error.value)
    assert "web.yaml:" in str(error.value)


def test_helm_templates(tmp_path):
    """A template of Helm names the command that prints what is read."""
    text = PLAIN.replace("  template:", "  replicas: {{ .Values.replicas }}\n  template:", 1)
    with pytest.raises(ImportShapeError, match="save what `helm template` prints"):
        imported(tmp_path, text)


def test_several_deployments(tmp_path):
    """One of several is chosen by its name; without a name all of them are named."""
    both = f"{PLAIN}---\n{PLAIN.replace('web', 'api')}"
    with pytest.raises(ImportShapeError, match="several Deployments: web, api; name one with"):
        imported(tmp_path, both)
    assert imported(tmp_path, both, service="api").service_name == "api"
    with pytest.raises(ImportShapeError, match='no Deployment is called "x"; found: web, api'):
        imported(tmp_path, both, service="x")


def test_other_workloads(tmp_path):
    """What is no Deployment is refused by its kind."""
    with pytest.raises(ImportShapeError, match="StatefulSet; only Deployments and Rollouts"):
        imported(tmp_path, PLAIN.replace("kind: Deployment", "kind: StatefulSet"))


def test_the_container_that_serves(tmp_path):
    """Without a Service the first of several containers is taken, and that is said."""
    found = imported(tmp_path, PLAIN + "        - {name: side, image: side}\n")
    assert "web, the first one, is taken" in said(found)


SAID = {
    "      initContainers: [{name: a}]\n": "initContainers (it runs before the application",
    "      initContainers: [{name: a}, {name: b}]\n": "2 run one after the other",
    "      readinessGates: [{conditionType: x}]\n": "readinessGates (pods also wait",
    "          lifecycle: {postStart: {exec: {command: [warm]}}}\n": "lifecycle.postStart",
}


@pytest.mark.parametrize(("lines", "words"), SAID.items(), ids=list(SAID.values()))
def test_what_pods_do_before_they_are_ready_is_named(tmp_path, lines, words):
    """A start that takes longer than a scenario knows of is said."""
    assert words in said(imported(tmp_path, PLAIN + lines))


def test_paused(tmp_path):
    """A Deployment that is paused deploys nothing, and that is said."""
    text = PLAIN.replace("spec:\n  template", "spec:\n  paused: true\n  template")
    assert "nothing is deployed until it is resumed" in said(imported(tmp_path, text))
    text = text.replace("paused: true", "paused: false")
    assert "resumed" not in said(imported(tmp_path, text))


def test_names_that_a_scenario_does_not_take(tmp_path):
    """Other signs than letters, digits, hyphens and underscores become hyphens."""
    found = imported(tmp_path, PLAIN.replace("{name: web}", "{name: web.$$x$$}"))
    assert scenario_of(found).name == "web---x--"


@pytest.mark.parametrize("kind", ["Kustomization", "Component"])
def test_kustomizations(tmp_path, kind):
    """What Kustomize works on names the command that prints what is read."""
    text = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: {kind}\nresources: [a.yaml]\n"
    with pytest.raises(ImportShapeError, match="save what `kubectl kustomize` prints"):
        imported(tmp_path, text)


SIZES = {
    "{requests: {cpu: 250m, memory: 1Gi}, limits: {cpu: 2, memory: 4Gi}}": (0.25, 1.0),
    "{limits: {cpu: '.5', memory: 512Mi}}": (0.5, 0.5),
    "{requests: {memory: 1073741824}, limits: {cpu: 1.5}}": (1.5, 1.0),
    "{requests: {cpu: 1e-1, memory: 2147483648000m}}": (0.1, 2.0),
}


@pytest.mark.parametrize(("resources", "size"), SIZES.items(), ids=list(SIZES))
def test_sizes(tmp_path, resources, size):
    """A pod has what it requests; where it only has a limit, that is what it requests."""
    found = imported(tmp_path, PLAIN + f"          resources: {resources}\n")
    task = scenario_of(found).service.task
    assert (task.vcpu, task.memory_gb) == size


@pytest.mark.parametrize("amount", ["lots", "1Xi", "0", "-1", "1 Gi", "Mi"])
def test_sizes_that_kubernetes_refuses(tmp_path, amount):
    """What is no quantity above 0 is an error at its line."""
    with pytest.raises(ImportShapeError, match="must be a quantity, such as 750m"):
        imported(tmp_path, PLAIN + f"          resources: {{requests: {{cpu: '{amount}'}}}}\n")


def test_other_objects_are_named_by_kind(tmp_path):
    """What is not read is one line for each kind, however many there are."""
    more = "".join(
        f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s{k}}}\n" for k in range(6)
    )
    assert "Secret s0, s1, s2, s3 and 2 more (not read)" in said(imported(tmp_path, PLAIN + more))


def test_an_autoscaler_of_something_else(tmp_path):
    """One that scales what is not among the files is said, as its name may be wrong."""
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {scaleTargetRef: {kind: Deployment, name: wbe}, minReplicas: 3, maxReplicas: 9}\n"
    )
    found = imported(tmp_path, PLAIN + scaler)
    assert "scales Deployment wbe, which is not in the files" in said(found)
    assert scenario_of(found).service.desired_count == 1


def test_an_autoscaler_of_no_name(tmp_path):
    """What it scales is named by a word; anything else is refused at its line."""
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {scaleTargetRef: {kind: Deployment, name: {a: b}}}\n"
    )
    with pytest.raises(ImportShapeError, match="name"):
        imported(tmp_path, PLAIN + scaler)
