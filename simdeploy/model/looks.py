"""The looks of the ECS scheduler in a run, and what waits for them.

A look is an instant only where something waits for it, so both engines ask when the look will be
at the moment at which the waiting begins.
"""

from simdeploy.draws import COMMAND, LOOK, LOOKS_BEFORE, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import drawn
from simdeploy.model.constants import LOOKS_KEPT, NO_LOOK
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.looks import earliest_look, look_offset, look_time
from simdeploy.semantics.state import NEVER


def look_at(m: ScenarioRecord, s: RunState, number: int) -> float:
    """Time of a look by its number; 0 is the first act of the run's first deployment.

    The times of the latest looks are kept: the same few are asked for again and again.
    """
    w = s.world
    place = number & (LOOKS_KEPT - 1)
    if w.looks_anchor != w.first_act_at:
        forget_looks(s)
    if w.look_numbers[place] == number:
        return float(w.look_times[place])
    offset = 0.0
    if m.look_jitter > 0.0:
        u = uniform(w.key0, w.key1, LOOK, LOOKS_BEFORE + number, 0)
        offset = look_offset(number, m.look_jitter, u)
    at = look_time(w.first_act_at, m.scheduler_tick, number, offset)
    w.look_numbers[place] = number
    w.look_times[place] = at
    return at


def forget_looks(s: RunState) -> None:
    """Keep the times of looks of the present grid from now on, and no others."""
    w = s.world
    w.looks_anchor = w.first_act_at
    for place in range(LOOKS_KEPT):
        w.look_numbers[place] = NO_LOOK


def look_number(m: ScenarioRecord, s: RunState, t: float) -> int:
    """Number of the first look at or after ``t``."""
    w = s.world
    if is_found(s, t):
        return int(w.look_found)
    number = earliest_look(w.first_act_at, m.scheduler_tick, m.look_jitter, t)
    at = look_at(m, s, number)
    while at < t:
        number += 1
        at = look_at(m, s, number)
    if t == w.now:
        w.look_asked = t
        w.look_found = number
        w.look_found_at = at
    return number


def is_found(s: RunState, t: float) -> bool:
    """Whether the first look at or after ``t`` is that found last, at or after an earlier time."""
    w = s.world
    return bool(w.look_asked <= t <= w.look_found_at and w.looks_anchor == w.first_act_at)


def look_from(m: ScenarioRecord, s: RunState, t: float) -> float:
    """Time of the first look at or after ``t``; ``t`` itself where nothing waits for looks."""
    if m.scheduler_tick <= 0.0 or t == NEVER:
        return t
    if is_found(s, t):
        return float(s.world.look_found_at)
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
    return drawn(m, s, delays.COMMAND, COMMAND, number, ordinal)
