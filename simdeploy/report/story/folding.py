"""Events folded into the beats of a story: repeats become one beat with their number.

Landmarks (a shift, an alarm, a rollback) stand alone. Between two of them the routine events of
tasks and targets are grouped: the same kind within ``GAP`` seconds is a burst and one beat, many
bursts of a kind are folded into the first two and one ``loop``, and a crash loop into its first
death, the others of its burst and one ``loop``. A loop ends before the next line begins, so that
the times of a story never run backwards.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simdeploy.results.timeline import Event

GAP = 20.0
#: With more than CROWDED beats between two landmarks each kind gets one beat; CROWDED_IF_LONG
#: applies to stories of more than LONG beats.
CROWDED, CROWDED_IF_LONG, LONG = 14, 5, 26
#: Up to so many repeats are not folded.
FEW = 2
#: Kinds left out of a story as long as it is too long, in this order.
SPARED = (
    "target_waiting", "task_running", "test_traffic_shifted", "task_created", "target_draining",
    "target_unhealthy",
)  # fmt: skip
ROUTINE = frozenset({
    "task_created", "task_running", "task_registered", "task_stopping", "task_stopped",
    "task_failed", "target_healthy", "target_unhealthy", "target_draining", "target_waiting",
    "task_hung", "container_healthy", "container_unhealthy", "users_hurt", "users_well",
})  # fmt: skip
#: Kinds shown on demand only: each follows at once from another kind that is shown.
MINOR = frozenset({"task_registered", "task_stopping"})
DECISIONS = frozenset({
    "breaker_tripped", "alarm_raised", "operator_decided", "hook_finished", "approval_answered",
})  # fmt: skip
BIRTH = frozenset({"task_created", "task_running", "task_registered"})
#: What users notice: never part of a loop that has begun.
NOTICED = frozenset({"users_hurt", "users_well"})
#: Kinds that later tasks of a crash loop repeat, whether they die or not.
REPEATED = BIRTH | {"target_waiting"}


@dataclass(slots=True)
class Beat:
    """A line of a story: events of one kind from ``t`` to ``end`` (s).

    ``follows``: an earlier beat shows the first events of the kind.
    """

    t: float
    end: float
    kind: str
    events: list[Event]
    follows: bool = False

    @classmethod
    def of(cls, events: Sequence[Event], kind: str = "", *, follows: bool = False) -> "Beat":
        """Return the beat of at least one event, by default of the first event's kind."""
        ordered = sorted(events, key=lambda e: e.t)
        return cls(ordered[0].t, ordered[-1].t, kind or ordered[0].kind, ordered, follows)

    @property
    def first(self) -> Event:
        """The first event."""
        return self.events[0]

    @property
    def revision(self) -> str:
        """The revision of its tasks."""
        return self.first.revision

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules behind its events, each once."""
        return tuple(dict.fromkeys(event.rule for event in self.events if event.rule))


def fold(events: Iterable[Event], *, minor: bool = False) -> list[Beat]:
    """Return the beats of a story in order; with ``minor`` those of all kinds of events."""
    shown = list(events)
    # A bake that ends as it begins is left out: a rolling rollback does not wait for alarms.
    ends = {e.t for e in shown if e.kind in {"rollback_finished", "deployment_finished"}}
    shown = [e for e in shown if e.kind != "bake_started" or e.t not in ends]
    if not minor:
        shown = _without_first_starts([e for e in shown if e.kind not in MINOR])
    beats = _folded(shown, CROWDED)
    for spared in range(len(SPARED) + 1):
        if minor or len(beats) <= LONG:
            break
        beats = _folded([e for e in shown if e.kind not in SPARED[:spared]], CROWDED_IF_LONG)
    return beats


def _folded(events: list[Event], crowded: int) -> list[Beat]:
    """Return the beats of events; more than ``crowded`` between two landmarks are reduced."""
    beats: list[Beat] = []
    for stretch in _stretches(events):
        beats += _routine(stretch, crowded) if stretch[0].kind in ROUTINE else [Beat.of(stretch)]
    return _joined(_runs_folded(_hooks_paired(beats)))


def _without_first_starts(events: list[Event]) -> list[Event]:
    """Leave out the first launches: the line of the deployment's start names them."""
    starts = [e.t for e in events if e.kind == "deployment_started"]
    first = {e.t for e in events if any(0 <= e.t - start <= GAP / 2 for start in starts)}
    return [e for e in events if e.kind != "task_created" or e.t not in first]


