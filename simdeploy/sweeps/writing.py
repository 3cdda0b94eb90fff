"""Writing the files of a sweep, chunk by chunk, in whatever order the results arrive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simdeploy.errors import SimdeployError
from simdeploy.sweeps import folder as files
from simdeploy.sweeps.aggregates import (
    Aggregate,
    Statistics,
    from_arrays,
    merge_aggregates,
    statistics_of,
    to_arrays,
)
from simdeploy.sweeps.chunks import Chunk
from simdeploy.sweeps.columns import Keys, runs_table, statistics_table
from simdeploy.sweeps.knobs import Reading, checked, readings
from simdeploy.sweeps.planning import Plan
from simdeploy.sweeps.work_items import WorkItem, WorkResult


@dataclass
class Writer:
    """Writes the results of a plan to a folder, and knows which chunks are missing there."""

    plan: Plan
    engine: str
    folder: Path
    #: Identifies the sweep; every file carries it.
    digest: str
    #: Numbers of the chunks that a part still waits for.
    waiting: dict[int, set[int]] = field(default_factory=dict)
    #: Files that were there, but damaged or another sweep's.
    damaged: list[str] = field(default_factory=list)

    def missing(self) -> Iterator[Chunk]:
        """Yield the chunks that are not there yet; complete parts of which all chunks are."""
        for part in range(self.plan.chunking.parts):
            chunks = self.plan.chunking.chunks(part)
            if self._is_whole(files.results_file(self.folder, part)):
                self._tidy(part, len(chunks))
                continue
            missing = [chunk for chunk in chunks if not self._is_played(chunk, len(chunks))]
            self.waiting[part] = {chunk.number for chunk in missing}
            if missing:
                yield from missing
            else:
                self._complete(part)

    def _is_played(self, chunk: Chunk, chunks: int) -> bool:
        if chunks == 1:
            return False
        part, number = chunk.part, chunk.number
        runs = files.runs_file(self.folder, part, number)
        if self.plan.keep_runs and not self._is_whole(runs):
            return False
        path = files.partial_file(self.folder, part, number)
        found = files.read_arrays(path, self.digest) is not None
        return self._noted(path, found)

    def _is_whole(self, path: Path) -> bool:
        return self._noted(path, path.exists() and files.is_done(path, self.digest))

    def _noted(self, path: Path, whole: bool) -> bool:
        """Remember a file that is there and of no use; return whether it is whole."""
        if not whole and path.exists():
            self.damaged.append(path.relative_to(self.folder).as_posix())
        return whole

    def work_item(self, chunk: Chunk) -> WorkItem:
        """Return how to play a chunk."""
        return self.plan.work_item(chunk, self.engine)

    def write(self, chunk: Chunk, result: WorkResult) -> None:
        """Write the result of a chunk; the last chunk of a part completes the part."""
        if self.plan.keep_runs:
            rows = runs_table(self._keys(chunk, result.readings), result.rows, chunk.lo)
            path = files.runs_file(self.folder, chunk.part, chunk.number)
            files.write_table(path, rows, self.digest)
        if result.statistics:
            self._write_part(chunk, result.readings, result.statistics)
        else:
            self._write_partial(chunk, result.aggregates)
        self.waiting[chunk.part].discard(chunk.number)
        if not self.waiting[chunk.part]:
            del self.waiting[chunk.part]
            if not result.statistics:
                self._complete(chunk.part)

    def _write_partial(self, chunk: Chunk, aggregates: Sequence[Aggregate]) -> None:
        arrays = {
            f"{k}.{name}": array
            for k, aggregate in enumerate(aggregates)
            for name, array in to_arrays(aggregate).items()
        }
        path = files.partial_file(self.folder, chunk.part, chunk.number)
        files.write_arrays(path, arrays, self.digest)

    def _complete(self, part: int) -> None:
        """Merge the chunks of a part, which has one setting, and write it."""
        chunks = self.plan.chunking.chunks(part)
        merged: list[Aggregate] = []
        for chunk in chunks:
            more = self._read_partial(chunk)
            pairs = zip(merged, more, strict=True)
            merged = [merge_aggregates(pair) for pair in pairs] if merged else more
        paths, number = self.plan.design.paths, chunks[0].first
        setting = self.plan.design.setting(number)
        scenario = checked(self.plan.root, paths, setting, f"setting {number}")
        read = (readings(scenario, paths, setting),)
        self._write_part(
            chunks[0], read, [statistics_of(runs, scenario.horizon) for runs in merged]
        )
        self._tidy(part, len(chunks))

    def _read_partial(self, chunk: Chunk) -> list[Aggregate]:
        path = files.partial_file(self.folder, chunk.part, chunk.number)
        arrays = files.read_arrays(path, self.digest)
        if arrays is None:
            raise SimdeployError(f"{path}: cannot be read; remove it and resume the sweep")
        split = [(*name.split(".", 1), array) for name, array in arrays.items()]
        return [
            from_arrays({name: array for k, name, array in split if k == str(place)})
            for place in range(len(self.plan.arms))
        ]

    def _write_part(
        self, chunk: Chunk, read: Sequence[Sequence[Reading]], statistics: Sequence[Statistics]
    ) -> None:
        path = files.results_file(self.folder, chunk.part)
        table = statistics_table(self._keys(chunk, read), statistics)
        files.write_table(path, table, self.digest)

    def _keys(self, chunk: Chunk, read: Sequence[Sequence[Reading]]) -> Keys:
        plan = self.plan
        return Keys(chunk.first, plan.design.paths, plan.kinds, plan.arms, read)

    def _tidy(self, part: int, chunks: int) -> None:
        if chunks > 1:
            files.remove_partial(self.folder, part, chunks)
