"""Records the timeline of a run: events, the stages of every task, and the state over time.

The engine calls the recorder at each event of a task; events of the deployment are derived from
the state after each look. The recorder never changes a run.
"""

from dataclasses import replace
from typing import Any

from simdeploy.engines.process import event_rules
from simdeploy.engines.process.clock import Clock
from simdeploy.model.capacities import revision_capacities
from simdeploy.model.constants import (
    DEAD,
    DRAINING,
    EXITED,
    GONE,
    LEAVING,
    RUNNING,
    STOPPING,
)
from simdeploy.model.fields.types import PlanStep, RunState, ScenarioRecord, Task
from simdeploy.results.timeline import BegunStep, Event, TaskLife, Timeline
from simdeploy.scenario import Scenario
from simdeploy.semantics import plan
from simdeploy.semantics.alarms import CODE_DEPLOY, ECS_NATIVE
from simdeploy.semantics.drain import AFTER_DRAIN
from simdeploy.semantics.metrics import share_of, without_dust
from simdeploy.semantics.operator import TYPES
from simdeploy.semantics.state import HEALTHY, NEW, OLD, UNHEALTHY


def revision_name(task: Task) -> str:
    """Return the revision of a task as a word."""
    return "new" if task.revision == NEW else "old"


class Recorder:
    """Records what happens in one run."""

    def __init__(self, model: ScenarioRecord, state: RunState, clock: Clock) -> None:
        self.model, self.state, self.clock = model, state, clock
        self.events: list[Event] = []
        self.lives: dict[int, TaskLife] = {}
        self.open: dict[int, tuple[float, str]] = {}
        self.rows: list[tuple[float, ...]] = []
        self.seen: dict[str, Any] = {}
        self.stops: dict[int, int] = {}
        self.steps: list[BegunStep] = []
        self.steps_begun = 0
        self.steps_done = 0

    @property
    def now(self) -> float:
        """Seconds after the command."""
        return float(self.clock.now)

    def add(self, kind: str, task: Task | None = None, **data: Any) -> None:
        """Record an event at the current instant."""
        number, revision = (-1, "") if task is None else (task.serial, revision_name(task))
        rule = data.pop("rule", None) or event_rules.RULES.get(kind, "")
        if self.model.has_pods:
            rule = ""  # the facts are those of AWS
        self.events.append(Event(self.now, kind, number, revision, rule, data))

    # What happens to tasks.

    def stage(self, task: Task, t: float, stage: str) -> None:
        """Record that a task enters a stage."""
        self.close(task, t)
        self.open[task.serial] = (t, stage)

    def close(self, task: Task, t: float) -> None:
        """Record that a task's stage ends."""
        life = self.lives.setdefault(task.serial, TaskLife(task.serial, revision_name(task)))
        if task.serial in self.open:
            start, stage = self.open.pop(task.serial)
            if t > start:
                life.stages.append((start, t, stage))

    def old(self, task: Task) -> None:
        """Record a task that serves at the command; it gives no event."""
        self.stage(task, 0.0, "healthy")

    def created(self, task: Task) -> None:
        """Record a launch."""
        self.add("task_created", task)
        self.stage(task, self.now, "provisioning")

    def restarted(self, task: Task) -> None:
        """Record that a container waits to be started again, which is no event."""
        self.stage(task, self.now, "restarting")

    def running(self, task: Task) -> None:
        """Record that a task is RUNNING."""
        self.add("task_running", task)
        self.stage(task, self.now, "booting")

    def registered(self, task: Task) -> None:
        """Record that a task's target is registered."""
        self.add("task_registered", task)

    def ready_at_start(self, task: Task) -> None:
        """Record that a pod without a readiness probe is ready, as it has started."""
        if self.model.ready_at_start:
            self.add("target_healthy", task, checks=0)
            self.stage(task, self.now, "healthy")

    def listening(self, task: Task) -> None:
        """Record that the application answers."""
        if task.health not in (HEALTHY, UNHEALTHY):
            self.stage(task, self.now, "checking")

    def reported(self, task: Task) -> None:
        """Record a task's own health as ECS learns it; without a check that is after 40 s."""
        if not self.model.has_container_check:
            self.stage(task, self.now, "healthy")
        elif task.own_health == HEALTHY:
            self.add("container_healthy", task)
        else:
            threshold = self.model.container_retries
            self.add("container_unhealthy", task, failures=threshold, threshold=threshold)
            self.stage(task, self.now, "unhealthy")

    def hung(self, task: Task) -> None:
        """Record that a task accepts requests and no longer answers."""
        self.add("task_hung", task)
        self.stage(task, self.now, "hung")

    def flipped(self, task: Task) -> None:
        """Record that a target's health changes."""
        m = self.model
        if task.health == HEALTHY:
            self.add("target_healthy", task, checks=task.check_streak)
            self.stage(task, self.now, "healthy")
        else:
            self.add(
                "target_unhealthy",
                task,
                failures=-task.check_streak,
                threshold=m.unhealthy_threshold,
            )
            self.stage(task, self.now, "unhealthy")

    def failed(self, task: Task, cause: str, *, counts: bool) -> None:
        """Record that a task did not start, or exits; what checks have judged counted then."""
        is_counted = task.is_sick and self.model.breaker_counts_at_detection
        self.add_failure(task, cause, counts=counts and not is_counted)
        self.close(task, self.now)
        self.lives[task.serial].failed = cause

    def sickened(self, task: Task) -> None:
        """Record that a task is due for replacement, where that counts as a failure."""
        if task.is_sick and self.model.breaker_counts_at_detection:
            self.add_failure(task, "unhealthy", counts=True, offset=0)

    def replaced(self, task: Task) -> None:
        """Record that an unhealthy task is stopped to be replaced."""
        if not self.model.breaker_counts_at_detection:
            self.add_failure(task, "unhealthy", counts=True, offset=0)
        self.lives[task.serial].failed = "unhealthy"

    def add_failure(self, task: Task, cause: str, *, counts: bool, offset: int = 1) -> None:
        """Record a failure, with the circuit breaker's count where it counts."""
        m, w = self.model, self.state.world
        counted = (
            counts and m.breaker_enabled and task.revision == NEW and w.phase == plan.ROLLING_OUT
        )
        details = (
            {"failures": w.breaker_failures + offset, "threshold": m.breaker_threshold}
            if counted
            else {}
        )
        rule = event_rules.FAILURE_RULES[cause] if counts else "ecs-breaker-exits"
        self.add("task_failed", task, cause=cause, rule=rule, **details)

    def stop_continues(self, task: Task, state: int) -> None:
        """Record how far the stop of a task has come."""
        before = self.stops.get(task.serial, RUNNING)
        self.stops[task.serial] = state
        if state == before:
            return
        if state == LEAVING:
            self.stage(task, self.now, "leaving")
            return
        if before in (RUNNING, LEAVING) and self.model.sigterm == AFTER_DRAIN:
            self.draining(task)
        elif before == RUNNING and self.model.has_pods:
            self.stage(task, self.now, "draining")
        if state != DRAINING and before not in (STOPPING, EXITED):
            self.stopping(task)
        if state == EXITED:
            self.stage(task, self.now, "exited")
        elif state in (DEAD, GONE):
            self.stopped(task)

    def draining(self, task: Task) -> None:
        """Record a deregistration."""
        if not self.model.has_balancer:
            return
        self.add("target_draining", task, delay=self.model.deregistration_delay)
        self.stage(task, self.now, "draining")

    def stopping(self, task: Task) -> None:
        """Record SIGTERM."""
        self.add("task_stopping", task)
        self.stage(task, self.now, "stopping")

    def stopped(self, task: Task) -> None:
        """Record that a task is gone."""
        self.add("task_stopped", task)
        self.close(task, self.now)

    # What happens to the deployment.

    def looked(self) -> None:
        """Record what a look has changed, and the state that holds from now on."""
        if not self.seen:
            self.begin()
        self.watch_bounds()
        self.watch_chain()
        self.watch_plan()
        self.watch_hooks()
        self.watch_signals()
        self.watch_end()
        self.keep_row()

    def changed(self, name: str, value: Any) -> bool:
        """Return whether a value differs from the last look, and remember it."""
        before = self.seen.get(name, value)
        self.seen[name] = value
        return bool(before != value)

    def begin(self) -> None:
        """Record the command."""
        m, w = self.model, self.state.world
        self.seen.update(phase=plan.ROLLING_OUT, undone=0, operator=0, tripped=0)
        self.seen.update(release=1, flag=0, commands=0, hook_failed=0, placements=0)
        self.seen.update(weight=w.new_weight, offered=w.offered_rate)
        # The event of the environment says which alarms are red for another reason.
        by_events = {f"red{k}": int(m.alarms[k].red_until > 0.0) for k in range(m.n_alarms)}
        self.seen.update(by_events)
        data: dict[str, Any] = {"old_tasks": m.desired_count, "desired": m.desired_count}
        usual = {"usually_failing": w.failing_before, "usually_slow": w.slow_before}
        data.update({name: share for name, share in usual.items() if share > 0.0})
        self.events.insert(0, Event(0.0, "deployment_started", data=data))

    def watch_bounds(self) -> None:
        """Add floor and cap to the command's event once ECS acts on it, and whether it is stuck."""
        w = self.state.world
        if self.seen.get("bounds") or not w.is_rolling or w.rollback_reason:
            return
        self.seen["bounds"] = True
        place = next(i for i, e in enumerate(self.events) if e.kind == "deployment_started")
        started = self.events[place]
        data = {**started.data, "floor": w.floor, "cap": w.cap}
        self.events[place] = replace(started, rule="ecs-capacity-rounding", data=data)
        if w.is_stuck:
            self.add("deployment_stuck", floor=w.floor, cap=w.cap)

    def watch_plan(self) -> None:
        """Record steps of the plan that have begun or ended, and weights that took effect."""
        m, w = self.model, self.state.world
        if w.phase == plan.REDEPLOYING and self.seen["phase"] != plan.REDEPLOYING:
            self.steps_begun = self.steps_done = 0
        for k in range(self.steps_done, w.step):
            self.begin_step_once(k)
            self.end_step(m.plan[k])
        self.steps_done = max(self.steps_done, w.step)
        if w.step_begun and w.step < m.n_steps:
            self.begin_step_once(w.step)
        if self.changed("weight", w.new_weight):
            rule = event_rules.shift_rule(m.controller)
            self.add("traffic_shifted", percent=w.new_weight, rule=rule)
        if self.changed("offered", w.offered_rate):
            self.add("environment_changed", event="traffic", rate=w.offered_rate)

    def begin_step_once(self, k: int) -> None:
        """Record that a step begins, once."""
        if self.steps_begun <= k:
            self.steps_begun = k + 1
            step = self.model.plan[k]
            self.steps.append(BegunStep(self.now, int(step.op), float(step.a)))
            self.begin_step(step)

    def begin_step(self, step: PlanStep) -> None:
        """Record the event, if any, of a step that begins."""
        if step.op == plan.HOOK:
            self.add("hook_started", stage=event_rules.stage_name(step.a))
        elif step.op == plan.APPROVE:
            self.add("approval_asked", stage=event_rules.stage_name(step.a))
        elif step.op == plan.TEST_TRAFFIC:
            self.add("test_traffic_shifted")
        elif step.op == plan.BAKE and step.a > 0:
            self.begin_bake(step.a)

    def begin_bake(self, seconds: float) -> None:
        """Record the begin of bake or termination wait; a rolling rollback does not bake."""
        m, w = self.model, self.state.world
        if m.controller == CODE_DEPLOY:
            self.add("termination_started", wait=seconds)
        elif m.controller == ECS_NATIVE or not w.rollback_reason:
            self.add("bake_started", wait=seconds)

    def end_step(self, step: PlanStep) -> None:
        """Record the event, if any, of a step that is done."""
        if step.op == plan.HOOK:
            self.add("hook_finished", stage=event_rules.stage_name(step.a), passed=True)
        elif step.op == plan.APPROVE:
            self.add("approval_answered", stage=event_rules.stage_name(step.a), answer="yes")

    def watch_hooks(self) -> None:
        """Record that a hook or a person refused."""
        m, w = self.model, self.state.world
        if self.changed("hook_failed", w.hook_failed):
            step = m.plan[w.step]
            stage = event_rules.stage_name(step.a)
            if step.op == plan.APPROVE:
                self.add("approval_answered", stage=stage, answer="no")
            else:
                self.add("hook_finished", stage=stage, passed=False)

    def watch_chain(self) -> None:
        """Record the next release of a chain, and changes of the feature flag."""
        m, w = self.model, self.state.world
        if self.changed("release", w.generation[NEW]):
            self.steps_begun = self.steps_done = 0
            self.add("deployment_started", release=w.generation[NEW], old_tasks=m.desired_count)
            self.seen.update(phase=w.phase, weight=w.new_weight, flag=0)
        if self.changed("flag", w.flag_level):
            self.add("flag_set", percent=100.0 * m.flag_shares[w.flag_level])

    def watch_signals(self) -> None:
        """Record changes of alarms, breaker and operator, and the order to roll back."""
        m, w = self.model, self.state.world
        for k in range(m.n_alarms):
            if self.changed(f"red{k}", w.alarms[k].in_alarm):
                kind = "alarm_raised" if w.alarms[k].in_alarm else "alarm_cleared"
                value = w.alarms[k].last_breach
                self.add(kind, alarm=k, threshold=m.alarms[k].threshold, value=value)
                if w.alarms_judged_at == self.now:
                    self.events[-1].data["already"] = True
        if self.changed("placements", w.failed_placements) and w.failed_placements > 0:
            self.add("placement_failed", round=w.failed_placements)
        if self.changed("tripped", w.breaker_tripped):
            self.add("breaker_tripped", failures=w.breaker_failures, threshold=m.breaker_threshold)
        if self.changed("operator", w.operator) and w.operator == TYPES:
            why = "silent" if w.silent_noticed else "trouble"
            self.add("operator_decided", reason="impatience" if w.is_impatient else why)
        if self.changed("commands", w.commands_given) and not w.rollback_reason:
            self.add("command_failed", reason=event_rules.FAILED_COMMANDS[m.first_command])
        if self.changed("undone", w.rollback_reason):
            reason = event_rules.REASONS[w.rollback_reason]
            rule = event_rules.rollback_rule(m.controller, w.rollback_reason, w.phase)
            self.add("rollback_started", reason=reason, to="old", rule=rule)

    def watch_end(self) -> None:
        """Record the end of the deployment, or of its rollback."""
        w = self.state.world
        if not self.changed("phase", w.phase):
            return
        if w.phase == plan.AT_REST and w.rollback_reason:
            self.add("rollback_finished")
            self.add("deployment_finished", outcome="rolled_back")
        elif w.phase == plan.AT_REST:
            self.add("deployment_finished", outcome="succeeded")
        elif w.phase == plan.FROZEN:
            self.add("deployment_finished", outcome="failed")

    def keep_row(self) -> None:
        """Record the state that holds from now on."""
        m, s = self.model, self.state
        w = s.world
        row = (
            self.now,
            w.offered_rate,
            without_dust(w.failing_rate, w.offered_rate),
            without_dust(w.slow_share, 1.0),
            share_of(w.rate_to_new, w.offered_rate),
            sum(revision_capacities(m, s)),
            float(w.healthy[OLD] + w.healthy[NEW]),
            float(w.alive[OLD]),
            float(w.alive[NEW]),
        )
        if self.rows and self.rows[-1][0] == row[0]:
            self.rows.pop()
        if not self.rows or self.rows[-1][1:] != row[1:]:
            self.rows.append(row)

    def timeline(self, scenario: Scenario, strategy: str, seed: int, replication: int) -> Timeline:
        """Return the timeline of the finished run."""
        horizon = float(self.model.horizon)
        for number, (start, stage) in self.open.items():
            self.lives[number].stages.append((start, horizon, stage))
        self.open.clear()
        named = [event_rules.named(event, scenario, strategy) for event in self.events]
        events = sorted([*named, *event_rules.weather(scenario)], key=lambda event: event.t)
        lives = [self.lives[number] for number in sorted(self.lives)]
        played = (scenario.name, strategy, seed, replication, horizon)
        return Timeline(*played, events, lives, self.rows, {}, self.steps, scenario.platform)
