"""From what was played to files, piece by piece, in whatever order pieces come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simdeploy.errors import SimdeployError
from simdeploy.scenario.reading import Node
from simdeploy.sweeps import folder as files
from simdeploy.sweeps.aggregates import Aggregate, from_arrays, merge, to_arrays
from simdeploy.sweeps.chunks import Cut, Piece
from simdeploy.sweeps.columns import Keys, runs_table, table
from simdeploy.sweeps.designs import Design
from simdeploy.sweeps.knobs import Reading, checked, readings
from simdeploy.sweeps.statistics import Figures, figures
from simdeploy.sweeps.work_items import Played, Recipe, Unit


@dataclass
class Job:
    """A sweep that is being carried out: what it is, and where it goes."""

    root: Node
    design: Design
    units: tuple[Unit, ...]
    runs: int
    seed: int
    kinds: tuple[str, ...]
    folder: Path
    digest: str
    version: str
    keep: bool = False
    engine: str = "batch"
    #: Pieces that a part still waits for.
    waiting: dict[int, set[int]] = field(default_factory=dict)

    @property
    def cut(self) -> Cut:
        """How the sweep is cut."""
        return Cut(len(self.design), len(self.units), self.runs, self.keep)

    def missing(self) -> Iterator[Piece]:
        """Return the pieces that are not there yet; puts together what only waits for that."""
        for part in range(self.cut.parts):
            pieces = self.cut.pieces(part)
            if files.is_done(files.results_file(self.folder, part), self.digest):
                self._tidy(part, len(pieces))
                continue
            todo = [one for one in pieces if not self._is_played(one, len(pieces))]
            self.waiting[part] = {one.number for one in todo}
            if todo:
                yield from todo
            else:
                self._put_together(part)

    def _is_played(self, piece: Piece, pieces: int) -> bool:
        if pieces == 1:
            return False
        part, number = piece.part, piece.number
        kept = files.runs_file(self.folder, part, number)
        if self.keep and not files.is_done(kept, self.digest):
            return False
        return files.read_arrays(files.partial_file(self.folder, part, number)) is not None

    def recipe(self, piece: Piece) -> Recipe:
        """Return how to play a piece."""
        whole = len(self.cut.pieces(piece.part)) == 1
        return Recipe(
            self.root, self.design.paths, self.design.settings(piece.first, piece.last),
            piece.first, self.units, self.seed, piece.lo, piece.hi, whole, self.keep,
            self.version, self.engine,
        )  # fmt: skip

    def take(self, piece: Piece, played: Played) -> None:
        """Write what came of a piece; the last one of a part completes it."""
        if self.keep:
            rows = runs_table(self._keys(piece, played.readings), played.rows, piece.lo)
            path = files.runs_file(self.folder, piece.part, piece.number)
            files.write_table(path, rows, self.digest)
        if played.figures:
            self._write_part(piece, played.readings, played.figures)
        else:
            self._keep_partial(piece, played.aggregates)
        self.waiting[piece.part].discard(piece.number)
        if not self.waiting[piece.part]:
            del self.waiting[piece.part]
            if not played.figures:
                self._put_together(piece.part)

    def _keep_partial(self, piece: Piece, found: Sequence[Aggregate]) -> None:
        arrays = {f"{k}.{n}": a for k, one in enumerate(found) for n, a in to_arrays(one).items()}
        files.write_arrays(files.partial_file(self.folder, piece.part, piece.number), arrays)

    def _put_together(self, part: int) -> None:
        """Merge the pieces of a part, which has one setting, and write it."""
        pieces = self.cut.pieces(part)
        merged: list[Aggregate] = []
        for piece in pieces:
            more = self._partial(piece)
            merged = [merge(two) for two in zip(merged, more, strict=True)] if merged else more
        setting = self.design.setting(pieces[0].first)
        scenario = checked(self.root, self.design.paths, setting, f"setting {pieces[0].first}")
        read = (readings(scenario, self.design.paths, setting),)
        self._write_part(pieces[0], read, [figures(one) for one in merged])
        self._tidy(part, len(pieces))

    def _partial(self, piece: Piece) -> list[Aggregate]:
        path = files.partial_file(self.folder, piece.part, piece.number)
        arrays = files.read_arrays(path)
        if arrays is None:
            raise SimdeployError(f"{path}: cannot be read; remove it and resume the sweep")
        split = [(*name.split(".", 1), array) for name, array in arrays.items()]
        return [
            from_arrays({name: array for k, name, array in split if k == str(place)})
            for place in range(len(self.units))
        ]

    def _write_part(
        self, piece: Piece, read: Sequence[Sequence[Reading]], found: Sequence[Figures]
    ) -> None:
        path = files.results_file(self.folder, piece.part)
        files.write_table(path, table(self._keys(piece, read), found), self.digest)

    def _keys(self, piece: Piece, read: Sequence[Sequence[Reading]]) -> Keys:
        return Keys(piece.first, self.design.paths, self.kinds, self.units, read)

    def _tidy(self, part: int, pieces: int) -> None:
        if pieces > 1:
            files.remove_partial(self.folder, part, pieces)
