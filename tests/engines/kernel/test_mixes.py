"""What is kept of mixes of targets: in which scenarios, and that nothing of it differs."""

import math

import pytest

from simdeploy import load_scenario
from simdeploy.engines import encoded
from simdeploy.engines.kernel import loop, mixes
from simdeploy.engines.kernel.mixes import is_known, is_plain, place_of_mix
from simdeploy.model.constants import RELEASE
from simdeploy.model.fields.plain import CLASSES, RunState, plain
from simdeploy.model.fields.scenario import SCENARIO
from tests.model.states import record


def played(scenario, strategy, runs=2):
    """Play runs as plain Python; return the scenario record, the state left and the rows."""
    m = plain(encoded(load_scenario(scenario), strategy, "release"), SCENARIO)
    s = RunState(40)
    out = [CLASSES["Result"]() for _ in range(runs)]
    loop.run_range(m, s, 7, 0, runs, RELEASE, out)
    return m, s, [[repr(getattr(row, name)) for name in row.record.names] for row in out]


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("happy-path", True),
        ("bad-boot", True),
        ("long-requests", True),
        ("expand-contract", False),
        ("feature-flag", True),
        ("websockets", False),
        ("connections-exhausted", False),
        ("hung-task", False),
        ("overload-collapse", False),
        ("cpu-alarm", False),
        ("friday-evening", True),
        ("schema-mismatch", False),
        ("cold-start", True),
        ("silent-fault", True),
    ],
)
def test_which_scenarios_are_plain(scenario, expected):
    """Whatever may change what becomes of requests beside the mix makes a scenario not plain."""
    loaded = load_scenario(scenario)
    m = plain(encoded(loaded, next(iter(loaded.strategies)), "release"), SCENARIO)
    assert is_plain(m) == expected


def test_a_strategy_with_a_flag_is_not_plain():
    """How much of the new code runs hangs on the level of the flag."""
    m = plain(encoded(load_scenario("feature-flag"), "feature-flag", "release"), SCENARIO)
    assert not is_plain(m)


def test_noise_of_alarms_is_not_plain():
    """An alarm that may be noisy can have a signal at any time."""
    m = record()
    assert is_plain(m)
    m.n_alarm_noises = 1
    assert not is_plain(m)


@pytest.mark.parametrize(
    ("scenario", "strategy"),
    [
        ("happy-path", "rolling"),
        ("happy-path", "recreate"),
        ("happy-path", "canary"),
        ("bad-boot", "blue-green"),
        ("traffic-spike", "linear"),
        ("low-traffic-canary", "canary"),
        ("grace-too-short", "rolling"),
        ("grace-too-short", "recreate"),
        ("exits-not-counted", "blue-green"),
        ("shallow-health-check", "canary"),
        ("memory-leak-after-completion", "rolling"),
        ("cold-start", "rolling"),
        ("silent-fault", "linear"),
    ],
)
def test_rows_are_those_without_it(monkeypatch, scenario, strategy):
    """Every number is the same to the last bit where nothing is kept."""
    *_, with_it = played(scenario, strategy)
    monkeypatch.setattr(mixes, "is_plain", lambda _: False)
    *_, without = played(scenario, strategy)
    assert with_it == without


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("is_known", lambda *_: True),
        ("add_served", lambda *_: None),
        ("add_up", lambda *_: None),
        ("set_task_rates", lambda *_: None),
        ("count_tasks", lambda *_: None),
    ],
)
def test_a_planted_error_is_noticed(monkeypatch, name, planted):
    """Without one of the parts of what a mix decides, or with another mix's, the numbers differ."""
    *_, right = played("happy-path", "rolling", runs=5)
    monkeypatch.setattr(mixes, name, planted)
    *_, wrong = played("happy-path", "rolling", runs=5)
    assert right != wrong


def test_later_runs_compute_little_anew(monkeypatch):
    """What the first runs have met, the sixth one finds."""
    anew = []
    usual = loop.route_anew

    def counted(m, s, moved):
        anew.append(s.world.key0)
        usual(m, s, moved)

    monkeypatch.setattr(loop, "route_anew", counted)
    _, s, _ = played("happy-path", "blue-green", runs=6)
    of_first = [key for key in anew if key == anew[1]]
    of_last = [key for key in anew if key == s.world.key0]
    assert len(of_last) < len(of_first) / 2


@pytest.mark.parametrize(
    "changed", ["condition", "new_weight", "baseline_failing_share", "baseline_slow_share"]
)
def test_each_part_of_the_key_counts(changed):
    """What is kept is not used where traffic, weight or baseline is another."""
    m, s, _ = played("happy-path", "rolling", runs=1)
    place = place_of_mix(m, s)
    assert is_known(s, place)
    setattr(s.world, changed, getattr(s.world, changed) + 1)
    assert not is_known(s, place)


def test_error_ramps_count():
    """Neither is it where tasks, or the release, have come further on an error ramp."""
    m, s, _ = played("happy-path", "rolling", runs=1)
    place = place_of_mix(m, s)
    serving = next(k for k in range(s.world.n_cohorts) if s.cohorts[k].n_targets > 0)
    s.cohorts[serving].error_parts += 1
    assert not is_known(s, place)
    s.cohorts[serving].error_parts -= 1
    assert is_known(s, place)
    s.world.error_step[1][0] += 1
    assert not is_known(s, place)


def test_a_third_kind_of_target_is_not_a_mix():
    """Two cohorts at most, whose targets have no backlog."""
    m, s, _ = played("happy-path", "rolling", runs=1)
    assert place_of_mix(m, s) >= 0
    serving = next(k for k in range(s.world.n_cohorts) if s.cohorts[k].n_targets > 0)
    s.cohorts[serving].backlog = 1.0
    assert place_of_mix(m, s) == -1
    s.cohorts[serving].backlog = 0.0
    s.cohorts[2].n_targets, s.cohorts[2].is_answering = 1, 1
    s.world.n_cohorts = 3
    assert place_of_mix(m, s) == -1


def test_numbers_are_finite():
    """A run of which everything is known ends as any other."""
    *_, rows = played("happy-path", "rolling", runs=3)
    assert all(math.isfinite(float(row[0])) for row in rows)
