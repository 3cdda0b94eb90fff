"""How a sweep is divided: into parts, which become files, and parts of many runs into chunks.

The division follows from the number of settings, arms and runs alone, never from threads or
workers, so that the same runs are always aggregated together and the files are the same.
"""

from dataclasses import dataclass
from typing import NamedTuple

from simdeploy.sweeps.aggregates import BLOCK

#: Runs of a chunk: enough to be worth sending to another machine, if the sweep is that large …
CHUNK = 1 << 17
#: … few enough to lose little when a sweep is killed; and chunks that a sweep should have.
LEAST, WANTED, MOST = 1 << 13, 64, 1 << 17
#: From so many settings on, they keep threads busy without being divided: a setting that is divided
#: is checked, encoded and written once per chunk.
ENOUGH = 8
#: Rows of a part at most: their statistics fit in little memory.
ROWS = 1024


class Chunk(NamedTuple):
    """Settings ``first`` to ``last`` and replications ``lo`` to ``hi`` of a part."""

    part: int
    number: int
    first: int
    last: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Chunking:
    """The parts and chunks of a sweep, from its numbers of settings, arms and runs."""

    settings: int
    arms: int
    runs: int
    #: Whether every run is written: chunks are smaller then, as all their runs are in memory.
    keep_runs: bool = False

    @property
    def total(self) -> int:
        """All runs of the sweep."""
        return self.settings * self.arms * self.runs

    @property
    def size(self) -> int:
        """Runs of a chunk, roughly: a chunk has whole blocks, or whole settings."""
        most = CHUNK // 4 if self.keep_runs else CHUNK
        return max(min(most, max(LEAST, self.total // WANTED)), self.total // MOST)

    @property
    def settings_per_part(self) -> int:
        """Settings of a part; the last part may have fewer."""
        fitting = self.size // (self.arms * self.runs)
        return max(1, min(fitting, ROWS // self.arms))

    @property
    def runs_per_chunk(self) -> int:
        """Runs of each setting and arm in a chunk; all, unless they are too many."""
        undivided = 2 * self.size
        if self.settings >= ENOUGH:
            undivided = max(undivided, min(8 * self.size, CHUNK))
        if self.arms * self.runs <= undivided:
            return self.runs
        return max(1, self.size // (self.arms * BLOCK)) * BLOCK

    @property
    def parts(self) -> int:
        """Number of parts, and of result files."""
        return -(-self.settings // self.settings_per_part)

    def chunks(self, part: int) -> list[Chunk]:
        """Return the chunks of a part, in the order of their runs.

        >>> Chunking(settings=10, arms=2, runs=1000).chunks(0)
        [Chunk(part=0, number=0, first=0, last=4, lo=0, hi=1000)]
        """
        first = part * self.settings_per_part
        last = min(first + self.settings_per_part, self.settings)
        starts = range(0, self.runs, self.runs_per_chunk)
        return [
            Chunk(part, k, first, last, lo, min(lo + self.runs_per_chunk, self.runs))
            for k, lo in enumerate(starts)
        ]

    def runs_of(self, chunk: Chunk) -> int:
        """Return the number of runs of a chunk."""
        return (chunk.last - chunk.first) * self.arms * (chunk.hi - chunk.lo)
