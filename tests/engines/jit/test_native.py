"""Machine code without numba: which object is used, and what happens where there is none."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import simdeploy
from simdeploy.engines import batch
from simdeploy.engines.jit import native as subject
from simdeploy.engines.jit.bundles import bundle_beside, pack
from simdeploy.engines.jit.fingerprint import fingerprint
from simdeploy.engines.jit.known_run import expected_row, known_record, row_of
from simdeploy.engines.jit.loading import engine_code
from simdeploy.engines.jit.targets import TARGETS, this_platform
from simdeploy.errors import SimdeployError

pytestmark = pytest.mark.skipif(
    not batch.is_compiling() or this_platform() not in TARGETS, reason="about objects"
)
NAME = f"{this_platform()}.o"


@contextmanager
def silent():
    """Announce nothing."""
    yield


@contextmanager
def nobody():
    """Fail where something is announced."""
    pytest.fail("something is compiled")
    yield


@pytest.fixture(scope="module")
def made():
    """Return the folder of the object that belongs to this checkout."""
    return subject.in_cache(silent).parent


@pytest.fixture
def package(made, tmp_path, monkeypatch):
    """Return the folder of the package's objects, with this platform's in it."""
    folder = tmp_path / "objects"
    folder.mkdir()
    for name in (NAME, subject.BUILT):
        (folder / name).write_bytes((made / name).read_bytes())
    monkeypatch.setattr(subject, "IN_PACKAGE", folder)
    return folder


def rebuilt(folder, **changes):
    """Change what objects of a folder say that they were made from."""
    file = folder / subject.BUILT
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_the_engine_plays_an_object():
    """Unless something else is asked for, the loop of this platform is an object's."""
    if engine_code() == "numba":
        pytest.skip("another engine code is asked for")
    assert isinstance(batch.kernel(), subject.Loop)


def test_the_package_comes_first(package, monkeypatch):
    """An object in the package is loaded, and nothing is looked up in the cache or compiled."""
    monkeypatch.setattr(subject, "in_cache", lambda _: pytest.fail("the cache is asked"))
    assert row_of(subject.load_loop(nobody).run_range) == expected_row()
    assert package.is_dir()


def test_prose_may_differ(package):
    """Where only comments or docstrings differ, the object in the package still holds."""
    rebuilt(package, sources="other")
    assert isinstance(subject.verified(package / NAME), subject.Loop)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sources": "other", "fingerprint": "other"}, "was made from other rules"),
        ({"records": {"World": 8}}, "was made for records of other sizes"),
        ({"known_row": "00"}, "gives other numbers than plain Python"),
    ],
)
def test_an_object_that_does_not_fit_is_refused(package, changes, why):
    """After an edit, for other records or with other bits, the object in the cache is used."""
    rebuilt(package, **changes)
    with pytest.raises(subject.RefusedError, match=f"{NAME} {why}"):
        subject.verified(package / NAME)
    assert row_of(subject.load_loop(nobody).run_range) == expected_row()


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_an_object_of_unknown_origin_is_refused(package, text):
    """Without a readable BUILT nobody knows what an object was made from."""
    (package / subject.BUILT).write_text(text)
    with pytest.raises(subject.RefusedError, match="made from other rules"):
        subject.verified(package / NAME)


