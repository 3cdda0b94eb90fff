"""Small states for tests of the model: a scenario record and a run's state as plain objects."""

from ast import literal_eval
from functools import cache

from simdeploy.engines import encoded
from simdeploy.model.constants import ERAS, OUTCOMES_KEPT, RELEASE
from simdeploy.model.dispatch import begin_run
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.memory import STATE
from simdeploy.model.fields.plain import CLASSES, Records, RunState, new_records, plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.registry import FAULT_KINDS
from simdeploy.model.requests import settle_rates
from simdeploy.model.task_lifecycle import become_running, launch
from simdeploy.model.task_list import add_old_task
from simdeploy.semantics.state import NEW
from tests.small import small

#: Fields that save time and decide nothing: what was last found, and where.
KEPT = {
    "bounds_of",
    "below",
    "above",
    "latency_class",
    "epoch",
    "conditions",
    "seen_rates",
    "seen_shares",
    "seen_codes",
    "lanes",
    "latest_task",
    "ranked",
    "n_ranked",
    "kind",
    "stamp",
    "has_met",
    "seen_targets",
    "backlog_place",
    "meets_at",
    "is_stalled",
    "looks_anchor",
    "look_numbers",
    "look_times",
    "look_asked",
    "look_found",
    "look_found_at",
    "has_waited",
}
#: Bit masks of fault kinds, by name.
KINDS = {kind.name: kind.mask for kind in FAULT_KINDS.values()}


def record(strategy=None, *, twin=False, **blocks):
    """Return the scenario record of the tiny scenario, with blocks of the file replaced."""
    return plain(_encoded(repr((strategy, blocks)), twin=twin), SCENARIO)


@cache
def _encoded(described, *, twin):
    strategy, blocks = literal_eval(described)
    return encoded(small(strategy, **blocks), "it", "twin" if twin else "release")


def at_command(m, *, seed=1, replication=0, variant=RELEASE, room=16):
    """Return the state at the command: old tasks healthy, no baseline, nothing launched yet."""
    s = _memory(room)
    reset_world(s.world)
    s.world.cohort_room, s.world.point_room = s.cohorts.shape[0], s.points.shape[0]
    s.points[1].at = float("inf")
    begin_run(m, s, seed, replication, variant)
    for i in range(m.desired_count):
        add_old_task(m, s, i)
    settle_rates(m, s)
    return s


def _memory(room):
    """Return what ``RunState`` is, with room for few records, which is faster."""
    s = RunState.__new__(RunState)
    s.world = CLASSES["World"]()
    fixed = {"eras": ERAS, "outcomes": OUTCOMES_KEPT}
    for name, item in STATE.items():
        setattr(s, name, new_records(item, fixed.get(name, room)))
    return s


def snapshot(record_):
    """Return the numbers of a record as a dictionary; nested ones as lists of dictionaries."""
    names = (name for name in record_.record.names if name not in KEPT)
    return {name: _values(getattr(record_, name)) for name in names}


def _values(value):
    if isinstance(value, list | Records):
        return [_values(item) for item in _items(value)]
    return snapshot(value) if hasattr(value, "record") else value


def _items(values):
    return [values[k] for k in range(values.shape[0])] if hasattr(values, "shape") else values


def changes(before, record_):
    """Return what differs from a snapshot: {field: (before, after)}."""
    after = snapshot(record_)
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


def effect(s, function, *arguments):
    """Call a function of the model; return what it changed: {path of the field: value after}."""
    before = [snapshot(item) for _, item in _records(s)]
    function(*arguments)
    after = {}
    for (path, item), old in zip(_records(s), before, strict=True):
        new = snapshot(item)
        if new != old:
            was = dict(_numbers(path, old))
            after |= {name: value for name, value in _numbers(path, new) if value != was[name]}
    return after


def _records(s):
    """Yield (path, record) of the world, tasks, cohorts and eras."""
    yield "", s.world
    for letter, items in (("t", s.tasks), ("c", s.cohorts), ("era", s.eras)):
        for k, item in enumerate(_items(items)):
            yield f"{letter}{k}", item


def _numbers(path, value):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from _numbers(f"{path}[{k}]", inner)
    else:
        yield path, value


def uniform_row(m, row, low=0.0, high=1.0):
    """Make a distribution uniform: by default its value is the uniform number drawn for it."""
    m.distributions[row] = [1.0, low, high, 0.0]


def launched(m, s, i=6, revision=NEW):
    """Launch a task now; return it."""
    launch(m, s, i, revision)
    return s.tasks[i]


def running(m, s, i=6, revision=NEW):
    """Launch a task that runs and is registered at once; return it."""
    launch(m, s, i, revision)
    become_running(m, s, i, s.world.now)
    return s.tasks[i]
