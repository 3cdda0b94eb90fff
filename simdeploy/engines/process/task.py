"""A task as SimPy processes: start, boot, health checks, faults and end."""

from collections.abc import Callable, Generator
from typing import Any, Protocol

import simpy

from simdeploy.engines.process.clock import Clock
from simdeploy.engines.process.null_recorder import NullRecorder
from simdeploy.engines.process.timeline_recorder import Recorder
from simdeploy.model import (
    container_checks,
    hanging,
    health_checks,
    shutdown,
    task_end,
    task_lifecycle,
    task_list,
)
from simdeploy.model.cohorts import end_boot
from simdeploy.model.constants import (
    DEAD,
    EXITED,
    GONE,
    PENDING,
    RANK_CHECK,
    RANK_LIFE,
    RUNNING,
    STOPPING,
)
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.fields.types import Task as TaskRecord
from simdeploy.model.registry import FAULT_KINDS
from simdeploy.semantics.checks import health_after
from simdeploy.semantics.kubernetes import restarts_after
from simdeploy.semantics.state import HEALTHY, NEVER

Steps = Generator[simpy.Event, Any, None]

#: Order of a task's events at one instant.
CRASH, REGISTER, BOOT, ERRORS, WARMTH, GRACE, RAMP, BOOST, OWN, REACT = range(10)
#: Cause of an exit, by the kind of the fault.
EXIT_CAUSES = {0: "startup_probe", **{kind.mask: kind.name for kind in FAULT_KINDS.values()}}


class Host(Protocol):
    """What a task needs of the service that it belongs to."""

    clock: Clock
    model: ScenarioRecord
    state: RunState
    recorder: Recorder | NullRecorder

    def instant(self) -> None:
        """Account for the time until now; the service looks once all is changed."""

    def restart(self, revision: int, restarts: int) -> None:
        """Start the container that follows in a pod on one that has exited."""