@pytest.mark.parametrize("cut", [9, 1])
def test_a_damaged_object_is_refused(package, cut):
    """A file that is not whole never reaches LLVM, which might crash."""
    content = (package / NAME).read_bytes()
    (package / NAME).write_bytes(content[: len(content) // cut - 1])
    with pytest.raises(subject.RefusedError, match=f"{NAME} is not the file that was built"):
        subject.verified(package / NAME)


def test_an_object_is_found_in_its_bundle(package):
    """A wheel holds bundles, of which one has this platform's object."""
    pack([package / NAME])
    assert not (package / NAME).exists()
    assert isinstance(subject.verified(subject.in_package(nobody)), subject.Loop)


def test_a_damaged_bundle_is_refused(package):
    """What cannot be unpacked is not used, and the line says so."""
    pack([package / NAME])
    bundle = bundle_beside(package / NAME)
    bundle.write_bytes(bundle.read_bytes()[:-9])
    with pytest.raises(subject.RefusedError, match=f"{NAME} cannot be read: .* is damaged"):
        subject.verified(package / NAME)


def test_an_old_processor_is_refused(package, monkeypatch):
    """Instructions that the processor lacks are not tried out."""
    monkeypatch.setattr(subject, "has_instructions", lambda _: False)
    with pytest.raises(subject.RefusedError, match="older than x86-64-v2"):
        subject.verified(package / NAME)


@pytest.mark.parametrize(
    ("platform", "features", "expected"),
    [
        ("linux-x86_64", {"sse4.2": True}, True),
        ("linux-x86_64", {"sse4.2": False}, False),
        ("linux-x86_64", {}, False),
        ("macos-arm64", {}, True),
    ],
)
def test_instructions_of_processors(monkeypatch, platform, features, expected):
    """Only objects for x86-64 ask for more than the oldest processor has."""
    monkeypatch.setattr(subject, "this_platform", lambda: platform)
    llvm = SimpleNamespace(get_host_cpu_features=lambda: features)
    assert subject.has_instructions(llvm) is expected


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """Have neither an object in the package nor one in the cache, nor numba."""
    monkeypatch.setattr(subject, "IN_PACKAGE", tmp_path / "none")
    monkeypatch.setattr(subject, "cache_folder", lambda _: tmp_path)
    monkeypatch.setattr(subject.importlib.util, "find_spec", lambda _: None)
    return tmp_path


def test_where_there_is_nothing(nothing):
    """The error is one line that names the platform and the command that helps."""
    with pytest.raises(SimdeployError, match=r"pip install 'simdeploy\[compile\]'") as caught:
        subject.load_loop(nobody)
    assert this_platform() in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(nothing.iterdir()) == []


def test_a_platform_without_objects_compiles_in_the_process(nothing, monkeypatch):
    """Numba itself is the last resort, and only where objects are not insisted on."""
    del nothing
    loop = SimpleNamespace(run_range=None)
    said = []

    @contextmanager
    def announcing():
        said.append("compiling")
        yield

    monkeypatch.setattr(subject, "this_platform", lambda: "plan9-x86_64")
    monkeypatch.setattr(subject.importlib.util, "find_spec", lambda _: True)
    monkeypatch.setattr(subject, "compiled_here", lambda: loop)
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "auto")
    assert subject.load_loop(announcing) is loop
    assert said == ["compiling"]
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "object")
    with pytest.raises(SimdeployError, match="no machine code"):
        subject.load_loop(nobody)


def test_numba_can_be_insisted_on(package, monkeypatch):
    """SIMDEPLOY_ENGINE_CODE=numba passes objects by."""
    del package
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "numba")
    monkeypatch.setattr(subject, "compiled_here", lambda: "numba")
    assert subject.load_loop(silent) == "numba"


def test_an_object_is_made_once(made, tmp_path, monkeypatch):
    """Of threads and processes that need it at the same time, one compiles and the others wait."""
    calls = []

    def run(command, **_):
        calls.append(command)
        time.sleep(0.2)
        for name in (NAME, subject.BUILT):
            (tmp_path / name).write_bytes((made / name).read_bytes())
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subject.subprocess, "run", run)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: subject.make_object(tmp_path / NAME, silent), range(3)))
    (command,) = calls
    assert command[1:] == ["-P", "-m", "simdeploy.engines.jit.objects", "--here", str(tmp_path)]


def test_a_version_in_the_present_folder_is_not_compiled(tmp_path, monkeypatch):
    """In the checkout of another version, the object is of the version that plays."""
    (tmp_path / "simdeploy").mkdir()
    (tmp_path / "simdeploy" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    found = []
    started = subprocess.run

    def run(command, *, env, **_):
        flags = command[1 : command.index("-m")]
        asked = [sys.executable, *flags, "-m", "simdeploy.engines.jit.objects", "--help"]
        found.append(started(asked, env=env, capture_output=True, check=False).returncode)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subject.subprocess, "run", run)
    subject.make_object(tmp_path / NAME, silent)
    assert found == [0]


def test_a_damaged_object_in_the_cache_is_made_anew(made, tmp_path, monkeypatch):
    """What was cut short, by a full disk or by hand, does not stay."""
    for name in (NAME, subject.BUILT):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    (tmp_path / NAME).write_bytes(b"cut")
    said = []
    monkeypatch.setattr(subject, "cache_folder", lambda _: tmp_path)
    monkeypatch.setattr(subject, "make_object", lambda file, _: said.append(file))
    assert subject.in_cache(silent) == tmp_path / NAME
    assert said == [tmp_path / NAME]


def test_compiling_is_announced(tmp_path, monkeypatch):
    """Who waits is told why, from before the lock is taken until the object is there."""
    happened = []

    @contextmanager
    def announcing():
        happened.append("begin")
        yield
        happened.append("end")

    def run(*_, **__):
        happened.append("compile")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subject.subprocess, "run", run)
    subject.make_object(tmp_path / NAME, announcing)
    assert happened == ["begin", "compile", "end"]


