"""How much memory a comparison will take, before anything is played.

Up to `KEPT_RUNS` runs are kept, as far as they fit into `ROOM`, and quantiles are exact. More are
folded chunk by chunk, in memory that depends on the strategies alone. What does not fit
even so is refused.
"""

from collections.abc import Collection

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
#: Bytes of the folds of a strategy's variant, and of a pair of strategies, as measured at most.
VARIANT_FOLD, PAIR_FOLD = 1_500_000, 250_000
#: Bytes of the differences of a pair in the metrics that a ranking reads, and of one written out.
PAIR, WRITTEN = 4_500, 1_000
#: Runs of a chunk at most, and bytes of its rows.
CHUNK, CHUNK_BYTES = 16_384, 64_000_000


def is_kept(runs: int, strategies: int, variants: Collection[str]) -> bool:
    """Return whether all runs of a comparison are kept; else they are folded.

    Parameters
    ----------
    runs
        Runs of each strategy and variant.
    strategies
        How many.
    variants
        What is played: ``release``, ``twin``, and others for drills.

    Raises
    ------
    NumberError
        Where neither fits into `ROOM`.
    """
    each = strategies * bytes_of_run(variants)
    pairs = strategies * (strategies - 1) // 2
    if runs <= KEPT_RUNS and runs * each + pairs * PAIR <= ROOM:
        return True
    rows = 1 + ("twin" in variants)
    folds = strategies * rows * VARIANT_FOLD + pairs * PAIR_FOLD
    if folds <= ROOM:
        return False
    needed = min(folds, runs * each + pairs * PAIR) if runs <= KEPT_RUNS else folds
    fewer = max(0, ROOM - pairs * PAIR) // each
    hint = f"{fewer:,} runs" if fewer else "fewer strategies"
    raise NumberError(
        f"{strategies} strategies: {runs:,} runs of each need {needed / 1e6:,.0f} MB; allowed: "
        f"{ROOM / 1e6:,.0f} MB, that is {hint}; --strategy compares some of them"
    )


def check_kept(
    runs: int,
    strategies: int,
    variants: Collection[str],
    *,
    comparisons: int = 1,
    beside: int = 0,
) -> None:
    """Refuse more runs than are kept, for what needs them one by one.

    Parameters
    ----------
    runs, strategies, variants
        As for `is_kept`.
    comparisons
        How many such comparisons are kept together.
    beside
        Bytes of each strategy's run that are kept besides.

    Raises
    ------
    NumberError
        For more runs than `KEPT_RUNS`, or than fit into `ROOM`.
    """
    each = strategies * (comparisons * bytes_of_run(variants) + beside)
    pairs = comparisons * strategies * (strategies - 1) // 2
    most = min(KEPT_RUNS, max(0, ROOM - pairs * PAIR) // each)
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
