"""Folders of the cache: where they lie, whom they belong to, and how processes take turns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simdeploy.engines.jit import caching as subject


def base_of(monkeypatch, user, shared):
    """Return the base of the cache, given the two candidates."""
    monkeypatch.setattr(subject, "user_cache", lambda: user)
    monkeypatch.setattr(subject, "shared_cache", lambda: shared)
    return subject.cache_base.__wrapped__()


def test_the_users_own_cache_comes_first(monkeypatch, tmp_path):
    """Where it can be written it is used, and folders in it bear the names asked for."""
    base = base_of(monkeypatch, tmp_path / "user", tmp_path / "shared")
    assert base == tmp_path / "user"
    monkeypatch.setattr(subject, "cache_base", lambda: base)
    assert subject.cache_folder("abc") == base / "abc"
    assert (base / "abc").is_dir()


def test_a_home_that_cannot_be_written(monkeypatch, tmp_path):
    """The next candidate is the user's folder among the temporary ones."""
    blocked = tmp_path / "blocked"
    blocked.touch()
    assert base_of(monkeypatch, blocked, tmp_path / "shared") == tmp_path / "shared"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owners here")
def test_a_folder_of_somebody_else_is_not_used(monkeypatch, tmp_path):
    """What others may have prepared is never executed: the last resort is a new folder."""
    monkeypatch.setattr(os, "getuid", lambda: -1)
    monkeypatch.setattr(subject.tempfile, "mkdtemp", lambda prefix: tmp_path / prefix)
    assert base_of(monkeypatch, tmp_path / "a", tmp_path / "b") == tmp_path / "simdeploy-"
    monkeypatch.setattr(subject, "cache_base", lambda: tmp_path)
    assert subject.cache_folder("c") == tmp_path / "simdeploy-"


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "cache"}, Path("cache/simdeploy")),
        ("linux", {}, Path("~/.cache/simdeploy").expanduser()),
        ("darwin", {}, Path("~/Library/Caches/simdeploy").expanduser()),
        ("win32", {"LOCALAPPDATA": "local"}, Path("local/simdeploy")),
        ("linux", {"SIMDEPLOY_CACHE_DIR": "mine"}, Path("mine")),
    ],
)
def test_each_platform_has_its_cache(monkeypatch, system, variables, expected):
    """Caches lie where the platform keeps them, or where the user says."""
    monkeypatch.setattr(sys, "platform", system)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "SIMDEPLOY_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert subject.user_cache() == expected


def test_the_shared_cache_is_the_users_own(tmp_path, monkeypatch):
    """Users do not share a temporary folder."""
    monkeypatch.setattr(subject.tempfile, "gettempdir", lambda: str(tmp_path))
    assert subject.shared_cache().parent == tmp_path
    assert subject.shared_cache().name.startswith("simdeploy-")


@pytest.mark.parametrize("content", ["ä\n", b"\xff\0"])
def test_a_file_is_written_whole(tmp_path, content):
    """Text and bytes arrive as they are, and no other file stays behind."""
    file = tmp_path / "file"
    subject.write(file, "before")
    subject.write(file, content)
    assert file.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert list(tmp_path.iterdir()) == [file]


#: Takes the lock named by its argument, and says when it has it.
HOLDER = """
import sys
from pathlib import Path
from simdeploy.engines.jit.caching import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
print("free", flush=True)
"""


def test_processes_take_turns(tmp_path):
    """A second process gets the lock when the first one has ended, however it ended."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        started = [first, second]
        # Whichever came first holds it; the other one says nothing until that one is killed.
        os.set_blocking(first.stdout.fileno(), True)
        holder = first if wait_for_either(first, second) is first else second
        waiting = started[1 - started.index(holder)]
        holder.kill()
        assert waiting.stdout.readline() == "held\n"
        waiting.stdin.close()
        assert waiting.stdout.readline() == "free\n"


def wait_for_either(first, second):
    """Return the process that printed first."""
    import selectors

    with selectors.DefaultSelector() as selector:
        for process in (first, second):
            selector.register(process.stdout, selectors.EVENT_READ, process)
        ready = selector.select(timeout=60)
        assert len(ready) == 1
        process = ready[0][0].data
        assert process.stdout.readline() == "held\n"
        return process
