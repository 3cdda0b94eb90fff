"""What tests of the search share: one small search, done once."""

from functools import cache

from simdeploy.scenario import load_scenario
from simdeploy.tuning import tune

DELAY = "target_group.deregistration_delay"
BAKE = "strategies.rolling.bake_time"
WAIT = "strategies.blue-green.termination_wait"
#: Settings and runs that take about a second.
SMALL = {"budget": 120, "runs": 100}


def small(name="long-requests", strategy="rolling", **how):
    """Search a scenario of the gallery with little effort."""
    return tune(load_scenario(name), strategy, **{**SMALL, **how})


@cache
def uploads():
    """Return the search for rolling's drain and bake time where uploads take a minute."""
    return small(knobs=[f"{DELAY}=0s:300s:30s", f"{BAKE}=0s,3m,10m"], budget=200)
