"""What a sweep is asked for: settings are checked as scenarios are, before anything is played."""

import numpy as np
import pytest

from simdeploy.errors import SimdeployError
from simdeploy.scenario import load_scenario
from simdeploy.sweeps import load_sweep, sweep
from simdeploy.sweeps.knobs import checked, parse_knob, readings, unit
from simdeploy.sweeps.planning import plan, tree
from tests.sweeps.common import bytes_of, small

INTERVAL = "target_group.health_check.interval"
DELAY = "target_group.deregistration_delay"


def refused(tmp_path, knobs, **how):
    """Return why a sweep is refused; nothing is written."""
    with pytest.raises(SimdeployError) as error:
        sweep("bad-boot", knobs, out=tmp_path / "out", **how)
    assert not (tmp_path / "out").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({INTERVAL: "10s,5s"}, f"setting 1: --set {INTERVAL}=5s\n"),
        ({INTERVAL: "10s,5s"}, "timeout: must be less than interval, 5 s; got"),
        ({INTERVAL: "10s,five"}, 'must be a time > 0; got "five"; '),
        ({"target_group.delay": "1s,2s"}, "target_group.delay: unknown key"),
        ({"strategies.rolling.maximum_percent": "200,90"}, "setting 1: --set"),
        ({"service.desired_count": "2:3.5:0.5"}, "setting 1: --set service.desired_count=2.5"),
        ({"strategies.rolling": "{type: recreate},null"}, "setting 1: no strategy rolling"),
        ({"runs": "5,6"}, "--set runs: cannot be swept; use --runs"),
        ({DELAY: "5s"}, "nothing to sweep"),
        ({DELAY: ["5s", "5s"]}, '"5s" stands twice'),
        ({DELAY: []}, "a value is missing"),
        ({}, "nothing to sweep"),
    ],
)
def test_bad_knobs(knobs, told, tmp_path):
    """A bad value is refused with the knob that sets it and why, and no folder is made."""
    knobs = {"questions": "[]"} | knobs if "strategies.rolling" in knobs else knobs
    assert told in refused(tmp_path, knobs, runs=10, strategies=["rolling"])


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"runs": 0}, "--runs must be a whole number from 1"),
        ({"seed": -1}, "--seed must be a whole number from 0"),
        ({"seed": 1.5}, "--seed must be a whole number"),
        ({"strategies": ["roling"]}, 'unknown strategy "roling"; known: rolling'),
        ({"design": "gird"}, 'unknown design "gird"'),
        ({"engine": "steam"}, "unknown engine 'steam'"),
    ],
)
def test_bad_options(how, told, tmp_path):
    """Options that cannot be honored are refused before a folder is made."""
    assert told in refused(tmp_path, {DELAY: "0s,5s"}, **how)


def test_a_setting_that_cannot_be_played(tmp_path):
    """What is valid and has no room in the engines is refused before anything runs."""
    told = refused(tmp_path, {"strategies.linear.percent": "10,0.1"}, strategies=["linear"])
    assert "setting 1" in told
    assert "linear" in told


def test_knobs_are_told_in_base_units():
    """Times are seconds, percents percents; words and blocks stay as they were written."""
    paths = (DELAY, "strategies.rolling.bake_time", "service.startup.boot", "alarms.0.metric")
    setting = ("1m", "auto", "{distribution: uniform, low: 1s, high: 2s}", None)
    scenario = checked(tree("bad-boot"), paths, setting, "setting 0")
    read = readings(scenario, paths, setting)
    assert read[0] == 60.0
    assert isinstance(read[1], float)
    assert read[2] == setting[2]
    assert read[3] == scenario.alarms[0].metric
    assert [unit(scenario, path) for path in paths] == ["s", "", "", ""]
    assert unit(scenario, paths[1], "5m") == "s"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("service.startup.boot", "5s", ("s", 5.0)),
        ("strategies.rolling.minimum_healthy_percent", "50%", ("%", 50.0)),
        ("service.base_error_rate", "2%", ("", 0.02)),
        ("service.desired_count", "4", ("", 4.0)),
        ("traffic.rate", "50/s", ("/s", 50.0)),
        ("service.startup.image_mb", "1GB", ("MB", 1000.0)),
    ],
)
def test_units(path, text, expected):
    """Axes know the units of what they show."""
    scenario = checked(tree("bad-boot"), (path,), (text,), "setting 0")
    assert (unit(scenario, path), readings(scenario, (path,), (text,))[0]) == expected


