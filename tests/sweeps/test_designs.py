"""Designs: which settings are played, in which order, and that a seed decides a sample."""

import itertools

import numpy as np
import pytest

from simdeploy.errors import SimdeployError
from simdeploy.sweeps.designs import make_design
from simdeploy.sweeps.knobs import parse_knob

INTERVAL = parse_knob("target_group.health_check.interval", "7s,10s,30s")
DELAY = parse_knob("target_group.deregistration_delay", "0s:60s:30s")
WIDE = parse_knob("target_group.deregistration_delay", "0s:300s")


def made(kind, *knobs, samples=None, seed=1):
    """Return a design."""
    return make_design(kind, knobs, samples=samples, seed=seed)


def test_a_grid_is_nested_loops():
    """A grid has every combination, the last knob fastest."""
    found = made("grid", INTERVAL, DELAY)
    assert len(found) == 9
    expected = itertools.product(INTERVAL.choice.values, DELAY.choice.values)
    assert list(found) == list(expected)
    assert found.settings(4, 6) == (("10s", "30s"), ("10s", "60s"))


def test_one_at_a_time_begins_with_the_scenario_as_it_is():
    """One knob at a time is moved, the others stay where the scenario has them."""
    found = list(made("one-at-a-time", INTERVAL, DELAY))
    assert found[0] == (None, None)
    assert found[1:4] == [("7s", None), ("10s", None), ("30s", None)]
    assert found[4:] == [(None, "0s"), (None, "30s"), (None, "60s")]


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_a_seed_decides_a_sample(kind):
    """Equal seeds give equal settings, others give others."""
    first, again, other = (made(kind, INTERVAL, WIDE, samples=16, seed=s) for s in (1, 1, 2))
    assert list(first) == list(again)
    assert list(first) != list(other)


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_a_sample_fills_ranges_evenly(kind):
    """Each sixteenth of a range has one of sixteen samples, and each level as many as others."""
    found = list(made(kind, parse_knob("a.b", "1,2,3,4"), WIDE, samples=16))
    places = [int(float(value.rstrip("s")) / 300 * 16) for _, value in found]
    assert sorted(places) == list(range(16))
    assert np.unique([level for level, _ in found], return_counts=True)[1].tolist() == [4] * 4


@pytest.mark.parametrize(
    ("kind", "knobs", "samples", "told"),
    [
        ("gird", [INTERVAL], None, 'unknown design "gird"; known: grid'),
        ("grid", [], None, "nothing to sweep"),
        ("grid", [DELAY, WIDE], None, "stands twice"),
        ("grid", [WIDE], None, "needs a step: 0s:300s:STEP"),
        ("grid", [DELAY], 8, "--samples: only with --design latin-hypercube or sobol"),
        ("sobol", [WIDE], None, "needs --samples"),
        ("sobol", [WIDE], 100, "allowed: 64 or 128"),
        ("latin-hypercube", [WIDE], 0, "from 1 to"),
    ],
)
def test_refused(kind, knobs, samples, told):
    """A design says what it needs."""
    with pytest.raises(SimdeployError) as error:
        made(kind, *knobs, samples=samples)
    assert told in str(error.value)


def test_a_grid_of_too_many_settings_is_counted_and_refused_at_once():
    """A million values of each of two knobs are 10^12 settings, of which none is made."""
    million = [parse_knob(path, "1:1000000:1") for path in ("a.b", "a.c")]
    message = "1,000,000 × 1,000,000 values make 1,000,000,000,000 settings; allowed: 10,000,000"
    with pytest.raises(SimdeployError, match=message):
        made("grid", *million)
    assert len(made("one-at-a-time", *million)) == 2_000_001


def test_more_knobs_than_a_machine_word_can_count():
    """The count of a grid may have more than 19 digits."""
    knobs = [parse_knob(f"a.b{k}", "1:1000000:1") for k in range(4)]
    with pytest.raises(SimdeployError, match=r"make 1,000,000(,000){6} settings"):
        made("grid", *knobs)
