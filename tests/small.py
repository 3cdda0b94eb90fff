"""A tiny service whose every delay is a constant, for tests of single rules."""

from copy import deepcopy

from simdeploy.scenario import Scenario

#: Everything below a minute, nothing drawn: 45 s to RUNNING, healthy 20 s later, 300 s of drain.
BASE = {
    "name": "small",
    "platform": "custom",
    "service": {
        "desired_count": 6,
        "capacity_rps": 60,
        "startup": {"provisioning": 15, "pull": 27, "container_start": 3, "boot": 0},
        "shutdown": 5,
        "scheduler_tick": 0,
    },
    "target_group": {
        "health_check": {"interval": 30, "first_check": 20},
        "deregistration_delay": 300,
        "deregistration_propagation": 0,
        "weight_propagation": 0,
    },
    "traffic": {"rate": 100, "sampled": False},
    "strategies": {"it": {"type": "rolling", "bake_time": 0}},
    "horizon": 7200,
}


def merged(base, above):
    """Return one mapping laid over another; lists and strategies are replaced whole."""
    found = deepcopy(base)
    for key, value in above.items():
        inner = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if inner and key != "strategies" else value
    return found


def small(strategy=None, **above):
    """Return the tiny scenario with other blocks laid over it and one strategy named ``it``."""
    told = merged(BASE, above)
    if strategy is not None:
        told["strategies"] = {"it": strategy}
    return Scenario.model_validate(told)
