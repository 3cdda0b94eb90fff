"""The end of a task: failed starts, exits, and a stop by order of the scheduler."""

from simdeploy.draws import (
    DEREGISTRATION,
    EXIT_NOTICED,
    LEFT_GROUP,
    PAUSE,
    PAUSE_AFTER_RUNNING,
    REPLACE,
    uniform,
)
from simdeploy.model import delays
from simdeploy.model.accessors import bill, draw, get_breaker, set_breaker
from simdeploy.model.cohorts import leave_cohort, make_eligible
from simdeploy.model.constants import DEAD, DRAINING, EXITED, GONE, LEAVING, PENDING, STOPPING
from simdeploy.model.dropped_requests import record_cut, requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import look_from, step_after, step_from
from simdeploy.model.task_list import (
    remove_from_counts,
    remove_from_scheduler,
    remove_from_targets,
    unlink,
)
from simdeploy.model.websockets import cut_sockets
from simdeploy.semantics.breaker import after_failure
from simdeploy.semantics.capacity import backoff
from simdeploy.semantics.drain import drain_end, late_until, stop_seconds
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.state import NEVER, NEW


def count_failed_task(m: ScenarioRecord, s: RunState, revision: int, counts: bool) -> None:
    """Count a failed task, also in the deployment's circuit breaker if it ``counts`` there."""
    w = s.world
    w.failed_tasks += 1
    if revision == NEW:
        w.onset_at = min(w.onset_at, w.now)
        if counts and w.phase == ROLLING_OUT and w.target == NEW:
            set_breaker(s, after_failure(get_breaker(m, s), m.breaker_trips_at_once != 0))


def end_cpu_boost(s: RunState, i: int) -> None:
    """End the extra CPU use of the task's start."""
    s.tasks[i].boost_ends_at = NEVER


