"""Samples from tasks, polls of health and failed starts."""

from collections.abc import Iterator, Sequence

from simdeploy.calibrating import steps
from simdeploy.calibrating.measuring import Measured, expanded, failed_starts, next_start
from simdeploy.calibrating.sample import Sample, between
from simdeploy.calibrating.steps import Step
from simdeploy.observed import records
from simdeploy.observed.chains import Segment
from simdeploy.observed.records import Observed, TaskTimes
from simdeploy.observed.tasks import CRASH

#: A pull this short, s, is no pull: the image was there.
CACHED = 0.05
#: A task belongs to a deployment if it was created from so long, s, before its first act on.
BEFORE_ACT = 5.0
#: A replacement that comes later, s, has another cause.
REACTION = 120.0
#: SIGKILL comes so long, s, after the stop timeout at most.
KILLED_WITHIN = 1.0
SCHEDULER, BY_HAND = "ServiceSchedulerInitiated", "UserInitiated"
CONTAINER_WORDS = "failed container health checks"


def measure_tasks(
    observed: Observed, parts: Sequence[Segment], stop_timeout: float, into: Measured
) -> None:
    """Add the stages of starts, shutdowns and what ECS does about a task that ended.

    Parameters
    ----------
    observed, parts
        All records, and the deployments in them.
    stop_timeout
        From SIGTERM to SIGKILL, s: what ends then was killed, and would have taken longer.
    into
        Where samples go.
    """
    cached = 0
    for task in observed.tasks:
        of = task.task_id
        _add(into, steps.PROVISION, task.created, task.pull_started, task)
        if task.pull_started is not None and task.pull_stopped is not None:
            if task.pull_stopped - task.pull_started <= CACHED:
                cached += 1
            else:
                _add(into, steps.PULL, task.pull_started, task.pull_stopped, task)
        if task.stop_code == SCHEDULER and task.stopping and task.execution_stopped:
            sample = between(task.stopping, task.execution_stopped, task.resolution_s, of)
            killed = stop_timeout <= sample.middle <= stop_timeout + KILLED_WITHIN
            into.add(steps.SHUTDOWN, sample._replace(high=float("inf")) if killed else sample)
        if task.stop_code == CRASH:
            _add(into, steps.EXIT_NOTICED, task.execution_stopped, task.stopping, task)
    if cached:
        into.notes.append(f"{cached} pulls of an image that was there already are left out")
    _add_container_starts(observed, parts, into)
    _add_replacements(observed, parts, into)
    _add_failed_starts(observed, into)


def _add(
    into: Measured, step: Step, begin: float | None, end: float | None, task: TaskTimes
) -> None:
    if begin is not None and end is not None and end >= begin - task.resolution_s:
        into.add(step, between(begin, end, task.resolution_s, task.task_id))


def _add_container_starts(observed: Observed, parts: Sequence[Segment], into: Measured) -> None:
    """Add pulled → registered; without a load balancer pulled → RUNNING.

    Behind a load balancer RUNNING is written after "registered", so that it says nothing of when
    the container ran. Facts: ecs-task-states; observed, 18:10:50.8 registered, 18:10:59.1 RUNNING.
    """
    if not any(event.kind == records.REGISTERED for event in observed.events):
        if not observed.events:
            return
        for task in observed.tasks:
            _add(into, steps.CONTAINER, task.pull_stopped, task.started, task)
        return
    for part in parts:
        registered = expanded(part, records.REGISTERED)
        tasks = sorted(_pulled(observed, part), key=lambda task: task.pull_stopped or 0.0)
        if len(tasks) != len(registered) or part.is_cut_left or part.az_moves:
            continue
        for task, at in zip(tasks, registered, strict=True):
            pulled = task.pull_stopped or 0.0
            if at >= pulled:
                sample = between(pulled, at, task.resolution_s, task.task_id, into.clock.tick)
                into.add(steps.CONTAINER_LOOK, sample._replace(is_paired_in_order=True))


def _pulled(observed: Observed, part: Segment) -> Iterator[TaskTimes]:
    """Yield the tasks of a deployment whose pull has ended."""
    end = part.end if part.end is not None else float("inf")
    for task in observed.tasks:
        begun = task.created is not None and part.begin - BEFORE_ACT <= task.created <= end
        own = task.deployment_id in ("", part.deployment_id) or not part.deployment_id
        if begun and own and task.pull_stopped is not None:
            yield task


def _add_replacements(observed: Observed, parts: Sequence[Segment], into: Measured) -> None:
    """Add from a task's end, or its verdict, to the start of its replacement, outside deployments.

    A replacement starts at the look after ECS wants it.
    """
    causes = [
        (task.execution_stopped, step, task.task_id, task.resolution_s)
        for task in observed.tasks
        for code, step in ((BY_HAND, steps.KILLED), (CRASH, steps.DIED))
        if task.stop_code == code and task.execution_stopped is not None
    ]
    causes += [
        (event.at, steps.CONTAINER_CHECK, next(iter(event.task_ids), ""), event.resolution_s)
        for event in observed.events
        if event.kind == records.UNHEALTHY and CONTAINER_WORDS in event.reason
    ]
    causes += [(at, steps.SICK, target, wait) for at, target, wait in _verdicts(observed)]
    for at, step, of, resolution in causes:
        if any(p.begin - BEFORE_ACT <= at <= (p.end or float("inf")) for p in parts):
            continue
        start = next_start(observed.events, at, REACTION)
        if start is not None:
            into.add(step, between(at, start.at, resolution, of, into.clock.tick))


def _verdicts(observed: Observed) -> Iterator[tuple[float, str, float]]:
    """Yield when polls saw a healthy target unhealthy, and how exactly."""
    before: dict[str, records.HealthPoll] = {}
    for poll in observed.polls:
        known = before.get(poll.target)
        if known is not None and (known.state, poll.state) == ("healthy", "unhealthy"):
            yield (known.at + poll.at) / 2, poll.target, (poll.at - known.at) / 2
        before[poll.target] = poll


def _add_failed_starts(observed: Observed, into: Measured) -> None:
    """Add how long a start took that failed, and the pause before the next one."""
    for start, failure, after, number in failed_starts(observed.events):
        of = next(iter(failure.task_ids), "")
        into.add(steps.FAILS_AFTER, between(start.at, failure.at, failure.resolution_s, of))
        if after is not None:
            pause = between(failure.at, after.at, failure.resolution_s, of, into.clock.tick)
            into.add(steps.PAUSE, pause._replace(number=number))


def measure_polls(observed: Observed, into: Measured) -> list[Sample]:
    """Replace registered → healthy by what polls of target health saw, and return that."""
    registered = [e.at for e in observed.events if e.kind == records.REGISTERED]
    seen: dict[str, list[records.HealthPoll]] = {}
    for poll in observed.polls:
        seen.setdefault(poll.target, []).append(poll)
    found: list[Sample] = []
    for target, polls in seen.items():
        states = [poll.state for poll in polls]
        if "initial" not in states or "healthy" not in states:
            continue
        first = states.index("initial")
        healthy = states.index("healthy", first) if "healthy" in states[first:] else -1
        if healthy <= first:
            continue
        gap = polls[first + 1].at - polls[first].at
        near = [at for at in registered if polls[first].at - gap <= at <= polls[first].at]
        begin = near[-1] if near else polls[first].at - gap / 2
        low, high = polls[healthy - 1].at - begin, polls[healthy].at - begin
        found.append(Sample(max(0.0, low), max(0.0, high), target, begin))
    if found:
        into.samples[steps.FIRST_CHECK] = found
    return found
