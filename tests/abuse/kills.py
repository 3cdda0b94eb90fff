"""Sweeps that are killed at any moment, and sweeps that lose workers or schedulers.

Each round ends with the bytes of a sweep that nothing disturbed, or it has failed.
"""

import io
import os
import random
import shutil
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from simdeploy.cli.app import main
from tests.abuse.clusters import SWEEP, Watch, ask, cluster
from tests.sweeps.common import bytes_of

#: Seconds within which the loss of a scheduler has to be noticed.
SOON = 30.0
#: Two settings of so many runs that each has several chunks: files of all kinds are written.
KNOB = "target_group.deregistration_delay=0s,9s"
CHUNKED = ("sweep", "bad-boot", "--set", KNOB, "--runs", "20000", "--strategy", "rolling")


def carried_out(*typed: str) -> tuple[int | None, str]:
    """Return a command's exit code and what it said."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main(list(typed))
    return code, said.getvalue()


def whole(command: tuple[str, ...], folder: Path) -> tuple[dict[str, bytes], float]:
    """Return the bytes of a sweep that nothing disturbs, and the seconds that it takes."""
    began = time.monotonic()
    if in_child(command, folder):
        raise RuntimeError(command)
    found = bytes_of(folder), time.monotonic() - began
    shutil.rmtree(folder)
    return found


def in_child(command: tuple[str, ...], out: Path, pause: float = inf) -> int | None:
    """Sweep in a process that is killed after a while; return its exit code, None where killed.

    This process begins no threads, and has loaded the engine: a fork of it can go on at once.
    """
    child = os.fork()
    if child == 0:
        code, said = carried_out(*command, "--out", str(out), "--resume", "--threads", "1")
        if code:
            sys.__stderr__.write(said)
        os._exit(code or 0)
    until = time.monotonic() + pause
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    return None if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else 0


def kills(rounds: int, seed: int, folder: Path) -> dict[str, Any]:
    """Kill sweeps at random moments, up to three times each; then let each end, and compare."""
    luck = random.Random(f"kills {seed}")
    figures = {"kills": 0, "sweeps": 0, "amid": 0, "failed": 0}
    carried_out("compare", "bad-boot", "--runs", "1", "--threads", "1")
    expected = {command: whole(command, folder / "whole") for command in (SWEEP, CHUNKED)}
    while figures["kills"] < rounds:
        command = luck.choice((SWEEP, CHUNKED))
        right, takes = expected[command]
        out = folder / "out"
        for _ in range(luck.choice((1, 2, 3))):
            figures["kills"] += in_child(command, out, luck.uniform(0, takes)) is None
            figures["amid"] += (out / "manifest.json").exists()
        code = in_child(command, out)
        figures["sweeps"] += 1
        if code or bytes_of(out) != right:
            figures["failed"] += 1
            sys.stdout.write(f"--- killed: exit code {code}\n")
        shutil.rmtree(out)
    return figures


def workers(rounds: int, seed: int, folder: Path) -> dict[str, Any]:
    """Kill a worker amid each sweep; the sweep has to end as if nothing had happened."""
    luck = random.Random(f"workers {seed}")
    right, _ = whole(SWEEP, folder / "whole")
    figures = {"lost_workers": 0, "failed": 0}
    while figures["lost_workers"] < rounds:
        out = folder / "out"
        # A cluster each: what keeps the workers of one does not always start a killed one anew.
        with cluster("--processes", "--workers", "2") as (address, process):
            ask(process, "wait")
            kill = partial(ask, process, "kill")
            with Watch(out, luck.randrange(4), luck.uniform(0, 0.3), kill) as watch:
                code, said = carried_out(*SWEEP, "--out", str(out), "--scheduler", address)
        figures["lost_workers"] += watch.sent is not None
        if code or bytes_of(out) != right:
            figures["failed"] += 1
            sys.stdout.write(f"--- a lost worker: {code}: {said}\n")
        shutil.rmtree(out)
    return figures


def schedulers(rounds: int, seed: int, folder: Path) -> dict[str, Any]:
    """Kill or stop the scheduler amid each sweep: one line in time, and it goes on here."""
    luck = random.Random(f"schedulers {seed}")
    right, _ = whole(SWEEP, folder / "whole")
    figures: dict[str, Any] = {"lost_schedulers": 0, "failed": 0, "noticed_after_s": 0.0}
    while figures["lost_schedulers"] < rounds:
        out, parts = folder / "out", luck.randrange(4)
        number = luck.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP))
        with (
            cluster() as (address, process),
            Watch(out, parts, luck.uniform(0, 0.3), partial(process.send_signal, number)) as watch,
        ):
            code, said = carried_out(*SWEEP, "--out", str(out), "--scheduler", address)
            noticed = time.monotonic() - watch.sent if watch.sent else 0.0
        if watch.sent is None:
            shutil.rmtree(out, ignore_errors=True)
            continue
        figures["lost_schedulers"] += 1
        # It may be done before it is missed.
        is_right = code == 0 or (code == 2 and said.count("\n") == 1 and noticed < SOON)
        carried_out(*SWEEP, "--out", str(out), "--resume")
        if not is_right or bytes_of(out) != right:
            figures["failed"] += 1
            sys.stdout.write(f"--- a lost scheduler: {code} after {noticed:.0f} s: {said}\n")
        slowest = max(figures["noticed_after_s"], round(noticed, 1))
        figures["noticed_after_s"] = slowest
        shutil.rmtree(out)
    return figures
