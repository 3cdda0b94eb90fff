"""Wordings of service events, all with made-up ids."""

import pytest

from simdeploy.observed import messages, records

ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
TASK = f"(task {ID})"
GROUP = "(target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0a1b)"
LIMIT = "You've reached the limit on the number of vCPUs you can run concurrently"
UNSEEN = "No Container Instances were found in your cluster"
#: Kind, then the message: a wording a line.
WORDINGS = [
    ("started", f"(service web) has started 2 tasks: {TASK} (task 0b2c)."),
    ("started", f"(service web) has started 1 tasks: task {ID}."),
    (
        "started",
        (
            f"(service web) has started 1 tasks: {TASK}. Amazon ECS replaced 1 tasks due to an "
            "unhealthy status."
        ),
    ),
    ("started", f"(service web, taskSet ecs-svc/12) has started 1 tasks: {TASK}."),
    ("az_started", f"(service web) has started 1 tasks in use1-az1 to AZ Rebalance: {TASK}."),
    (
        "az_stopped",
        f"(service web) has stopped 1 running tasks in use1-az1 to AZ Rebalance: {TASK}.",
    ),
    ("registered", f"(service web) registered 2 targets in {GROUP}"),
    ("registered", "service web registered 1 targets in target-group web"),
    ("registered", "(service web) registered 1 instances in (elb web)"),
    ("deregistered", f"(service web) deregistered 2 targets in {GROUP}"),
    ("deregistered", "service web deregistered 1 targets in target-group web"),
    ("draining", "(service web) has begun draining connections on 2 tasks."),
    ("draining", "(service web, taskSet ecs-svc/12) has begun draining connections on 1 tasks."),
    ("stopped", f"(service web) has stopped 2 running tasks: {TASK} (task 0b2c)."),
    ("stopped", "(service web) stopped 1 running tasks."),
    ("stopped_pending", f"(service web) has stopped 1 pending tasks: {TASK}."),
    ("stopped_pending", "(service web) stopped 1 pending tasks."),
    ("completed", "(service web) (deployment ecs-svc/12) deployment completed."),
    ("steady", "(service web) has reached a steady state."),
    ("steady", "service (web) has reached a steady state."),
    (
        "failed",
        "(service web) (deployment ecs-svc/12) deployment failed: tasks failed to start.",
    ),
    ("rolling_back", "(service web) rolling back to deployment ecs-svc/11."),
    (
        "unhealthy",
        (
            f"(service web) {TASK} (port 80) is unhealthy in {GROUP} due to (reason Health checks "
            "failed with these codes: [502])."
        ),
    ),
    (
        "unhealthy",
        (
            f"(service web) (instance i-0a1b) (port 32768) is unhealthy in {GROUP} due to (reason "
            "Request timed out)"
        ),
    ),
    (
        "unhealthy",
        (
            "(service web) (instance i-0a1b) is unhealthy in (elb web) due to (reason Instance has "
            "failed at least the UnhealthyThreshold number of health checks consecutively.)"
        ),
    ),
    ("unhealthy", "service web (port 80) is not healthy in target-group web due to (reason x)"),
    ("unhealthy", f"(service web) {TASK} failed container health checks."),
    (
        "start_failed",
        (
            "(service web) was unable to place a task. Reason: ResourceInitializationError: unable "
            "to pull secrets or registry auth."
        ),
    ),
    (
        "start_failed",
        (
            "(service web) was unable to place a task. Reason: CannotPullContainerError: pull "
            "image manifest has been retried 5 time(s)."
        ),
    ),
    (
        "no_capacity",
        (
            "(service web) was unable to place a task because no container instance met all of "
            "its requirements. The closest matching (container-instance 0a1b) has insufficient CPU "
            "units available."
        ),
    ),
    (
        "no_capacity",
        (
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this "
            "time. Please try again later or in a different availability zone."
        ),
    ),
    ("no_capacity", f"(service web) was unable to place a task. Reason: {LIMIT}."),
    ("no_capacity", "(service web) could not launch 2 tasks."),
    ("no_capacity", f"(service web) was unable to place a task because {UNSEEN}."),
    (
        "no_capacity",
        "(service web) was unable to place a task. Reason: provisioning capacity limit exceeded.",
    ),
    ("start_impaired", "(service web) is unable to consistently start tasks successfully."),
    ("throttled", "(service web) operations are being throttled. Will try again later."),
    ("throttled", "service operations are being throttled. Will try again later."),
    (
        "stuck",
        (
            "(service web) was unable to stop or start tasks during a deployment because of the "
            "service deployment configuration. Update the minimumHealthyPercent or maximumPercent "
            "value and try again."
        ),
    ),
    ("protected", "(service web) was unable to scale in due to (reason 3 tasks under protection)."),
    ("az_unbalanced", "(service web) is not AZ balanced with 2 tasks in use1-az1, 0 in use1-az2."),
    ("az_balanced", "(service web) is AZ balanced with 1 tasks in use1-az1, 1 in use1-az2."),
    (
        "role",
        (
            "(service web) failed to launch a task with (error ECS was unable to assume the role "
            "'arn:aws:iam::111122223333:role/web' that was provided for this task.)."
        ),
    ),
    (
        "agent",
        (
            "(service web) was unable to place a task because no container instance met all of "
            "its requirements. The closest matching (container-instance 0a1b) encountered error "
            '"AGENT".'
        ),
    ),
]


