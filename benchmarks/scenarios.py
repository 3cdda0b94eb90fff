"""Scenarios that are timed."""

import random

from simdeploy import load_scenario
from simdeploy.scenario import Scenario


def random_rolling(number: int, seed: int = 1) -> list[Scenario]:
    """Rolling deployments of 2 to 20 tasks; three in ten releases crash at boot."""
    return [load_scenario("happy-path", overrides=one) for one in rolling_overrides(number, seed)]


def rolling_overrides(number: int, seed: int = 1) -> list[list[str]]:
    """Return them as changes of a scenario that every version has."""
    luck = random.Random(seed)
    return [one_rolling(luck) for _ in range(number)]


def one_rolling(luck: random.Random) -> list[str]:
    """Return one of them, with bounds that leave room for a task at least."""
    desired = luck.randint(2, 20)
    low, high = luck.choice([(100, 200), (50, 200), (50, 150), (0, 200)])
    crash = "[{kind: boot_crash, probability: 100%}]" if luck.random() < 0.3 else "[]"
    return [
        f"service.desired_count={desired}",
        f"traffic.rate={33 * desired}",
        f"target_group.health_check.interval={luck.choice([10, 15, 30])}s",
        f"service.startup.boot={luck.randint(5, 40)}s",
        f"strategies.rolling.minimum_healthy_percent={low}",
        f"strategies.rolling.maximum_percent={high}",
        f"release.faults={crash}",
        "horizon=1h",
    ]


def sized(desired: int) -> Scenario:
    """A good release of so many tasks, each as busy as the others."""
    overrides = [f"service.desired_count={desired}", f"traffic.rate={33 * desired}"]
    return load_scenario("happy-path", overrides=overrides)