def _stretches(events: Iterable[Event]) -> list[list[Event]]:
    """Split events at the landmarks, each a stretch of its own."""
    out: list[list[Event]] = []
    for event in sorted(events, key=lambda e: e.t):
        if out and event.kind in ROUTINE and out[-1][0].kind in ROUTINE:
            out[-1].append(event)
        else:
            out.append([event])
    return out


def _routine(events: list[Event], crowded: int) -> list[Beat]:
    """Return the beats of the events between two landmarks."""
    failed = {e.task for e in events if e.kind == "task_failed"}
    dying = {e.revision for e in events if e.kind == "task_failed"}
    first = min((e.t for e in events if e.kind == "task_failed"), default=float("inf"))
    in_loop = [e for e in events if _is_part_of_loop(e, failed, dying, first)]
    left_out = _without_neighbors(events, in_loop)
    beats, repeats = _grouped([e for e in events if id(e) not in left_out], crowded)
    if any(e.kind == "task_failed" for e in repeats):
        last_told = max(b.end for b in beats if b.kind == "task_failed")
        repeats += [e for e in in_loop if id(e) in left_out and e.t > last_told]
    if repeats:
        beats = _around(beats, repeats)
    place = {id(event): index for index, event in enumerate(events)}
    return sorted(beats, key=lambda b: (b.t, b.kind == "loop", place[id(b.first)]))


def _around(beats: list[Beat], repeats: list[Event]) -> list[Beat]:
    """Return beats with what only repeats between them, so that no two overlap in time.

    A loop takes up the lines of its stretch that follow an earlier one, but for what users notice;
    the others cut it in two.
    """
    begin = min(event.t for event in repeats)
    taken = [b for b in beats if b.t >= begin and b.follows and b.kind not in NOTICED]
    kept = [b for b in beats if not any(b is one for one in taken)]
    merged = sorted([*repeats, *(e for b in taken for e in b.events)], key=lambda e: e.t)
    cuts = [b.t for b in kept if b.t > begin]
    pieces: dict[int, list[Event]] = defaultdict(list)
    for event in merged:
        pieces[sum(cut <= event.t for cut in cuts)].append(event)
    return kept + [beat for piece in pieces.values() for beat in _repeats(piece)]


def _without_neighbors(events: list[Event], in_loop: list[Event]) -> set[int]:
    """Return the ids of a loop's events, but for starts near others that are shown.

    A line that counts tasks which start or run counts those, too, that die later.
    """
    left_out = set(map(id, in_loop))
    shown = [e for e in events if e.kind in BIRTH and id(e) not in left_out]
    near = {
        id(e)
        for e in in_loop
        if any(
            (s.kind, s.revision) == (e.kind, e.revision) and abs(s.t - e.t) <= GAP for s in shown
        )
    }
    return left_out - near


def _repeats(events: list[Event]) -> list[Beat]:
    """Return the beats of events that only repeat: a loop, or up to ``FEW`` bursts as they are."""
    deaths = sum(e.kind == "task_failed" for e in events)
    is_short = events[-1].t - events[0].t <= GAP
    shown = [e for e in events if e.kind not in BIRTH] if deaths == 1 or is_short else events
    bursts = [burst for group in _bursts(shown or events).values() for burst in group]
    if len(bursts) > FEW or (deaths > 1 and not is_short):
        return [Beat.of(events, "loop")]
    return [Beat.of(burst, follows=True) for burst in bursts]


def _is_part_of_loop(event: Event, failed: set[int], dying: set[str], first: float) -> bool:
    """Return whether an event is part of a crash loop: starts of tasks that die, and what follows.

    ``failed``: tasks that die; ``dying``: their revisions; ``first``: the first death (s).
    """
    if event.kind in REPEATED and event.t > first and event.revision in dying:
        return True
    if event.kind in BIRTH:
        return event.task in failed
    return event.kind != "task_failed" and event.task in failed and event.t > first


