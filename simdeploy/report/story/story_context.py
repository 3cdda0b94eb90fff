"""What the phrases of one story share: timeline, scenario, task numbers, causes named so far."""

from collections.abc import Sequence
from math import inf
from typing import Any

from simdeploy.report.story.folding import GAP
from simdeploy.report.words import percent, quantity
from simdeploy.results.timeline import Event, TaskLife, Timeline
from simdeploy.scenario.events import AlarmAlreadyRed
from simdeploy.scenario.events import Event as EnvironmentEvent
from simdeploy.scenario.kubernetes import on_red_alarm
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.semantics.plan import tasks_wanted
from simdeploy.strategies import TrafficSteps

#: Failing shares below this are artifacts of the fluid model.
NOTHING = 1e-6
#: Least share of the requests that must fail to count, beyond the usual one.
LEAST_SHARE = 0.01
#: Times that are less apart (s) are the same.
EQUAL = 1e-6
#: Events after which a target is not healthy.
ENDS_HEALTH = frozenset({
    "target_unhealthy", "target_draining", "task_failed", "task_stopping", "task_stopped",
})  # fmt: skip


def pods_of(lives: Sequence[TaskLife]) -> dict[int, int]:
    """Return by the number of a container that follows in its pod that of the pod's first one.

    A life that begins with a restart follows on one of its revision that failed at that instant.
    """
    first: dict[int, int] = {}
    open_at: dict[tuple[str, float], list[int]] = {}
    for life in sorted(lives, key=lambda life: life.stages[0][0] if life.stages else inf):
        if life.stages and life.stages[0][2] == "restarting":
            waiting = open_at.get((life.revision, life.stages[0][0]))
            if waiting:
                first[life.task] = waiting.pop(0)
        if life.failed and life.stages:
            end = (life.revision, life.stages[-1][1])
            open_at.setdefault(end, []).append(first.get(life.task, life.task))
    return first


