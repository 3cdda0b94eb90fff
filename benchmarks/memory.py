"""``python -m benchmarks.memory``: the peak memory of comparisons of many runs or strategies.

Each command runs in a process of its own; its peak is what the system counted. The largest takes a
while: ``--only`` plays those whose names contain a text.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

#: Most that a comparison may take, MB.
MOST = 500
#: What is compared by hand of many strategies.
HEAD = "name: many\ntraffic: {rate: 200}\nrelease: {faults: [{kind: errors, rate: 30%}]}\n"
FAST = ("--strategy", "rolling,canary", "--no-twin", "--no-drill")


class Case(NamedTuple):
    """A command line behind ``simdeploy compare``, in which ``{many}`` is a file."""

    name: str
    arguments: tuple[str, ...]


CASES = (
    Case("1 run", ("bad-boot", "--runs", "1")),
    Case("100,000 runs, all kept", ("bad-boot", "--runs", "100000")),
    Case("10^6 runs", ("bad-boot", "--runs", "1000000", *FAST)),
    Case("10^7 runs", ("bad-boot", "--runs", "10000000", *FAST)),
    Case("110,000 runs, a change", ("bad-boot", "early-drain", "--runs", "110000")),
    Case("20,000 runs, many faults", ("bad-boot", "--faults", "--runs", "20000")),
    Case("400 strategies", ("{many}", "--runs", "100")),
)


def many_strategies(count: int) -> str:
    """Return a scenario of so many strategies."""
    lines = (
        f"  s{k}: {{type: rolling, minimum_healthy_percent: {50 + k % 50}}}" for k in range(count)
    )
    return HEAD + "\n".join(("strategies:", *lines, ""))


def peak(arguments: list[str]) -> tuple[float, float]:
    """Return the peak memory of a command (MB), and how long it took (s)."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    began = time.perf_counter()
    words = [sys.executable, "-c", program, sys.executable, "-m", "simdeploy", *arguments]
    out = subprocess.run(words, check=True, capture_output=True, text=True)
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return float(out.stdout) / unit, time.perf_counter() - began


def measured(only: str) -> Iterator[tuple[str, float, float]]:
    """Yield the name of each case with its peak (MB) and its time (s)."""
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder) / "many.yaml"
        many.write_text(many_strategies(400), encoding="utf-8")
        for case in CASES:
            if only in case.name:
                words = [word.format(many=many) for word in case.arguments]
                yield case.name, *peak(["compare", *words])


def main() -> int:
    """Print the peaks; 1 if one is above `MOST`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose names contain it")
    table = Table("simdeploy compare", "peak, MB", "s", title=f"target: {MOST} MB")
    highest = 0.0
    for name, megabytes, seconds in measured(parser.parse_args().only):
        table.add_row(name, f"{megabytes:,.0f}", f"{seconds:,.0f}")
        highest = max(highest, megabytes)
    Console().print(table)
    return int(highest > MOST)


if __name__ == "__main__":
    raise SystemExit(main())
