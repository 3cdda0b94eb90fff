"""Refinement by a library: Optuna's tree-structured Parzen estimator (TPE) around the front.

It starts from what the first sample has shown, asks for a batch of settings at a time and learns
their goals, and how far they exceed the bounds. ``python -m benchmarks.search`` compares it with
our own refinement.
"""

import importlib
import importlib.util
from typing import Any

from simdeploy.errors import MissingExtraError
from simdeploy.sweeps.knobs import Setting
from simdeploy.tuning.search import Search

EXTRA = "search"
#: Settings asked for before any of them is learned; they are played side by side.
BATCH = 8
#: Most asks per setting: an estimator that only repeats itself ends.
MOST_ASKS = 5
#: Places are in [0, 1).
HIGHEST = 1.0 - 1e-9


def require_library() -> Any:
    """Import Optuna.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    if importlib.util.find_spec("optuna") is None:
        raise MissingExtraError(EXTRA, "--search tpe")
    return importlib.import_module("optuna")


def refine(search: Search, budget: int, seed: int) -> None:
    """Play at most ``budget`` more settings, where the estimator expects the front.

    Raises
    ------
    MissingExtraError
        Without Optuna.
    """
    optuna = require_library()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = [str(k) for k in range(len(search.player.knobs))]
    places = dict.fromkeys(names, optuna.distributions.FloatDistribution(0.0, HIGHEST))
    sampler = optuna.samplers.TPESampler(seed=seed % 2**32)
    study = optuna.create_study(directions=["minimize"] * len(search.player.goals), sampler=sampler)
    for setting in search.samples:
        place = dict(zip(names, map(float, search.fit.places(setting)), strict=True))
        study.add_trial(
            optuna.trial.create_trial(
                params=place, distributions=places, values=_goals(search, setting),
                constraints=_bounds(search, setting),
            )
        )  # fmt: skip
    end = len(search.samples) + budget
    for _ in range(MOST_ASKS * budget // BATCH + 1):
        count = min(BATCH, end - len(search.samples))
        if count <= 0:
            break
        _play_batch(optuna, study, search, places, count)


def _play_batch(optuna: Any, study: Any, search: Search, places: Any, count: int) -> None:
    """Ask for so many settings, play those that AWS accepts, and tell the study what they do."""
    trials = [study.ask(places) for _ in range(count)]
    settings = [search.fit.setting([trial.params[name] for name in places]) for trial in trials]
    valid = [search.is_valid(setting) for setting in settings]
    search.play([setting for setting, fine in zip(settings, valid, strict=True) if fine])
    for trial, setting, fine in zip(trials, settings, valid, strict=True):
        if not fine:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        for name, value in _bounds(search, setting).items():
            trial.set_constraint(name, value)
        study.tell(trial, _goals(search, setting))


def _goals(search: Search, setting: Setting) -> list[float]:
    return [float(value) for value in search.means([setting])[0]]


def _bounds(search: Search, setting: Setting) -> dict[str, float]:
    return {"bounds": float(search.excess([setting])[0])}
