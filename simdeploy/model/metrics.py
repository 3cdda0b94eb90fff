"""Metrics of a run: integrals, extremes, onset and end of harm, cost, verdict."""

from simdeploy.model import sums, timers
from simdeploy.model.accessors import (
    apply_schema,
    bill,
    flag_share,
    get_shape,
    is_bad,
    start_error_ramp,
)
from simdeploy.model.capacities import group_capacity, revision_capacities
from simdeploy.model.constants import DEAD, DRILL, DRILL_LATE
from simdeploy.model.counting import (
    baseline_count,
    baseline_failures,
    failures_of,
    part_of_count,
    scaled_to_count,
    write_counts,
)
from simdeploy.model.fields.types import Result, RunState, ScenarioRecord
from simdeploy.model.latency import p99
from simdeploy.model.queues import advance_queues
from simdeploy.model.websockets import churn_websockets
from simdeploy.semantics.alarms import good_part
from simdeploy.semantics.cost import dollars
from simdeploy.semantics.faults import AT_FULL_TRAFFIC
from simdeploy.semantics.metrics import (
    HARM,
    TRACE,
    carries_load,
    headroom,
    is_harm,
    is_onset,
    or_undefined,
    over_at,
    verdict,
    without_dust,
)
from simdeploy.semantics.numeric import exceeds
from simdeploy.semantics.plan import AT_REST, FROZEN, ROLLING_OUT, outcome
from simdeploy.semantics.routing import group_share
from simdeploy.semantics.schema import FULL_TRAFFIC, unreadable_share
from simdeploy.semantics.state import NEVER, NEW, OLD


def failed_requests(s: RunState) -> float:
    """Return the requests failed since the command."""
    x = s.world.sums
    return (
        x[sums.NO_TARGET]
        + x[sums.REFUSED]
        + x[sums.APP]
        + x[sums.OVERLOAD]
        + x[sums.SCHEMA]
        + x[sums.CUT]
    )


def record_decision(s: RunState) -> None:
    """Record the first decision to roll back, and the requests that it failed by then."""
    w = s.world
    if w.decision_at == NEVER:
        w.decision_at = w.now
        w.failed_at_decision = failed_requests(s) - w.sums[sums.BASELINE_FAILED]


def record_full_traffic(m: ScenarioRecord, s: RunState) -> bool:
    """Record the first instant with all traffic on the new revision; return whether it is now."""
    w = s.world
    if w.full_traffic_at < NEVER or w.rollback_reason != 0:
        return False
    if w.phase != ROLLING_OUT and w.phase != AT_REST:
        return False
    if w.new_code_rate <= 0.0 or w.rate_to_old > 0.0:
        return False
    if w.new_code_rate < w.offered_rate * (1.0 - TRACE):
        return False
    w.full_traffic_at = w.now
    if m.releases[w.generation[NEW]].schema_applied == FULL_TRAFFIC:
        apply_schema(m, s)
    start_error_ramp(m, s, AT_FULL_TRAFFIC)
    if w.variant == DRILL and w.generation[NEW] == m.n_releases:
        w.timers[timers.DRILL] = w.now + m.drill_after
    return True


def update_measures(m: ScenarioRecord, s: RunState) -> None:
    """Update extremes, the onset of harm, whether users are hurt, and the end of a rollback."""
    w = s.world
    count_tasks(m, s)
    old, new = revision_capacities(m, s)
    w.min_headroom = min(w.min_headroom, headroom_with(m, s, old, new))
    note_harm(s, harm_now(m, s))
    note_old_serves(m, s, old, new)


def count_tasks(m: ScenarioRecord, s: RunState) -> None:
    """Update the extremes of tasks, and record when all of them are healthy."""
    w = s.world
    w.min_healthy = min(w.min_healthy, w.healthy[OLD] + w.healthy[NEW])
    w.peak_tasks = max(w.peak_tasks, w.alive[OLD] + w.alive[NEW])
    record_all_healthy(m, s)


