"""The service's tasks: a list in order of creation, and counts by state and health."""

from simdeploy.draws import CONSTANT, CONTAINER_PHASE, four, task_entity, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import draw, is_unchecked, target_group
from simdeploy.model.cohorts import make_eligible
from simdeploy.model.constants import PENDING, RUNNING, SICK, STARTING, UNREACTED, WELL
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import drop_leftover
from simdeploy.semantics.capacity import seen_healthy
from simdeploy.semantics.containers import task_health
from simdeploy.semantics.faults import STAIRS
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, OLD, Fleet


def reset_task(s: RunState, i: int) -> None:
    """Set the fields of a task that has just been launched."""
    t = s.tasks[i]
    t.state = PENDING
    t.fails_to_start = 0
    t.check_event_at = NEVER
    t.boot_ends_at = NEVER
    t.crash_at = NEVER
    t.error_step_at = NEVER
    t.grace_ends_at = NEVER
    t.never_listens = 0
    t.is_answering = 0
    t.is_hung = 0
    t.health = INITIAL
    t.own_health = INITIAL
    t.own_status = INITIAL
    t.own_at = NEVER
    t.own_waits = 0
    t.own_counts = 0
    t.own_failures = 0
    t.own_report_at = NEVER
    t.own_reports = 0
    t.own_event_at = NEVER
    t.cannot_pass = 0
    t.is_registered = 0
    t.registers_at = NEVER
    t.reacts_at = NEVER
    t.deregisters_at = NEVER
    t.drain_ends_at = NEVER
    t.late_requests_until = NEVER
    t.sigterm_at = NEVER
    t.work_ends_at = NEVER
    t.stop_ends_at = NEVER
    t.gone_at = NEVER
    t.is_sick = 0
    t.restarts = 0
    t.check_streak = 0
    t.check_number = 0
    t.check_at = NEVER
    t.verdict_at = NEVER
    t.error_step = 0
    t.is_cold = 0
    t.warm_at = NEVER
    t.ramp = 1
    t.ramp_at = NEVER
    t.boost_ends_at = NEVER
    t.cohort = -1
    drop_leftover(s, i)
    t.checks_stalled = 0
    t.websockets = 0.0
    t.cut_requests = 0.0


def full_ramp(m: ScenarioRecord) -> int:
    """Ramp of a target outside slow start: 10 tenths where slow start is on, else 1."""
    return STAIRS if m.slow_start > 0.0 else 1


def health_of_task(m: ScenarioRecord, s: RunState, i: int) -> int:
    """Health of a task as ECS sees it, of its target and by itself (ecs-counted-healthy)."""
    t = s.tasks[i]
    return task_health(t.health, t.own_health, m.has_balancer != 0, m.has_own_health != 0)


