"""How a sweep is divided: every run once, and settings are not divided without a reason."""

from itertools import pairwise

import pytest

from simdeploy.sweeps.aggregates import BLOCK
from simdeploy.sweeps.chunks import CHUNK, Chunking

SIZES = [(1, 1, 1), (1, 5, 10**6), (7, 1, 20_000), (8, 1, 60_000), (8, 1, 70_000), (30, 5, 1000),
         (1000, 1, 10_000), (3, 2, 10**7)]  # fmt: skip


@pytest.mark.parametrize(("settings", "arms", "runs"), SIZES)
@pytest.mark.parametrize("keep_runs", [False, True])
def test_every_run_is_in_one_chunk(settings, arms, runs, keep_runs):
    """Parts follow each other, and so do the chunks of a part; each begins with a whole block."""
    chunking = Chunking(settings, arms, runs, keep_runs)
    parts = [chunking.chunks(part) for part in range(chunking.parts)]
    assert sum(chunking.runs_of(chunk) for part in parts for chunk in part) == chunking.total
    assert [(part[0].first, part[-1].last) for part in (parts[0], parts[-1])] == [
        (0, parts[0][0].last),
        (parts[-1][0].first, settings),
    ]
    for part in parts:
        assert (part[0].lo, part[-1].hi) == (0, runs)
        assert all(one.hi == two.lo and one.hi % BLOCK == 0 for one, two in pairwise(part))


@pytest.mark.parametrize(
    ("settings", "runs", "chunks"), [(8, 60_000, 1), (7, 60_000, 8), (8, 140_000, 9)]
)
def test_settings_are_divided_where_they_are_few_or_large(settings, runs, chunks):
    """Eight settings keep threads busy without being divided, if a chunk is not too large then."""
    chunking = Chunking(settings, 1, runs)
    assert len(chunking.chunks(0)) == chunks


def test_a_chunk_is_bounded():
    """However many runs a sweep has, what is lost when it is killed are two chunks at most."""
    chunking = Chunking(settings=1000, arms=1, runs=10**6)
    assert max(chunk.hi - chunk.lo for chunk in chunking.chunks(0)) <= CHUNK
