"""Timers with drawn delays."""

from simdeploy.draws import uniform
from simdeploy.model.accessors import draw
from simdeploy.model.fields.types import RunState, ScenarioRecord


def start_timer(
    m: ScenarioRecord, s: RunState, timer: int, row: int, purpose: int, entity: int, n: int
) -> None:
    """Start a timer with a delay of a distribution row, from the draw (purpose, entity, n)."""
    w = s.world
    w.timers[timer] = w.now + draw(m, row, uniform(w.key0, w.key1, purpose, entity, n))
