"""Rollouts of Argo as scenarios: right values, defaults, what is said, and errors."""

from pathlib import Path

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files
from simdeploy.importers.kubernetes.durations import seconds_of

from .manifests import imported, said, scenario_of

PAY = Path(__file__).parent / "inputs" / "rollout.yaml"
POD = """
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web}]}
"""
HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: "
TEMPLATE = f"---\n{HEAD}AnalysisTemplate\nmetadata: {{name: rate}}\nspec: "


def rollout(strategy, more="", pod=POD):
    """Return the text of a rollout."""
    text = f"{HEAD}Rollout\nmetadata: {{name: web}}\nspec:\n  replicas: 4\n"
    return f"{text}  strategy: {strategy}\n{more}{pod}"


def canary(steps, more="", routed=True, **extra):
    """Return the text of a rollout with a canary."""
    router = "trafficRouting: {nginx: {stableIngress: web}}, " if routed else ""
    keys = "".join(f"{key}: {value}, " for key, value in extra.items())
    return rollout(f"{{canary: {{{router}{keys}steps: {steps}}}}}", more)


def steps_of(found):
    """Return (percent, wait, or "person") of each step."""
    steps = scenario_of(found).strategies["canary"].steps
    return [(one.percent, "person" if one.gate else one.wait) for one in steps]


def test_right_values():
    """A canary behind a router gives the values that its keys stand for."""
    found = import_files([PAY])
    scenario = scenario_of(found)
    own = scenario.strategies["canary"]
    assert (scenario.name, scenario.platform) == ("pay", "kubernetes")
    assert scenario.service.desired_count == 8
    assert (own.type, own.scale_with_weight, own.pods_as_weights) == ("traffic_steps", True, False)
    assert steps_of(found) == [(5, 120), (30, "person"), (60, 90), (100, 0)]
    assert own.steps[1].gate.timeout is None
    assert own.bounds(8) == (2, 0)
    assert (own.termination_wait, own.progress_deadline, own.on_deadline) == (45, 120, "undo")
    assert (scenario.service.readiness.period, scenario.service.readiness.depth) == (3, "shallow")
    assert scenario.title == "pay, as Argo Rollouts has it"


def test_defaults(tmp_path):
    """What a rollout leaves out is what Argo does: 30 s, ten minutes, no abort."""
    found = imported(tmp_path, canary("[{setWeight: 50}]").replace("replicas: 4", "paused: false"))
    scenario = scenario_of(found)
    own = scenario.strategies["canary"]
    assert scenario.service.desired_count == 1
    assert (own.termination_wait, own.progress_deadline, own.on_deadline) == (30, 600, "none")
    assert steps_of(found) == [(50, 0), (100, 0)]
    assert set(found.added) == {"rolling", "blue-green"}


def test_without_a_router(tmp_path):
    """Each pod gets the same, so that 5 % of 4 pods with one of surge are 1 of 5."""
    found = imported(tmp_path, canary("[{setWeight: 5}, {pause: {duration: 1h}}]", routed=False))
    own = scenario_of(found).strategies["canary"]
    assert (own.pods_as_weights, own.bounds(4)) == (True, (1, 1))
    assert own.splits(4) == [(1, 4), (4, 0)]
    assert "termination_wait" not in own.model_fields_set


def test_no_steps(tmp_path):
    """A canary without steps and router is a rolling update; with a router all moves at once."""
    rolling = scenario_of(imported(tmp_path, rollout("{canary: {maxSurge: 2, maxUnavailable: 0}}")))
    assert rolling.strategies["rolling"].bounds(4) == (2, 0)
    assert "canary" not in rolling.strategies
    routed = imported(tmp_path, canary("[]"))
    assert steps_of(routed) == [(100, 0)]


