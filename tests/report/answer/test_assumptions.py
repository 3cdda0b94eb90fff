"""What a file leaves open is listed with its path and value."""

import re

from pydantic import BaseModel

from simdeploy.report.answer.assumptions import assumptions, render_assumptions
from simdeploy.scenario import load_scenario
from simdeploy.scenario.model import Defaults


class Check(BaseModel):
    """A block with two values."""

    interval: float = 30.0
    timeout: float = 5.0


class Small(BaseModel):
    """A small scenario."""

    name: str
    platform: str
    check: Check = Check()
    strategies: dict[str, Check] = {}
    operator: Check | None = None
    fail_open: bool = True
    defaults: Defaults = Defaults()


def test_only_what_was_not_given_is_listed():
    """A given value is no assumption, its neighbors in the same block are; what is off is not."""
    made = Small(
        name="x", platform="ecs", check=Check(interval=10), strategies={"rolling": Check(timeout=2)}
    )
    assert assumptions(made) == {
        "check.timeout": 5.0, "strategies.rolling.interval": 30.0, "fail_open": True,
    }  # fmt: skip


def test_a_block_that_is_missing_is_listed_value_by_value():
    """A block left out is told by each of its values."""
    assert render_assumptions(Small(name="x", platform="ecs", fail_open=False)).splitlines()[
        1:
    ] == [
        "  check.interval  30",
        "  check.timeout   5",
    ]


def test_a_full_file_has_no_assumptions():
    """When everything is given, that is said."""
    full = Small(name="x", platform="ecs", check=Check(interval=1, timeout=2), fail_open=True)
    assert render_assumptions(full) == "Every value is given in the file."


def test_what_defaults_and_configs_give_is_not_open():
    """A strategy's key is given by the defaults, by its config, or is not its controller's."""
    found = [path for path in assumptions(load_scenario("happy-path")) if "strategies" in path]
    gone = ("bake_time", "percent", "termination_wait", "enable", "threshold")
    assert [path for path in found if path.rsplit(".", 1)[1] in gone] == []


def test_strategies_with_the_same_open_value_stand_together():
    """A value that several strategies leave open takes one line, in words."""
    told = render_assumptions(load_scenario("happy-path"))
    assert re.search(
        r"strategies\.\{blue-green, canary, linear\}\.controller_delay +uniform: low 5, high 60",
        told,
    )
    assert "startup.cpu_boost.for " in told
    assert "None" not in told
