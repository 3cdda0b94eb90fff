"""What the sentences of one story share: its timeline, its numbers, and what was said before."""

from typing import Any

from simdeploy.report.amounts import count
from simdeploy.report.states import held
from simdeploy.report.words import percent
from simdeploy.results.timeline import Event, Timeline
from simdeploy.strategies import Strategy

#: Failing shares below this are the model's, not a user's.
NOTHING = 1e-6
#: What ends the health of a target.
ENDS_HEALTH = frozenset({
    "target_unhealthy", "target_draining", "task_failed", "task_stopping", "task_stopped",
})  # fmt: skip


class Tale:
    """What the sentences of one story have to know of it, and what was already said."""

    def __init__(self, timeline: Timeline, scenario: Any = None) -> None:
        self.timeline = timeline
        self.scenario = scenario
        events = timeline.events
        self.start: dict[str, Any] = next(
            (e.data for e in events if e.kind == "deployment_started"), {}
        )
        self.strategy = _resolved(scenario, timeline.strategy)
        self.watched = self.strategy is not None and bool(self.strategy.alarms)
        self.desired = int(self.start.get("desired", self.start.get("old_tasks", 0)))
        self.causes: set[str] = set()
        self.shifted = False
        self._ran = {e.task: e.t for e in events if e.kind == "task_running"}
        self._numbers: dict[tuple[str, int], int] = {}
        for event in events:
            if event.task >= 0:
                self.number(event)

    @property
    def controller(self) -> str:
        """Who carries the deployment out; ``stop`` where a red alarm ends it at once."""
        if self.strategy is None:
            return str(self.start.get("controller", ""))
        return self.strategy.on_red_alarm

    @property
    def ignored(self) -> list[str]:
        """The alarms that were red at the command, where ECS goes without them for that."""
        if self.strategy is None or self.controller != "ecs":
            return []
        found = [e for e in _weather(self.scenario) if e.kind == "alarm_already_red"]
        return [e.alarm for e in found if e.alarm in self.strategy.alarms]

    def weather(self, kind: str, t: float) -> Any:
        """Return the event of the scenario's environment that begins at a time, if known."""
        return next((e for e in _weather(self.scenario)
                     if e.kind == kind and getattr(e, "from_", 0.0) == t), None)  # fmt: skip

    @property
    def usual(self) -> float:
        """The traffic at the command (requests/s); 0 where it is not known."""
        return self.timeline.state[0][1] if self.timeline.state else 0.0

    @property
    def has_spikes(self) -> bool:
        """Whether traffic changes because the scenario says so, and not by the time of day."""
        return any(one.kind == "traffic_spike" for one in _weather(self.scenario))

    def rate(self, t: float) -> float:
        """Return the traffic just before a time (requests/s)."""
        return next((row[1] for row in reversed(self.timeline.state) if row[0] < t), self.usual)

    def alive_old(self, t: float) -> float | None:
        """Return how many old tasks there are at a time; None where it is not known."""
        return next((row[7] for row in reversed(self.timeline.state) if row[0] <= t), None)

    def is_flagged(self, t: float) -> bool:
        """Return whether a feature flag is on at a time, so that it is the way back."""
        sets = [e for e in self.timeline.events if e.kind == "flag_set" and e.t <= t]
        return bool(sets) and bool(sets[-1].data.get("percent"))

    def is_undone(self, t: float) -> bool:
        """Return whether a rollback has begun before a time."""
        return any(e.kind == "rollback_started" and e.t < t for e in self.timeline.events)

    def healthy(self, t: float) -> int:
        """Return how many new tasks are healthy at a time."""
        now: set[int] = set()
        for event in self.timeline.events:
            if event.t > t:
                break
            if event.kind == "deployment_started":
                now.clear()
            elif event.kind == "target_healthy" and event.revision == "new":
                now.add(event.task)
            elif event.kind in ENDS_HEALTH and event.revision == "new":
                now.discard(event.task)
        return len(now)

    def number(self, event: Event) -> int:
        """Return the number of the task among those of its revision, from 1, by appearance."""
        key = (event.revision, event.task)
        seen = sum(1 for revision, _ in self._numbers if revision == event.revision)
        return self._numbers.setdefault(key, seen + 1)

    def ran_for(self, event: Event) -> float | None:
        """Return how long the task of an event had been RUNNING, if it ever was."""
        return event.t - self._ran[event.task] if event.task in self._ran else None

    def users(self, start: float, end: float) -> str:
        """Return who serves between two times, and how badly."""
        rows = [row for row, until in held(self.timeline) if row[0] <= end and until > start]
        shares = [row[2] / row[1] for row in rows if row[1]] or [0.0]
        if min(shares) >= 0.995:
            return "everything fails"
        if max(shares) >= 0.01:
            return f"up to {percent(max(shares))} of requests fail"
        if max(shares) > NOTHING:
            return "fewer than 1 % of requests fail"
        if rows and max(row[4] for row in rows) == 0:
            return f"{count(min(row[6] for row in rows), 'old task')} serve everything"
        return "no request fails"


def _resolved(scenario: Any, strategy: str) -> Strategy | None:
    """Return the strategy with its defaults, as far as the scenario is known."""
    return (getattr(scenario, "resolved_strategies", None) or {}).get(strategy)


def _weather(scenario: Any) -> Any:
    """Return the events of the environment, as far as the scenario is known."""
    return getattr(getattr(scenario, "environment", None), "events", ())
