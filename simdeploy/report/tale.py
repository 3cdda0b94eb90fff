"""What the sentences of one story share: its timeline, its numbers, and what was said before."""

from typing import Any

from simdeploy.report.amounts import count
from simdeploy.report.states import held
from simdeploy.report.words import percent
from simdeploy.results.timeline import Event, Timeline


class Tale:
    """What the sentences of one story have to know of it, and what was already said."""

    def __init__(self, timeline: Timeline, scenario: Any = None) -> None:
        self.timeline = timeline
        self.scenario = scenario
        events = timeline.events
        self.start: dict[str, Any] = next(
            (e.data for e in events if e.kind == "deployment_started"), {}
        )
        self.watched = _is_watched(scenario, timeline.strategy)
        self.desired = int(self.start.get("desired", self.start.get("old_tasks", 0)))
        self.causes: set[str] = set()
        self.healthy: set[int] = set()
        self.shifted = False
        self._ran = {e.task: e.t for e in events if e.kind == "task_running"}
        self._numbers: dict[tuple[str, int], int] = {}
        for event in events:
            if event.task >= 0:
                self.number(event)

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
        failing = max((row[2] / row[1] for row in rows if row[1]), default=0.0)
        if failing >= 0.995:
            return "everything fails"
        if failing >= 0.01:
            return f"up to {percent(failing)} of requests fail"
        if rows and max(row[4] for row in rows) == 0:
            return f"{count(min(row[6] for row in rows), 'old task')} serve everything"
        return "no request fails"


def _is_watched(scenario: Any, strategy: str) -> bool:
    """Return whether alarms watch the strategy, as far as the scenario is known."""
    known = getattr(scenario, "resolved_strategies", None) or {}
    return bool(getattr(known.get(strategy), "alarms", ()))
