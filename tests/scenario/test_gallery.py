"""The gallery by question: every scenario stands under exactly one."""

from collections import Counter

from simdeploy.scenario import builtin_scenarios
from simdeploy.scenario.gallery import OTHERS, QUESTIONS, by_question

LISTED = [name for names in QUESTIONS.values() for name in names]


def test_nothing_stands_twice():
    """No scenario answers two questions."""
    assert [name for name, times in Counter(LISTED).items() if times > 1] == []


def test_everything_built_in_stands_somewhere():
    """Every scenario of the gallery stands under a question, none under the rest."""
    assert OTHERS not in by_question(builtin_scenarios())
    assert [name for name in builtin_scenarios() if LISTED.count(name) != 1] == []


def test_nothing_is_lost():
    """What is asked for comes back once, whatever it is."""
    names = [*builtin_scenarios(), "mine", "another"]
    listed = [name for group in by_question(names).values() for name in group]
    assert sorted(listed) == sorted(names)


def test_order_is_the_mapping_s():
    """Questions and scenarios keep the order of the mapping, strangers their own at the end."""
    listed = by_question(["z", "big-fleet", "schema-mismatch", "slow-registry", "bad-boot", "a"])
    assert list(listed.items()) == [
        ("Does it start?", ("bad-boot", "slow-registry")),
        ("What stays broken?", ("schema-mismatch",)),
        ("What does it cost?", ("big-fleet",)),
        (OTHERS, ("z", "a")),
    ]


def test_questions_without_scenarios_are_left_out():
    """A question that nobody asks does not show."""
    assert by_question([]) == {}
    assert by_question(iter(["happy-path"])) == {"Does it start?": ("happy-path",)}
