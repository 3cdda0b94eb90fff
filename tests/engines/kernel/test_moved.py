"""What the batch engine does not look at again: a change that it does not note is noticed."""

import math

import pytest

from simdeploy import load_scenario
from simdeploy.engines import encoded
from simdeploy.engines.kernel import backlogs, lanes, loop, settling
from simdeploy.engines.process.service import play
from simdeploy.model.constants import RELEASE
from simdeploy.model.fields.plain import CLASSES, RunState, plain
from simdeploy.model.fields.scenario import SCENARIO

STORIES = {
    "rolling": ("happy-path", "rolling"),
    "blue-green": ("happy-path", "blue-green"),
    "overload": ("overload-collapse", "recreate"),
    "leftovers": ("overload-collapse", "rolling"),
    "seen leftovers": ("overload-collapse", "rolling"),
    "connections": ("connections-exhausted", "rolling"),
    "traffic": ("traffic-spike", "rolling"),
    "crashes": ("bad-boot", "canary"),
    "cold": ("cold-start", "rolling"),
    "sick": ("grace-too-short", "rolling"),
    "cold queues": ("cold-start", "rolling"),
}
#: What is set in the scenario of a story.
OVERRIDES = {
    "cold queues": ["target_group.health_check.queued=true", "traffic.rate=400"],
    "connections": ["traffic.rate=420", "target_group.health_check.depth=deep"],
    "seen leftovers": ["alarms=[{name: checkout-5xx, metric: cpu, threshold: 99%}]"],
}


def rows(story):
    """Play one run in both engines as plain Python; return the numbers of both."""
    scenario, strategy = STORIES[story]
    loaded = load_scenario(scenario, overrides=OVERRIDES.get(story, []))
    record = plain(encoded(loaded, strategy, "release"), SCENARIO)
    out = [CLASSES["Result"]()]
    loop.run_range(record, RunState(120), 7, 0, 1, RELEASE, out)
    other, _ = play(record, 7, 0, RELEASE)
    names = out[0].record.names
    return [[repr(getattr(result, name)) for name in names] for result in (out[0], other)]


@pytest.mark.parametrize("story", STORIES)
def test_engines_agree(story):
    """One looks at everything at every instant, the other at what has moved."""
    batch, process = rows(story)
    assert batch == process


def never(*_):
    """Note nothing."""


def nothing(*_):
    """Find no difference."""
    return ()


def yes(*_):
    """Find all as it was."""
    return True


@pytest.mark.parametrize(
    ("module", "name", "planted", "story"),
    [
        (loop, "fleet_state", nothing, "sick"),
        (loop, "standing", nothing, "cold"),
        (loop, "end_standing", nothing, "rolling"),
        (loop, "note_task", never, "rolling"),
        (loop, "note_timer", never, "blue-green"),
        (loop, "settle_stalled", never, "cold queues"),
        (backlogs, "settle_stalled", never, "overload"),
        (loop, "next_leftover_event", lambda *_: math.inf, "seen leftovers"),
        (loop, "note_leftover", never, "leftovers"),
        (backlogs, "all_kept", yes, "leftovers"),
        (backlogs, "stalled", lambda *_: 0, "leftovers"),
        (lanes, "place_of", lambda *_: 0, "overload"),
        (settling, "note_conditions", never, "overload"),
    ],
)
def test_a_missing_note_is_noticed(monkeypatch, module, name, planted, story):
    """Without one of the notes of the batch engine, its numbers differ."""
    monkeypatch.setattr(module, name, planted)
    batch, process = rows(story)
    assert batch != process
    assert not math.isnan(float(process[0]))
