"""Answers are computed: statistics, ties, words, what never ends, what does not exist."""

from math import inf, nan

import numpy as np
import pytest

from simdeploy import load_scenario
from simdeploy.errors import SimdeployError
from simdeploy.report.questions.answers import Answer, answers, near
from simdeploy.scenario.questions import Question
from simdeploy.simulating import simulate_many

RUNS = 15


def asked(*settings, name="bad-boot", runs=RUNS):
    """Return the answers to questions that replace those of a scenario."""
    return answers(load_scenario(name, overrides=[f"questions=[{', '.join(settings)}]"]), runs=runs)


def one(question, **settings):
    """Return the answer to one question."""
    return asked(question, **settings).answers[0]


def made(figures, right, unit="requests", **question):
    """Return an answer that nobody has computed."""
    fields = {"ask": "?", "kind": "choice", "metric": "failed_requests"} | question
    return Answer(Question(**fields), figures, right, unit, 0, 7200.0)


@pytest.mark.parametrize(
    ("statistic", "summary"),
    [
        ("mean", np.mean),
        ("p50", lambda v: np.quantile(v, 0.5, method="higher")),
        ("p95", lambda v: np.quantile(v, 0.95, method="higher")),
    ],
)
def test_a_number_is_the_statistic_over_the_runs(statistic, summary):
    """Mean, median or bad day of the strategy's own runs."""
    asks = "{ask: x, kind: number, metric: decision_s, strategy: rolling, statistic: %s}"
    rows = simulate_many("bad-boot", 1, replication=np.arange(RUNS), strategy="rolling")
    found = one(asks % statistic)
    assert found.number == pytest.approx(summary(rows["decision_s"]), rel=1e-12)
    assert abs(rows["decision_s"][found.run] - found.number) == np.min(
        np.abs(rows["decision_s"] - found.number)
    )


def test_a_choice_is_the_end_that_its_words_ask_for():
    """Most is the default, least is heard from the question, and a key may say either."""
    asks = "{ask: %s, kind: choice, metric: failed_requests%s}"
    assert one(asks % ("Which fails the most?", "")).right == ("recreate",)
    assert one(asks % ("Which is it?", "")).right == ("recreate",)
    keeping = {"rolling", "blue-green", "canary", "linear"}
    assert set(one(asks % ("Which fails the fewest?", "")).right) == keeping
    assert set(one(asks % ("Which is it?", ", end: least")).right) == keeping


def test_a_share_of_runs_is_asked_by_its_word():
    """Of metric verdict, how many runs of 100 have a word."""
    asks = "{ask: x, kind: number, metric: verdict, value: %s, strategy: rolling}"
    assert one(asks % "stopped").number == 100
    assert one(asks % "shipped").number == 0
    outcome = "{ask: x, kind: number, metric: outcome, value: rolled_back, strategy: rolling}"
    assert one(outcome).number == 100


def test_the_drill_is_played_where_it_is_asked_for():
    """The time to go back from a good release is a number as any other."""
    asks = "{ask: x, kind: number, metric: rollback_after_s, strategy: %s}"
    name = "shallow-health-check"
    assert one(asks % "rolling", name=name).number > 60
    assert one(asks % "blue-green", name=name).number < 60


def test_what_is_never_over_is_endless():
    """A deployment that no run ends takes endlessly long, and never is the right guess."""
    asks = "{ask: x, kind: number, metric: deployment_s, strategy: rolling}"
    found = one(asks, name="stuck-deployment")
    assert found.number == inf
    assert found.accepts(inf)
    assert not found.accepts(7200.0)


def test_what_does_not_exist_has_no_answer():
    """A question for a time that no run has is refused with its place."""
    asks = "{ask: x, kind: number, metric: decision_s, strategy: rolling}"
    with pytest.raises(SimdeployError, match=r"happy-path: questions\.0\.metric: no run has"):
        one(asks, name="happy-path")


@pytest.mark.parametrize(
    ("guess", "right", "is_right"),
    [
        (75, 100, True), (125, 100, True), (74.9, 100, False), (125.1, 100, False),
        (0, 0.0, True), (0, 0.4, True), (1, 0.0, False), (inf, inf, True), (5, inf, False),
    ],
)  # fmt: skip
def test_a_number_is_right_within_a_quarter(guess, right, is_right):
    """25 % to either side of the answer; nothing is less than half of one."""
    assert near(guess, right, 0.5) is is_right


def test_a_guess_stands_for_the_nearest_misconception():
    """Of two wrong numbers that are near the nearer one counts; far away none does."""
    wrong = [{"is": 100, "because": "A."}, {"is": 120, "because": "B."}, 900]
    answer = made({"rolling": 500.0}, ("rolling",), kind="number", strategy="rolling", wrong=wrong)
    assert [answer.misconception(n) for n in (95, 118, 300, 900)] == ["A.", "B.", "", ""]


def test_a_choice_stands_for_its_reason():
    """A wrong strategy says why it is wrong, one without a reason nothing."""
    answer = made({"a": 5.0, "b": nan, "c": 1.0}, ("a",), wrong={"b": "No."})
    assert [answer.misconception(name) for name in "bc"] == ["No.", ""]
    assert [answer.accepts(name) for name in "abc"] == [True, False, False]
