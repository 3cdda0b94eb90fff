"""Short questions to the model, for tests that check one rule at a time on the tiny scenario."""

from itertools import groupby

import numpy as np
import pytest
from pydantic import ValidationError

from simdeploy.engines import replicate, run_one
from simdeploy.results.timeline import State
from simdeploy.scenario import Scenario
from tests.small import small

#: An alarm without chance or delay, and the settings that let every strategy listen to it.
PROMPT = {
    "name": "5xx",
    "metric": "any_5xx_rate",
    "threshold": 0.01,
    "publish_delay": 30,
    "evaluation": 0,
    "poll": 0,
}
LISTENING = {"alarms": [PROMPT], "defaults": {"alarms": ["5xx"]}}
BREAKER = {"enable": True, "rollback": True}


def rolling(minimum=100, maximum=200, **above):
    """Return a rolling strategy without a bake time."""
    percents = {"minimum_healthy_percent": minimum, "maximum_percent": maximum}
    return {"type": "rolling", **percents, "bake_time": 0, **above}


def faulty(kind, **above):
    """Return the block of a release with one fault."""
    return {"release": {"faults": [{"kind": kind, **above}]}}


def during(kind, **above):
    """Return the block of an environment in which one thing happens."""
    return {"environment": {"events": [{"kind": kind, **above}]}}


def play(strategy=None, **above):
    """Return one run of the tiny scenario, told in full."""
    return run_one(small(strategy, **above), "it", seed=1)


def many(strategy=None, *, runs=200, variant="release", late=False, **above):
    """Return the numbers of many runs of the tiny scenario."""
    what = {"seed": 1, "lo": 0, "hi": runs, "variant": variant, "drill_late": late}
    return replicate(small(strategy, **above), "it", **what)


def drill(strategy=None, *, late=False, **above):
    """Return the numbers of one run in which a good release is taken back."""
    told = small(strategy, **above)
    what = {"seed": 1, "lo": 0, "hi": 1, "variant": "drill", "drill_late": late}
    return replicate(told, "it", engine="process", **what)[0]


def events(run, kind, revision=None, **data):
    """Return a run's events of one kind."""
    return [
        event
        for event in run.timeline.events
        if event.kind == kind
        and revision in (None, event.revision)
        and all(event.data.get(key) == value for key, value in data.items())
    ]


def times(run, kind, revision=None, **data):
    """Return when events of one kind happened."""
    return [event.t for event in events(run, kind, revision, **data)]


def waves(run, *kinds):
    """Return (time, kind, how many) of the events of some kinds, in order."""
    found = [(event.t, event.kind) for event in run.timeline.events if event.kind in kinds]
    return [(*key, len(list(group))) for key, group in groupby(sorted(found))]


def moves(run):
    """Return what a rolling deployment stops (−) and starts (+), in order: ``0:−3+3 65:−3+3``."""
    signs = {"target_draining": "−", "task_created": "+"}
    found = sorted((e.t, signs[e.kind]) for e in run.timeline.events if e.kind in signs)
    told = []
    for t, at_once in groupby(found, key=lambda one: one[0]):
        signed = [sign for _, sign in at_once]
        parts = [f"{sign}{signed.count(sign)}" for sign in "−+" if sign in signed]
        told.append(f"{t:g}:{''.join(parts)}")
    return " ".join(told)


def stages(run, task):
    """Return the stages of a task's life, in order."""
    return [stage for _, _, stage in run.timeline.tasks[task].stages]


def refusal(told):
    """Return what the format says to a scenario that it refuses."""
    with pytest.raises(ValidationError) as caught:
        Scenario.model_validate(told)
    return str(caught.value)


def refused(strategy=None, **above):
    """Return what the format says to a tiny scenario that it refuses."""
    with pytest.raises(ValidationError) as caught:
        small(strategy, **above)
    return str(caught.value)


def state(run, name, at):
    """Return a step function of a run's state at an instant."""
    row = [row for row in run.timeline.state if row[0] <= at][-1]
    return getattr(State(*row), name)


def quantiles(numbers, *shares):
    """Return some quantiles."""
    return [float(one) for one in np.quantile(numbers, shares)]
