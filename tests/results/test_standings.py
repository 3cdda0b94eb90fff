"""What a ranking compares, on fabricated runs: harm that goes on, who decides, and who may win."""

import pytest

from simdeploy.api import compare
from simdeploy.model.registry import SIGNALS
from simdeploy.results.overview import goes_on
from simdeploy.results.ranking import REASONS, LeftOut
from simdeploy.results.standings import by_itself, compared
from simdeploy.results.summary import DECIDERS, summarize_variant
from tests.results import fabricate as make

ALARM, OPERATOR = SIGNALS.index("alarm"), SIGNALS.index("operator")
NAMES = ("rolling", "blue-green")


def of(scenario=None, *, twin=None, runs=100, **release):
    """Compare two strategies whose runs are given, by ``rolling`` and ``blue_green``."""
    made = {n: release.get(n.replace("-", "_"), make.rows(runs)) for n in NAMES}
    engine = make.engine(made, twin=twin)
    return compare(scenario or make.scenario(), runs=runs, engine=engine)


def test_harm_that_goes_on():
    """Live and hurting, or undone and failing; a live release that hurts nobody leaves none."""
    verdicts = ["escaped"] * 3 + ["unrepaired"] * 2 + ["stopped"] * 5
    hurts = [1, 1, 0, 0, 0, 1, 0, 0, 0, 0]
    assert goes_on(make.rows(10, verdict=verdicts, hurts_at_end=hurts)).mean() == 0.4


def test_who_decides():
    """Of ten runs an alarm decides four, a person three, one of whom has not yet acted."""
    decided = [100.0] * 7 + [float("nan")] * 3
    signals = [ALARM] * 4 + [OPERATOR] * 2 + [0] * 4
    variant = summarize_variant(make.rows(10, decision_s=decided, signal=signals), make.HORIZON)
    shares = {name: share.share for name, share in variant.decided_by.items()}
    assert shares == dict.fromkeys(DECIDERS, 0.0) | {"alarm": 0.4, "operator": 0.3}
    assert by_itself(variant) == 0.4


def test_an_open_decision_is_nobodys():
    """A bad release without a decision has an infinite time, and no one who decided."""
    variant = summarize_variant(make.rows(4, decision_s=float("inf")), make.HORIZON)
    assert {share.share for share in variant.decided_by.values()} == {0.0}


@pytest.mark.parametrize(("signal", "machine"), [(n, n in DECIDERS[:5]) for n in DECIDERS])
def test_machines_decide_before_people(signal, machine):
    """Breaker, alarm, timeout, hook and deadline are machines; approval and operator are people."""
    rows = make.rows(4, decision_s=60.0, signal=SIGNALS.index(signal))
    assert by_itself(summarize_variant(rows, make.HORIZON)) == float(machine)


def test_means_by_verdict():
    """41 of 100 runs fail 55,300, the rest 95: the mean of 22,729 is nobody's run."""
    verdicts = ["stopped"] * 41 + ["escaped"] * 59
    failed = [55_300.0] * 41 + [95.0] * 59
    over = [300.0] * 40 + [float("inf")] + [float("nan")] * 59
    rows = make.rows(100, verdict=verdicts, failed_requests=failed, over_s=over)
    means = summarize_variant(rows, 7200.0).by_verdict
    assert list(means) == ["stopped", "escaped"]
    assert means["stopped"]["failed_caused"] == 55_300.0
    assert means["escaped"]["failed_caused"] == 95.0
    # 40 runs of 300 s and one cut at the horizon; no run
    assert means["stopped"]["over_s"] == pytest.approx((40 * 300.0 + 7200.0) / 41)
    assert means["escaped"]["over_s"] is None


def test_a_machine_wins_where_harm_is_level():
    """Nobody fails; rolling's breaker decides, blue-green waits for a person."""
    found = of(
        rolling=make.rows(100, decision_s=46.0, signal=SIGNALS.index("breaker")),
        blue_green=make.rows(100, decision_s=2400.0, signal=OPERATOR),
    ).ranking
    assert (found.groups, found.parted_by) == ((("rolling",), ("blue-green",)), ("", "by_itself"))


@pytest.mark.parametrize("fault", ["schema", "cold_start"])
def test_a_release_that_works_need_not_end(fault):
    """A fault that passes leaves a release that works: who undoes it by itself gains nothing."""
    scenario = make.scenario(faults=())
    kinds = {"schema": {"kind": "schema", "change": "mismatch"},
             "cold_start": {"kind": "cold_start", "factor": 2, "for": 60}}  # fmt: skip
    block = {"release": {"faults": [kinds[fault]]}}
    scenario = make.scenario(NAMES, **block)
    rows = {n: make.rows(100, full_traffic_s=60.0, signal=k * ALARM, decision_s=k * 90.0)
            for k, n in enumerate(("rolling", "blue_green"))}  # fmt: skip
    assert of(scenario, **rows).ranking.winners == NAMES


