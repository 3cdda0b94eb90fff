"""Playing the pieces of a sweep: on threads of this machine, or on workers of a cluster."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Protocol

from simdeploy.sweeps.chunks import Piece
from simdeploy.sweeps.work_items import Played, Recipe, Told, run_recipe
from simdeploy.sweeps.writing import Job

#: Told the runs done and all runs that were missing.
Progress = Callable[[int, int], None]
#: Pieces under way per worker: one that is played, one that waits.
AHEAD = 2


class Stopped(BaseException):
    """Tells a thread to give up."""


class Players(Protocol):
    """Whoever plays recipes."""

    @property
    def room(self) -> int:
        """How many pieces to have under way."""

    def play(self, recipe: Recipe) -> Any:
        """Begin with a recipe and return a handle."""

    def finished(self, handles: set[Any]) -> list[tuple[Any, Played]]:
        """Wait for at least one handle; return those that are done with what came of them."""

    def stop(self) -> None:
        """Give up whatever is under way."""


class Threads:
    """Threads of this process: the compiled engine lets them run at the same time."""

    def __init__(self, count: int, tell: Told) -> None:
        self.pool = ThreadPoolExecutor(count, thread_name_prefix="sweep")
        self.room = count * AHEAD
        self.stopping = False
        self.tell = tell

    def play(self, recipe: Recipe) -> Future[Played]:
        """Begin with a recipe."""
        return self.pool.submit(run_recipe, recipe, self._told)

    def _told(self, runs: int) -> None:
        if self.stopping:
            raise Stopped
        self.tell(runs)

    def finished(self, handles: set[Future[Played]]) -> list[tuple[Future[Played], Played]]:
        """Wait for at least one recipe."""
        done = wait(handles, return_when=FIRST_COMPLETED).done
        return [(one, one.result()) for one in done]

    def stop(self) -> None:
        """Let threads end after the block that they are at."""
        self.stopping = True
        self.pool.shutdown(wait=True, cancel_futures=True)


def carry_out(job: Job, pieces: Sequence[Piece], players: Players) -> Iterator[Piece]:
    """Play and write pieces; return each one that is done, in any order."""
    todo = iter(pieces)
    under_way: dict[Any, Piece] = {}
    try:
        while True:
            for piece in _next(todo, players.room - len(under_way)):
                under_way[players.play(job.recipe(piece))] = piece
            if not under_way:
                return
            for handle, played in players.finished(set(under_way)):
                piece = under_way.pop(handle)
                job.take(piece, played)
                yield piece
    finally:
        players.stop()


def _next(pieces: Iterator[Piece], most: int) -> Iterator[Piece]:
    for _ in range(most):
        piece = next(pieces, None)
        if piece is None:
            return
        yield piece
