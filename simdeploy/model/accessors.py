"""Values of the state that several modules of the model read and write."""

from simdeploy.draws import CONSTANT, sample, uniform
from simdeploy.model import timers
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.alarms import counts_answers
from simdeploy.semantics.cost import billed_seconds
from simdeploy.semantics.schema import NO_CHANGE, after_apply
from simdeploy.semantics.state import NEW, OLD, Breaker, Shape


def draw(m: ScenarioRecord, row: int, u: float) -> float:
    """Sample the distribution in ``row`` at the uniform number ``u``."""
    d = m.distributions[row]
    return sample(int(d[0]), d[1], d[2], m.quantile_tables, int(d[3]), u)


def is_constant(m: ScenarioRecord, row: int) -> bool:
    """Whether the distribution in ``row`` has a single value, for which nothing is drawn."""
    return int(m.distributions[row][0]) == CONSTANT


def drawn(m: ScenarioRecord, s: RunState, row: int, purpose: int, entity: int, n: int) -> float:
    """Sample the distribution in ``row`` at the draw (purpose, entity, n), if it takes one."""
    if is_constant(m, row):
        return float(m.distributions[row][1])
    w = s.world
    return draw(m, row, uniform(w.key0, w.key1, purpose, entity, n))


def start_timer(
    m: ScenarioRecord, s: RunState, timer: int, row: int, purpose: int, entity: int, n: int
) -> None:
    """Start a timer with a delay of a distribution row, from the draw (purpose, entity, n)."""
    w = s.world
    w.timers[timer] = w.now + drawn(m, s, row, purpose, entity, n)


def bill(m: ScenarioRecord, pulled: float, end: float) -> float:
    """Seconds billed for a task from its pull to ``end``; from 0 if it began before the command."""
    if pulled < 0.0:
        return billed_seconds(0.0, end, 0.0)
    return billed_seconds(pulled, end, m.billed_minimum)


def get_breaker(m: ScenarioRecord, s: RunState) -> Breaker:
    """Read the circuit breaker of this deployment."""
    w = s.world
    return Breaker(
        w.breaker_enabled != 0,
        w.breaker_stage,
        w.breaker_failures,
        m.breaker_threshold,
        w.breaker_tripped != 0,
    )


def set_breaker(s: RunState, breaker: Breaker) -> None:
    """Write the circuit breaker's state."""
    w = s.world
    w.breaker_stage = breaker.stage
    w.breaker_failures = breaker.failures
    w.breaker_tripped = 1 if breaker.tripped else 0


def get_shape(s: RunState) -> Shape:
    """Read what the schema change has done so far."""
    w = s.world
    return Shape(
        w.schema_change, w.has_new_rows != 0, w.old_shape_gone != 0, w.schema_repaired != 0
    )


def set_shape(s: RunState, shape: Shape) -> None:
    """Write what the schema change has done."""
    w = s.world
    w.has_new_rows = 1 if shape.new_rows else 0
    w.old_shape_gone = 1 if shape.old_gone else 0


def apply_schema(m: ScenarioRecord, s: RunState) -> None:
    """Apply the release's schema change, at most once, and set when its damage is repaired."""
    w = s.world
    if w.schema_applied == 0 and w.schema_change != NO_CHANGE:
        w.schema_applied = 1
        set_shape(s, after_apply(get_shape(s)))
        w.timers[timers.REPAIR] = w.now + m.releases[w.generation[NEW]].schema_repaired_after


def watches_tasks(m: ScenarioRecord) -> bool:
    """Whether an alarm goes by what the tasks are doing, not only by answers."""
    watches = False
    for k in range(m.n_alarms):
        watches = watches or not counts_answers(m.alarms[k].metric)
    return watches


def target_group(m: ScenarioRecord, revision: int) -> int:
    """Index of a revision's target group: its own where traffic is shifted, else 0."""
    return revision if m.n_groups == 2 else 0


def flag_share(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Share of users for whom the feature flag turns a revision's code on; 1 without a flag."""
    if m.has_flag == 0 or revision == OLD:
        return 1.0
    return float(m.flag_shares[s.world.flag_level])


def pace_index(m: ScenarioRecord, s: RunState, revision: int, cold: int) -> int:
    """Index of the tables of capacity and latency for a target, warm or cold."""
    level = s.world.flag_level if revision == NEW else m.full_flag_level
    return int(m.releases[s.world.generation[revision]].pace[level][cold])


def is_bad(m: ScenarioRecord, s: RunState, revision: int) -> bool:
    """Whether the release of a revision counts as bad."""
    return bool(m.releases[s.world.generation[revision]].is_bad != 0)


def is_unchecked(m: ScenarioRecord, s: RunState, revision: int) -> bool:
    """Whether ECS gets no check results for a revision: all its running tasks count as healthy.

    Fact: ecs-health-signal-missing.
    """
    w = s.world
    return w.health_signal_missing != 0 or (
        revision == NEW and m.checks_wait_for_shift != 0 and w.new_group_checked == 0
    )


def start_error_ramp(m: ScenarioRecord, s: RunState, since: int) -> None:
    """Start the new revision's error ramp that counts from this instant."""
    w = s.world
    f = m.releases[w.generation[NEW]]
    if f.n_error_steps[since] > 0:
        w.timers[timers.STAIRS + 2 * (since - 1) + NEW] = w.now + f.error_steps[since][0].at


def raise_release_errors(m: ScenarioRecord, s: RunState, since: int, revision: int) -> None:
    """Reach the next step of an error ramp that all tasks of a revision share."""
    w = s.world
    g = w.generation[revision]
    k = w.error_step[revision][since - 1] + 1
    w.error_step[revision][since - 1] = k
    steps = m.releases[g].error_steps[since]
    if k < m.releases[g].n_error_steps[since]:
        timer = timers.STAIRS + 2 * (since - 1) + revision
        w.timers[timer] = w.now + (steps[k].at - steps[k - 1].at)


def kind_of(s: RunState, k: int) -> int:
    """Return what a cohort's targets are, packed into one number below `KINDS`."""
    c = s.cohorts[k]
    flags = c.revision + 2 * c.group + 4 * c.is_answering + 8 * c.is_hung + 16 * c.is_cold
    return int(32 * c.ramp + flags)


def is_free(s: RunState, k: int) -> bool:
    """Whether no target is in cohort ``k``."""
    return bool(k >= s.world.n_cohorts or s.cohorts[k].n_targets == 0)


def are_alike(s: RunState, j: int, k: int) -> bool:
    """Whether the targets of two cohorts differ in nothing but their backlogs."""
    return kind_of(s, j) == kind_of(s, k)
