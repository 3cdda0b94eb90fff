"""The engine for a GPU: that everything compiles, what it refuses, and that slices are right.

No test needs a GPU. What runs here is the function of one thread as plain Python, its index given
by hand, on the arrays that a GPU would get; the loop that it calls is plain or compiled.
"""

import importlib.util
import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simdeploy.engines import batch, cuda, encoded, replicate
from simdeploy.engines.jit import device
from simdeploy.engines.kernel import slices as subject
from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.model import constants
from simdeploy.model.fields.memory import RunArrays, new_arrays
from simdeploy.model.fields.run import RESULT, WORLD
from tests.small import small

ROOT = Path(__file__).resolve().parents[2]
with_package = pytest.mark.skipif(
    importlib.util.find_spec("numba_cuda") is None,
    reason="numba-cuda is not installed: pip install 'simdeploy[cuda]'",
)
needs_compiler = pytest.mark.skipif(not batch.is_compiling(), reason="about machine code")
#: Compiles single functions for a GPU that is not there; tells what kind of arithmetic it finds.
FUNCTIONS = """
import json, re
from numba import types
from simdeploy.engines.jit import device
from simdeploy.engines.jit.loading import load_device

real, whole = types.float64, types.int64
asked = [
    ("semantics.numeric", "exp", [real]),
    ("semantics.numeric", "log", [real]),
    ("semantics.numeric", "normal_quantile", [real]),
    ("semantics.numeric", "poisson", [real, real]),
    ("semantics.looks", "look_offset", [whole, real, real]),
    ("draws", "four", [whole] * 5),
    ("draws", "uniform", [whole] * 5),
    ("draws", "sample", [whole, real, real, types.Array(real, 2, "C"), whole, real]),
]
for module, name, kinds in asked:
    function = getattr(load_device(f"simdeploy.{module}"), name)
    ptx = device.ptx_of(function, tuple(kinds), (9, 0), device=True)
    target = re.search(r"[.]target (\\w+)", ptx)[1]
    operations = sorted(set(re.findall(r"\\b(?:fma|mul|add)[.a-z]*[.]f64", ptx)))
    print(json.dumps([name, target, operations]))
"""
#: Compiles the whole kernel; tells its size, target and arithmetic, and that nothing stays behind.
WHOLE = """
import json, re
import numba.cuda.compiler, numba.cuda.cudadrv.nvvm
from simdeploy.engines.jit import device

before = numba.cuda.compiler.get_current_device, numba.cuda.cudadrv.nvvm.compile_ir
ptx = device.compile_ptx((9, 0))
after = numba.cuda.compiler.get_current_device, numba.cuda.cudadrv.nvvm.compile_ir
print(json.dumps([
    len(ptx), re.search(r"[.]target (\\w+)", ptx)[1], ptx.count(".visible .entry"),
    sorted(set(re.findall(r"\\b(?:fma|mul|add)[.a-z]*[.]f64", ptx))), before == after,
]))
"""
#: What rounds once per operation: ``.rn`` keeps the assembler from contracting.
EXACT = {"mul.rn.f64", "add.rn.f64"}


