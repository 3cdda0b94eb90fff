"""Who is never worse than whom over several rankings, and who is best where."""

from simdeploy.advice.standing import Pair, Standing
from simdeploy.results.ranking import LeftOut, Ranking

NAMES = ("a", "b", "c")


def ranking(*groups, winners=True, reason="", out=()):
    """Return a ranking of groups such as ``"ab", "c"``."""
    parts = tuple(tuple(group) for group in groups)
    left = {name: LeftOut("good_undone", 0.0) for name in out}
    by = ("", *("failed_caused" for _ in parts[1:]))
    return Ranking(parts, by, parts[0] if winners else (), reason, left)


def standing(**rankings):
    """Return where ``a``, ``b`` and ``c`` stand over these rankings."""
    return Standing(rankings, NAMES)


def test_the_same_group_is_not_worse():
    """Better and worse count groups; level ones are neither."""
    found = standing(one=ranking("ab", "c"), two=ranking("b", "ac"), three=ranking("a", "b", "c"))
    assert found.pair("a", "b") == Pair("a", "b", ("three",), ("two",))
    assert found.pair("b", "a") == Pair("b", "a", ("two",), ("three",))
    assert found.pair("a", "c") == Pair("a", "c", ("one", "three"), ())


def test_who_is_left_out_is_worse_than_all():
    """Two that are left out are not worse than each other."""
    found = standing(one=ranking("a", out="bc"))
    assert found.pair("a", "b").better == ("one",)
    assert found.pair("b", "c") == Pair("b", "c", (), ())
    assert found.out == ("b", "c")
    assert standing(one=ranking("a", out="bc"), two=ranking("ab", out="c")).out == ("c",)


def test_rows_without_check_marks_say_nothing():
    """An order that rests on the horizon is neither better nor worse."""
    early = ranking("a", "b", "c", winners=False, reason="open")
    found = standing(one=early, two=ranking("b", "a", "c"))
    assert found.told == ("two",)
    assert found.untold == {"open": ["one"]}
    assert found.pair("a", "b") == Pair("a", "b", (), ("two",))


def test_best_is_who_is_beaten_in_few_rows():
    """At most three exceptions, and never all rows."""
    rows = {f"r{i}": ranking("a", "b", "c") for i in range(6)}
    lost = {f"l{i}": ranking("c", "ab") for i in range(3)}
    assert standing(**rows).best == ("a",)
    assert standing(**rows, **lost).best == ("a",)
    assert standing(**rows, **lost, more=ranking("b", "a", "c")).best == ()
    assert standing(one=ranking("a", "b", "c")).best == ("a",)
    assert standing(one=ranking("a", "bc"), two=ranking("b", "ac")).best == ("a", "b")


def test_a_cover_names_few():
    """Who is best in most of the split rows comes first; level rows are in none."""
    found = standing(
        one=ranking("ab", "c"), two=ranking("b", "ac"), three=ranking("c", "ab"),
        four=ranking("abc"), five=ranking("ac", "b"),
    )  # fmt: skip
    assert found.split == ("one", "two", "three", "five")
    assert found.cover() == {"a": ["one", "five"], "b": ["two"], "c": ["three"]}