def test_wrong_answers_are_harm():
    """What a silent fault serves counts before all but failed requests; errors' does not."""
    rows = {
        "rolling": make.rows(100, exposed_requests=900.0, full_traffic_s=60.0),
        "blue_green": make.rows(100, exposed_requests=300.0, full_traffic_s=60.0),
    }
    silent = make.scenario(NAMES, release={"faults": [{"kind": "silent", "noticed_after": 300}]})
    assert of(silent, **rows).ranking.groups == (("blue-green",), ("rolling",))
    assert of(**rows).ranking.groups == (NAMES,)


@pytest.mark.parametrize(
    ("verdict", "outcome", "reason"),
    [("false_rollback", "rolled_back", 0), ("held", "stuck", 1), ("held", "in_progress", 2)],
)
def test_why_a_strategy_is_left_out(verdict, outcome, reason):
    """94 of 100 good releases are not enough; what most of the others do is the reason."""
    verdicts, outcomes = ["shipped"] * 94 + [verdict] * 6, ["succeeded"] * 94 + [outcome] * 6
    good = make.rows(100, verdict=verdicts, outcome=outcomes)
    found = of(twin={"rolling": good}).ranking
    assert found.left_out == {"rolling": LeftOut(REASONS[reason], 0.94)}
    assert found.winners == ("blue-green",)


@pytest.mark.parametrize(
    ("anyway", "slow", "reason"),
    [(0, 0, ""), (100, 0, ""), (101, 0, "over_capacity"), (0, 500, ""), (0, 501, "over_capacity")],
)
def test_over_capacity(anyway, slow, reason):
    """Of 10,000 requests more than 1 % fail or more than 5 % are slow without a deployment."""
    usual = {"requests": 10_000.0, "failed_requests": anyway, "slow_requests": slow}
    rows = make.rows(100, **usual)
    rows["failed_caused"] = rows["slow_caused"] = 0.0
    found = of(rolling=rows, blue_green=rows).ranking
    assert (found.no_winner, found.winners) == (reason, () if reason else NAMES)


@pytest.mark.parametrize(
    "block",
    [
        {"service": {"base_error_rate": 0.02}},
        {"environment": {"events": [{"kind": "traffic_spike", "from": 60, "factor": 2}]}},
    ],
    ids=["usual", "spike"],
)
def test_what_fails_for_another_reason_is_no_overload(block):
    """2 % of errors day by day, or a spike after the command, say nothing of capacity before it."""
    rows = make.rows(100, requests=10_000.0, failed_requests=200.0)
    rows["failed_caused"] = 0.0
    assert of(make.scenario(**block), rolling=rows, blue_green=rows).ranking.winners == NAMES


def unwatched(**above):
    """Return a scenario that nothing watches but the circuit breaker."""
    breaker = {"circuit_breaker": {"enable": True, "rollback": True}}
    return make.scenario(NAMES, **{"operator": None, "defaults": breaker, **above})


@pytest.mark.parametrize(
    ("escaped", "above", "reason"),
    [
        (100, {}, "nothing_watches"),
        (99, {}, ""),
        (100, {"operator": {"notices": "5m"}}, ""),
        (100, {"defaults": make.WATCHED}, ""),
    ],
    ids=["nothing", "one-stopped", "operator", "alarm"],
)
def test_nothing_watches(escaped, above, reason):
    """Every run of every strategy leaves the bad release live, and no alarm, hook or person is."""
    verdicts = ["escaped"] * escaped + ["stopped"] * (100 - escaped)
    rows = make.rows(100, verdict=verdicts, full_traffic_s=60.0)
    assert of(unwatched(**above), rolling=rows, blue_green=rows).ranking.no_winner == reason


def test_one_strategy_wins_against_nobody():
    """There is an order, and nothing to choose."""
    scenario = make.scenario(("rolling",))
    rows = make.rows(100, failed_requests=80.0)
    found = compare(scenario, runs=100, engine=make.engine({"rolling": rows})).ranking
    assert (found.groups, found.winners, found.no_winner) == ((("rolling",),), (), "one_strategy")


def test_cost_and_traffic_are_those_of_a_good_release():
    """Level in harm, rolling is cheaper with a good release, though dearer with this one."""
    dear = make.rows(100, extra_cost_usd=0.9)
    good = {
        "rolling": make.rows(100, verdict="shipped", full_traffic_s=94.0, extra_cost_usd=0.01),
        "blue-green": make.rows(100, verdict="shipped", full_traffic_s=94.0, extra_cost_usd=0.31),
    }
    found = of(make.scenario(("blue-green", "rolling")), rolling=dear, twin=good)
    assert found.ranking.winners == ("rolling", "blue-green")
    made = compared(found)
    assert made.means["rolling"]["extra_cost_usd"] == pytest.approx(0.01)
    assert made.between_good("extra_cost_usd", "rolling", "blue-green").mean == pytest.approx(-0.3)
