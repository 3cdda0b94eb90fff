"""Words of pictures: a run's figures and why it is drawn."""

import math

import pytest

from simdeploy.report.plots.captions import most_failing, run_figures, wrapped
from tests import timelines

GOOD = {"failed_caused": 0.0, "full_traffic_s": 74.0, "deployment_s": 332.0, "decision_s": math.nan}


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "none failed · live after 1m14s · done after 5m32s"),
        ({"failed_caused": 0.4}, "none failed · live after 1m14s · done after 5m32s"),
        ({"cut_websockets": 29.0, "full_traffic_s": math.inf, "deployment_s": None},
         "none failed · 29 connections cut"),
        ({"decision_s": 96.0, "rollback_s": 0.0},
         "none failed · decided after 1m36s · nothing to take back"),
        ({"decision_s": 96.0, "user_onset_s": 90.0, "failed_caused": 5.0},
         "5 failed · decided 6s after the first failure"),
        ({"decision_s": 96.0, "user_onset_s": 100.0, "rollback_s": math.inf},
         "none failed · decided after 1m36s"),
    ],
)  # fmt: skip
def test_figures_of_a_run(changed, text):
    """Harm that there is, then when it was decided and over, or when a good release was live."""
    assert run_figures(GOOD | changed) == text


def test_highest_rate_of_failures():
    """The highest rate over all runs is the common scale; nothing fails without runs."""
    run = timelines.frozen("shallow")
    assert most_failing([run]) == max(state.failing_rps for state, _ in run.states())
    assert most_failing([]) == 0.0


def test_lines_are_wrapped():
    """No line is longer than asked."""
    assert wrapped("one two three", 7) == "one two\nthree"
