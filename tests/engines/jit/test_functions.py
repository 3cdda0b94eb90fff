"""The loop's functions: what an edit compiles anew, and what is kept."""

import pytest

from simdeploy.engines import batch
from simdeploy.engines.jit import functions as subject
from simdeploy.engines.jit.fingerprint import core_sources

DRAIN = "simdeploy.semantics.drain"


@pytest.fixture(scope="module")
def keys():
    """Return the keys of all functions."""
    return subject.function_keys(core_sources())


def edited(name, old, new):
    """Return the sources with one text in one module replaced."""
    text = core_sources()[name]
    assert old in text
    return {**core_sources(), name: text.replace(old, new)}


def test_functions_that_the_loop_calls(keys):
    """The loop, rules, handlers and draws; not what only the process engine calls."""
    names = {"engines.kernel.loop.run_range", "semantics.capacity.reconcile", "draws.key"}
    assert names <= keys.keys()
    assert not [name for name in keys if name.startswith("model.fields.plain")]


def test_an_edit_of_a_rule_compiles_this_rule(keys):
    """The keys of others stay."""
    changed = subject.function_keys(edited(DRAIN, "return now + delay", "return now + delay + 1.0"))
    assert changed.keys() == keys.keys()
    (name,) = (name for name in keys if changed[name] != keys[name])
    assert name.startswith("semantics.drain.")


def test_an_edit_of_prose_compiles_nothing(keys):
    """Comments and docstrings do not count."""
    assert (
        subject.function_keys(edited(DRAIN, "    return now", "    # Why.\n    return now")) == keys
    )


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("simdeploy.model.constants", "BASELINE = ", "BASELINE = 9 + "),
        ("simdeploy.engines.jit.declaring", "nothing has this name", "nothing\nOTHER = 1\n#"),
        ("simdeploy.draws", "\ndef key(", "\ndef lock(x: int) -> None: pass\n\ndef key("),
    ],
    ids=["constant", "compiler", "function"],
)  # fmt: skip
def test_an_edit_of_what_all_see_compiles_everything(keys, module, old, new):
    """Constants, what compiles, and how functions are called."""
    changed = subject.function_keys(edited(module, old, new))
    assert not [name for name in keys if changed[name] == keys[name]]


@pytest.fixture
def kept(tmp_path, monkeypatch, keys):
    """Keep a text for every function; return the names that are compiled from then on."""
    monkeypatch.setattr(subject, "cache_folder", lambda name: tmp_path)
    asked = []

    def compiled(names, declared):
        asked.extend(names)
        return {name: f"text of {name}" for name in names}

    monkeypatch.setattr(subject, "compiled", compiled)
    assert subject.function_texts() == {name: f"text of {name}" for name in keys}
    assert sorted(asked) == sorted(keys)
    asked.clear()
    return asked


def test_what_is_kept_is_not_compiled_again(kept, keys):
    """A second build takes all texts from the cache."""
    assert subject.function_texts() == {name: f"text of {name}" for name in keys}
    assert kept == []


def test_an_edited_rule_is_compiled_alone(kept, monkeypatch):
    """All other texts are those that are kept."""
    sources = edited(DRAIN, "return now + delay", "return now + delay + 1.0")
    monkeypatch.setattr(subject, "core_sources", lambda: sources)
    subject.function_texts()
    assert len(kept) == 1


def test_damaged_texts_are_compiled_again(kept, keys, tmp_path):
    """A file that is cut off counts as none."""
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    subject.function_texts()
    assert len(kept) == len(keys)


@pytest.mark.skipif(not batch.is_compiling(), reason="about machine code")
def test_texts_are_the_same_from_every_process(keys):
    """Neither what was compiled before nor addresses of the process, nor its hashes, count."""
    pytest.importorskip("numba")
    names = ["semantics.capacity.reconcile", "model.requests.outcome_of", "draws.key"]
    first, second = (subject.compiled(order, list(keys)) for order in (names, names[::-1]))
    assert first == second
    assert first.keys() == set(names)
    assert 'define i32 @"semantics.capacity.reconcile"' in first[names[0]]
