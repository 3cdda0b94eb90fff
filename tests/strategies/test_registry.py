"""Strategies of one's own."""

from typing import ClassVar

import pytest

from simdeploy.scenario import json_schema, load_scenario_text
from simdeploy.strategies import REGISTRY, PlanContext, Strategy, register
from simdeploy.units import Percent


@pytest.fixture
def surge():
    """Register a strategy for one test."""
    before = dict(REGISTRY)

    @register
    class Surge(Strategy):
        """Doubles the fleet for a moment."""

        type: ClassVar[str] = "surge"
        percent: Percent = 50.0

    yield Surge
    REGISTRY.clear()
    REGISTRY.update(before)


def test_a_registered_strategy_validates_by_its_type(surge):
    """A file names it without any other change."""
    text = "name: a\nstrategies: {s: {type: surge, percent: 20%}}"
    one = load_scenario_text(text).strategies["s"]
    assert isinstance(one, surge)
    assert (one.type, one.percent) == ("surge", 20.0)


def test_the_schema_knows_it(surge):
    """Editors complete it, too."""
    assert "Surge" in json_schema()["$defs"]


def test_an_attribute_without_annotation_is_enough():
    """`type = …` is all that a subclass needs."""

    class Plain(Strategy):
        type = "plain"

    assert Plain().type == "plain"


def test_every_attribute_has_one_default():
    """A plain strategy is a custom pipeline without hooks, and none of it is a key of the file."""

    class Plain(Strategy):
        type = "plain"

    assert (Plain().controller, Plain().hooks, Plain().carrier) == ("custom", (), Plain())
    assert Plain.keys() == ["type", "alarms"]


def test_an_attribute_may_be_set_or_made_a_key():
    """A class attribute replaces a default for good, a field makes it a key of the file."""

    class Fixed(Strategy):
        controller = "ecs"

    class Open(Strategy):
        controller: str = "ecs"

    assert Fixed().controller == "ecs"
    assert Open(controller="code_deploy").controller == "code_deploy"
    assert (Fixed.keys(), Open.keys()) == (["type", "alarms"], ["type", "alarms", "controller"])


def test_a_taken_type_is_refused():
    """Nobody replaces `rolling` by accident."""

    class Mine(Strategy):
        type = "rolling"

    with pytest.raises(ValueError, match="already taken by Rolling"):
        register(Mine)


def test_a_type_is_needed():
    """Without a type no file could name it."""

    class Nameless(Strategy):
        pass

    with pytest.raises(ValueError, match="needs a class attribute such as type"):
        register(Nameless)


def test_the_base_has_no_plan():
    """A strategy without a plan says so."""
    with pytest.raises(NotImplementedError):
        Strategy().plan(PlanContext(6))


def test_the_eight_types():
    """The built-in strategies are these."""
    assert set(REGISTRY) == {
        "recreate", "rolling", "blue_green", "canary", "linear", "traffic_steps", "feature_flag",
        "kubernetes_rolling",
    }  # fmt: skip