class Task(TaskRecord):
    """A task; its fields are those of `model.fields.run.TASK`."""

    def __init__(self, service: Host, number: int) -> None:
        super().__init__()
        self.service = service
        self.number = number
        self.asleep: simpy.Event | None = None
        self.checks_begun = False
        self.watched = False

    def when(self, t: float, order: int = 0) -> simpy.Event:
        """Return an event of this task's life at ``t``."""
        return self.service.clock.at(t, RANK_LIFE, self.serial * 65536 + order)

    def apply(self, rule: Callable[[ScenarioRecord, RunState, int], object]) -> None:
        """Apply a rule of the model to this task, as an event of this instant."""
        self.service.instant()
        rule(self.service.model, self.service.state, self.number)

    def start(self) -> Steps:
        """Go through provisioning, image pull and container start, then become RUNNING."""
        service = self.service
        yield service.clock.passed(self.pull_at)
        if self.state != PENDING:
            return
        service.recorder.stage(self, self.pull_at, "restarting" if self.restarts else "pulling")
        if self.fails_to_start:
            yield self.when(self.start_fails_at)
            self.fail_to_start()
            return
        pulled = self.pull_at + self.pull_seconds
        yield service.clock.passed(pulled)
        if self.state == PENDING:
            service.recorder.stage(self, pulled, "starting")
            yield self.when(pulled + self.container_start_seconds)
            self.run()

    def fail_to_start(self) -> None:
        """End without having been RUNNING: the image cannot be pulled."""
        if self.state == PENDING:
            self.service.instant()
            self.service.recorder.failed(self, "start_failed", counts=True)
            task_end.fail_start(self.service.model, self.service.state, self.number)

    def run(self) -> None:
        """Become RUNNING; start the processes of what may follow."""
        if self.state != PENDING:
            return
        service = self.service
        if not task_lifecycle.runs_unseen(service.state, self.number):
            service.instant()
        now = float(service.clock.now)
        task_lifecycle.become_running(service.model, service.state, self.number, now)
        service.recorder.running(self)
        process = service.clock.process
        process(self.registers())
        process(self.boots())
        process(self.crashes())
        process(self.raises_errors())
        process(self.boosts())
        process(self.runs_checks())
        self.watch()

    def registers(self) -> Steps:
        """Become a target at the next look, unless that happened, or was foreseen, at RUNNING."""
        if not self.service.model.has_balancer:
            return
        if self.registers_at < NEVER:
            yield self.when(self.registers_at, REGISTER)
            if self.state != RUNNING:
                return
            if not self.is_registered:
                self.apply(task_lifecycle.register)
                self.wake()
                self.watch()
        if self.is_registered:
            self.service.recorder.registered(self)
            self.service.recorder.ready_at_start(self)

    def boots(self) -> Steps:
        """Answer when the boot is over."""
        if self.never_listens:
            return
        yield self.when(self.boot_ends_at, BOOT)
        if self.state != RUNNING:
            return
        if task_lifecycle.boots_unseen(self.service.model, self.service.state, self.number):
            end_boot(self.service.state, self.number)
        elif not self.is_answering and not self.is_hung:
            self.apply(task_lifecycle.listen)
        self.service.recorder.listening(self)

    def crashes(self) -> Steps:
        """Exit at the crash time that a fault has drawn."""
        if self.crash_at < NEVER:
            yield self.when(self.crash_at, CRASH)
            if self.state == RUNNING:
                self.crash(EXIT_CAUSES[self.crash_kind])

    def crash(self, cause: str, *, by_hand: bool = False) -> None:
        """Exit now, without a drain."""
        service = self.service
        m, s = service.model, service.state
        counts = m.breaker_counts_exits != 0 and not by_hand
        restarts = restarts_after(self.restarts, service.clock.now - self.running_at)
        service.instant()
        service.recorder.failed(self, cause, counts=counts)
        task_end.exit_without_drain(m, s, self.number, counts, by_hand)
        if self.state == DEAD:
            service.clock.process(self.is_forgotten())
        if m.has_pods and not by_hand:
            service.restart(self.revision, restarts)

    def hang(self) -> None:
        """Accept requests and answer none from now on."""
        self.service.instant()
        self.catch_up(inclusive=False)
        container_checks.catch_up_own(self.service.model, self.service.state, self.number)
        hanging.hang(self.service.model, self.service.state, self.number)
        self.service.recorder.hung(self)
        self.wake()
        self.watch()

    def watch(self) -> None:
        """Start the process of the task's own checks, unless it goes on."""
        if not self.watched:
            self.watched = True
            self.service.clock.process(self.watches_itself())

    def watches_itself(self) -> Steps:
        """Carry out container checks and report them, until nothing can change any more."""
        s, i = self.service.state, self.number
        while self.state == RUNNING and not container_checks.settles(s, i):
            yield self.when(container_checks.next_own_step(s, i), OWN)
            if self.state == RUNNING:
                self.take_own_steps()
        self.watched = False

    def take_own_steps(self) -> None:
        """Take the steps of the container check that are due; most of them change no health."""
        m, s, i = self.service.model, self.service.state, self.number
        now = float(self.service.clock.now)
        while container_checks.next_own_step(s, i) <= now:
            if container_checks.advance_own(m, s, i):
                self.apply(container_checks.report_own_health)
                if not m.has_pods:
                    self.service.recorder.reported(self)
                if self.grace_ends_at < NEVER:
                    self.service.clock.process(self.becomes_sick(self.grace_ends_at))
                self.await_reaction()

    def is_forgotten(self) -> Steps:
        """Leave the target group once the load balancer knows, and be replaced once ECS reacts."""
        while self.state == DEAD:
            yield self.when(min(self.late_requests_until, self.reacts_at))
            self.apply(task_end.forget_dead)

    def raises_errors(self) -> Steps:
        """Raise the errors along the ramp that starts at RUNNING, step by step."""
        m, s = self.service.model, self.service.state
        while self.error_step_at < NEVER:
            yield self.when(self.error_step_at, ERRORS)
            if self.state != RUNNING:
                return
            self.service.instant()
            self.catch_up(inclusive=False)
            task_lifecycle.raise_task_errors(m, s, self.number)
            self.wake()

    def warms(self) -> Steps:
        """Serve at full speed after having served for a while."""
        yield self.when(self.warm_at, WARMTH)
        if self.state == RUNNING:
            self.service.instant()
            self.catch_up(inclusive=False)
            task_lifecycle.become_warm(self.service.model, self.service.state, self.number)
            self.wake()

    def ramps(self) -> Steps:
        """Slow start: the target's share of traffic grows step by step."""
        while self.ramp_at < NEVER:
            at = self.ramp_at
            yield self.when(at, RAMP)
            if self.state != RUNNING or self.ramp_at != at:
                return
            self.apply(health_checks.raise_ramp)

    def boosts(self) -> Steps:
        """Use extra CPU for a while after the start."""
        if self.boost_ends_at < NEVER:
            yield self.when(self.boost_ends_at, BOOST)
            if self.state == RUNNING:
                self.service.instant()
                task_end.end_cpu_boost(self.service.state, self.number)

    def runs_checks(self) -> Steps:
        """Send health checks every interval, and judge those without an answer at their time-out.

        While no check can change the target's health, the process sleeps; `catch_up` replays
        what it missed.
        """
        service = self.service
        self.checks_begun = True
        while self.state == RUNNING:
            chance = health_checks.failure_chance(service.model, service.state, self.number)
            if self.check_at == NEVER or health_checks.never_flips(
                service.state, self.number, chance
            ):
                self.asleep = service.clock.event()
                yield self.asleep
                continue
            at = health_checks.next_check_step(service.state, self.number)
            yield service.clock.at(at, RANK_CHECK, self.serial * 65536)
            if self.state == RUNNING:
                self.check()

    def check(self) -> None:
        """Send a check or judge one that got no answer; most of them change no health."""
        service = self.service
        m = service.model
        self.next_check()
        health = health_after(
            self.health,
            self.check_streak,
            m.initial_passes,
            m.healthy_threshold,
            m.unhealthy_threshold,
        )
        if health == self.health:
            return
        if health == HEALTHY:
            self.apply(health_checks.become_healthy)
        else:
            self.apply(health_checks.become_unhealthy)
        service.recorder.flipped(self)
        service.recorder.sickened(self)
        if self.grace_ends_at < NEVER:
            service.clock.process(self.becomes_sick(self.grace_ends_at))
        self.await_reaction()
        if m.min_ready > 0.0:
            self.watch()
        if self.ramp_at < NEVER:
            service.clock.process(self.ramps())

    def next_check(self) -> None:
        """Take the next step of the checks."""
        m, s = self.service.model, self.service.state
        chance = health_checks.failure_chance(m, s, self.number)
        unanswered = health_checks.unanswered_chance(m, s, self.number)
        health_checks.advance_checks(m, s, self.number, chance, unanswered)

    def catch_up(self, *, inclusive: bool) -> None:
        """Replay the checks since the process went to sleep, or before it has begun."""
        if self.asleep is not None or not self.checks_begun:
            now = float(self.service.clock.now)
            step = health_checks.next_check_step
            s, i = self.service.state, self.number
            while step(s, i) < now or (inclusive and step(s, i) == now):
                self.next_check()

    def wake(self) -> None:
        """Resume the checks, which may change the health again."""
        if self.asleep is not None:
            asleep, self.asleep = self.asleep, None
            asleep.succeed()

    def becomes_sick(self, grace_ends_at: float) -> Steps:
        """Become due for replacement if still unhealthy at the end of the grace period."""
        yield self.when(grace_ends_at, GRACE)
        if self.state == RUNNING and self.grace_ends_at == grace_ends_at:
            self.apply(health_checks.become_sick)
            self.service.recorder.sickened(self)
            self.await_reaction()

    def await_reaction(self) -> None:
        """Start the process of ECS's reaction to a sick task, if it takes time."""
        if self.is_sick and self.reacts_at < NEVER:
            self.service.clock.process(self.is_reacted_to(self.reacts_at))

    def is_reacted_to(self, reacts_at: float) -> Steps:
        """Become due for replacement at a look, if still sick."""
        yield self.when(reacts_at, REACT)
        if self.state == RUNNING and self.reacts_at == reacts_at:
            self.service.instant()
            task_list.end_reaction(self.service.state, self.number)

    def stop(self) -> None:
        """Stop by order of the scheduler: a pending task is gone at once, others drain."""
        service = self.service
        if self.state == PENDING:
            task_list.remove_from_counts(service.model, service.state, self.number)
            task_end.remove_task(service.model, service.state, self.number)
            service.recorder.stopped(self)
            return
        task_end.order_stop(service.model, service.state, self.number)
        service.recorder.stop_continues(self, self.state)
        service.clock.process(self.is_stopped())

    def is_stopped(self) -> Steps:
        """Go through the stop: deregistration, drain, SIGTERM, exit, and what ECS notices."""
        service = self.service
        while self.state not in (DEAD, GONE):
            if shutdown.is_end_foreseen(service.state, self.number):
                yield from self.ends_unseen()
            yield self.when(task_end.next_of_stop(service.state, self.number))
            self.apply(task_end.continue_stop)
            service.recorder.stop_continues(self, self.state)
        if self.state == DEAD:
            service.clock.process(self.is_forgotten())

    def ends_unseen(self) -> Steps:
        """Record SIGTERM and the exit, which change nothing that anybody sees."""
        yield self.service.clock.passed(self.sigterm_at)
        self.service.recorder.stop_continues(self, STOPPING)
        yield self.service.clock.passed(self.stop_ends_at)
        self.service.recorder.stop_continues(self, EXITED)
