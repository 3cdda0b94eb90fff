"""Who wins: each criterion by itself, each reason for no check mark, and what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.model.registry import FAULT_KINDS
from simdeploy.results.metrics import WRONG
from simdeploy.results.paired import Difference
from simdeploy.results.ranking import (
    CRITERIA,
    HARM,
    REASONS,
    SHARES,
    Field,
    LeftOut,
    Pull,
    rank,
)

NOTHING = {"by_itself": 1.0, "extra_cost_usd": 0.0, "full_traffic_s": 60.0}


def field(means, *, wrong=True, bad=True, spread=0.0, split=False):
    """Return strategies whose means are known to ± spread; ``split``: half the runs disagree."""
    table = {name: NOTHING | values for name, values in means.items()}

    def between(metric, a, b):
        gap = table[a].get(metric, 0.0) - table[b].get(metric, 0.0)
        fewer, more = (0.5, 0.5) if split else (float(gap < 0), float(gap > 0))
        return Difference(metric, a, b, gap, (gap - spread, gap + spread), 100, fewer, more)

    return Field(table, between, between, wrong, bad)


def ranked(means, left_out=None, no_winner="", **how):
    """Rank strategies by the numbers that are not 0."""
    return rank(field(means, **how), left_out, no_winner)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_each_criterion_parts(criterion):
    """Who is better in one criterion wins, though worse in all that come after it."""
    more, less = (0.0, 1.0) if criterion == "by_itself" else (100.0, 0.0)
    if criterion == "left":
        more = 0.05
    after = dict.fromkeys(CRITERIA[CRITERIA.index(criterion) + 1 :], 500.0)
    after = {c: 1.0 if c == "left" else 0.0 if c == "by_itself" else v for c, v in after.items()}
    found = ranked({"worse": {criterion: more}, "better": {criterion: less, **after}})
    assert found.groups == (("better",), ("worse",))
    assert found.parted_by == ("", criterion)
    assert found.no_winner == ("open" if after.get("left") else "")


def test_the_criteria_in_their_order():
    """Failed requests, wrong answers, rows, connections, slow requests, left, by itself."""
    assert HARM == (
        "failed_caused",
        "exposed_requests",
        "incompatible_writes",
        "cut_websockets",
        "slow_caused",
    )
    assert (*HARM, "left", "by_itself") == CRITERIA
    assert set(SHARES) == {"left", "by_itself"}
    assert {"silent", "side_effects"} == WRONG
    assert set(FAULT_KINDS) >= WRONG


def test_right_answers_of_bad_code_harm_nobody():
    """Bad code whose answers are as good as any parts nobody."""
    means = {"a": {"exposed_requests": 900.0}, "b": {"exposed_requests": 0.0}}
    assert ranked(means, wrong=False).groups == (("a", "b"),)


def test_nobody_has_to_end_a_good_release():
    """Ending by itself counts only for a release that is bad or never gets live."""
    means = {"a": {"by_itself": 0.0}, "b": {}}
    assert ranked(means, bad=False).winners == ("a", "b")
    assert ranked(means).winners == ("b",)


def test_five_points_of_the_runs_part():
    """4.9 points are level, 5 are not."""
    assert ranked({"a": {"left": 0.049}, "b": {}}).groups == (("a", "b"),)
    assert ranked({"a": {"left": 0.05}, "b": {}}).groups == (("b",), ("a",))
    assert ranked({"a": {"by_itself": 0.951}, "b": {}}).groups == (("a", "b"),)
    assert ranked({"a": {"by_itself": 0.95}, "b": {}}).groups == (("b",), ("a",))


def test_level_harm_parts_nobody():
    """A difference that may be 0, is small, or on which the runs do not agree."""
    means = {"a": {"failed_caused": 1000.0}, "b": {"failed_caused": 900.0}}
    assert ranked(means).winners == ("b",)
    assert ranked(means, spread=100.0).winners == ("a", "b")
    assert ranked(means, split=True).winners == ("a", "b")
    assert ranked({"a": {"failed_caused": 9.0}, "b": {}}).winners == ("a", "b")


def test_less_harm_than_without_a_deployment_is_none():
    """12 requests fewer than without a deployment are no merit; 11 more are harm."""
    means = {"a": {"failed_caused": -12.0}, "b": {"failed_caused": 0.0}}
    assert ranked(means | {"c": {"failed_caused": 11.0}}).groups == (("a", "b"), ("c",))


def test_groups_are_formed_from_the_best_downwards():
    """1,000, 1,040 and 1,080: the second is level with the first and with the third."""
    means = {n: {"failed_caused": v} for n, v in (("c", 1080.0), ("b", 1040.0), ("a", 1000.0))}
    assert ranked(means).groups == (("b", "a"), ("c",))


def test_a_group_is_in_order_of_cost_then_of_traffic_then_of_the_file():
    """One cent and 5 s count; that takes no check mark away."""
    means = {
        "dear": {"extra_cost_usd": 0.30, "full_traffic_s": 60.0},
        "late": {"extra_cost_usd": 0.02, "full_traffic_s": 600.0},
        "soon": {"extra_cost_usd": 0.02, "full_traffic_s": 94.0},
        "file": {"extra_cost_usd": 0.021, "full_traffic_s": 98.0},
    }
    found = ranked(means)
    assert found.winners == ("soon", "file", "late", "dear")
    assert found.ordered == found.best == found.winners


def test_without_a_good_release_a_group_is_in_order_of_the_file():
    """Without its twin a release has neither cost nor time of a good one."""
    means = {"b": NOTHING, "a": NOTHING}
    made = field(means)
    table = {name: {"by_itself": 1.0} for name in means}
    assert rank(Field(table, made.between, made.between_good)).winners == ("b", "a")


def test_who_does_not_ship_is_out():
    """A strategy that undoes good releases cannot win by hurting nobody."""
    out = {"a": LeftOut("good_undone", 0.4)}
    found = ranked({"a": {}, "b": {"failed_caused": 80.0}}, out)
    assert (found.groups, found.winners, dict(found.left_out)) == ((("b",),), ("b",), out)
    assert (found.ships("a"), found.ships("b")) == (0.4, 1.0)


def test_nothing_ships():
    """Without a strategy that ships there is neither order nor check mark."""
    found = ranked({"a": {}}, {"a": LeftOut("stuck", 0.0)}, "one_strategy")
    assert (found.groups, found.winners, found.no_winner) == ((), (), "nothing_ships")


@pytest.mark.parametrize("reason", ["over_capacity", "nothing_watches", "one_strategy"])
def test_no_check_mark(reason):
    """The order stays, without a winner."""
    found = ranked({"a": {"failed_caused": 80.0}, "b": {}}, None, reason)
    assert (found.groups, found.winners, found.no_winner) == ((("b",), ("a",)), (), reason)


@pytest.mark.parametrize(("left", "reason"), [(0.05, ""), (0.06, "open")])
def test_a_lead_in_harm_that_goes_on_is_none(left, reason):
    """The first still harms in more than 5 % of its runs at the horizon."""
    means = {"a": {"failed_caused": 80.0, "left": left}, "b": {"failed_caused": 200.0}}
    found = ranked(means)
    assert (found.no_winner, found.winners) == (reason, () if reason else ("a",))


def test_harm_of_the_others_that_goes_on_makes_the_lead_no_smaller():
    """The first is over, the second goes on: it wins at any horizon."""
    means = {"a": {"failed_caused": 80.0}, "b": {"failed_caused": 200.0, "left": 1.0}}
    assert ranked(means).winners == ("a",)


def test_who_is_all_level_has_no_lead():
    """Harm that goes on with all alike parts nobody, and nobody's lead rests on it."""
    means = {"a": {"failed_caused": 80.0, "left": 1.0}, "b": {"failed_caused": 80.0, "left": 1.0}}
    assert ranked(means).winners == ("a", "b")


