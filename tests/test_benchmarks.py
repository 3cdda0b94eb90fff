"""The arithmetic of the benchmarks; nothing here measures time."""

import re
from pathlib import Path

import pytest

from benchmarks import proof
from benchmarks.__main__ import GROUPS, document, keys
from benchmarks.measure import Row, rounds


@pytest.mark.parametrize(
    ("values", "at_most", "met"),
    [
        ((249.0, 250.0, 251.0), False, True),
        ((249.0, 249.9, 300.0), False, False),
        ((249.0, 250.0, 251.0), True, True),
        ((200.0, 250.1, 300.0), True, False),
    ],
)
def test_the_median_meets_the_target_or_not(values, at_most, met):
    """The median counts, and a target that is just reached is met."""
    assert Row("a", "some", values, 250.0, at_most).is_met is met


def test_what_is_missed_is_told_as_a_part_of_the_target():
    """A fifth below the target is missed by 20 %."""
    assert Row("a", "some", (200.0,), 250.0).verdict() == "missed by 20 %"
    assert Row("b", "some", (5.0,), 2.5, at_most=True).verdict() == "missed by 100 %"
    assert Row("b", "some", (2.5,), 2.5, at_most=True).verdict() == "met"


def test_work_is_timed_in_turns():
    """Every piece of work is done once per round, and none is always first."""
    done = []
    works = {name: lambda name=name: done.append(name) for name in "xyz"}
    assert [set(one) for one in rounds(works, 3)] == [set("xyz")] * 3
    assert "".join(done) == "xyzyzxzxy"


def test_every_row_has_a_letter():
    """Rows a to j are known; others are refused by name."""
    assert list(GROUPS) == list("abcdefghij")
    assert keys("a,j") == ["a", "j"]
    with pytest.raises(Exception, match="no such row: k"):
        keys("a,k")


def test_the_document_tells_every_value():
    """The JSON holds the values of all rounds, the median and the verdict."""
    row = document([Row("a", "some", (1.0, 3.0, 2.0), 2.0)])["rows"][0]
    assert row["values"] == (1.0, 3.0, 2.0)
    assert (row["median"], row["is_met"], row["target"]) == (2.0, True, 2.0)


def test_code_lines_are_counted_without_prose():
    """Blank lines, comments and docstrings are no code; a statement over two lines is two."""
    source = (
        '"""Prose.\n\nMore."""\n\n# why\nx = (1,\n     2)  # two\n\ndef f():\n    """Prose."""\n'
    )
    assert proof.code_lines(source) == 3


def test_the_readme_says_what_the_proof_covers():
    """The README has the sentence of the script; percents may be one off, lines a tenth."""
    readme = " ".join((Path(proof.__file__).parents[1] / "README.md").read_text("utf-8").split())
    sentence = proof.figures().sentence()
    number = re.compile(r"\d[\d,]*")
    pattern = number.sub(r"(\\d[\\d,]*)", re.escape(sentence).replace(r"\ ", " "))
    shown = re.search(pattern, readme)
    assert shown, f"python -m benchmarks.proof says: {sentence}"
    for there, now in zip(shown.groups(), number.findall(sentence), strict=True):
        told, counted = (int(text.replace(",", "")) for text in (there, now))
        assert abs(told - counted) <= max(1, 0.1 * counted if counted > 100 else 0), sentence
