"""What happens to one task, from its launch to its burial."""

from simdeploy.draws import BOOT_CRASH, CRASH, DEREGISTRATION, four, uniform
from simdeploy.model.accessors import apply_schema, bill, breaker_of, draw, group_of, put_breaker
from simdeploy.model.cohorts import join, leave, restair, rewarm
from simdeploy.model.constants import (
    D_BOOT,
    D_CONTAINER_START,
    D_DEREGISTRATION,
    D_FIRST_CHECK,
    D_PROVISIONING,
    D_PULL,
    D_SHUTDOWN,
    DEAD,
    DRAINING,
    GONE,
    PENDING,
    RUNNING,
    STOPPING,
)
from simdeploy.model.dropped_requests import cut_now, cut_requests
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.task_list import enlist, full_ramp, uncount, unlink
from simdeploy.model.websockets import cut_sockets
from simdeploy.semantics.breaker import failed as breaker_failed
from simdeploy.semantics.breaker import ran as breaker_ran
from simdeploy.semantics.capacity import backoff
from simdeploy.semantics.drain import drain_end, late_until, stop_seconds
from simdeploy.semantics.faults import TASK_RUNNING, crashes_at
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.registry import GIVES_UP, image_missing, pull_factor, pull_fails
from simdeploy.semantics.routing import is_eligible
from simdeploy.semantics.schema import FIRST_NEW_TASK
from simdeploy.semantics.state import NEVER, NEW, OLD


def registry_failure(m: ScenarioRecord, at: float) -> float:
    """Seconds after which a pull begun now fails for good; -1 where the registry answers."""
    for k in range(m.n_registry_windows):
        x = m.registry_windows[k]
        if pull_fails(at, x.start, x.end, x.fails_after):
            return float(x.fails_after)
    return -1.0


def registry_factor(m: ScenarioRecord, at: float) -> float:
    """By how much a pull begun now is stretched."""
    factor = 1.0
    for k in range(m.n_registry_windows):
        x = m.registry_windows[k]
        factor = factor * pull_factor(at, x.start, x.end, x.factor)
    return factor


def note_failure(m: ScenarioRecord, s: RunState, revision: int, counts: bool) -> None:
    """One more failed task; the breaker of the deployment may count it."""
    w = s.world
    w.failed_tasks += 1
    if revision == NEW:
        w.onset_at = min(w.onset_at, w.now)
        if counts and w.phase == ROLLING_OUT and w.target == NEW:
            put_breaker(s, breaker_failed(breaker_of(m, s)))


def new_runs(m: ScenarioRecord, s: RunState) -> None:
    """A task of the new revision reached RUNNING."""
    w = s.world
    w.new_has_run = 1
    put_breaker(s, breaker_ran(breaker_of(m, s)))
    if m.releases[w.generation[NEW]].schema_applied == FIRST_NEW_TASK:
        apply_schema(m, s)


def launch(m: ScenarioRecord, s: RunState, i: int, revision: int) -> None:
    """A new task: draw its stages up to the end of boot, and whether its image can be pulled."""
    w = s.world
    enlist(s, i, revision)
    w.starting[revision] += 1
    t = s.tasks[i]
    t.ramp = full_ramp(m)
    u_provisioning, u_pull, u_start, u_boot = four(w.key0, w.key1, 0, t.draw_entity, 0)
    t.provisioning_seconds = draw(m, D_PROVISIONING, u_provisioning)
    t.container_start_seconds = draw(m, D_CONTAINER_START, u_start)
    t.boot_seconds = draw(m, D_BOOT, u_boot)
    t.launched_at = w.now
    t.pull_at = w.now + t.provisioning_seconds
    t.pull_seconds = draw(m, D_PULL, u_pull) * registry_factor(m, t.pull_at)
    t.start_fails_after = registry_failure(m, t.pull_at)
    if revision == OLD and image_missing(t.pull_at, w.old_image_back_at):
        t.start_fails_after = GIVES_UP
    t.fails_to_start = 1 if t.start_fails_after >= 0.0 else 0