def remove_from_counts(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Take an active task out of the counts of the scheduler and of its target group."""
    remove_from_scheduler(m, s, i)
    remove_from_targets(m, s, i)


def remove_from_targets(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Take a task out of the count of healthy targets."""
    t = s.tasks[i]
    if t.health == HEALTHY:
        s.world.healthy_targets[target_group(m, t.revision)] -= 1


def remove_from_scheduler(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Take a task that ends out of the counts of the scheduler; no reaction to it is due."""
    remove_from_fleet(m, s, i)
    end_reaction(s, i)


def remove_from_fleet(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Take an active task out of the counts of the scheduler."""
    w = s.world
    t = s.tasks[i]
    if health_of_task(m, s, i) == HEALTHY:
        w.healthy[t.revision] -= 1
    elif t.is_sick != 0:
        w.sick[t.revision] -= 1
    else:
        w.starting[t.revision] -= 1
        if t.state == RUNNING:
            w.running_unproven[t.revision] -= 1


def end_reaction(s: RunState, i: int) -> None:
    """End the time for which ECS does not replace a sick task yet."""
    t = s.tasks[i]
    if t.reacts_at < NEVER:
        t.reacts_at = NEVER
        s.world.unreacted[t.revision] -= 1


def count_as_unproven(s: RunState, i: int) -> None:
    """Count a running task that is neither healthy nor sick."""
    w = s.world
    t = s.tasks[i]
    w.starting[t.revision] += 1
    w.running_unproven[t.revision] += 1


def count_fleet(m: ScenarioRecord, s: RunState) -> Fleet:
    """Count the tasks as the scheduler does."""
    w = s.world
    t = w.target
    o = 1 - t
    healthy = seen_healthy(w.healthy[t], w.running_unproven[t], is_unchecked(m, s, t))
    others = seen_healthy(w.healthy[o], w.running_unproven[o], is_unchecked(m, s, o))
    return Fleet(
        w.starting[t] + w.healthy[t] - healthy,
        healthy,
        w.sick[t],
        w.starting[o] + w.healthy[o] - others,
        others,
        w.sick[o],
        w.draining[0] + w.draining[1],
    )


def scheduler_class(m: ScenarioRecord, s: RunState, i: int) -> int:
    """Return the kind of an active task (SICK … in model.constants); -1 for any other."""
    t = s.tasks[i]
    if t.state != PENDING and t.state != RUNNING:
        return -1
    if health_of_task(m, s, i) == HEALTHY:
        return WELL
    if t.is_sick != 0:
        return SICK if t.reacts_at == NEVER else UNREACTED
    return WELL if t.state == RUNNING and is_unchecked(m, s, t.revision) else STARTING


def link(s: RunState, i: int) -> None:
    """Append task ``i`` to the list of tasks in order of creation."""
    w = s.world
    t = s.tasks[i]
    t.next_task = -1
    t.previous_task = w.last_task
    if w.last_task >= 0:
        s.tasks[w.last_task].next_task = i
    else:
        w.first_task = i
    w.last_task = i


def unlink(s: RunState, i: int) -> None:
    """Remove task ``i`` from the list."""
    w = s.world
    t = s.tasks[i]
    if t.previous_task >= 0:
        s.tasks[t.previous_task].next_task = t.next_task
    else:
        w.first_task = t.next_task
    if t.next_task >= 0:
        s.tasks[t.next_task].previous_task = t.previous_task
    else:
        w.last_task = t.previous_task


def add_task(s: RunState, i: int, revision: int) -> None:
    """Add a pending task to the list; number it among the launches of its release, for draws."""
    w = s.world
    link(s, i)
    t = s.tasks[i]
    reset_task(s, i)
    t.serial = w.next_serial
    w.next_serial += 1
    t.revision = revision
    t.draw_entity = task_entity(w.generation[revision], w.attempts[revision])
    w.attempts[revision] += 1
    w.alive[revision] += 1


def put_old_container(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Set the container check of a task that has long been healthy: its phase is drawn."""
    w = s.world
    t = s.tasks[i]
    t.own_status = HEALTHY
    t.own_health = HEALTHY
    if m.has_container_check != 0:
        u = uniform(w.key0, w.key1, CONTAINER_PHASE, t.draw_entity, 0)
        t.own_at = m.container_interval * u


def old_check_phase(m: ScenarioRecord, u: float) -> float:
    """Time of the next check of a target that has been checked for long: any phase is as likely.

    Without the looks of a control plane a constant first check gives the phase of all targets.
    """
    is_given = int(m.distributions[delays.FIRST_CHECK][0]) == CONSTANT
    if m.steps_at_looks == 0 and is_given:
        return min(draw(m, delays.FIRST_CHECK, u), m.check_interval)
    return u * m.check_interval


def add_old_task(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Add a task of the old revision that has been serving since long before the command."""
    w = s.world
    add_task(s, i, OLD)
    t = s.tasks[i]
    t.state = RUNNING
    t.pull_at = -1.0
    t.running_at = -1e9
    t.boot_ends_at = -1e9
    t.is_registered = 1 if m.has_balancer != 0 else 0
    t.is_answering = 1
    t.ramp = full_ramp(m)
    t.health = HEALTHY
    if m.has_own_health != 0:
        put_old_container(m, s, i)
    u_first, u_shutdown, _, _ = four(w.key0, w.key1, 1, t.draw_entity, 0)
    t.shutdown_seconds = draw(m, delays.SHUTDOWN, u_shutdown)
    t.check_at = NEVER
    if m.has_balancer != 0 and m.ready_at_start == 0:
        t.check_at = old_check_phase(m, u_first)
    w.healthy[OLD] += 1
    w.connected[OLD] += 1
    w.healthy_targets[target_group(m, OLD)] += 1
    make_eligible(m, s, i)
    t.joined_at = -1e9
    t.websockets = m.websockets / m.desired_count
