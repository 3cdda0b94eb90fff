"""The page on reliability holds the figures that its script has written."""

import json

import pytest

from tests.abuse.playing import ENDS, FAILED, LIMIT, LONGEST, OVER
from tests.abuse.reliability import DOCUMENT, FIGURES, ROWS, SIZES, document, table
from tests.abuse.templates import LARGE, QUICK

KEYS = {
    "inputs": {"inputs", "seed", "commands", "cpu_min", "slowest_s", "peak_mb", *ENDS},
    "templates": {"inputs", "seed", "commands", "cpu_min", "slowest_s", "peak_mb", *ENDS},
    "kills": {"kills", "sweeps", "amid", "failed"},
    "workers": {"lost_workers", "failed"},
    "schedulers": {"lost_schedulers", "failed", "noticed_after_s"},
}


@pytest.fixture(scope="module")
def figures():
    """Return the figures as they came out."""
    return json.loads(FIGURES.read_text(encoding="utf-8"))


def test_the_page_has_the_figures(figures):
    """docs/reliability.md is what the script writes of its figures."""
    page = DOCUMENT.read_text(encoding="utf-8")
    assert document(figures, page) == page
    assert f"takes {LIMIT:.0f} s of CPU is interrupted" in page
    assert f"over {OVER - LIMIT:.0f} s later" in page
    assert f"more than {LONGEST:,} letters" in page
    assert f"{QUICK:.0f} s of CPU, one of more than 1 MB {LARGE:.0f} s" in page


def test_figures_are_whole(figures):
    """Each part has every figure, and inputs add up."""
    assert set(figures) <= set(SIZES)
    assert set(ROWS) == set(SIZES) == set(KEYS)
    for part, found in figures.items():
        assert set(found) == KEYS[part] | {"day"}
    for part in ("inputs", "templates"):
        found = figures[part]
        assert sum(found[end] for end in ENDS) == found["inputs"] == sum(found["commands"].values())


def test_nothing_failed(figures):
    """What failed was mended before the figures were written."""
    bad = {
        part: [found.get(key, 0) for key in ("failed", *FAILED)] for part, found in figures.items()
    }
    assert [part for part, counts in bad.items() if any(counts)] == []
    assert table(figures).count("\n") == len(figures) + 1
