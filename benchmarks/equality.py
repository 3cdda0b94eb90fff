"""Long random search for a scenario on which the two engines differ.

``python -m benchmarks.equality --n 20000 --seed 1`` plays so many generated scenarios in both
engines, every strategy in every variant. It ends with the first scenario whose numbers differ or
cannot be, made as small as possible, written as a scenario file; the exit code is then 1.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simdeploy.engines import replicate
from simdeploy.scenario import Scenario
from simdeploy.scenario.writing import dump_yaml
from tests.equal import VARIANTS, differences, within
from tests.generate import FREE, GRID, scenarios
from tests.sane import nonsense

#: What a scenario may take, s: the process engine needs minutes for overload that never ends.
LIMIT = 600.0


def failures(scenario: Scenario, seed: int, runs: int) -> list[str]:
    """Return differences of the engines and impossible numbers, over all strategies."""
    found = [str(difference) for difference in differences(scenario, seed=seed, hi=runs)]
    for strategy in scenario.strategies:
        for variant, late in VARIANTS:
            how = {"seed": seed, "lo": 0, "hi": 10 * runs, "variant": variant, "drill_late": late}
            for k, row in enumerate(replicate(scenario, strategy, **how)):
                place = f"{strategy}, {variant}{', late' * late}, replication {k}"
                found += [f"{place}: {what}" for what in nonsense(row, scenario, variant)]
    return found


class Search:
    """Plays generated scenarios until the engines differ; stores the last scenario that failed."""

    def __init__(self, number: int, seed: int, runs: int, progress: Progress) -> None:
        self.number, self.seed, self.runs = number, seed, runs
        self.progress = progress
        self.task = progress.add_task("scenarios", total=number)
        self.smallest: Any = None
        self.differences: list[str] = []

    def play(self, tree: Any) -> None:
        """Play one scenario; raise AssertionError where it fails."""
        failures = self.failures(tree)
        if failures:
            self.smallest, self.differences = tree, failures
            raise AssertionError(failures[0])
        self.progress.advance(self.task)

    def failures(self, tree: Any) -> list[str]:
        """Return the failures of one scenario, including any exception."""
        try:
            with within(LIMIT):
                return failures(Scenario.model_validate(tree), self.seed, self.runs)
        except Exception as error:  # noqa: BLE001  (any exception is a failure)
            return [f"{type(error).__name__}: {error}"]

    def run(self) -> None:
        """Play all scenarios, and shrink the first that fails."""
        chosen = settings(
            max_examples=self.number,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        times = (FREE, GRID)[self.seed % 2]
        try:
            seeded(self.seed)(chosen(given(scenarios(times))(self.play)))()
        except Exception:
            if not self.differences:
                raise


def main() -> int:
    """Search; return 1 if a scenario failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equality", description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="scenarios to play")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the search; even ones draw any times, odd ones ties"
    )
    parser.add_argument("--runs", type=int, default=2, help="replications of each")
    parser.add_argument("--out", type=Path, default=Path("unequal.yaml"), help="file for the odd")
    given = parser.parse_args()
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    start = time.perf_counter()
    with Progress(*columns) as progress:
        search = Search(given.n, given.seed, given.runs, progress)
        search.run()
    if not search.differences:
        print(f"{given.n} scenarios, no difference, {time.perf_counter() - start:.0f} s")
        return 0
    given.out.write_text(dump_yaml(search.smallest), encoding="utf-8")
    print(given.out.read_text(encoding="utf-8"), *search.differences[:20], given.out, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
