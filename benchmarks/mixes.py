"""How often the batch engine knows already what follows from a mix of targets.

``python -m benchmarks.mixes`` plays some runs of every strategy of the gallery that is plain
(`simdeploy.engines.kernel.mixes.is_plain`) in plain Python, and counts how often traffic was routed
with what was kept, and how often anew.
"""

import argparse
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

from simdeploy import load_scenario
from simdeploy.engines import encoded
from simdeploy.engines.kernel import loop, mixes
from simdeploy.model.fields.plain import CLASSES, RunState, plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import builtin_scenarios

RELEASE = 0


class Routings(NamedTuple):
    """How often traffic was routed in deployments, baselines aside."""

    known: int
    anew: int


def routings(m: Any, runs: int, seed: int = 1) -> Routings:
    """Count the routings of some runs of a scenario record of plain objects."""
    counts = {"known": 0, "anew": 0}

    def counted(name: str, usual: Any) -> Any:
        def route(m: Any, s: Any, *rest: Any) -> None:
            counts[name] += s.world.variant == RELEASE
            usual(m, s, *rest)

        return route

    rows = [CLASSES["Result"]() for _ in range(runs)]
    with (
        patch.object(mixes, "use_mix", counted("known", mixes.use_mix)),
        patch.object(loop, "route_anew", counted("anew", loop.route_anew)),
    ):
        loop.run_range(m, RunState(5 * m.desired_count + 16), seed, 0, runs, RELEASE, rows)
    return Routings(**counts)


def gallery() -> Iterator[tuple[str, str, Any]]:
    """Yield scenario, strategy and scenario record of every strategy of the gallery."""
    for name in builtin_scenarios():
        scenario = load_scenario(name)
        for strategy in scenario.strategies:
            yield name, strategy, plain(encoded(scenario, strategy, "release"), SCENARIO)


def main() -> None:
    """Print a line for each plain strategy, and the shares of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixes", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="runs of each strategy")
    given = parser.parse_args()
    strategies, found = 0, []
    for scenario, strategy, m in gallery():
        strategies += 1
        if mixes.is_plain(m) and m.desired_count <= 30:
            known, anew = routings(m, given.runs)
            found.append(known / (known + anew))
            print(f"{scenario:32} {strategy:14} {known:6} known {anew:6} anew {found[-1]:7.1%}")
    mean = sum(found) / len(found)
    print(f"{len(found)} of {strategies} strategies are plain; {mean:.1%} of routings known")


if __name__ == "__main__":
    main()
