"""Long random search for an answer of ``compare`` that says something untrue.

``python -m benchmarks.answers --n 2000 --seed 1`` draws so many scenarios, plays each strategy with
few runs, and holds the answer's sentences against its table (`tests.report.answer.truth`). It ends
with the first scenario whose answer is untrue, written as a scenario file; the exit code is then 1.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from simdeploy.api import compare
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.text import render_comparison
from simdeploy.scenario import Scenario
from simdeploy.scenario.writing import dump_yaml
from tests.generate import FREE, scenarios
from tests.report.answer.truth import untruths

WIDTHS = (80, 100, 120)


def failures(scenario: Scenario, runs: int) -> list[str]:
    """Return what is untrue in the answer to a scenario, and lines that are too wide."""
    found = compare(scenario, runs=runs, threads=1)
    known = facts(found)
    said = untruths(known, answer(known, wide=True))
    for width in WIDTHS:
        lines = render_comparison(found, width=width).splitlines()
        said += [f"wider than {width}: {line}" for line in lines if len(line) > width]
    return said


class Search:
    """Answers generated scenarios until one answer is untrue; stores that scenario."""

    def __init__(self, number: int, seed: int, runs: int) -> None:
        self.number, self.seed, self.runs = number, seed, runs
        self.tree: Any = None
        self.untrue: list[str] = []

    def play(self, tree: Any) -> None:
        """Answer one scenario; raise AssertionError where the answer is untrue."""
        untrue = failures(Scenario.model_validate(tree), self.runs)
        if untrue:
            self.tree, self.untrue = tree, untrue
            raise AssertionError(untrue[0])

    def run(self) -> None:
        """Answer all scenarios, the first untrue one last."""
        chosen = settings(
            max_examples=self.number,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            seeded(self.seed)(chosen(given(scenarios(FREE))(self.play)))()
        except Exception:
            if not self.untrue:
                raise


def main() -> int:
    """Search; return 1 if an answer is untrue."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="scenarios to answer")
    parser.add_argument("--seed", type=int, default=1, help="of the search")
    parser.add_argument("--runs", type=int, default=20, help="replications of each strategy")
    parser.add_argument("--out", type=Path, default=Path("untrue.yaml"), help="file for the odd")
    given = parser.parse_args()
    start = time.perf_counter()
    search = Search(given.n, given.seed, given.runs)
    search.run()
    if not search.untrue:
        print(f"{given.n} scenarios, no untrue answer, {time.perf_counter() - start:.0f} s")
        return 0
    given.out.write_text(dump_yaml(search.tree), encoding="utf-8")
    print(given.out.read_text(encoding="utf-8"), *search.untrue[:20], given.out, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
