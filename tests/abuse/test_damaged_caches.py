"""Caches that are damaged, full, missing or open to others: never a traceback, never executed."""

import errno
import os
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from simdeploy.engines.jit import caching, fingerprint, loading, native
from simdeploy.engines.jit.known_run import expected_row, row_of
from simdeploy.engines.jit.targets import TARGETS, this_platform
from simdeploy.errors import SimdeployError

owners = pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owners here")
objects = pytest.mark.skipif(
    not loading.is_compiling() or this_platform() not in TARGETS, reason="about objects"
)
NAME = f"{this_platform()}.o"
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail(error):
    """Return a function that raises an error."""

    def raising(*_, **__):
        raise error

    return raising


@owners
@pytest.mark.parametrize(
    ("above", "itself", "expected"),
    [
        (0o755, 0o700, True),
        (0o755, 0o755, True),
        (0o1777, 0o700, True),
        (0o777, 0o700, False),
        (0o757, 0o700, False),
        (0o755, 0o707, False),
        (0o755, 0o1777, False),
    ],
)
def test_folders_that_others_may_write(tmp_path, above, itself, expected):
    """Nobody else may write the folder, or put another one in its place."""
    folder = tmp_path / "above" / "cache"
    folder.mkdir(parents=True)
    folder.chmod(itself)
    folder.parent.chmod(above)
    assert caching.is_usable(folder) is expected


@owners
def test_groups_of_others_are_others(tmp_path, monkeypatch):
    """A group may write only where it is the group of this user."""
    tmp_path.chmod(0o770)
    os.chown(tmp_path, -1, os.getegid())
    assert caching.is_usable(tmp_path)
    monkeypatch.setattr(os, "getegid", lambda: 12345)
    assert not caching.is_usable(tmp_path)


