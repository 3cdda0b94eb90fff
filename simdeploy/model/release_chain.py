"""A chain of releases: one deployment after the other, as long as they go well."""

from typing import Any

from simdeploy.model.accessors import apply_schema, begin_stairs
from simdeploy.model.constants import T_FLAG, T_SILENT, T_STAIRS, T_WEIGHT, Model, Space
from simdeploy.semantics.faults import AT_COMMAND
from simdeploy.semantics.plan import AT_REST, ROLLING_OUT
from simdeploy.semantics.schema import BEFORE_COMMAND, EXPAND, MIGRATE, effective
from simdeploy.semantics.state import NEVER, NEW, OLD


def goes_on(m: Model, s: Space) -> bool:
    """Whether the next release of a chain begins: the last one is live, and nothing is left.

    Nobody goes on who has decided to go back.
    """
    w = s.world
    if w.phase != AT_REST or w.undone != 0 or w.target != NEW or w.decision < NEVER:
        return False
    if w.timers[T_FLAG] < NEVER or w.timers[T_WEIGHT] < NEVER:
        return False
    return w.generation[NEW] < m.releases and w.alive[OLD] == 0


def next_release(m: Model, s: Space) -> None:
    """What was new is old from now on; clock, rows and counts carry over."""
    w = s.world
    change = m.release[w.generation[NEW]].change
    if change == EXPAND:
        w.migrated |= 1
    elif change == MIGRATE:
        w.migrated |= 2
    grow_old(m, s)
    command(m, s, w.generation[NEW] + 1)


def grow_old(m: Model, s: Space) -> None:
    """Every new task is an old one from now on, its target group the old one's."""
    w = s.world
    i = w.head
    while i >= 0:
        s.tasks[i].revision = OLD
        i = s.tasks[i].next
    for k in range(w.cohorts):
        s.cohorts[k].revision = OLD
        s.cohorts[k].group = 0
    w.generation[OLD] = w.generation[NEW]
    w.attempts[OLD] = w.attempts[NEW]
    pass_on(w.starting)
    pass_on(w.unproven)
    pass_on(w.healthy)
    pass_on(w.sick)
    pass_on(w.draining)
    pass_on(w.alive)
    pass_on(w.connected)
    for k in range(2):
        w.stair[OLD][k] = w.stair[NEW][k]
        w.timers[T_STAIRS + 2 * k + OLD] = w.timers[T_STAIRS + 2 * k + NEW]
        w.timers[T_STAIRS + 2 * k + NEW] = NEVER
    if m.groups == 2:
        pass_on(w.group_healthy)
        pass_on(w.eligible)
        pass_on(w.open)
        for k in range(w.eras):
            pass_on(s.eras[k].per_unit)
    for k in range(w.eras):
        s.eras[k].sound[OLD] = s.eras[k].sound[NEW]


def pass_on(counts: Any) -> None:
    """What the new revision had, the old one has."""
    counts[OLD] += counts[NEW]
    counts[NEW] = 0


def command(m: Model, s: Space, generation: int) -> None:
    """A deployment begins: plan, controller, breaker and watchers as at its command."""
    w = s.world
    w.generation[NEW] = generation
    w.command = w.now
    w.attempts[NEW] = 0
    w.b_enabled = m.breaker
    w.b_stage = 1
    w.b_failures = 0
    w.b_tripped = 0
    w.shifts = 1 if m.groups == 2 else 0
    w.phase = ROLLING_OUT
    w.target = NEW
    w.want = 0
    w.keep = m.desired
    w.abandon = 0
    w.rolling = 0
    w.row = 0
    w.weight = 0.0
    w.ordered = 0.0
    w.step = 0
    w.begun = 0
    w.flag_level = 0
    w.flag_ordered = 0
    w.flags_set = 0
    w.new_ran = 0
    w.old_stopping = 0
    w.checked = 0
    w.full = NEVER
    w.rest = NEVER
    w.onset = NEVER
    w.last_harm = w.now
    w.stair[NEW][0] = 0
    w.stair[NEW][1] = 0
    w.silent_noticed = 0
    w.timers[T_SILENT] = NEVER
    begin_faults(m, s)


def begin_faults(m: Model, s: Space) -> None:
    """What a release does from its command on."""
    w = s.world
    f = m.release[w.generation[NEW]]
    w.change = effective(f.change, (w.migrated & 1) != 0, (w.migrated & 2) != 0)
    w.is_applied = 0
    w.repaired = 0
    if f.applied == BEFORE_COMMAND:
        apply_schema(m, s)
    begin_stairs(m, s, AT_COMMAND)
