"""Many faults under every strategy: what is played, and the numbers of the cells."""

import json
from math import isnan

import numpy as np
import pytest

import simdeploy
from simdeploy.advice.fault_matrix import COLUMNS, MOST_RUNS, compare_faults, planned
from simdeploy.advice.fault_rows import default_rows, with_fault
from simdeploy.api import compare
from simdeploy.engines import replicate
from simdeploy.errors import SimdeployError
from simdeploy.model.registry import VERDICTS
from simdeploy.results import room
from simdeploy.results.folded import FoldedComparison
from simdeploy.scenario import load_scenario

ROWS = {row.name: row for row in default_rows()}
SOME = ("none", "errors 30 %", "crash at boot", "registry gone")


def some(*names, **settings):
    """Return the matrix of some default rows over few runs."""
    return compare_faults(
        "happy-path", [ROWS[name] for name in names or SOME], **({"runs": 10} | settings)
    )


@pytest.mark.parametrize("name", SOME)
def test_a_row_is_what_compare_gives(name):
    """Each row is the comparison of the scenario with the fault laid over it, to the last bit."""
    scenario = with_fault(load_scenario("happy-path"), ROWS[name])
    alone, inside = compare(scenario, runs=10, drill=False), some().comparisons[name]
    assert alone.ranking == inside.ranking
    for (strategy, a), (_, b) in zip(alone.results, inside.results, strict=True):
        assert a.rows.tobytes() == b.rows.tobytes(), strategy
        assert alone.good_rows(strategy).tobytes() == inside.good_rows(strategy).tobytes()


@pytest.mark.parametrize("strategy", load_scenario("happy-path").strategies)
def test_a_good_release_is_its_own_twin(strategy):
    """A release without faults and the twin of a faulty one are the same runs."""
    base = load_scenario("happy-path")
    which = {"seed": 1, "lo": 0, "hi": 5}
    good = replicate(with_fault(base, ROWS["none"]), strategy, **which)
    twin = replicate(with_fault(base, ROWS["slow x3"]), strategy, variant="twin", **which)
    assert good.tobytes() == twin.tobytes()


def test_planned_counts_what_is_played():
    """Nine bad rows and, by surroundings, four good ones: 13 × 5 strategies × 200 runs."""
    scenario, seen = load_scenario("happy-path"), []
    assert planned(scenario) == 13 * 5 * 200
    some(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4 * 5 * 10, 4 * 5 * 10)
    assert planned(scenario, [ROWS[name] for name in SOME], 10) == 4 * 5 * 10


def test_too_many_runs_are_refused_before_any():
    """A typing error must not take days."""
    with pytest.raises(SimdeployError, match=f"allowed: {MOST_RUNS:,}"):
        some(runs=10_000_000)


@pytest.mark.parametrize("rows", [[], [ROWS["none"], ROWS["none"]]])
def test_rows_need_names_of_their_own(rows):
    """Rows go by their names."""
    with pytest.raises(SimdeployError, match="a name of its own"):
        compare_faults("happy-path", rows)


def test_the_numbers_of_a_cell_are_those_of_the_runs():
    """Means over the runs that decide, and over the good releases that ship."""
    matrix = some()
    for row, name, values in matrix.records():
        rows = matrix.comparisons[row].strategies[name].rows
        good = matrix.comparisons[row].good_rows(name)
        decided = rows["decision_s"][np.isfinite(rows["decision_s"])]
        ships = good["verdict"] == VERDICTS.index("shipped")
        assert values["failed_caused"] == pytest.approx(rows["failed_caused"].mean())
        assert values["decided_share"] == len(decided) / 10
        assert values["ships_share"] == ships.mean()
        for value, times in (("decided_after_s", decided),
                             ("live_after_s", good["full_traffic_s"][ships])):  # fmt: skip
            expected = times.mean() if len(times) else None
            assert values[value] == (None if expected is None else pytest.approx(expected))


def test_frame_has_a_line_per_fault_and_strategy():
    """The columns are those of the CSV; who is left out has no place."""
    frame = simdeploy.compare_faults("happy-path", [ROWS["errors 30 %"]], runs=10).to_frame()
    assert frame.index.names == ["fault", "strategy"]
    assert tuple(frame.columns) == COLUMNS
    assert frame.loc[("errors 30 %", "canary"), "is_best"]
    assert frame.loc[("errors 30 %", "recreate"), "place"] is not None
    assert isnan(frame.loc[("errors 30 %", "recreate"), "live_after_s"])
    assert frame["place"].isna().sum() == 1


def test_equal_inputs_give_equal_bytes():
    """Nothing in the numbers depends on threads or time, and JSON can hold them."""
    texts = [json.dumps(some(threads=n).to_dict(), allow_nan=False) for n in (1, 2)]
    assert texts[0] == texts[1]


def test_strategies_can_be_chosen():
    """As for compare; seed and engine reach the runs."""
    matrix = some("none", strategies=["canary", "rolling"], seed=3, engine="process", runs=2)
    assert matrix.strategies == ("canary", "rolling")
    assert (matrix.seed, matrix.runs) == (3, 2)
    assert repr(matrix) == "<FaultMatrix of 1 faults × canary, rolling: happy-path>"


def test_more_runs_than_are_kept_are_folded_row_by_row(monkeypatch):
    """The numbers of all cells, the places and the sentences are those of all runs kept."""
    names = (*SOME, "slow x3")
    whole = some(*names)
    monkeypatch.setattr(room, "KEPT_RUNS", 0)
    monkeypatch.setattr(room, "CHUNK", 4)
    seen = []
    folded = some(*names, progress=lambda done, total: seen.append((done, total)))
    assert isinstance(folded.comparisons["errors 30 %"], FoldedComparison)
    assert seen[-1] == (5 * 5 * 10, 5 * 5 * 10)
    assert str(folded) == str(whole)
    for a, b in zip(whole.records(), folded.records(), strict=True):
        assert a[:2] == b[:2]
        for column, value in a[2].items():
            near = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
            assert b[2][column] == near, (a[:2], column)
    with pytest.raises(SimdeployError, match="runs are more than are kept"):
        folded.comparisons["errors 30 %"].strategies["rolling"].spread("failed_caused", [0.5])


def test_a_matrix_that_does_not_fit_is_refused():
    """Rows are played one after the other, so that only very many cells do not fit."""
    assert room.keeps_matrix(200, 5, 9, 4)
    assert not room.keeps_matrix(10**6, 12, 9, 4)
    with pytest.raises(SimdeployError, match="allowed: 250 MB"):
        room.keeps_matrix(10**6, 100, 9, 4)
