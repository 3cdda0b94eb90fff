"""Numbers folded chunk by chunk: the moments of all runs, and quantiles within half a percent."""

import numpy as np
import pytest

from simdeploy.results.folded_means import mean_of, medians, summaries
from simdeploy.results.folding import Fold, moments
from simdeploy.results.histograms import FINE, SHIFT, WIDEST_FINE
from simdeploy.results.intervals import means_of
from simdeploy.results.summary import LEVELS, summarize

RUNS, HORIZON = 20_000, 7200.0
#: Agreement of moments and intervals: a few units in the last place.
ROUNDING = 1e-12


def numbers():
    """Return made-up numbers of runs: constants, tails, rare and skewed harm, null and open."""
    random = np.random.default_rng(7)
    place = np.arange(RUNS)

    def now_and_then(every, values, others):
        return np.where(place % every == 3, values, others)

    tail, normal = random.exponential(90.0, RUNS), random.normal(10.0, 1.0, RUNS)
    return {
        "same": np.full(RUNS, 3.5),
        "none": np.zeros(RUNS),
        "null": np.full(RUNS, np.nan),
        "open": np.full(RUNS, np.inf),
        "normal": normal,
        "wide": random.lognormal(3.0, 2.0, RUNS),
        "rare": now_and_then(3000, tail, 0.0),
        "far": now_and_then(3000, 1e5 + tail, normal),
        "skewed": now_and_then(200, 1e3 * tail, normal),
        "signed": now_and_then(2500, normal - 10.0, 0.0),
        "some open": now_and_then(9, np.inf, tail),
        "some null": now_and_then(2, np.nan, tail),
        "late": np.where(place < RUNS - 1, np.nan, 5.0),
        "tiny": now_and_then(7, 5e-324, 0.0),
    }


NAMES = tuple(numbers())


def folded(values, step, shift=FINE):
    """Return the fold of numbers, so many runs at a time."""
    fold = Fold(NAMES, HORIZON, shift)
    for lo in range(0, values.shape[1], step):
        fold.add(values[:, lo : lo + step])
    return fold


def flat(number):
    """Return a number or an interval as a list, NaN for what is missing."""
    ends = number if isinstance(number, tuple) else [number]
    return [np.nan if end is None else end for end in ends]


def near(number, rel):
    """Return what equals a number or an interval that is off by so much at most."""
    return pytest.approx(flat(number), rel=rel, nan_ok=True)


@pytest.fixture(scope="module")
def values():
    """Return the numbers as a matrix."""
    return np.array(list(numbers().values()))


@pytest.mark.parametrize("step", [1, 39, 40, 41, 4096])
def test_moments_of_chunks_are_those_of_the_whole(values, step):
    """Count, mean, squares and cubes around the mean are those that NumPy finds in all runs."""
    some = values[:, -2000:]
    fold = folded(some, step)
    for name, runs in zip(NAMES, some, strict=True):
        row = np.where(np.isinf(runs), HORIZON, runs)[~np.isnan(runs)]
        found = fold[name].moments
        assert found.count == fold[name].defined == len(row)
        if len(row):
            apart = row - row.mean()
            scale = np.abs(apart).max() + np.abs(row).max()
            assert found.mean == pytest.approx(row.mean(), rel=ROUNDING)
            wanted = [len(row) * scale**power for power in (2, 3)]
            assert abs(found.squares - (apart**2).sum()) <= ROUNDING * wanted[0]
            assert abs(found.cubes - (apart**3).sum()) <= ROUNDING * wanted[1]
            assert (fold[name].least, fold[name].greatest) == (row.min(), row.max())


def test_summaries_are_those_of_all_runs(values):
    """Means and intervals agree to rounding, quantiles within a class, counts and marks exactly."""
    most = [1e6] * len(NAMES)
    wanted = summarize(values, HORIZON, restrict=[True] * len(NAMES), most=most)
    found = summaries(
        folded(values, 3000), dict.fromkeys(NAMES, True), dict(zip(NAMES, most, strict=True))
    )
    marks = ("n", "n_censored", "runs", "restricted", "carried_by", "skewed")
    for name, one in zip(NAMES, wanted, strict=True):
        mine = found[name]
        assert [getattr(mine, m) for m in marks] == [getattr(one, m) for m in marks], name
        assert flat(mine.mean) == near(one.mean, ROUNDING), name
        assert flat(mine.ci95) == near(one.ci95, 1e-9), name
        for level in LEVELS:
            for which in (level, f"{level}_ci95"):
                assert flat(getattr(mine, which)) == near(getattr(one, which), WIDEST_FINE)


def test_intervals_of_differences_are_those_of_all_pairs(values):
    """What can have either sign has the interval that all pairs give, few or skewed or not."""
    cut = np.where(np.isposinf(values), HORIZON, values)
    defined = (~np.isnan(cut)).sum(axis=1)
    wanted = means_of(cut, defined, signed=True)
    fold = folded(cut, 1234, SHIFT)
    middle = medians(fold)
    for k, name in enumerate(NAMES):
        found = mean_of(fold[name], middle[name], signed=True)
        if defined[k]:
            ends = [wanted.mean[k], wanted.low[k], wanted.high[k]]
            assert list(found[:3]) == pytest.approx(ends, rel=1e-9, nan_ok=True), name
            assert (found.few, found.skewed) == (wanted.few[k], wanted.skewed[k]), name


def test_chunks_of_any_size_give_the_same_counts_and_extremes(values):
    """What is counted or kept itself does not depend on how the runs were cut."""
    one, other = folded(values, 57), folded(values, RUNS)
    for name in NAMES:
        a, b = one[name], other[name]
        assert (a.defined, a.censored, a.carriers) == (b.defined, b.censored, b.carriers)
        assert a.edge.tolist() == b.edge.tolist()
    assert all(np.array_equal(getattr(one.bins, field), getattr(other.bins, field))
               for field in ("codes", "counts", "lows", "highs"))  # fmt: skip


def test_a_fold_without_runs_has_no_numbers():
    """Before the first run all is empty, and nothing fails."""
    fold = Fold(("a",), HORIZON, FINE)
    assert moments(np.empty(0)).count == 0
    summary = summaries(fold, {"a": True}, {})["a"]
    assert (summary.mean, summary.ci95, summary.p50, summary.n) == (None, None, None, 0)
    assert np.isnan([fold["a"].least, fold["a"].greatest]).all()
