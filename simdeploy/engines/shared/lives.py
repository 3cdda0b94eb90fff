"""What happens to one task, from its launch to its burial."""

from simdeploy.draws import CHECK, CRASH, DEREGISTRATION, four, uniform
from simdeploy.engines.shared.balancer import join, leave, restage
from simdeploy.engines.shared.layout import (
    D_BOOT,
    D_CONTAINER_START,
    D_CRASH_AFTER,
    D_DEREGISTRATION,
    D_FIRST_CHECK,
    D_PROVISIONING,
    D_PULL,
    D_SHUTDOWN,
    DRAINING,
    GONE,
    RUNNING,
    STOPPING,
    Model,
    Space,
)
from simdeploy.engines.shared.roster import uncount, unlink
from simdeploy.engines.shared.state import (
    apply_schema,
    bill,
    breaker_of,
    draw,
    group_of,
    put_breaker,
)
from simdeploy.engines.shared.traffic import cut_now, cut_requests, release_error
from simdeploy.semantics.breaker import failed as breaker_failed
from simdeploy.semantics.breaker import passed as breaker_passed
from simdeploy.semantics.breaker import ran as breaker_ran
from simdeploy.semantics.capacity import backoff
from simdeploy.semantics.checks import answers, check_failure, is_sick
from simdeploy.semantics.drain import drain_end, late_until, stop_seconds
from simdeploy.semantics.faults import (
    TASK_RUNNING,
    crashes_at,
    first_stair,
    next_stair,
    stair_after,
)
from simdeploy.semantics.plan import ROLLING_OUT
from simdeploy.semantics.registry import pull_factor, pull_fails
from simdeploy.semantics.routing import is_eligible
from simdeploy.semantics.schema import FIRST_NEW_TASK
from simdeploy.semantics.state import HEALTHY, NEVER, NEW, UNHEALTHY


def registry_failure(m: Model, at: float) -> float:
    """Seconds after which a pull begun now fails for good; -1 where the registry answers."""
    for k in range(m.windows):
        x = m.window[k]
        if pull_fails(at, x.start, x.end, x.fails_after):
            return float(x.fails_after)
    return -1.0


def registry_factor(m: Model, at: float) -> float:
    """By how much a pull begun now is stretched."""
    factor = 1.0
    for k in range(m.windows):
        x = m.window[k]
        factor = factor * pull_factor(at, x.start, x.end, x.factor)
    return factor


def note_failure(m: Model, s: Space, revision: int, counts: bool) -> None:
    """One more failed task; the breaker of the deployment may count it."""
    w = s.world
    w.failed += 1
    if revision == NEW:
        w.onset = min(w.onset, w.now)
        if counts and w.phase == ROLLING_OUT and w.target == NEW:
            put_breaker(s, breaker_failed(breaker_of(m, s)))


def new_runs(m: Model, s: Space) -> None:
    """A task of the new revision reached RUNNING."""
    w = s.world
    w.new_ran = 1
    put_breaker(s, breaker_ran(breaker_of(m, s)))
    if m.applied == FIRST_NEW_TASK:
        apply_schema(m, s)


def draw_start(m: Model, s: Space, i: int) -> None:
    """Draw the stages up to the end of boot; seconds each, the pull not yet stretched."""
    w = s.world
    t = s.tasks[i]
    u_provisioning, u_pull, u_start, u_boot = four(w.k0, w.k1, 0, t.entity, 0)
    t.provisioning = draw(m, D_PROVISIONING, u_provisioning)
    t.pull = draw(m, D_PULL, u_pull)
    t.container_start = draw(m, D_CONTAINER_START, u_start)
    t.boot = draw(m, D_BOOT, u_boot)


def register(m: Model, s: Space, i: int) -> None:
    """RUNNING: the target is registered, the breaker knows, faults take their draws."""
    w = s.world
    t = s.tasks[i]
    u_first, u_shutdown, u_crash, u_never = four(w.k0, w.k1, 1, t.entity, 0)
    t.state = RUNNING
    t.running = w.now
    t.boot_end = w.now + t.boot
    t.shutdown = draw(m, D_SHUTDOWN, u_shutdown)
    t.check_at = w.now + draw(m, D_FIRST_CHECK, u_first)
    if t.revision == NEW:
        after = draw(m, D_CRASH_AFTER, uniform(w.k0, w.k1, CRASH, t.entity, 0))
        t.crash_at = crashes_at(w.now, u_crash, m.boot_crash, after, NEVER)
        t.never = 1 if u_never < m.never_listens else 0
        new_runs(m, s)
        if m.error_rate > 0.0 and m.error_since == TASK_RUNNING:
            t.stage_at = first_stair(w.now + m.error_from, m.error_ramp)
            if t.stage_at <= w.now:
                climb(m, s, i)
    if t.revision == w.target:
        w.row = 0
    if is_eligible(t.health, w.open[group_of(m, t.revision)] != 0, m.open_initial != 0):
        join(m, s, i)


def climb(m: Model, s: Space, i: int) -> None:
    """One stair up on the error ramp of task ``i``."""
    t = s.tasks[i]
    restage(s, i, stair_after(t.stage, m.error_ramp))
    t.stage_at = next_stair(t.stage_at, t.stage, m.error_ramp, NEVER)


