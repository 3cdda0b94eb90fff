"""Task life cycle: launch, registration, crash, deregistration, stop, removal."""

from simdeploy.draws import BOOT_CRASH, CONTAINER_FAULT, CRASH, DEREGISTRATION, four, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import (
    apply_schema,
    bill,
    draw,
    get_breaker,
    set_breaker,
    target_group,
)
from simdeploy.model.cohorts import (
    change_cohort,
    is_target_eligible,
    leave_cohort,
    make_eligible,
    set_error_step,
)
from simdeploy.model.constants import DEAD, DRAINING, GONE, PENDING, RUNNING, STOPPING
from simdeploy.model.dropped_requests import record_cut, requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.task_list import add_task, full_ramp, remove_from_counts, unlink
from simdeploy.model.websockets import cut_sockets
from simdeploy.semantics.breaker import after_failure, after_running
from simdeploy.semantics.capacity import backoff
from simdeploy.semantics.containers import PROVEN_AFTER, next_container_check
from simdeploy.semantics.drain import drain_end, late_until, stop_seconds
from simdeploy.semantics.faults import TASK_RUNNING, crashes_at
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.registry import GIVES_UP, image_missing, pull_factor, pull_fails
from simdeploy.semantics.schema import FIRST_NEW_TASK
from simdeploy.semantics.state import HEALTHY, NEVER, NEW, OLD


def registry_failure(m: ScenarioRecord, at: float) -> float:
    """Seconds after which a pull that begins at ``at`` fails for good; -1 if it does not."""
    for k in range(m.n_registry_windows):
        x = m.registry_windows[k]
        if pull_fails(at, x.start, x.end, x.fails_after):
            return float(x.fails_after)
    return -1.0


def registry_factor(m: ScenarioRecord, at: float) -> float:
    """Factor by which a pull that begins at ``at`` takes longer."""
    factor = 1.0
    for k in range(m.n_registry_windows):
        x = m.registry_windows[k]
        factor = factor * pull_factor(at, x.start, x.end, x.factor)
    return factor


def count_failed_task(m: ScenarioRecord, s: RunState, revision: int, counts: bool) -> None:
    """Count a failed task, also in the deployment's circuit breaker if it ``counts`` there."""
    w = s.world
    w.failed_tasks += 1
    if revision == NEW:
        w.onset_at = min(w.onset_at, w.now)
        if counts and w.phase == ROLLING_OUT and w.target == NEW:
            set_breaker(s, after_failure(get_breaker(m, s)))


def note_new_task_running(m: ScenarioRecord, s: RunState) -> None:
    """Note that a task of the new revision is RUNNING: breaker stage 2, schema change."""
    w = s.world
    w.new_has_run = 1
    set_breaker(s, after_running(get_breaker(m, s)))
    if m.releases[w.generation[NEW]].schema_applied == FIRST_NEW_TASK:
        apply_schema(m, s)


def launch(m: ScenarioRecord, s: RunState, i: int, revision: int) -> None:
    """Add a task; draw its stages up to the end of boot, and whether its image can be pulled."""
    w = s.world
    add_task(s, i, revision)
    w.starting[revision] += 1
    t = s.tasks[i]
    t.ramp = full_ramp(m)
    u_provisioning, u_pull, u_start, u_boot = four(w.key0, w.key1, 0, t.draw_entity, 0)
    t.provisioning_seconds = draw(m, delays.PROVISIONING, u_provisioning)
    t.container_start_seconds = draw(m, delays.CONTAINER_START, u_start)
    t.boot_seconds = draw(m, delays.BOOT, u_boot)
    t.launched_at = w.now
    t.pull_at = w.now + t.provisioning_seconds
    t.pull_seconds = draw(m, delays.PULL, u_pull) * registry_factor(m, t.pull_at)
    t.start_fails_after = registry_failure(m, t.pull_at)
    if revision == OLD and image_missing(t.pull_at, w.old_image_back_at):
        t.start_fails_after = GIVES_UP
    t.fails_to_start = 1 if t.start_fails_after >= 0.0 else 0


