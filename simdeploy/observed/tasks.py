"""Times of tasks: ``describe-tasks``, and EventBridge's "ECS Task State Change".

A task of which many states are recorded is one record with what the latest of them says.
"""

from dataclasses import fields, replace
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.observed.collecting import Collector, dicts_in, text_in
from simdeploy.observed.messages import bare_id
from simdeploy.observed.records import TaskTimes

#: A time of the record, and the key of the API.
TIMES = {
    "created": "createdAt",
    "pull_started": "pullStartedAt",
    "pull_stopped": "pullStoppedAt",
    "started": "startedAt",
    "connectivity": "connectivityAt",
    "stopping": "stoppingAt",
    "stopped": "stoppedAt",
    "execution_stopped": "executionStoppedAt",
}
#: What cannot come earlier than another: the later, then the earlier.
ORDERED = (
    ("pull_stopped", "pull_started"),
    ("pull_started", "created"),
    ("started", "created"),
    ("stopping", "created"),
    ("stopped", "started"),
    ("stopped", "stopping"),
    ("execution_stopped", "stopping"),  # not of a process that ended by itself
    ("stopped", "execution_stopped"),
)
CRASH = "EssentialContainerExited"
#: From this share on, and more than one, the file as a whole cannot be what it seems.
MOST_WRONG = 0.2


def read_task(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add a task."""
    group = text_in(data, "group")
    service = into.name_service(group.removeprefix("service:")) if ":" in group else ""
    resolution, times = 0.0, {}
    for name, key in TIMES.items():
        time = into.time(data.get(key), f"{place}: {key}")
        if time is not None:
            times[name] = time.at
            resolution = max(resolution, time.resolution_s)
    healths = [text_in(container, "healthStatus") for container in dicts_in(data, "containers")]
    into.tasks.append(
        TaskTimes(
            text_in(data, "taskArn"),
            service,
            bare_id(text_in(data, "startedBy")),
            text_in(data, "taskDefinitionArn"),
            **times,
            stop_code=text_in(data, "stopCode"),
            stopped_reason=text_in(data, "stoppedReason"),
            health=text_in(data, "healthStatus") or next(filter(None, healths), ""),
            resolution_s=resolution or 0.001,
        )
    )


def merged(tasks: list[TaskTimes]) -> list[TaskTimes]:
    """Return each task once, in order of creation, with what any of its records says."""
    by_arn: dict[str, TaskTimes] = {}
    for task in sorted(tasks, key=_latest):
        known = by_arn.get(task.task_arn)
        by_arn[task.task_arn] = task if known is None else _joined(known, task)
    return sorted(by_arn.values(), key=lambda task: (task.created or 0.0, task.task_arn))


def _latest(task: TaskTimes) -> tuple[float, str]:
    times = [value for name in TIMES if (value := getattr(task, name)) is not None]
    return max(times, default=0.0), repr(task)


def _joined(known: TaskTimes, later: TaskTimes) -> TaskTimes:
    """Return the later record with what only the earlier one has."""
    names = [field.name for field in fields(TaskTimes) if field.name != "resolution_s"]
    missing = {name: getattr(known, name) for name in names if not getattr(later, name)}
    return replace(later, **missing, resolution_s=max(known.resolution_s, later.resolution_s))


def without_contradictions(tasks: list[TaskTimes], file: str, into: Collector) -> list[TaskTimes]:
    """Return the tasks without times that run backwards, each of which is named.

    Raises
    ------
    ImportShapeError
        Where more than `MOST_WRONG` of the tasks have such times.
    """
    kept, wrong = [], 0
    for task in tasks:
        pairs = [pair for pair in _ordered(task) if _is_backwards(task, *pair)]
        for later, earlier in pairs:
            words = f"{TIMES[later]} is before {TIMES[earlier]}; both are left out"
            into.note(file, f"task {task.task_id}: {words}")
        void: dict[str, Any] = {name: None for pair in pairs for name in pair}
        kept.append(replace(task, **void))
        wrong += bool(pairs)
    if wrong > 1 and wrong > MOST_WRONG * len(tasks):
        words = f"{wrong} of {len(tasks)} tasks have times that run backwards, as "
        raise ImportShapeError(file, words + next(iter(into.notes)).what.partition(";")[0])
    return kept


def _ordered(task: TaskTimes) -> list[tuple[str, str]]:
    """Return the pairs of times that a task has in order.

    A process that ended by itself is over before ECS notices and stops the rest of its task.
    """
    died = task.stop_code == CRASH
    return [pair for pair in ORDERED if not (died and pair == ("execution_stopped", "stopping"))]


def _is_backwards(task: TaskTimes, later: str, earlier: str) -> bool:
    first, second = getattr(task, earlier), getattr(task, later)
    return first is not None and second is not None and second < first - task.resolution_s
