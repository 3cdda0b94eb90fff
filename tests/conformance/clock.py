"""Deployments that were reported with their settings and times: the cases of the clock.

Every number that a case needs is here, so that no default of the file format decides it; what is
left to the defaults is the control plane itself, which is what is compared.
"""

from simdeploy.scenario import Scenario
from tests.small import merged

#: ECS on Fargate, AWS's own checks (30/5, thresholds 5/2), shutdown 0.1 s, no grace.
OBSERVED = {
    "name": "observed",
    "platform": "ecs",
    "service": {
        "desired_count": 1,
        "capacity_rps": 60,
        "shutdown": "0.1s",
        "health_check_grace_period": 0,
        "startup": {"boot": 0},
    },
    "target_group": {
        "health_check": {
            "interval": 30,
            "timeout": 5,
            "healthy_threshold": 5,
            "unhealthy_threshold": 2,
        },
        "deregistration_delay": 30,
    },
    "traffic": {"rate": 1, "sampled": False},
    "strategies": {"it": {"type": "rolling", "bake_time": 0}},
    "horizon": 7200,
}


def start(provisioning, pull, container_start, boot=0.0):
    """Return a service's stages of a start."""
    return {
        "startup": {
            "provisioning": provisioning,
            "pull": pull,
            "container_start": container_start,
            "boot": boot,
        }
    }


def rolling(minimum, maximum, **breaker):
    """Return a rolling deployment, with a circuit breaker if settings for it are given."""
    told = {
        "type": "rolling",
        "minimum_healthy_percent": minimum,
        "maximum_percent": maximum,
        "bake_time": 0,
    }
    return {**told, "circuit_breaker": breaker} if breaker else told


def case(strategy, **above):
    """Return a case: blocks of the file over `OBSERVED`, with one strategy named ``it``."""
    return Scenario.model_validate({**merged(OBSERVED, above), "strategies": {"it": strategy}})


BREAKER = {"enable": True, "rollback": True}


def no_room(**service):
    """Return the replacement of five tasks at 0/100, which drain for 300 s."""
    told = {"desired_count": 5, **start(10, 19, 3), **service}
    return case(rolling(0, 100), service=told, target_group={"deregistration_delay": 300})


def wrong_port(desired):
    """Return a release that never listens, with AWS's own defaults and a breaker."""
    return case(
        rolling(100, 200, **BREAKER),
        service={"desired_count": desired, **start(15, 25, 3)},
        target_group={"deregistration_delay": 300},
        release={"faults": [{"kind": "never_listens"}]},
    )


def registry_down():
    """Return one task whose registry cannot be reached for three hours."""
    return case(
        rolling(100, 200, **BREAKER),
        service=start(10, 15, 3),
        environment={"events": [{"kind": "registry_down", "from": 0, "until": "3h"}]},
        horizon="3h",
    )


def only_task_dies():
    """Return a service whose only task dies at 20 min, after a good deployment."""
    return case(
        rolling(100, 200),
        service=start(12, 20, 3, boot=10),
        environment={"events": [{"kind": "task_crash", "at": "20m", "revision": "new"}]},
        horizon="1h",
    )


def good_release():
    """Return a good release on two tasks."""
    return case(
        rolling(100, 200), service={"desired_count": 2, **start(8, 20, 2, boot=10)}, horizon="1h"
    )


def good_release_without_boot():
    """Return a good release on two tasks that answer from RUNNING on."""
    return case(rolling(100, 200), service={"desired_count": 2, **start(8, 20, 2)}, horizon="1h")


def one_sick():
    """Return a release whose tasks never listen now and then, with room for their successors."""
    return case(
        rolling(100, 300),
        service={"desired_count": 2, **start(8, 20, 2)},
        release={"faults": [{"kind": "never_listens", "probability": 0.3}]},
        horizon="1h",
    )


def crash_beside_drain():
    """Return two tasks with room for three, whose first new one dies while an old one drains."""
    return case(
        rolling(100, 150),
        service={"desired_count": 2, **start(8, 20, 2)},
        target_group={"deregistration_delay": 300},
        environment={"events": [{"kind": "task_crash", "at": "90s", "revision": "new"}]},
        horizon="1h",
    )
