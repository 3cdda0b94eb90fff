"""Damaged inputs: a few here, ten thousand by ``python -m tests.abuse.reliability``."""

import random
from collections import Counter

import pytest

from simdeploy.scenario import builtin_scenarios
from tests.abuse import many
from tests.abuse.mutations import DEEP, TEXT, TREE, VALUES, mutant, places, written
from tests.abuse.playing import FAILED, played, prepared
from tests.abuse.sources import AWS, sources

#: Inputs that are played here; all files, all kinds of commands.
FEW = 140


def test_every_file_is_damaged():
    """All scenarios of the gallery, all shapes of AWS and all files of options take turns."""
    names = {mutant(1, number).source.name for number in range(2500)}
    assert names == {source.name for source in sources()}
    assert {f"{name}.yaml" for name in builtin_scenarios()} <= names
    assert {f"aws/full-{name}.json" for name in AWS} <= names
    assert {"advice.yaml", "faults.yaml", "budget.yaml", "sweep.yaml"} <= names


def test_mutants_depend_on_seed_and_number():
    """The same seed and number give the same bytes, others give others."""
    first = [mutant(1, number).content for number in range(60)]
    assert first == [mutant(1, number).content for number in range(60)]
    assert len(set(first)) > 55
    assert sum(a == mutant(2, n).content for n, a in enumerate(first)) < 5


def test_every_change_is_made():
    """Among a thousand mutants each kind of change occurs, and nearly all differ from the file."""
    made = [mutant(1, number) for number in range(1000)]
    words = Counter(change.split(" at ")[0] for one in made for change in one.changes)
    assert set(words) == {*TREE, *(f"{name} in the text" for name in TEXT)}
    same = sum(one.content == one.source.text.encode() for one in made)
    assert same < 60


@pytest.mark.parametrize("name", TREE)
def test_changes_of_small_trees(name):
    """Each change copes with a tree that has hardly anything left."""
    for value in (None, 0, [], {}, {"a": 1}, [[]], "5m", {"a": {}}):
        for seed in range(20):
            tree = [value if not isinstance(value, dict | list) else type(value)(value)]
            assert isinstance(TREE[name](tree, random.Random(seed)), str)


def test_trees_are_written():
    """Values that are no JSON are written as YAML has them, and deep ones as deep."""
    tree = {"a": [float("nan"), float("-inf")], "b": DEEP, "c": "NaN, Infinity"}
    text = written(tree, is_json=False, is_ascii=True)
    assert text.split('"b"')[0].split() == ["{", '"a":', "[", ".nan,", "-.inf", "],"]
    assert text.count("[") == 5001
    assert '"NaN, Infinity"' in text
    assert "-Infinity" in written(tree, is_json=True, is_ascii=True)
    assert len(places({"a": [1, {"b": 2}]})) == 4
    assert VALUES.count(DEEP) == 1


def test_a_few_are_played(tmp_path):
    """Each ends with an exit code and clear words; the most are refused, many are played."""
    folder = prepared(tmp_path)
    before = sorted(path.name for path in folder.rglob("*"))
    ends = [played(mutant(3, number), folder) for number in range(FEW)]
    assert [end for end in ends if end.end in FAILED] == []
    counts = Counter(end.end for end in ends)
    assert min(counts["accepted"], counts["refused"]) >= FEW // 10
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_process_that_dies_is_counted(monkeypatch, capsys, tmp_path):
    """What was being played when a process ended is named, the next one goes on; it is kept."""
    monkeypatch.setattr(many, "SWITCH", ("--dies-at", "1"))
    found = many.play(3, 1, tmp_path / "ends")
    assert (found["died"], found["accepted"] + found["refused"]) == (1, 2)
    assert "--- 1 ?: died" in capsys.readouterr().out
    assert many.play(3, 1, tmp_path / "ends") == found
    monkeypatch.setattr(many, "SWITCH", ())
    assert many.play(3, 1, tmp_path / "ends", again=True)["died"] == 0