def test_a_scenario_may_be_given_in_any_form(tmp_path):
    """A name, a path and a loaded scenario give the same sweep."""
    scenario = load_scenario("bad-boot")
    names = {"name": "bad-boot", "loaded": scenario}
    for name, given in names.items():
        sweep(given, {DELAY: [0, 30.0]}, out=tmp_path / name, runs=5, strategies=["recreate"])
    assert bytes_of(tmp_path / "name") == bytes_of(tmp_path / "loaded")


def test_a_single_value_changes_the_scenario(tmp_path):
    """A knob of one value is none: it changes every setting and has no column."""
    how = {"runs": 5, "strategies": ["recreate"]}
    sweep("bad-boot", {DELAY: "0s,30s", INTERVAL: "20s"}, out=tmp_path / "one", **how)
    changed = load_scenario("bad-boot", overrides=[f"{INTERVAL}=20s"])
    sweep(changed, {DELAY: "0s,30s"}, out=tmp_path / "two", **how)
    one, two = load_sweep(tmp_path / "one"), load_sweep(tmp_path / "two")
    assert INTERVAL not in one.columns
    assert one.equals(two)


def test_one_at_a_time_has_the_scenario_as_it_is(tmp_path):
    """The first row is the scenario's own setting, told in numbers as all others."""
    small(tmp_path, design="one-at-a-time")
    scenario = load_scenario("bad-boot")
    found = load_sweep(tmp_path)
    own = scenario.target_group
    assert found.loc[0, [INTERVAL, DELAY]].tolist() == [
        own.health_check.interval,
        own.deregistration_delay,
    ]
    assert found[INTERVAL].tolist() == [own.health_check.interval, 7, 10, *[10] * 3]
    assert found[DELAY].tolist() == [*[own.deregistration_delay] * 3, 0, 30, 60]


def test_words_and_numbers_share_a_column_of_texts(tmp_path):
    """A knob that takes words is a column of texts."""
    knobs = {"target_group.health_check.depth": "deep,shallow"}
    sweep("bad-boot", knobs, out=tmp_path, runs=5, strategies=["recreate"])
    found = load_sweep(tmp_path)
    assert found["target_group.health_check.depth"].tolist() == ["deep", "shallow"]


def test_samples_are_settings(tmp_path):
    """A sampled sweep has a row per sample, in the order of the sample."""
    made = plan("bad-boot", {DELAY: "0s:60s"}, design="sobol", samples=8, strategies=["recreate"])
    sweep(
        "bad-boot", {DELAY: "0s:60s"}, out=tmp_path, design="sobol", samples=8, runs=5,
        strategies=["recreate"],
    )  # fmt: skip
    expected = [float(value.rstrip("s")) for (value,) in made.design]
    assert load_sweep(tmp_path)[DELAY].tolist() == expected


def test_twins_stand_beside_releases(tmp_path):
    """With the twin each strategy has two rows, and the good one ships."""
    small(tmp_path, twin=True)
    found = load_sweep(tmp_path, columns=["verdict_shipped", "verdict_false_rollback"])
    assert found["variant"].tolist() == ["release", "twin"] * 6
    good = found[found["variant"] == "twin"]
    assert np.allclose(good["verdict_shipped"] + good["verdict_false_rollback"], 1.0)
    assert (found[found["variant"] == "release"]["verdict_shipped"] == 0.0).all()


def test_runs_are_those_of_the_engine(tmp_path):
    """Kept runs are what the engine gives, and their means are the sweep's."""
    from simdeploy.engines import replicate

    small(tmp_path, keep_runs=True)
    kept, told = load_sweep(tmp_path, runs=True), load_sweep(tmp_path)
    scenario = load_scenario("bad-boot", overrides=[f"{INTERVAL}=10s", f"{DELAY}=30s"])
    rows = replicate(scenario, "recreate", seed=scenario.seed, lo=0, hi=20)
    mine = kept[kept["setting"] == 4]
    assert mine["replication"].tolist() == list(range(20))
    assert np.array_equal(mine["downtime_s"], rows["downtime_s"])
    assert set(mine["verdict"]) == {"stopped"}
    assert told.loc[4, "downtime_s_mean"] == pytest.approx(rows["downtime_s"].mean(), rel=1e-12)


def test_a_knob_reads_as_it_is_typed():
    """Spaces around values do not matter."""
    assert parse_knob("a.b", " 5s , 6s ").choice.values == ("5s", "6s")


def test_a_gpu_makes_another_sweep():
    """Engines on a processor are one sweep; what a GPU begins, none of them goes on with."""
    wanted = plan("bad-boot", {DELAY: "0s,30s"}, runs=20)
    digests = [wanted.manifest(engine)["digest"] for engine in ("batch", "process", "cuda")]
    assert digests[0] == digests[1] != digests[2]