def listen(m: Model, s: Space, i: int) -> None:
    """Boot is over: the task answers, also those requests that reached it too early."""
    t = s.tasks[i]
    eligible = t.cohort >= 0
    if eligible:
        leave(s, i)
    t.live = 1
    if eligible:
        join(m, s, i)


def fail_start(m: Model, s: Space, i: int) -> None:
    """A task ended without reaching RUNNING: the start back-off grows."""
    w = s.world
    t = s.tasks[i]
    delay = backoff(w.row, m.backoff_first, m.backoff_cap)
    w.row += 1
    w.backoff_until = max(w.backoff_until, w.now + delay)
    uncount(m, s, i)
    note_failure(m, s, t.revision, True)
    bury(m, s, i)


def die(m: Model, s: Space, i: int, counts: bool) -> None:
    """A running task exits on its own: no drain, what it was doing is cut."""
    t = s.tasks[i]
    if t.cohort >= 0:
        cut = cut_requests(m, s, i, 0.0)
        leave(s, i)
        cut_now(m, s, cut)
    uncount(m, s, i)
    note_failure(m, s, t.revision, counts)
    bury(m, s, i)


def bury(m: Model, s: Space, i: int) -> None:
    """The task is gone: its bill is closed."""
    w = s.world
    t = s.tasks[i]
    w.task_seconds += bill(m, t.pulled, w.now)
    w.alive[t.revision] -= 1
    if t.state == STOPPING or t.state == DRAINING:
        w.draining[t.revision] -= 1
    t.state = GONE
    unlink(s, i)


def deregister(m: Model, s: Space, i: int) -> None:
    """A running task is told to stop: its target drains, late requests still arrive."""
    w = s.world
    t = s.tasks[i]
    uncount(m, s, i)
    t.state = DRAINING
    w.draining[t.revision] += 1
    u = uniform(w.k0, w.k1, DEREGISTRATION, t.entity, 0)
    t.late_end = (
        late_until(w.now, draw(m, D_DEREGISTRATION, u), m.delay) if t.cohort >= 0 else NEVER
    )
    t.drain_end = drain_end(w.now, m.delay)


def last_request(m: Model, s: Space, i: int) -> None:
    """A draining target receives no more: what it has must be done when the delay is over."""
    t = s.tasks[i]
    t.cut = cut_requests(m, s, i, t.drain_end - s.world.now)
    leave(s, i)
    t.late_end = NEVER


def terminate(m: Model, s: Space, i: int) -> None:
    """The delay is over: what is still open is cut, the task gets SIGTERM."""
    t = s.tasks[i]
    cut_now(m, s, t.cut)
    t.state = STOPPING
    t.stop_end = s.world.now + stop_seconds(t.shutdown, m.stop_timeout)


def failure_chance(m: Model, s: Space, i: int) -> float:
    """Chance that one check of an answering task fails."""
    t = s.tasks[i]
    error = release_error(m, s, t.stage, 1) if t.revision == NEW else 0.0
    return check_failure(error, m.error_seen != 0, m.too_slow[t.revision])


def check_passes(s: Space, i: int, at: float, number: int, chance: float) -> bool:
    """The result of one check."""
    w = s.world
    t = s.tasks[i]
    if not answers(at, t.boot_end, t.crash_at, t.never != 0):
        return False
    if chance <= 0.0:
        return True
    return chance < 1.0 and uniform(w.k0, w.k1, CHECK, t.entity, number) >= chance


def never_flips(s: Space, i: int, chance: float) -> bool:
    """Whether no check to come can change the health of this target as things stand."""
    t = s.tasks[i]
    if t.health == HEALTHY:
        return chance <= 0.0
    return t.health == UNHEALTHY and (t.never != 0 or chance >= 1.0)


def become_healthy(m: Model, s: Space, i: int) -> None:
    """The target passes: it receives traffic, the breaker's count starts anew."""
    w = s.world
    t = s.tasks[i]
    uncount(m, s, i)
    t.health = HEALTHY
    t.sick = 0
    t.grace_end = NEVER
    w.healthy[t.revision] += 1
    w.group_healthy[group_of(m, t.revision)] += 1
    if t.revision == NEW and w.target == NEW and w.phase == ROLLING_OUT:
        put_breaker(s, breaker_passed(breaker_of(m, s), m.reset_on_healthy != 0))
    if t.cohort < 0:
        join(m, s, i)


def become_unhealthy(m: Model, s: Space, i: int) -> None:
    """The target fails: no traffic but for fail-open, and ECS replaces it after its grace."""
    w = s.world
    t = s.tasks[i]
    uncount(m, s, i)
    t.health = UNHEALTHY
    w.starting[t.revision] += 1
    eligible = is_eligible(UNHEALTHY, w.open[group_of(m, t.revision)] != 0, m.open_initial != 0)
    if t.cohort >= 0 and not eligible:
        leave(s, i)
    elif t.cohort < 0 and eligible:
        join(m, s, i)
    if is_sick(t.health, w.now, t.running, m.grace):
        fall_sick(m, s, i)
    else:
        t.grace_end = t.running + m.grace


def fall_sick(m: Model, s: Space, i: int) -> None:
    """Unhealthy past its grace: the scheduler will replace this task."""
    w = s.world
    t = s.tasks[i]
    t.sick = 1
    t.grace_end = NEVER
    w.starting[t.revision] -= 1
    w.sick[t.revision] += 1
    if m.counts_detect != 0:
        note_failure(m, s, t.revision, True)
