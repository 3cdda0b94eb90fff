"""Events folded into the beats of a story: what repeats is told once, with its number.

Landmarks (a shift, an alarm, a rollback) stand alone. Between two of them the routine events of
tasks and targets are grouped: the same kind within ``GAP`` seconds is one beat, a kind that comes
back more than twice becomes one ``loop`` beat, and of a crash loop only the first death, the rest
of its burst and one loop remain.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simdeploy.results.timeline import Event

GAP = 20.0
#: Where more beats than this lie between two landmarks, each kind is told once; fewer in a story
#: that would be longer than so many beats.
CROWDED, CROWDED_IF_LONG, LONG = 14, 5, 26
#: So many repeats need no fold.
FEW = 2
#: What a story that is still too long does without, first to last.
SPARED = (
    "target_waiting", "task_running", "test_traffic_shifted", "task_created", "target_draining",
    "target_unhealthy",
)  # fmt: skip
ROUTINE = frozenset({
    "task_created", "task_running", "task_registered", "task_stopping", "task_stopped",
    "task_failed", "target_healthy", "target_unhealthy", "target_draining", "target_waiting",
    "users_hurt", "users_well",
})  # fmt: skip
#: Told only on demand: each follows at once from a neighbor that is told.
MINOR = frozenset({"task_registered", "task_stopping"})
DECISIONS = frozenset({
    "breaker_tripped", "alarm_raised", "operator_decided", "hook_finished", "approval_answered",
})  # fmt: skip
BIRTH = frozenset({"task_created", "task_running", "task_registered"})
#: What befalls those that come after the first death as it did those before it.
LIKE_ALL = BIRTH | {"target_waiting"}


@dataclass(slots=True)
class Beat:
    """One line of a story: the events from ``t`` to ``end`` that it tells."""

    t: float
    end: float
    kind: str
    events: list[Event]
    follows: bool = False

    @property
    def first(self) -> Event:
        """The event that the beat begins with."""
        return self.events[0]

    @property
    def revision(self) -> str:
        """Whose tasks the beat is about."""
        return self.first.revision


def beat(events: Sequence[Event], kind: str = "", *, follows: bool = False) -> Beat:
    """Return the beat that tells ``events``, which must not be empty."""
    ordered = sorted(events, key=lambda e: e.t)
    return Beat(ordered[0].t, ordered[-1].t, kind or ordered[0].kind, ordered, follows)


def fold(events: Iterable[Event], *, minor: bool = False) -> list[Beat]:
    """Return the beats of a story in order; with ``minor`` also what goes without saying."""
    known = list(events)
    kept = [e for e in known if (minor or e.kind not in MINOR) and not _is_empty_bake(e, known)]
    kept = _without_first_starts(kept, minor)
    beats = _folded(kept, CROWDED)
    for spared in range(len(SPARED) + 1):
        if minor or len(beats) <= LONG:
            break
        beats = _folded([e for e in kept if e.kind not in SPARED[:spared]], CROWDED_IF_LONG)
    return beats


def _folded(events: list[Event], crowded: int) -> list[Beat]:
    """Return the beats of events, where so many of them between two landmarks are a crowd."""
    beats: list[Beat] = []
    for stretch in _stretches(events):
        beats += _routine(stretch, crowded) if stretch[0].kind in ROUTINE else [beat(stretch)]
    return _joined(_runs_folded(_hooks_paired(beats)))


def _is_empty_bake(event: Event, events: Sequence[Event]) -> bool:
    """Tell whether a bake is over as it begins: a rolling way back does not wait for alarms."""
    return event.kind == "bake_started" and any(
        one.kind in {"rollback_finished", "deployment_finished"} and one.t == event.t
        for one in events
    )


def _without_first_starts(events: list[Event], minor: bool) -> list[Event]:
    """Leave out the first launches: the line of the deployment's start announces them."""
    starts = [e.t for e in events if e.kind == "deployment_started"]
    if minor or not starts:
        return events
    return [e for e in events if e.kind != "task_created" or not _near(e.t, starts)]


def _near(t: float, starts: list[float]) -> bool:
    return any(0 <= t - start <= GAP / 2 for start in starts)


def _stretches(events: Iterable[Event]) -> list[list[Event]]:
    """Cut at the landmarks: each is a stretch of its own, what lies between is another."""
    out: list[list[Event]] = []
    for event in sorted(events, key=lambda e: e.t):
        if out and event.kind in ROUTINE and out[-1][0].kind in ROUTINE:
            out[-1].append(event)
        else:
            out.append([event])
    return out


def _routine(events: list[Event], crowded: int) -> list[Beat]:
    """Fold what happens between two landmarks."""
    failed = {e.task for e in events if e.kind == "task_failed"}
    dying = {e.revision for e in events if e.kind == "task_failed"}
    first = min((e.t for e in events if e.kind == "task_failed"), default=float("inf"))
    part = [e for e in events if _is_part_of_loop(e, failed, dying, first)]
    left_out = set(map(id, part))
    beats, rest = _grouped([e for e in events if id(e) not in left_out], crowded)
    if any(e.kind == "task_failed" for e in rest):
        told = max(b.end for b in beats if b.kind == "task_failed")
        rest += [e for e in part if e.t > told]
    if rest:
        beats += _rest(rest)
    # What stands for a stretch of time comes after the lines of that stretch.
    place = {id(event): index for index, event in enumerate(events)}
    return sorted(beats, key=lambda b: (b.end if b.kind == "loop" else b.t, place[id(b.first)]))


