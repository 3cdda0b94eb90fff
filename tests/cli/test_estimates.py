"""What takes more than an hour says so before it begins; what does not fit is refused."""

import re
from pathlib import Path

import pytest

from simdeploy.advice import fault_matrix, recommending
from simdeploy.backtesting import api as backtesting
from simdeploy.checking import api as checking
from simdeploy.cli import ask, check, comparing, sweep, tune
from simdeploy.cli.app import app, main
from simdeploy.cli.estimates import about, announce_all, announce_long
from simdeploy.cli.terminal import BAD_INPUT, INTERRUPTED
from simdeploy.engines import pilot
from simdeploy.results import room
from simdeploy.results.comparison import DRILLS
from simdeploy.scenario import load_scenario, work
from simdeploy.sweeps import planning
from simdeploy.tuning import api as tuning

HOUR = 3600.0
DRILLED = ("release", "twin", *DRILLS)


@pytest.fixture
def timed(monkeypatch):
    """Let every run take a second, and count how many are timed."""
    played = []

    def seconds(_scenario, name, runs, _engine):
        played.append((name, runs))
        return 1.0 * runs

    monkeypatch.setattr(pilot, "_seconds", seconds)
    return played


def test_work_of_more_than_an_hour_is_announced(timed, capsys):
    """8,000 runs of a second on two threads take 4,000 s, and the line names the option."""
    announce_long(load_scenario("bad-boot"), 8000, threads=2)
    told = "more than an hour of work: 8,000 runs in all; less with --runs\n"
    assert capsys.readouterr().err == told


def test_work_of_less_than_an_hour_is_not(timed, capsys):
    """7,000 runs of a second on two threads take 3,500 s: nothing is said."""
    announce_long(load_scenario("bad-boot"), 7000, threads=2)
    assert capsys.readouterr().err == ""


def test_a_single_run_of_each_strategy_is_timed_where_they_are_long(timed):
    """The first run loads the engine; runs of a second are not played sixteen times."""
    scenario = load_scenario("bad-boot")
    seconds = pilot.seconds_needed(scenario, 100, strategies=["rolling", "canary"], threads=4)
    assert seconds == 100 * 1.0 / 4
    assert timed == [("rolling", 1), ("rolling", 1), ("canary", 1)]


def test_short_runs_are_timed_again(monkeypatch):
    """Of runs of a millisecond sixteen are timed; the process engine has one thread."""
    played = []
    monkeypatch.setattr(pilot, "_seconds", lambda *what: played.append(what[2]) or what[2] / 1000)
    scenario = load_scenario("bad-boot")
    found = pilot.seconds_needed(scenario, 10**6, strategies=["rolling"], engine="process")
    assert found == pytest.approx(1000.0)
    assert played == [1, 1, pilot.PILOT]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1.2 * HOUR, "more than an hour"),
        (2.04 * HOUR, "about 2 hours"),
        (47.0 * HOUR, "about 47 hours"),
        (40 * 24 * HOUR, "about 40 days"),
        (4e10, "about 1,268 years"),
    ],
)
def test_an_estimate_is_round(seconds, words):
    """Hours below two days, days below two years, else years."""
    assert about(seconds) == words


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("compare bad-boot --runs 7 --strategy rolling,canary", 7 * 2 * 4),
        ("compare bad-boot --runs 7 --strategy rolling --no-drill", 7 * 2),
        ("compare bad-boot bad-boot --runs 7 --strategy rolling", 7 * 2 * 2),
        ("compare bad-boot bad-boot --runs 300000 --strategy rolling", 300_000 * 2 * 2),
        ("compare happy-path bad-boot --runs 7 --strategy rolling", 7 * 3),
        ("compare bad-boot --faults --runs 300000 --strategy rolling", 300_000 * 13),
        ("compare bad-boot --faults --runs 7 --strategy rolling", 7 * 13),
        ("ask bad-boot --runs 7", 7 * 5 * 4),
        ("check bad-boot --runs 7 --strategy canary", 3 * 2 * 7),
        ("tune bad-boot --runs 300 --budget 100", 3 * 30 * 100),
        ("sweep bad-boot --set service.desired_count=6,7,8 --runs 7 --twin --out X", 3 * 5 * 2 * 7),
    ],
)
def test_commands_count_all_runs_before_the_first(monkeypatch, command, runs):
    """Strategies, variants, faults and settings are counted in; nothing has been played yet."""
    seen = []

    def stop(_scenario, runs, **_):
        seen.append(runs)
        raise KeyboardInterrupt

    def stop_all(work, **_):
        stop(None, sum(some for _, some in work))

    for module in (check, comparing, sweep, tune):
        monkeypatch.setattr(module, "announce_long", stop)
    monkeypatch.setattr(ask, "announce_all", stop_all)
    assert main(command.split()) == INTERRUPTED
    assert seen == [runs]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("compare bad-boot --runs 10000000000", "runs must be from 1 to 1,000,000,000"),
        ("compare bad-boot --faults --runs 3000000", "in all cells together; allowed: 100,000,000"),
        ("compare bad-boot bad-boot --runs 10000000000", "runs must be from 1 to 1,000,000,000"),
        ("ask bad-boot --runs 300000", "every run is kept here; allowed: "),
        ("ask --runs 300000", "every run is kept here; allowed: "),
        ("recommend bad-boot --runs 300000", "every run is kept here; allowed: "),
        ("check bad-boot --runs 300000", "runs must be from 1 to 100,000; got 300,000"),
        ("tune bad-boot --runs 300000", "allowed: 250 MB, that is --runs"),
        ("tune bad-boot --budget 1000000", "allowed: 250 MB, that is --budget"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(command, line, capsys):
    """One line with the bound, and exit code 2, before anything is played."""
    assert main(command.split()) == BAD_INPUT
    err = capsys.readouterr().err
    assert line in err
    assert err.count("\n") == 1


def test_the_time_of_several_scenarios_is_added(timed, capsys):
    """Two scenarios of 4,000 and 400,000 s on two threads take longer than an hour together."""
    work = [(load_scenario("bad-boot"), 4000), (load_scenario("happy-path"), 1_000_000)]
    announce_all(work, threads=2)
    told = "about 6 days of work: 1,004,000 runs in all; less with --runs\n"
    assert capsys.readouterr().err == told
    announce_all([(one, 1000) for one, _ in work], threads=2)
    assert capsys.readouterr().err == ""


def test_the_page_of_limits_has_every_command():
    """Each command of the program has a row, and the numbers are those of the code."""
    page = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    named = {word for row in rows for word in re.findall(r"`([a-z -]+)`", row)}
    commands = {one.name or one.callback.__name__ for one in app.registered_commands}
    assert {name.replace("_", "-") for name in commands} <= named
    for number in (room.KEPT_RUNS, room.MOST_RUNS, work.MOST_INSTANTS, checking.MOST_RUNS,
                   backtesting.MOST_RUNS, tuning.MOST_BUDGET, tuning.MOST_RUNS,
                   fault_matrix.MOST_RUNS, recommending.MOST_RUNS, planning.MOST_RUNS):  # fmt: skip
        assert f"{number:,}" in page
    for strategies, runs in ((750, 100), (231, 1000)):
        assert room.kept(runs, strategies, DRILLED) is room.Kept.RUNS
        assert f"{strategies} of {runs:,}" in page
    room.kept(10**6, 50, DRILLED)
    room.check_listed(10**6, 32, DRILLED)
    room.kept(10**6, 29, ("release", "twin"), comparisons=2)
    room.keeps_matrix(10**6, 17, 9, 4)
