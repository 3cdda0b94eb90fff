"""Clusters that can be lost: a scheduler and its workers in a process that can be killed.

``python -m tests.abuse.clusters`` is that process: it prints its address and serves until it ends.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
KNOB = "target_group.deregistration_delay=0s:39s:1s"
#: A sweep of five parts, each a second of work or less.
SWEEP = ("sweep", "bad-boot", "--set", KNOB, "--runs", "1000", "--strategy", "rolling")


@contextmanager
def cluster(*options: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Yield the address of a cluster, and the process that is its scheduler."""
    typed = [sys.executable, "-m", "tests.abuse.clusters", *options]
    process = subprocess.Popen(
        typed, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def ask(process: subprocess.Popen, what: str) -> None:
    """Ask a cluster of two workers to have both of them, or to kill one; wait until it has."""
    process.stdin.write(f"{what}\n")
    process.stdin.flush()
    if process.stdout.readline() != "done\n":
        raise RuntimeError(what)


class Watch(Thread):
    """Does something once a folder has so many parts, and a while later."""

    def __init__(self, out: Path, parts: int, pause: float, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.out, self.parts, self.pause, self.act = out, parts, pause, act
        self.over = Event()
        self.sent: float | None = None

    def run(self) -> None:
        """Wait for the parts, then for the pause, and act."""
        while not self.is_time():
            if self.over.wait(0.005):
                return
        if not self.over.wait(self.pause):
            self.act()
            self.sent = time.monotonic()

    def is_time(self) -> bool:
        """Return whether the sweep has come far enough."""
        begun = (self.out / "manifest.json").exists()
        return begun and len(list((self.out / "results").glob("part-*.parquet"))) >= self.parts

    def __enter__(self) -> Self:
        """Begin to watch."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self.over.set()
        self.join()


def serve(given: argparse.Namespace) -> None:
    """Be a scheduler with its workers."""
    import distributed

    from simdeploy.engines import replicate
    from simdeploy.scenario import load_scenario
    from simdeploy.sweeps import identity, work_items

    replicate(load_scenario("bad-boot"), "rolling", seed=1, lo=0, hi=1, threads=1)
    if given.version:
        identity.fingerprint = lambda: given.version
    # Workers get copies of the function below, so that what they share is in the module.
    work_items.unharmed, work_items.errors_left = work_items.run_work_item, given.memory_errors

    def run_work_item(item, callback=None):
        if work_items.errors_left > 0:
            work_items.errors_left -= 1
            raise MemoryError
        return work_items.unharmed(item, callback)

    if given.memory_errors:
        work_items.run_work_item = run_work_item
    with distributed.LocalCluster(
        n_workers=given.workers, threads_per_worker=1, processes=given.processes,
        protocol="tcp://", dashboard_address=None, silence_logs=50,
    ) as made:  # fmt: skip
        sys.stdout.write(made.scheduler_address + "\n")
        sys.stdout.flush()
        for asked in sys.stdin:
            while sum(worker["nthreads"] for worker in made.scheduler_info["workers"].values()) < 2:
                time.sleep(0.05)
            pids = [nanny.pid for nanny in made.workers.values() if nanny.pid is not None]
            if asked == "kill\n":
                # Children of this process: nobody else can have their numbers.
                os.kill(pids[0], signal.SIGKILL)
            sys.stdout.write("done\n")
            sys.stdout.flush()
        signal.pause()


def main() -> None:
    """Carry out the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--processes", action="store_true")
    parser.add_argument("--version", default="")
    parser.add_argument("--memory-errors", type=int, default=0)
    serve(parser.parse_args())


if __name__ == "__main__":
    main()
