"""The service under deployment: its clock, its tasks, and one look per instant."""

from typing import TYPE_CHECKING, cast

from simdeploy.engines.process.clock import RANK_END, Clock, Timers
from simdeploy.engines.process.null_recorder import NullRecorder
from simdeploy.engines.process.state import State
from simdeploy.engines.process.task import Task
from simdeploy.engines.process.timeline_recorder import Recorder
from simdeploy.model import dispatch, hanging, task_lifecycle, task_list, timers
from simdeploy.model.constants import BASELINE, RANK_LOOK, RUNNING
from simdeploy.model.deployment import advance_deployment, next_to_kill, set_next_crash
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.types import Result, RunState, ScenarioRecord
from simdeploy.model.leftovers import first_leftover_event
from simdeploy.model.metrics import integrate, save_baseline, write_result
from simdeploy.model.release_chain import begin_next_release, is_next_release_due
from simdeploy.model.scheduling import (
    count_failure_at_stop,
    next_to_stop,
    schedule,
    stop_orders,
)
from simdeploy.semantics.capacity import changes_anything
from simdeploy.semantics.state import NEVER, Orders

if TYPE_CHECKING:
    from simdeploy.model.fields.types import BaselinePoint, Column


class Service:
    """One run of one strategy, from the command to the horizon.

    Parameters
    ----------
    model
        The scenario record as a plain object (`model.fields.plain.plain`).
    seed, replication, variant : int
        Key of the draws, and variant of the run (RELEASE … in model.constants).
    points
        The baseline's points; None for the baseline itself.
    record : bool
        Keep a timeline.
    """

    def __init__(
        self,
        model: ScenarioRecord,
        seed: int,
        replication: int,
        variant: int,
        points: "Column[BaselinePoint] | None" = None,
        *,
        record: bool = False,
    ) -> None:
        self.model = model
        self.clock = Clock()
        self.state = cast("RunState", State())
        is_recorded = record and variant != BASELINE
        self.recorder: Recorder | NullRecorder = (
            Recorder(model, self.state, self.clock) if is_recorded else NullRecorder()
        )
        self.looking = False
        self.state.world.timers = cast("Column[float]", Timers(self.clock, self.on_timer))
        if points is not None:
            self.state.points = points
        reset_world(self.state.world)
        dispatch.begin_run(model, self.state, seed, replication, variant)

    @property
    def now(self) -> float:
        """Seconds after the command."""
        return float(self.clock.now)

    def run(self) -> None:
        """Play everything until the horizon."""
        for _ in range(self.model.desired_count):
            task = self.new_task()
            task_list.add_old_task(self.model, self.state, task.number)
            self.recorder.old(task)
            self.clock.process(task.runs_checks())
        dispatch.settle_before_command(self.model, self.state)
        self.look()
        self.clock.run(self.clock.at(self.model.horizon, RANK_END))
        integrate(self.model, self.state, self.model.horizon)

    def instant(self) -> None:
        """Account for the time until now; the service looks once all is changed."""
        integrate(self.model, self.state, self.now)
        if not self.looking:
            self.looking = True
            event = self.clock.at(self.now, RANK_LOOK)
            event.callbacks.append(lambda _: self.look())

    def on_timer(self, i: int) -> None:
        """Handle a timer that is due."""
        self.instant()
        if i == timers.CRASH:
            self.crash_tasks()
        elif i == timers.HANG:
            self.hang_tasks()
        elif dispatch.affects_tasks(i):
            self.catch_up(inclusive=i != timers.TRAFFIC)
            dispatch.on_tasks_timer(self.model, self.state, i)
            self.resume_checks()
        else:
            dispatch.on_service_timer(self.model, self.state, i)

    def cross(self, at: float) -> None:
        """Handle a backlog that meets a bound."""
        if self.state.world.crossing_at == at:
            self.instant()

    def look(self) -> None:
        """Once per instant: plan, scheduler, load balancer, alarms and operator."""
        self.looking = False
        m, s = self.model, self.state
        self.proceed()
        todo = schedule(m, s)
        while changes_anything(todo):
            self.carry_out(todo)
            self.proceed()
            todo = schedule(m, s)
        dispatch.route_traffic(m, s)
        if dispatch.check_conditions_changed(m, s):
            self.catch_up(inclusive=True)
            dispatch.update_check_conditions(m, s)
            self.resume_checks()
            dispatch.route_traffic(m, s)
        if s.world.cold_tasks > 0:
            self.warm_all()
        dispatch.update_observers(m, s)
        s.world.crossing_at = min(s.world.crossing_at, first_leftover_event(s))
        if s.world.crossing_at < NEVER:
            at = s.world.crossing_at
            event = self.clock.at(at, RANK_LOOK, 2)
            event.callbacks.append(lambda _: self.cross(at))
        self.recorder.looked()

    def proceed(self) -> None:
        """Advance the plan; after its end, the next release, which changes health checks."""
        m, s = self.model, self.state
        advance_deployment(m, s)
        if is_next_release_due(m, s):
            self.catch_up(inclusive=True)
            begin_next_release(m, s)
            self.resume_checks()
            advance_deployment(m, s)

    def new_task(self) -> Task:
        """Return a new task, under its number in order of creation."""
        number = self.state.world.next_serial
        task = Task(self, number)
        self.state.tasks[number] = task
        return task

    def create(self, revision: int) -> None:
        """Launch a new task of a revision."""
        task = self.new_task()
        task_lifecycle.launch(self.model, self.state, task.number, revision)
        self.recorder.created(task)
        self.clock.process(task.start())

    def restart(self, revision: int, restarts: int) -> None:
        """Start the container that follows in a pod on one that has exited."""
        task = self.new_task()
        task_lifecycle.restart(self.model, self.state, task.number, revision, restarts)
        self.recorder.restarted(task)
        self.clock.process(task.start())

    def carry_out(self, todo: Orders) -> None:
        """Stop and start tasks as ordered."""
        m, s = self.model, self.state
        target = s.world.target
        for revision, kind, count in stop_orders(s, todo):
            i = s.world.first_task
            for _ in range(count):
                i = next_to_stop(m, s, i, revision, kind)
                if i < 0:
                    break
                task, i = self.task(i), s.tasks[i].next_task
                count_failure_at_stop(m, s, revision, kind)
                if task.is_sick:
                    self.recorder.replaced(task)
                task.stop()
        for _ in range(todo.start):
            self.create(target)
        for _ in range(todo.start_other):
            self.create(1 - target)

    def crash_tasks(self) -> None:
        """Kill running tasks of a revision, the oldest first."""
        m, s = self.model, self.state
        i = s.world.first_task
        for _ in range(m.task_crashes[s.world.next_crash].tasks):
            i = next_to_kill(m, s, i)
            if i < 0:
                break
            task, i = self.task(i), s.tasks[i].next_task
            task.crash("killed", by_hand=m.task_crashes[s.world.next_crash].by_hand != 0)
        set_next_crash(m, s)

    def hang_tasks(self) -> None:
        """Hang running tasks of a revision, the oldest first."""
        m, s = self.model, self.state
        i = s.world.first_task
        for _ in range(m.task_hangs[s.world.next_hang].tasks):
            i = hanging.next_to_hang(m, s, i)
            if i < 0:
                break
            self.task(i).hang()
            i = s.tasks[i].next_task
        hanging.set_next_hang(m, s)

    def task(self, i: int) -> Task:
        """Return a task by its number."""
        return cast("Task", self.state.tasks[i])

    def catch_up(self, *, inclusive: bool) -> None:
        """Replay checks of all running tasks before something changes for them."""
        for task in self.running():
            task.catch_up(inclusive=inclusive)

    def resume_checks(self) -> None:
        """Resume checks of all running tasks after something has changed for them."""
        for task in self.running():
            task.wake()

    def warm_all(self) -> None:
        """Start the clock of cold tasks that traffic reaches for the first time."""
        for task in self.running():
            if task_lifecycle.start_warming(self.model, self.state, task.number):
                self.clock.process(task.warms())

    def running(self) -> list[Task]:
        """Return running tasks in order of creation."""
        tasks, i = [], self.state.world.first_task
        while i >= 0:
            if self.task(i).state == RUNNING:
                tasks.append(self.task(i))
            i = self.state.tasks[i].next_task
        return tasks


def baseline(model: ScenarioRecord, seed: int, replication: int) -> RunState:
    """Return the final state of the same service and draws without a deployment."""
    service = Service(model, seed, replication, BASELINE)
    service.run()
    save_baseline(service.model, service.state)
    return service.state


def play(
    model: ScenarioRecord, seed: int, replication: int, variant: int, *, record: bool = False
) -> tuple[Result, Service]:
    """Play one run; return its numbers and the service at the horizon."""
    before = baseline(model, seed, replication)
    service = Service(model, seed, replication, variant, before.points, record=record)
    world, usual = service.state.world, before.world
    world.baseline_cost = usual.baseline_cost
    world.baseline_sums[:] = usual.baseline_sums
    service.run()
    result = Result()
    write_result(service.model, service.state, result)
    return result, service
