"""The arithmetic of the benchmarks; nothing here measures time."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from benchmarks import coverage, mutation, proof
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


def test_intervals_hold_as_often_as_they_say():
    """Some hundred samples of 100 runs: no interval is too narrow without a warning."""
    rows = list(coverage.rows(samples=400, sizes=(100,)))
    assert {row.what for row in rows} >= {"mean", "paired difference", "p50", "p99", "share"}
    # Of 400 samples 90 % are five standard errors away from 95 %.
    assert [row for row in rows if row.coverage < 0.9 and not row.is_right] == []
    found = {(row.what, row.law): row for row in rows}
    assert 0.9 < found["mean", "ordinary"].coverage < 0.98
    assert found["mean", "rare, varied sizes"].naive < 0.6
    assert found["mean", "rare, varied sizes"].coverage > 0.93
    for law in coverage.LAWS:
        alone, swept = found["mean", law.name], found["mean, in a sweep", law.name]
        assert (swept.coverage, swept.warned) == pytest.approx(
            (alone.coverage, alone.warned), abs=0.01
        )
    hidden = found["mean", "rare, on top of little"].verdict
    assert hidden == "no run of 52% of samples has it: too few runs"


#: What mutmut prints about one mutant.
DIFF = """\
# simdeploy.semantics.drain.x_drain_end__mutmut_1: survived
--- simdeploy/semantics/drain.py
+++ simdeploy/semantics/drain.py
@@ -1,3 +1,3 @@
 def drain_end(now: float, delay: float) -> float:
-    return now + delay
+    return now - delay
"""


def test_a_mutant_is_known_by_its_edit():
    """Function, replaced and new code identify a mutant, whatever its number is."""
    name = "simdeploy.semantics.drain.x_drain_end__mutmut_1"
    assert mutation.parse_results(f"    {name}: survived\nsome words: here\n") == {name: "survived"}
    assert mutation.function_of(name) == "simdeploy.semantics.drain.drain_end"
    assert mutation.parse_edit(DIFF) == ("return now + delay", "return now - delay")


def test_equivalent_mutants_are_not_counted(capsys):
    """The share is of mutants that are not listed; a time-out is a kill whose edit is printed."""
    edits = [("a", "b", "killed"), ("c", "d", "timeout"), ("e", "f", "survived"),
             ("g", "h", "survived")]  # fmt: skip
    mutants = [mutation.Mutant("simdeploy.semantics.drain.drain_end", *edit) for edit in edits]
    share = mutation.report(mutants, {mutants[3][:3]: "the same"})
    assert share == pytest.approx(2 / 3)
    printed = capsys.readouterr().out
    assert "- e\n+ f" in printed
    assert "(timeout)\n- c\n+ d" in printed
    assert "- a" not in printed
    assert "- g" not in printed


@pytest.mark.parametrize("mutant", mutation.read_equivalent(), ids="/".join)
def test_equivalent_mutants_edit_code_that_is_there(mutant):
    """Each listed mutant replaces a line of its function by another, for a reason."""
    function, before, after = mutant
    module, _, name = function.rpartition(".")
    source = inspect.getsource(getattr(importlib.import_module(module), name))
    assert before in [line.strip() for line in source.splitlines()]
    assert after != before
    assert mutation.read_equivalent()[mutant].endswith(".")


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
