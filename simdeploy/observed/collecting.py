"""Where records are collected while files are read, and what of them could not be used."""

from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any

from simdeploy.importers.page import printable
from simdeploy.observed import messages, records
from simdeploy.observed.records import (
    AlarmChange,
    DeploymentTimes,
    Event,
    HealthPoll,
    Note,
    TaskTimes,
)
from simdeploy.observed.times import Absent, Time, parse_time

DAY = 86_400.0
SHOWN = 60


class Collector:
    """Records of several files, with notes on what was dropped.

    Parameters
    ----------
    zone
        How times without a zone are read; None where that was not said.
    now
        Epoch seconds; what lies more than a day later is no observation.
    """

    def __init__(self, zone: tzinfo | None = None, now: float | None = None) -> None:
        self.zone = zone
        self.now = datetime.now(UTC).timestamp() if now is None else now
        self.events: list[Event] = []
        self.tasks: list[TaskTimes] = []
        self.deployments: list[DeploymentTimes] = []
        self.polls: list[HealthPoll] = []
        self.alarm_changes: list[AlarmChange] = []
        self.services: dict[str, None] = {}
        self.notes: dict[Note, None] = {}
        self.zoned_at = ""
        self.unzoned_at = ""

    def note(self, place: str, what: str) -> None:
        """Remember what was not used; each once."""
        self.notes[Note(place, printable(what))] = None

    def time(self, value: Any, place: str) -> Time | None:
        """Return a time; one that cannot be used is noted, one that AWS left out is not."""
        time = parse_time(value, self.zone or UTC)
        if isinstance(time, Absent):
            if time.why:
                self.note(place, f'the time "{str(value)[:SHOWN]}" {time.why}')
            return None
        if time.at > self.now + DAY:
            self.note(place, f'the time "{str(value)[:SHOWN]}" is in the future')
            return None
        if time.is_zoned:
            self.zoned_at = self.zoned_at or place
        else:
            self.unzoned_at = self.unzoned_at or place
        return time

    def seconds(self, value: Any, place: str) -> float | None:
        """Return a time in epoch seconds alone."""
        time = self.time(value, place)
        return None if time is None else time.at

    def name_service(self, name: str) -> str:
        """Return the name of a service from a name or an ARN, and remember it."""
        name = name.rpartition("/")[2]
        if name:
            self.services[name] = None
        return name

    def message(
        self, value: Any, text: Any, place: str, service: str = "", event_id: Any = ""
    ) -> None:
        """Add the event of a message."""
        if not isinstance(text, str) or not text.strip():
            self.note(place, "an event without a message")
            return
        time = self.time(value, place)
        if time is None:
            if value is None or value == "":
                self.note(place, f'no time for "{text[:SHOWN]}"')
            return
        said = messages.read_message(text)
        if said.kind == records.OTHER:
            self.note(place, f'the wording is not known: "{text[:SHOWN]}"')
        name = self.name_service(said.service or service)
        self.events.append(
            Event(
                time.at,
                message=" ".join(text.split()),
                resolution_s=time.resolution_s,
                id=event_id if isinstance(event_id, str) else "",
                **(asdict(said) | {"service": name}),
            )
        )

    def happened(self, time: Time, kind: str, message: str, **details: Any) -> None:
        """Add an event that is no message of a service."""
        self.events.append(Event(time.at, kind, message, time.resolution_s, **details))


def text_in(data: dict[str, Any], *keys: str) -> str:
    """Return the first text among some keys; empty for none."""
    found = (data.get(key) for key in keys)
    return next((value for value in found if isinstance(value, str) and value), "")


def dict_in(data: Any, *keys: str) -> dict[str, Any]:
    """Return the first object among some keys; empty for none."""
    if not isinstance(data, dict):
        return {}
    return next((data[key] for key in keys if isinstance(data.get(key), dict)), {})


def dicts_in(data: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects of a list; what is none is left out."""
    listed = data.get(key) if isinstance(data, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
