"""Values of the state that more than one part of the engines needs."""

from simdeploy.draws import sample
from simdeploy.model.constants import T_REPAIR, T_STAIRS
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.cost import billed_seconds
from simdeploy.semantics.schema import NO_CHANGE, applied
from simdeploy.semantics.state import NEW, OLD, Breaker, Shape


def draw(m: ScenarioRecord, row: int, u: float) -> float:
    """A value of the distribution in ``row`` from a uniform."""
    d = m.distributions[row]
    return sample(int(d[0]), d[1], d[2], m.quantile_tables, int(d[3]), u)


def bill(m: ScenarioRecord, pulled: float, end: float) -> float:
    """Seconds billed for a task; old ones have long passed the minimum."""
    if pulled < 0.0:
        return billed_seconds(0.0, end, 0.0)
    return billed_seconds(pulled, end, m.billed_minimum)


def breaker_of(m: ScenarioRecord, s: RunState) -> Breaker:
    """The circuit breaker of this deployment."""
    w = s.world
    return Breaker(
        w.breaker_enabled != 0,
        w.breaker_stage,
        w.breaker_failures,
        m.breaker_threshold,
        w.breaker_tripped != 0,
    )


def put_breaker(s: RunState, breaker: Breaker) -> None:
    """Keep the breaker's new state."""
    w = s.world
    w.breaker_stage = breaker.stage
    w.breaker_failures = breaker.failures
    w.breaker_tripped = 1 if breaker.tripped else 0


def shape_of(s: RunState) -> Shape:
    """What the schema change has done so far."""
    w = s.world
    return Shape(
        w.schema_change, w.has_new_rows != 0, w.old_shape_gone != 0, w.schema_repaired != 0
    )


def put_shape(s: RunState, shape: Shape) -> None:
    """Keep what the schema change has done."""
    w = s.world
    w.has_new_rows = 1 if shape.new_rows else 0
    w.old_shape_gone = 1 if shape.old_gone else 0


def apply_schema(m: ScenarioRecord, s: RunState) -> None:
    """The release's schema change takes effect now, once."""
    w = s.world
    if w.schema_applied == 0 and w.schema_change != NO_CHANGE:
        w.schema_applied = 1
        put_shape(s, applied(shape_of(s)))
        w.timers[T_REPAIR] = w.now + m.releases[w.generation[NEW]].schema_repaired_after


def group_of(m: ScenarioRecord, revision: int) -> int:
    """Target group of a revision: its own where traffic is shifted, else the only one."""
    return revision if m.n_groups == 2 else 0


def flag_of(m: ScenarioRecord, s: RunState, revision: int) -> float:
    """Share of users for whom a revision's code is turned on; all where there is no flag."""
    if m.has_flag == 0 or revision == OLD:
        return 1.0
    return float(m.flag_shares[s.world.flag_level])


def pace_of(m: ScenarioRecord, s: RunState, revision: int, cold: int) -> int:
    """Which tables tell how fast a target serves."""
    level = s.world.flag_level if revision == NEW else m.full_flag_level
    return int(m.releases[s.world.generation[revision]].pace[level][cold])


def is_bad(m: ScenarioRecord, s: RunState, revision: int) -> bool:
    """Whether something is wrong with a revision."""
    return bool(m.releases[s.world.generation[revision]].is_bad != 0)


def is_blind(m: ScenarioRecord, s: RunState, revision: int) -> bool:
    """Whether nobody checks the targets of a revision, so that all that run count as healthy."""
    w = s.world
    return w.health_signal_missing != 0 or (
        revision == NEW and m.checks_wait_for_shift != 0 and w.new_group_checked == 0
    )


def begin_stairs(m: ScenarioRecord, s: RunState, since: int) -> None:
    """Errors of the new revision that count from now begin to climb."""
    w = s.world
    f = m.releases[w.generation[NEW]]
    if f.n_error_steps[since] > 0:
        at = m.releases[w.generation[NEW]].error_steps[since][0].at
        w.timers[T_STAIRS + 2 * (since - 1) + NEW] = w.now + at


def climb_together(m: ScenarioRecord, s: RunState, since: int, revision: int) -> None:
    """One stair up for all tasks of a revision, where errors do not count from their start."""
    w = s.world
    g = w.generation[revision]
    k = w.error_step[revision][since - 1] + 1
    w.error_step[revision][since - 1] = k
    rung = m.releases[g].error_steps[since]
    if k < m.releases[g].n_error_steps[since]:
        place = T_STAIRS + 2 * (since - 1) + revision
        w.timers[place] = w.now + (rung[k].at - rung[k - 1].at)
