"""One task as SimPy processes: its start, its boot, its checks, its faults and its end."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from simdeploy.engines.process.state import Plain, zeros
from simdeploy.model import health_checks, task_lifecycle, task_list
from simdeploy.model.constants import DEAD, PENDING, RANK_CHECK, RANK_LIFE, RUNNING
from simdeploy.model.fields.run import TASK
from simdeploy.semantics.checks import health_after, streak_after
from simdeploy.semantics.faults import BOOT_CRASH, CRASHES
from simdeploy.semantics.state import HEALTHY, NEVER, NEW

if TYPE_CHECKING:
    from simdeploy.engines.process.service import Service

Steps = Generator[simpy.Event, Any, None]

#: Order of what happens to one task at one instant.
CRASH, BOOT, ERRORS, WARMTH, GRACE, RAMP, BOOST = 0, 1, 2, 3, 4, 5, 6
#: Why a task exits, by the kind of the fault.
EXITS = {BOOT_CRASH: "boot_crash", CRASHES: "crash"}

_FIELDS = {name: zeros(TASK[name]) for name in TASK.names or ()}


class Task(Plain):
    """A task; its fields are those of ``records.TASK``."""

    pulled: float
    streak: int
    check_at: float
    check_no: int

    def __init__(self, service: "Service", number: int) -> None:
        super().__init__(_FIELDS)
        self.service = service
        self.number = number
        self.asleep: simpy.Event | None = None

    def when(self, t: float, order: int = 0) -> simpy.Event:
        """An event in this task's life."""
        return self.service.clock.at(t, RANK_LIFE, self.serial * 65536 + order)

    def start(self) -> Steps:
        """Provisioning, image pull, container start; then RUNNING."""
        service = self.service
        yield service.clock.passed(self.pulled)
        if self.state != PENDING:
            return
        service.teller.stage(self, self.pulled, "pulling")
        if self.fails:
            yield self.when(self.pulled + self.fails_after)
            self.fail_to_start()
            return
        pulled = self.pulled + self.pull
        yield service.clock.passed(pulled)
        if self.state == PENDING:
            service.teller.stage(self, pulled, "starting")
            yield self.when(pulled + self.container_start)
            self.run()

    def fail_to_start(self) -> None:
        """The image cannot be pulled."""
        if self.state == PENDING:
            with self.service.instant():
                self.service.teller.failed(self, "start_failed", counts=True)
                task_lifecycle.fail_start(self.service.model, self.service.state, self.number)

    def run(self) -> None:
        """RUNNING and registered: everything that may come takes its course."""
        if self.state != PENDING:
            return
        service = self.service
        with service.instant():
            task_lifecycle.register(service.model, service.state, self.number)
        service.teller.running(self)
        process = service.clock.process
        process(self.boots())
        process(self.crashes())
        process(self.errs())
        process(self.burns())
        process(self.is_checked())

    def boots(self) -> Steps:
        """The application answers when its boot is over."""
        if self.never:
            return
        yield self.when(self.boot_end, BOOT)
        if self.state == RUNNING:
            with self.service.instant():
                task_lifecycle.listen(self.service.model, self.service.state, self.number)
            self.service.teller.listening(self)

    def crashes(self) -> Steps:
        """A task that is doomed exits."""
        if self.crash_at < NEVER:
            yield self.when(self.crash_at, CRASH)
            if self.state == RUNNING:
                self.crash(EXITS[self.crash_kind])

    def crash(self, cause: str) -> None:
        """Exit now, without a drain."""
        service = self.service
        counts = service.model.counts_exits != 0
        with service.instant():
            service.teller.failed(self, cause, counts=counts)
            task_lifecycle.die(service.model, service.state, self.number, counts)
        if self.state == DEAD:
            service.clock.process(self.vanishes())

    def vanishes(self) -> Steps:
        """The load balancer learns that the task is dead."""
        yield self.when(self.late_end)
        with self.service.instant():
            task_lifecycle.forget(self.service.model, self.service.state, self.number)

    def errs(self) -> Steps:
        """Errors that count from RUNNING grow stair by stair."""
        while self.stair_at < NEVER:
            yield self.when(self.stair_at, ERRORS)
            if self.state != RUNNING:
                return
            with self.service.instant():
                self.catch_up(inclusive=False)
                task_lifecycle.climb(self.service.model, self.service.state, self.number)
            self.wake()

    def warms(self) -> Steps:
        """A cold task serves as fast as it will once it has served for a while."""
        yield self.when(self.warm_at, WARMTH)
        if self.state == RUNNING:
            with self.service.instant():
                self.catch_up(inclusive=False)
                task_lifecycle.grow_warm(self.service.model, self.service.state, self.number)
            self.wake()

    def ramps(self) -> Steps:
        """In slow start, a target's share of traffic grows stair by stair."""
        while self.ramp_at < NEVER:
            at = self.ramp_at
            yield self.when(at, RAMP)
            if self.state != RUNNING or self.ramp_at != at:
                return
            with self.service.instant():
                health_checks.ramp_up(self.service.model, self.service.state, self.number)

    def burns(self) -> Steps:
        """A starting task burns CPU for a while."""
        if self.boost_end < NEVER:
            yield self.when(self.boost_end, BOOST)
            if self.state == RUNNING:
                with self.service.instant():
                    task_lifecycle.calm_down(self.service.state, self.number)

    def is_checked(self) -> Steps:
        """The target group probes the target every interval, for as long as it is registered."""
        service = self.service
        while self.state == RUNNING:
            chance = health_checks.failure_chance(service.model, service.state, self.number)
            if self.check_at == NEVER or health_checks.never_flips(
                service.state, self.number, chance
            ):
                self.asleep = service.clock.event()
                yield self.asleep
                continue
            yield service.clock.at(self.check_at, RANK_CHECK, self.serial * 65536)
            if self.state == RUNNING:
                self.check()

    def check(self) -> None:
        """One check; most of them change nothing that anybody could see."""
        service = self.service
        m, s = service.model, service.state
        self.play()
        health = health_after(
            self.health, self.streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
        )
        if health == self.health:
            return
        with service.instant():
            if health == HEALTHY:
                health_checks.become_healthy(m, s, self.number)
            else:
                health_checks.become_unhealthy(m, s, self.number)
        service.teller.flipped(self)
        if self.grace_end < NEVER:
            service.clock.process(self.sickens(self.grace_end))
        if self.ramp_at < NEVER:
            service.clock.process(self.ramps())

    def play(self) -> None:
        """The result of the check that is due, and when the next one is."""
        m, s = self.service.model, self.service.state
        chance = health_checks.failure_chance(m, s, self.number)
        passed = health_checks.check_passes(s, self.number, self.check_at, self.check_no, chance)
        self.streak = streak_after(self.streak, passed)
        self.check_at = self.check_at + m.interval
        self.check_no += 1

    def catch_up(self, *, inclusive: bool) -> None:
        """Make up for the checks during which nobody had to look."""
        if self.asleep is not None:
            now = self.service.now
            while self.check_at < now or (inclusive and self.check_at == now):
                self.play()

    def wake(self) -> None:
        """From now on checks may change something again."""
        if self.asleep is not None:
            asleep, self.asleep = self.asleep, None
            asleep.succeed()

    def sickens(self, grace_end: float) -> Steps:
        """An unhealthy task is replaced once its grace period is over."""
        yield self.when(grace_end, GRACE)
        if self.state == RUNNING and self.grace_end == grace_end:
            with self.service.instant():
                health_checks.fall_sick(self.service.model, self.service.state, self.number)

    def stop(self) -> None:
        """The scheduler stops this task."""
        service = self.service
        if self.state == PENDING:
            task_list.uncount(service.model, service.state, self.number)
            task_lifecycle.bury(service.model, service.state, self.number)
            service.teller.stopped(self)
            return
        task_lifecycle.deregister(service.model, service.state, self.number)
        service.teller.draining(self)
        service.clock.process(self.drains())

    def drains(self) -> Steps:
        """Deregistration delay, SIGTERM, end."""
        service = self.service
        m, s = service.model, service.state
        if self.late_end < NEVER:
            yield self.when(self.late_end)
            with service.instant():
                task_lifecycle.last_request(m, s, self.number)
        yield self.when(self.drain_end)
        with service.instant():
            task_lifecycle.terminate(m, s, self.number)
        service.teller.stopping(self)
        yield self.when(self.stop_end)
        with service.instant():
            task_lifecycle.bury(m, s, self.number)
        service.teller.stopped(self)

    @property
    def word(self) -> str:
        """Old or new."""
        return "new" if self.revision == NEW else "old"
