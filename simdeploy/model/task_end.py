"""The end of a task: failed starts, exits, and a stop by order of the scheduler."""

from simdeploy.draws import (
    DEREGISTRATION,
    PAUSE,
    PAUSE_AFTER_RUNNING,
    REPLACE,
)
from simdeploy.model import delays
from simdeploy.model.accessors import bill, drawn, get_breaker, set_breaker
from simdeploy.model.cohorts import leave_cohort, make_eligible
from simdeploy.model.constants import DEAD, DRAINING, EXITED, GONE, LEAVING, PENDING, STOPPING
from simdeploy.model.dropped_requests import record_cut, requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import drop_leftover
from simdeploy.model.looks import look_from, step_after
from simdeploy.model.shutdown import (
    end_pre_stop,
    foresee_end,
    foresee_sigterm,
    killed_at,
    noticed_after,
    refuse_requests,
    seconds_of_work,
    sigterm_after,
    terminate,
)
from simdeploy.model.task_list import (
    remove_from_counts,
    remove_from_scheduler,
    remove_from_targets,
    unlink,
)
from simdeploy.model.websockets import cut_sockets
from simdeploy.semantics.breaker import after_failure
from simdeploy.semantics.capacity import backoff
from simdeploy.semantics.drain import AFTER_DRAIN, AT_ORDER, drain_end, late_until
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
        pause = drawn(m, s, delays.PAUSES + listed, PAUSE, t.draw_entity, 0)
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
    only after a while (ecs-replacement-time), and pauses starts where it ended by itself. A task
    that checks have judged before is one failure (ecs-breaker-counting-moment).
    """
    w = s.world
    t = s.tasks[i]
    routed = t.cohort >= 0
    is_counted = t.is_sick != 0 and m.breaker_counts_at_detection != 0
    cut = requests_to_cut(m, s, i, 0.0)
    if routed:
        leave_cohort(m, s, i)
    drop_leftover(s, i)
    record_cut(m, s, t.revision, cut)
    cut_sockets(s, i)
    end_cpu_boost(s, i)
    remove_from_counts(m, s, i)
    if not is_counted:
        count_failed_task(m, s, t.revision, counts)
    stop_billing(m, s, i)
    t.state = DEAD
    delay_replacement(m, s, i, by_hand)
    if routed:
        late = w.now + propagation(m, s, i)
        if late > w.now:
            t.late_requests_until = late
            t.is_answering = 0
            t.is_hung = 0
            make_eligible(m, s, i)
    forget_dead(m, s, i)


def delay_replacement(m: ScenarioRecord, s: RunState, i: int, by_hand: bool) -> None:
    """Set the look at which ECS wants a successor of a task that has exited, and the pause.

    Both run from the exit (ecs-replacement-time, ecs-pause-after-running).
    """
    w = s.world
    t = s.tasks[i]
    row = delays.REPLACE_KILLED if by_hand else delays.REPLACE_DIED
    due = w.now + drawn(m, s, row, REPLACE, t.draw_entity, 0)
    if due > w.now:
        t.reacts_at = look_from(m, s, due)
        w.missing[t.revision] += 1
    if not by_hand:
        pause = drawn(m, s, delays.PAUSE_AFTER_RUNNING, PAUSE_AFTER_RUNNING, t.draw_entity, 0)
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
    drop_leftover(s, i)
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
    remove_from_scheduler(m, s, i)
    if w.now < t.registers_at < NEVER:
        t.is_registered = 0
    t.registers_at = NEVER
    w.draining[t.revision] += 1
    if m.has_pods != 0:
        delete_pod(m, s, i)
        return
    if m.sigterm != AFTER_DRAIN:
        stop_early(m, s, i)
        return
    t.state = LEAVING
    t.deregisters_at = step_after(m, s, w.now)
    if t.deregisters_at <= w.now:
        deregister(m, s, i)


def delete_pod(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Delete a pod: it leaves the endpoints while its preStop hook runs, beside each other.

    Source: Kubernetes, termination of pods.
    """
    w = s.world
    t = s.tasks[i]
    remove_from_targets(m, s, i)
    t.state = DRAINING
    t.sigterm_at = w.now + m.pre_stop
    if t.cohort >= 0:
        t.late_requests_until = w.now + propagation(m, s, i)
        if t.late_requests_until <= w.now:
            end_late_requests(m, s, i)
    else:
        t.cut_requests = requests_to_cut(m, s, i, killed_at(m, s, i) - w.now)
        drop_leftover(s, i)


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
        t.late_requests_until = late_until(w.now, propagation(m, s, i), m.deregistration_delay)
        if t.late_requests_until <= w.now:
            end_late_requests(m, s, i)
    else:
        t.cut_requests = requests_to_cut(m, s, i, t.drain_ends_at - w.now)
        drop_leftover(s, i)
        foresee_sigterm(m, s, i)


