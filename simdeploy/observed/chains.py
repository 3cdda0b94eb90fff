"""Deployments in a service's events: where each begins and ends, and what lies between them.

A list of events knows no deployments: it is cut at quiet points, where a deployment is completed or
the service is steady. What starts and stops tasks without replacing a revision, such as scaling,
the replacement of a sick task or a move between availability zones, is no deployment.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simdeploy.observed import records
from simdeploy.observed.records import DeploymentTimes, Event, Observed, TaskTimes

#: Kinds of segments.
DEPLOYMENT = "deployment"
CREATION = "creation"
SCALING = "scaling"
REPLACEMENT = "replacement"
#: What "has stopped N running tasks" means: until 2020 SIGTERM after the drain, since 2025 the
#: order about 10 s before "deregistered" (observed).
ORDER = "order"
SIGTERM = "sigterm"
#: What does not belong to the activity of a deployment.
OUTSIDE = frozenset({
    records.AZ_STARTED, records.AZ_STOPPED, records.AZ_BALANCED, records.AZ_UNBALANCED,
    records.COMMAND, records.IN_PROGRESS, records.SCALED,
})  # fmt: skip
ACTS = frozenset({records.STARTED, records.STOPPED, records.DEREGISTERED, records.DRAINING})
STOPS = frozenset({records.STOPPED, records.DEREGISTERED, records.DRAINING})
#: "completed" and "steady" of the same end come within a look or two (s).
SAME_END = 60.0
#: A command and its first act (s): 4-18.8, 30 where deployments overlap (observed, n = 7).
COMMAND_WITHIN = 60.0
#: Sources of the moment of a command, the best first.
SOURCES = ("service deployment", "codedeploy", "deployments")
#: A call and the deployment that it creates are so close (s): 1.6 s was seen.
COMMAND_APART = 3.0
#: Delays that people set, the likeliest first: multiples of these seconds.
ROUND = (60, 30, 15, 10, 5, 1)
#: What lies between "deregistered" and SIGTERM beyond the delay, and between that and the end: a
#: look after the target has left (O2 of the observed times: 0.2-2.1 s, looks 10.2 s ± 0.35 s).
AFTER_DELAY = (0.2, 12.7)
#: ECS looks every so many seconds, ± 0.35 s.
LOOK = 10.6
#: Between the end of the delay and "completed": two or three looks (20-24 s or 30-34 s).
TAIL = (20.0, 34.0)


@dataclass(frozen=True, slots=True)
class Segment:
    """The events of one deployment, from its first act to its end.

    Parameters
    ----------
    kind
        ``deployment``, ``creation`` (nothing was there before), ``scaling`` or ``replacement``.
    events
        In order of time, without moves between zones.
    service, deployment_id, old_id
        Names, ids without ``ecs-svc/``; empty where the events do not give them.
    begin, end
        Epoch seconds of the first act, and of "completed", else of the steady state; None where it
        did not end in these events.
    resolution_s
        The coarsest of its times.
    created
        When the command was given, if another file says so; None also where deployments overlap.
    is_cut_left
        The list of events begins within it, so that its first act is not known.
    is_overlapped
        Another deployment was ordered before its end.
    is_rolled_back
        It failed, and the previous revision was deployed again.
    stopped_means
        ``order`` or ``sigterm`` for "has stopped N running tasks"; empty where it stands alone.
    az_moves
        How many moves between zones lie within it; their registrations cannot be told apart.
    record
        What ECS or CodeDeploy keeps of it, where the segment was made of that (`recorded`).
    """

    kind: str
    events: tuple[Event, ...]
    service: str
    deployment_id: str
    old_id: str
    begin: float
    end: float | None
    resolution_s: float
    created: float | None = None
    is_cut_left: bool = False
    is_overlapped: bool = False
    is_rolled_back: bool = False
    stopped_means: str = ""
    az_moves: int = 0
    record: DeploymentTimes | None = None

    @property
    def is_complete(self) -> bool:
        """Whether both ends are in the events."""
        return not self.is_cut_left and self.end is not None

    def of(self, *kinds: str) -> list[Event]:
        """Return the events of some kinds."""
        return [event for event in self.events if event.kind in kinds]

    def count(self, kind: str) -> int:
        """Return how many tasks or targets the events of a kind count."""
        return sum(max(event.count, 0) for event in self.events if event.kind == kind)


def deployments_of(observed: Observed) -> list[Segment]:
    """Return the deployments in the events of a service, in order of time.

    Scaling, replacements, moves between zones and the creation of the service are left out.
    """
    return [part for part in segments_of(observed) if part.kind == DEPLOYMENT]


def segments_of(observed: Observed) -> list[Segment]:
    """Return everything that a service did, in order of time."""
    says_completed = any(event.kind == records.COMPLETED for event in observed.events)
    groups = _groups(observed.events)
    made = [
        _segment(group, quiet_before=k > 0 or _is_quiet(observed.events))
        for k, group in enumerate(groups)
    ]
    classed = [
        replace(part, kind=_kind(part, says_completed, is_last=part is made[-1])) for part in made
    ]
    commands = _commands(observed)
    return [_with_command(part, commands) for part in classed]


def _is_quiet(events: tuple[Event, ...]) -> bool:
    """Return whether the list begins at rest: with a steady state, before anything was done."""
    first = next((e for e in events if e.kind not in OUTSIDE), None)
    return first is not None and first.kind in (records.STEADY, records.COMPLETED)


def _groups(events: Iterable[Event]) -> list[list[Event]]:
    """Cut the events at quiet points; what is outside of deployments stays with its neighbors."""
    groups: list[list[Event]] = []
    current: list[Event] = []
    for event in events:
        if not current and groups and _belongs_to_end(groups[-1], event):
            groups[-1].append(event)
            continue
        current.append(event)
        if event.kind in (records.STEADY, records.COMPLETED) and not _awaits_rollback(current):
            if _is_active(current):
                groups.append(current)
            current = []
    if _is_active(current):
        groups.append(current)
    return [group for group in map(_without_az_moves, groups) if _is_active(group)]


def _belongs_to_end(group: list[Event], event: Event) -> bool:
    """Return whether an event repeats the end that has just come."""
    ends = event.kind in (records.STEADY, records.COMPLETED)
    return ends and event.at - group[-1].at <= SAME_END and group[-1].kind != event.kind


def _awaits_rollback(group: list[Event]) -> bool:
    """Return whether a failed deployment still goes back: the end is that of what it goes to."""
    back = next((e for e in reversed(group) if e.kind == records.ROLLING_BACK), None)
    if back is None or not back.deployment_id or group[-1].kind != records.COMPLETED:
        return False
    return group[-1].deployment_id not in ("", back.deployment_id)


def _is_active(group: list[Event]) -> bool:
    """Return whether anything was started or stopped, other than to even out zones."""
    return any(event.kind in ACTS for event in group)


def _without_az_moves(group: list[Event]) -> list[Event]:
    """Return a group without its move between zones, if that is all that it did.

    The replacement is registered and the other task leaves with the same words as in a deployment.
    Where tasks were started for another reason, too, nothing can be told apart and all stays.
    """
    is_move = any(event.kind == records.AZ_STARTED for event in group)
    replaces = any(event.kind in (records.STARTED, records.FAILED) for event in group)
    finished = any(event.kind == records.COMPLETED for event in group)
    return [] if is_move and not replaces and not finished else group


def _segment(group: list[Event], *, quiet_before: bool) -> Segment:
    """Return the segment of a group, its kind still open."""
    acts = [event for event in group if event.kind not in OUTSIDE]
    first = next(event for event in acts if event.kind in ACTS)
    begun = acts[acts.index(first) :]
    completed = [event for event in begun if event.kind == records.COMPLETED]
    steady = [event for event in begun if event.kind == records.STEADY]
    last = next(reversed(completed or steady), None)
    back = [event for event in begun if event.kind == records.ROLLING_BACK]
    old = next((e.task_set for e in begun if e.kind == records.DRAINING and e.task_set), "")
    made = Segment(
        DEPLOYMENT,
        tuple(begun),
        next((event.service for event in begun if event.service), ""),
        _new_id(begun, completed, back),
        old,
        begun[0].at,
        last.at if last else None,
        max(event.resolution_s for event in begun),
        is_rolled_back=bool(back),
        stopped_means=stopped_means(begun),
        az_moves=sum(event.kind == records.AZ_STARTED for event in group),
    )
    whole = quiet_before and acts[0] is first
    return replace(made, is_cut_left=not whole and not (acts[0] is first and _is_balanced(made)))


def _new_id(begun: list[Event], completed: list[Event], back: list[Event]) -> str:
    """Return the id of the deployment that was tried, also where it was given up."""
    failed = next((e.deployment_id for e in begun if e.kind == records.FAILED), "")
    if failed or back:
        return failed
    return completed[-1].deployment_id if completed else ""


def _is_balanced(part: Segment) -> bool:
    """Return whether as many tasks were started as stopped: a list that is cut rarely is."""
    replaced = sum(event.replaced for event in part.events)
    started = part.count(records.STARTED) - replaced
    stopped = max(part.count(kind) for kind in STOPS) - replaced
    return started == stopped > 0


def stopped_means(events: Sequence[Event]) -> str:
    """Return which meaning "stopped" has in a deployment: what it precedes decides."""
    stopped = next((e.at for e in events if e.kind == records.STOPPED), None)
    leaves = (records.DEREGISTERED, records.DRAINING)
    left = next((e.at for e in events if e.kind in leaves), None)
    if stopped is None or left is None:
        return ""
    return ORDER if stopped < left else SIGTERM


def _kind(part: Segment, says_completed: bool, *, is_last: bool) -> str:
    """Return what a segment is.

    Where the list writes "deployment completed" at all, a deployment has it, or failed, or is not
    over; in lists of before that wording, it starts and stops as many tasks.
    """
    kinds = {event.kind for event in part.events}
    starts, stops = records.STARTED in kinds, bool(STOPS & kinds)
    if records.FAILED in kinds or records.ROLLING_BACK in kinds:
        return DEPLOYMENT
    if records.COMPLETED in kinds:
        return DEPLOYMENT if stops or part.is_cut_left else CREATION
    if records.UNHEALTHY in kinds or any(event.replaced for event in part.events):
        return REPLACEMENT
    is_open = part.end is None and is_last
    if (starts and stops and not says_completed) or (is_open and starts):
        return DEPLOYMENT
    return SCALING


def _with_command(part: Segment, commands: list[float]) -> Segment:
    """Add when the deployment was ordered, and whether another was ordered before its end."""
    begun = bisect_right(commands, part.begin)
    own = commands[bisect_left(commands, part.begin - COMMAND_WITHIN) : begun]
    end = part.end if part.end is not None else float("inf")
    is_followed = begun < len(commands) and commands[begun] < end
    if len(own) > 1 or is_followed:
        return replace(part, is_overlapped=True)
    if not own or part.is_cut_left:
        return part
    return replace(part, created=own[0])


def _commands(observed: Observed) -> list[float]:
    """Return when deployments were ordered, in order, each once, whatever says so."""
    times = [
        item.created
        for source in SOURCES
        for item in observed.deployments
        if item.source == source and item.created is not None
    ]
    times += [event.at for event in observed.events if event.kind == records.COMMAND]
    kept: list[float] = []
    for at in times:
        place = bisect_left(kept, at)
        if all(abs(at - known) > COMMAND_APART for known in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, at)
    return kept


def likely_delay(part: Segment, tasks: Iterable[TaskTimes] = (), bake: float = 0.0) -> float | None:
    """Return the deregistration delay (s) that fits a deployment's times, the roundest that does.

    With the older meaning of "stopped" it is read from SIGTERM; where the times of its tasks are
    there from ``stoppingAt``, which comes up to a look after that (observed, n = 4). Else it is
    read from the end, before which there may be a bake time (s).
    """
    left = [e.at for e in part.events if e.kind == records.DEREGISTERED]
    if not left:
        return None
    stopping = _stopping(part, tasks)
    if part.stopped_means == SIGTERM:
        took = next(e.at for e in part.events if e.kind == records.STOPPED) - left[0]
        low, high = took - AFTER_DELAY[1], took - AFTER_DELAY[0]
    elif stopping:
        low, high = min(stopping) - AFTER_DELAY[1] - LOOK, min(stopping) - AFTER_DELAY[0]
    elif part.end is not None:
        took = part.end - max(left) - bake
        low, high = took - TAIL[1], took - TAIL[0]
    else:
        return None
    return _roundest(max(low, 0.0) - part.resolution_s, high + part.resolution_s)


def _stopping(part: Segment, tasks: Iterable[TaskTimes]) -> list[float]:
    """Return how long (s) after they were deregistered the scheduler stopped a deployment's tasks.

    Empty unless the times of all of them are there: which of them left first is not known.
    """
    events = part.of(records.DEREGISTERED)
    begin = min((event.at for event in events), default=0.0)
    end = part.end if part.end is not None else float("inf")
    stopping = [
        task.stopping
        for task in tasks
        if task.stopping is not None
        and task.stop_code == "ServiceSchedulerInitiated"
        and begin <= task.stopping <= end
    ]
    if len(stopping) != part.count(records.DEREGISTERED):
        return []
    left = [event.at for event in events for _ in range(event.count)]
    return [late - early for late, early in zip(sorted(stopping), left, strict=True)]


def _roundest(low: float, high: float) -> float | None:
    """Return the roundest number of seconds from low to high; None where there is none."""
    for step in ROUND:
        number = step * int(high // step)
        if number >= max(low, 0.0):
            return float(number)
    return None


def tail_s(part: Segment, delay: float) -> float | None:
    """Return the time (s) from the end of the last delay to the end of the deployment."""
    left = [event.at for event in part.events if event.kind == records.DEREGISTERED]
    return None if part.end is None or not left else part.end - (max(left) + delay)
