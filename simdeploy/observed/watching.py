"""What was watched from outside: polls of target health, histories of alarms."""

import re
from typing import Any

from simdeploy.observed.collecting import Collector, dict_in, dicts_in, text_in
from simdeploy.observed.records import AlarmChange, HealthPoll

#: ``describe-target-health`` prints no time: whoever polls adds it under one of these keys.
POLLED_AT = ("at", "time", "timestamp", "date")
CHANGE = re.compile(r"from (OK|ALARM|INSUFFICIENT_DATA) to (OK|ALARM|INSUFFICIENT_DATA)")


def read_poll(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add a poll of target health."""
    stamp = next((data[key] for key in POLLED_AT if data.get(key)), None)
    time = into.time(stamp, place)
    if time is None:
        if stamp is None:
            words = f"a poll of target health without its time; add it as {POLLED_AT[0]}"
            into.note(place, words)
        return
    for item in dicts_in(data, "TargetHealthDescriptions"):
        target, health = dict_in(item, "Target"), dict_in(item, "TargetHealth")
        name = f"{text_in(target, 'Id')}:{target.get('Port', '')}"
        state = text_in(health, "State")
        into.polls.append(HealthPoll(time.at, name, state, time.resolution_s))


def read_alarm_history(data: dict[str, Any], place: str, into: Collector) -> None:
    """Add an entry of ``describe-alarm-history``; only changes of state count."""
    if text_in(data, "HistoryItemType") != "StateUpdate":
        return
    change = CHANGE.search(text_in(data, "HistorySummary"))
    time = into.time(data.get("Timestamp"), place)
    if change is None or time is None:
        into.note(place, "a change of an alarm without its states or its time")
        return
    name = text_in(data, "AlarmName")
    into.alarm_changes.append(AlarmChange(time.at, name, change[1], change[2], time.resolution_s))
