"""The looks of the ECS scheduler in a run, and what waits for them.

A look is an instant only where something waits for it, so both engines ask when the look will be
at the moment at which the waiting begins.
"""

from simdeploy.draws import COMMAND, LOOK, LOOKS_BEFORE, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import draw
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.looks import earliest_look, look_offset, look_time
from simdeploy.semantics.state import NEVER


def look_at(m: ScenarioRecord, s: RunState, number: int) -> float:
    """Time of a look by its number; 0 is the first act of the run's first deployment."""
    w = s.world
    offset = 0.0
    if m.look_jitter > 0.0:
        u = uniform(w.key0, w.key1, LOOK, LOOKS_BEFORE + number, 0)
        offset = look_offset(number, m.look_jitter, u)
    return look_time(w.first_act_at, m.scheduler_tick, number, offset)


def look_number(m: ScenarioRecord, s: RunState, t: float) -> int:
    """Number of the first look at or after ``t``."""
    number = earliest_look(s.world.first_act_at, m.scheduler_tick, m.look_jitter, t)
    while look_at(m, s, number) < t:
        number += 1
    return number


def look_from(m: ScenarioRecord, s: RunState, t: float) -> float:
    """Time of the first look at or after ``t``; ``t`` itself where nothing waits for looks."""
    if m.scheduler_tick <= 0.0 or t == NEVER:
        return t
    return look_at(m, s, look_number(m, s, t))


def look_after(m: ScenarioRecord, s: RunState, t: float) -> float:
    """Time of the first look after ``t``; ``t`` itself where nothing waits for looks."""
    if m.scheduler_tick <= 0.0 or t == NEVER:
        return t
    number = look_number(m, s, t)
    at = look_at(m, s, number)
    return at if at > t else look_at(m, s, number + 1)


def step_from(m: ScenarioRecord, s: RunState, t: float) -> float:
    """When ECS takes a step that is due at ``t``: at a look, or at once if only orders wait."""
    return look_from(m, s, t) if m.steps_at_looks != 0 else t


def step_after(m: ScenarioRecord, s: RunState, t: float) -> float:
    """When ECS takes a step that follows an order of ``t``: at the look after it, or at once."""
    return look_after(m, s, t) if m.steps_at_looks != 0 else t


def draw_command(m: ScenarioRecord, s: RunState, number: int, ordinal: int) -> float:
    """Seconds from command ``number`` of the run to ECS's first act (ecs-command)."""
    w = s.world
    return draw(m, delays.COMMAND, uniform(w.key0, w.key1, COMMAND, number, ordinal))