class StoryContext:
    """The timeline of one story with what its phrases look up, and the causes named so far."""

    def __init__(self, timeline: Timeline, scenario: Scenario | None = None) -> None:
        self.timeline = timeline
        self.scenario = scenario
        self.words = Vocabulary(timeline.platform)
        self.states = timeline.states()
        events = timeline.events
        self.start: dict[str, Any] = next(
            (e.data for e in events if e.kind == "deployment_started"), {}
        )
        resolved = scenario.resolved_strategies if scenario else {}
        self.strategy = resolved.get(timeline.strategy)
        self.watched = self.strategy is not None and bool(self.strategy.alarms)
        self.desired = int(self.start.get("desired", self.start.get("old_tasks", 0)))
        self.causes: set[str] = set()
        self.shifted = False
        self._ran = {e.task: e.t for e in events if e.kind == "task_running"}
        self._lives = {life.task: life for life in timeline.tasks}
        self._pods = pods_of(timeline.tasks)
        self._numbers: dict[tuple[str, int], int] = {}
        for event in events:
            if event.task >= 0:
                self.number(event)

    @property
    def controller(self) -> str:
        """The strategy's controller; ``stop`` where a red alarm ends the deployment at once."""
        if self.strategy is None or self.scenario is None:
            return str(self.start.get("controller", ""))
        return on_red_alarm(self.scenario.platform, self.strategy)

    @property
    def first_tasks(self) -> int:
        """How many new tasks start first: all of them, unless they come with the weight."""
        own = self.strategy
        if isinstance(own, TrafficSteps) and own.scale_with_weight:
            return tasks_wanted(self.desired, own.steps[0].percent / 100.0)
        return self.desired

    @property
    def follows_pods(self) -> bool:
        """Whether traffic follows the pods, step by step."""
        return isinstance(self.strategy, TrafficSteps) and self.strategy.pods_as_weights

    @property
    def ignored(self) -> list[str]:
        """The alarms that were red at the command, for which ECS ignores all alarms."""
        if self.strategy is None or self.controller != "ecs":
            return []
        red = [e.alarm for e in self.environment if isinstance(e, AlarmAlreadyRed)]
        red += [str(e.data["alarm"]) for e in self.timeline.events if e.data.get("already")]
        return [alarm for alarm in red if alarm in self.strategy.alarms]

    @property
    def environment(self) -> Sequence[EnvironmentEvent]:
        """The events of the scenario's environment; none without a scenario."""
        return self.scenario.environment.events if self.scenario else ()

    def environment_event(self, kind: str, t: float) -> EnvironmentEvent | None:
        """Return the event of the environment of a kind that begins at a time, if any."""
        same = (e for e in self.environment if e.tag() == kind)
        return next((e for e in same if getattr(e, "from_", 0.0) == t), None)

    @property
    def usual(self) -> float:
        """The traffic at the command (requests/s); 0 without a state."""
        return self.states[0][0].offered_rps if self.states else 0.0

    def rate(self, t: float) -> float:
        """Return the traffic just before a time (requests/s)."""
        before = (s.offered_rps for s, _ in reversed(self.states) if s.t < t)
        return next(before, self.usual)

    def alive_old(self, t: float) -> float | None:
        """Return how many old tasks there are at a time; None without a state."""
        return next((s.alive_old for s, _ in reversed(self.states) if s.t <= t), None)

    def is_flagged(self, t: float) -> bool:
        """Return whether a feature flag is on at a time; rolling back then sets it off."""
        sets = [e for e in self.timeline.events if e.kind == "flag_set" and e.t <= t]
        return bool(sets) and bool(sets[-1].data.get("percent"))

    def is_rolled_back(self, t: float) -> bool:
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
        """Return a task's number within its revision, from 1, in order of appearance.

        A container that is started again in its pod has the number of the pod.
        """
        key = (event.revision, self._pods.get(event.task, event.task))
        seen = sum(1 for revision, _ in self._numbers if revision == event.revision)
        return self._numbers.setdefault(key, seen + 1)

    def ran_for(self, event: Event) -> float | None:
        """Return how long the task of an event had been RUNNING, if it ever was."""
        return event.t - self._ran[event.task] if event.task in self._ran else None

    def is_booting(self, event: Event) -> bool:
        """Return whether the task of an event still boots then; False where that is not sure.

        A task that never listens is booting for the timeline; only the scenario knows better.
        """
        if self.scenario is None:
            return False
        faults = (f.tag() for one in self.scenario.chain for f in one.effective_faults)
        life = self._lives.get(event.task)
        stages = life.stages if life else []
        boots = any(what == "booting" and t <= event.t <= end for t, end, what in stages)
        return boots and not (event.revision == "new" and "never_listens" in faults)

    def decided(self, t: float) -> float | None:
        """Return when the rollback that is over at a time was decided (s), if that is known.

        A person decides some time before the command is given; machines act on their decision.
        """
        starts = [e.t for e in self.timeline.events if e.kind == "rollback_started" and e.t <= t]
        first = float(self.timeline.metrics.get("decision_s", inf))
        if len(starts) == 1 and first <= starts[0]:
            return first
        return starts[-1] if starts else None

    def users_back(self, t: float) -> tuple[float, float] | None:
        """Return when a rollback was decided and when users were back (s), by the tables' clock.

        None where that is not measured, or was later than ``t``, or where users fail again.
        """
        decided, metrics = self.decided(t), self.timeline.metrics
        if decided is None or metrics.get("decision_s") != decided:
            return None
        back = decided + float(metrics.get("rollback_s", inf))
        usual = LEAST_SHARE + float(self.start.get("usually_failing", 0.0))
        again = any(state.failing_share >= usual for state, end in self.states if end > back + GAP)
        return None if back > t + EQUAL or again else (decided, back)

    def users(self, start: float, end: float) -> str:
        """Return the share of requests that fail between two times, in words."""
        states = [state for state, until in self.states if state.t <= end and until > start]
        shares = [state.failing_share for state in states if state.offered_rps] or [0.0]
        if min(shares) >= 0.995:
            return "everything fails"
        if max(shares) >= 0.01:
            return f"up to {percent(max(shares))} of requests fail"
        if max(shares) > NOTHING:
            return "fewer than 1 % of requests fail"
        if states and max(state.new_share for state in states) == 0:
            # New tasks that are healthy behind weight 0 serve nothing.
            old = min(state.healthy_tasks - self.healthy(state.t) for state in states)
            return (
                f"{quantity(old, f'old {self.words.task}')} serve everything"
                if old > 0
                else "no request fails"
            )
        return "no request fails"