def least_headroom(m: ScenarioRecord, s: RunState) -> float:
    """Return the least ratio of capacity to offered rate of groups that receive traffic."""
    old, new = revision_capacities(m, s)
    return headroom_with(m, s, old, new)


def headroom_with(m: ScenarioRecord, s: RunState, old: float, new: float) -> float:
    """Return what `least_headroom` does, with the capacities of both revisions."""
    w = s.world
    least = NEVER
    for g in range(m.n_groups):
        share = group_share(w.new_weight, g, m.n_groups)
        if share > 0.0:
            least = min(least, headroom(group_capacity(m, g, old, new), w.offered_rate * share))
    return least


def record_old_serves(m: ScenarioRecord, s: RunState) -> None:
    """Record when, after a decision to roll back, the old revision carries the load again."""
    if s.world.decision_at < NEVER:
        old, new = revision_capacities(m, s)
        note_old_serves(m, s, old, new)


def note_old_serves(m: ScenarioRecord, s: RunState, old: float, new: float) -> None:
    """Do what `record_old_serves` does, with the capacities of both revisions."""
    w = s.world
    if w.decision_at < NEVER and w.old_serves_at == NEVER and w.new_code_rate == 0.0:
        capacity = old + new if m.has_flag != 0 else old
        if carries_load(capacity, w.offered_rate, w.capacity_at_command):
            w.old_serves_at = w.now


def harm_now(m: ScenarioRecord, s: RunState) -> tuple[bool, bool, bool]:
    """Return whether harm has begun, and whether there is harm and whether users are hurt now.

    Users are hurt where a revision that gives wrong answers serves, not where a bad one does.
    """
    w = s.world
    wrong = (w.new_code_rate > 0.0 and m.releases[w.generation[NEW]].is_silent != 0) or (
        w.rate_to_old > 0.0 and m.releases[w.generation[OLD]].is_silent != 0
    )
    failing, usual = w.failing_share, w.baseline_failing_share
    slow, usual_slow = w.slow_share, w.baseline_slow_share
    return (
        is_onset(failing, usual, slow, usual_slow, wrong),
        is_harm(failing, usual, slow, usual_slow, w.exposed_rate > 0.0),
        is_harm(failing, usual, slow, usual_slow, wrong),
    )


def note_harm(s: RunState, harm: tuple[bool, bool, bool]) -> None:
    """Update the onset of harm, and whether users are hurt or meet a bad revision."""
    w = s.world
    begins, harming, hurting = harm
    if begins:
        w.onset_at = min(w.onset_at, w.now)
        w.user_onset_at = min(w.user_onset_at, w.now)
    w.is_harming = 1 if harming else 0
    w.is_hurting = 1 if hurting else 0


def record_all_healthy(m: ScenarioRecord, s: RunState) -> None:
    """Record when all tasks desired of the target revision are first healthy."""
    w = s.world
    if w.all_healthy_of != w.target:
        w.all_healthy_of = w.target
        w.all_healthy_at = NEVER
    if w.all_healthy_at == NEVER and w.healthy[w.target] >= m.desired_count:
        w.all_healthy_at = w.now


def record_baseline_point(s: RunState) -> None:
    """Append a point to the baseline where its failing or slow share has changed."""
    w = s.world
    k = w.n_points
    if k > 0:
        last = s.points[k - 1]
        if last.failing_share == w.failing_share and last.slow_share == w.slow_share:
            return
        if last.at == w.now:
            k -= 1
    if k + 1 >= w.point_room:
        w.out_of_room = 1
        return
    s.points[k].at = w.now
    s.points[k].failing_share = w.failing_share
    s.points[k].slow_share = w.slow_share
    s.points[k + 1].at = NEVER
    w.n_points = k + 1


def billed_task_seconds(m: ScenarioRecord, s: RunState) -> float:
    """Return the task-seconds billed until now, living tasks included."""
    w = s.world
    total = w.task_seconds
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.pull_at < w.now and t.state != DEAD:
            total += bill(m, t.pull_at, w.now)
        i = t.next_task
    return float(total)