def told_by(program):
    """Run a program in a process of its own, since it patches numba-cuda; return what it tells."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@with_package
def test_rules_and_draws_compile_for_a_gpu():
    """Functions become PTX for an H100, with one rounding per operation."""
    found = told_by(FUNCTIONS)
    assert len(found) == 8
    assert {target for _, target, _ in found} == {"sm_90"}
    assert set().union(*(operations for *_, operations in found)) <= EXACT


@pytest.mark.long
@with_package
def test_the_whole_kernel_compiles_for_a_gpu():
    """All of the batch engine becomes one kernel, and numba-cuda is left as it was."""
    ((size, target, kernels, operations, is_left_alone),) = told_by(WHOLE)
    assert size > 1_000_000
    assert (target, kernels) == ("sm_90", 1)
    assert set(operations) <= EXACT
    assert is_left_alone


def found_package(monkeypatch, **parts):
    """Pretend that numba-cuda is there, with these parts."""
    monkeypatch.setattr(cuda, "require_package", lambda: SimpleNamespace(**parts))


def test_without_the_package(monkeypatch):
    """Without numba-cuda, the line that installs it is told."""
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'simdeploy\[cuda\]'"):
        replicate(small(), "it", seed=1, lo=0, hi=1, engine="cuda")
    with pytest.raises(MissingExtraError, match="engine cuda needs an extra"):
        device.compile_ptx()


@pytest.mark.parametrize(
    ("error", "told"),
    [("\nNo driver.\nInstall one.\n", "No driver. Install one"), (None, "no device")],
)
def test_without_a_gpu(monkeypatch, error, told):
    """Without a GPU, one line says why, and that another engine gives the same numbers."""
    found_package(monkeypatch, is_available=lambda: False, cuda_error=lambda: error)
    with pytest.raises(SimdeployError) as caught:
        replicate(small(), "it", seed=1, lo=0, hi=1, engine="cuda")
    assert str(caught.value) == f"no CUDA GPU here: {told}; engine batch gives the same numbers"


def test_memory_of_one_run():
    """The bytes that are reckoned are those that arrays for as many runs take."""
    slices = cuda.slices_for(3, 7)
    rows, flags = RESULT.dtype.itemsize, 8
    assert sum(part.nbytes for part in slices) + 3 * (rows + flags) == 3 * cuda.bytes_per_run(7)


def test_slices_have_the_sizes_of_the_batch_engine():
    """A thread's slice has as many records of each kind as a run of the batch engine."""
    of_one, slices = new_arrays(9), cuda.slices_for(2, 9)
    assert [part.shape[1:] for part in slices[1:]] == [part.shape for part in of_one[1:]]
    assert [part.dtype for part in slices] == [
        WORLD.dtype,
        *(np.dtype(part.dtype.descr) for part in of_one[1:]),
    ]


def test_as_many_runs_as_fit():
    """Half of the free memory is filled, up to a most, and less than one run is none."""
    one = cuda.bytes_per_run(16)
    assert cuda.runs_at_once(20 * one, 16) == 10
    assert cuda.runs_at_once(one, 16) == 0
    assert cuda.runs_at_once(10**15, 16) == cuda.MOST_RUNS


