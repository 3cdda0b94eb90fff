"""Warnings of tune: settings whose means few runs carry."""

from types import SimpleNamespace

import numpy as np

from simdeploy.report.tuning.table import thin_means
from simdeploy.results.intervals import means_of
from simdeploy.tuning.result import SettingResult


def setting(*values):
    """Return a setting with the values of its goals."""
    return SettingResult("S1", (), (), np.array(values), (None,) * len(values))


def test_few_runs_that_carry_a_mean_are_named():
    """Of 200 runs 3 fail 500 requests: the interval is one for rare harm, and a line warns."""
    rare, usual = np.zeros(200), np.linspace(1.0, 2.0, 200)
    rare[:3] = 500.0
    row = setting(rare, usual)
    goals = [SimpleNamespace(title="Failed requests"), SimpleNamespace(title="Cost")]
    assert thin_means(SimpleNamespace(rows=[row], goals=goals)) == [
        "S1: few runs carry a mean (failed requests from 3 of 200); a worse run may be missing"
    ]
    whole = means_of(row.values, np.array([200, 200]))
    assert row.halves.tolist() == ((whole.high - whole.low) / 2).tolist()
    # Garwood's interval of 3 events of 500 in 200 runs is 1.5 to 21.9; one unseen may be greater.
    assert row.halves[0] > (21.9 - 1.5) / 2


def test_runs_that_weigh_most_are_named():
    """Where 30 of 200 runs have most of the harm, its ± is too small, and a line says so."""
    harm = np.r_[np.random.default_rng(1).lognormal(5.0, 2.5, 30), np.zeros(170)]
    goals = [SimpleNamespace(title="Failed requests")]
    row = setting(harm)
    lines = thin_means(SimpleNamespace(rows=[row], goals=goals))
    assert len(lines) == int(row.intervals.skewed[0]) + int(row.intervals.few[0] > 0) == 1