def save_baseline(m: ScenarioRecord, s: RunState) -> None:
    """Save cost, failed and slow requests of the finished baseline."""
    w = s.world
    w.baseline_cost = dollars(billed_task_seconds(m, s), m.task_hour_usd)
    for i in range(sums.COUNT):
        w.baseline_sums[i] = w.sums[i]


def write_result(m: ScenarioRecord, s: RunState, out: Result) -> None:
    """Write all metrics of a finished run; what is but rounding is exactly 0."""
    w = s.world
    x = w.sums
    write_counts(m, s, out)
    requests = out.requests
    downtime = scaled_to_count(x[sums.DOWNTIME], failed_requests(s), out.failed_requests)
    out.downtime_s = without_dust(downtime, m.horizon)
    out.outage_s = without_dust(x[sums.OUTAGE], m.horizon)
    out.degraded_s = without_dust(x[sums.DEGRADED], m.horizon)
    out.slow_s = without_dust(x[sums.SLOW_SECONDS], m.horizon)
    out.p99_latency_s = p99(m, s)
    out.bad_s = without_dust(x[sums.BAD_SECONDS], m.horizon)
    out.exposed_requests = without_dust(x[sums.EXPOSED], requests)
    out.cut_websockets = without_dust(w.websockets_cut, m.websockets)
    out.mixed_s = without_dust(x[sums.MIXED], m.horizon)
    out.both_alive_s = without_dust(x[sums.BOTH_ALIVE], m.horizon)
    out.incompatible_writes = without_dust(unreadable_rows(s), requests)
    out.side_effects_left = without_dust(x[sums.SIDE_EFFECTS], requests)
    out.min_headroom = w.min_headroom
    out.min_healthy_tasks = w.min_healthy
    out.peak_tasks = w.peak_tasks
    out.failed_tasks = w.failed_tasks
    out.task_seconds_old = x[sums.OLD_TASK_SECONDS]
    out.task_seconds_new = x[sums.NEW_TASK_SECONDS]
    out.new_answers = without_dust(x[sums.NEW_ANSWERS], requests)
    cost = dollars(billed_task_seconds(m, s), m.task_hour_usd)
    out.cost_usd = cost
    out.extra_cost_usd = without_dust(cost - w.baseline_cost, cost)
    write_caused(m, s, out)
    write_times_and_verdict(m, s, out)


def write_caused(m: ScenarioRecord, s: RunState, out: Result) -> None:
    """Write the harm beyond that without a deployment, on the same luck."""
    w = s.world
    failed = out.failed_requests
    usual = baseline_failures(m, s)
    usual_mean = failures_of(w.baseline_sums)
    caused = without_dust(failed - usual, failed)
    mean = failed_requests(s) - usual_mean
    decided = w.decision_at < NEVER
    before = part_of_count(w.failed_at_decision, mean, caused) if decided else caused
    out.failed_before_decision = without_dust(before, failed)
    out.failed_after_decision = without_dust(caused - out.failed_before_decision, failed)
    out.failed_caused = caused
    slow = out.slow_requests
    out.slow_caused = without_dust(slow - baseline_count(m, s, sums.SLOW, 6), slow)
    downtime = scaled_to_count(w.baseline_sums[sums.DOWNTIME], usual_mean, usual)
    out.downtime_caused = without_dust(out.downtime_s - downtime, m.horizon)


