"""Traffic over time, and what happens around a deployment."""

import math
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, NamedTuple

from simdeploy.encode.detection import watched
from simdeploy.encode.distribution_rows import Draws, put_rows
from simdeploy.encode.encoders import Encoders
from simdeploy.encode.latency import Paces
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.scenario import Scenario
from simdeploy.scenario.events import AlarmNoise, TrafficSpike, Window
from simdeploy.scenario.traffic import Daily
from simdeploy.semantics.faults import combined
from simdeploy.semantics.state import NEVER
from simdeploy.strategies import Strategy

#: Events during which health checks, or their reports to the scheduler, are not as usual.
CONDITIONS = ("flaky_health_checks", "dependency_down", "health_signal_missing")


def put_traffic(m: ScenarioRecord, scenario: Scenario, paces: Paces) -> None:
    """What clients do, apart from how often they ask."""
    traffic = scenario.traffic
    m.client_timeout = traffic.client_timeout
    m.samples_alarms = traffic.sampled
    balanced = scenario.service.load_balancer
    idle_first = traffic.client_timeout >= scenario.target_group.idle_timeout
    m.overload_is_5xx = balanced and idle_first
    m.idle_cut_share = paces.idle_cut if balanced else 0.0
    m.in_flight_at_command = rates(scenario)[0][1] * paces.begun
    m.websockets = traffic.websockets.open if scenario.service.desired_count else 0.0
    m.websocket_end_rate = 1.0 / traffic.websockets.lifetime.mean()


def rates(scenario: Scenario) -> list[tuple[float, float]]:
    """Offered rate from each instant on, spikes included."""
    spikes = [e for e in scenario.environment.events if isinstance(e, TrafficSpike)]
    usual = usual_rates(scenario)
    times = {at for at, _ in usual}
    for spike in spikes:
        times |= {spike.from_, scenario.horizon if spike.until is None else spike.until}
    return [
        (at, last_of(usual, at) * math.prod(s.factor for s in spikes if holds(s, at)))
        for at in sorted(t for t in times if t < scenario.horizon)
    ]


def usual_rates(scenario: Scenario) -> list[tuple[float, float]]:
    """Offered rate from each instant on, without spikes."""
    traffic = scenario.traffic
    if traffic.steps is not None:
        return [(step.at, step.rate) for step in traffic.steps]
    if traffic.daily is not None:
        return daily_rates(traffic.daily, scenario.horizon)
    return [(0.0, traffic.rate)]


