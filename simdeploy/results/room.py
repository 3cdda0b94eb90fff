"""How much memory a comparison will take, before anything is played.

Up to `KEPT_RUNS` runs are kept, as far as they fit into `ROOM`, and quantiles are exact. More are
folded chunk by chunk, in memory that depends on the strategies alone; of many strategies only the
differences that a ranking reads. What does not fit even so is refused.
"""

from collections.abc import Collection
from enum import Enum

import numpy as np

from simdeploy.errors import NumberError
from simdeploy.model.fields.run import RESULT
from simdeploy.results.metrics import NAMES

#: Bytes of a run that is kept, and of a drill, of which a time is all that is asked for.
ROW = RESULT.dtype.itemsize
DRILL = np.dtype([(name, np.float64) for name in ("full_traffic_s", "decision_s", "rollback_s")])
#: More runs than these are never kept.
KEPT_RUNS = 100_000
#: Bytes for the runs or folds of a comparison; what is computed from them takes about as much.
ROOM = 250_000_000
#: Most runs of a strategy.
MOST_RUNS = 1_000_000_000
#: Bytes of the folds of a strategy's variant, and of a pair's differences in all metrics or in
#: those that a ranking reads, as measured at most.
VARIANT_FOLD, PAIR_FOLD, RANKED_FOLD = 1_500_000, 300_000, 80_000
#: Bytes of a strategy's summaries, and of a difference that is written out.
SUMMARIES, WRITTEN = 250_000, 1_000
#: Runs of a chunk at most, and bytes of its rows.
CHUNK, CHUNK_BYTES = 16_384, 64_000_000


class Kept(Enum):
    """What is kept of a comparison."""

    RUNS = "every run"
    #: Folds of every run and of the differences in every metric.
    FOLDS = "folds"
    #: Folds, and the differences that a ranking and its answer read.
    RANKED = "folds of what is ranked"


def kept(runs: int, strategies: int, variants: Collection[str], *, comparisons: int = 1) -> Kept:
    """Return what is kept of comparisons.

    Parameters
    ----------
    runs
        Runs of each strategy and variant.
    strategies
        How many.
    variants
        What is played: ``release``, ``twin``, and others for drills.
    comparisons
        How many such comparisons are kept together.

    Raises
    ------
    NumberError
        Where nothing fits into `ROOM`.
    """
    each = comparisons * strategies * bytes_of_run(variants)
    summaries = comparisons * strategies * SUMMARIES
    if runs <= KEPT_RUNS and runs * each + summaries <= ROOM:
        return Kept.RUNS
    if _folds(strategies, variants, comparisons, PAIR_FOLD) <= ROOM:
        return Kept.FOLDS
    folds = _folds(strategies, variants, comparisons, RANKED_FOLD)
    if folds <= ROOM:
        return Kept.RANKED
    needed = min(folds, runs * each + summaries) if runs <= KEPT_RUNS else folds
    fewer = max(0, ROOM - summaries) // each
    hint = f"{fewer:,} runs" if fewer else "fewer strategies"
    raise NumberError(
        f"{strategies} strategies: {shown(runs)} runs of each need {needed / 1e6:,.0f} MB; "
        f"allowed: {ROOM / 1e6:,.0f} MB, that is {hint}; --strategy compares some of them"
    )


def _folds(strategies: int, variants: Collection[str], comparisons: int, pair: int) -> int:
    """Return the bytes of folded comparisons."""
    rows = 1 + ("twin" in variants)
    pairs = strategies * (strategies - 1) // 2
    # Two comparisons are a change, with the differences of each strategy from itself.
    changed = strategies * PAIR_FOLD if comparisons > 1 else 0
    return comparisons * (strategies * rows * VARIANT_FOLD + pairs * pair) + changed


