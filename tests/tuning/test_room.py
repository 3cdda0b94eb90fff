"""A search that does not fit into memory is refused before anything is played."""

import pytest

from simdeploy.errors import SimdeployError
from simdeploy.scenario.loading import load_tree
from simdeploy.tuning import tune
from simdeploy.tuning.api import tuner
from simdeploy.tuning.room import check_room

USUAL = {"goals": 4, "variants": 2, "knobs": 8, "threads": 16}


def test_what_fits():
    """2,000 settings × (1 kB + 4 × 8 B × 500 runs) and 5,000 runs of 32 settings: 130 MB."""
    check_room(5000, 2000, **USUAL)
    check_room(200, 100_000, **USUAL)


@pytest.mark.parametrize(
    ("runs", "budget", "told"),
    [
        (100_000, 2000, "need 1,999 MB; allowed: 250 MB, that is --runs 12,"),
        (200, 1_000_000, "need 1,643 MB; allowed: 250 MB, that is --budget 150,"),
    ],
)
def test_the_refusal_says_what_would_fit(runs, budget, told):
    """The allowed number of runs, or of settings where even the fewest runs are too many."""
    with pytest.raises(SimdeployError, match=told):
        check_room(runs, budget, **USUAL)


def test_what_is_said_to_fit_does():
    """Just as many runs and settings as the messages name."""
    for runs, budget in ((10**7, 2000), (10**6, 5000), (200, 10**6)):
        with pytest.raises(SimdeployError) as refused:
            check_room(runs, budget, **USUAL)
        option, number = str(refused.value).split("that is --")[1].split()[:2]
        most = int(number.replace(",", ""))
        better = {"runs": (most, budget), "budget": (runs, most)}[option]
        check_room(*better, **USUAL)


def test_nothing_is_played_before():
    """A search counts its settings and runs first."""
    with pytest.raises(SimdeployError, match=r"2,000 settings, 1,000,000 runs of each, need"):
        tune("bad-boot", runs=1_000_000)
    assert tuner(load_tree("bad-boot"), runs=1000).searched == 100
