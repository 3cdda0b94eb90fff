"""Task life cycle: launch, start, registration, and what changes while it runs."""

from simdeploy.draws import (
    BOOT_CRASH,
    CONTAINER_FAULT,
    CRASH,
    FIRST_CHECK,
    START_FAILURE,
    four,
    uniform,
)
from simdeploy.model import delays
from simdeploy.model.accessors import (
    apply_schema,
    draw,
    drawn,
    get_breaker,
    is_constant,
    set_breaker,
    target_group,
    watches_tasks,
)
from simdeploy.model.cohorts import (
    change_cohort,
    is_target_eligible,
    leave_cohort,
    make_eligible,
    set_error_step,
)
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.health_checks import become_healthy
from simdeploy.model.looks import step_from
from simdeploy.model.task_list import add_task, full_ramp
from simdeploy.semantics.breaker import after_running
from simdeploy.semantics.containers import PROVEN_AFTER, next_container_check
from simdeploy.semantics.faults import TASK_RUNNING, crashes_at
from simdeploy.semantics.kubernetes import pull_gets_through, restart_pause, startup_passes
from simdeploy.semantics.operator import IMAGE_GONE
from simdeploy.semantics.registry import (
    GIVES_UP,
    left_to_pull,
    next_change,
    pull_begins,
    pull_factor,
)
from simdeploy.semantics.schema import FIRST_NEW_TASK
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, NEW, OLD


def down_window(m: ScenarioRecord, at: float) -> int:
    """Index of the first window in which no registry answers at ``at``; -1 if there is none."""
    for k in range(m.n_registry_windows):
        x = m.registry_windows[k]
        if x.fails_row >= 0 and x.start <= at < x.end:
            return k
    return -1


def pull_duration(m: ScenarioRecord, at: float, seconds: float) -> float:
    """Duration of a pull that gets through at ``at`` and takes ``seconds`` as a rule.

    It is slow while the registry is.
    """
    total = 0.0
    while True:
        factor = 1.0
        until = NEVER
        for k in range(m.n_registry_windows):
            x = m.registry_windows[k]
            factor = factor * pull_factor(at, x.start, x.end, x.factor)
            until = min(until, next_change(at, x.start, x.end))
        if at + seconds * factor <= until:
            return total + seconds * factor
        total += until - at
        seconds = left_to_pull(seconds, factor, until - at)
        at = until


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
    f = m.releases[w.generation[revision]]
    u_provisioning, u_pull, u_start, u_boot = four(w.key0, w.key1, 0, t.draw_entity, 0)
    t.provisioning_seconds = draw(m, f.provisioning_row, u_provisioning)
    t.container_start_seconds = draw(m, f.container_start_row, u_start)
    t.boot_seconds = draw(m, f.boot_row, u_boot)
    t.launched_at = w.now
    t.pull_at = w.now + t.provisioning_seconds
    begins = retried_pull(m, s, i) if m.has_pods != 0 else reach_registry(m, s, i)
    t.pull_seconds = begins - t.pull_at + pull_duration(m, begins, draw(m, f.pull_row, u_pull))


def restart(m: ScenarioRecord, s: RunState, i: int, revision: int, restarts: int) -> None:
    """Add the container that follows in a pod on one that has exited; its image is there.

    ``restarts`` are those that count for the pause. Source: Kubernetes, life cycle of pods.
    """
    w = s.world
    add_task(s, i, revision)
    w.starting[revision] += 1
    t = s.tasks[i]
    t.restarts = restarts + 1
    t.ramp = full_ramp(m)
    f = m.releases[w.generation[revision]]
    _, _, u_start, u_boot = four(w.key0, w.key1, 0, t.draw_entity, 0)
    t.provisioning_seconds = 0.0
    t.container_start_seconds = draw(m, f.container_start_row, u_start)
    t.boot_seconds = draw(m, f.boot_row, u_boot)
    t.launched_at = w.now
    t.pull_at = w.now
    t.pull_seconds = restart_pause(restarts, m.restart_first, m.restart_cap)
    t.start_fails_at = NEVER


