"""What metamorphic tests share: how they search, how they play, and how they change a scenario.

A metamorphic test plays two scenarios and compares them: nobody has to know what either gives, only
how the one must relate to the other.
"""

from copy import deepcopy
from functools import reduce
from math import inf, isnan
from typing import get_args

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from simdeploy.distributions import Distribution
from simdeploy.engines import RESULT, replicate
from simdeploy.pydantic_base import Block
from simdeploy.scenario import Scenario
from simdeploy.scenario.writing import dump_yaml
from simdeploy.units import RATE, TIME, Quantity
from tests.equal import bits

#: Names of a run's numbers.
FIELDS = RESULT.names
#: Fields whose annotation does not say that they are times or rates.
UNTYPED = {"bake_time": {TIME}, "capacity_rps": {RATE}}


def search(told, number, check, part=0):
    """Check a relation on so many generated scenarios, in the same order every time.

    ``check`` gets what was drawn and returns what contradicts the relation.
    """

    @seed(part)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(told)
    def run(drawn):
        wrong = check(drawn)
        assert not wrong, f"{wrong}\n{readable(drawn)}"

    run()


def readable(drawn):
    """Return what was drawn, a scenario as its file."""
    parts = drawn if isinstance(drawn, tuple) else (drawn,)
    return "\n".join(dump_yaml(p) if isinstance(p, dict) else str(p) for p in parts)


def play(scenario, strategy, *, runs=2, variant="release"):
    """Return runs of a strategy; a scenario may be a mapping as in a file."""
    if isinstance(scenario, dict):
        scenario = Scenario.model_validate(scenario)
    return replicate(scenario, strategy, seed=3, lo=0, hi=runs, variant=variant, threads=1)


def unequal(one, other, fields=FIELDS):
    """Return the fields in which two sets of runs differ in any bit."""
    names = [name for name in FIELDS if name in fields]
    apart = (bits(one) != bits(other)).any(axis=0)
    return [name for name in names if apart[FIELDS.index(name)]]


def apart(one, other, fields, *, rel=1e-9, least=1e-6):
    """Return the fields in which two sets of runs differ by more than rounding."""
    close = {n: np.isclose(one[n], other[n], rtol=rel, atol=least, equal_nan=True) for n in fields}
    return [
        f"{name}: {one[name].tolist()} and {other[name].tolist()}"
        for name, same in close.items()
        if not same.all()
    ]


def changed(told, path, value):
    """Return a scenario with another value at a path, whose blocks are made where missing."""
    out = deepcopy(told)
    *above, last = path.split(".")
    reduce(lambda block, key: block.setdefault(key, {}), above, out)[last] = value
    return out


def never(time):
    """Return a time for comparing: what never happened comes last."""
    return inf if isnan(time) else time


def in_slow_motion(block, factor):
    """Return a block in which everything takes ``factor`` times as long.

    Times and distributions are multiplied, rates per second divided; which they are, the fields
    themselves tell. Thresholds of p99 are times, other thresholds are not.
    """
    changes = {}
    for name, field in type(block).model_fields.items():
        value = getattr(block, name)
        kinds = _kinds(field.annotation) | _quantities(field.metadata)
        changes[name] = _slowed(value, UNTYPED.get(name, kinds), factor)
    if getattr(block, "metric", "") == "p99_latency":
        changes["threshold"] = factor * block.threshold
    return block.model_copy(update=changes)


def _kinds(annotation):
    """Return the kinds of quantities that an annotation names, also within a union."""
    found = _quantities(getattr(annotation, "__metadata__", ()))
    return found.union(*map(_kinds, get_args(annotation))) if get_args(annotation) else found


def _quantities(metadata):
    return {one.kind for one in metadata if isinstance(one, Quantity)}


def _slowed(value, kinds, factor):
    if isinstance(value, Distribution):
        return value.scaled(factor)
    if isinstance(value, Block):
        return in_slow_motion(value, factor)
    if isinstance(value, tuple | list):
        return tuple(_slowed(one, kinds, factor) for one in value)
    if isinstance(value, dict):
        return {key: _slowed(one, kinds, factor) for key, one in value.items()}
    times = factor if TIME in kinds else 1.0 / factor if RATE in kinds else 1
    return value if times == 1 or not isinstance(value, float) else times * value
