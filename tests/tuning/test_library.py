"""The search by Optuna's estimator: its budget, its luck, its result, and what is refused."""

import importlib.util

import pytest

from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.report.tuning.sentences import footer
from simdeploy.sweeps.planning import tree
from simdeploy.tuning import library
from simdeploy.tuning.api import tuner
from tests.tuning.common import BAKE, DELAY, small

needs_optuna = pytest.mark.skipif(
    importlib.util.find_spec("optuna") is None, reason="needs the extra search"
)
KNOBS = [f"{DELAY}=0s:300s:5s", f"{BAKE}=0s:60m:1m"]


def found(**how):
    """Return a small search by the estimator."""
    return small(knobs=KNOBS, search="tpe", **how)


@needs_optuna
@pytest.mark.many_runs
def test_the_same_seed_finds_the_same_settings():
    """Also on other numbers of threads, since batches do not depend on them."""
    one, other = found(threads=1), found(threads=2)
    assert one.tried.settings == other.tried.settings
    assert one.to_dict() == other.to_dict()
    assert one.tried.settings != found(seed=7).tried.settings


@needs_optuna
@pytest.mark.many_runs
def test_no_more_settings_are_played_than_the_budget_allows():
    """The first sample is that of our own search; then come others than ours."""
    own, other = small(knobs=KNOBS), found()
    assert 100 < len(other.tried.settings) <= 120 + 24 * 2
    first = [setting for setting in own.tried.settings if setting in other.tried.settings]
    assert len(first) >= 60
    assert other.tried.settings != own.tried.settings
    assert other.to_dict()["searched"]["by"] == "tpe"
    assert " by TPE" in footer(other)
    assert " by TPE" not in footer(own)


@needs_optuna
def test_the_estimator_learns_what_the_first_sample_has_shown():
    """Of its own settings more lie near the front than of the first sample's."""
    chosen = tuner(tree("long-requests"), "rolling", knobs=KNOBS, runs=100)
    search = chosen.search
    search.play([search.fit.setting((a / 8, b / 8)) for a in range(8) for b in range(8)])
    before = set(search.samples)
    library.refine(search, 32, 1)
    new = [setting for setting in search.samples if setting not in before]
    assert 0 < len(new) <= 32
    best = set(search.front(search.player.small(search.samples[new[0]].values, 0, 20), 24))
    assert len(best & set(new)) / len(new) > len(best & before) / len(before)


def test_without_the_library_the_install_line_is_given(monkeypatch):
    """Before anything is played."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'simdeploy\[search\]'"):
        found()


def test_an_unknown_search_is_refused():
    """With what is allowed."""
    with pytest.raises(SimdeployError, match='--search must be evolution or tpe; got "nsga"'):
        small(knobs=KNOBS, search="nsga")
