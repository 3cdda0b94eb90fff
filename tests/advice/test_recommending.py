"""Playing every kind of release: what is counted, what is refused, which defaults are doubted."""

import numpy as np
import pytest

import simdeploy
from simdeploy.advice import doubts
from simdeploy.advice.amounts import amounts_of
from simdeploy.advice.costs import WORK
from simdeploy.advice.expected import GOOD, Costs, Estimate
from simdeploy.advice.fault_rows import default_rows, with_fault
from simdeploy.advice.recommending import kinds_of, scenarios, seconds_needed
from simdeploy.errors import SimdeployError
from simdeploy.scenario import load_scenario
from tests.results.fabricate import rows
from tests.small import small

KINDS = kinds_of(default_rows())


def words(**given):
    """Return the kind of work after a run that ends like this."""
    return WORK[amounts_of(rows(1, **given)).work[0]]


def test_amounts_are_read_from_the_rows():
    """Each amount is the metric of the formula, outages in minutes, both wrong answers together."""
    made = amounts_of(
        rows(
            2, failed_requests=50.0, failed_caused=[40.0, 50.0], downtime_caused=90.0,
            side_effects_left=3.0, incompatible_writes=4.0, cut_websockets=5.0,
            slow_requests=6.0, extra_cost_usd=0.5,
        )
    )  # fmt: skip
    assert made.failed.tolist() == [40.0, 50.0]
    assert made.outage_minutes.tolist() == [1.5, 1.5]
    assert made.wrong.tolist() == [7.0, 7.0]
    assert (made.cut[0], made.slow[0], made.money[0]) == (5.0, 6.0, 0.5)


def test_work_is_that_of_the_end_and_the_signal():
    """A shipped release makes none, an alarm's rollback a machine's, an operator's a person's."""
    assert words(verdict="shipped", outcome="succeeded") == "none"
    assert words(decision_s=60.0, signal=2) == "machine"
    assert words(decision_s=60.0, signal=4) == "person"
    assert words(verdict="escaped", outcome="succeeded", hurts_at_end=1) == "left"
    assert words(verdict="escaped", outcome="succeeded", hurts_at_end=0) == "none"
    assert words(verdict="held", outcome="stuck") == "left"
    assert words(verdict="false_rollback", decision_s=60.0, signal=1) == "good_undone"


def test_open_are_the_runs_that_still_hurt():
    """A live release that hurts at the horizon is open, and so is one undone that still fails."""
    assert amounts_of(rows(1, verdict="escaped", hurts_at_end=1)).open.all()
    assert amounts_of(rows(1, verdict="unrepaired", decision_s=60.0)).open.all()
    assert not amounts_of(rows(1, verdict="escaped", outcome="succeeded")).open.any()


def test_the_good_row_is_no_kind_and_kinds_last_long_enough():
    """Rows that are just a good release are left out; each kind lasts as long as its row asks."""
    assert "none" not in [row.name for row in KINDS]
    made = scenarios(load_scenario("happy-path"), KINDS, 3 * 3600.0)
    assert made[GOOD].release.effective_faults == ()
    assert made[GOOD].horizon == 3 * 3600.0
    assert made["leak"].horizon == 4 * 3600.0
    assert {s.horizon for s in made.values()} == {3 * 3600.0, 4 * 3600.0}


def test_each_kind_is_what_its_row_plays():
    """The failed requests of a kind are those of its scenario, run by run."""
    made = simdeploy.recommend(
        "bad-boot", strategies=["rolling", "canary"], runs=5, doubt_defaults=False
    )
    row = next(row for row in KINDS if row.name == "errors 5 %")
    base = load_scenario("bad-boot").model_copy(update={"horizon": 3 * 3600.0})
    alone = simdeploy.simulate_many(
        with_fault(base, row), 1, strategy="canary", replication=np.arange(5)
    )
    found = made.costs.played["canary", "errors 5 %"].failed
    assert found.tolist() == alone["failed_caused"].tolist()
    assert made.good.scenario.release.effective_faults == ()


def test_questions_on_other_strategies_do_not_matter():
    """A scenario that asks about a strategy which is left out is played all the same."""
    made = simdeploy.recommend(
        "single-task", strategies=["rolling", "blue-green"], runs=2, doubt_defaults=False
    )
    assert set(made.good.strategies) == {"rolling", "blue-green"}