def daily_rates(daily: Daily, horizon: float) -> list[tuple[float, float]]:
    """A cosine over the day in twenty stairs, ten up and ten down, each held at its middle."""
    stair = 86400.0 / 20
    count = int(horizon // stair) + 2
    begin = math.floor(daily.command_at / stair) * stair - daily.command_at
    times = [begin + stair * k for k in range(count)]
    return [
        (max(0.0, at), wave(daily, at + stair / 2 + daily.command_at))
        for at in times
        if at + stair > 0
    ]


def wave(daily: Daily, clock: float) -> float:
    """Requests/s at a time of day, s after midnight."""
    swing = math.cos(2.0 * math.pi * (clock - daily.peak_at) / 86400.0)
    return float(daily.low + (daily.high - daily.low) * (1.0 + swing) / 2.0)


def last_of(pieces: Sequence[tuple[float, float]], at: float) -> float:
    """The value that holds at an instant."""
    return [value for start, value in pieces if start <= at][-1]


def holds(window: Window, at: float) -> bool:
    """Whether an event's window covers an instant."""
    return bool(window.from_ <= at and (window.until is None or at < window.until))


class Surroundings(NamedTuple):
    """What the encode function of an environment event writes to, and what else it needs."""

    record: ScenarioRecord
    draws: Draws
    scenario: Scenario
    alarms: list[str]


#: Encode functions of environment events.
EVENTS: Encoders[Surroundings] = Encoders()


def put_events(m: ScenarioRecord, draws: Draws, scenario: Scenario, strategy: Strategy) -> None:
    """Encode traffic over time, and what happens around a deployment."""
    names = [alarm.name for alarm in watched(scenario, strategy)]
    EVENTS.encode(Surroundings(m, draws, scenario, names), scenario.environment.events)


@EVENTS.takes(*CONDITIONS, "traffic_spike")
def put_conditions(to: Surroundings, _found: Sequence[Any]) -> None:
    """Encode what changes over time: the offered rate, and what health checks meet."""
    to.record.n_conditions = put_rows(
        to.record.conditions, pieces(to.scenario), "traffic and environment: changes over time"
    )


@EVENTS.takes("task_crash")
def put_task_crashes(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode crashes of running tasks, by time."""
    crashes = sorted((e.at, int(e.revision == "new"), e.tasks, int(e.by_hand)) for e in events)
    to.record.n_task_crashes = put_rows(
        to.record.task_crashes, crashes, "environment.events: task_crash"
    )


@EVENTS.takes("task_hang")
def put_task_hangs(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode hangs of running tasks, by time."""
    hangs = sorted((e.at, int(e.revision == "new"), e.tasks) for e in events)
    to.record.n_task_hangs = put_rows(to.record.task_hangs, hangs, "environment.events: task_hang")


@EVENTS.takes("slow_registry", "registry_down")
def put_registry(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode the windows of a slow or dead registry."""
    windows = [
        (e.from_, NEVER if e.until is None else e.until, *registry(to.draws, e)) for e in events
    ]
    to.record.n_registry_windows = put_rows(
        to.record.registry_windows, windows, "environment.events: registry"
    )


def registry(draws: Draws, event: Any) -> tuple[float, int]:
    """Stretch of a registry's window, and row of its failures; -1 where pulls do not fail."""
    if event.kind == "slow_registry":
        return event.factor, -1
    return 1.0, draws.add(event.fails_after)


@EVENTS.takes("capacity_unavailable")
def put_capacity(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode the windows in which no task can be placed."""
    windows = [
        (e.from_, NEVER if e.until is None else e.until, e.counts_for_breaker == "round")
        for e in events
    ]
    to.record.n_capacity_windows = put_rows(
        to.record.capacity_windows, windows, "environment.events: capacity_unavailable"
    )


@EVENTS.takes("alarm_already_red")
def put_red_alarms(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode until when alarms that are watched are red for another reason."""
    for event in events:
        if event.alarm in to.alarms:
            until = 2.0 * to.scenario.horizon if event.until is None else event.until
            rule = to.record.alarms[to.alarms.index(event.alarm)]
            rule.red_until = max(float(rule.red_until), until)


@EVENTS.takes("alarm_noise")
def put_alarm_noise(to: Surroundings, events: Sequence[Any]) -> None:
    """Encode when alarms that are watched breach by chance."""
    noise = [
        (
            to.alarms.index(event.alarm),
            event.from_,
            NEVER if event.until is None else event.until,
            event.probability,
        )
        for event in events
        if event.alarm in to.alarms
    ]
    to.record.n_alarm_noises = put_rows(
        to.record.alarm_noises, noise, "environment.events: alarm_noise"
    )


def pieces(scenario: Scenario) -> list[tuple[float, float, float, int, int]]:
    """Rate, flaky checks, a dependency that is down, and a missing health signal, over time."""
    events = scenario.environment.events
    conditions = [e for e in events if isinstance(e, Window) and e.tag() in CONDITIONS]
    kept = {e.from_ for e in events if isinstance(e, AlarmNoise)}
    offered = rates(scenario)
    times = {at for at, _ in offered} | kept
    for event in conditions:
        times |= {event.from_, scenario.horizon if event.until is None else event.until}
    rows = [
        (at, last_of(offered, at), *condition(conditions, at))
        for at in sorted(t for t in times if t < scenario.horizon)
    ]
    return [rows[0], *(b for a, b in pairwise(rows) if a[1:] != b[1:] or b[0] in kept)]


def condition(events: Sequence[Any], at: float) -> tuple[float, int, int]:
    """Chance that a check fails for nothing; dependency down; health signal missing."""
    now = [event for event in events if holds(event, at)]
    flaky = [event.probability for event in now if event.kind == "flaky_health_checks"]
    kinds = {event.kind for event in now}
    down, blind = "dependency_down" in kinds, "health_signal_missing" in kinds
    return reduce(combined, flaky, 0.0), int(down), int(blind)
