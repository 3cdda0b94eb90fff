"""Service events as AWS writes them, made of simulated runs."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simdeploy.scenario import load_scenario

#: 2026-07-01T10:00:00Z
BEGIN = 1_782_900_000.0
HOUR = 3600.0
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0a1b"


def service(overrides=(), base="happy-path"):
    """Return a scenario of a good release of six tasks."""
    return load_scenario(base, overrides=["service.desired_count=6", *overrides])


@dataclass
class Writer:
    """Collects events, tasks and deployments of a service."""

    name: str = "web"
    events: list = field(default_factory=list)
    deployments: list = field(default_factory=list)
    tasks: list = field(default_factory=list)

    def say(self, at, text, envelope=""):
        """Add an event at epoch seconds."""
        number = len(self.events)
        message = f"(service {self.name}{envelope}) {text}"
        self.events.append({"id": f"e{number}", "createdAt": stamp(at), "message": message})

    def deploy(
        self,
        begin,
        gone,
        *,
        number,
        tasks=1,
        start=30.6,
        healthy=10.2,
        delay=30.0,
        tick=10.2,
        created=None,
    ):
        """Add a whole deployment of some tasks at once, all times after its first act given."""
        new, old = f"{number:019d}", f"{number - 1:019d}"
        if created is not None:
            self.deployments.append(
                {"id": f"ecs-svc/{new}", "status": "PRIMARY", "createdAt": stamp(created)}
            )
        ids = " ".join(f"(task {number:04x}{k:028x})" for k in range(tasks))
        registered, order = begin + start, begin + start + healthy
        self.say(begin, f"has started {tasks} tasks: {ids}.")
        self.say(registered, f"registered {tasks} targets in (target-group {GROUP})")
        self.say(order, f"has stopped {tasks} running tasks: {ids}.")
        self.say(order + tick, f"deregistered {tasks} targets in (target-group {GROUP})")
        self.say(
            order + tick + 0.01,
            f"has begun draining connections on {tasks} tasks.",
            f", taskSet ecs-svc/{old}",
        )
        end = order + tick + delay + gone
        self.say(end, "deployment completed.", f") (deployment ecs-svc/{new}"[:0])
        self.events[-1]["message"] = (
            f"(service {self.name}) (deployment ecs-svc/{new}) deployment completed."
        )
        self.say(end + 0.01, "has reached a steady state.")
        return end

    def services(self):
        """Return the text of ``describe-services``."""
        body = {
            "serviceName": self.name,
            "events": self.events[::-1],
            "deployments": self.deployments,
        }
        return json.dumps({"services": [body], "failures": []})

    def described_tasks(self):
        """Return the text of ``describe-tasks``."""
        return json.dumps({"tasks": self.tasks, "failures": []})


def stamp(at):
    """Return a time as the AWS CLI prints it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def write_run(writer, document, begin, number, tick=10.2):
    """Add the events of a run, as ``run --format json`` prints it, whose command is at ``begin``.

    The order to stop is not in a timeline; it is the look before "deregistered".
    """
    new, old = f"{number:019d}", f"{number - 1:019d}"
    writer.deployments.append(
        {"id": f"ecs-svc/{new}", "status": "ACTIVE", "createdAt": stamp(begin)}
    )
    said = {}
    for event in document["events"]:
        said.setdefault((round(event["t"], 6), event["kind"]), []).append(event)
    for (at, kind), found in said.items():
        n, ids = len(found), " ".join(f"(task {number:04x}{e['task'] or 0:028x})" for e in found)
        where = begin + at
        if kind == "task_created":
            writer.say(where, f"has started {n} tasks: {ids}.")
        elif kind == "task_registered":
            writer.say(where, f"registered {n} targets in (target-group {GROUP})")
        elif kind == "target_draining":
            writer.say(where - tick, f"has stopped {n} running tasks: {ids}.")
            writer.say(where, f"deregistered {n} targets in (target-group {GROUP})")
            writer.say(
                where + 0.01,
                f"has begun draining connections on {n} tasks.",
                f", taskSet ecs-svc/{old}",
            )
        elif kind == "deployment_finished":
            writer.say(where, f"(deployment ecs-svc/{new}) deployment completed.")
            last = writer.events[-1]
            last["message"] = last["message"].replace(") (dep", ") (dep")
            writer.say(where + 0.02, "has reached a steady state.")
