"""``python -m benchmarks.scale``: a large sweep once, with its time, memory and bytes written.

The sweep is played by a process of its own, as the command line does it. 10⁸ runs are
``python -m benchmarks.scale --settings 1000 --runs 100000 --out FOLDER``; a sweep that was
interrupted goes on with ``--resume``, and is then measured from there on.

From the time per run it also plans 10⁹ runs on more cores, on paper (`Costs`).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import NamedTuple

from benchmarks.measure import machine, words_of
from simdeploy.sweeps.chunks import Chunking

KNOB = "target_group.deregistration_delay"
SCENARIO, STRATEGY = "happy-path", "rolling"
#: Ways to spend a billion runs on settings, and cores to plan for.
BILLION = ((1_000, 1_000_000), (1_000_000, 1_000))
CORES = (1, 64, 1_000)


class Measured(NamedTuple):
    """What a sweep took: seconds by the clock and of CPU, MB at the peak, and what it wrote."""

    runs: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    files: int
    written_mb: float

    @property
    def cpu_us_per_run(self) -> float:
        """CPU time per run, µs.

        >>> Measured(10**6, 12.0, 20.0, 300.0, 78, 5.0).cpu_us_per_run
        20.0
        """
        return 1e6 * self.cpu_s / self.runs


class Costs(NamedTuple):
    """What a sweep takes besides its runs, s and bytes, measured on a shared machine.

    Parameters
    ----------
    check, setting : float
        CPU time to check a setting before the start, and to check and encode it in a chunk.
    message : float
        CPU time of a chunk where the sweep is started: dask's scheduler and client, an item of
        5 kB and a result of 60 kB.
    part, chunk : float
        Time to write a part, and the aggregates of a chunk of a part, synced to the disk.
    row, file : int
        Bytes of a setting and strategy, and of a file besides them.
    """

    check: float = 0.0005
    setting: float = 0.0025
    message: float = 0.006
    part: float = 0.05
    chunk: float = 0.016
    row: int = 3_500
    file: int = 93_000


class Plan(NamedTuple):
    """A sweep on paper: chunks, seconds of one core and of who starts it, bytes written."""

    chunks: int
    core_s: float
    head_s: float
    written: int

    def wall_s(self, cores: int) -> float:
        """Seconds by the clock on so many cores: theirs, or those of the machine that starts it."""
        return max(self.core_s / cores, self.head_s)


def planned(settings: int, runs: int, per_run: float) -> Plan:
    """Plan a sweep with one strategy whose runs take ``per_run`` seconds each."""
    costs, chunking = Costs(), Chunking(settings, 1, runs)
    each = len(chunking.chunks(0))
    chunks = chunking.parts * each
    core = settings * runs * per_run + settings * each * costs.setting
    files = chunking.parts * costs.part + (chunks * costs.chunk if each > 1 else 0.0)
    head = settings * costs.check + chunks * costs.message + files
    return Plan(chunks, core, head, settings * costs.row + chunking.parts * costs.file)


def measured(settings: int, runs: int, out: Path, *, threads: int, resume: bool) -> Measured:
    """Sweep so many settings in a process of its own; return what that took."""
    command = [
        sys.executable, "-m", "simdeploy", "sweep", SCENARIO, "--strategy", STRATEGY,
        "--set", f"{KNOB}=1s:{settings}s:1s", "--set", "platform=custom",
        "--runs", str(runs), "--threads", str(threads), "--out", str(out),
    ]  # fmt: skip
    before = getrusage(RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([*command, *["--resume"] * resume], check=True)
    wall = time.perf_counter() - start
    used = getrusage(RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    written = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    megabytes = sum(written) / 1e6
    return Measured(settings * runs, wall, cpu, used.ru_maxrss / 1024, len(written), megabytes)


def main() -> None:
    """Measure the sweep of the command line; print and write what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--settings", type=int, default=1000, help="settings (default 1000)")
    parser.add_argument("--runs", type=int, default=1000, help="runs each (default 1000)")
    parser.add_argument("--threads", type=int, default=2, help="threads (default 2)")
    parser.add_argument("--out", type=Path, help="folder that stays; a temporary one without it")
    parser.add_argument("--resume", action="store_true", help="go on with what --out holds")
    parser.add_argument("--json", type=Path, default=Path("scale.json"), help="file to write")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = given.out or Path(folder, "sweep")
        found = measured(
            given.settings, given.runs, out, threads=given.threads, resume=given.resume
        )
    about = {**found._asdict(), "cpu_us_per_run": found.cpu_us_per_run}
    print(words_of({key: f"{value:,.6g}" for key, value in about.items()}))
    print(words_of(machine()))
    for settings, runs in BILLION:
        plan = planned(settings, runs, found.cpu_s / found.runs)
        on = ", ".join(f"{cores:,} cores {plan.wall_s(cores):,.0f} s" for cores in CORES)
        print(f"10⁹ runs as {settings:,} × {runs:,}: {plan.chunks:,} chunks, {on}, "
              f"{plan.written / 1e9:.2g} GB")  # fmt: skip
    document = {"machine": machine(), "threads": given.threads, "measured": about}
    given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