def _grouped(events: list[Event], crowded: int) -> tuple[list[Beat], list[Event]]:
    """Return the beats to show and the events that only repeat them."""
    bursts = _bursts(events)
    beats, repeats = _split(bursts, crowded=False)
    return (beats, repeats) if len(beats) <= crowded else _split(bursts, crowded=True)


def _split(
    bursts: dict[tuple[str, str, str], list[list[Event]]], *, crowded: bool
) -> tuple[list[Beat], list[Event]]:
    """Return the first bursts of each group as beats, and the events of the others."""
    beats: list[Beat] = []
    repeats: list[Event] = []
    for key, group in bursts.items():
        shown = 1 if crowded or key[0] == "task_failed" else 2 if len(group) > 3 else 3
        for index, burst in enumerate(group):
            if index < shown:
                beats += _beats_of(burst, follows=index > 0)
            else:
                repeats += burst
    return beats, sorted(repeats, key=lambda e: e.t)


def _bursts(events: list[Event]) -> dict[tuple[str, str, str], list[list[Event]]]:
    """Group events by kind, revision and cause; a gap starts the next burst of the same group."""
    out: dict[tuple[str, str, str], list[list[Event]]] = defaultdict(list)
    for event in events:
        about = str(event.data.get("cause", event.data.get("how", "")))
        bursts = out[event.kind, event.revision, about]
        if bursts and event.t - bursts[-1][-1].t <= GAP:
            bursts[-1].append(event)
        else:
            bursts.append([event])
    return out


def _beats_of(burst: list[Event], *, follows: bool) -> list[Beat]:
    """Return a burst as one beat; the first death stands by itself, since it names the cause."""
    alone = burst[0].kind == "task_failed" and not follows and burst[-1].t > burst[0].t
    if not alone:
        return [Beat.of(burst, follows=follows)]
    return [Beat.of(burst[:1]), Beat.of(burst[1:], follows=True)]


def _hooks_paired(beats: list[Beat]) -> list[Beat]:
    """Merge a hook's start into its end if no other landmark lies between."""
    out: list[Beat] = []
    for index, beat in enumerate(beats):
        after = [b for b in beats[index + 1 :] if b.kind not in ROUTINE and b.kind != "loop"]
        if beat.kind == "hook_started" and after and _same_hook(beat, after[0]):
            after[0].events.insert(0, beat.first)
        else:
            out.append(beat)
    return out


def _same_hook(start: Beat, end: Beat) -> bool:
    stages = start.first.data.get("stage"), end.first.data.get("stage")
    return end.kind == "hook_finished" and stages[0] == stages[1]


def _runs_folded(beats: list[Beat]) -> list[Beat]:
    """Fold all but the first and last of many shifts, or changes of traffic, in a row."""
    out: list[Beat] = []
    run: list[Beat] = []
    for beat in beats:
        if run and _folds_into(beat) != _folds_into(run[0]):
            out += _run(run)
            run = []
        run.append(beat)
    return out + _run(run)


def _folds_into(beat: Beat) -> str:
    """Return the kind of fold that a beat can be part of; empty if it always stands alone."""
    if beat.kind == "environment_changed" and beat.first.data.get("event") == "traffic":
        return "traffic_run"
    return "shift_run" if beat.kind == "traffic_shifted" else ""


def _run(run: list[Beat]) -> list[Beat]:
    if len(run) < 4 or not _folds_into(run[0]):
        return run
    middle = [event for beat in run[1:-1] for event in beat.events]
    return [run[0], Beat.of(middle, _folds_into(run[0])), run[-1]]


def _joined(beats: list[Beat]) -> list[Beat]:
    """Merge a rollback that starts at once into the line of the decision behind it."""
    out: list[Beat] = []
    for beat in beats:
        if out and _belongs(out[-1], beat):
            out[-1].events += beat.events
        else:
            out.append(beat)
    return out


def _belongs(before: Beat, beat: Beat) -> bool:
    if beat.t - before.end > 1.0:
        return False
    ends = (before.kind, beat.kind) == ("rollback_finished", "deployment_finished")
    return ends or (beat.kind == "rollback_started" and before.kind in DECISIONS)