def register(m: ScenarioRecord, s: RunState, i: int) -> None:
    """RUNNING: the target is registered, the breaker knows, faults take their draws."""
    w = s.world
    t = s.tasks[i]
    u_first, u_shutdown, u_crash, u_never = four(w.key0, w.key1, 1, t.draw_entity, 0)
    t.state = RUNNING
    t.running_at = w.now
    w.running_unproven[t.revision] += 1
    w.connected[t.revision] += 1
    t.boot_ends_at = w.now + t.boot_seconds
    t.shutdown_seconds = draw(m, D_SHUTDOWN, u_shutdown)
    checked = not (t.revision == NEW and m.checks_wait_for_shift != 0 and w.new_group_checked == 0)
    t.check_at = w.now + draw(m, D_FIRST_CHECK, u_first) if checked else NEVER
    if m.boost_seconds > 0.0:
        t.boost_ends_at = w.now + m.boost_seconds
    if w.generation[t.revision] > 0:
        strike(m, s, i, u_crash, u_never)
    if t.revision == NEW:
        new_runs(m, s)
    if t.revision == w.target:
        w.failed_starts = 0
    if is_eligible(
        t.health, w.fails_open[group_of(m, t.revision)] != 0, m.fail_open_includes_initial != 0
    ):
        join(m, s, i)


def strike(m: ScenarioRecord, s: RunState, i: int, u_crash: float, u_never: float) -> None:
    """The faults of a release take hold of one of its tasks."""
    w = s.world
    t = s.tasks[i]
    g = w.generation[t.revision]
    f = m.releases[g]
    for k in range(f.n_crash_faults):
        x = m.releases[g].crash_faults[k]
        u = u_crash if k == 0 else uniform(w.key0, w.key1, BOOT_CRASH, t.draw_entity, k)
        after = draw(m, x.after_row, uniform(w.key0, w.key1, CRASH, t.draw_entity, k))
        at = crashes_at(w.now, u, x.probability, after, NEVER)
        if at < t.crash_at:
            t.crash_at = at
            t.crash_kind = x.kind
    t.never_listens = 1 if u_never < f.never_listens_chance else 0
    if f.cold_seconds > 0.0:
        t.is_cold = 1
        w.cold_tasks += 1
    if f.n_error_steps[TASK_RUNNING] > 0:
        t.error_step_at = w.now + m.releases[g].error_steps[TASK_RUNNING][0].at
        if t.error_step_at <= w.now:
            climb(m, s, i)


def climb(m: ScenarioRecord, s: RunState, i: int) -> None:
    """One stair up on the errors of task ``i``."""
    t = s.tasks[i]
    g = s.world.generation[t.revision]
    restair(m, s, i, t.error_step + 1)
    more = t.error_step < m.releases[g].n_error_steps[TASK_RUNNING]
    t.error_step_at = (
        t.running_at + m.releases[g].error_steps[TASK_RUNNING][t.error_step].at if more else NEVER
    )


