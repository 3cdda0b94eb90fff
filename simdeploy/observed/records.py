"""Records of what was observed; all times are epoch seconds, None where AWS gave none.

A time is exact to ``resolution_s``: 1 ms from the API, 1 s in texts, 60 s in the console.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

#: Kinds of events of a service, by what their wording says (`messages.WORDINGS`).
STARTED = "started"
REGISTERED = "registered"
DEREGISTERED = "deregistered"
DRAINING = "draining"
STOPPED = "stopped"
STOPPED_PENDING = "stopped_pending"
COMPLETED = "completed"
STEADY = "steady"
FAILED = "failed"
ROLLING_BACK = "rolling_back"
UNHEALTHY = "unhealthy"
START_FAILED = "start_failed"
NO_CAPACITY = "no_capacity"
#: Starts and stops that even out availability zones; they belong to no deployment.
AZ_STARTED = "az_started"
AZ_STOPPED = "az_stopped"
#: Named only: no step of a deployment is measured across them.
START_IMPAIRED = "start_impaired"
THROTTLED = "throttled"
STUCK = "stuck"
PROTECTED = "protected"
AZ_BALANCED = "az_balanced"
AZ_UNBALANCED = "az_unbalanced"
ROLE = "role"
AGENT = "agent"
SCALED = "scaled"
#: From other files than the list of events: a call of the API, a state change of EventBridge.
COMMAND = "command"
IN_PROGRESS = "in_progress"
OTHER = "other"


#: A service of ECS has so many tasks at most (quota "Tasks per service").
MOST_TASKS = 5000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a service did, as a message or a call says it.

    Parameters
    ----------
    at, resolution_s
        When, and how exactly that is known.
    kind
        One of the kinds above.
    message
        The text as AWS wrote it, or the name of the call.
    service, deployment_id, task_set
        Names in the message, ids without ``ecs-svc/``. The task set of "draining" is the old
        deployment, the id of "completed" the new.
    count, task_ids
        How many tasks or targets, and which tasks; -1 where the message does not count.
    replaced
        How many of the started tasks replace unhealthy ones.
    reason, target_group
        What the message gives as such.
    id
        AWS's id of the event; empty where the file has none.
    """

    at: float
    kind: str
    message: str
    resolution_s: float
    service: str = ""
    count: int = -1
    task_ids: tuple[str, ...] = ()
    replaced: int = 0
    task_set: str = ""
    deployment_id: str = ""
    reason: str = ""
    target_group: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """The times of one task; ``deployment_id`` is what started it, without ``ecs-svc/``."""

    task_arn: str
    service: str = ""
    deployment_id: str = ""
    task_definition: str = ""
    created: float | None = None
    pull_started: float | None = None
    pull_stopped: float | None = None
    started: float | None = None
    connectivity: float | None = None
    stopping: float | None = None
    stopped: float | None = None
    execution_stopped: float | None = None
    stop_code: str = ""
    stopped_reason: str = ""
    health: str = ""
    resolution_s: float = 0.001

    @property
    def task_id(self) -> str:
        """The last part of the ARN, as messages write it."""
        return self.task_arn.rpartition("/")[2]


class Lifecycle(NamedTuple):
    """A lifecycle event of CodeDeploy; times are None where it did not begin or end."""

    name: str
    start: float | None
    end: float | None


class StageLook(NamedTuple):
    """The stage that a look at a service deployment found it in; ``at`` is the look's time."""

    at: float
    stage: str


@dataclass(frozen=True, slots=True)
class DeploymentTimes:
    """A deployment as ECS or CodeDeploy keeps it, beside its events.

    ``rollback`` says why it was taken back, empty if it was not, and ``rolled_back`` when;
    ``source`` is one of ``deployments``, ``service deployment``, ``codedeploy``; ``strategy`` is a
    type of strategy, empty where the record does not say. ``looks`` are in order of time. ``bake``
    is the bake time (s) that the configuration sets, None where it sets none.
    """

    id: str
    source: str
    service: str = ""
    created: float | None = None
    started: float | None = None
    finished: float | None = None
    status: str = ""
    rollback: str = ""
    lifecycle: tuple[Lifecycle, ...] = ()
    task_definition: str = ""
    failures: int | None = None
    resolution_s: float = 0.001
    strategy: str = ""
    rolled_back: float | None = None
    looks: tuple[StageLook, ...] = ()
    bake: float | None = None


class HealthPoll(NamedTuple):
    """The state of a target at one look of ``describe-target-health``."""

    at: float
    target: str
    state: str
    resolution_s: float


class AlarmChange(NamedTuple):
    """A change of an alarm's state."""

    at: float
    alarm: str
    old: str
    new: str
    resolution_s: float


class Note(NamedTuple):
    """What could not be used, and why; ``place`` is a file, with a position in it if known."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return the line that the terminal shows."""
        return f"{self.place}: {self.what}"


@dataclass(frozen=True)
class Observed:
    """Everything that some files say about one service, each list in order of time."""

    service: str = ""
    events: tuple[Event, ...] = ()
    tasks: tuple[TaskTimes, ...] = ()
    deployments: tuple[DeploymentTimes, ...] = ()
    polls: tuple[HealthPoll, ...] = ()
    alarm_changes: tuple[AlarmChange, ...] = ()
    files: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[Note, ...] = field(default=(), compare=False)