def _rest(events: list[Event]) -> list[Beat]:
    """Return what stands for the events that only repeat: a loop, unless it would tell no less."""
    deaths = sum(e.kind == "task_failed" for e in events)
    told = [e for e in events if e.kind not in BIRTH] if deaths == 1 else events
    again = [burst for group in _bursts(told).values() for burst in group]
    if len(again) > FEW or deaths > 1:
        return [beat(events, "loop")]
    return [beat(burst, follows=True) for burst in again]


def _is_part_of_loop(event: Event, failed: set[int], dying: set[str], first: float) -> bool:
    """Tell whether a death tells this event too: the births of all who die, and their sickness."""
    if event.kind in LIKE_ALL and event.t > first and event.revision in dying:
        return True
    if event.kind in BIRTH:
        return event.task in failed
    return event.kind != "task_failed" and event.task in failed and event.t > first


def _grouped(events: list[Event], crowded: int) -> tuple[list[Beat], list[Event]]:
    """Return the beats that are told and the events that only repeat them."""
    bursts = _bursts(events)
    beats, rest = _split(bursts, crowded=False)
    return (beats, rest) if len(beats) <= crowded else _split(bursts, crowded=True)


def _split(
    bursts: dict[tuple[str, str, str], list[list[Event]]], *, crowded: bool
) -> tuple[list[Beat], list[Event]]:
    """Return the first bursts of each group as beats, and the events of the others."""
    beats: list[Beat] = []
    rest: list[Event] = []
    for key, group in bursts.items():
        told = 1 if crowded or key[0] == "task_failed" else 2 if len(group) > 3 else 3
        for index, burst in enumerate(group):
            if index < told:
                beats += _told(burst, follows=index > 0)
            else:
                rest += burst
    return beats, sorted(rest, key=lambda e: e.t)


def _bursts(events: list[Event]) -> dict[tuple[str, str, str], list[list[Event]]]:
    """Group by kind, revision and cause; a gap opens the next burst of the same group."""
    out: dict[tuple[str, str, str], list[list[Event]]] = defaultdict(list)
    for event in events:
        about = str(event.data.get("cause", event.data.get("how", "")))
        bursts = out[event.kind, event.revision, about]
        if bursts and event.t - bursts[-1][-1].t <= GAP:
            bursts[-1].append(event)
        else:
            bursts.append([event])
    return out


def _told(burst: list[Event], *, follows: bool) -> list[Beat]:
    """Tell the first death by itself, since it names the cause; any other burst is one beat."""
    alone = burst[0].kind == "task_failed" and not follows and burst[-1].t > burst[0].t
    if not alone:
        return [beat(burst, follows=follows)]
    return [beat(burst[:1]), beat(burst[1:], follows=True)]


def _hooks_paired(beats: list[Beat]) -> list[Beat]:
    """Let a hook's end tell its start too, when no other landmark lies between."""
    out: list[Beat] = []
    for index, one in enumerate(beats):
        after = [b for b in beats[index + 1 :] if b.kind not in ROUTINE and b.kind != "loop"]
        if one.kind == "hook_started" and after and _same_hook(one, after[0]):
            after[0].events.insert(0, one.first)
        else:
            out.append(one)
    return out


def _same_hook(start: Beat, end: Beat) -> bool:
    stages = start.first.data.get("stage"), end.first.data.get("stage")
    return end.kind == "hook_finished" and stages[0] == stages[1]


def _runs_folded(beats: list[Beat]) -> list[Beat]:
    """Tell the first and the last of many shifts, or changes of traffic, in a row."""
    out: list[Beat] = []
    run: list[Beat] = []
    for one in beats:
        if run and _folds_into(one) != _folds_into(run[0]):
            out += _run(run)
            run = []
        run.append(one)
    return out + _run(run)


def _folds_into(one: Beat) -> str:
    """Return the kind of fold that a beat can be part of; empty where it always stands alone."""
    if one.kind == "environment_changed" and one.first.data.get("event") == "traffic":
        return "traffic_run"
    return "shift_run" if one.kind == "traffic_shifted" else ""


def _run(run: list[Beat]) -> list[Beat]:
    if len(run) < 4 or not _folds_into(run[0]):
        return run
    middle = [event for one in run[1:-1] for event in one.events]
    return [run[0], beat(middle, _folds_into(run[0])), run[-1]]


def _joined(beats: list[Beat]) -> list[Beat]:
    """Let a rollback that starts at once follow on the line of the decision behind it."""
    out: list[Beat] = []
    for one in beats:
        if out and _belongs(out[-1], one):
            out[-1].events += one.events
        else:
            out.append(one)
    return out


def _belongs(before: Beat, one: Beat) -> bool:
    if one.t - before.end > 1.0:
        return False
    ends = (before.kind, one.kind) == ("rollback_finished", "deployment_finished")
    return ends or (one.kind == "rollback_started" and before.kind in DECISIONS)
