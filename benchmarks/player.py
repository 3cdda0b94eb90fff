"""Plays what the lines of standard input ask for, with the version of simdeploy on its path.

Started by `benchmarks.version`, also with versions of before, so it asks for little: scenarios, the
scenario record of a strategy, and ``run_many`` of an engine.
"""

import hashlib
import json
import sys
import time
from importlib import import_module
from typing import Any

#: What a run of the release is called inside.
RELEASE = 0
#: Runs whose numbers are compared.
FEW = 4


class Player:
    """Cases to play: scenario records, by the name of their set; None for what is not known."""

    def __init__(self) -> None:
        engines = import_module("simdeploy.engines")
        self.record = getattr(engines, "encoded", None) or engines.model_of
        self.batch = import_module("simdeploy.engines.batch").run_many
        self.sets: dict[str, list[Any]] = {}

    def load(self, name: str, cases: list[tuple[str, str, list[str]]]) -> list[Any]:
        """Load a set of cases; return tasks and a hash of numbers of each, None where it fails."""
        self.sets[name], about = [], []
        for case in cases:
            try:
                model, known = self.loaded(*case)
            except Exception as error:  # noqa: BLE001  (a version of before may fail anyhow)
                print(f"{case[:2]}: {type(error).__name__}: {str(error)[:80]}", file=sys.stderr)
                model = known = None
            self.sets[name].append(model)
            about.append(known)
        return about

    def loaded(self, scenario: str, strategy: str, overrides: list[str]) -> tuple[Any, Any]:
        """Return a scenario record, and its tasks with a hash of the numbers of some runs."""
        from simdeploy import load_scenario  # noqa: PLC0415  the version on the path

        loaded = load_scenario(scenario, overrides=overrides)
        model = self.record(loaded, strategy, "release")
        rows = self.batch(model, 1, 0, FEW, RELEASE, 1)
        digest = hashlib.sha256(rows.tobytes()).hexdigest()
        return model, {"tasks": int(loaded.service.desired_count), "digest": digest}

    def play(
        self, name: str, runs: list[int], threads: int = 1, engine: str = "batch"
    ) -> dict[str, list[float]]:
        """Play so many runs of each case; return seconds of this process and of the clock."""
        many = self.batch
        if engine != "batch":
            many = import_module(f"simdeploy.engines.{engine}").run_many
        cpu, wall = [], []
        for model, n in zip(self.sets[name], runs, strict=True):
            start = time.process_time(), time.perf_counter()
            many(model, 1, 0, n, RELEASE, threads)
            cpu.append(time.process_time() - start[0])
            wall.append(time.perf_counter() - start[1])
        return {"cpu": cpu, "wall": wall}


def main() -> None:
    """Answer requests, a line each, until there are no more."""
    player = Player()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(getattr(player, asked.pop("do"))(**asked)), flush=True)


if __name__ == "__main__":
    main()