@owners
def test_folders_that_are_made_are_private(tmp_path):
    """Every folder that is made is for this user alone, whatever the mask says."""
    before = os.umask(0)
    try:
        assert caching.is_usable(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/b/c")]
    assert modes == [0o700] * 3


@owners
def test_links_are_followed_before_and_not_while(tmp_path, monkeypatch):
    """A link to a safe folder will do; to an open one, or put there meanwhile, it will not."""
    for name, mode in (("safe", 0o700), ("open", 0o777)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
        (tmp_path / f"to-{name}").symlink_to(tmp_path / name)
    assert caching.is_usable(tmp_path / "to-safe" / "cache")
    assert not caching.is_usable(tmp_path / "to-open" / "cache")
    assert not (tmp_path / "open" / "cache").exists()
    monkeypatch.setattr(os.path, "realpath", lambda path: path)
    assert caching.is_usable(tmp_path / "safe")
    assert not caching.is_usable(tmp_path / "to-safe")


@pytest.mark.parametrize("kind", ["file", "loop", "long", "nul"])
def test_a_cache_that_is_no_folder(tmp_path, monkeypatch, kind):
    """What SIMDEPLOY_CACHE_DIR names is passed by where it cannot be a folder."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    given = {"long": tmp_path / ("n" * 300), "nul": "a\0b"}.get(kind, tmp_path / kind)
    monkeypatch.setattr(caching, "user_cache", lambda: caching.Path(given))
    monkeypatch.setattr(caching, "shared_cache", lambda: tmp_path / "shared")
    assert caching.cache_base.__wrapped__() == tmp_path / "shared"


def test_a_user_without_a_home(tmp_path, monkeypatch):
    """Without HOME and with a number that the system does not list, temporary folders are left."""
    for name in ("SIMDEPLOY_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(caching.Path, "expanduser", fail(RuntimeError("no home")))
    monkeypatch.setattr(caching.tempfile, "gettempdir", lambda: str(tmp_path))
    assert caching.user_cache() is None
    assert caching.cache_base.__wrapped__().parent == tmp_path


def test_nowhere_to_write(monkeypatch):
    """Where no folder at all can be written there is one line that says what helps."""
    missing = FileNotFoundError(errno.ENOENT, "No usable temporary directory found")
    monkeypatch.setattr(caching, "user_cache", lambda: None)
    monkeypatch.setattr(caching.tempfile, "gettempdir", fail(missing))
    monkeypatch.setattr(caching.tempfile, "mkdtemp", fail(missing))
    with pytest.raises(SimdeployError, match="SIMDEPLOY_CACHE_DIR") as caught:
        caching.cache_base.__wrapped__()
    assert "\n" not in str(caught.value)


def test_a_fresh_folder_goes_with_its_process(tmp_path):
    """What cannot be kept does not pile up."""
    code = (
        "from simdeploy.engines.jit import caching\n"
        "folder = caching.fresh_folder()\n"
        "assert folder.is_dir()\n"
        "print(folder)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    """Half a file is removed, and the one before it stays."""
    caching.write(tmp_path / "file", "before")
    monkeypatch.setattr(os, "utime", fail(FULL))
    with pytest.raises(OSError, match="No space left"):
        caching.write(tmp_path / "file", "after")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("kept", [b"", b"\xff\xfe", b"0123", b"0123456789ABCDEF", None])
def test_a_damaged_fingerprint_is_made_anew(tmp_path, monkeypatch, kept):
    """A fingerprint that is no such thing is computed again; a folder in its place is left."""
    monkeypatch.setattr(fingerprint, "cache_folder", lambda _: tmp_path)
    file = tmp_path / fingerprint.sources_digest()
    if kept is None:
        file.mkdir()
    else:
        file.write_bytes(kept)
    right = fingerprint.fingerprint_of(fingerprint.core_sources())
    assert fingerprint.fingerprint.__wrapped__() == right
    assert kept is None or file.read_text() == right


def test_a_fingerprint_on_a_full_disk(tmp_path, monkeypatch):
    """It is computed, and not kept."""
    monkeypatch.setattr(fingerprint, "cache_folder", lambda _: tmp_path)
    monkeypatch.setattr(fingerprint, "write", fail(FULL))
    right = fingerprint.fingerprint_of(fingerprint.core_sources())
    assert fingerprint.fingerprint.__wrapped__() == right


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return a cache with this checkout's object, and a compiler that copies that object."""
    made = native.in_cache(nullcontext).parent
    contents = {name: (made / name).read_bytes() for name in (NAME, native.BUILT)}

    def copy(folder, environment):
        if folder == tmp_path / "cache" and "broken" in environment.get("TEST", ""):
            return SimpleNamespace(returncode=1, stderr="OSError: [Errno 28] No space left")
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        return SimpleNamespace(returncode=0)

    folder = tmp_path / "cache"
    folder.mkdir()
    copy(folder, {})
    monkeypatch.setattr(native, "IN_PACKAGE", tmp_path / "none")
    monkeypatch.setattr(native, "cache_folder", lambda _: folder)
    monkeypatch.setattr(native, "compiling_process", copy)
    return folder


def damage(folder, kind):
    """Damage a cache in one of several ways."""
    built = folder / native.BUILT
    if kind == "cut":
        (folder / NAME).write_bytes((folder / NAME).read_bytes()[:1000])
    elif kind == "empty":
        (folder / NAME).write_bytes(b"")
    elif kind == "gone":
        (folder / NAME).unlink()
    elif kind == "hashes":
        built.write_text('{"objects": []}')
    elif kind == "other row":
        text = built.read_text()
        place = text.index('"known_row": "') + 14
        built.write_text(f"{text[:place]}f{text[place + 1 :]}")
    elif kind == "lock":
        (folder / NAME).write_bytes(b"")
        (folder / "lock").unlink(missing_ok=True)
        (folder / "lock").mkdir()
    else:
        built.write_bytes(kind)


@objects
@pytest.mark.parametrize("kind", ["cut", "empty", "gone", "hashes", b"", b"{", b"\xff", b"[]"])
def test_a_damaged_object_is_made_anew(cache, caplog, kind):
    """In place, where the folder can be written, and without a word."""
    damage(cache, kind)
    assert row_of(native.load_loop(nullcontext).run_range) == expected_row()
    assert native.is_whole(cache / NAME)
    assert caplog.messages == []


@objects
@pytest.mark.parametrize("kind", ["other row", "lock"])
def test_a_cache_that_cannot_be_mended_is_passed_by(cache, caplog, kind):
    """The object is made in a fresh folder, with one line; the next process mends the cache."""
    damage(cache, kind)
    assert row_of(native.load_loop(nullcontext).run_range) == expected_row()
    (line,) = caplog.messages
    assert line.startswith("the machine code in the cache cannot be used; it is made anew in ")
    assert not (cache / native.BUILT).exists()


@objects
@pytest.mark.parametrize(("kind", "stay"), [("other row", False), ("lock", True)])
def test_functions_of_an_object_with_other_numbers(cache, monkeypatch, kind, stay):
    """They are compiled anew, unlike those beside one that could not be made."""
    functions = cache.with_name("functions")
    functions.mkdir()
    (functions / "texts-1").write_bytes(b"")
    folders = {caching.FUNCTIONS: functions}
    monkeypatch.setattr(native, "cache_folder", lambda name: folders.get(name, cache))
    damage(cache, kind)
    native.load_loop(nullcontext)
    assert (functions / "texts-1").exists() == stay


@objects
def test_a_full_disk_under_the_cache(cache, caplog, monkeypatch):
    """The object is made where there is room, and damaged halves are forgotten."""
    (cache / NAME).write_bytes(b"")
    (cache / "loop-1.bc").write_bytes(b"half")
    copy = native.compiling_process

    def full(folder, environment):
        return copy(folder, {"TEST": "broken" if folder == cache else "", **environment})

    monkeypatch.setattr(native, "compiling_process", full)
    assert row_of(native.load_loop(nullcontext).run_range) == expected_row()
    assert len(caplog.messages) == 1
    assert not (cache / "loop-1.bc").exists()


@objects
def test_full_disks_everywhere(cache, monkeypatch):
    """Where nothing can be kept at all the error is one line."""
    (cache / NAME).write_bytes(b"")
    monkeypatch.setattr(native, "compiling_process", fail(FULL))
    monkeypatch.setattr(native, "compiled_here", fail(FULL))
    with pytest.raises(SimdeployError, match="No space left") as caught:
        native.load_loop(nullcontext)
    assert "\n" not in str(caught.value)


@objects
def test_an_old_processor_compiles_once(cache, monkeypatch):
    """Where no object can be used none is made in a fresh folder."""
    assert cache.is_dir()
    monkeypatch.setattr(native, "has_instructions", lambda _: False)
    monkeypatch.setattr(native, "fresh_folder", lambda: pytest.fail("another one is made"))
    monkeypatch.setattr(native, "compiled_here", lambda: "here")
    monkeypatch.setenv("SIMDEPLOY_ENGINE_CODE", "auto")
    assert native.load_loop(nullcontext) == "here"


@pytest.mark.parametrize("cut", [0, 10, -1, -30])
def test_a_damaged_twin_is_written_anew(tmp_path, monkeypatch, cut):
    """A module that is generated is executed only whole."""
    monkeypatch.setattr(loading, "twin_folder", lambda: tmp_path)
    name = "simdeploy.semantics.drain"
    root = next(iter(loading.ROOTS))
    file = loading.generated(name, root)
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    assert not loading.is_whole_twin(file)
    assert loading.generated(name, root).read_bytes() == whole


def test_what_numba_has_kept_is_made_anew(tmp_path, monkeypatch):
    """Where machine code that numba has kept cannot be read, it is removed and compiled again."""
    (tmp_path / "__pycache__").mkdir()
    for name in ("a.nbi", "a.1.nbc", "a.py"):
        (tmp_path / "__pycache__" / name).touch()
    tried = []

    def row(_):
        tried.append(sorted(file.name for file in tmp_path.glob("**/a.*")))
        if len(tried) == 1:
            raise EOFError

    monkeypatch.setattr(loading, "twin_folder", lambda: tmp_path)
    monkeypatch.setattr(native, "load_compiled", lambda _: SimpleNamespace(run_range=None))
    monkeypatch.setattr(native, "row_of", row)
    assert native.compiled_here().run_range is None
    assert tried == [["a.1.nbc", "a.nbi", "a.py"], ["a.py"]]
