"""Tests of the words of a platform."""

import pytest

from simdeploy.scenario.vocabulary import ROWS, Vocabulary, Word


@pytest.mark.parametrize(
    ("platform", "task"), [("ecs", "task"), ("custom", "task"), ("kubernetes", "pod")]
)
def test_word_of_platform(platform, task):
    """A platform other than Kubernetes has the words of ECS."""
    assert Vocabulary(platform).task == task


def test_fill_leaves_other_braces():
    """Names of words are filled; other placeholders, and braces of YAML, stay."""
    text = "{alarm}: the {tasks} of {faults: []} are {healthy}"
    assert Vocabulary("kubernetes").fill(text) == "{alarm}: the pods of {faults: []} are ready"
    assert Vocabulary("ecs").fill(text) == "{alarm}: the tasks of {faults: []} are healthy"


def test_rows_are_words_of_two_platforms():
    """Every row has two words, and both take the same values where they take any."""
    assert isinstance(Vocabulary.task, Word)
    for name, row in ROWS.items():
        assert row.ecs, name
        assert row.kubernetes, name
        assert row.ecs != row.kubernetes, name


def test_no_word_of_ecs_on_kubernetes():
    """No word of Kubernetes says a task, a target, a load balancer or a health check."""
    for row in ROWS.values():
        for word in ("task", "target", "load balancer", "health", "drain", "ECS", "listener"):
            assert word not in row.kubernetes
