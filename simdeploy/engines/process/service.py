"""The service under deployment: its clock, its tasks, and one look per instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from simdeploy.engines.process.clock import Clock, Timers
from simdeploy.engines.process.state import Blanks, State, plain
from simdeploy.engines.process.task import Task
from simdeploy.engines.process.timeline_recorder import teller_for
from simdeploy.model import dispatch, task_lifecycle, task_list
from simdeploy.model.constants import (
    BASELINE,
    RANK_LOOK,
    RUNNING,
    SICK,
    STARTING,
    T_CRASH,
    T_TRAFFIC,
    WELL,
    WIDTH,
)
from simdeploy.model.deployment import advance, next_to_stop, schedule
from simdeploy.model.fresh import clear_numbers
from simdeploy.model.metrics import add_up, finish, save_baseline
from simdeploy.model.release_chain import goes_on, next_release
from simdeploy.model.requests import settle_rates
from simdeploy.semantics.capacity import acts
from simdeploy.semantics.state import NEVER, Orders


class Service:
    """One run of one strategy, from the command to the horizon.

    Parameters
    ----------
    model
        A flat scenario: one ``model.MODEL`` record.
    seed, replication, variant : int
        Which luck, and which variant of the run (``layout.RELEASE`` …).
    points
        The baseline's trace; None for the baseline itself.
    tell : bool
        Keep a timeline.
    """

    def __init__(
        self,
        model: Any,
        seed: int,
        replication: int,
        variant: int,
        points: Blanks | None = None,
        *,
        tell: bool = False,
    ) -> None:
        self.model = plain(model) if isinstance(model, np.void) else model
        self.clock = Clock()
        self.state = State()
        self.teller = teller_for(self, variant, tell=tell)
        self.looking = False
        world = self.state.world
        world.timers = Timers(self.clock, self.ring)
        world.crossing = NEVER
        if points is not None:
            self.state.points = points
        self.next_crossing = NEVER
        clear_numbers(self.state)
        dispatch.begin_run(self.model, self.state, seed, replication, variant)

    @property
    def now(self) -> float:
        """Seconds after the command."""
        return float(self.clock.now)

    def run(self) -> None:
        """Play everything until the horizon."""
        for _ in range(self.model.desired):
            number = self.state.world.serial
            self.state.tasks[number] = Task(self, number)
            task_list.enlist_old(self.model, self.state, number)
            self.teller.old(self.state.tasks[number])
            self.clock.process(self.state.tasks[number].is_checked())
        settle_rates(self.model, self.state)
        self.look()
        while self.clock.peek() <= self.model.horizon:
            self.clock.step()
        add_up(self.model, self.state, self.model.horizon)

    @contextmanager
    def instant(self) -> Iterator[None]:
        """Something changes now: add up what was until now, and look when all is done."""
        add_up(self.model, self.state, self.now)
        if not self.looking:
            self.looking = True
            event = self.clock.at(self.now, RANK_LOOK)
            event.callbacks.append(lambda _: self.look())
        yield

    def ring(self, i: int) -> None:
        """A timer is over."""
        with self.instant():
            if i == T_CRASH:
                self.crash_tasks()
            elif dispatch.about_tasks(i):
                self.catch_up(inclusive=i != T_TRAFFIC)
                dispatch.change_for_all(self.model, self.state, i)
                self.wake()
            else:
                dispatch.timer_on(self.model, self.state, i)

    def cross(self, at: float) -> None:
        """A backlog meets a bound."""
        if self.state.world.crossing == at:
            with self.instant():
                pass

    def look(self) -> None:
        """Once per instant: the plan, the scheduler, the balancer, and who watches."""
        self.looking = False
        m, s = self.model, self.state
        self.proceed()
        todo = schedule(m, s)
        while acts(todo):
            self.carry_out(todo)
            self.proceed()
            todo = schedule(m, s)
        dispatch.settle(m, s)
        if dispatch.checks_change(m, s):
            self.catch_up(inclusive=True)
            dispatch.change_checks(m, s)
            self.wake()
            dispatch.settle(m, s)
        if s.world.cold > 0:
            self.warm_all()
        dispatch.take_notice(m, s)
        if s.world.crossing < NEVER:
            at = s.world.crossing
            event = self.clock.at(at, RANK_LOOK, 2)
            event.callbacks.append(lambda _: self.cross(at))
        self.teller.looked()

    def proceed(self) -> None:
        """Go on with the plan; after its end with the next release, which checks meet otherwise."""
        m, s = self.model, self.state
        advance(m, s)
        if goes_on(m, s):
            self.catch_up(inclusive=True)
            next_release(m, s)
            self.wake()
            advance(m, s)

    def carry_out(self, todo: Orders) -> None:
        """Stop and start what one look decided."""
        target = self.state.world.target
        other = 1 - target
        self.stop_some(other, SICK, todo.stop_other_sick)
        self.stop_some(other, STARTING, todo.stop_other_starting)
        self.stop_some(other, WELL, todo.stop_other_healthy)
        self.stop_some(target, SICK, todo.stop_sick)
        self.stop_some(target, WELL, todo.stop_surplus)
        for _ in range(todo.start):
            self.create(target)
        for _ in range(todo.start_other):
            self.create(other)

    def create(self, revision: int) -> None:
        """A new task of a revision."""
        number = self.state.world.serial
        task = Task(self, number)
        self.state.tasks[number] = task
        task_lifecycle.launch(self.model, self.state, number, revision)
        self.teller.created(task)
        self.clock.process(task.start())

    def stop_some(self, revision: int, kind: int, count: int) -> None:
        """Stop the lowest attempts of a revision that stand like this."""
        m, s = self.model, self.state
        i = next_to_stop(m, s, s.world.head, revision, kind)
        while count > 0 and i >= 0:
            following = s.tasks[i].next
            if kind == SICK and self.model.counts_detect == 0:
                task_lifecycle.note_failure(self.model, s, revision, True)
                self.teller.replaced(s.tasks[i])
            s.tasks[i].stop()
            count -= 1
            i = next_to_stop(m, s, following, revision, kind)

    def crash_tasks(self) -> None:
        """Running tasks of a revision die, lowest attempt first."""
        m, w = self.model, self.state.world
        crash = m.crash[w.crash]
        doomed = [t for t in self.running() if t.revision == crash.revision]
        for task in doomed[: crash.tasks]:
            task.crash("killed")
        w.crash += 1
        if w.crash < m.crashes:
            w.timers[T_CRASH] = m.crash[w.crash].at

    def catch_up(self, *, inclusive: bool) -> None:
        """Make up for the checks of all running tasks, before something changes for them."""
        for task in self.running():
            task.catch_up(inclusive=inclusive)

    def wake(self) -> None:
        """Something has changed for the checks of all running tasks."""
        for task in self.running():
            task.wake()

    def warm_all(self) -> None:
        """Cold tasks that traffic reaches for the first time begin to grow warm."""
        for task in self.running():
            if task_lifecycle.warm_up(self.model, self.state, task.number):
                self.clock.process(task.warms())

    def running(self) -> list[Task]:
        """Tasks that were not told to stop, in order of creation."""
        return [task for task in self.in_order() if task.state == RUNNING]

    def in_order(self) -> list[Task]:
        """Tasks that are not gone, in order of creation."""
        tasks, i = [], self.state.world.head
        while i >= 0:
            tasks.append(self.state.tasks[i])
            i = self.state.tasks[i].next
        return tasks


def baseline(model: Any, seed: int, replication: int) -> Any:
    """The state of the same service on the same luck without a deployment, at its end."""
    service = Service(model, seed, replication, BASELINE)
    service.state.world.traces = 0
    service.run()
    save_baseline(service.model, service.state)
    return service.state


def numbers(
    model: Any, seed: int, replication: int, variant: int, *, tell: bool = False
) -> tuple[list[float], Service]:
    """One run's numbers, in the order of ``results.metrics``, and the run itself."""
    model = plain(model) if isinstance(model, np.void) else model
    before = baseline(model, seed, replication)
    service = Service(model, seed, replication, variant, before.points, tell=tell)
    world, usual = service.state.world, before.world
    world.saved_cost, world.saved_failed = usual.saved_cost, usual.saved_failed
    world.saved_slow = usual.saved_slow
    service.run()
    out = [0.0] * WIDTH
    finish(service.model, service.state, out)
    return out, service
