"""Rows g, h and j: sweeps against a pool of SimPy processes, what summing up costs, and memory."""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, ratios
from simdeploy import load_scenario, sweep
from simdeploy.engines import encoded, replicate
from simdeploy.engines.process.service import play
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO

KNOB = "target_group.deregistration_delay"
DELAYS = [10, 20, 30, 60, 120, 180, 240, 300]
MEGABYTE = 1 << 20


def sweep_over_pool(number: int) -> Row:
    """Row g: two threads that sweep, against two processes that play one run after the other."""
    many, few = 20_000, 6
    context = get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, context.Pool(2) as pool:
        pool.map(one_by_process, [(10, 0), (20, 0)])
        wanted = [(delay, k) for delay in DELAYS for k in range(few)]
        found = ratios(
            lambda: pool.map(one_by_process, wanted, chunksize=4),
            lambda: swept(folder, many),
            number,
            many / few,
            time.perf_counter,
        )
    what = "sweep on two threads against multiprocessing.Pool(2) over the process engine"
    return Row("g", what, found, 200)


_MODELS: dict[int, Any] = {}


def one_by_process(wanted: tuple[int, int]) -> float:
    """One run of one setting, as a user of SimPy would play it."""
    delay, k = wanted
    if delay not in _MODELS:
        scenario = load_scenario("happy-path", overrides=[f"{KNOB}={delay}s"])
        _MODELS[delay] = plain(encoded(scenario, "rolling", "release"), SCENARIO)
    return play(_MODELS[delay], 1, k, 0)[0].requests


def swept(folder: str, runs: int, threads: int = 2) -> None:
    """Sweep the settings into a folder that is new each time."""
    out = tempfile.mkdtemp(dir=folder)
    values = ",".join(f"{one}s" for one in DELAYS)
    sweep("happy-path", {KNOB: values}, out=out, runs=runs, strategies=["rolling"], threads=threads)


def summing_up(number: int) -> Row:
    """Row h: a sweep on one thread against the runs alone, less what settings cost anyway."""
    runs = 60_000
    made = [load_scenario("happy-path", overrides=[f"{KNOB}={one}s"]) for one in DELAYS]

    def alone() -> None:
        for scenario in made:
            for lo in range(0, runs, 1024):
                hi = min(lo + 1024, runs)
                replicate(scenario, "rolling", seed=1, lo=lo, hi=hi, threads=1)

    with tempfile.TemporaryDirectory() as folder:
        found = ratios(lambda: swept(folder, runs, 1), alone, number)
    shares = tuple(100 * (one - 1) for one in found)
    what = "checks, aggregates and Parquet, of the time that the runs take"
    return Row("h", what, shares, 25, at_most=True, unit="%")


def memory() -> Iterator[Row]:
    """Row j: a sweep of ten million runs in a process of its own."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "simdeploy",
            "sweep",
            "happy-path",
            "--strategy",
            "rolling",
        ]
        knob = f"{KNOB}=1s:1000s:1s"
        more = ["--set", knob, "--runs", "10000", "--out", str(Path(folder, "sweep"))]
        subprocess.run([*command, *more, "--set", "platform=custom"], check=True)
    elapsed = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    note = "ten million runs"
    yield Row("j", "peak memory of a sweep", (peak,), 500, at_most=True, unit="MB", note=note)
    yield Row("j", "time of a sweep", (elapsed,), 60, at_most=True, unit="s", note=note)
    beyond = max(0.0, peak - idle()) * MEGABYTE / 1e7
    yield Row("j", "memory per run beyond that of one run", (beyond,), 150, True, "bytes", note)


def idle() -> float:
    """Peak of a process that sweeps one setting, MB."""
    program = (
        "import resource, tempfile; from simdeploy import sweep;"
        f"sweep('happy-path', {{'{KNOB}': '30s,60s'}}, out=tempfile.mkdtemp(), runs=1,"
        "strategies=['rolling']);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return float(told.stdout)
