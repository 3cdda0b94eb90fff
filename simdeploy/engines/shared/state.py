"""Values of the state that more than one part of the engines needs."""

from simdeploy.draws import sample
from simdeploy.engines.shared.layout import T_REPAIR, Model, Space
from simdeploy.semantics.cost import billed_seconds
from simdeploy.semantics.schema import applied
from simdeploy.semantics.state import Breaker, Shape


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


def shape_of(m: Model, s: Space) -> Shape:
    """What the schema change has done so far."""
    w = s.world
    return Shape(m.change, w.new_rows != 0, w.old_gone != 0, w.repaired != 0)


def apply_schema(m: Model, s: Space) -> None:
    """The release's schema change takes effect now, once."""
    w = s.world
    if w.is_applied == 0 and m.change != 0:
        w.is_applied = 1
        shape = applied(Shape(m.change, w.new_rows != 0, w.old_gone != 0, w.repaired != 0))
        w.new_rows = 1 if shape.new_rows else 0
        w.old_gone = 1 if shape.old_gone else 0
        w.timers[T_REPAIR] = w.now + m.repaired_after


def group_of(m: Model, revision: int) -> int:
    """Target group of a revision: its own where traffic is shifted, else the only one."""
    return revision if m.groups == 2 else 0
