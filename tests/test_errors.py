"""The tree of exceptions."""

import pickle

import pytest

from simdeploy.errors import (
    Fault,
    ImportShapeError,
    MissingExtraError,
    NotSimulatedError,
    ScenarioError,
    SimdeployError,
    StrategyError,
)

ALL = [
    ScenarioError([Fault("a.yaml", 3, "runs", "must be …"), Fault("a.yaml", 0, "", "is empty")]),
    NotSimulatedError("environment.events: alarm_noise"),
    StrategyError("mine.py:3: plan() must return a list of steps; got None"),
    ImportShapeError("x.json", "no service in it"),
    MissingExtraError("web", "serving the page"),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_every_error_is_ours(error):
    """One `except` catches whatever the package raises on purpose."""
    assert isinstance(error, SimdeployError)


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_errors_travel_between_processes(error):
    """A worker's error arrives with its message."""
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_scenario_error_is_one_line_per_fault():
    """The terminal prints the message as it is."""
    assert str(ALL[0]).splitlines() == ["a.yaml:3: runs: must be …", "a.yaml: is empty"]


def test_a_missing_extra_names_the_install_line():
    """Nobody has to look up how to install it, and `except ImportError` works."""
    assert "pip install 'simdeploy[web]'" in str(ALL[-1])
    assert isinstance(ALL[-1], ImportError)
