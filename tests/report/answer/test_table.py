"""The table: columns, cells by their rules, notes, legend."""

from math import inf, nan

import numpy as np
import pytest

from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.table import Table, legend
from tests.report.answer.made import RUNS, answered, cells, compared, good, harm, live, undone
from tests.results import fabricate as make


def mixed(share, one, other):
    """Return runs of which a share is one kind and the rest another."""
    rows = one.copy()
    rows[int(share * RUNS) :] = other[int(share * RUNS) :]
    return rows


def test_blocks_of_a_bad_release():
    """A bad release stands beside a good one."""
    columns = answered({"rolling": harm(900.0), "canary": harm(700.0)}).columns
    assert [c.block for c in columns] == ["this bad release"] * 6 + ["a good release"] * 3
    assert [c.title for c in columns] == [
        "failed requests mean", "failed requests bad day", "ends", "decided after",
        "rollback time", "over after", "live after", "done after", "extra cost",
    ]  # fmt: skip


def test_block_of_a_good_release():
    """A good release has one block, with the drill."""
    columns = answered({"rolling": good(), "canary": good()}, faults=()).columns
    assert {c.block for c in columns} == {""}
    assert [c.title for c in columns][2:] == [
        "live after", "done after", "extra cost", "taken back 10m later",
    ]  # fmt: skip


def test_more_columns_with_more_room():
    """A wide table has the equivalent outage and what bad code served, too."""
    found = {"rolling": harm(900.0), "canary": harm(700.0)}
    more = {c.title for c in answered(found, wide=True).columns}
    assert more - {c.title for c in answered(found).columns} == {
        "as bad as outage of", "served by bad code",
    }  # fmt: skip


def test_rows_in_order_of_merit():
    """The best has a check mark, who ships no good release a cross and the last place."""
    release = {"recreate": harm(90.0), "rolling": harm(900.0), "canary": harm(700.0)}
    made = answered(release, {"recreate": undone()})
    assert [(row.mark, row.name) for row in made.rows] == [
        ("✓", "canary"), ("", "rolling"), ("✗", "recreate"),
    ]  # fmt: skip
    assert cells(made, "recreate")["live after"] == "never"
    assert made.notes == (
        "its own outage raises the alarm checkout-5xx, which takes good releases back, too",
    )


def test_zero_and_less_than_one():
    """Zero is written only where no run has any."""
    rare = make.rows(RUNS, failed_requests=[20.0] + [0.0] * (RUNS - 1))
    made = answered({"rolling": make.rows(RUNS), "canary": rare})
    assert cells(made, "rolling")["failed requests mean"] == "0"
    assert cells(made, "canary")["failed requests mean"] == "< 1"
    assert "mean 0: in none of 1,000 runs" in made.legend


@pytest.mark.parametrize(
    ("share", "text", "notes"), [(1.0, "1m20s", 0), (0.96, "≥ 6m05s", 0), (0.5, "1m20s", 1),
                                 (0.04, "never", 0)]
)  # fmt: skip
def test_decided_after(share, text, notes):
    """A mean of all runs from 95 % on, of those that decide down to 5 %, else never."""
    made = answered({"rolling": mixed(share, harm(900.0), live(failed_requests=900.0)),
                     "canary": harm(10.0)})  # fmt: skip
    row = next(row for row in made.rows if row.name == "rolling")
    place = [c.metric for c in made.columns].index("decided_after")
    assert (row.cells[place].text, len(row.cells[place].notes)) == (text, notes)


def test_one_clock_per_table():
    """Decisions count from the first failure only if every deciding run of all had one."""
    hurt, calm = harm(900.0), harm(0.0, user_onset_s=nan)
    made = answered({"rolling": hurt, "canary": harm(700.0)})
    assert cells(made, "rolling")["decided after"] == "1m20s"
    assert "decided: after the first failed request" in made.legend
    made = answered({"rolling": hurt, "canary": calm})
    assert cells(made, "rolling")["decided after"] == "2m20s"
    assert "decided: after the command" in made.legend


def test_mixed_ends_are_told_in_a_note():
    """An end below 95 % has its share, and a note on the rest with what both fail."""
    made = answered({"rolling": mixed(0.6, live(failed_requests=95.0), harm(55_000.0)),
                     "canary": harm(10.0)})  # fmt: skip
    assert cells(made, "rolling")["ends"] == "live, bad 60 %"
    note = "rolling: live, bad in 60 % of runs (95 failed), undone in 40 % (55,000 failed)"
    assert note in made.notes


def test_mixed_signals_are_told_in_a_note():
    """Where alarms and people end it, the shares of both are told."""
    made = answered({"rolling": mixed(0.6, harm(900.0), harm(900.0, signal="operator")),
                     "canary": harm(10.0)})  # fmt: skip
    assert cells(made, "rolling")["ends"] == "undone"
    assert made.notes == ("rolling: undone by alarm in 60 % of runs and by person in 40 %",)


def test_rollback_that_never_ends():
    """A rollback that no run completes is longer than the horizon; without one there is a dash."""
    made = answered({"rolling": harm(900.0, rollback_s=inf), "canary": live(failed_requests=9.0)})
    assert cells(made, "rolling")["rollback time"] == "> 2h"
    assert cells(made, "canary")["rollback time"] == "–"
    assert "≥, >: some runs are cut at 2h" in made.legend


def test_ships_sometimes():
    """A good release that ships in some runs has their share instead of a time."""
    made = answered({"rolling": harm(900.0), "canary": harm(9.0)},
                    {"canary": mixed(0.7, good(), undone())})  # fmt: skip
    assert cells(made, "canary")["live after"] == "70 %"
    assert made.notes[0].startswith("in 30 % of runs its own outage raises the alarm")


def test_without_a_twin_there_is_no_good_block():
    """Where no good release was played, nothing is said of one."""
    from simdeploy.api import compare

    release = {"rolling": harm(900.0), "canary": harm(700.0)}
    scenario = make.scenario(tuple(release), runs=RUNS)
    found = compare(scenario, engine=make.engine(release), twin=False)
    assert {c.block for c in Table(facts(found)).columns} == {"this bad release"}


@pytest.mark.parametrize(
    ("spread", "said"),
    [(0.0, "means of 1,000 runs, ±1 %"), (300.0, "means of 1,000 runs, ±3 %"),
     (2000.0, "means of 1,000 runs, ±1 % (rolling's failed requests ±8 %)")],
)  # fmt: skip
def test_margin_is_said_once(spread, said):
    """One ± holds for the table; a mean that is much less certain is named."""
    rows = np.maximum(0.0, make.noise(RUNS, 900.0, spread))
    found = compared({"rolling": _failing(rows), "canary": harm(10.0)})
    assert legend(Table(facts(found)))[0] == said


def _failing(rows):
    out = harm(900.0)
    out["failed_requests"] = out["failed_caused"] = rows
    return out


def test_three_good_releases():
    """A chain of releases is headed as such: times of the last, money of all."""
    chain = [
        {"faults": [{"kind": "schema", "change": change}]} for change in ("expand", "contract")
    ]
    made = answered({"rolling": good(), "canary": good()}, releases=chain)
    titles = [c.title for c in made.columns if c.block == "2 good releases"]
    assert titles == ["live after (last)", "done after", "extra cost"]
