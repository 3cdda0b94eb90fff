"""A sweep that is interrupted, anywhere, and resumed has the same bytes as one that was not."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simdeploy.sweeps import SweepStoppedError, folder, identity, load_sweep, sweep
from tests.sweeps.common import bytes_of, divide_small, small

ROOT = Path(__file__).parents[2]
#: Sweeps in parts of whole settings, and in chunks of a few runs each that are merged.
TWO = {"target_group.health_check.interval": "7s,10s"}
SHAPES = {"parts": {}, "chunks": {"knobs": TWO, "runs": 50, "keep_runs": True}}


class KilledError(BaseException):
    """Ends a sweep as SIGKILL does: nothing is tidied."""


@pytest.fixture(params=SHAPES)
def shape(request, monkeypatch):
    """Return how to sweep, and divide the sweep accordingly."""
    if request.param == "parts":
        divide_small(monkeypatch)
    else:
        divide_small(monkeypatch, block=10, runs=20)
    return SHAPES[request.param]


def killed_at(monkeypatch, step, *, half):
    """Let the n-th write of a file be the last, before it begins or in its middle."""
    calls = []
    forced = folder._write_synced

    def write(draft, data):
        calls.append(draft)
        if len(calls) == step + 1:
            if half:
                draft.write_bytes(data[: len(data) // 2])
            raise KilledError
        forced(draft, data)

    monkeypatch.setattr(folder, "_write_synced", write)
    monkeypatch.setattr(folder, "_remove", lambda _: None)


@pytest.mark.parametrize("half", [False, True], ids=["before", "amid"])
def test_killed_at_every_write(shape, half, monkeypatch, tmp_path):
    """Killed before or amid any write, a resumed sweep has the same files, and no others."""
    small(tmp_path / "whole", **shape)
    expected = bytes_of(tmp_path / "whole")
    for step in range(100):
        out = tmp_path / str(step)
        with monkeypatch.context() as patch:
            killed_at(patch, step, half=half)
            try:
                small(out, threads=1, **shape)
                break
            except KilledError:
                pass
        small(out, threads=2, resume=True, **shape)
        assert bytes_of(out) == expected, step
    assert step >= len(expected)


def test_interrupted_twice(shape, monkeypatch, tmp_path):
    """A sweep may be interrupted as often as one likes."""
    small(tmp_path / "whole", **shape)
    for step in (2, 1):
        with monkeypatch.context() as patch:
            killed_at(patch, step, half=True)
            with pytest.raises(KilledError):
                small(tmp_path / "out", resume=True, **shape)
    small(tmp_path / "out", resume=True, **shape)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


@pytest.mark.many_runs
def test_sigkill(tmp_path):
    """A process that is killed for good leaves a folder that resumes to the same bytes."""
    delays = "target_group.deregistration_delay"
    command = [
        sys.executable, "-m", "simdeploy", "sweep", "bad-boot", "--set", f"{delays}=0s:399s:1s",
        "--runs", "40", "--strategy", "rolling", "--threads", "1", "--out", tmp_path / "out",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 120
        while not folder.results_file(tmp_path / "out", 0).exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert folder.count_done(tmp_path / "out") < 2
    # Somebody may have edited the sources since this process read them.
    identity.fingerprint.cache_clear()
    how = {"runs": 40, "strategies": ["rolling"]}
    knobs = {delays: [f"{k}s" for k in range(400)]}
    for name in ("out", "whole"):
        sweep("bad-boot", knobs, out=tmp_path / name, resume=True, **how)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")


def test_nothing_depends_on_threads_or_time(shape, tmp_path):
    """One thread and three give the same bytes."""
    small(tmp_path / "one", threads=1, **shape)
    small(tmp_path / "three", threads=3, **shape)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "three")


def test_chunks_give_the_statistics_of_whole_settings(monkeypatch, tmp_path):
    """A setting whose runs are split among chunks has the statistics of one played at once."""
    divide_small(monkeypatch, block=10, runs=10_000)
    small(tmp_path / "whole", runs=50)
    divide_small(monkeypatch, block=10, runs=20)
    small(tmp_path / "split", runs=50)
    whole, split = (load_sweep(tmp_path / name) for name in ("whole", "split"))
    assert whole.equals(split)


def test_resume_of_nothing_begins(tmp_path):
    """On a missing or an empty folder --resume starts afresh."""
    small(tmp_path / "missing", resume=True)
    (tmp_path / "empty").mkdir()
    small(tmp_path / "empty", resume=True)
    assert bytes_of(tmp_path / "empty") == bytes_of(tmp_path / "missing")


def test_resume_of_what_is_done_plays_nothing(tmp_path):
    """A finished sweep is left as it is."""
    assert small(tmp_path).played == 120
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert small(tmp_path, resume=True).played == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_spoilt_part_is_played_again(shape, tmp_path):
    """A part that cannot be read is no part."""
    small(tmp_path, **shape)
    expected = bytes_of(tmp_path)
    part = folder.results_file(tmp_path, 1)
    part.write_bytes(part.read_bytes()[:-9])
    small(tmp_path, resume=True, **shape)
    assert bytes_of(tmp_path) == expected


def full(code, monkeypatch, after):
    """Let the system refuse writes after some that worked."""
    calls = []
    forced = folder._write_synced

    def write(draft, data):
        calls.append(draft)
        if len(calls) > after:
            draft.write_bytes(data[:100])
            raise OSError(code, os.strerror(code))
        forced(draft, data)

    monkeypatch.setattr(folder, "_write_synced", write)


def test_a_full_disk(shape, monkeypatch, tmp_path):
    """A disk that is full is told, what was done is kept, and no draft is left."""
    small(tmp_path / "whole", **shape)
    with monkeypatch.context() as patch:
        full(errno.ENOSPC, patch, after=8 if shape else 2)
        told = r"No space left on device; 1 of \d+ parts are done and kept"
        with pytest.raises(SweepStoppedError, match=told):
            small(tmp_path / "out", threads=1, **shape)
    assert not list((tmp_path / "out").rglob("*.draft"))
    small(tmp_path / "out", resume=True, **shape)
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "whole")