@pytest.mark.parametrize(
    ("printed", "why"), [("Traceback\nValueError: no\n", "ValueError: no"), ("", "no message")]
)
def test_a_compiler_that_fails(tmp_path, monkeypatch, printed, why):
    """The last line of what it printed is why there is no object."""
    done = SimpleNamespace(returncode=1, stderr=printed)
    monkeypatch.setattr(subject.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(subject.RefusedError, match=f"could not be compiled: {why}"):
        subject.make_object(tmp_path / NAME, silent)


#: Keeps numba from being imported, and ends as the command line does.
WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from simdeploy.cli.app import main
sys.exit(main(sys.argv[1:]))
"""


def command_line(cache, *arguments, root=None):
    """Run the command line without numba and with an empty cache, by a copy of the package."""
    environment = {**os.environ, "SIMDEPLOY_CACHE_DIR": str(cache)}
    environment.pop("SIMDEPLOY_ENGINE_CODE", None)
    environment["PYTHONPATH"] = str(root or Path(simdeploy.__path__[0]).parent)
    command = [sys.executable, "-c", WITHOUT_NUMBA, *arguments]
    return subprocess.run(
        command, env=environment, cwd=cache, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif((subject.IN_PACKAGE / NAME).exists(), reason="the package has an object")
def test_a_user_without_machine_code(tmp_path):
    """Comparing is refused in one line with exit code 2; single runs are played as ever."""
    refused = command_line(tmp_path, "compare", "happy-path", "--runs", "2")
    assert refused.returncode == 2
    assert refused.stdout == ""
    (told,) = refused.stderr.strip().splitlines()
    assert "pip install 'simdeploy[compile]'" in told
    assert command_line(tmp_path, "run", "happy-path").returncode == 0
    options = ("--runs", "2", "--engine", "process", "--no-twin", "--no-drill")
    assert command_line(tmp_path, "compare", "happy-path", *options).returncode == 0


def test_an_edited_rule_has_no_object(made, tmp_path):
    """An installed object plays on after an edit of prose, and is refused after one of a rule."""
    copy = tmp_path / "copy"
    package = shutil.copytree(simdeploy.__path__[0], copy / "simdeploy")
    shutil.copytree(Path(simdeploy.__path__[0]).parent / "scenarios", copy / "scenarios")
    objects = package / "engines" / "objects"
    objects.mkdir(exist_ok=True)
    for name in (NAME, subject.BUILT):
        (objects / name).write_bytes((made / name).read_bytes())

    def compared():
        return command_line(tmp_path, "compare", "happy-path", "--runs", "2", root=copy)

    drain = package / "semantics" / "drain.py"
    drain.write_text(drain.read_text().replace('    """', '    """Prose. ', 1))
    assert compared().returncode == 0
    drain.write_text(drain.read_text().replace("return now + delay", "return now + 2.0 * delay"))
    refused = compared()
    assert refused.returncode == 2
    assert f"{NAME} was made from other rules" in refused.stderr


def test_a_record_may_own_its_memory():
    """A record that came over the network is as good as a part of an array."""
    rows = []

    def run_range(record, *rest):
        return batch.kernel().run_range(np.array([record])[0].copy(), *rest)

    rows.append(row_of(run_range))
    assert rows == [expected_row()]


def test_a_loop_that_fails_is_an_error():
    """Machine code that raises gives no numbers."""
    loop = subject.Loop.__new__(subject.Loop)
    loop._call = lambda *_: -1
    with pytest.raises(RuntimeError, match="failed between runs 0 and 1"):
        row_of(loop.run_range)


def test_other_threads_run_meanwhile(made):
    """The interpreter's lock is free while runs are played."""
    loop = subject.verified(made / NAME)
    ticks, playing = 0, True

    def tick():
        nonlocal ticks
        while playing:
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    record, memory = known_record()[0], batch.new_arrays(32)
    out = np.zeros(2000, batch.RESULT.dtype)
    begin = ticks
    done = loop.run_range(record, memory, 1, 0, 2000, 0, out)
    playing = False
    thread.join()
    assert done == 2000
    assert ticks > begin + 1


def test_functions_that_the_system_lacks(monkeypatch):
    """Where LLVM sees no memset, memcpy or bzero, it is given one."""
    given = {}
    llvm = SimpleNamespace(address_of_symbol=lambda _: None, add_symbol=given.__setitem__)
    monkeypatch.setattr(sys, "platform", "darwin")
    subject.provide_functions(llvm)
    assert given.keys() == {"memset", "memcpy", "__bzero", "___bzero"}
    block = ctypes.create_string_buffer(b"abcdef")
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)
    kind(given["__bzero"])(ctypes.addressof(block), 2)
    assert block.raw == b"\0\0cdef\0"
    kind = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    kind(given["memset"])(ctypes.addressof(block), 65, 1)
    assert block.raw == b"A\0cdef\0"
    copy = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    copy(given["memcpy"])(ctypes.addressof(block), ctypes.addressof(block) + 3, 2)
    assert block.raw == b"decdef\0"


def test_objects_in_the_cache_are_named_by_the_fingerprint(made):
    """The folder bears the fingerprint of what the object was made from."""
    assert made.name == fingerprint()
    assert subject.read_built(made / subject.BUILT)["fingerprint"] == fingerprint()
