"""Keeps the timeline of a run: events, the stages of every task, and the state over time.

The engine calls the teller where something happens to a task; what happens to the deployment is
read off the state after each look. Nothing here changes a run.
"""

from typing import TYPE_CHECKING, Any

from simdeploy.engines.process import event_rules
from simdeploy.model.constants import BASELINE
from simdeploy.model.requests import capacity_of
from simdeploy.results.timeline import Event, TaskLife, Timeline
from simdeploy.semantics import plan
from simdeploy.semantics.alarms import CODE_DEPLOY, ECS_NATIVE
from simdeploy.semantics.metrics import share_of
from simdeploy.semantics.operator import TYPES
from simdeploy.semantics.state import HEALTHY, NEW, OLD, UNHEALTHY

if TYPE_CHECKING:
    from simdeploy.engines.process.service import Service
    from simdeploy.engines.process.task import Task


class Silence:
    """Listens and writes nothing down: for runs of which only the numbers count."""

    def __getattr__(self, name: str) -> Any:
        """Whatever happens, keep quiet."""
        return _ignore


def _ignore(*_: Any, **__: Any) -> None:
    """Do nothing."""


class Teller:
    """Listens to a service and writes down what happens."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        self.events: list[Event] = []
        self.lives: dict[int, TaskLife] = {}
        self.open: dict[int, tuple[float, str]] = {}
        self.rows: list[tuple[float, ...]] = []
        self.seen: dict[str, Any] = {}
        self.steps_begun = 0
        self.steps_done = 0

    def say(self, kind: str, task: "Task | None" = None, **data: Any) -> None:
        """Write down one event of now."""
        number, revision = (-1, "") if task is None else (task.number, task.word)
        rule = data.pop("rule", None) or event_rules.RULES.get(kind, "")
        self.events.append(Event(self.service.now, kind, number, revision, rule, data))

    # What happens to tasks.

    def stage(self, task: "Task", t: float, stage: str) -> None:
        """A task enters a stage of its life."""
        self.close(task, t)
        self.open[task.number] = (t, stage)

    def close(self, task: "Task", t: float) -> None:
        """The stage a task is in ends."""
        life = self.lives.setdefault(task.number, TaskLife(task.number, task.word))
        if task.number in self.open:
            start, stage = self.open.pop(task.number)
            if t > start:
                life.stages.append((start, t, stage))

    def old(self, task: "Task") -> None:
        """A task that serves at the command; it is not announced."""
        self.stage(task, 0.0, "healthy")

    def created(self, task: "Task") -> None:
        """The scheduler starts a task."""
        self.say("task_created", task)
        self.stage(task, self.service.now, "provisioning")

    def running(self, task: "Task") -> None:
        """A task is RUNNING, its target registered."""
        self.say("task_running", task)
        self.say("task_registered", task)
        self.stage(task, self.service.now, "booting")

    def listening(self, task: "Task") -> None:
        """The application answers."""
        if task.health not in (HEALTHY, UNHEALTHY):
            self.stage(task, self.service.now, "checking")

    def flipped(self, task: "Task") -> None:
        """The load balancer's verdict on a target changes."""
        m = self.service.model
        if task.health == HEALTHY:
            self.say("target_healthy", task, checks=task.streak)
            self.stage(task, self.service.now, "healthy")
        else:
            self.say(
                "target_unhealthy", task, failures=-task.streak, threshold=m.unhealthy_threshold
            )
            self.stage(task, self.service.now, "unhealthy")

    def failed(self, task: "Task", cause: str, *, counts: bool) -> None:
        """A task fails: it did not start, or it exits."""
        self.say_failure(task, cause, counts=counts)
        self.close(task, self.service.now)
        self.lives[task.number].failed = cause

    def replaced(self, task: "Task") -> None:
        """An unhealthy task is stopped and will be replaced."""
        self.say_failure(task, "unhealthy", counts=True, offset=0)
        self.lives[task.number].failed = "unhealthy"

    def say_failure(self, task: "Task", cause: str, *, counts: bool, offset: int = 1) -> None:
        """A failure, and what the circuit breaker makes of it."""
        m, w = self.service.model, self.service.state.world
        counted = counts and m.breaker and task.revision == NEW and w.phase == plan.ROLLING_OUT
        told = {"failures": w.b_failures + offset, "threshold": m.threshold} if counted else {}
        rule = event_rules.FAILURE_RULES[cause] if counts else "ecs-breaker-exits"
        self.say("task_failed", task, cause=cause, rule=rule, **told)

    def draining(self, task: "Task") -> None:
        """A target is deregistered."""
        self.say("target_draining", task, delay=self.service.model.delay)
        self.stage(task, self.service.now, "draining")

    def stopping(self, task: "Task") -> None:
        """A task gets SIGTERM."""
        self.say("task_stopping", task)
        self.stage(task, self.service.now, "stopping")

    def stopped(self, task: "Task") -> None:
        """A task is gone."""
        self.say("task_stopped", task)
        self.close(task, self.service.now)

    # What happens to the deployment.

    def looked(self) -> None:
        """All changes of an instant are made: tell what is new, and keep the state."""
        if not self.seen:
            self.begin()
        self.watch_chain()
        self.watch_plan()
        self.watch_hooks()
        self.watch_signals()
        self.watch_end()
        self.keep_row()

    def changed(self, name: str, value: Any) -> bool:
        """Whether a value differs from the last look; keeps it."""
        before = self.seen.get(name, value)
        self.seen[name] = value
        return bool(before != value)

    def begin(self) -> None:
        """The command is given."""
        m, w = self.service.model, self.service.state.world
        self.seen["begun"] = True
        for name, value in self.watched().items():
            self.seen[name] = value
        self.seen.update(phase=plan.ROLLING_OUT, undone=0, operator=0, tripped=0)
        self.seen.update(release=1, flag=0, commands=0, hook_failed=0)
        rolling = bool(w.rolling)
        told = {"floor": w.floor, "cap": w.cap} if rolling else {}
        self.events.insert(
            0,
            Event(
                0.0,
                "deployment_started",
                rule="ecs-capacity-rounding" if rolling else "",
                data={"old_tasks": m.desired, "desired": m.desired, **told},
            ),
        )
        if w.stuck:
            self.say("deployment_stuck", **told)

    def watched(self) -> dict[str, Any]:
        """What is compared from look to look."""
        m, w = self.service.model, self.service.state.world
        reds = {f"red{k}": w.watches[k].red for k in range(m.alarms)}
        return {"weight": w.weight, "offered": w.offered, **reds}

    def watch_plan(self) -> None:
        """Steps of the plan that have begun or ended, and weights that took effect."""
        m, w = self.service.model, self.service.state.world
        if w.phase == plan.REDEPLOYING and self.seen["phase"] != plan.REDEPLOYING:
            self.steps_begun = self.steps_done = 0
        for k in range(self.steps_done, w.step):
            self.tell_once(k)
            self.tell_end(m.plan[k])
        self.steps_done = max(self.steps_done, w.step)
        if w.begun and w.step < m.steps:
            self.tell_once(w.step)
        if self.changed("weight", w.weight):
            rule = event_rules.shift_rule(m.controller)
            self.say("traffic_shifted", percent=w.weight, rule=rule)
        if self.changed("offered", w.offered):
            self.say("environment_changed", event="traffic", rate=w.offered)

    def tell_once(self, k: int) -> None:
        """A step begins, unless that was told before."""
        if self.steps_begun <= k:
            self.steps_begun = k + 1
            self.tell_begin(self.service.model.plan[k])

    def tell_begin(self, step: Any) -> None:
        """A step of the plan begins."""
        if step.op == plan.HOOK:
            self.say("hook_started", stage=event_rules.stage_name(step.a))
        elif step.op == plan.APPROVE:
            self.say("approval_asked", stage=event_rules.stage_name(step.a))
        elif step.op == plan.TEST_TRAFFIC:
            self.say("test_traffic_shifted")
        elif step.op == plan.BAKE and step.a > 0:
            self.tell_bake(step.a)

    def tell_bake(self, seconds: float) -> None:
        """Watching goes on after all traffic has moved; a rolling rollback does not bake."""
        m, w = self.service.model, self.service.state.world
        if m.controller == CODE_DEPLOY:
            self.say("termination_started", wait=seconds)
        elif m.controller == ECS_NATIVE or not w.undone:
            self.say("bake_started", wait=seconds)

    def tell_end(self, step: Any) -> None:
        """A step of the plan is done."""
        if step.op == plan.HOOK:
            self.say("hook_finished", stage=event_rules.stage_name(step.a), passed=True)
        elif step.op == plan.APPROVE:
            self.say("approval_answered", stage=event_rules.stage_name(step.a), answer="yes")

    def watch_hooks(self) -> None:
        """A hook or a person has said no."""
        m, w = self.service.model, self.service.state.world
        if self.changed("hook_failed", w.hook_failed):
            step = m.plan[w.step]
            stage = event_rules.stage_name(step.a)
            if step.op == plan.APPROVE:
                self.say("approval_answered", stage=stage, answer="no")
            else:
                self.say("hook_finished", stage=stage, passed=False)

    def watch_chain(self) -> None:
        """The next release of a chain begins, or the flag moves."""
        m, w = self.service.model, self.service.state.world
        if self.changed("release", w.generation[NEW]):
            self.steps_begun = self.steps_done = 0
            self.say("deployment_started", release=w.generation[NEW], old_tasks=m.desired)
            self.seen.update(phase=w.phase, weight=w.weight, flag=0)
        if self.changed("flag", w.flag_level):
            self.say("flag_set", percent=100.0 * m.flag_share[w.flag_level])

    def watch_signals(self) -> None:
        """Alarms, breaker, operator, and the order to roll back."""
        m, w = self.service.model, self.service.state.world
        for k in range(m.alarms):
            if self.changed(f"red{k}", w.watches[k].red):
                kind = "alarm_raised" if w.watches[k].red else "alarm_cleared"
                self.say(kind, alarm=k, threshold=m.alarm[k].threshold, value=w.watches[k].value)
        if self.changed("tripped", w.b_tripped):
            self.say("breaker_tripped", failures=w.b_failures, threshold=m.threshold)
        if self.changed("operator", w.operator) and w.operator == TYPES:
            why = "silent" if w.silent_noticed else "trouble"
            self.say("operator_decided", reason="impatience" if w.impatient else why)
        if self.changed("commands", w.commands) and not w.undone:
            self.say("command_failed", reason=event_rules.FAILED_COMMANDS[m.first_command])
        if self.changed("undone", w.undone):
            reason = event_rules.REASONS[w.undone]
            rule = event_rules.rollback_rule(m.controller, w.undone, w.phase)
            self.say("rollback_started", reason=reason, to="old", rule=rule)

    def watch_end(self) -> None:
        """The end of the deployment, or of its rollback."""
        w = self.service.state.world
        if not self.changed("phase", w.phase):
            return
        if w.phase == plan.AT_REST and w.undone:
            self.say("rollback_finished")
            self.say("deployment_finished", outcome="rolled_back")
        elif w.phase == plan.AT_REST:
            self.say("deployment_finished", outcome="succeeded")
        elif w.phase == plan.FROZEN:
            self.say("deployment_finished", outcome="failed")

    def keep_row(self) -> None:
        """The state that holds from now on."""
        m, s = self.service.model, self.service.state
        w = s.world
        row = (
            self.service.now,
            w.offered,
            w.failing,
            w.slow_share,
            share_of(w.to_new, w.offered),
            capacity_of(m, s, OLD) + capacity_of(m, s, NEW),
            float(w.healthy[OLD] + w.healthy[NEW]),
            float(w.alive[OLD]),
            float(w.alive[NEW]),
        )
        if self.rows and self.rows[-1][0] == row[0]:
            self.rows.pop()
        if not self.rows or self.rows[-1][1:] != row[1:]:
            self.rows.append(row)

    def told(self, scenario: Any, strategy: str, seed: int, replication: int) -> Timeline:
        """The timeline of the finished run."""
        horizon = float(self.service.model.horizon)
        for number, (start, stage) in self.open.items():
            self.lives[number].stages.append((start, horizon, stage))
        self.open.clear()
        named = [event_rules.named(event, scenario, strategy) for event in self.events]
        weather = event_rules.weather(scenario)
        events = sorted([*named, *weather], key=lambda event: event.t)
        lives = [self.lives[number] for number in sorted(self.lives)]
        return Timeline(
            scenario.name, strategy, seed, replication, horizon, events, lives, self.rows
        )


def teller_for(service: "Service", variant: int, *, tell: bool) -> "Teller | Silence":
    """Who listens: nobody to the baseline, or where only numbers are asked for."""
    return Teller(service) if tell and variant != BASELINE else Silence()
