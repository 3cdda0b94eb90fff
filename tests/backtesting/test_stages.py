"""Deployments that shift traffic beside their runs, stage by stage as their records name them."""

import json

import pytest

from simdeploy import load_scenario
from simdeploy.backtesting.api import backtest
from simdeploy.backtesting.result import CONTRADICTS
from simdeploy.engines import timelines
from simdeploy.errors import SimdeployError
from simdeploy.observed.reading import read_observed
from simdeploy.results.run import Run
from tests.observed import recording, writing

DAY = 86_400.0
SCENARIO = """\
name: web
service: {name: web, desired_count: 2}
target_group: {deregistration_delay: 30s}
strategies:
  rolling: {type: rolling}
  all: {type: blue_green, termination_wait: 5m}
  canary:
    type: canary
    wait: 5m
    termination_wait: 5m
    hooks: [{stage: AfterInstall, duration: {distribution: uniform, low: 20s, high: 40s}}]
  native: {type: blue_green, controller: ecs, bake_time: 5m}
  native-canary: {type: canary, controller: ecs, wait: 10m, bake_time: 5m}
"""


class Shifts:
    """A scenario, and records of its own deployments."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "web.yaml"
        self.file.write_text(SCENARIO, encoding="utf-8")

    def scenario(self, *settings):
        """Return the scenario with changes."""
        return load_scenario(self.file, overrides=list(settings))

    def played(self, strategy, count, settings=()):
        """Return runs of a strategy, each with its number."""
        return enumerate(timelines(self.scenario(*settings), strategy, seed=77, lo=0, hi=count))

    def write(self, documents, name="records.json"):
        """Write documents one after the other."""
        path = self.folder / name
        path.write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
        return path

    def code_deploy(self, strategy, count=1, settings=(), **options):
        """Return a file of what CodeDeploy keeps of some deployments, a day each."""
        documents = []
        for k, run in self.played(strategy, count, settings):
            epoch = writing.EPOCH + k * DAY
            documents += recording.code_deploy(run, k + 1, epoch, **options)
        return self.write(documents)

    def native(self, name, count=1, settings=(), **options):
        """Return a file of looks at some service deployments."""
        documents = []
        for k, run in self.played(name, count, settings):
            documents += recording.native(run, k + 1, writing.EPOCH + k * DAY, **options)
        return self.write(documents)

    def events(self, strategy, count=1):
        """Return a file of the service's events meanwhile, as CodeDeploy's task sets have them."""
        rows = [(writing.EPOCH - 5000.0, "(service web) has reached a steady state.")]
        for k, run in self.played(strategy, count):
            epoch = writing.EPOCH + k * DAY
            rows += [
                (at + (recording.late(run) if at - epoch > recording.kept_from(run) else 0.0), text)
                for at, text in writing.messages(Run({}, run), epoch=epoch)
            ]
        marked = [(at, text.replace("(service web) has started",
                                    "(service web, taskSet ecs-svc/9) has started"))
                  for at, text in rows]  # fmt: skip
        return self.write([writing.described(marked)], "events.json")


@pytest.fixture
def shifts(tmp_path):
    """Return the scenario and a writer of records."""
    return Shifts(tmp_path)


def names(result):
    """Return the parts of the first deployment."""
    return [stage.name for stage in result.deployments[0].stages]


def test_the_parts_of_code_deploy(shifts):
    """A lifecycle event that lasts is a part; what lasts half a second is in none."""
    result = backtest(shifts.scenario(), [shifts.code_deploy("canary")], runs=30)
    assert (result.strategy, result.deployments[0].verdict != CONTRADICTS) == ("canary", True)
    assert names(result) == [
        "command → Install over", "AfterInstall", "AllowTraffic", "termination wait → completed",
    ]  # fmt: skip
    unknown = " ".join(result.deployments[0].unknown)
    assert "when tasks were started" in unknown
    assert "each step of the traffic" in unknown
    assert "all parts together" in str(result)


def test_events_divide_the_parts(shifts):
    """With the service's events, the start of the tasks and the drain are parts of their own."""
    files = [shifts.code_deploy("canary"), shifts.events("canary")]
    result = backtest(shifts.scenario(), files, runs=30)
    assert names(result) == [
        "command → first task started", "first task started → registered",
        "registered → Install over", "AfterInstall", "AllowTraffic",
        "termination wait → old task told to go", "told to go → completed",
    ]  # fmt: skip


