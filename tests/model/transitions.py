"""What one transition changes: every number of the world before and after it, flat."""

from simdeploy.draws import CONSTANT, UNIFORM, uniform
from tests.model.states import snapshot


def flat(values, name=""):
    """Return nested numbers under one name each, such as ``timers[3]`` or ``alarms[0].good``."""
    if isinstance(values, dict):
        prefix = name and name + "."
        items = [(prefix + key, value) for key, value in values.items()]
    elif isinstance(values, list):
        items = [(f"{name}[{k}]", value) for k, value in enumerate(values)]
    else:
        return {name: values}
    return {key: number for key, value in items for key, number in flat(value, key).items()}


def changed_by(record_, transition, *args):
    """Call a transition; return the new values of what it changed in a record, usually the world.

    What it returned is under ``"->"``, unless that is None.
    """
    before = flat(snapshot(record_))
    result = transition(*args)
    changed = {
        name: value for name, value in flat(snapshot(record_)).items() if before[name] != value
    }
    return changed if result is None else changed | {"->": result}


def after(seconds):
    """Return the row of the distributions that always gives these seconds."""
    return [CONSTANT, seconds, 0.0, 0.0]


def between(low, high):
    """Return the row of a uniform distribution, which shows which draw was taken."""
    return [UNIFORM, low, high, 0.0]


def drawn(s, purpose, entity, n):
    """Return the uniform number of this name."""
    return uniform(s.world.key0, s.world.key1, purpose, entity, n)