def register(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Become RUNNING: register the target, note it in the breaker, draw the release's faults."""
    w = s.world
    t = s.tasks[i]
    u_first, u_shutdown, u_crash, u_never = four(w.key0, w.key1, 1, t.draw_entity, 0)
    t.state = RUNNING
    t.running_at = w.now
    w.running_unproven[t.revision] += 1
    w.connected[t.revision] += 1
    t.boot_ends_at = w.now + t.boot_seconds
    t.shutdown_seconds = draw(m, delays.SHUTDOWN, u_shutdown)
    checked = m.has_balancer != 0 and not (
        t.revision == NEW and m.checks_wait_for_shift != 0 and w.new_group_checked == 0
    )
    t.check_at = w.now + draw(m, delays.FIRST_CHECK, u_first) if checked else NEVER
    if m.has_container_check != 0:
        t.own_at = next_container_check(
            w.now,
            w.now,
            t.own_status,
            m.container_interval,
            m.container_start_period,
            m.container_start_interval,
        )
    elif m.has_own_health != 0:
        t.own_status = HEALTHY
        t.own_report_at = w.now + PROVEN_AFTER
    if m.boost_seconds > 0.0:
        t.boost_ends_at = w.now + m.boost_seconds
    if w.generation[t.revision] > 0:
        draw_faults(m, s, i, u_crash, u_never)
    if t.revision == NEW:
        note_new_task_running(m, s)
    if t.revision == w.target:
        w.failed_starts = 0
    if is_target_eligible(m, s, i):
        make_eligible(m, s, i)


def draw_faults(m: ScenarioRecord, s: RunState, i: int, u_crash: float, u_never: float) -> None:
    """Draw this task's crash time, never-listens flag, error ramp and cold start.

    They come from the faults of its release.
    """
    w = s.world
    t = s.tasks[i]
    g = w.generation[t.revision]
    f = m.releases[g]
    for k in range(f.n_crash_faults):
        x = f.crash_faults[k]
        u = u_crash if k == 0 else uniform(w.key0, w.key1, BOOT_CRASH, t.draw_entity, k)
        after = draw(m, x.after_row, uniform(w.key0, w.key1, CRASH, t.draw_entity, k))
        at = crashes_at(w.now, u, x.probability, after, NEVER)
        if at < t.crash_at:
            t.crash_at = at
            t.crash_kind = x.kind
    t.never_listens = 1 if u_never < f.never_listens_chance else 0
    if f.cannot_pass_chance > 0.0:
        u_pass = uniform(w.key0, w.key1, CONTAINER_FAULT, t.draw_entity, 0)
        t.cannot_pass = 1 if u_pass < f.cannot_pass_chance else 0
    if f.cold_seconds > 0.0:
        t.is_cold = 1
        w.cold_tasks += 1
    if f.n_error_steps[TASK_RUNNING] > 0:
        t.error_step_at = w.now + m.releases[g].error_steps[TASK_RUNNING][0].at
        if t.error_step_at <= w.now:
            raise_task_errors(m, s, i)


def raise_task_errors(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Reach the next step of the task's error ramp, and set when the step after it is due."""
    t = s.tasks[i]
    g = s.world.generation[t.revision]
    set_error_step(m, s, i, t.error_step + 1)
    more = t.error_step < m.releases[g].n_error_steps[TASK_RUNNING]
    t.error_step_at = (
        t.running_at + m.releases[g].error_steps[TASK_RUNNING][t.error_step].at if more else NEVER
    )


def listen(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the boot: the task answers from now on, and without a load balancer it takes work."""
    t = s.tasks[i]
    eligible = t.cohort >= 0
    if eligible:
        leave_cohort(m, s, i)
    t.is_answering = 1
    if eligible:
        make_eligible(m, s, i)
    if m.has_balancer == 0:
        t.health = HEALTHY
        s.world.healthy_targets[target_group(m, t.revision)] += 1
        make_eligible(m, s, i)


def start_warming(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Start a cold task's warm-up when traffic first reaches it; return whether it started."""
    w = s.world
    t = s.tasks[i]
    if t.is_cold == 0 or t.warm_at < NEVER or t.cohort < 0 or t.is_answering == 0:
        return False
    if s.cohorts[t.cohort].ramp * w.rate_per_weight[target_group(m, t.revision)] <= 0.0:
        return False
    t.warm_at = w.now + m.releases[w.generation[t.revision]].cold_seconds
    return True


def become_warm(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the task's cold start: it serves at full speed from now on."""
    s.tasks[i].warm_at = NEVER
    s.world.cold_tasks -= 1
    change_cohort(m, s, i, 0, s.tasks[i].ramp)


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
        delay = backoff(w.failed_starts, m.backoff_first, m.backoff_cap)
        w.failed_starts += 1
        w.backoff_until = max(w.backoff_until, w.now + delay)
    remove_from_counts(m, s, i)
    count_failed_task(m, s, t.revision, True)
    remove_task(m, s, i)


def exit_without_drain(m: ScenarioRecord, s: RunState, i: int, counts: bool) -> None:
    """End a running task that exits by itself: no drain, what it was doing is cut.

    It stays a target until the load balancer has noticed (ecs-crash-without-drain).
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
    t.late_requests_until = w.now
    if routed:
        u = uniform(w.key0, w.key1, DEREGISTRATION, t.draw_entity, 0)
        t.late_requests_until = w.now + draw(m, delays.DEREGISTRATION, u)
    if t.late_requests_until > w.now:
        t.is_answering = 0
        t.is_hung = 0
        make_eligible(m, s, i)
    else:
        delist_task(m, s, i)


def stop_billing(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Bill the task until now and take it out of the counts of tasks alive."""
    w = s.world
    t = s.tasks[i]
    w.task_seconds += bill(m, t.pull_at, w.now)
    w.alive[t.revision] -= 1
    if t.state == STOPPING or t.state == DRAINING:
        w.draining[t.revision] -= 1
    if t.state != PENDING:
        w.connected[t.revision] -= 1
    w.cold_tasks -= t.is_cold
    t.is_cold = 0


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


def deregister(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Begin to stop a running task: its target drains, late requests still arrive.

    Facts: alb-deregistration-delay, alb-late-requests.
    """
    w = s.world
    t = s.tasks[i]
    end_cpu_boost(s, i)
    remove_from_counts(m, s, i)
    t.state = DRAINING
    w.draining[t.revision] += 1
    t.drain_ends_at = drain_end(w.now, m.deregistration_delay)
    t.late_requests_until = NEVER
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


def terminate(m: ScenarioRecord, s: RunState, i: int) -> None:
    """End the deregistration delay: cut what is still open and send SIGTERM.

    Facts: alb-502-drain-end, ecs-stop-sequence.
    """
    t = s.tasks[i]
    record_cut(m, s, t.revision, t.cut_requests)
    cut_sockets(s, i)
    t.state = STOPPING
    t.stop_ends_at = s.world.now + stop_seconds(t.shutdown_seconds, m.stop_timeout)
