"""The arithmetic of the benchmarks; nothing here measures time."""

import fnmatch
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import against_rows, coverage, growth, memory, mutation, proof, scale, version
from benchmarks.__main__ import LETTERS, document, keys
from benchmarks.against_rows import Case
from benchmarks.instants import instants
from benchmarks.measure import Row, rounds
from benchmarks.mixes import routings
from benchmarks.variates import variates
from simdeploy import load_scenario
from simdeploy.engines import encoded
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import load_scenario_text


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
    """Rows a to j, and k to m against another version, are known; others are refused by name."""
    assert list(LETTERS) == list("abcdefghijklm")
    assert keys("a,m") == ["a", "m"]
    with pytest.raises(Exception, match="no such row: n"):
        keys("a,n")


def test_a_revision_that_is_not_there_is_refused():
    """Another version is a revision of the repository, or a folder that holds the package."""
    with pytest.raises(version.VersionError, match="no revision no-such; name a folder"):
        version.exported("no-such")
    with pytest.raises(version.VersionError, match="holds no package simdeploy"):
        version.installed(Path(__file__).parent)
    assert version.installed(version.ROOT) == version.ROOT


def test_two_versions_play_the_same_cases():
    """Both processes answer; what one of them cannot play is left out; numbers are compared."""
    cases = [Case("happy-path", "rolling", ("horizon=10m",)), Case("no-such-story", "rolling")]
    with version.Pair(version.ROOT) as pair:
        shared, known, equal = against_rows.loaded(pair, "some", cases)
        answers = pair.rounds(2, "play", name="some", runs=[1])
    assert (shared, equal, known[0]["tasks"]) == (cases[:1], 1, 6)
    assert [len(answer[clock]) for both in answers for answer in both for clock in answer] == [
        1
    ] * 8


def test_times_of_two_versions_are_added_up_before_they_are_divided():
    """A mean over cases is one of times, not of ratios; by the clock that is asked for."""
    before, now = {"cpu": [3.0, 1.0], "wall": [9.0, 9.0]}, {"cpu": [1.0, 1.0], "wall": [9.0, 9.0]}
    assert against_rows.quotients([(before, now)], "cpu") == (2.0,)
    assert against_rows.quotients([(before, now)], "wall") == (1.0,)
    assert against_rows.per(before, [2, 4]) == [1.5, 0.25]


@pytest.mark.parametrize(
    ("power", "limit", "note"),
    [(1, 99.0, "1 to 100; the end: 1.00 … 1.00"),
     (2, 5.0, "1 to 10; the end: 2.00 … 2.00; 100 takes too long")],
)  # fmt: skip
def test_growth_is_an_exponent(monkeypatch, power, limit, note):
    """What takes size to a power has that exponent, also beyond a time that all sizes take."""
    monkeypatch.setattr(growth, "timed", lambda work: work())
    series = growth.Series("some", (1, 3, 10, 100), lambda n: lambda: n**power / 1e2 + 0.5,
                           from_zero=True)  # fmt: skip
    row = growth.measured(series, 2, limit)
    assert row.values == pytest.approx((power, power))
    assert row.note == note
    assert row.is_met is (power == 1)


def test_every_series_can_be_made():
    """The smallest size of each is a scenario that plays; strategies and settings count."""
    made = [one.make(one.sizes[0]) for one in growth.series(6) if "sweep" not in one.what]
    assert len(made) == 7
    assert len(growth.of_events(0)()) == 20


def test_a_sweep_is_planned_from_what_its_pieces_take():
    """A billion runs of 20 µs: 5.6 hours of a core, unless whoever starts the sweep is slower."""
    few = scale.planned(1_000, 1_000_000, 20e-6)
    assert few.chunks == 8_000
    assert few.core_s == pytest.approx(20_000 + 8_000 * 0.0025)
    assert few.head_s == pytest.approx(1_000 * 0.0505 + 8_000 * 0.022)
    assert few.wall_s(64) == few.core_s / 64
    assert few.wall_s(1_000) == few.head_s
    many = scale.planned(1_000_000, 1_000, 20e-6)
    assert many.core_s - 20_000 == pytest.approx(2_500)
    assert many.written > 10 * few.written


def test_variates_of_a_run_are_counted():
    """A start draws four durations in one block; what is asked for again is counted once."""
    model = encoded(load_scenario("happy-path", overrides=["horizon=10m"]), "rolling", "release")
    few = variates(model)
    assert few == variates(model)
    assert few.blocks > 2 * model.desired_count
    assert few.lognormals <= 4 * few.blocks


def test_routings_of_known_mixes_are_counted():
    """The second run of a good release meets mixes of the first; no baseline is counted."""
    m = plain(encoded(load_scenario("happy-path"), "rolling", "release"), SCENARIO)
    one, two = routings(m, 1), routings(m, 2)
    assert two.known - one.known > one.known
    assert 0 <= two.anew - one.anew < one.anew


def test_instants_that_change_nothing_are_counted():
    """Some looks of a deployment change something, others nothing."""
    found = instants([load_scenario("happy-path", overrides=["horizon=10m"])], runs=1)
    assert found.per_run == int(found.per_run) > 10
    assert 0.0 < found.still < 0.9


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


def test_chance_is_no_interval_that_is_too_narrow():
    """93.5 % in 40,000 samples: in 1,000 of them 91.5 % is chance, in 40,000 it would not be."""
    few = coverage.Row("a", "some", 1000, 0.915, samples=1000)
    many = coverage.Row("a", "some", 1000, 0.915, samples=40_000)
    assert few.chance == pytest.approx(2.0 * (0.93 * 0.07 / 1000) ** 0.5)
    assert (few.verdict, many.verdict) == ("holds", "too narrow")


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


@pytest.mark.parametrize("tenths", range(1, 10))
def test_tenths_of_mutants_are_chosen_by_their_numbers(tenths):
    """Of any ten mutants in a row so many are chosen, and more tenths keep those of fewer."""
    (pattern,) = mutation.chosen(tenths)
    names = [f"simdeploy.model.looks.x_look_at__mutmut_{number}" for number in range(7, 17)]
    assert sum(fnmatch.fnmatch(name, pattern) for name in names) == tenths
    assert mutation.DIGITS[:tenths] in mutation.DIGITS[: tenths + 1]


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


def test_the_peak_of_a_comparison_is_that_of_its_process():
    """One run of one strategy takes what Python, NumPy and SciPy take, and some seconds."""
    megabytes, seconds = memory.peak(
        ["compare", "bad-boot", "--runs", "1", "--strategy", "rolling", "--no-drill"]
    )
    assert 40 < megabytes < memory.MOST
    assert seconds > 0.0
    assert len(load_scenario_text(memory.many_strategies(300)).strategies) == 300


def test_starts_are_those_of_an_installed_package(monkeypatch, tmp_path):
    """What Python compiles is kept between the starts that are timed, whatever the shell says."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = "import simdeploy, sys; print(sys.dont_write_bytecode)"
    variables = {**version.with_bytecode(tmp_path), "PYTHONPATH": str(version.ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "False"
    assert [file.name.partition(".")[0] for file in tmp_path.rglob("simdeploy/*.pyc")] == [
        "__init__"
    ]