def dirty(shape, dtype):
    """Return records full of ones, as memory of a GPU may be full of anything."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.full(size, 0xFF, np.uint8).view(dtype).reshape(shape).view(np.recarray)


def played(model, runs, *, room=None, seed=3, lo=5, variant=constants.RELEASE):
    """Return rows and flags of runs that threads play one after the other."""
    slices = cuda.slices_for(runs, batch.room_for(model) if room is None else room, dirty)
    out, flags = np.zeros(runs, RESULT.dtype).view(np.recarray), np.full(runs, -1)
    with np.errstate(over="ignore"):  # NumPy's whole numbers wrap, as compiled ones do
        for i in reversed(range(runs)):
            subject.play_slice(i, model, slices, seed, lo, variant, out, flags)
    return out, flags


@pytest.fixture
def quick(monkeypatch):
    """Have threads call the compiled loop, so that they can play many runs."""
    monkeypatch.setattr(subject, "run_range", batch.kernel().run_range)


BOOT = {"distribution": "lognormal", "median": "8s", "p95": "20s"}
#: A service of few tasks, luck in its delays, and a release half of whose tasks crash.
CRASHING = {
    "service": {"desired_count": 3, "startup": {"boot": BOOT}},
    "release": {"faults": [{"kind": "crash", "probability": 0.5, "after": 5}]},
}


def check(runs):
    """Compare runs of threads with those of the batch engine."""
    scenario = small(**CRASHING)
    rows, flags = played(encoded(scenario, "it", "release"), runs)
    expected = replicate(scenario, "it", seed=3, lo=5, hi=5 + runs, threads=1)
    assert flags.tolist() == [1] * runs
    assert rows.tobytes() == expected.tobytes()


def test_threads_give_the_numbers_of_the_batch_engine():
    """In plain Python, a thread's run is the batch engine's to the last bit."""
    check(2)


@pytest.mark.many_runs
def test_many_threads_give_the_numbers_of_the_batch_engine(quick):
    """No slice touches another, and what memory held before makes no difference."""
    check(100)


def test_a_run_without_room_says_so(quick):
    """Threads whose slice is too small for their run leave a 0 behind."""
    _, flags = played(encoded(small(**CRASHING), "it", "release"), 3, room=2)
    assert flags.tolist() == [0, 0, 0]


class Pretended:
    """What `cuda.play_on_gpu` asks of numba-cuda, on a processor; counts launches."""

    def __init__(self, free):
        self.free, self.launches = free, []

    def current_context(self):
        """Return what knows how much memory is free."""
        return SimpleNamespace(get_memory_info=lambda: (self.free, self.free))

    @staticmethod
    def device_array(shape, dtype=np.float64):
        """Return an array full of ones; it can be copied back."""
        found = dirty(shape, dtype)
        is_result = found.dtype in (RESULT.dtype, np.dtype(np.int64))
        return np.asarray(found).view(Host) if is_result else found

    @staticmethod
    def to_device(array):
        """Return an array as it is."""
        return array.view(np.recarray)

    def __getitem__(self, how):
        """Return what plays all threads of a launch, one after the other."""
        blocks, size = how

        def launch(models, *given):
            n_parts = len(RunArrays._fields)
            parts, (seed, lo, n, variant, rows, flags) = given[:n_parts], given[n_parts:]
            self.launches.append((blocks, int(n)))
            numbers, results = (
                map(int, (seed, lo, variant)),
                (np.asarray(rows).view(np.recarray), np.asarray(flags)),
            )
            rest = (*numbers, *results)
            for i in range(min(blocks * size, n)):
                subject.play_slice(i, models[0], RunArrays(*parts), *rest)

        return launch


class Host(np.ndarray):
    """An array that can be copied back."""

    def copy_to_host(self):
        """Return a copy."""
        return np.array(self)


@pytest.fixture
def pretend(monkeypatch, quick):
    """Return what puts a pretended GPU with so much free memory in place."""

    def put(free):
        found = Pretended(free)
        monkeypatch.setattr(cuda, "require_gpu", lambda: None)
        monkeypatch.setattr(cuda, "require_package", lambda: found)
        monkeypatch.setattr(cuda, "device_kernel", lambda: found)
        monkeypatch.setattr(cuda, "uncontracted", nullcontext)
        return found

    return put


@pytest.mark.many_runs
def test_launches_of_as_many_runs_as_fit(pretend):
    """Runs come in order from several launches, the last of which is a smaller one."""
    scenario = small(**CRASHING)
    room = batch.room_for(encoded(scenario, "it", "release"))
    found = pretend(2 * 100 * cuda.bytes_per_run(room))
    rows = replicate(scenario, "it", seed=3, lo=7, hi=257, engine="cuda")
    assert found.launches == [(2, 100), (2, 100), (1, 50)]
    assert rows.tobytes() == replicate(scenario, "it", seed=3, lo=7, hi=257).tobytes()


@needs_compiler
def test_runs_without_room_are_played_by_the_batch_engine(pretend, monkeypatch):
    """Where slices are too small, the rows are nevertheless those of the batch engine."""
    scenario = small(**CRASHING)
    expected = replicate(scenario, "it", seed=3, lo=0, hi=5)
    pretend(10**9)
    slices_for = cuda.slices_for
    monkeypatch.setattr(cuda, "slices_for", lambda runs, _room, new: slices_for(runs, 2, new))
    rows = replicate(scenario, "it", seed=3, lo=0, hi=5, engine="cuda")
    assert rows.tobytes() == expected.tobytes()


def test_too_little_memory_for_one_run(pretend):
    """A GPU on which not even one run fits is an error that says how much it takes."""
    pretend(1000)
    with pytest.raises(SimdeployError, match=r"one run of this scenario takes \d+ MiB"):
        replicate(small(), "it", seed=1, lo=0, hi=1, engine="cuda")


def test_no_runs_at_all(pretend):
    """An empty range is no launch."""
    found = pretend(10**9)
    assert len(replicate(small(), "it", seed=1, lo=4, hi=4, engine="cuda")) == 0
    assert found.launches == []
