"""Deployments in lists of events."""

import pytest

from simdeploy.observed.chains import ORDER, SIGTERM, deployments_of, likely_delay, tail_s
from simdeploy.observed.messages import read_message
from simdeploy.observed.records import COMMAND, Event, Observed, TaskTimes

START = 1_760_000_000.0


def events(*rows):
    """Return observed events of (s, message after the envelope)."""
    made = []
    for at, text in rows:
        said = read_message(f"(service web) {text}")
        fields = {name: getattr(said, name) for name in vars(said)}
        made.append(Event(START + at, message=text, resolution_s=0.001, **fields))
    return Observed("web", tuple(sorted(made, key=lambda event: event.at)))


def rollout(at=0.0, count=2, new=2):
    """Return the rows of a whole rolling deployment that begins at ``at``."""
    return [
        (at, f"has started {count} tasks: (task a1) (task a2)."),
        (at + 31, f"registered {count} targets in (target-group web)"),
        (at + 72, f"has stopped {count} running tasks: (task b1)."),
        (at + 82, f"deregistered {count} targets in (target-group web)"),
        (at + 144, f"(deployment ecs-svc/{new}) deployment completed."),
        (at + 144.1, "has reached a steady state."),
    ]


STEADY = (-100.0, "has reached a steady state.")


def test_a_deployment_between_steady_states():
    """A deployment goes from its first act to "completed", with both ids where they are said."""
    (part,) = deployments_of(events(STEADY, *rollout(), (21_744, "has reached a steady state.")))
    assert (part.begin - START, part.end - START) == (0.0, 144.0)
    assert part.deployment_id == "2"
    assert part.is_complete


def test_what_stopped_means_today():
    """Stopped before deregistered is the order; the tail after a delay of 30 s is what is left."""
    rows = (0, "has stopped 1 running tasks: (task b1)."), (
        10, "deregistered 1 targets in (target-group web)"), (
        62, "(deployment ecs-svc/2) deployment completed.")  # fmt: skip
    (part,) = deployments_of(events(STEADY, *rows))
    assert part.stopped_means == ORDER
    assert tail_s(part, 30.0) == pytest.approx(22.0)
    assert likely_delay(part) == 30.0


def test_a_bake_time_is_not_taken_for_the_delay():
    """Of 232 s from deregistered to completed, 180 s are the bake time: the delay is 30 s."""
    rows = (0, "has stopped 1 running tasks: (task b1)."), (
        10, "deregistered 1 targets in (target-group web)"), (
        242, "(deployment ecs-svc/2) deployment completed.")  # fmt: skip
    (part,) = deployments_of(events(STEADY, *rows))
    assert likely_delay(part, bake=180.0) == 30.0
    assert likely_delay(part) == 210.0
    stopping = START + 10 + 30 + 10.2
    task = TaskTimes("a/b1", stopping=stopping, stop_code="ServiceSchedulerInitiated")
    assert likely_delay(part, [task]) == 30.0
    other = TaskTimes("a/b2", stopping=stopping, stop_code="EssentialContainerExited")
    assert likely_delay(part, [other]) == 210.0


def test_what_stopped_meant_until_2020():
    """Stopped after deregistered is SIGTERM: the delay lies between them."""
    rows = (
        (-60, "has started 1 tasks: (task a1)."),
        (0, "deregistered 1 targets in (target-group web)"),
        (302, "has stopped 1 running tasks: (task b1)."),
        (321, "has reached a steady state."),
    )
    (part,) = deployments_of(events(STEADY, *rows))
    assert part.stopped_means == SIGTERM
    assert likely_delay(part) == 300.0
    assert tail_s(part, 300.0) == pytest.approx(21.0)


