"""Row f: what a first call takes, each in a process of its own."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, seconds
from benchmarks.version import with_bytecode

FIRST = """
from simdeploy import load_scenario
from simdeploy.engines import replicate
scenario = load_scenario("happy-path")
import time
start = time.perf_counter()
replicate(scenario, "rolling", seed=1, lo=0, hi=1, threads=1)
print(time.perf_counter() - start)
"""


def starts(number: int) -> Iterator[Row]:
    """First calls with machine code at hand and without, and the help of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        cold = (first_call(folder),)
        cached = tuple(first_call(folder) for _ in range(number))
        help_(folder)
        helped = tuple(seconds(lambda: help_(folder), time.perf_counter) for _ in range(number))
    yield Row("f", "first call, machine code at hand", cached, 0.6, at_most=True, unit="s")
    yield Row("f", "first call in a checkout, which compiles", cold, 20, at_most=True, unit="s")
    yield Row("f", "simdeploy --help", helped, 0.3, at_most=True, unit="s")


def first_call(cache: str) -> float:
    """Seconds of the first run in a new process, the start of the engine included."""
    environment = {**with_bytecode(Path(cache)), "SIMDEPLOY_CACHE_DIR": cache}
    told = subprocess.run(
        [sys.executable, "-c", FIRST], env=environment, check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def help_(cache: str) -> None:
    """Print the help in a new process."""
    command = [sys.executable, "-m", "simdeploy", "--help"]
    subprocess.run(command, env=with_bytecode(Path(cache)), check=True, capture_output=True)
