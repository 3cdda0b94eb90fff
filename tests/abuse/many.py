"""``python -m tests.abuse.many --inputs 10000 --seed 1``: damaged inputs by the thousand.

Inputs are played in processes of a few hundred each. A process that dies or is silent for too long
is replaced, and what it was playing is counted as such.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from tests.abuse.mutations import mutants
from tests.abuse.playing import FAILED, played, prepared

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
#: Seconds without an answer after which a process is given up.
SILENT = 180.0
#: Bytes of address space that a process may use.
MEMORY = 4 << 30
#: Words that every process gets besides, for tests.
SWITCH: tuple[str, ...] = ()


def play_batch(seed: int, first: int, last: int, *, dies_at: int | None = None) -> None:
    """Play some inputs, and write a line for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as name:
        folder = prepared(Path(name))
        for one in mutants(seed, first, last):
            if one.number == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            end = played(one, folder)
            sys.stdout.write(end.line() + "\n")
            sys.stdout.flush()
    peak = resource.getrusage(resource.RUSAGE_SELF)
    spent = round(peak.ru_utime + peak.ru_stime, 1)
    sys.stdout.write(json.dumps({"peak_mb": peak.ru_maxrss // 1024, "cpu_s": spent}) + "\n")


def batch(seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield how inputs ended, each of them, also where a process dies."""
    while first < last:
        for answer in _answers(seed, first, last):
            if "number" in answer:
                first = answer["number"] + 1
            yield answer
        if first < last:
            end = {"number": first, "source": "?", "command": "?", "end": "died", "seconds": 0.0}
            yield end
            first += 1


def _answers(seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    typed = [sys.executable, "-m", "tests.abuse.many", "--seed", str(seed)]
    process = subprocess.Popen(
        [*typed, "--batch", str(first), str(last), *SWITCH],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines: Queue[str] = Queue()
    reader = Thread(target=_copy, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        while line := lines.get(timeout=SILENT):
            yield json.loads(line)
    except Empty:
        pass
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


def _copy(stream: Any, lines: "Queue[str]") -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def play(inputs: int, seed: int) -> dict[str, Any]:
    """Play all inputs; return the figures, and print what failed."""
    ends: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    slowest, peak, cpu, began = 0.0, 0, 0.0, time.monotonic()
    for first in range(0, inputs, BATCH):
        for answer in batch(seed, first, min(first + BATCH, inputs)):
            if "peak_mb" in answer:
                peak, cpu = max(peak, answer["peak_mb"]), cpu + answer["cpu_s"]
                continue
            ends[answer["end"]] += 1
            kinds[answer["command"].split()[0]] += 1
            slowest = max(slowest, answer["seconds"])
            if answer["end"] in (*FAILED, "died"):
                sys.stdout.write(_report(answer))
        sys.stderr.write(f"{min(first + BATCH, inputs):,}: {dict(ends)}, {cpu:.0f} s of CPU\n")
    sys.stderr.write(f"{time.monotonic() - began:.0f} s\n")
    return {
        "inputs": inputs, "seed": seed, "accepted": ends["accepted"], "refused": ends["refused"],
        **{end: ends[end] for end in (*FAILED, "died")}, "commands": dict(sorted(kinds.items())),
        "slowest_s": round(slowest, 1), "peak_mb": peak, "cpu_min": round(cpu / 60, 1),
    }  # fmt: skip


def _report(answer: dict[str, Any]) -> str:
    head = f"--- {answer['number']} {answer['source']}: {answer['end']}: {answer['command']}"
    changes = "; ".join(answer.get("changes", ()))
    return f"{head}\n{changes}\n{answer.get('said', '')[-3000:]}\n"


def main() -> int:
    """Carry out the command line: 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--dies-at", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch:
        play_batch(given.seed, *given.batch, dies_at=given.dies_at)
        return 0
    figures = play(given.inputs, given.seed)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return int(any(figures[end] for end in (*FAILED, "died")))


if __name__ == "__main__":
    sys.exit(main())