@pytest.mark.parametrize("metric", ["exposed_requests", "incompatible_writes", "cut_websockets"])
@pytest.mark.parametrize(("more", "pulls"), [(200.0, False), (201.0, True)])
def test_kinds_of_harm_that_pull_apart(metric, more, pulls):
    """The first fails fewest, and does more than twice as much of another harm."""
    means = {
        "canary": {"failed_caused": 500.0, metric: more},
        "blue-green": {"failed_caused": 900.0, metric: 100.0},
    }
    found = ranked(means)
    assert found.winners == ("canary",)
    assert found.pulls_apart == ((Pull("blue-green", metric),) if pulls else ())


def test_what_is_parted_by_another_harm_does_not_pull():
    """Level in failed requests, the one with fewer unreadable rows is first: nothing pulls."""
    means = {"a": {"incompatible_writes": 300.0}, "b": {}}
    assert ranked(means).pulls_apart == ()
    slow = {"a": {"failed_caused": 500.0, "slow_caused": 900.0}, "b": {"failed_caused": 900.0}}
    assert ranked(slow).pulls_apart == ()


def test_the_ranking_in_json():
    """Plain values, null where a word is empty."""
    means = {
        "canary": {"failed_caused": 500.0, "incompatible_writes": 776.0},
        "blue-green": {"failed_caused": 900.0},
        "recreate": {},
    }
    assert ranked(means, {"recreate": LeftOut(REASONS[0], 0.25)}).to_dict() == {
        "winners": ["canary"],
        "no_winner": None,
        "groups": [
            {"strategies": ["canary"], "parted_by": None},
            {"strategies": ["blue-green"], "parted_by": "failed_caused"},
        ],
        "left_out": {"recreate": {"reason": "good_undone", "share": 0.25}},
        "pulls_apart": [{"name": "blue-green", "metric": "incompatible_writes"}],
    }


