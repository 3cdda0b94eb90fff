"""Moments of real and of simulated deployments: they are the same where the deployment is."""

import pytest

from simdeploy.backtesting.milestones import (
    observed_moments,
    parts_of,
    simulated_moments,
)
from simdeploy.engines import timelines
from simdeploy.observed.chains import deployments_of
from simdeploy.observed.reading import read_observed
from tests.observed import writing

#: Strategy, settings, and the parts that a deployment of it has.
CASES = {
    "all at once": (
        "rolling",
        (),
        ["first task started → registered", "registered → old task told to go",
         "told to go → completed"],
    ),
    "in waves": (
        "rolling",
        ("service.desired_count=4", "strategies.rolling.maximum_percent=125"),
        ["first task started → registered", "registered → old task told to go",
         "told to go → last registered", "last registered → last told to go",
         "last told to go → completed"],
    ),
    "stopping first": (
        "stop-first",
        (),
        ["told to go → first task started", "first task started → registered",
         "registered → completed"],
    ),
    "without a load balancer": (
        "rolling",
        ("service.load_balancer=false",),
        ["first task started → old task told to go", "told to go → completed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_messages_of_a_run_give_its_own_moments(case, name):
    """What is read back from the messages of a run is what the run itself says, to 1 ms."""
    strategy, settings, names = CASES[name]
    if "service.load_balancer=false" in settings:
        case.without_blue_green()
    observed = case.observed(settings=settings, strategy=strategy)
    (part,) = deployments_of(observed)
    (run,) = timelines(case.scenario(*settings), strategy, seed=77, lo=0, hi=1)
    real, simulated = observed_moments(part), simulated_moments(run)
    assert [one.name for one in parts_of(real)] == names
    for moment, at in real.items():
        assert simulated[moment] == pytest.approx(at, abs=0.0021)


def test_the_command_is_a_part_where_it_is_known(case):
    """With createdAt of the deployment, the part from the command to the first act is measured."""
    created = {"id": "ecs-svc/1000000000001", "createdAt": writing.iso(writing.EPOCH),
               "taskDefinition": "web:2", "status": "PRIMARY"}  # fmt: skip
    path = case.write(writing.described(case.pairs(), deployments=[created]))
    (part,) = deployments_of(read_observed([path]))
    (run,) = timelines(case.scenario(), "rolling", seed=77, lo=0, hi=1)
    real = observed_moments(part)
    assert parts_of(real)[0].name == "command → first task started"
    assert real["command"] == pytest.approx(simulated_moments(run)["command"], abs=0.0021)
