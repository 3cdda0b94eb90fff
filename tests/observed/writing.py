"""Writes what AWS would keep of a simulated run: service events in today's words, and tasks.

Ids are made up. Wordings are AWS's since 2025: "has stopped" is the order to stop, a look before
"deregistered".
"""

from collections import defaultdict
from datetime import UTC, datetime

EPOCH = datetime(2026, 3, 3, 9, 0, 0, tzinfo=UTC).timestamp()
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0a1b2c3d4e5f6071"
OLD, NEW = "1000000000000000001", "1000000000000000002"


def task_id(number, epoch=EPOCH):
    """Return the made-up id of a task."""
    return f"{int(epoch) % 10**8:08x}{number:024x}"


def moments(run):
    """Return what ECS does in a run: (s after the command, order at one instant, kind, tasks)."""
    found = defaultdict(list)
    kinds = {"task_created": "started", "task_registered": "registered",
             "target_draining": "deregistered"}  # fmt: skip
    for event in run.timeline.events:
        if event.kind in kinds:
            found[event.t, kinds[event.kind]].append(event.task)
        elif event.kind == "deployment_finished":
            found[event.t, "completed"] = []
    for life in run.timeline.tasks:
        for start, _, stage in life.stages:
            if stage == "leaving":
                found[start, "stopped"].append(life.task)
    order = ["started", "registered", "stopped", "deregistered", "completed"]
    return [(t, kind, tasks) for (t, kind), tasks in sorted(
        found.items(), key=lambda item: (item[0][0], order.index(item[0][1])))]  # fmt: skip


def messages(run, service="web", epoch=EPOCH, ids=(OLD, NEW)):
    """Return the events of a run as (epoch seconds to 1 ms, message), oldest first."""
    written = []
    for t, kind, tasks in moments(run):
        at, n = round(epoch + t, 3), len(tasks)
        names = " ".join(f"(task {task_id(task, epoch)})" for task in tasks)
        said = {
            "started": [f"(service {service}) has started {n} tasks: {names}."],
            "registered": [f"(service {service}) registered {n} targets in (target-group {GROUP})"],
            "stopped": [f"(service {service}) has stopped {n} running tasks: {names}."],
            "deregistered": [
                f"(service {service}) deregistered {n} targets in (target-group {GROUP})",
                (
                    f"(service {service}, taskSet ecs-svc/{ids[0]}) has begun draining connections "
                    f"on {n} tasks."
                ),
            ],
            "completed": [
                f"(service {service}) (deployment ecs-svc/{ids[1]}) deployment completed.",
                f"(service {service}) has reached a steady state.",
            ],
        }[kind]
        written += [(round(at + 0.004 * k, 3), message) for k, message in enumerate(said)]
    return written


def described(pairs, service="web", deployments=()):
    """Return what ``aws ecs describe-services`` prints, newest event first."""
    events = [
        {"id": f"{i:08x}-0000-4000-8000-{int(at * 1000) % 10**12:012d}", "createdAt": iso(at),
         "message": message}
        for i, (at, message) in enumerate(pairs)
    ]  # fmt: skip
    entry = {"serviceName": service, "events": events[::-1], "deployments": list(deployments)}
    return {"services": [entry], "failures": []}


def iso(at, offset="+00:00"):
    """Return a time as the CLI prints it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + offset
