"""Aggregates: equal to NumPy on the runs themselves, and merged in any order to the same bits."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simdeploy.engines import RESULT, replicate
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results import histograms
from simdeploy.results.intervals import FEW, mean_and_half
from simdeploy.results.summary import matrix, row_quantiles, summarize_variant
from simdeploy.scenario import load_scenario
from simdeploy.sweeps.aggregates import (
    BLOCK,
    IS_TIME,
    LEVELS,
    NUMBERS,
    STATISTICS,
    aggregate,
    from_arrays,
    merge_aggregates,
    statistics_of,
    to_arrays,
)

values = st.one_of(
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, -0.0, 300.0, 299.99999, np.nan, np.inf, 5e-324, 1.0, 2.0]),
)


def rows_of(count, seed=1):
    """Return made-up runs of all kinds of numbers: atoms, tails, negative, null and censored."""
    random = np.random.default_rng(seed)
    rows = np.empty(count, RESULT)
    for i, name in enumerate(NUMBERS):
        rows[name] = random.lognormal(3, 2, count) * random.choice([-1, 1, 1, 0], count)
        if IS_TIME[i]:
            rows[name] = random.choice([300.0, np.nan, np.inf, *random.exponential(90, 9)], count)
    rows["verdict"] = random.integers(len(VERDICTS), size=count)
    rows["outcome"] = random.integers(len(OUTCOMES), size=count)
    return rows


def in_blocks(rows, horizon, size=BLOCK):
    """Return the aggregates of blocks of runs."""
    starts = range(0, len(rows), size)
    return [aggregate(rows[at : at + size], horizon, k) for k, at in enumerate(starts)]


def same(one, other):
    """Return whether two aggregates are equal to the last bit."""
    pairs = ((to_arrays(one)[name], to_arrays(other)[name]) for name in to_arrays(one))
    return all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in pairs)


def test_statistics_are_those_of_the_runs():
    """Counts are exact, means and deviations within 1e-12, quantiles within the widest bin."""
    rows, horizon = rows_of(10_000), 1000.0
    found = statistics_of(merge_aggregates(in_blocks(rows, horizon)), horizon)
    for i, name in enumerate(NUMBERS):
        known = rows[name][~np.isnan(rows[name])]
        assert found.defined[i] == len(known)
        assert found.censored[i] == np.isposinf(known).sum()
        told = dict(zip(STATISTICS, found.values[i], strict=True))
        cut = np.minimum(known, horizon) if IS_TIME[i] else known
        assert told["mean"] == pytest.approx(cut.mean(), rel=1e-12)
        assert told["sd"] == pytest.approx(cut.std(ddof=1), rel=1e-12)
        assert (told["min"], told["max"]) == (known.min(), known.max())
        for word, level in LEVELS.items():
            exact = row_quantiles(np.sort(known)[None], np.array([len(known)]), level)[0]
            assert told[word] == pytest.approx(exact, rel=histograms.WIDEST, abs=1e-9)
    assert found.verdicts.tolist() == np.bincount(rows["verdict"], minlength=6).tolist()
    assert found.outcomes.tolist() == np.bincount(rows["outcome"], minlength=5).tolist()


@pytest.mark.many_runs
@pytest.mark.parametrize(
    ("name", "runs"), [("bad-boot", 500), ("happy-path", 500), ("friday-evening", 40)]
)
def test_statistics_are_those_of_compare(name, runs):
    """A sweep gives the means, intervals and warnings that a comparison gives of the same runs."""
    scenario = load_scenario(name)
    rows = replicate(scenario, "rolling", seed=1, lo=0, hi=runs)
    agree_with_compare(rows, scenario.horizon)


@pytest.mark.parametrize("harmed", [0, 1, 7, 19, 60])
@pytest.mark.parametrize("usual", [0.0, 50.0])
def test_rare_harm_has_the_interval_of_compare(harmed, usual):
    """Of 1,000 runs a few fail much more than the others: sweep and comparison warn alike."""
    rows = np.zeros(1000, RESULT)
    random = np.random.default_rng(harmed)
    rows["requests"] = 1e6
    rows["failed_requests"] = random.exponential(1.0, 1000) * usual
    rows["failed_requests"][:harmed] += random.gamma(4.0, 2500.0, harmed)
    rows["downtime_s"][:harmed] = [np.inf, *random.exponential(90.0, 999)][:harmed]
    agree_with_compare(rows, 3600.0)


def agree_with_compare(rows, horizon):
    """Assert that an aggregate of runs has the means, intervals and warnings of their summary."""
    found = statistics_of(merge_aggregates(in_blocks(rows, horizon, size=100)), horizon)
    exact = summarize_variant(rows, horizon)
    values = np.where(np.isposinf(matrix(rows, NUMBERS)), horizon, matrix(rows, NUMBERS))
    means, halves = mean_and_half(values, len(rows) - np.isnan(values).sum(axis=1))
    for i, metric in enumerate(NUMBERS):
        one, mine = exact.metrics[metric], dict(zip(STATISTICS, found.values[i], strict=True))
        if one.n == 0:
            assert np.isnan(found.values[i]).all()
            continue
        assert mine["mean"] == pytest.approx(one.mean, rel=1e-12)
        ends = one.ci95 or (np.nan, np.nan)
        by_student = one.n < 2 or ends == (means[i] - halves[i], means[i] + halves[i])
        has_bins = not by_student and np.count_nonzero(values[i]) >= FEW
        spread = 1e-3 * (abs(one.mean) + one.half_width) if has_bins else 1e-12
        assert [mine["low"], mine["high"]] == pytest.approx(ends, rel=1e-9, abs=spread, nan_ok=True)
        assert (found.carried_by[i], found.skewed[i]) == (one.carried_by, one.skewed), metric
        assert mine["p95"] == pytest.approx(one.p95, rel=histograms.WIDEST)


def test_equal_values_are_told_exactly():
    """Where all runs have the same number, mean and quantiles are that number, without a bin."""
    rows = rows_of(BLOCK + 3)
    rows["downtime_s"] = 0.1
    told = statistics_of(merge_aggregates(in_blocks(rows, 1000.0)), 1000.0).values[
        NUMBERS.index("downtime_s")
    ]
    assert told.tolist() == [0.1, 0.1, 0.1, 0.0, *[0.1] * 6]


def test_a_number_that_never_happened_has_no_statistics():
    """Without any value all statistics are null, and a single value has no interval."""
    rows = rows_of(3)
    rows["rollback_s"] = [np.nan, np.nan, 7.0]
    rows["detect_s"] = np.nan
    told = statistics_of(aggregate(rows, 1000.0, 0), 1000.0).values
    assert np.isnan(told[NUMBERS.index("detect_s")]).all()
    single = dict(zip(STATISTICS, told[NUMBERS.index("rollback_s")], strict=True))
    assert single["mean"] == single["p99"] == 7.0
    assert np.isnan([single["low"], single["high"], single["sd"]]).all()


@settings(max_examples=50)
@given(st.lists(st.lists(values, min_size=1, max_size=20), min_size=1, max_size=6), st.randoms())
def test_histograms_merge_in_any_order(groups, random):
    """However values are grouped and in whatever order merged, the histogram is the same."""
    whole = histograms.binned(np.array([[v for group in groups for v in group]]))
    parts = [histograms.binned(np.array([group])) for group in groups]
    random.shuffle(parts)
    while len(parts) > 1:
        at = random.randrange(len(parts) - 1)
        parts[at : at + 2] = [histograms.merge_histograms(parts[at : at + 2])]
    for field in fields(whole):
        name = field.name
        assert np.array_equal(getattr(parts[0], name), getattr(whole, name))


def by_hand(values):
    """Return {(row, bin): (count, least, greatest)} of the finite values, one by one."""
    found = {}
    for row, numbers in enumerate(values):
        for value in numbers[np.isfinite(numbers)] + 0.0:
            key = row, int(histograms.bins(np.array([value]))[0])
            count, low, high = found.get(key, (0, np.inf, -np.inf))
            found[key] = count + 1, min(low, value), max(high, value)
    return found


close = st.floats(1.0, 1.5) | st.just(1.25)
rows_of_forty = (
    st.lists(close, min_size=40, max_size=40)
    | st.lists(values, min_size=40, max_size=40)
    | values.map(lambda value: [value] * 40)
)


@settings(max_examples=100)
@given(st.lists(rows_of_forty, min_size=1, max_size=6))
def test_every_way_of_binning_gives_the_same(rows):
    """Rows of one value, of values that lie close together, and of any others: bins by hand."""
    found = histograms.binned(np.array(rows))
    places = [divmod(int(code), histograms.span(histograms.SHIFT)) for code in found.codes]
    told = {
        (row, place - histograms.span(histograms.SHIFT) // 2): tuple(numbers)
        for (row, place), *numbers in zip(
            places, found.counts.tolist(), found.lows, found.highs, strict=True
        )
    }
    assert told == by_hand(np.array(rows))
    assert (np.diff(found.codes) > 0).all()


def test_constant_numbers_have_exact_sums():
    """A number that is the same in all runs is summed without rounding, and does not deviate."""
    rows = rows_of(1000)
    rows["downtime_s"], rows["rollback_s"], rows["detect_s"] = 0.1, np.inf, np.nan
    found = aggregate(rows, 300.0, 0)
    for name, total, defined, endless in (
        ("downtime_s", 0.1 * 1000, 1000, 0),
        ("rollback_s", 300.0 * 1000, 1000, 1000),
        ("detect_s", 0.0, 0, 0),
    ):
        i = NUMBERS.index(name)
        assert (found.totals[0, i], found.squares[0, i]) == (total, 0.0)
        assert (found.defined[i], found.censored[i], found.counts[0, i]) == (
            defined, endless, defined,
        )  # fmt: skip


@settings(max_examples=20)
@given(st.permutations(range(5)), st.integers(1, 4))
def test_aggregates_merge_in_any_order(order, at):
    """Blocks merged in any order and grouping give the same bits, float sums included."""
    blocks = in_blocks(rows_of(500), 1000.0, size=100)
    mixed = [blocks[k] for k in order]
    grouped = merge_aggregates([merge_aggregates(mixed[:at]), merge_aggregates(mixed[at:])])
    assert same(grouped, merge_aggregates(blocks))
    assert (
        statistics_of(grouped, 1000.0).values.tobytes()
        == statistics_of(merge_aggregates(blocks), 1000.0).values.tobytes()
    )


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_bins_are_narrow(value):
    """A bin reaches at most 3.125 % from its lower edge, on both sides of zero alike."""
    inside = value * (1.0 + histograms.WIDEST)
    low, high, beyond = histograms.bins(np.array([value, inside, -value]))
    assert 0 <= high - low <= 2
    assert beyond == ~low


def test_bins_keep_the_order():
    """A greater value is never in a lower bin."""
    ordered = np.sort(np.random.default_rng(1).normal(0, 1e3, 10_000))
    assert (np.diff(histograms.bins(ordered)) >= 0).all()


def test_an_aggregate_survives_a_file():
    """Taken apart into arrays and put together again an aggregate is the same."""
    one = merge_aggregates(in_blocks(rows_of(300), 1000.0, size=100))
    assert same(from_arrays(to_arrays(one)), one)