def test_the_parts_of_ecs(shifts):
    """Looks at a service deployment give its stages, each to the seconds between two looks."""
    result = backtest(shifts.scenario(), [shifts.native("native-canary")], runs=30)
    assert result.strategy == "native-canary"
    assert names(result) == [
        "command → SCALE_UP over", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP → completed",
    ]  # fmt: skip
    assert result.deployments[0].verdict != CONTRADICTS, str(result)


def test_without_looks_there_is_the_whole(shifts):
    """What ECS prints afterwards has no stages: the whole is compared, and that is said."""
    ((_, run),) = shifts.played("native", 1)
    path = shifts.write(recording.native(run, 1, writing.EPOCH, strategy="BLUE_GREEN")[-1:])
    result = backtest(shifts.scenario(), [path], runs=30)
    assert (result.strategy, names(result)) == ("native", ["command → completed"])
    assert "ECS keeps no times of them" in " ".join(result.deployments[0].unknown)
    assert backtest(shifts.scenario(), [path, shifts.events("native")], runs=30).deployments


def test_looks_that_are_far_apart(shifts):
    """Between looks two minutes apart nobody knows when a stage began."""
    path = shifts.native("native-canary", every=120.0)
    assert names(backtest(shifts.scenario(), [path], runs=30)) == ["command → completed"]


#: Strategy, what is wrong with the scenario, and the part that has to tell.
PLANTED = {
    "wait": ("canary", "strategies.canary.wait=10m", "AllowTraffic"),
    "termination": ("canary", "strategies.canary.termination_wait=8m",
                    "termination wait → completed"),
    "hook": ("canary", "strategies.canary.hooks=[{stage: AfterInstall, duration: 90s}]",
             "AfterInstall"),
    "no hook": ("canary", "strategies.canary.hooks=[]", "AfterInstall"),
    "drain": ("all", "target_group.deregistration_delay=120s", "termination wait → completed"),
    "bake": ("native-canary", "strategies.native-canary.bake_time=8m", "BAKE_TIME"),
    "step": ("native-canary", "strategies.native-canary.wait=5m", "PRODUCTION_TRAFFIC_SHIFT"),
}  # fmt: skip


@pytest.mark.many_runs
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_value_is_found_in_its_stage(shifts, name):
    """Of a scenario with one wrong value, one part contradicts: that which the value is about."""
    strategy, setting, part = PLANTED[name]
    write = shifts.native if strategy.startswith("native") else shifts.code_deploy
    path = write(strategy, **({"config": "own"} if strategy == "all" else {}))
    result = backtest(shifts.scenario(setting), [path], strategy=strategy, runs=300)
    (one,) = result.deployments
    assert one.verdict == CONTRADICTS
    assert [stage.name for stage in one.contradicting] == [part]


@pytest.mark.many_runs
@pytest.mark.parametrize("strategy", ["all", "canary", "native-canary"])
def test_percentiles_of_own_runs_are_uniform(shifts, strategy):
    """Of 200 deployments that the scenario itself made, percentiles are uniform in each part.

    A bake time is constant and known to the seconds between two looks: it ties with every run.
    """
    if strategy == "native-canary":
        files = [shifts.native(strategy, 200, every=0.5)]
    else:
        files = [shifts.code_deploy(strategy, 200, config="own")]
    if strategy == "canary":
        files.append(shifts.events(strategy, 200))
    result = backtest(shifts.scenario(), files, strategy=strategy, all_deployments=True, runs=1000)
    assert len(result.deployments) == 200
    tests = [test for test in result.uniformity() if test.name != "BAKE_TIME"]
    assert len(tests) >= 4
    assert all(test.is_uniform for test in tests), tests
    assert sum(one.verdict == CONTRADICTS for one in result.deployments) <= 16


