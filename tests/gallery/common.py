"""What tests of the gallery share: the runs of a story, asked by strategy and metric."""

from functools import cache

import pytest

from simdeploy import compare, load_scenario
from simdeploy.engines import replicate
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts

#: A fleet of two hundred tasks takes the engine longer.
RUNS = {"big-fleet": 100}
SHIFTING = ("blue-green", "canary", "linear")
KEEPING = ("rolling", *SHIFTING)

#: A deployment without luck: ECS acts at 10 s and looks every 10.2 s from there, tasks run 45 s
#: after their order, answer 5 s later, and are checked 1 s after they register.
NO_LUCK = (
    "traffic.sampled=false",
    "service.control_plane={command: 10s, left_group: 1s, look_jitter: 0s}",
    "service.startup={provisioning: 15s, pull: 27s, boot: 5s}",
    "target_group.health_check.first_check=1s",
    "target_group.deregistration_propagation=0s",
)

each_shifting = pytest.mark.parametrize("strategy", SHIFTING)
each_keeping = pytest.mark.parametrize("strategy", KEEPING)


def runs_of(name):
    """Return how many runs of a story are enough."""
    return RUNS.get(name, 400)


@cache
def story(name):
    """Return the comparison of a story of the gallery."""
    return compare(load_scenario(name), runs=runs_of(name))


def told(name, strategy, metric):
    """Return the numbers of a strategy's runs."""
    return story(name).strategies[strategy].rows[metric]


def mean(name, strategy, metric):
    """Return the mean of a strategy's runs."""
    return float(told(name, strategy, metric).mean())


@cache
def changed(name, strategy, *overrides):
    """Return the runs of a strategy in a story with other settings."""
    made = load_scenario(name, overrides=overrides)
    return replicate(made, strategy, seed=1, lo=0, hi=runs_of(name))


def part(rows, word):
    """Return the share of runs that end with a verdict or an outcome."""
    kind, words = ("verdict", VERDICTS) if word in VERDICTS else ("outcome", OUTCOMES)
    return float((rows[kind] == words.index(word)).mean())


def share(name, strategy, word):
    """Return that share in a story as it stands."""
    return part(story(name).strategies[strategy].rows, word)


@cache
def answered(name):
    """Return the answer to a story."""
    return answer(facts(story(name)))


def said(name, label=""):
    """Return what the answer to a story says: its verdict, or what stands under a label."""
    made = answered(name)
    if label == "Notes":
        return " ".join(made.notes)
    return " ".join([text for known, text in made.sentences if known == label] or made.verdict)


def cell(name, strategy, metric):
    """Return a cell of the table of a story, without its notes."""
    made = answered(name)
    row = next(row for row in made.rows if row.name == strategy)
    place = next(i for i, column in enumerate(made.columns) if column.metric == metric)
    return row.cells[place].text


def check_answers(name, answers):
    """Check that each question's answer comes out as told, and far from the wrong ones."""
    for question, right in zip(story(name).scenario.questions, answers, strict=True):
        if question.kind == "number":
            found = mean(name, question.strategy, question.metric)
            assert found == pytest.approx(right, rel=0.03, abs=1e-6)
            assert all(abs(w.is_ - right) > max(w.is_, right) / 3 for w in question.wrong_numbers)
        else:
            means = {one: mean(name, one, question.metric) for one in story(name).strategies}
            assert right == (max if question.end == "most" else min)(means, key=means.get)
