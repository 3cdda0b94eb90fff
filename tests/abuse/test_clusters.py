"""Schedulers that die, are mute, absent or none; workers that cannot play: one line, in time."""

import signal
import socket
import time
from functools import partial
from threading import Thread

import pytest

from simdeploy.cli.app import main
from simdeploy.sweeps import cluster as clusters
from tests.abuse.clusters import SWEEP, Watch, cluster
from tests.sweeps.common import bytes_of

pytest.importorskip("distributed")
pytestmark = [pytest.mark.many_runs, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the bytes of the sweep that nothing has disturbed."""
    out = tmp_path_factory.mktemp("whole")
    assert main([*SWEEP, "--out", str(out)]) == 0
    return bytes_of(out)


def refused(capsys, out, address, *words):
    """Sweep by a scheduler; return the only line that is said, and the seconds that it took."""
    capsys.readouterr()
    began = time.monotonic()
    code = main([*SWEEP, "--out", str(out), "--scheduler", address, *words])
    captured = capsys.readouterr()
    assert (code, captured.out, captured.err.count("\n")) == (2, "", 1), captured.err
    assert captured.err.startswith(f"--scheduler {address}: ")
    return captured.err.strip(), time.monotonic() - began


def resumed(out):
    """Go on without the cluster; return the bytes of the folder."""
    assert main([*SWEEP, "--out", str(out), "--resume"]) == 0
    return bytes_of(out)


@pytest.mark.parametrize("kind", ["SIGKILL", "SIGSTOP"])
def test_a_scheduler_that_is_lost(capsys, tmp_path, whole, kind):
    """One that dies or falls silent ends the sweep with one line; it is resumed here."""
    out = tmp_path / "out"
    with (
        cluster() as (address, process),
        Watch(out, 1, 0.0, partial(process.send_signal, signal.Signals[kind])) as w,
    ):
        line, _ = refused(capsys, out, address)
        assert w.sent is not None, line
        assert time.monotonic() - w.sent < 30
    assert "the scheduler is gone; " in line
    assert line.endswith("of 5 parts are done and kept; go on with the same command and --resume")
    assert resumed(out) == whole


def test_a_scheduler_that_never_answers(capsys, tmp_path, monkeypatch):
    """A port at which somebody listens and says nothing, or speaks another protocol."""
    monkeypatch.setattr(clusters, "PATIENCE", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        line, seconds = refused(capsys, tmp_path, f"tcp://127.0.0.1:{mute.getsockname()[1]}")
    assert "no scheduler answers: " in line
    assert seconds < 30
    with socket.create_server(("127.0.0.1", 0)) as web:
        answering = Thread(target=answer, args=(web,), daemon=True)
        answering.start()
        line, seconds = refused(capsys, tmp_path, f"tcp://127.0.0.1:{web.getsockname()[1]}")
    assert "no scheduler answers: " in line
    assert seconds < 30
    assert list(tmp_path.iterdir()) == []


def answer(server):
    """Answer as a web server does, until the socket is closed."""
    try:
        while True:
            stream, _ = server.accept()
            with stream:
                stream.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    except OSError:
        return


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:9", "127.0.0.1", "tcp://", "", "http://127.0.0.1:9", "tcp://no.such.host:1",
     "tcp://127.0.0.1:99999", "inproc://x", "\x1b[31m", "a b", "tcp://[::1", "8786"],
)  # fmt: skip
def test_addresses_of_nobody(capsys, tmp_path, monkeypatch, address):
    """An address at which nobody is, or that is none."""
    monkeypatch.setattr(clusters, "PATIENCE", 1.0)
    began = time.monotonic()
    assert main([*SWEEP, "--out", str(tmp_path), "--scheduler", address]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert ": no scheduler answers: " in captured.err
    assert time.monotonic() - began < 30
    assert list(tmp_path.iterdir()) == []


def test_workers_of_another_version(capsys, tmp_path):
    """They are named before anything is begun."""
    with cluster("--version", "another") as (address, _):
        line, _ = refused(capsys, tmp_path, address)
    assert ": worker tcp://" in line
    assert line.endswith("has another version of simdeploy; install the same version on all")
    assert list(tmp_path.iterdir()) == []


def test_no_workers(capsys, tmp_path, monkeypatch):
    """A scheduler without a worker is waited for a while."""
    monkeypatch.setattr(clusters, "PATIENCE", 1.0)
    with cluster("--workers", "0") as (address, _):
        line, seconds = refused(capsys, tmp_path, address)
    assert line.endswith("it has no workers")
    assert seconds < 30


@pytest.mark.parametrize(("errors", "survives"), [(2, True), (1000, False)])
def test_a_worker_out_of_memory(capsys, tmp_path, whole, errors, survives):
    """What a worker had no memory for is played once more, not without end."""
    with cluster("--memory-errors", str(errors)) as (address, _):
        if survives:
            assert main([*SWEEP, "--out", str(tmp_path), "--scheduler", address]) == 0
        else:
            line, _ = refused(capsys, tmp_path, address)
            assert "ended 5 times with its worker; look at its memory; 0 of 5 parts" in line
            assert resumed(tmp_path) == whole
    assert bytes_of(tmp_path) == whole