def test_pauses(tmp_path):
    """Waits at one weight add up; a weight that stays is no step of its own."""
    steps = "[{setWeight: 10}, {pause: {duration: 1m30s}}, {pause: {duration: '30'}}, {pause: }, "
    found = imported(tmp_path, canary(steps + "{setWeight: 10}, {setWeight: 100}]"))
    step = scenario_of(found).strategies["canary"].steps[0]
    assert (step.percent, step.wait, step.gate is None) == (10, 120, False)
    assert len(steps_of(found)) == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("2m", 120), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5),
     ("", None), ("2 minutes", None), ("m2", None), ("-5s", None), ("5d", None)],
)  # fmt: skip
def test_durations(text, seconds):
    """A bare number is seconds; units are those of Go's durations."""
    assert seconds_of(text) == seconds


#: Steps, and what is said of what is left out of them.
SAID = {
    "[{pause: {}}, {setWeight: 20}]": "step 1 (a pause before any traffic moves is left out)",
    "[{setWeight: 40}, {setWeight: 20}]": "step 2 (the weight falls to 20 % there",
    "[{setWeight: 20}, {pause: {}}, {pause: {}}]": "a second pause for a person at 20 %",
    "[{setWeight: 20}, {pause: {}}, {pause: {duration: 5}}]": "time passes first here",
    "[{setCanaryScale: {replicas: 3}}, {setWeight: 20}]": "step 1, setCanaryScale",
    "[{setWeight: 20}, {setHeaderRoute: {name: x}}]": "step 2, setHeaderRoute",
    "[{setWeight: 20}, {setMirrorRoute: {name: x}}]": "step 2, setMirrorRoute",
    "[{setWeight: 20}, {plugin: {name: x}}]": "what a plugin does is not in the files",
    "[{setWeight: 20}, {experiment: {duration: 5m}}]": "experiments are not modeled",
    "[{setWeight: 20, setCanaryScale: {weight: 50}, setHeaderRoute: {name: x}}]":
        "step 1, setHeaderRoute",
    "[{pause: {}, setCanaryScale: {weight: 50}}]": "step 1, setCanaryScale",
    "[{setWeight: 20}, {setWait: 5}]": 'did you mean "setWeight"?',
    "[{setWeight: 20}, {analysis: {templates: [{templateName: x}]}}]":
        "AnalysisTemplate x is not among the files; the analysis is left out",
    "[{analysis: {templates: [{templateName: x}]}}]": "an analysis before any traffic moves",
}  # fmt: skip


@pytest.mark.parametrize(("steps", "words"), SAID.items(), ids=list(SAID))
def test_steps_that_are_left_out_are_named(tmp_path, steps, words):
    """A step that a scenario cannot hold is said with its number, and the rest is read."""
    found = imported(tmp_path, canary(steps))
    assert words in said(found)
    assert steps_of(found)[-1] == (100, 0)


@pytest.mark.parametrize(
    ("metric", "seconds"),
    [
        ("{interval: 1m, count: 5}", 240),
        ("{interval: 1m, count: 5, initialDelay: 30s}", 270),
        ("{interval: 10s, count: '3'}, {interval: 30s, count: 2}", 30),
        ("{initialDelay: 1m}", 60),
        ("{count: 1}", 30),
    ],
)
def test_analyses(tmp_path, metric, seconds):
    """The first measurement is at once, the next an interval later: 5 in minutes take 4 minutes."""
    steps = "[{setWeight: 20}, {analysis: {templates: [{templateName: rate}]}}]"
    template = f"{TEMPLATE}{{metrics: [{metric.replace('{', '{name: x, ')}]}}\n"
    found = imported(tmp_path, canary(steps) + template)
    test = scenario_of(found).strategies["canary"].steps[0].test
    assert test.duration.value == seconds
    assert "left out" not in said(found)


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ("[{interval: 1m}]", "it measures without end"),
        ("[{interval: 1m, count: 0}]", "it measures without end"),
        ("[{interval: 1m, count: '{{args.n}}'}]", "how often it measures is filled in later"),
        ("[{interval: '{{args.i}}', count: 5}]", "its interval is filled in later"),
        ("[]", "its template has no metrics"),
    ],
)
def test_analyses_of_unknown_length(tmp_path, metrics, words):
    """An analysis of which no file says how long it takes is left out, with the reason."""
    steps = "[{setWeight: 20}, {analysis: {templates: [{templateName: rate}]}}]"
    found = imported(tmp_path, f"{canary(steps)}{TEMPLATE}{{metrics: {metrics}}}\n")
    assert words in said(found)
    assert scenario_of(found).strategies["canary"].steps[0].test is None


