"""The batch engine around its loop: when it is compiled, and what is said then."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from simdeploy.engines import batch
from simdeploy.engines.jit.loading import cache_folder

needs_compiler = pytest.mark.skipif(not batch.is_compiling(), reason="about machine code")


@pytest.fixture
def said(monkeypatch):
    """Return what happens around a loop that is compiled, in order."""
    happened = []

    @contextmanager
    def telling():
        happened.append("begin")
        yield
        happened.append("end")

    def run_range(*_):
        happened.append("compile")

    run_range.overloads = {}
    loop = SimpleNamespace(run_range=run_range)
    monkeypatch.setattr(batch, "load_compiled", lambda _: loop)
    monkeypatch.setattr(batch, "announcing", telling)
    return happened


@needs_compiler
@pytest.mark.parametrize(
    ("kept", "expected"), [(False, ["begin", "compile", "end"]), (True, ["compile"])]
)
def test_who_waits_is_told_why(said, monkeypatch, kept, expected):
    """Compiling is announced, reading what was compiled before is not."""
    monkeypatch.setattr(batch, "is_kept", lambda: kept)
    batch.kernel.__wrapped__()
    assert said == expected


def test_a_loop_that_was_compiled_is_kept():
    """Once the loop has been compiled, its machine code is found again."""
    batch.kernel()
    assert batch.is_kept()


def test_nothing_is_kept_in_an_empty_folder(monkeypatch, tmp_path):
    """A folder without machine code means that the loop has to be compiled."""
    monkeypatch.setattr(batch, "cache_folder", lambda: tmp_path)
    assert cache_folder() != tmp_path
    assert not batch.is_kept()
