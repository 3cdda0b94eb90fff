"""Files to `Observed`: any mix of what AWS's commands print, each event once, in order of time."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from simdeploy.errors import ImportShapeError, SimdeployError
from simdeploy.importers.reading import check_depth
from simdeploy.observed import deployments, records, tasks
from simdeploy.observed.collecting import Collector
from simdeploy.observed.documents import Line, content
from simdeploy.observed.records import Event, Note, Observed
from simdeploy.observed.shapes import KNOWN, read_document
from simdeploy.observed.times import MINUTE, has_undated_time, zone_named

#: What two sources may say of the same thing, and how far apart (s) they may say it.
ONCE = {records.COMPLETED: 60.0, records.FAILED: 60.0, records.ROLLING_BACK: 60.0,
        records.STEADY: 2.0}  # fmt: skip
#: Order of what happens at one instant.
RANKS = (
    records.COMMAND, records.IN_PROGRESS, records.UNHEALTHY, records.FAILED, records.ROLLING_BACK,
    records.STARTED, records.REGISTERED, records.STOPPED, records.DEREGISTERED, records.DRAINING,
    records.STOPPED_PENDING, records.COMPLETED, records.STEADY,
)  # fmt: skip
#: A message is written so often within a minute at most; more are looked at no longer.
MOST_TWINS = 100
Item = TypeVar("Item")


def read_observed(
    paths: Iterable[str | os.PathLike[str]],
    service: str | None = None,
    timezone: str | None = None,
    now: float | None = None,
) -> Observed:
    """Read files into what they say about one service.

    Parameters
    ----------
    paths
        Files of the kinds of `shapes.KNOWN`, told apart by what is in them, in any order.
    service
        Which one, where the files speak of several.
    timezone
        How times without a zone are read, as ``Europe/Berlin`` or ``+02:00``; by default UTC.
    now
        Epoch seconds, by default the clock's; what is later than tomorrow is left out.

    Raises
    ------
    ImportShapeError
        For a file that cannot be read or is none of these kinds, and where more than a fifth of
        the tasks have times that run backwards.
    SimdeployError
        For times with and without a zone where ``timezone`` is missing, several services, one that
        is not there, and files that hold no usable time at all.
    """
    into = Collector(zone_named(timezone) if timezone else None, now)
    files = [str(path) for path in paths]
    for file in files:
        _read_file(file, into)
    return _gathered(into, files, service)


def observed_in(documents: Iterable[tuple[str, Any]], service: str | None = None) -> Observed:
    """Return what documents, each with its place, say about one service.

    Raises
    ------
    ImportShapeError, SimdeployError
        As `read_observed`, but not for documents of other kinds, which are passed by.
    """
    into = Collector()
    places = []
    for place, data in documents:
        check_depth(place, data)
        if read_document(data, place, into):
            places.append(place)
    return _gathered(into, places or ["these documents"], service)


def _gathered(into: Collector, files: list[str], service: str | None) -> Observed:
    """Return what was collected about one service, each record once and in order."""
    if into.zone is None and into.zoned_at and into.unzoned_at:
        raise SimdeployError(
            f"{into.unzoned_at}: has a time without a zone, {into.zoned_at} one with a zone; say "
            "how to read the former with --timezone, as Europe/Berlin or +02:00"
        )
    name = _chosen(service, into)
    all_tasks = tasks.without_contradictions(tasks.merged(into.tasks), files[0], into)
    found = Observed(
        name,
        tuple(_once(_of(into.events, name))),
        tuple(_of(all_tasks, name)),
        tuple(_of(deployments.merged(into.deployments), name)),
        tuple(sorted(set(into.polls))),
        tuple(sorted(set(into.alarm_changes))),
        tuple(files),
        tuple(into.notes),
    )
    if not any((found.events, found.tasks, found.deployments, found.polls, found.alarm_changes)):
        why = f"; {into_words(found.notes)}" if found.notes else ""
        raise SimdeployError(f"{', '.join(files)}: no events, tasks or deployments in it{why}")
    return found


def into_words(notes: tuple[Note, ...]) -> str:
    """Return the first note, and how many more there are."""
    more = f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""
    return f"{notes[0].what}{more}"


def _read_file(file: str, into: Collector) -> None:
    read = content(Path(file))
    for line in read.lines:
        _read_line(file, line, into)
    known = [read_document(data, place, into) for place, data in read.documents]
    if read.documents and not any(known):
        raise ImportShapeError(file, f"holds none of what can be read: {KNOWN}")


def _read_line(file: str, line: Line, into: Collector) -> None:
    """Add a line of text; one without a usable time is noted."""
    place = f"{file}:{line.number}"
    if line.time:
        into.message(line.time, line.message, place, event_id=line.id)
        return
    before = line.text.partition(line.message)[0]
    why = "a time without a date" if has_undated_time(before) else "no time"
    into.note(place, f'{why} before "{line.message[:60]}"')


def _chosen(service: str | None, into: Collector) -> str:
    """Return the service that is meant."""
    names = sorted(into.services)
    if service is not None:
        if service not in into.services:
            there = f"there are: {', '.join(names)}" if names else "no service is named"
            raise SimdeployError(f'--service: no "{service[:60]}" in these files; {there}')
        return service
    if len(names) > 1:
        raise SimdeployError(
            f"several services in these files: {', '.join(names)}; choose one with --service"
        )
    return names[0] if names else ""


def _of(items: Iterable[Item], service: str) -> list[Item]:
    """Return what belongs to a service, or names none."""
    return [item for item in items if getattr(item, "service", "") in ("", service)]


def _once(events: list[Event]) -> list[Event]:
    """Return each event once, in order of time, whatever the order of files and of lines."""
    by_id: dict[tuple[str, str], Event] = {}
    for i, event in enumerate(sorted(events, key=_order)):
        by_id.setdefault((event.id or f"#{i}", event.kind), event)
    kept: list[Event] = []
    said: dict[tuple[str, str], list[int]] = {}
    for event in sorted(by_id.values(), key=_order):
        before = said.setdefault(_saying(event), [])
        recent = _recent(kept, before, event)
        twin = next((k for k in recent if _is_same(kept[k], event)), None)
        if twin is None:
            before.append(len(kept))
            kept.append(event)
        elif event.resolution_s < kept[twin].resolution_s:
            kept[twin] = replace(event, id=event.id or kept[twin].id)
    return sorted(kept, key=_order)


def _saying(event: Event) -> tuple[str, str]:
    """Return what two events share if they may be the same."""
    return event.kind, event.deployment_id if event.kind in ONCE else event.message


def _recent(kept: list[Event], before: list[int], event: Event) -> Iterator[int]:
    """Yield the places of events that say the same shortly before another, the latest first."""
    for k in reversed(before[-MOST_TWINS:]):
        if kept[k].at < event.at - MINUTE:
            return
        yield k


def _is_same(known: Event, event: Event) -> bool:
    """Return whether two sources say the same once; ids of two kinds of file never agree."""
    apart = abs(event.at - known.at)
    if event.kind in ONCE:
        return apart <= max(ONCE[event.kind], event.resolution_s, known.resolution_s)
    if known.id and event.id:
        return False
    return apart <= max(event.resolution_s, known.resolution_s)


def _order(event: Event) -> tuple[float, int, str, str, float]:
    rank = RANKS.index(event.kind) if event.kind in RANKS else len(RANKS)
    return event.at, rank, event.message, event.id, event.resolution_s