def test_background_analyses(tmp_path):
    """An analysis beside the steps is named: it is no test at a step."""
    text = canary("[{setWeight: 20}]", analysis="{templates: [{templateName: x}]}")
    assert "canary.analysis (it runs beside the steps" in said(imported(tmp_path, text))


BLUE_GREEN = {
    "": (True, 0.0, False),
    "autoPromotionEnabled: true, ": (True, 0.0, False),
    "autoPromotionEnabled: false, ": (True, 0.0, True),
    "autoPromotionEnabled: false, autoPromotionSeconds: 40, ": (True, 40.0, False),
    "autoPromotionSeconds: 40, ": (True, 40.0, False),
}


@pytest.mark.parametrize(("keys", "values"), BLUE_GREEN.items(), ids=list(BLUE_GREEN))
def test_blue_green(tmp_path, keys, values):
    """It is promoted as its pods are ready, after some seconds, or by a person, whoever waits."""
    block = f"{{blueGreen: {{{keys}activeService: a, previewService: b}}}}"
    own = scenario_of(imported(tmp_path, rollout(block))).strategies["blue-green"]
    assert (own.test_listener, own.ready_wait, own.approval is not None) == values
    assert own.approval is None or own.approval.timeout is None
    assert (own.termination_wait, own.progress_deadline) == (30, 600)


def test_analyses_of_blue_green(tmp_path):
    """Before the promotion and after it an analysis is a hook, if its template is there."""
    one = "{templates: [{templateName: rate}]}"
    keys = f"prePromotionAnalysis: {one}, postPromotionAnalysis: {one}, activeService: a"
    text = rollout(f"{{blueGreen: {{{keys}, scaleDownDelaySeconds: 600}}}}")
    template = f"{TEMPLATE}{{metrics: [{{interval: 20s, count: 4}}]}}\n"
    own = scenario_of(imported(tmp_path, text + template)).strategies["blue-green"]
    assert [(hook.stage, hook.duration.value) for hook in own.hooks] == [
        ("BeforeAllowTraffic", 60), ("AfterAllowTraffic", 60),
    ]  # fmt: skip
    assert own.termination_wait == 600
    alone = imported(tmp_path, text)
    assert "prePromotionAnalysis (AnalysisTemplate rate is not among the files" in said(alone)


@pytest.mark.parametrize(
    ("strategy", "path"),
    [
        ("{canary: {dynamicStableScale: true, steps: []}}", "canary.dynamicStableScale"),
        ("{canary: {minPodsPerReplicaSet: 2, steps: []}}", "canary.minPodsPerReplicaSet"),
        ("{canary: {canarySerivce: x}}", "canary.canarySerivce"),
        ("{blueGreen: {activeService: a, previewReplicaCount: 1}}",
         "blueGreen.previewReplicaCount"),
        ("{blueGreen: {activeService: a, abortScaleDownDelaySeconds: 90}}",
         "blueGreen.abortScaleDownDelaySeconds"),
    ],
)  # fmt: skip
def test_keys_that_are_left_out_are_named(tmp_path, strategy, path):
    """A key without a counterpart, or that Argo does not have, is said."""
    assert path in said(imported(tmp_path, rollout(strategy)))


def test_a_window_for_rollbacks(tmp_path):
    """Argo goes back to a recent version without steps; that is said."""
    found = imported(tmp_path, canary("[{setWeight: 20}]", "  rollbackWindow: {revisions: 3}\n"))
    assert "spec.rollbackWindow" in said(found)


