"""The boot of an application from its own log: from the first line of a task to the one that says.

Two forms are read: what ``aws logs filter-log-events`` prints, where each task has a stream of its
own, and lines of text that begin with a time, as of ``aws logs tail``.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

from simdeploy.calibrating.sample import Sample, between
from simdeploy.errors import SimdeployError
from simdeploy.observed.messages import find_message
from simdeploy.observed.times import Absent, find_time, parse_time

LARGEST = 64_000_000
#: A stream is named after its task: "ecs/app/0a1b2c…".
STREAM = re.compile(r"\s*(\S+/[0-9a-f]{8,64})(?=\s)")
#: What a record of ECS or of an event bus has, and a line of an application has not.
NOT_A_LOG = ("(service ", '"detail-type"')


class LogLine(NamedTuple):
    """A line of a log: its stream, epoch seconds, how exactly, and the text."""

    stream: str
    at: float
    resolution_s: float
    text: str


def split(paths: Iterable[Path]) -> tuple[list[Path], dict[Path, list[LogLine]]]:
    """Return the files that are no logs, and the lines of those that are."""
    others, logs = [], {}
    for path in paths:
        lines = _read(path)
        if lines:
            logs[path] = lines
        else:
            others.append(path)
    return others, logs


def boots(logs: dict[Path, list[LogLine]], pattern: str) -> list[Sample]:
    """Return a boot for each stream: from its first line to the first that matches.

    Raises
    ------
    SimdeployError
        For a pattern that is none, files without a log, and logs without a match.
    """
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise SimdeployError(f'--app-log: "{pattern[:60]}" is no pattern: {error}') from None
    if not logs:
        raise SimdeployError(
            "--app-log: no log among the files; it reads what aws logs filter-log-events prints, "
            "and lines that begin with a time"
        )
    found = [
        boot
        for lines in logs.values()
        for stream in dict.fromkeys(line.stream for line in lines)
        if (boot := _boot([line for line in lines if line.stream == stream], wanted)) is not None
    ]
    if not found:
        names = ", ".join(str(path) for path in logs)
        raise SimdeployError(f'--app-log: no line of {names} matches "{pattern[:60]}"')
    return found


def _boot(lines: Sequence[LogLine], wanted: re.Pattern[str]) -> Sample | None:
    ordered = sorted(lines, key=lambda line: line.at)
    first = ordered[0]
    ready = next((line for line in ordered if wanted.search(line.text)), None)
    if ready is None:
        return None
    resolution = max(first.resolution_s, ready.resolution_s)
    return between(first.at, ready.at, resolution, first.stream.rpartition("/")[2])


def _read(path: Path) -> list[LogLine]:
    """Return the lines of a log; none for a file that is no log, or that cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    if any(mark in text for mark in NOT_A_LOG) or not text.strip():
        return []
    if text.lstrip()[0] in "{[":
        return _of_json(text)
    return [line for row in text.splitlines() if (line := _of_line(row, str(path))) is not None]


def _of_json(text: str) -> list[LogLine]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    events = data.get("events") if isinstance(data, dict) else None
    lines = []
    for event in events if isinstance(events, list) else ():
        if not (isinstance(event, dict) and isinstance(event.get("message"), str)):
            return []
        time = parse_time(event.get("timestamp"))
        if not isinstance(time, Absent):
            stream = str(event.get("logStreamName", ""))
            lines.append(LogLine(stream, time.at, time.resolution_s, event["message"]))
    return lines


def _of_line(row: str, file: str) -> LogLine | None:
    """Return a line that begins with a time; None for any other."""
    match = find_time(row)
    if match is None or match.start() > 1 or find_message(row) >= 0:
        return None
    time = parse_time(match[0], UTC)
    if isinstance(time, Absent):
        return None
    rest = row[match.end() :]
    stream = STREAM.match(rest)
    name = stream[1] if stream else file
    return LogLine(name, time.at, time.resolution_s, rest)