def test_progress_counts_every_run_once():
    """Progress never falls, and ends with all runs that were foreseen."""
    seen = []
    simdeploy.recommend(
        small(),
        runs=2,
        doubt_defaults=False,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(
    ("given", "message"),
    [({"runs": 0}, "runs: must be a whole number"), ({"runs": 10**9}, "runs in all are too many")],
)
def test_too_few_and_too_many_runs_are_refused(given, message):
    """No run and a billion runs are refused before any is played."""
    with pytest.raises(SimdeployError, match=message):
        simdeploy.recommend("bad-boot", **given)


def test_a_bad_row_cannot_be_called_good(tmp_path):
    """The good release's name belongs to it alone."""
    file = tmp_path / "rows.yaml"
    file.write_text("faults: [{name: good, release: {faults: [{kind: errors, rate: 5%}]}}]\n")
    with pytest.raises(SimdeployError, match='cannot be called "good"'):
        simdeploy.recommend("bad-boot", faults=file)


def test_the_estimate_grows_with_the_runs():
    """Ten times the runs are about ten times the work."""
    few, many = (seconds_needed(load_scenario("bad-boot"), runs=n) for n in (100, 1000))
    assert 2 < many / few < 50


def test_a_default_that_turns_the_lead_is_found_with_its_value(monkeypatch):
    """A lead that is lost at 1.5 times the operator's time to decide is found there, and no other.

    The interval has to be all on the other side of zero at twice the value.
    """
    scenario = load_scenario("bad-boot-no-breaker", overrides=["operator={notices: 5m}"])
    tried = []

    def lead(cases, mix, rivals, how, text, path, value, factor):
        tried.append(path)
        mean = 3.0 - 2.0 * factor if path == "operator.decides" else 1.0
        return Estimate(mean, (mean - 0.5, mean + 0.5))

    monkeypatch.setattr(doubts, "_lead", lead)
    how = doubts.Doubting(20, 1, None, lambda _: None)
    found = list(doubts.doubted_defaults({GOOD: scenario}, None, ("rolling", "canary"), how))
    assert [crossing.path for crossing in found] == ["operator.decides"]
    assert found[0].now == 300.0
    assert found[0].at == pytest.approx(450.0, rel=0.05)
    assert "operator.patience" in tried


def test_a_lead_within_its_interval_is_no_doubt(monkeypatch):
    """A difference whose interval includes zero at twice the value turns nothing."""
    scenario = load_scenario("bad-boot-no-breaker", overrides=["operator={notices: 5m}"])
    monkeypatch.setattr(
        doubts, "_lead", lambda *given: Estimate(3.0 - 2.0 * given[-1], (-9.0, 9.0))
    )
    how = doubts.Doubting(20, 1, None, lambda _: None)
    assert list(doubts.doubted_defaults({GOOD: scenario}, None, ("a", "b"), how)) == []


def test_a_setting_is_played_with_each_kind():
    """A lead with a value multiplied is the gap of costs played with that value, kind by kind."""
    base = load_scenario("bad-boot").only(["rolling", "canary"])
    row = next(row for row in KINDS if row.name == "crash at boot")
    cases = scenarios(base, [row], 3 * 3600.0)
    mix = simdeploy.recommend(
        base, runs=2, doubt_defaults=False, advice={"likelihoods": {"crash at boot": "50%"}}
    ).costs.mix
    counted = []
    how = doubts.Doubting(4, 1, None, counted.append)
    text = doubts.dump_scenario(cases[GOOD])
    given = (cases, mix, ("rolling", "canary"), how, text)
    usual, slow = (doubts._lead(*given, "operator.patience", 1800.0, f) for f in (1.0, 2.0))
    assert counted == [16, 16]
    played = {
        (name, kind): amounts_of(
            simdeploy.simulate_many(case, 1, strategy=name, replication=np.arange(4))
        )
        for kind, case in cases.items()
        for name in ("rolling", "canary")
    }
    assert usual == Costs(played, mix).gap("canary", "rolling")
    assert slow is not None


@pytest.mark.many_runs
def test_the_answer_of_a_story():
    """With five strategies over 200 runs, recreate ships nothing and is not ranked."""
    made = simdeploy.recommend("bad-boot", runs=200, doubt_defaults=False)
    assert "recreate" not in made.ranked
    assert set(made.ranked) == {"rolling", "blue-green", "canary", "linear"}
    assert made.costs.parts("rolling", "crash at boot").hours == pytest.approx(50.0)