def test_a_rollback(shifts):
    """A deployment that CodeDeploy stopped ends where it was given up."""
    fault = "release.faults=[{kind: errors, rate: 30%}]"
    alarm = "alarms=[{name: errors, metric: target_5xx_rate, threshold: 2%, period: 60s}]"
    (info, targets) = recording.code_deploy(
        next(run for _, run in shifts.played("canary", 1)), 1, writing.EPOCH
    )
    info["deploymentInfo"] |= {
        "status": "Stopped", "completeTime": writing.iso(writing.EPOCH + 300),
        "errorInformation": {"code": "ALARM_ACTIVE"},
        "rollbackInfo": {"rollbackDeploymentId": "d-2"},
    }  # fmt: skip
    events = targets["deploymentTargets"][0]["ecsTarget"]["lifecycleEvents"]
    del events[6]["endTime"], events[7:]
    path = shifts.write([info, targets])
    sets = [fault, alarm, "strategies.canary.alarms=[errors]"]
    result = backtest(shifts.scenario(*sets), [path], runs=40)
    assert names(result) == ["command → Install over", "AfterInstall", "AllowTraffic → given up"]
    with pytest.raises(SimdeployError, match="was rolled back, which 0 of 40 simulated runs are"):
        backtest(shifts.scenario(), [path], runs=40)


def refused(shifts, path, **options):
    """Return why a file cannot be held against the scenario."""
    with pytest.raises(SimdeployError) as error:
        backtest(shifts.scenario(), [path], runs=20, **options)
    return str(error.value)


def test_without_a_record(shifts):
    """Events alone do not say when CodeDeploy moved traffic: the error says what to save."""
    why = refused(shifts, shifts.events("canary"), strategy="canary")
    assert "no deployment of CodeDeploy in it" in why
    assert "aws deploy batch-get-deployment-targets" in why
    why = refused(shifts, shifts.code_deploy("canary"), strategy="native")
    assert "no service deployment in it" in why
    assert "choose another with --strategy" in refused(shifts, shifts.events("canary"))


def test_a_deployment_that_goes_on(shifts):
    """A deployment in its termination wait has no end yet."""
    ((_, run),) = shifts.played("canary", 1)
    info, targets = recording.code_deploy(run, 1, writing.EPOCH)
    del info["deploymentInfo"]["completeTime"]
    assert "has no end in these files" in refused(shifts, shifts.write([info, targets]))


def test_another_way_to_shift(shifts):
    """A canary cannot be held against a strategy that moves all traffic at once."""
    why = refused(shifts, shifts.code_deploy("canary"), strategy="all")
    assert "deployment d-000000001 was canary, all is blue_green" in why


def test_ids_of_targets_are_no_times(shifts):
    """What list-deployment-targets prints are ids: the note names the command with times."""
    ((_, run),) = shifts.played("canary", 1)
    info, _ = recording.code_deploy(run, 1, writing.EPOCH)
    observed = read_observed([shifts.write([info, {"targetIds": ["main:web"]}])])
    assert "aws deploy batch-get-deployment-targets" in str(observed.notes[0])
    (one,) = backtest(shifts.scenario(), observed, runs=20).deployments
    assert [stage.name for stage in one.stages] == ["command → completed"]


def test_a_list_of_events_that_begins_later(shifts):
    """Events of the end of a deployment alone do not divide its parts."""
    path = shifts.events("canary")
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["services"][0]["events"][-4:]
    late = shifts.write([data], "late.json")
    result = backtest(shifts.scenario(), [shifts.code_deploy("canary"), late], runs=20)
    assert names(result)[0] == "command → Install over"


def test_the_order_of_looks_does_not_matter(shifts):
    """Shuffled looks and looks that are there twice give the same."""
    path = shifts.native("native-canary")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[::-1] + lines[::3]), encoding="utf-8")
    again = str(backtest(shifts.scenario(), [path], runs=20))
    assert again == str(backtest(shifts.scenario(), [shifts.native("native-canary")], runs=20))
