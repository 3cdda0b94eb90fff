"""Object files: what is in them, and what the loop may call."""

import ctypes
import json
import math
import random
import re

import pytest

from simdeploy.engines import batch
from simdeploy.engines.jit.targets import TARGETS, this_platform
from simdeploy.errors import SimdeployError

pytest.importorskip("numba")
if not batch.is_compiling() or this_platform() not in TARGETS:
    pytest.skip("about objects", allow_module_level=True)

import llvmlite.binding as llvm

from simdeploy.engines.jit import native
from simdeploy.engines.jit import objects as subject
from simdeploy.engines.jit.bundles import read_object
from simdeploy.engines.jit.module_text import ModuleText

#: How a file begins that is for a system, and where it names the processor, and how.
ELF, MACH_O = b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe"
FORMATS = {
    "linux-x86_64": (ELF, 18, b"\x3e\x00"),
    "linux-arm64": (ELF, 18, b"\xb7\x00"),
    "macos-x86_64": (MACH_O, 4, b"\x07\x00\x00\x01"),
    "macos-arm64": (MACH_O, 4, b"\x0c\x00\x00\x01"),
    "windows-x86_64": (ELF, 18, b"\x3e\x00"),
    "windows-arm64": (ELF, 18, b"\xb7\x00"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the objects of all platforms."""
    made = tmp_path_factory.mktemp("objects")
    subject.main([str(made)])
    return made


@pytest.mark.parametrize("name", TARGETS)
def test_each_platform_has_its_object(folder, name):
    """The format is the system's and the processor's, the entry is there, and it is small."""
    content = read_object(folder / f"{name}.o")
    magic, at, processor = FORMATS[name]
    assert content.startswith(magic)
    assert content[at:].startswith(processor)
    assert subject.ENTRY.encode() in content
    assert len(content) < 300_000


@pytest.mark.parametrize("name", TARGETS)
def test_objects_need_nothing_of_python(folder, name):
    """No symbol of Python, numba or a mathematical library, and no probe of the stack."""
    content = read_object(folder / f"{name}.o")
    for word in (b"numba", b"NRT_", b"ldexp", b"frexp", b"chkstk", b"floor\0", b"sqrt\0"):
        assert word not in content, word
    # "Py" alone is also found in machine code, by chance.
    assert not re.search(rb"[\0_]Py(_|[A-Z][a-z])", content)


def test_what_objects_were_made_from(folder):
    """BUILT names every object, and the versions that made them."""
    built = json.loads((folder / subject.BUILT).read_text())
    assert set(built["objects"]) == {f"{name}.o" for name in TARGETS}
    assert all(built[name] for name in ("python", "numba", "llvmlite", "fingerprint", "sources"))
    assert {file.name for file in folder.iterdir()} == {"x86_64.xz", "arm64.xz", subject.BUILT}


def test_this_platforms_object_plays(folder):
    """The loader accepts it."""
    assert isinstance(native.verified(folder / f"{this_platform()}.o"), native.Loop)


def test_a_checkout_finds_what_a_build_made(tmp_path, monkeypatch):
    """A build leaves this platform's object in the cache, unless there is one."""
    made, kept = tmp_path / "made", tmp_path / "kept"
    for place in (made, kept):
        place.mkdir()
    subject.build(made, [this_platform()])
    monkeypatch.setattr(subject, "cache_folder", lambda _: kept)
    subject.keep_for_checkout(made)
    assert isinstance(native.verified(kept / f"{this_platform()}.o"), native.Loop)
    (kept / f"{this_platform()}.o").write_bytes(b"mine")
    subject.keep_for_checkout(made)
    assert (kept / f"{this_platform()}.o").read_bytes() == b"mine"


def test_the_object_of_this_platform_alone(tmp_path):
    """The process that a first use starts writes one object and what it was made from."""
    name = f"{this_platform()}.o"
    native.make_object(tmp_path / name, batch.nullcontext)
    assert {file.name for file in tmp_path.iterdir()} == {name, subject.BUILT, "lock"}
    assert isinstance(native.verified(tmp_path / name), native.Loop)


def test_an_unknown_platform(tmp_path):
    """The error names the platforms that there are."""
    with pytest.raises(SimdeployError, match="no object for plan9; known: linux-x86_64, "):
        subject.build(tmp_path, ["plan9"])
    assert list(tmp_path.iterdir()) == []


def test_a_function_that_nobody_provides():
    """A rule that calls a library's function is refused when it is compiled, by name."""
    whole = ModuleText(["declare double @sin(double)\ndeclare double @llvm.fabs.f64(double)\n"])
    with pytest.raises(SimdeployError, match="the compiled loop calls sin: not in HELPERS"):
        subject.complete(whole, "loop")


@pytest.fixture(scope="module")
def helpers():
    """Return the helpers, compiled for this machine, as Python functions."""
    module = llvm.parse_assembly(
        "\n".join(text.replace("define internal", "define") for text in subject.HELPERS.values())
    )
    module.verify()
    subject.machine(this_platform())
    # With the instructions of the oldest processor: without, LLVM calls the library's floor.
    target, processor = llvm.get_process_triple(), TARGETS[this_platform()].processor
    machine = llvm.Target.from_triple(target).create_target_machine(cpu=processor)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    plain = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
    split = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.POINTER(ctypes.c_int32))
    kinds = {"floor": plain, "sqrt": plain, "numba_frexp": split}
    functions = {name: kind(engine.get_function_address(name)) for name, kind in kinds.items()}
    functions["engine"] = engine
    return functions


NUMBERS = [
    0.0, -0.0, 1.0, -1.0, 0.5, 3.0, math.inf, -math.inf, 5e-324, -5e-324, 2.2250738585072014e-308,
    2.225073858507201e-308, 1.7976931348623157e308, -1e-310, 123456.789, -0.75,
    *(random.Random(1).uniform(-1, 1) * 2.0**k for k in range(-1070, 1024, 7)),
]  # fmt: skip


@pytest.mark.parametrize("x", NUMBERS)
def test_exponent_and_fraction(helpers, x):
    """The helper splits a number as the standard library does."""
    exponent = ctypes.c_int32(99)
    fraction = helpers["numba_frexp"](x, exponent)
    expected, power = math.frexp(x)
    assert (fraction, math.copysign(1.0, fraction)) == (expected, math.copysign(1.0, expected))
    assert exponent.value == power


def test_exponent_of_what_is_no_number(helpers):
    """NaN stays NaN."""
    assert math.isnan(helpers["numba_frexp"](math.nan, ctypes.c_int32()))


@pytest.mark.parametrize("x", [0.0, 0.5, 2.0, 2.9999999999999996, 1e15, 5e-324])
def test_floor_and_root(helpers, x):
    """The processor's instructions give what the standard library gives."""
    assert helpers["floor"](x) == math.floor(x)
    assert helpers["floor"](-x) == math.floor(-x)
    assert helpers["sqrt"](x) == math.sqrt(x)