def write_times_and_verdict(m: ScenarioRecord, s: RunState, out: Result) -> None:
    """Write verdict, outcome, and the times that are NaN where nothing happened."""
    w = s.world
    decided = w.decision_at < NEVER
    hurt = w.onset_at < NEVER
    bad = is_bad(m, s, NEW) or is_bad(m, s, OLD)
    out.deployment_s = w.rest_at - w.command_at
    out.all_healthy_s = w.all_healthy_at - w.command_at
    out.full_traffic_s = or_undefined(
        w.full_traffic_at - w.command_at, w.full_traffic_at < NEVER or w.rollback_reason == 0
    )
    out.latent_s = or_undefined(
        without_dust(w.latent_seconds, m.horizon), w.sums[sums.BAD_SECONDS] > 0.0
    )
    out.decision_s = or_undefined(w.decision_at - w.command_at, decided or bad)
    late = max(0.0, w.decision_at - w.onset_at) if hurt else NEVER
    out.detect_s = or_undefined(without_dust(late, m.horizon), hurt and (decided or bad))
    back = w.old_serves_at - w.decision_at if decided else NEVER
    out.rollback_s = or_undefined(without_dust(back, m.horizon), decided)
    over = NEVER if w.is_harming != 0 else max(0.0, w.last_harm_at - w.onset_at)
    out.recover_s = or_undefined(without_dust(over, m.horizon), hurt)
    out.user_onset_s = or_undefined(w.user_onset_at - w.command_at, w.user_onset_at < NEVER)
    out.over_s = over_at(w.rest_at, w.last_hurt_at, w.is_hurting != 0) - w.command_at
    harmed = exceeds(w.failing_share - w.baseline_failing_share, HARM)
    out.verdict = verdict(bad, w.rollback_reason != 0, live_share(m, s, bad), harmed)
    out.signal = w.rollback_reason
    out.hurts_at_end = w.is_hurting
    phase = FROZEN if w.is_overdue != 0 else w.phase
    out.outcome = outcome(phase, w.rollback_reason != 0, w.is_stuck != 0)


def live_share(m: ScenarioRecord, s: RunState, bad: bool) -> float:
    """Return the share of arrivals now on bad code, or else on the last release of the chain.

    Without arrivals it is 1 where the new revision would receive them, else 0.
    """
    w = s.world
    if w.offered_rate > 0.0:
        rate = w.exposed_rate if bad else w.new_code_rate
        return rate / w.offered_rate if bad or w.generation[NEW] == m.n_releases else 0.0
    return 1.0 if w.target == NEW and flag_share(m, s, NEW) >= 1.0 else 0.0


def unreadable_rows(s: RunState) -> float:
    """Return the rows that the revision serving now cannot read."""
    w = s.world
    reader = NEW if w.rate_to_new > w.rate_to_old else OLD
    shape = get_shape(s)
    by_old = w.sums[sums.WRITES_OLD] * unreadable_share(shape, OLD, reader, 1.0)
    return float(by_old + w.sums[sums.WRITES_NEW] * unreadable_share(shape, NEW, reader, 1.0))


def integrate(m: ScenarioRecord, s: RunState, until: float) -> None:
    """Integrate all rates, which are constant, from now to ``until``."""
    dt = until - s.world.now
    if dt <= 0.0:
        return
    add_up(m, s, dt)
    churn_websockets(m, s, dt)
    advance_queues(m, s, until)
    pass_time(s, until)


def add_up(m: ScenarioRecord, s: RunState, dt: float) -> None:
    """Add to the sums, and to the counts of alarms, what comes in ``dt`` seconds."""
    w = s.world
    x = w.sums
    rates = w.rates
    for i in range(sums.COUNT):
        x[i] += dt * rates[i]
    for k in range(m.n_alarms):
        a = w.alarms[k]
        if a.activity == 2:
            a.bad += dt * a.bad_rate
            a.good += dt * good_part(m.alarms[k].metric, a.bad_rate, a.all_rate)


def pass_time(s: RunState, until: float) -> None:
    """Let it be ``until``; note until when there was harm, and for how long none had begun."""
    w = s.world
    if w.is_harming != 0:
        w.last_harm_at = until
    if w.is_hurting != 0:
        w.last_hurt_at = until
    if w.onset_at == NEVER:
        w.latent_seconds += (until - w.now) * w.rates[sums.BAD_SECONDS]
    w.now = until


def start_late_drill(s: RunState) -> None:
    """Set the timer of the late drill's rollback to the end of the deployment."""
    w = s.world
    if w.variant == DRILL_LATE and w.phase == AT_REST and w.rollback_reason == 0:
        w.timers[timers.DRILL] = w.now