AMOUNTS = st.sampled_from([-20.0, 0.0, 5.0, 100.0, 103.0, 106.0, 109.0, 500.0])
NUMBERS = st.fixed_dictionaries(
    {
        "failed_caused": AMOUNTS,
        "incompatible_writes": AMOUNTS,
        "slow_caused": AMOUNTS,
        "left": st.sampled_from([0.0, 0.04, 0.08, 1.0]),
        "by_itself": st.sampled_from([0.0, 0.5, 0.96, 1.0]),
        "extra_cost_usd": st.sampled_from([0.0, 0.005, 0.3]),
        "full_traffic_s": st.sampled_from([60.0, 63.0, 600.0]),
    }
)
FIELDS = st.dictionaries(st.sampled_from("abcdefg"), NUMBERS, min_size=1, max_size=6)


@given(FIELDS, st.sampled_from([0.0, 4.0]))
def test_every_member_of_a_group_is_level_with_its_leader(means, spread):
    """The leader has the least harm of its group; all strategies are ranked once."""
    made = field(means, spread=spread)
    found = rank(made)
    assert sorted(found.ordered) == sorted(means)
    for group in found.groups:
        leader = min(group, key=lambda name: [made.value(c, name) for c in made.criteria])
        assert all(made.parting(leader, name) == "" for name in group)


@given(FIELDS, st.randoms(use_true_random=False))
def test_the_order_of_the_file_moves_only_ties(means, random):
    """The groups are the same whatever the order in the file, up to equal numbers."""
    names = list(means)
    random.shuffle(names)
    turned = {name: means[name] for name in names}

    def groups(of):
        return [sorted(str(sorted(means[n].items())) for n in group) for group in ranked(of).groups]

    assert groups(means) == groups(turned)


@given(FIELDS)
def test_each_group_is_parted_by_a_criterion(means):
    """Nobody is in a later group without a criterion that parts it; the first has none."""
    found = ranked(means)
    assert found.parted_by[0] == ""
    assert all(by in CRITERIA for by in found.parted_by[1:])


@given(FIELDS)
def test_the_winners_fail_least(means):
    """No strategy fails requests that the winner does not, unless they are level."""
    made = field(means)
    found = rank(made)
    best = min(means, key=lambda name: made.value("failed_caused", name))
    assert made.level("failed_caused", best, found.groups[0][0])
