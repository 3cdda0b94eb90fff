"""The timeline of one run: events, the stages of every task, and the state over time."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: Stages of a task's life, in order. Not every task passes all of them.
STAGES = (
    "provisioning",
    "restarting",
    "pulling",
    "starting",
    "booting",
    "checking",
    "healthy",
    "hung",
    "unhealthy",
    "leaving",
    "draining",
    "stopping",
    "exited",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: seconds after the command, its kind, and the rule behind it.

    ``rule`` is a fact id of docs/aws-behavior.md (``""`` where no rule of AWS is behind it);
    ``task`` is the attempt number (-1: none); ``revision`` is ``"old"``, ``"new"`` or ``""``;
    ``data`` holds numbers with their limits, such as ``{"failures": 3, "threshold": 3}``.
    """

    t: float
    kind: str
    task: int = -1
    revision: str = ""
    rule: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class TaskLife:
    """One task from creation to its end: stages as (start, end, stage); ``failed`` with a cause."""

    task: int
    revision: str
    stages: list[tuple[float, float, str]] = field(default_factory=list)
    failed: str = ""


class BegunStep(NamedTuple):
    """A step of the plan: seconds after the command at which it began, opcode and argument."""

    t: float
    op: int
    a: float


class State(NamedTuple):
    """A row of ``Timeline.state``: it holds from its ``t`` to the next row's."""

    t: float  # s after the command
    offered_rps: float  # requests/s
    failing_rps: float  # requests/s that fail
    slow_share: float  # 0-1 of arrivals slower than slo_latency
    new_share: float  # 0-1 of arrivals that reach the new revision
    capacity_rps: float  # requests/s the eligible targets can serve
    healthy_tasks: float  # healthy, not draining, both revisions
    alive_old: float
    alive_new: float

    @property
    def failing_share(self) -> float:
        """Failing requests per request offered; 0 without traffic."""
        return self.failing_rps / self.offered_rps if self.offered_rps else 0.0


@dataclass(slots=True, repr=False)
class Timeline:
    """What happened in one run, from the command to ``horizon`` (s)."""

    scenario: str
    strategy: str
    seed: int
    replication: int
    horizon: float
    events: list[Event] = field(default_factory=list)
    tasks: list[TaskLife] = field(default_factory=list)
    state: list[tuple[float, ...]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    #: Steps of the plan in order, of a rollback or a later release of a chain, too.
    steps: list[BegunStep] = field(default_factory=list)
    #: The scenario's, whose words the story and the picture have.
    platform: str = "ecs"

    def __repr__(self) -> str:
        run = f"{self.strategy}, run {self.replication}, seed {self.seed}"
        return f"<Timeline of {self.scenario}: {run}: {len(self.events):,} events>"

    def states(self) -> list[tuple[State, float]]:
        """Return every row of the state with the time (s) at which it ends."""
        rows = [State(*row) for row in self.state]
        ends = [row.t for row in rows[1:]] + [self.horizon]
        return list(zip(rows, ends, strict=False))
