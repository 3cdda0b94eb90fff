"""A check as a whole: consequences are simulated, changes are played, the worst comes first."""

import pytest

from simdeploy.checking import check, playing
from simdeploy.checking.api import AS_IT_STANDS
from simdeploy.checking.registry import RULES
from simdeploy.errors import SimdeployError
from simdeploy.scenario import builtin_scenarios
from simdeploy.scenario.loading import load_tree

from .cases import BOOT, CASES, tree

STUCK = "strategies.rolling.maximum_percent=110"

pytestmark = pytest.mark.many_runs
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def finding(result, name):
    """Return the finding of a rule; None where there is none."""
    return next((f for f in result.findings if f.id == name), None)


@each_case
def test_a_consequence_is_simulated(case):
    """The finding has the rule's severity, a number as it is and a better one with the change."""
    root = tree(*(case.shown or case.has))
    found = finding(check(root, strategies=[case.strategy]), case.id)
    assert found.severity == RULES[case.id].severity
    assert found.headline.better
    assert found.place.line > 0 or found.place.file.startswith("--set")


@each_case
def test_no_finding_beside_the_boundary(case):
    """Neither the settings beside it nor the change leave the finding."""
    assert finding(check(tree(*case.has_not), strategies=[case.strategy], runs=2), case.id) is None


def test_an_error_that_hides_another_is_mended_first():
    """Two errors, either of which keeps rolling from shipping, are both errors."""
    settings = (*BOOT, "service.health_check_grace_period=0s", STUCK)
    result = check(tree(*settings), strategies=["rolling"])
    errors = {one.id: one for one in result.findings if one.severity == "error"}
    assert set(errors) == {"grace-short", "percents-stuck"}
    for one in errors.values():
        shown = one.headline
        assert (shown.number.name, shown.as_is, shown.changed) == ("shipped", 0.0, 1.0)
        assert one.mended


def test_warnings_are_measured_with_the_errors_mended():
    """A deployment that cannot start would hide that nothing undoes it."""
    settings = (STUCK, "defaults.alarms=[]", "operator=null")
    result = check(tree(*settings), strategies=["rolling"])
    alone = check(tree(*settings[1:]), strategies=["rolling"])
    assert finding(result, "no-alarm").severity == "warning"
    assert finding(result, "no-alarm").mended == finding(result, "percents-stuck").change
    assert finding(alone, "no-alarm").mended == ()


def test_a_change_of_a_finding_is_a_setting():
    """What is printed for pasting mends the scenario as --set does."""
    found = finding(check("stuck-deployment", runs=20), "percents-stuck")
    mended = load_tree("stuck-deployment", overrides=found.change)
    assert finding(check(mended, runs=2), "percents-stuck") is None


def test_a_chain_of_releases_is_checked():
    """A chain is checked with a single release in its place."""
    result = check("expand-contract", strategies=["canary"], runs=20)
    assert finding(result, "alarm-blind-canary").headline.as_is > 0.0


def test_equal_inputs_give_equal_results():
    """Nothing depends on time or order."""
    one, other = (check("bad-boot", runs=20).to_dict() for _ in range(2))
    assert one == other


def test_luck_and_runs():
    """Runs and seed may be given; others are refused."""
    result = check("bad-boot", strategies=["canary"], runs=7, seed=3)
    assert (result.runs, result.seed) == (7, 3)
    with pytest.raises(SimdeployError, match="runs must be from 1 to 100,000; got 0"):
        check("bad-boot", runs=0)
    with pytest.raises(SimdeployError, match="seed must be from 0"):
        check("bad-boot", seed=-1)


def test_progress_counts_to_the_end():
    """The callback is called with what is done and all there is to do."""
    calls = []
    check("bad-boot", runs=2, budget={"over_s": {"p95": 1}}, progress=lambda *at: calls.append(at))
    done, total = zip(*calls, strict=True)
    assert list(done) == list(range(1, len(calls) + 1))
    assert set(total) == {len(calls)}


def test_every_gallery_story_can_be_checked():
    """No story of the gallery makes a condition or a change fail."""
    for name in builtin_scenarios():
        result = check(name, runs=2)
        assert all(one.place.line > 0 for one in result.findings), name


def test_what_is_forgotten_is_played_again(monkeypatch):
    """Findings are the same where no runs are remembered."""
    whole = check("bad-boot", runs=3).to_dict()
    monkeypatch.setattr(playing, "REMEMBERED", 0)
    assert check("bad-boot", runs=3).to_dict() == whole
    player = playing.Player(load_tree("bad-boot"), 3, 1)
    for name in ("rolling", "canary"):
        player.rows(AS_IT_STANDS, (), name)
    assert len(player._rows) == 1


def test_the_work_is_told_before_it_begins():
    """Three rules hold for canary, each as is and with its change; a budget adds its own runs."""
    told = []

    def stop(_, runs):
        told.append(runs)
        raise KeyboardInterrupt

    for budget in (None, {"failed_caused": {"p95": 1}}):
        with pytest.raises(KeyboardInterrupt):
            check("bad-boot", strategies=["canary"], runs=7, budget=budget, announce=stop)
    assert told == [3 * 2 * 7, 3 * 2 * 7 + 7]


def test_a_budget_of_too_many_runs_is_refused():
    """Also where they are those of the scenario itself; without a budget these are not played."""
    root = load_tree("bad-boot", overrides=["runs=200000"])
    assert check(root, strategies=["canary"], runs=2).runs == 2
    with pytest.raises(SimdeployError, match="runs must be from 1 to 100,000; got 200,000"):
        check(root, strategies=["canary"], budget={"failed_caused": {"p95": 1}})
