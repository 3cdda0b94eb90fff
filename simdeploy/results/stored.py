"""Many runs in little memory, to the last bit: column by column, equal columns once.

Of the 49 numbers of a run about a third never vary in a chunk of runs, and others take few values,
or are those of another column, another variant or another strategy on the same luck. In the gallery
a run takes 70 to 170 bytes in this way instead of 392.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.comparison import StrategyResult
from simdeploy.results.intervals import Array
from simdeploy.results.room import DRILL

Rows = NDArray[np.void]
Bits = NDArray[np.int64]
#: Chunks of a strategy by variant.
Chunks = Mapping[str, list["StoredChunk"]]
WORD = np.dtype(np.int64).itemsize


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of some runs, as bits: their different values, and which each run has.

    Without ``places`` there is a single value, or one for each run.
    """

    values: Bits
    places: NDArray[np.unsignedinteger[Any]] | None

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return self.values.nbytes + (0 if self.places is None else self.places.nbytes)

    def bits(self, runs: int) -> Bits:
        """Return the bits of each run."""
        if self.places is not None:
            return np.take(self.values, self.places)
        return self.values if len(self.values) == runs else np.full(runs, self.values[0])


def column_of(bits: Bits) -> Column:
    """Return the smallest column of some bits."""
    values, places = np.unique(bits, return_inverse=True)
    if len(values) == 1:
        return Column(values, None)
    for kind in (np.uint8, np.uint16):
        found = Column(values, places.astype(kind))
        if len(values) <= np.iinfo(kind).max + 1 and found.nbytes < bits.nbytes:
            return found
    return Column(bits.copy(), None)


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """Some runs of one strategy in one variant."""

    dtype: np.dtype[np.void]
    runs: int
    columns: Mapping[str, Column]

    def column(self, name: str) -> Array:
        """Return one number of each run."""
        bits = self.columns[name].bits(self.runs)
        return bits.view(self.dtype[name])

    def rows(self) -> Rows:
        """Return the runs as they were."""
        out = np.empty(self.runs, self.dtype)
        for name in self.columns:
            out[name] = self.column(name)
        return out


class RunStore:
    """Runs of all strategies and variants, chunk by chunk."""

    def __init__(self) -> None:
        self.chunks: dict[str, dict[str, list[StoredChunk]]] = {}
        self.runs = self.nbytes = 0

    def add(self, played: Iterable[tuple[str, Mapping[str, Rows]]]) -> None:
        """Add the next runs: each strategy with its rows by variant.

        Of a drill is stored what its time follows from.
        """
        seen: dict[bytes, Column] = {}
        for name, variants in played:
            known = self.chunks.setdefault(name, {})
            for variant, rows in variants.items():
                names = rows.dtype.names or ()
                is_drill = variant not in {"release", "twin"}
                wanted = DRILL if is_drill else rows.dtype
                columns = {each: self._column(rows[each], seen)
                           for each in names if each in (wanted.names or ())}  # fmt: skip
                known.setdefault(variant, []).append(StoredChunk(wanted, len(rows), columns))
        self.runs += len(rows)

    def _column(self, values: NDArray[Any], seen: dict[bytes, Column]) -> Column:
        """Return the column of some values, the same for the same bits."""
        bits = np.ascontiguousarray(values).view(np.int64)
        key = blake2b(bits.data, digest_size=16).digest()
        if key not in seen:
            seen[key] = column_of(bits)
            self.nbytes += seen[key].nbytes
        return seen[key]

    def needed(self, runs: int) -> float:
        """Return about how many bytes so many runs will take."""
        return self.nbytes * runs / self.runs

    def played(self) -> Iterator[dict[str, dict[str, Rows]]]:
        """Yield the runs of each chunk, by strategy and variant."""
        first = next(iter(self.chunks.values()))
        for k in range(len(next(iter(first.values())))):
            yield {
                name: {variant: chunks[k].rows() for variant, chunks in variants.items()}
                for name, variants in self.chunks.items()
            }

    def results(self, horizon: float, *, faulty: bool) -> dict[str, StrategyResult]:
        """Return the result of each strategy."""
        return {
            name: StoredResult(name, horizon, chunks, faulty=faulty)
            for name, chunks in self.chunks.items()
        }


class StoredResult(StrategyResult):
    """One strategy, whose rows are put together as often as they are asked for."""

    def __init__(self, name: str, horizon: float, chunks: Chunks, *, faulty: bool) -> None:
        fixed = {"name": name, "horizon": horizon, "chunks": chunks, "faulty": faulty}
        for key, value in fixed.items():
            object.__setattr__(self, key, value)

    chunks: Chunks

    @property
    def rows(self) -> Rows:
        """The runs of the release."""
        return _joined(self.chunks["release"])

    @property
    def twin_rows(self) -> Rows | None:
        """The runs of the good twin; None where it was not played."""
        return _joined(self.chunks["twin"]) if "twin" in self.chunks else None

    @property
    def drill_rows(self) -> Mapping[str, Rows] | None:
        """The runs of the drills; None where none was played."""
        drills = [name for name in self.chunks if name not in {"release", "twin"}]
        found = {name: _joined(self.chunks[name]) for name in drills}
        return found or None

    def matrix(self, names: Sequence[str], *, good: bool = False) -> Array:
        """Return metrics of each run of the release, or of a good one, metrics × runs."""
        chunks = self.chunks["twin" if good and "twin" in self.chunks else "release"]
        columns = [np.concatenate([chunk.column(name) for chunk in chunks]) for name in names]
        return np.array(columns, dtype=np.float64)


def _joined(chunks: Sequence[StoredChunk]) -> Rows:
    return np.concatenate([chunk.rows() for chunk in chunks])
