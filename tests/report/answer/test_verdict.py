"""The verdict: who wins and what the others do, in every variant of its sentences."""

import numpy as np
import pytest

from simdeploy.report.answer.wording import KINDS, third, times_as_many
from tests.report.answer.made import RUNS, answered, good, harm, live, said, undone, unhurt
from tests.results import fabricate as make

NAMES = ("rolling", "blue-green", "canary", "linear", "recreate")


def verdict(*parts, **settings):
    """Return the text of a verdict."""
    return said(answered(*parts, **settings))


def test_three_winners_are_named():
    """Up to three level strategies are named, and the cheapest of them."""
    text = verdict({"rolling": unhurt(), "blue-green": unhurt(), "canary": harm(700.0)},
                   {"blue-green": good(0.31)})  # fmt: skip
    assert text == (
        "Rolling or blue-green. They fail no request. Canary fails 700 requests. Rolling is the "
        "cheapest, $0.01 per release against $0.31 with blue-green."
    )


def test_four_winners_are_all_but_the_rest():
    """More than three are told by whom they leave out, if that is one."""
    release = {n: unhurt() for n in NAMES[:4]} | {"recreate": harm(43_000.0, downtime_s=215.0)}
    text = verdict(release, {"recreate": undone()})
    assert text.startswith("Any but recreate. They fail no request")
    assert "Recreate fails 43,000 requests, as bad as an outage of 3m35s, and does not ship" in text


def test_all_level():
    """Where all are level, any will do, and equal costs are said to be equal."""
    text = verdict({n: unhurt() for n in NAMES[:4]})
    assert text.startswith("Any of them. They fail no request.")
    assert text.endswith("They cost the same: $0.01 per release.")


def test_ratios_to_the_best():
    """All others are told as multiples of the winner, equal ones together."""
    means = {"canary": 1000.0, "linear": 2160.0, "blue-green": 9000.0, "rolling": 200_000.0}
    text = verdict({n: harm(mean, spread=9.0, seed=k) for k, (n, mean) in enumerate(means.items())})
    assert text.startswith(
        "Canary. It fails 1,000 requests per bad release; linear fails 2.2 times as many, "
        "blue-green 9 times and rolling more than 100 times."
    )


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [(100, 105, "1.1 times"), (100, 994, "9.9 times"), (100, 996, "10 times"),
     (100, 9940, "99 times"), (100, 9960, "more than 100 times")],
)  # fmt: skip
def test_words_of_a_ratio(least, most, words):
    """A ratio has one decimal below ten, and ends at a hundred."""
    assert times_as_many(least, most) == words


def test_rolling_against_blue_green():
    """Where neither wins, the two are set against each other, with numbers or as level."""
    release = {"canary": harm(1000.0), "blue-green": harm(9000.0), "rolling": harm(11_000.0)}
    fewer = "Of rolling and blue-green, blue-green fails fewer requests: 9,000 against 11,000."
    assert verdict(release).endswith(fewer)
    level = release | {"rolling": harm(9100.0)}
    assert verdict(level).endswith("Rolling and blue-green are about level.")
    assert "Of rolling" not in verdict({"rolling": harm(11_000.0), "blue-green": harm(9000.0)})


def test_without_a_ratio_amounts_are_told():
    """Where the best harms nobody there is no multiple: each by its number."""
    text = verdict({"blue-green": unhurt("alarm"), "rolling": harm(26.0), "canary": harm(55_000.0)})
    assert text.startswith(
        "Blue-green. It fails no request. Rolling fails 26 requests and canary 5"
    )


def test_kinds_of_harm_pull_apart():
    """A winner that leaves rows behind is not told without those who leave none."""
    release = {"canary": harm(700.0, incompatible_writes=776.0), "blue-green": harm(9000.0)}
    text = verdict(release)
    assert "But canary leaves 776 unreadable rows; blue-green none." in text


def test_hardly_matters():
    """Where even the best is bad, the choice is told to matter little."""
    text = verdict({"canary": harm(60_000.0), "rolling": harm(90_000.0)})
    assert "The strategy hardly matters: all fail 60,000 to 90,000 requests." in text


def test_nobody_ends_it():
    """Where nearly every run ends with users hurt, that comes before any order."""
    text = verdict({"canary": live(failed_requests=9e5), "rolling": live(failed_requests=9e5)})
    start = "No strategy ends the harm here: the bad release is still live, 2h after the command."
    assert text.startswith(start)


def test_left_live_is_worse():
    """Who hurts as many but leaves the bad release live is told for that."""
    text = verdict({"canary": harm(900.0), "rolling": live(failed_requests=900.0)})
    assert "Rolling leaves the bad release live in 100 % of runs." in text


def test_a_person_is_waited_for():
    """Of those that hurt nobody, the one that needs no person wins; nobody may come at all."""
    never = make.rows(RUNS, decision_s=np.inf, over_s=np.inf, outcome="in_progress", failed_tasks=6)
    release = {"rolling": unhurt(), "canary": unhurt("operator", 2412.0), "linear": never}
    text = verdict(release)
    assert "Canary hurts as few users, but waits 40m12s for a person." in text
    assert "Linear hurts as few users, but nothing ends it." in text


def test_nothing_ships():
    """Where no good release ships there is no winner."""
    release = {"rolling": harm(900.0), "canary": unhurt()}
    text = verdict(release, {n: undone() for n in release})
    assert text.startswith(
        "None of these ships even a good release. Rolling fails 900 requests per"
    )
    assert text.endswith("canary fails no request.")


def test_one_strategy():
    """A single strategy is told by its numbers, without a recommendation."""
    made = answered({"rolling": harm(900.0)})
    assert said(made) == "Rolling fails 900 requests per bad release."
    assert [row.mark for row in made.rows] == [""]


def test_an_open_lead():
    """A lead of a strategy whose harm goes on at the horizon is no lead yet."""
    text = verdict({"rolling": live(failed_requests=900.0), "canary": harm(9000.0)})
    assert text.startswith(
        "Too early to choose: in up to 100 % of runs users are still hurt at the"
    )


def test_ten_strategies():
    """Of many strategies some are named, and how many lie between."""
    strategies = {f"rolling-{k}": {"type": "rolling"} for k in range(9)} | {"b": {"type": "canary"}}
    release = {n: harm(1000.0 * 2.0**k) for k, n in enumerate(strategies)}
    text = verdict(release, strategies=strategies)
    assert "rolling-1 fails 2 times as many" in text
    assert text.endswith("7 more lie between them.")


def test_grammar():
    """A verb has its person, a noun its number."""
    assert third("leave") == "leaves"
    assert third("slow down") == "slows down"
    assert KINDS["failed_caused"].of("1", many=False) == "fails 1 request"
    assert KINDS["exposed_requests"].of("no", many=True) == "serve no request with bad code"


def test_no_traffic_is_said_first():
    """Without requests nobody can be hurt, which is said before a winner is named."""
    text = verdict({"rolling": unhurt(requests=0.0), "canary": unhurt(requests=0.0)})
    assert text.startswith("No request is offered, so none fails and none reaches the new version:")
    assert "No request is offered" not in verdict({"rolling": unhurt(), "canary": unhurt()})