def test_pods_of_a_deployment(tmp_path):
    """A rollout may take the template of a Deployment, which is then no service of its own."""
    reference = "  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
    text = rollout("{canary: {steps: [{setWeight: 50}]}}", reference, pod="")
    deployment = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:"
    found = imported(tmp_path, text + deployment + "\n  replicas: 0" + POD)
    assert (scenario_of(found).service.desired_count, found.service_name) == (4, "web")
    with pytest.raises(ImportShapeError, match="Deployment web, which is not among the files"):
        imported(tmp_path, text)


def test_autoscaler_of_a_rollout(tmp_path):
    """An autoscaler that scales the rollout gives the number that it leaves out."""
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: x}\n"
        "spec: {scaleTargetRef: {kind: Rollout, name: web}, minReplicas: 3, maxReplicas: 9}\n"
    )
    text = canary("[{setWeight: 50}]").replace("  replicas: 4\n", "") + scaler
    assert scenario_of(imported(tmp_path, text)).service.desired_count == 3


def test_rollouts_beside_deployments(tmp_path):
    """Of several, one is chosen by its name."""
    text = canary("[{setWeight: 50}]")
    other = text.replace("argoproj.io/v1alpha1", "apps/v1").replace("Rollout", "Deployment")
    other = other.replace("web", "api").split("  strategy")[0] + POD.replace("web", "api")
    both = f"{text}---\n{other}"
    with pytest.raises(ImportShapeError, match="several Deployments and Rollouts: api, web; name"):
        imported(tmp_path, both)
    assert imported(tmp_path, both, service="web").service_name == "web"


REFUSED = {
    "{canary: {steps: [{setWeight: 120}]}}": "must be a number from 0 to 100; got 120",
    "{canary: {steps: [{setWeight: half}]}}": 'must be a number from 0 to 100; got "half"',
    "{canary: {steps: [{setWeight: }]}}": "must be a weight from 0 to 100",
    "{canary: {steps: [{setWeight: 5}, {pause: {duration: soon}}]}}": "must be a time such as 90",
    "{canary: {steps: {setWeight: 5}}}": "must be a list; got an object",
    "{canary: {maxSurge: 0, maxUnavailable: 0}}": "is 0 beside maxSurge 0, which Argo refuses",
    "{rollingUpdate: {}}": "must have canary or blueGreen",
    "{canary: {}, blueGreen: {activeService: a}}": "stands beside blueGreen",
    "{blueGreen: {autoPromotionEnabled: maybe}}": "must be true or false",
}


@pytest.mark.parametrize(("strategy", "message"), REFUSED.items(), ids=list(REFUSED))
def test_values_that_argo_refuses(tmp_path, strategy, message):
    """A value that Argo would not take is an error with file and line."""
    with pytest.raises(ImportShapeError) as error:
        imported(tmp_path, rollout(strategy))
    assert message in str(error.value)
    assert "web.yaml:" in str(error.value)


def test_what_else_argo_has(tmp_path):
    """An application of Argo CD is an object that nothing deploys by itself."""
    text = f"{HEAD}Application\nmetadata: {{name: x}}\nspec: {{}}\n"
    with pytest.raises(ImportShapeError, match="holds no Deployment or Rollout"):
        imported(tmp_path, text)


def test_the_same_name_twice(tmp_path):
    """Two of one name are never chosen between in silence, whatever kind they are of."""
    text = canary("[{setWeight: 50}]")
    other = text.replace("argoproj.io/v1alpha1", "apps/v1").replace("Rollout", "Deployment")
    both = f"{text}---\n{other.split('  strategy')[0]}{POD}"
    for options in ({}, {"service": "web"}):
        with pytest.raises(ImportShapeError, match=r"several are called web: Deployment at .*web"):
            imported(tmp_path, both, **options)
