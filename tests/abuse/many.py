"""``python -m tests.abuse.many --inputs 10000 --seed 1``: damaged inputs by the thousand.

Inputs are played in processes of a few hundred each. A process that dies or is silent for too long
is replaced, and what it was playing is counted as such. How each input ended stands in a file, so
that the same command goes on where it was interrupted.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from tests.abuse import templates
from tests.abuse.mutations import mutants
from tests.abuse.playing import ENDS, FAILED, played, prepared

ROOT = Path(__file__).resolve().parents[2]
BATCH = 500
#: Seconds without an answer after which a process is given up.
SILENT = 900.0
#: Bytes of address space that a process may use.
MEMORY = 4 << 30
#: Of a part: what makes its inputs, what plays one in a folder, and the folder that it plays in.
PARTS: dict[str, tuple[Any, Any, Any]] = {
    "inputs": (mutants, played, prepared),
    "templates": (templates.mutants, templates.played, lambda folder: folder),
}
#: Words that every process gets besides, for tests.
SWITCH: tuple[str, ...] = ()


def play_batch(part: str, seed: int, first: int, last: int, *, dies_at: int | None = None) -> None:
    """Play some inputs of a part, and write a line for each."""
    make, play_one, prepare = PARTS[part]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as name:
        folder = prepare(Path(name))
        for one in make(seed, first, last):
            if one.number == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            end = play_one(one, folder).told()
            end["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(json.dumps(end) + "\n")
            sys.stdout.flush()


def batch(part: str, seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield how inputs ended, each of them, also where a process dies."""
    while first < last:
        for answer in _answers(part, seed, first, last):
            first = answer["number"] + 1
            yield answer
        if first < last:
            end = {"number": first, "source": "?", "command": "?", "end": "died", "seconds": 0.0}
            yield end
            first += 1


def _answers(part: str, seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    typed = [sys.executable, "-m", "tests.abuse.many", "--part", part, "--seed", str(seed)]
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


def play(
    inputs: int, seed: int, ends: Path, *, again: bool = False, part: str = "inputs"
) -> dict[str, Any]:
    """Play the inputs of a part that a file of ends does not have yet; return figures of all.

    ``again``: play those that failed once more, after what failed was mended.
    """
    done = {end["number"]: end for end in _read(ends) if not (again and end["end"] in FAILED)}
    for first, last in _ranges([number for number in range(inputs) if number not in done]):
        with ends.open("a", encoding="utf-8") as stream:
            for end in batch(part, seed, first, last):
                stream.write(json.dumps(end) + "\n")
                stream.flush()
                done[end["number"]] = end
                if end["end"] in FAILED:
                    sys.stdout.write(_report(end))
        sys.stderr.write(f"{last:,}: {dict(Counter(end['end'] for end in done.values()))}\n")
    return figures([done[number] for number in range(inputs)], seed)


def _read(ends: Path) -> list[dict[str, Any]]:
    if not ends.exists():
        return []
    return [json.loads(line) for line in ends.read_text(encoding="utf-8").splitlines()]


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield consecutive numbers as ranges of at most a batch.

    >>> list(_ranges([0, 1, 2, 7, 8]))
    [(0, 3), (7, 9)]
    """
    first = 0
    for k, number in enumerate(numbers, 1):
        is_next = k < len(numbers) and numbers[k] == number + 1
        if not is_next or k - first == BATCH:
            yield numbers[first], number + 1
            first = k


def figures(ends: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Sum up how inputs ended."""
    counts = Counter(end["end"] for end in ends)
    commands = Counter(end["command"].split()[0] for end in ends)
    seconds = [end["seconds"] for end in ends]
    return {
        "inputs": len(ends), "seed": seed, **{word: counts[word] for word in ENDS},
        "commands": dict(sorted(commands.items())), "cpu_min": round(sum(seconds) / 60, 1),
        "slowest_s": round(max(seconds), 1), "peak_mb": max(end.get("peak_mb", 0) for end in ends),
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
    parser.add_argument("--ends", type=Path, default=Path("ends.jsonl"), help="where to go on")
    parser.add_argument("--again", action="store_true", help="play again what failed")
    parser.add_argument("--part", choices=list(PARTS), default="inputs")
    parser.add_argument("--batch", type=int, nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--dies-at", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.batch:
        play_batch(given.part, given.seed, *given.batch, dies_at=given.dies_at)
        return 0
    found = play(given.inputs, given.seed, given.ends, again=given.again, part=given.part)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return int(any(found[word] for word in FAILED))


if __name__ == "__main__":
    sys.exit(main())