def retried_pull(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Return when the pull of a new pod's image gets through; the kubelet tries again in place."""
    t = s.tasks[i]
    t.start_fails_at = NEVER
    at = t.pull_at
    k = down_window(m, at)
    while k >= 0 and at < NEVER:
        at = pull_gets_through(at, m.registry_windows[k].end, m.restart_first, m.restart_cap)
        k = down_window(m, at)
    return float(at)


def reach_registry(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Return when the pull of a new task gets through; set when its start fails, if it does.

    The attempt counts from its order; at a missing image, from the begin of the pull
    (ecr-pull-retries).
    """
    w = s.world
    t = s.tasks[i]
    t.start_fails_at = NEVER
    at = t.pull_at
    k = down_window(m, at)
    while k >= 0 and t.start_fails_at == NEVER:
        x = m.registry_windows[k]
        gives_up_at = w.now + drawn(m, s, x.fails_row, START_FAILURE, t.draw_entity, 0)
        begins = pull_begins(at, x.start, x.end, gives_up_at)
        if begins < NEVER:
            at = begins
            k = down_window(m, at)
        else:
            t.start_fails_at = gives_up_at
            t.pull_at = min(t.pull_at, gives_up_at)
            at = t.pull_at
    if t.revision == OLD:
        begins = pull_begins(at, 0.0, w.old_image_back_at, at + GIVES_UP)
        if begins < NEVER:
            at = begins
        else:
            t.start_fails_at = at + GIVES_UP
    t.fails_to_start = 1 if t.start_fails_at < NEVER else 0
    return float(at)


def become_running(m: ScenarioRecord, s: RunState, i: int, at: float) -> None:
    """Become RUNNING: boot and grace begin, the breaker notes it, the release's faults are drawn.

    The target, if there is a load balancer, is registered at the next look, or at once.
    ``at`` is now, or the time ahead of which it is done where nobody sees it (`runs_unseen`).
    """
    w = s.world
    t = s.tasks[i]
    f = m.releases[w.generation[t.revision]]
    u_shutdown, u_crash, u_never = 1.0, 1.0, 1.0
    may_fail = f.n_crash_faults > 0 or f.never_listens_chance > 0.0
    if may_fail or not is_constant(m, delays.SHUTDOWN):
        _, u_shutdown, u_crash, u_never = four(w.key0, w.key1, 1, t.draw_entity, 0)
    t.state = RUNNING
    t.running_at = at
    w.running_unproven[t.revision] += 1
    w.connected[t.revision] += 1
    t.boot_ends_at = at + t.boot_seconds
    t.shutdown_seconds = draw(m, delays.SHUTDOWN, u_shutdown)
    begin_container_checks(m, s, i)
    if m.boost_seconds > 0.0:
        t.boost_ends_at = at + m.boost_seconds
    if w.generation[t.revision] > 0:
        draw_faults(m, s, i, u_crash, u_never)
    if t.revision == NEW:
        note_new_task_running(m, s)
    if t.revision == w.target:
        w.failed_starts = 0
    if m.has_startup_probe != 0:
        begin_startup_probe(m, s, i)
    elif m.has_balancer != 0:
        t.registers_at = step_from(m, s, at)
    if t.registers_at <= w.now:
        register(m, s, i)
    elif t.registers_at < NEVER and registers_unseen(m):
        t.is_registered = 1
        t.check_at = first_check_at(m, s, i, t.registers_at)


def starts_unseen(m: ScenarioRecord) -> bool:
    """Whether nothing that anybody sees begins with RUNNING, but for the first task of a release.

    Nothing counts tasks that are RUNNING, kills one of them, counts checks of its own, or begins a
    fault then; no start has failed before.
    """
    f = m.releases[NEW]
    for k in range(m.n_conditions):
        if m.conditions[k].health_signal_missing != 0:
            return False
    faults = f.n_error_steps[TASK_RUNNING] + m.n_task_crashes + m.n_task_hangs
    starts_fail = m.n_registry_windows > 0 or m.first_command == IMAGE_GONE
    if faults > 0 or f.cold_seconds > 0.0 or m.n_releases > 1 or starts_fail:
        return False
    is_checked = m.has_balancer != 0 and m.has_own_health == 0 and m.steps_at_looks != 0
    return is_checked and m.max_connections == 0 and registers_unseen(m)


def runs_unseen(s: RunState, i: int) -> bool:
    """Whether nobody sees task ``i`` become RUNNING, so that it is no instant.

    The first task of a release is seen: by the circuit breaker, by hooks, by its schema change.
    """
    w = s.world
    return bool(w.starts_unseen != 0 and (s.tasks[i].revision == OLD or w.new_has_run != 0))


def registers_unseen(m: ScenarioRecord) -> bool:
    """Whether nothing but a target's checks begins with its registration, so that it is no instant.

    A target that receives nothing before its first verdict is only checked from then on.
    """
    waits = m.checks_wait_for_shift != 0 or m.fail_open_includes_initial != 0
    return m.has_pods == 0 and not waits and not watches_tasks(m)


def begin_startup_probe(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Set when a pod's startup probe passes, or when it has failed so often that it is restarted.

    Its phase is drawn: the kubelet's ticks do not begin with the container.
    """
    w = s.world
    t = s.tasks[i]
    u = uniform(w.key0, w.key1, FIRST_CHECK, t.draw_entity, 1)
    first = w.now + m.startup_delay + m.startup_period * u
    boot_end = NEVER if t.never_listens != 0 else t.boot_ends_at
    t.registers_at = startup_passes(boot_end, first, m.startup_period, m.startup_failures)
    if t.registers_at == NEVER:
        gives_up_at = w.now + m.startup_delay + m.startup_failures * m.startup_period
        if gives_up_at < t.crash_at:
            t.crash_at = gives_up_at
            t.crash_kind = 0


def begin_container_checks(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Begin the container check of a task that is RUNNING, or the time after which it is healthy.

    Facts: ecs-container-check-clock, ecs-counted-healthy.
    """
    t = s.tasks[i]
    now = t.running_at
    if m.has_container_check != 0:
        t.own_at = next_container_check(
            now,
            now,
            t.own_status,
            m.container_interval,
            m.container_start_period,
            m.container_start_interval,
        )
    elif m.has_own_health != 0 and m.has_pods == 0:
        t.own_status = HEALTHY
        t.own_report_at = now + PROVEN_AFTER


def register(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Register the target of a running task; its first check follows."""
    w = s.world
    t = s.tasks[i]
    t.registers_at = NEVER
    t.is_registered = 1
    if m.ready_at_start != 0:
        become_healthy(m, s, i)
        return
    checked = not (t.revision == NEW and m.checks_wait_for_shift != 0 and w.new_group_checked == 0)
    if checked:
        t.check_at = first_check_at(m, s, i, w.now)
    if is_target_eligible(m, s, i):
        make_eligible(m, s, i)


def first_check_at(m: ScenarioRecord, s: RunState, i: int, registers_at: float) -> float:
    """Return when the first check of a target is sent that is registered then."""
    t = s.tasks[i]
    first = drawn(m, s, delays.FIRST_CHECK, FIRST_CHECK, t.draw_entity, 0)
    return float(max(registers_at, t.running_at + m.readiness_delay) + min(first, m.check_interval))


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
        after = drawn(m, s, x.after_row, CRASH, t.draw_entity, k)
        at = crashes_at(t.running_at, u, x.probability, after, NEVER)
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
        t.error_step_at = t.running_at + m.releases[g].error_steps[TASK_RUNNING][0].at
        if t.error_step_at <= t.running_at:
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


def boots_unseen(m: ScenarioRecord, s: RunState, i: int) -> bool:
    """Whether the end of a task's boot changes nothing yet: its target was never judged.

    A target that receives nothing before its first verdict need not be told when it answers; the
    checks know (`semantics.checks.answers`).
    """
    never_judged = s.tasks[i].health == INITIAL and m.fail_open_includes_initial == 0
    return bool(m.has_balancer != 0 and never_judged)


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