def keeps_matrix(runs: int, strategies: int, bad: int, good: int) -> bool:
    """Return whether all runs of a matrix of faults are kept; else row after row is folded.

    Parameters
    ----------
    runs, strategies
        As for `kept`.
    bad, good
        How many rows of faults, and how many good releases they are compared with.

    Raises
    ------
    NumberError
        Where neither fits into `ROOM`.
    """
    cells = strategies * (bad + good)
    summaries = cells * SUMMARIES
    if runs <= KEPT_RUNS and runs * cells * ROW + summaries <= ROOM:
        return True
    # A row is settled before the next one is played.
    folds = _folds(strategies, ["release"], 1, RANKED_FOLD) * (1 + good) + summaries
    if folds <= ROOM:
        return False
    needed = min(folds, runs * cells * ROW + summaries) if runs <= KEPT_RUNS else folds
    raise NumberError(
        f"{strategies} strategies × {bad + good} releases: {shown(runs)} runs of each need "
        f"{needed / 1e6:,.0f} MB; allowed: {ROOM / 1e6:,.0f} MB, that is "
        f"{max(0, ROOM - summaries) // (cells * ROW):,} runs, or fewer rows or strategies"
    )


def check_kept(runs: int, strategies: int, variants: Collection[str], *, beside: int = 0) -> None:
    """Refuse more runs than are kept, for what needs them one by one.

    Parameters
    ----------
    runs, strategies, variants
        As for `kept`.
    beside
        Bytes of each strategy's run that are kept besides.

    Raises
    ------
    NumberError
        For more runs than `KEPT_RUNS`, or than fit into `ROOM`.
    """
    each = strategies * (bytes_of_run(variants) + beside)
    most = min(KEPT_RUNS, max(0, ROOM - strategies * SUMMARIES) // each)
    if runs > most:
        raise NumberError(
            f"runs: {shown(runs)} runs of each strategy need {runs * each / 1e6:,.0f} MB, since "
            f"every run is kept here; allowed: {most:,}"
        )


def check_differences(strategies: int) -> None:
    """Refuse more strategies than those whose differences in every metric fit into `ROOM`.

    Raises
    ------
    NumberError
        For too many strategies.
    """
    count = strategies * (strategies - 1) // 2 * len(NAMES)
    if count * WRITTEN > ROOM:
        raise NumberError(
            f"{strategies} strategies have {count:,} differences, {count * WRITTEN / 1e6:,.0f} MB "
            f"if all are listed; allowed: {ROOM / 1e6:,.0f} MB; --strategy compares some of them, "
            "and the table lists none"
        )


def check_listed(
    runs: int, strategies: int, variants: Collection[str], *, comparisons: int = 1
) -> None:
    """Refuse to list every difference where those are too many, or are not kept.

    Raises
    ------
    NumberError
        As `kept` and `check_differences`, and where only the differences that a ranking reads are
        folded.
    """
    check_differences(strategies)
    if kept(runs, strategies, variants, comparisons=comparisons) is Kept.RANKED:
        raise NumberError(unlisted(strategies, runs))


def unlisted(strategies: int, runs: int) -> str:
    """Return why differences in every metric are not listed."""
    return (
        f"{strategies} strategies, {shown(runs)} runs of each: only the differences that the "
        "ranking reads are kept; --strategy compares some of them, and the table lists none"
    )


def bytes_of_run(variants: Collection[str]) -> int:
    """Return the bytes that one run of a strategy takes, in all its variants."""
    rows = sum(1 for name in variants if name in {"release", "twin"})
    return ROW * rows + DRILL.itemsize * (len(variants) - rows)


def chunk_of(strategies: int, variants: Collection[str]) -> int:
    """Return how many runs of each strategy are played before they are folded.

    >>> chunk_of(4, ["release", "twin"]), chunk_of(30, ["release", "twin"])
    (16384, 2721)
    """
    return max(1, min(CHUNK, CHUNK_BYTES // (strategies * bytes_of_run(variants))))


def shown(number: int) -> str:
    """Write a whole number; of a very long one the first digits and how many there are.

    >>> shown(1_000_000), shown(10**30)
    ('1,000,000', '100000000000… (31 digits)')
    """
    digits = str(number)
    return f"{number:,}" if len(digits) <= 24 else f"{digits[:12]}… ({len(digits)} digits)"
