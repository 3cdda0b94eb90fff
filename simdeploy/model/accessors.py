"""Values of the state that more than one part of the engines needs."""

from simdeploy.draws import sample
from simdeploy.model.constants import T_REPAIR, T_STAIRS, Model, Space
from simdeploy.semantics.cost import billed_seconds
from simdeploy.semantics.schema import NO_CHANGE, applied
from simdeploy.semantics.state import NEW, OLD, Breaker, Shape


def draw(m: Model, row: int, u: float) -> float:
    """A value of the distribution in ``row`` from a uniform."""
    d = m.dists[row]
    return sample(int(d[0]), d[1], d[2], m.quantiles, int(d[3]), u)


def bill(m: Model, pulled: float, end: float) -> float:
    """Seconds billed for a task; old ones have long passed the minimum."""
    if pulled < 0.0:
        return billed_seconds(0.0, end, 0.0)
    return billed_seconds(pulled, end, m.billed_minimum)


def breaker_of(m: Model, s: Space) -> Breaker:
    """The circuit breaker of this deployment."""
    w = s.world
    return Breaker(w.b_enabled != 0, w.b_stage, w.b_failures, m.threshold, w.b_tripped != 0)


def put_breaker(s: Space, breaker: Breaker) -> None:
    """Keep the breaker's new state."""
    w = s.world
    w.b_stage = breaker.stage
    w.b_failures = breaker.failures
    w.b_tripped = 1 if breaker.tripped else 0


def shape_of(s: Space) -> Shape:
    """What the schema change has done so far."""
    w = s.world
    return Shape(w.change, w.new_rows != 0, w.old_gone != 0, w.repaired != 0)


def put_shape(s: Space, shape: Shape) -> None:
    """Keep what the schema change has done."""
    w = s.world
    w.new_rows = 1 if shape.new_rows else 0
    w.old_gone = 1 if shape.old_gone else 0


def apply_schema(m: Model, s: Space) -> None:
    """The release's schema change takes effect now, once."""
    w = s.world
    if w.is_applied == 0 and w.change != NO_CHANGE:
        w.is_applied = 1
        put_shape(s, applied(shape_of(s)))
        w.timers[T_REPAIR] = w.now + m.release[w.generation[NEW]].repaired_after


def group_of(m: Model, revision: int) -> int:
    """Target group of a revision: its own where traffic is shifted, else the only one."""
    return revision if m.groups == 2 else 0


def flag_of(m: Model, s: Space, revision: int) -> float:
    """Share of users for whom a revision's code is turned on; all where there is no flag."""
    if m.flagged == 0 or revision == OLD:
        return 1.0
    return float(m.flag_share[s.world.flag_level])


def pace_of(m: Model, s: Space, revision: int, cold: int) -> int:
    """Which tables tell how fast a target serves."""
    level = s.world.flag_level if revision == NEW else m.flag_full
    return int(m.release[s.world.generation[revision]].pace[level][cold])


def is_bad(m: Model, s: Space, revision: int) -> bool:
    """Whether something is wrong with a revision."""
    return bool(m.release[s.world.generation[revision]].bad != 0)


def is_blind(m: Model, s: Space, revision: int) -> bool:
    """Whether nobody checks the targets of a revision, so that all that run count as healthy."""
    w = s.world
    return w.blind != 0 or (revision == NEW and m.unlistened != 0 and w.checked == 0)


def begin_stairs(m: Model, s: Space, since: int) -> None:
    """Errors of the new revision that count from now begin to climb."""
    w = s.world
    f = m.release[w.generation[NEW]]
    if f.rungs[since] > 0:
        at = m.release[w.generation[NEW]].rung[since][0].at
        w.timers[T_STAIRS + 2 * (since - 1) + NEW] = w.now + at


def climb_together(m: Model, s: Space, since: int, revision: int) -> None:
    """One stair up for all tasks of a revision, where errors do not count from their start."""
    w = s.world
    g = w.generation[revision]
    k = w.stair[revision][since - 1] + 1
    w.stair[revision][since - 1] = k
    rung = m.release[g].rung[since]
    if k < m.release[g].rungs[since]:
        place = T_STAIRS + 2 * (since - 1) + revision
        w.timers[place] = w.now + (rung[k].at - rung[k - 1].at)
