"""What would end wrong or never is refused by name before a run begins."""

import pytest

from simdeploy.engines import replicate
from simdeploy.errors import NotSimulatedError
from tests.small import small

NO_TIME = {"provisioning": 0, "pull": 0, "container_start": 0, "boot": 0}
REGISTRY_DOWN = {"events": [{"kind": "registry_down", "fails_after": 0}]}
CRASH = {"faults": [{"kind": "boot_crash", "after": 0}]}
ALARM = {"name": "a", "metric": "any_5xx_rate", "threshold": 0.1, "of": 61}


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ({"service": {"startup": NO_TIME}, "release": CRASH}, "take no time"),
        (
            {
                "service": {"startup": {"provisioning": 0}, "start_backoff": {"pauses": [0]}},
                "environment": REGISTRY_DOWN,
            },
            "without a start_backoff",
        ),
        (
            {"alarms": [ALARM], "strategies": {"it": {"type": "rolling", "alarms": ["a"]}}},
            "more than 50",
        ),
    ],
    ids=["launches", "pulls", "alarm"],
)
def test_refused(above, told):
    """A launch that fails in no time would be repeated for ever; the rest would be cut short."""
    with pytest.raises(NotSimulatedError, match=told):
        replicate(small(**above), "it", seed=1, lo=0, hi=1)


def test_the_slowest_of_these_is_played():
    """Any time at all, and the same scenario is played."""
    scenario = small(
        service={"startup": {**NO_TIME, "pull": 0.5}},
        release={"faults": [{"kind": "boot_crash"}]},
        horizon=60,
    )
    assert replicate(scenario, "it", seed=1, lo=0, hi=1)["failed_tasks"][0] > 100