def fail_start(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Remove a task that ended without reaching RUNNING; the start back-off grows.

    The back-off grows once per round: tasks launched before the round's first failure belong to it
    (ecs-start-backoff).
    """
    w = s.world
    t = s.tasks[i]
    if t.launched_at >= w.start_round_at:
        w.start_round_at = w.now
        listed = min(w.failed_starts, m.n_pauses - 1)
        u = uniform(w.key0, w.key1, PAUSE, t.draw_entity, 0)
        pause = draw(m, delays.PAUSES + listed, u)
        w.backoff_until = max(
            w.backoff_until, w.now + backoff(w.failed_starts - listed, pause, m.backoff_cap)
        )
        w.failed_starts += 1
    remove_from_counts(m, s, i)
    count_failed_task(m, s, t.revision, True)
    remove_task(m, s, i)


def exit_without_drain(m: ScenarioRecord, s: RunState, i: int, counts: bool, by_hand: bool) -> None:
    """End a running task that exits without an order of ECS: what it was doing is cut.

    It stays a target until the load balancer has noticed (ecs-crash-without-drain); ECS replaces it
    only after a while (ecs-replacement-time), and pauses starts where it ended by itself.
    """
    w = s.world
    t = s.tasks[i]
    routed = t.cohort >= 0
    if routed:
        cut = requests_to_cut(m, s, i, 0.0)
        leave_cohort(m, s, i)
        record_cut(m, s, t.revision, cut)
    cut_sockets(s, i)
    end_cpu_boost(s, i)
    remove_from_counts(m, s, i)
    count_failed_task(m, s, t.revision, counts)
    stop_billing(m, s, i)
    t.state = DEAD
    delay_replacement(m, s, i, by_hand)
    if routed:
        u = uniform(w.key0, w.key1, DEREGISTRATION, t.draw_entity, 0)
        late = w.now + draw(m, delays.DEREGISTRATION, u)
        if late > w.now:
            t.late_requests_until = late
            t.is_answering = 0
            make_eligible(m, s, i)
    forget_dead(m, s, i)


def delay_replacement(m: ScenarioRecord, s: RunState, i: int, by_hand: bool) -> None:
    """Set the look at which ECS wants a successor of a task that has exited, and the pause.

    Both run from the exit (ecs-replacement-time, ecs-pause-after-running).
    """
    w = s.world
    t = s.tasks[i]
    row = delays.REPLACE_KILLED if by_hand else delays.REPLACE_DIED
    due = w.now + draw(m, row, uniform(w.key0, w.key1, REPLACE, t.draw_entity, 0))
    if due > w.now:
        t.reacts_at = look_from(m, s, due)
        w.missing[t.revision] += 1
    if not by_hand:
        u = uniform(w.key0, w.key1, PAUSE_AFTER_RUNNING, t.draw_entity, 0)
        pause = draw(m, delays.PAUSE_AFTER_RUNNING, u)
        if pause > 0.0:
            w.backoff_until = max(w.backoff_until, w.now + pause)


def forget_dead(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End what is due of a task that has exited: late requests, the wait for its successor."""
    w = s.world
    t = s.tasks[i]
    if t.late_requests_until <= w.now:
        leave_cohort(m, s, i)
        t.late_requests_until = NEVER
    if t.reacts_at <= w.now:
        t.reacts_at = NEVER
        w.missing[t.revision] -= 1
    if t.late_requests_until == NEVER and t.reacts_at == NEVER:
        delist_task(m, s, i)


def stop_billing(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Bill the task until now and take it out of the counts of tasks alive."""
    w = s.world
    t = s.tasks[i]
    w.task_seconds += bill(m, t.pull_at, w.now)
    w.alive[t.revision] -= 1
    if t.state == STOPPING or t.state == DRAINING or t.state == EXITED:
        w.draining[t.revision] -= 1
        free_place(s)
    if t.state != PENDING and t.state != EXITED:
        w.connected[t.revision] -= 1
    w.cold_tasks -= t.is_cold
    t.is_cold = 0


def free_place(s: RunState) -> None:
    """Note that a place becomes free, which the next look may fill (ecs-draining-counted)."""
    w = s.world
    if w.freed_at != w.now:
        w.freed_at = w.now
        w.freed = 0
    w.freed += 1


def delist_task(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Remove the task from its cohort and from the task list."""
    if s.tasks[i].cohort >= 0:
        leave_cohort(m, s, i)
    s.tasks[i].state = GONE
    unlink(s, i)


def remove_task(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Stop billing the task and remove it from the task list."""
    stop_billing(m, s, i)
    delist_task(m, s, i)


def order_stop(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Order a running task to stop; its target is deregistered at the look after the order.

    Observed: 9.1 to 11.0 s later (34 of 36). Fact: ecs-stop-sequence.
    """
    w = s.world
    t = s.tasks[i]
    end_cpu_boost(s, i)
    remove_from_scheduler(s, i)
    t.state = LEAVING
    t.registers_at = NEVER
    w.draining[t.revision] += 1
    t.deregisters_at = step_after(m, s, w.now)
    if t.deregisters_at <= w.now:
        deregister(m, s, i)


def deregister(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Deregister the target of a task: it drains, late requests still arrive.

    Facts: alb-deregistration-delay, alb-late-requests.
    """
    w = s.world
    t = s.tasks[i]
    remove_from_targets(m, s, i)
    t.deregisters_at = NEVER
    t.state = DRAINING
    delay = m.deregistration_delay if t.is_registered != 0 else 0.0
    t.drain_ends_at = drain_end(w.now, delay)
    if t.cohort >= 0:
        u = uniform(w.key0, w.key1, DEREGISTRATION, t.draw_entity, 0)
        t.late_requests_until = late_until(
            w.now, draw(m, delays.DEREGISTRATION, u), m.deregistration_delay
        )
        if t.late_requests_until <= w.now:
            end_late_requests(m, s, i)


def end_late_requests(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the arrivals at a draining target; compute what will be open when the delay ends."""
    t = s.tasks[i]
    t.cut_requests = requests_to_cut(m, s, i, t.drain_ends_at - s.world.now)
    leave_cohort(m, s, i)
    t.late_requests_until = NEVER


def end_drain(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the deregistration delay: cut what is still open; SIGTERM follows once ECS sees it.

    Facts: alb-502-drain-end, ecs-stop-sequence.
    """
    w = s.world
    t = s.tasks[i]
    record_cut(m, s, t.revision, t.cut_requests)
    cut_sockets(s, i)
    t.drain_ends_at = NEVER
    left = 0.0
    if t.is_registered != 0:
        left = draw(m, delays.LEFT_GROUP, uniform(w.key0, w.key1, LEFT_GROUP, t.draw_entity, 0))
    t.sigterm_at = step_from(m, s, w.now + left)


def terminate(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Send SIGTERM (ecs-stop-sequence)."""
    t = s.tasks[i]
    t.sigterm_at = NEVER
    t.state = STOPPING
    t.stop_ends_at = s.world.now + stop_seconds(t.shutdown_seconds, m.stop_timeout)


def end_process(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the process of a task that was stopped; its place is free once the scheduler knows."""
    w = s.world
    t = s.tasks[i]
    t.state = EXITED
    t.stop_ends_at = NEVER
    w.connected[t.revision] -= 1
    u = uniform(w.key0, w.key1, EXIT_NOTICED, t.draw_entity, 0)
    t.gone_at = step_from(m, s, w.now + draw(m, delays.EXIT_NOTICED, u))
    if t.gone_at <= w.now:
        remove_task(m, s, i)