def test_a_move_between_zones_changes_nothing():
    """A task that is moved between two deployments belongs to neither."""
    move = [
        (500, "has started 1 tasks in use1-az1 to AZ Rebalance: (task c1)."),
        (530, "registered 1 targets in (target-group web)"),
        (570, "has stopped 1 running tasks in use1-az2 to AZ Rebalance: (task a1)."),
        (580, "deregistered 1 targets in (target-group web)"),
        (580.1, "has begun draining connections on 1 tasks."),
        (640, "has reached a steady state."),
    ]
    both = [STEADY, *rollout(), *rollout(1000, new=3)]
    assert deployments_of(events(*both, *move)) == deployments_of(events(*both))


def test_scaling_is_no_deployment():
    """Tasks that are only started, or only stopped, replace no revision."""
    out = [(500, "has started 2 tasks: (task c1) (task c2)."),
           (540, "registered 2 targets in (target-group web)"),
           (600, "has reached a steady state.")]  # fmt: skip
    back = [(700, "has stopped 2 running tasks: (task c1) (task c2)."),
            (710, "deregistered 2 targets in (target-group web)"),
            (800, "has reached a steady state.")]  # fmt: skip
    parts = deployments_of(events(STEADY, *rollout(), *out, *back))
    assert [part.deployment_id for part in parts] == ["2"]


def test_a_replacement_is_no_deployment():
    """A sick task that is replaced is none either."""
    sick = [
        (500, "(task a1) (port 80) is unhealthy in (target-group web) due to (reason x)."),
        (510, ("has started 1 tasks: (task c1). Amazon ECS replaced 1 tasks due to an unhealthy "
              "status.")),
        (515, "has stopped 1 running tasks: (task a1)."),
        (525, "deregistered 1 targets in (target-group web)"),
        (600, "has reached a steady state."),
    ]  # fmt: skip
    parts = deployments_of(events(STEADY, *rollout(), *sick))
    assert [part.deployment_id for part in parts] == ["2"]


def test_the_first_deployment_of_a_service_is_none():
    """Where nothing was there before, nothing is replaced."""
    rows = [row for row in rollout() if "stopped" not in row[1] and "deregistered" not in row[1]]
    assert deployments_of(events(STEADY, *rows)) == []


def test_a_list_that_begins_within_a_deployment():
    """The first deployment of a list is cut on its left unless its parts show that it is whole."""
    (cut,) = deployments_of(events(*rollout()[1:]))
    (whole,) = deployments_of(events(*rollout()))
    assert cut.is_cut_left
    assert not whole.is_cut_left


def test_a_list_that_ends_within_a_deployment():
    """What is not over has no end."""
    (part,) = deployments_of(events(STEADY, *rollout()[:4]))
    assert part.end is None
    assert not part.is_complete


def test_a_deployment_that_failed():
    """A rollback belongs to what failed, up to the completion of what it goes back to."""
    rows = [
        (0, "has started 1 tasks: (task a1)."),
        (300, "(deployment ecs-svc/2) deployment failed: tasks failed to start."),
        (300.001, "rolling back to deployment ecs-svc/1."),
        (360, "has stopped 1 pending tasks: (task a2)."),
        (380, "(deployment ecs-svc/1) deployment completed."),
        (380.1, "has reached a steady state."),
    ]
    (part,) = deployments_of(events(STEADY, *rows))
    assert part.is_rolled_back
    assert part.deployment_id == "2"
    assert part.end == START + 380


def commanded(observed, *times):
    """Return what was observed with commands at some times (s)."""
    calls = [Event(START + at, COMMAND, "UpdateService", 1.0) for at in times]
    return Observed("web", tuple(sorted([*observed.events, *calls], key=lambda e: e.at)))


def test_the_command_before_a_deployment():
    """A command within a minute before the first act is that of the deployment."""
    (part,) = deployments_of(commanded(events(STEADY, *rollout()), -14.0))
    assert part.created == START - 14.0
    assert not part.is_overlapped


def test_overlapping_deployments_have_no_command():
    """Where another deployment is ordered within one, nobody knows which act follows which."""
    (part,) = deployments_of(commanded(events(STEADY, *rollout()), -14.0, 40.0))
    assert part.created is None
    assert part.is_overlapped