def propagation(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Draw the seconds for which requests still reach a target that is gone (alb-late-requests)."""
    return drawn(m, s, delays.DEREGISTRATION, DEREGISTRATION, s.tasks[i].draw_entity, 0)


def end_late_requests(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the arrivals at a target; compute what will be open when its connections are cut."""
    w = s.world
    t = s.tasks[i]
    if s.tasks[i].is_answering != 0:
        end = min(t.drain_ends_at, t.stop_ends_at)
        if m.has_pods != 0 and t.state == DRAINING:
            end = killed_at(m, s, i)
        t.cut_requests = requests_to_cut(m, s, i, end - w.now)
        if m.finishes_work != 0 and t.state == DRAINING:
            longest = end - w.now + m.in_flight_reach
            t.work_ends_at = w.now + seconds_of_work(m, s, i, longest)
    leave_cohort(m, s, i)
    t.late_requests_until = NEVER
    if m.has_pods == 0:
        foresee_sigterm(m, s, i)


def end_drain(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the deregistration delay: cut what is still open; SIGTERM follows once ECS sees it.

    A task that had SIGTERM with the order has no other. Facts: alb-502-drain-end,
    ecs-stop-sequence, ecs-sigterm-too-early.
    """
    t = s.tasks[i]
    cut_connections(m, s, i)
    if t.state == DRAINING:
        t.sigterm_at = sigterm_after(m, s, i)
        foresee_end(m, s, i)
    t.drain_ends_at = NEVER


def cut_connections(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Cut the requests and WebSockets that are open at a target (alb-502-drain-end)."""
    t = s.tasks[i]
    record_cut(m, s, t.revision, t.cut_requests)
    t.cut_requests = 0.0
    cut_sockets(s, i)


def stop_early(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Send SIGTERM with the order to stop, while requests still arrive (ecs-sigterm-too-early).

    An application that finishes its work takes no new requests meanwhile. The target is
    deregistered at the look after the order, or only when the task is gone.
    """
    w = s.world
    t = s.tasks[i]
    routed = t.cohort >= 0
    answers = routed and t.is_answering != 0
    if answers and m.finishes_work != 0:
        t.work_ends_at = w.now + seconds_of_work(m, s, i, m.stop_timeout)
    terminate(m, s, i)
    if m.sigterm == AT_ORDER and t.is_registered != 0:
        off = step_after(m, s, w.now)
        t.drain_ends_at = drain_end(off, m.deregistration_delay)
        if routed:
            t.late_requests_until = late_until(off, propagation(m, s, i), m.deregistration_delay)
    if answers and m.finishes_work != 0:
        open_until = min(w.now + m.stop_timeout, t.drain_ends_at)
        t.cut_requests = requests_to_cut(m, s, i, open_until - w.now)
        refuse_requests(m, s, i)
    elif not routed:
        t.cut_requests = requests_to_cut(m, s, i, min(t.stop_ends_at, t.drain_ends_at) - w.now)
        drop_leftover(s, i)
    if t.late_requests_until <= w.now:
        end_late_requests(m, s, i)


def end_process(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the process of a task that was stopped; its place is free once the scheduler knows.

    A target that still receives requests refuses them from now on.
    """
    w = s.world
    t = s.tasks[i]
    if t.cohort >= 0 and (t.is_answering != 0 or t.is_hung != 0):
        t.cut_requests = requests_to_cut(m, s, i, 0.0)
        refuse_requests(m, s, i)
    if m.sigterm != AFTER_DRAIN:
        cut_connections(m, s, i)
        if m.has_pods == 0:
            remove_from_targets(m, s, i)
    t.state = EXITED
    t.stop_ends_at = NEVER
    t.drain_ends_at = NEVER
    w.connected[t.revision] -= 1
    t.gone_at = noticed_after(m, s, i, w.now)


def end_stop(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Free the place of a stopped task; only what still routes to its target is left of it."""
    w = s.world
    t = s.tasks[i]
    t.gone_at = NEVER
    t.sigterm_at = NEVER
    t.stop_ends_at = NEVER
    stop_billing(m, s, i)
    t.state = DEAD
    if t.cohort >= 0 and t.late_requests_until == NEVER:
        t.late_requests_until = w.now + propagation(m, s, i)
    forget_dead(m, s, i)


def next_of_stop(s: RunState, i: int) -> float:
    """Return when something happens next to a task that ECS stops."""
    t = s.tasks[i]
    if t.gone_at < NEVER:
        return float(min(t.late_requests_until, t.gone_at))
    first = min(min(t.deregisters_at, t.late_requests_until), min(t.drain_ends_at, t.sigterm_at))
    return float(min(first, t.stop_ends_at))


def continue_stop(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Do what is due of a stop: deregistration, drain, SIGTERM, exit, end (ecs-stop-sequence)."""
    now = s.world.now
    t = s.tasks[i]
    if t.state == DEAD:
        forget_dead(m, s, i)
        return
    if t.deregisters_at <= now:
        deregister(m, s, i)
    if t.late_requests_until <= now:
        end_late_requests(m, s, i)
    if t.drain_ends_at <= now:
        end_drain(m, s, i)
    if t.sigterm_at <= now and t.gone_at == NEVER:
        end_pre_stop(m, s, i) if m.has_pods != 0 else terminate(m, s, i)
    if t.stop_ends_at <= now and t.gone_at == NEVER:
        end_process(m, s, i)
    if t.gone_at <= now:
        end_stop(m, s, i)
