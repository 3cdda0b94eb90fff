"""Moments that a real and a simulated deployment have in common, and the parts between them.

Both are measured alike: seconds after the first act of ECS, which is what the events begin with.
"""

from itertools import pairwise
from typing import NamedTuple

from simdeploy.observed import records
from simdeploy.observed.chains import SIGTERM, Segment
from simdeploy.results.timeline import Timeline

COMMAND = "command"
STARTED = "started"
REGISTERED = "registered"
TOLD = "told"
DEREGISTERED = "deregistered"
REGISTERED_LAST = "registered_last"
TOLD_LAST = "told_last"
DEREGISTERED_LAST = "deregistered_last"
FAILED = "failed"
COMPLETED = "completed"
#: A moment in words where a part ends, and shorter where the next part begins.
WORDS = {
    COMMAND: ("command", "command"),
    STARTED: ("first task started", "first task started"),
    REGISTERED: ("registered", "registered"),
    TOLD: ("old task told to go", "told to go"),
    DEREGISTERED: ("old task deregistered", "deregistered"),
    REGISTERED_LAST: ("last registered", "last registered"),
    TOLD_LAST: ("last told to go", "last told to go"),
    DEREGISTERED_LAST: ("last deregistered", "last deregistered"),
    FAILED: ("given up", "given up"),
    COMPLETED: ("completed", "completed"),
}
#: Moments of stages are called by the stage.
BEGIN, END = ":begin", ":end"
Moments = dict[str, float]


def begin_of(stage: str) -> str:
    """Return the moment at which a stage begins."""
    return stage + BEGIN


def end_of(stage: str) -> str:
    """Return the moment at which a stage ends."""
    return stage + END


def stage_of(moment: str) -> str:
    """Return the stage of a moment; empty for a moment of tasks.

    >>> stage_of("Install:end"), stage_of(COMPLETED)
    ('Install', '')
    """
    return moment.partition(":")[0] if ":" in moment else ""


class Part(NamedTuple):
    """A part of a deployment: from one moment to the next."""

    begin: str
    end: str

    @property
    def name(self) -> str:
        """The part in words.

        >>> Part(TOLD, COMPLETED).name, Part("Install:begin", "Install:end").name
        ('told to go → completed', 'Install')
        >>> Part(STARTED, "Install:end").name, Part("termination wait:begin", TOLD).name
        ('first task started → Install over', 'termination wait → old task told to go')
        """
        begin, end = stage_of(self.begin), stage_of(self.end)
        if begin and begin == end:
            return begin
        return f"{words(self.begin, 1)} → {words(self.end, 0)}"


def words(moment: str, place: int) -> str:
    """Return a moment in words, where a part ends (0) or where the next begins (1)."""
    stage = stage_of(moment)
    if stage:
        return stage + (" over" if moment.endswith(END) else "")
    return WORDS[moment][place]


def observed_moments(part: Segment) -> Moments:
    """Return the moments (s after the first act) of a real deployment.

    In waves, where tasks start again after others have registered, the last ones count, too.
    """
    starts, registered = _times(part, records.STARTED), _times(part, records.REGISTERED)
    left = _times(part, records.DEREGISTERED)
    told = [] if part.stopped_means == SIGTERM else _times(part, records.STOPPED)
    found = {STARTED: starts[:1], REGISTERED: registered[:1], TOLD: told[:1]}
    if not told:
        found[DEREGISTERED] = left[:1]
    if has_waves(part):
        found[REGISTERED_LAST] = registered[-1:]
        found[TOLD_LAST if told else DEREGISTERED_LAST] = (told or left)[-1:]
    if part.is_rolled_back:
        failed = (records.FAILED, records.ROLLING_BACK)
        found = {STARTED: starts[:1], FAILED: _times(part, *failed)[:1]}
    found[COMPLETED] = [] if part.end is None else [part.end]
    moments = {name: times[0] - part.begin for name, times in found.items() if times}
    if part.created is not None:
        moments[COMMAND] = part.created - part.begin
    return moments


def has_waves(part: Segment) -> bool:
    """Return whether tasks were started again after the first had registered."""
    starts, registered = _times(part, records.STARTED), _times(part, records.REGISTERED)
    return bool(starts and registered and starts[-1] > registered[0])


def _times(part: Segment, *kinds: str) -> list[float]:
    return [event.at for event in part.of(*kinds)]


def simulated_moments(timeline: Timeline) -> Moments:
    """Return the same moments (s after the first act) of a run; what did not happen is left out."""
    told = _told(timeline)
    starts = _events(timeline, "task_created", "new")
    registered = _events(timeline, "task_registered", "new")
    left = _events(timeline, "target_draining", "old")
    given_up = _events(timeline, "rollback_started") or _events(timeline, "breaker_tripped")
    found = {
        STARTED: starts[:1],
        REGISTERED: registered[:1],
        TOLD: told[:1],
        DEREGISTERED: left[:1],
        REGISTERED_LAST: registered[-1:],
        TOLD_LAST: told[-1:],
        DEREGISTERED_LAST: left[-1:],
        FAILED: given_up[:1],
        COMPLETED: _events(timeline, "deployment_finished")[-1:],
    }
    moments = {name: times[0] for name, times in found.items() if times}
    act = first_act(timeline)
    shifted = {name: at - act for name, at in moments.items()}
    return shifted | {COMMAND: -act}


def first_act(timeline: Timeline) -> float:
    """Return when (s after the command) ECS first started a task or told one to go."""
    created = _events(timeline, "task_created", "new")[:1]
    left = _events(timeline, "target_draining", "old")[:1]
    return min([*created, *left, *_told(timeline)[:1]], default=0.0)


def _told(timeline: Timeline) -> list[float]:
    """Return when old tasks were told to go, in order."""
    return sorted(
        start
        for life in timeline.tasks
        for start, _, stage in life.stages
        if stage == "leaving" and life.revision == "old"
    )


def _events(timeline: Timeline, kind: str, revision: str = "") -> list[float]:
    return [e.t for e in timeline.events if e.kind == kind and revision in ("", e.revision)]


def is_rolled_back(timeline: Timeline) -> bool:
    """Return whether a run was undone."""
    return any(event.kind in ("rollback_started", "breaker_tripped") for event in timeline.events)


def parts_of(real: Moments) -> list[Part]:
    """Return the parts of a deployment, in the order in which it went through them.

    >>> parts_of({STARTED: 0.0, REGISTERED: 31.0, COMPLETED: 90.0})
    [Part(begin='started', end='registered'), Part(begin='registered', end='completed')]
    """
    names = list(WORDS)
    ordered = sorted(real, key=lambda name: (real[name], names.index(name)))
    return [Part(*pair) for pair in pairwise(ordered)]


def whole_of(real: Moments) -> Part:
    """Return the whole deployment, from its first act."""
    first = min((name for name in real if name != COMMAND), key=lambda name: real[name])
    return Part(first, COMPLETED)
