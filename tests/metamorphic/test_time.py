"""Time twice as slow: where all takes twice as long and half as much comes in, times double."""

import pytest
from hypothesis import strategies as st

from simdeploy.encode import latency_tables, service
from simdeploy.scenario import Scenario
from tests.generate import FREE, GRID, scenarios
from tests.metamorphic.common import FIELDS, apart, in_slow_motion, play, search

SECONDS = ("task_seconds_old", "task_seconds_new", "downtime_caused")
TIMES = [n for n in FIELDS if (n.endswith("_s") or n in SECONDS) and n != "p99_latency_s"]
#: Prices are per hour, and hours do not change.
MONEY = ["cost_usd", "extra_cost_usd"]
#: Latencies are counted in classes, whose limits do not move with the scenario.
CLASSES = ["p99_latency_s"]


@st.composite
def without_clocks(draw, times):
    """Return a scenario without what has a pace of its own.

    That is the time of day, ``auto`` bake times, a missing image (given up after a minute), hooks
    and tasks that controllers await for an hour, and what is read off the classes of latencies.
    """
    told = draw(scenarios(times))
    traffic = told["traffic"]
    daily = traffic.pop("daily", None)
    if daily:
        traffic["rate"] = daily["high"]
    traffic["sampled"] = False
    told["horizon"] = min(told["horizon"], 1500.0)
    # Without a load balancer tasks are healthy after 40 s.
    told["service"].pop("load_balancer", None)
    told["alarms"] = [{**a, "period": 10.0} for a in told["alarms"] if a["metric"] != "p99_latency"]
    names = [alarm["name"] for alarm in told["alarms"]]
    events = told["environment"]["events"]
    told["environment"]["events"] = [e for e in events if e.get("alarm", names) in (names, *names)]
    if told.get("operator", {}).get("first_command") == "image_gone":
        told["operator"]["first_command"] = "refused"
    for strategy in told["strategies"].values():
        strategy["alarms"] = [name for name in strategy["alarms"] if name in names]
        for block in (strategy, strategy.get("deploy", {})):
            if block.get("bake_time") == "auto":
                block["bake_time"] = 60.0
    return told


def play_slowly(monkeypatch, slow, name):
    """Return runs of a scenario twice as slow, in which full load lasts twice as long, too."""
    with monkeypatch.context() as patch:
        patch.setattr(latency_tables, "FULL_LOAD", 2.0 * latency_tables.FULL_LOAD)
        # A table of latencies is kept by what it is made of, to which this constant does not count.
        latency_tables._known_tails.cache_clear()
        runs = play(slow, name)
    latency_tables._known_tails.cache_clear()
    return runs


@pytest.mark.parametrize("times", [GRID, FREE], ids=["grid", "free"])
def test_twice_as_slow(monkeypatch, times):
    """With every time doubled and every rate halved, counts stay and times double."""
    monkeypatch.setattr(service, "BILLED_MINIMUM", 0.0)

    def check(told):
        usual = Scenario.model_validate(told)
        slow = in_slow_motion(usual, 2.0)
        wrong = []
        for name in usual.strategies:
            one, other = play(usual, name), play_slowly(monkeypatch, slow, name)
            for metric in (*TIMES, *MONEY):
                one[metric] *= 2.0
            wrong += apart(one, other, [f for f in FIELDS if f not in CLASSES])
        return wrong

    search(without_clocks(times), 6, check)
