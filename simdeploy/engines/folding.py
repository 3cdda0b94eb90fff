"""Playing comparisons of more runs than are kept: chunk by chunk, each folded and forgotten."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simdeploy.results import room
from simdeploy.results.comparison import Comparison, has_faults
from simdeploy.results.comparison_fold import ComparisonFold
from simdeploy.results.folded_change import ChangeFold, FoldedChange, Rows
from simdeploy.results.pair_folds import PAIRED, RANKED
from simdeploy.results.room import Kept, chunk_of
from simdeploy.results.stored import RunStore

if TYPE_CHECKING:
    from simdeploy.engines import Engine
    from simdeploy.scenario import Scenario

#: What is told the engine by variant: ``release``, ``twin``, and those of drills.
Variants = Mapping[str, Mapping[str, Any]]
#: Of which numbers differences are folded.
DIFFERENCES = {Kept.FOLDS: PAIRED, Kept.RANKED: RANKED}


@dataclass(frozen=True)
class ChunkPlayer:
    """Plays the strategies of scenarios, some runs at a time.

    ``count`` is called with the runs of each chunk; the other fields are as for ``compare``.
    """

    engine: "Engine"
    runs: int
    seed: int
    threads: int | None
    count: Callable[[int], None]

    def chunks(self, strategies: int, variants: Variants) -> Iterator[tuple[int, int]]:
        """Yield the first run of each chunk and its end."""
        step = chunk_of(strategies, variants)
        for lo in range(0, self.runs, step):
            yield lo, min(lo + step, self.runs)

    def play(
        self, scenario: "Scenario", variants: Variants, lo: int, hi: int
    ) -> Iterator[tuple[str, dict[str, Rows]]]:
        """Yield each strategy with its rows by variant, played when it is asked for."""
        how: dict[str, Any] = {"seed": self.seed, "lo": lo, "hi": hi, "threads": self.threads}
        for name in scenario.strategies:
            played: dict[str, Rows] = {}
            for variant, which in variants.items():
                played[variant] = self.engine(scenario, name, **how, **which)
                self.count(hi - lo)
            yield name, played


def play_folded(
    player: ChunkPlayer, scenario: "Scenario", variants: Variants, keeps: Kept
) -> Comparison:
    """Play all strategies of a scenario, and return the comparison of their folds.

    Up to `room.KEPT_RUNS` are stored column by column instead, where that fits into `room.ROOM`.
    """
    store = RunStore() if player.runs <= room.KEPT_RUNS else None
    fold = _fold(scenario, variants, keeps)
    for lo, hi in player.chunks(len(scenario.strategies), variants):
        played = player.play(scenario, variants, lo, hi)
        if store is None:
            fold.add(played)
            continue
        store.add(played)
        if store.needed(player.runs) > room.ROOM:
            for earlier in store.played():
                fold.add(earlier.items())
            store = None
    if store is None:
        return fold.comparison(scenario, player.runs, player.seed)
    results = store.results(scenario.horizon, faulty=has_faults(scenario))
    return Comparison(scenario, player.runs, player.seed, results)


def play_folded_change(
    player: ChunkPlayer,
    sides: Sequence["Scenario"],
    variants: Sequence[Variants],
    keeps: Kept,
    beyond: tuple[tuple[str, ...], tuple[str, ...]],
) -> FoldedChange:
    """Play the same strategies before a change and after it, and return the change of their folds.

    Parameters
    ----------
    sides, variants
        The scenario before and the one after, and what is played of each.
    keeps
        Which differences between strategies are kept.
    beyond
        Strategies that only the first has, and only the second.
    """
    folds = [_fold(side, which, keeps) for side, which in zip(sides, variants, strict=True)]
    names = list(sides[1].strategies)
    changed = ChangeFold(names, (has_faults(sides[0]), has_faults(sides[1])))
    for lo, hi in player.chunks(2 * len(names), max(variants, key=len)):
        played = [
            dict(player.play(side, which, lo, hi))
            for side, which in zip(sides, variants, strict=True)
        ]
        for fold, rows in zip(folds, played, strict=True):
            fold.add(rows.items())
        changed.add(played[0], played[1])
    before, after = (
        fold.comparison(side, player.runs, player.seed)
        for fold, side in zip(folds, sides, strict=True)
    )
    return FoldedChange(before, after, *beyond, changed)


def _fold(scenario: "Scenario", variants: Variants, keeps: Kept) -> ComparisonFold:
    return ComparisonFold(
        list(scenario.strategies),
        scenario.horizon,
        faulty=has_faults(scenario),
        twin="twin" in variants,
        drills=[name for name in variants if name not in {"release", "twin"}],
        paired=DIFFERENCES[keeps],
    )
