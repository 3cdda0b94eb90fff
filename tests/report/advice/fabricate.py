"""Recommendations without an engine: random costs, and a good release that strategies ship."""

from dataclasses import replace
from functools import cache

import numpy as np

from simdeploy.advice.expected import Costs, Crossing
from simdeploy.advice.mix import read_advice
from simdeploy.advice.recommendation import Recommendation
from simdeploy.results.comparison import Comparison, StrategyResult
from tests.advice.fabricate import KINDS, random_given, random_played
from tests.results.fabricate import rows, scenario

NAMES = ("rolling", "blue-green", "canary")


@cache
def good_release(names=NAMES, *, stuck=(), overloaded=False):
    """Return the comparison of a good release; those that are stuck never ship it."""
    made = scenario(names, faults=(), release={"faults": []}, horizon="3h")
    results = {}
    for name in names:
        ends = {"verdict": "held", "outcome": "stuck"} if name in stuck else {
            "verdict": "shipped", "outcome": "succeeded"
        }  # fmt: skip
        more = {"failed_requests": 1e6, "failed_caused": 0.0} if overloaded else {}
        good = rows(40, extra_cost_usd=0.1, **ends, **more)
        back = 100.0 if name == "rolling" else 38.0
        drills = {
            key: rows(40, full_traffic_s=60.0, decision_s=660.0, rollback_s=seconds)
            for key, seconds in (("rollback_after_s", back), ("rollback_late_s", 2 * back))
        }
        results[name] = StrategyResult(name, made.horizon, good, None, drills, faulty=False)
    return Comparison(made, 40, 1, results)


def random_recommendation(seed):
    """Return a random recommendation: some do not ship, some hinge on a default of the scenario."""
    rng = np.random.default_rng(seed)
    stuck = tuple(name for name in NAMES if rng.random() < 0.15)
    good = good_release(stuck=stuck, overloaded=bool(rng.random() < 0.05))
    advice = read_advice(random_given(seed), KINDS, NAMES)
    made = Recommendation(good, Costs(random_played(seed, NAMES), advice.mix), advice)
    if rng.random() < 0.2 and made.rivals:
        return replace(made, defaults=(Crossing("operator.decides", 300.0, 450.0),))
    return made
