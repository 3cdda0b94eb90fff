"""Compiled twins: what they consist of, where they are kept, and that a second process is quick."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import simdeploy
from simdeploy import draws
from simdeploy.engines.jit import loading as subject
from simdeploy.engines.jit import source_rewriting
from simdeploy.errors import SimdeployError
from simdeploy.model import dispatch
from simdeploy.semantics import capacity, state

needs_compiler = pytest.mark.skipif(not subject.is_compiling(), reason="about machine code")

#: Draws a lognormal value compiled; tells it, and how often machine code was found in the cache.
PROGRAM = """
import numpy
from simdeploy.engines.jit.loading import load_compiled
sample = load_compiled("simdeploy.draws").sample
print(sample(3, 0.0, 1.0, numpy.zeros((1, 257)), 0, 0.5), sum(sample.stats.cache_hits.values()))
"""


def start(cache, package=None):
    """Run the program in a process of its own, with a copy of the package if given."""
    root = package or Path(simdeploy.__path__[0]).parent
    environment = {**os.environ, "SIMDEPLOY_CACHE_DIR": str(cache), "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(
        command, env=environment, cwd=cache, capture_output=True, text=True, check=True
    ).stdout.split()


@needs_compiler
def test_a_second_process_finds_the_machine_code(tmp_path):
    """The first process compiles and keeps, the second one loads."""
    assert start(tmp_path) == ["1.0", "0"]
    assert start(tmp_path) == ["1.0", "1"]


@needs_compiler
def test_processes_may_start_at_the_same_time(tmp_path):
    """Two processes that write the same files do not disturb each other."""
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(start, [tmp_path, tmp_path]))
    assert [value for value, _ in both] == ["1.0", "1.0"]
    assert start(tmp_path) == ["1.0", "1"]


@needs_compiler
def test_an_edited_callee_is_compiled_anew(tmp_path):
    """Machine code of a function does not outlive an edit of another one that it calls."""
    copy = shutil.copytree(simdeploy.__path__[0], tmp_path / "copy" / "simdeploy")
    assert start(tmp_path, copy.parent) == ["1.0", "0"]
    numeric = copy / "semantics" / "numeric.py"
    edit = "\n\ndef power_of_two(k: int) -> float:\n    return 42.0\n"
    numeric.write_text(numeric.read_text() + edit)
    assert start(tmp_path, copy.parent) == ["42.0", "0"]


#: Plays one run of a deployment without numba; prints when it was at rest.
WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from simdeploy.engines import replicate
from simdeploy.scenario import load_scenario
run = replicate(load_scenario("happy-path"), "rolling", seed=1, lo=0, hi=1)[0]
print(run["deployment_s"])
"""


@pytest.mark.parametrize("name", ["SIMDEPLOY_ENGINE_CODE", "NUMBA_DISABLE_JIT"])
def test_an_edited_rule_is_played_without_numba(tmp_path, name):
    """As plain Python the batch engine needs no numba, and an edit of a rule takes effect."""
    copy = shutil.copytree(simdeploy.__path__[0], tmp_path / "copy" / "simdeploy")
    shutil.copytree(Path(simdeploy.__path__[0]).parent / "scenarios", copy.parent / "scenarios")
    value = {"SIMDEPLOY_ENGINE_CODE": "python", "NUMBA_DISABLE_JIT": "1"}[name]
    environment = {**os.environ, name: value, "PYTHONPATH": str(copy.parent)}

    def rest():
        command = [sys.executable, "-c", WITHOUT_NUMBA]
        return float(
            subprocess.run(
                command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
            ).stdout
        )

    before = rest()
    drain = copy / "semantics" / "drain.py"
    drain.write_text(drain.read_text().replace("return now + delay", "return now + delay + 1000.0"))
    # The scheduler carries on at its next look, which comes within 10.2 s.
    assert rest() == pytest.approx(before + 1000.0, abs=11.0)


@pytest.mark.parametrize(
    ("code", "disabled", "expected"),
    [
        ("", "", "auto"),
        ("object", "", "object"),
        ("numba", "0", "numba"),
        ("python", "", "python"),
        ("numba", "1", "python"),
    ],
)
def test_how_the_loop_is_run(monkeypatch, code, disabled, expected):
    """NUMBA_DISABLE_JIT wins over SIMDEPLOY_ENGINE_CODE; without both it is found or made."""
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", code)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", disabled)
    assert subject.engine_code() == expected


def test_an_unknown_code_is_refused(monkeypatch):
    """The error says what was set and what is allowed."""
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "jit")
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    with pytest.raises(SimdeployError, match="got 'jit'; allowed: auto, object, numba, python"):
        subject.engine_code()


@needs_compiler
def test_functions_are_compiled_once():
    """Whoever asks for a twin gets the same object, and callees are shared between modules."""
    assert subject.compiled(capacity.reconcile) is subject.compiled(capacity.reconcile)
    entries = [
        subject.load_compiled(f"simdeploy.{name}") for name in ("draws", "semantics.numeric")
    ]
    assert vars(entries[0])["__callees__"].log is vars(entries[1])["__callees__"].log


def test_classes_are_shared():
    """A compiled rule takes and gives the very tuples that the plain one does."""
    fleet, pending = state.Fleet(0, 0, 0, 0, 6, 0, 0), state.Pending(0, 0, True)
    result = subject.compiled(capacity.reconcile)(fleet, 6, 6, 12, False, 99, pending)
    assert type(result) is state.Orders
    assert result == capacity.reconcile(fleet, 6, 6, 12, False, 99, pending)


def test_without_a_compiler_the_module_itself_serves(monkeypatch):
    """Where compilation is off, plain functions take the place of twins."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert subject.load_compiled("simdeploy.draws") is draws
    assert subject.compiled(draws.four) is draws.four


@needs_compiler
@pytest.mark.parametrize("name", ["simdeploy.results.metrics", "simdeploy.nowhere"])
def test_other_modules_have_no_twins(name):
    """Modules outside of semantics, draws and engines are refused, as are those that are not."""
    with pytest.raises(ImportError, match=r"simdeploy\."):
        subject.load_compiled(name)


@pytest.mark.parametrize("root", source_rewriting.ROOTS)
def test_each_kind_of_twin_is_found(root):
    """Twins of every kind are files in the cache folder, named after their root."""
    spec = subject.TwinFinder.find_spec(f"{root}.semantics.capacity")
    assert Path(spec.origin) == subject.twin_folder() / f"{root}.semantics.capacity.py"
    assert subject.TwinFinder.find_spec(f"{root}.semantics").submodule_search_locations == []
    assert subject.TwinFinder.find_spec("simdeploy._others.semantics") is None


def test_whole_numbers_of_a_module():
    """Those of the module itself, and those of modules that it imports, but no floats."""
    names = subject.whole_numbers(dispatch)
    assert {"BASELINE", "timers.CRASH", "delays.FIRST_CHECK"} <= names
    assert not {"NEVER", "timers", "CRASH"} & names