def listen(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Boot is over: the task answers, also those requests that reached it too early."""
    t = s.tasks[i]
    eligible = t.cohort >= 0
    if eligible:
        leave(m, s, i)
    t.is_answering = 1
    if eligible:
        join(m, s, i)


def warm_up(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Whether production traffic reaches a cold task for the first time: its clock starts."""
    w = s.world
    t = s.tasks[i]
    if t.is_cold == 0 or t.warm_at < NEVER or t.cohort < 0 or t.is_answering == 0:
        return False
    if s.cohorts[t.cohort].ramp * w.rate_per_weight[group_of(m, t.revision)] <= 0.0:
        return False
    t.warm_at = w.now + m.releases[w.generation[t.revision]].cold_seconds
    return True


def grow_warm(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Task ``i`` has served long enough to be as fast as it will be."""
    s.tasks[i].warm_at = NEVER
    s.world.cold_tasks -= 1
    rewarm(m, s, i, 0)


def calm_down(s: RunState, i: int) -> None:
    """Task ``i`` no longer burns CPU for its start."""
    s.tasks[i].boost_ends_at = NEVER


def fail_start(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A task ended without reaching RUNNING: the start back-off grows.

    Tasks that were launched before the first of a round failed belong to the same round.
    """
    w = s.world
    t = s.tasks[i]
    if t.launched_at >= w.start_round_at:
        w.start_round_at = w.now
        delay = backoff(w.failed_starts, m.backoff_first, m.backoff_cap)
        w.failed_starts += 1
        w.backoff_until = max(w.backoff_until, w.now + delay)
    uncount(m, s, i)
    note_failure(m, s, t.revision, True)
    bury(m, s, i)


def die(m: ScenarioRecord, s: RunState, i: int, counts: bool) -> None:
    """A running task exits on its own: no drain, what it was doing is cut.

    Requests are still sent to it until the load balancer knows (ecs-crash-without-drain).
    """
    w = s.world
    t = s.tasks[i]
    routed = t.cohort >= 0
    if routed:
        cut = cut_requests(m, s, i, 0.0)
        leave(m, s, i)
        cut_now(m, s, t.revision, cut)
    cut_sockets(s, i)
    calm_down(s, i)
    uncount(m, s, i)
    note_failure(m, s, t.revision, counts)
    close(m, s, i)
    t.state = DEAD
    t.late_requests_until = w.now
    if routed:
        u = uniform(w.key0, w.key1, DEREGISTRATION, t.draw_entity, 0)
        t.late_requests_until = w.now + draw(m, D_DEREGISTRATION, u)
    if t.late_requests_until > w.now:
        t.is_answering = 0
        join(m, s, i)
    else:
        forget(m, s, i)


def close(m: ScenarioRecord, s: RunState, i: int) -> None:
    """The bill of a task is closed; it is no longer alive."""
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


def forget(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Nothing is left of a task."""
    if s.tasks[i].cohort >= 0:
        leave(m, s, i)
    s.tasks[i].state = GONE
    unlink(s, i)


def bury(m: ScenarioRecord, s: RunState, i: int) -> None:
    """The task is gone, and its bill is closed."""
    close(m, s, i)
    forget(m, s, i)


def deregister(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A running task is told to stop: its target drains, late requests still arrive."""
    w = s.world
    t = s.tasks[i]
    calm_down(s, i)
    uncount(m, s, i)
    t.state = DRAINING
    w.draining[t.revision] += 1
    t.drain_ends_at = drain_end(w.now, m.deregistration_delay)
    t.late_requests_until = NEVER
    if t.cohort >= 0:
        u = uniform(w.key0, w.key1, DEREGISTRATION, t.draw_entity, 0)
        t.late_requests_until = late_until(
            w.now, draw(m, D_DEREGISTRATION, u), m.deregistration_delay
        )
        if t.late_requests_until <= w.now:
            last_request(m, s, i)


def last_request(m: ScenarioRecord, s: RunState, i: int) -> None:
    """A draining target receives no more: what it has must be done when the delay is over."""
    t = s.tasks[i]
    t.cut_requests = cut_requests(m, s, i, t.drain_ends_at - s.world.now)
    leave(m, s, i)
    t.late_requests_until = NEVER


def terminate(m: ScenarioRecord, s: RunState, i: int) -> None:
    """The delay is over: what is still open is cut, the task gets SIGTERM."""
    t = s.tasks[i]
    cut_now(m, s, t.revision, t.cut_requests)
    cut_sockets(s, i)
    t.state = STOPPING
    t.stop_ends_at = s.world.now + stop_seconds(t.shutdown_seconds, m.stop_timeout)
