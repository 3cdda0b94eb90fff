"""Small states for tests of the model: a scenario record and a run's state as plain objects."""

from simdeploy.engines import encoded
from simdeploy.model.constants import RELEASE
from simdeploy.model.dispatch import begin_run
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.plain import RunState, plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.requests import settle_rates
from simdeploy.model.task_lifecycle import launch, register
from simdeploy.model.task_list import add_old_task
from simdeploy.semantics.state import NEW
from tests.small import small

_ENCODED = {}


def record(strategy=None, *, twin=False, **blocks):
    """Return the scenario record of the tiny scenario, with blocks of the file replaced."""
    key = repr((strategy, twin, blocks))
    if key not in _ENCODED:
        scenario = small(strategy, **blocks)
        _ENCODED[key] = encoded(scenario, "it", "twin" if twin else "release")
    return plain(_ENCODED[key], SCENARIO)


def at_command(m, *, seed=1, replication=0, variant=RELEASE, room=16):
    """Return the state at the command: old tasks healthy, no baseline, nothing launched yet."""
    s = RunState(room)
    reset_world(s.world)
    s.world.cohort_room, s.world.point_room = s.cohorts.shape[0], s.points.shape[0]
    s.points[1].at = float("inf")
    begin_run(m, s, seed, replication, variant)
    for i in range(m.desired_count):
        add_old_task(m, s, i)
    settle_rates(m, s)
    return s


def snapshot(record_):
    """Return the numbers of a record as a dictionary; nested ones as lists of dictionaries."""
    return {name: _values(getattr(record_, name)) for name in record_.record.names}


def _values(value):
    if isinstance(value, list):
        return [_values(item) for item in value]
    return snapshot(value) if hasattr(value, "record") else value


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
    """Yield (path, record) of the world, tasks, cohorts, eras and the heap."""
    yield "", s.world
    for letter, items in (("t", s.tasks), ("c", s.cohorts), ("era", s.eras), ("heap", s.heap)):
        for k, item in enumerate(items):
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
    """Launch a task now and register it at once; return it."""
    launch(m, s, i, revision)
    register(m, s, i)
    return s.tasks[i]