def test_there_are_enough_wordings():
    """At least the 36 wordings that were collected are tried."""
    assert len({message for _, message in WORDINGS}) >= 36


@pytest.mark.parametrize(("kind", "message"), WORDINGS, ids=range(len(WORDINGS)))
def test_each_wording_has_its_kind(kind, message):
    """Every wording is read as its kind, and names its service where the text does."""
    said = messages.read_message(message)
    assert said.kind == kind
    assert said.service == ("" if message.startswith("service operations") else "web")


@pytest.mark.parametrize("kind", ["started", "registered", "deregistered", "draining", "stopped"])
def test_counts_are_read(kind):
    """What the wordings of a kind count is read as written."""
    counts = [messages.read_message(m).count for k, m in WORDINGS if k == kind]
    assert set(counts) == {1, 2}


def test_tasks_are_read():
    """Ids of tasks are read in both forms, and no word is taken for one."""
    first, second = (messages.read_message(message) for _, message in WORDINGS[:2])
    assert first.task_ids == (ID, "0b2c")
    assert second.task_ids == (ID,)
    nowhere = "(service web) was unable to place a task because no container instance met it."
    assert messages.read_message(nowhere).task_ids == ()


def test_replaced_tasks_are_read():
    """The suffix of a start says how many of the tasks replace unhealthy ones."""
    said = messages.read_message(WORDINGS[2][1])
    assert (said.count, said.replaced) == (1, 1)


def test_deployments_chain():
    """The task set of draining is the old deployment, the id of completed the new one."""
    assert messages.read_message(WORDINGS[12][1]).task_set == "12"
    assert messages.read_message("(service web) (deployment ecs-svc/12) deployment completed."
                                 ).deployment_id == "12"  # fmt: skip
    back = messages.read_message("(service web) rolling back to deployment ecs-svc/11.")
    assert back.deployment_id == "11"


def test_reasons_are_read():
    """What a message gives as its reason is kept as it stands."""
    reasons = {messages.read_message(message).reason for _, message in WORDINGS}
    assert "Health checks failed with these codes: [502]" in reasons
    assert "failed container health checks" in reasons
    assert "tasks failed to start" in reasons
    assert LIMIT in reasons


def test_unknown_wordings_are_other():
    """A wording that nobody has seen, or no message at all, is not guessed at."""
    assert messages.read_message("(service web) has painted 2 tasks.").kind == records.OTHER
    assert messages.read_message("hello").kind == records.OTHER
