"""The fingerprint: edits of rules and records count, edits of prose do not."""

import os
import subprocess
import sys

import pytest

from simdeploy.engines.jit import fingerprint as subject
from simdeploy.model.fields.declaring import integer
from simdeploy.model.fields.run import RESULT

DRAIN = "simdeploy.semantics.drain"


@pytest.fixture(scope="module")
def sources():
    """Return the sources as they are."""
    return subject.core_sources()


def edited(sources, name, edit):
    """Return the fingerprint with one module's text replaced."""
    text = edit(sources[name])
    assert text != sources[name]
    return subject.fingerprint_of({**sources, name: text})


def test_the_fingerprint_is_that_of_the_sources(sources, tmp_path, monkeypatch):
    """What is kept is what is computed, and is read again the next time."""
    monkeypatch.setattr(subject, "cache_folder", lambda name: tmp_path)
    assert subject.fingerprint.__wrapped__() == subject.fingerprint_of(sources)
    (file,) = tmp_path.iterdir()
    assert file.name == subject.sources_digest()
    file.write_text("0123456789abcdef")
    assert subject.fingerprint.__wrapped__() == "0123456789abcdef"


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"""', '"""Prose. ', 1),
        lambda text: text.replace("    return ", "    # why\n    return ", 1),
        lambda text: text.replace('    """', '    """More prose. ', 1),
        lambda text: text + "\n\n",
    ],
    ids=["module's docstring", "comment", "a function's docstring", "blank lines"],
)
def test_an_edit_of_prose_does_not_count(sources, edit):
    """Docstrings, comments and blank lines make no other machine code."""
    assert edited(sources, DRAIN, edit) == subject.fingerprint_of(sources)


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        (DRAIN, lambda text: text.replace("return ", "return 1.0 + ", 1)),
        ("simdeploy.draws", lambda text: text.replace("0xD2511F53", "0xD2511F54")),
        ("simdeploy.model.constants", lambda text: text + "\nNEW_CONSTANT = 1\n"),
        ("simdeploy.engines.kernel.loop", lambda text: text.replace("range(lo, hi)", "range(hi)")),
        (
            "simdeploy.engines.jit.source_rewriting",
            lambda text: text.replace("'numpy'", "'python'"),
        ),
        (subject.KNOWN_RUN, lambda text: text.replace("3", "4", 1)),
    ],
    ids=["rule", "draws", "constant", "loop", "compiler's options", "known run"],
)
def test_an_edit_of_code_counts(sources, name, edit):
    """Whatever reaches machine code, or makes or tries it, changes the fingerprint."""
    assert edited(sources, name, edit) != subject.fingerprint_of(sources)


@pytest.mark.parametrize("name", ["simdeploy.model.fields.run", "simdeploy.model.registry"])
def test_words_about_records_do_not_count(sources, name):
    """What a field means is prose, and so are the words of faults and metrics."""
    assert edited(sources, name, lambda text: text + "\n\nWORDS = 'other'\n") == (
        subject.fingerprint_of(sources)
    )


def test_types_of_records_count(sources, monkeypatch):
    """A field more changes the fingerprint and the sizes that an object is checked by."""
    before, size = subject.fingerprint_of(sources), subject.record_sizes()["Result"]
    longer = RESULT._replace(fields=(*RESULT.fields, integer("extra", "One more.")))
    monkeypatch.setattr(subject, "TOPS", [longer if top is RESULT else top for top in subject.TOPS])
    assert subject.fingerprint_of(sources) != before
    assert subject.record_sizes()["Result"] == size + 8


def test_the_loop_reaches_rules_and_draws(sources):
    """What it imports is followed through modules, and ends at the declarations of records."""
    reached = subject.reached_from(subject.LOOP, sources)
    assert {"simdeploy.draws", DRAIN, "simdeploy.model.timers"} <= reached
    assert "simdeploy.model.fields.initial" in reached
    assert not {"simdeploy.model.fields.run", "simdeploy.model.fields.types"} & reached


def test_the_digest_follows_every_character(sources, monkeypatch):
    """The quick hash also sees prose; the fingerprint is asked only where it differs."""
    before = subject.sources_digest.__wrapped__()
    monkeypatch.setattr(
        subject, "core_sources", lambda: {**sources, DRAIN: sources[DRAIN] + "# why\n"}
    )
    assert subject.sources_digest.__wrapped__() != before


def test_no_numba_is_needed(tmp_path):
    """The fingerprint is found without numba, and does not hold its version."""
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from simdeploy.engines.jit.fingerprint import fingerprint; print(fingerprint())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "SIMDEPLOY_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == subject.fingerprint()
