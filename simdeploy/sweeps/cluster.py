"""The same pieces on the workers of a dask cluster: recipes go out, aggregates come back.

A piece does not know where it is played, so a worker that dies takes nothing along: its pieces are
played again by others, with the same result.
"""

from contextlib import suppress
from itertools import count
from typing import Any

from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.sweeps.running import AHEAD
from simdeploy.sweeps.work_items import Played, Recipe, run_recipe

#: How long to wait for a scheduler to answer.
PATIENCE = "10s"
#: How often a piece may take its worker down with it before the piece is to blame.
TRIES = 5


class Workers:
    """The workers that a scheduler knows, as many as there are at any time.

    Raises
    ------
    MissingExtraError
        Where dask's distributed is not installed.
    SimdeployError
        Where no scheduler answers.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415  an extra
        except ImportError:
            raise MissingExtraError("cluster", "--scheduler") from None
        self.dask: Any = distributed
        self.client = self._connected(address)
        self.numbers = count()
        self.recipes: dict[int, Recipe] = {}
        self.futures: dict[int, Any] = {}
        self.tries: dict[int, int] = {}

    def _connected(self, address: str) -> Any:
        """Return a client of the scheduler, which has at least one worker."""
        try:
            client = self.dask.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            told = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SimdeployError(f"--scheduler {address}: no scheduler answers: {told}") from None
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            client.close()
            raise SimdeployError(f"--scheduler {address}: it has no workers") from None
        return client

    @property
    def room(self) -> int:
        """How many pieces to have under way."""
        cores: dict[str, int] = self.client.ncores()
        return max(1, AHEAD * sum(cores.values()))

    def play(self, recipe: Recipe) -> int:
        """Send a recipe and return a number for it."""
        number = next(self.numbers)
        self.recipes[number] = recipe
        self.tries[number] = 0
        self._send(number)
        return number

    def _send(self, number: int) -> None:
        self.tries[number] += 1
        self.futures[number] = self.client.submit(run_recipe, self.recipes[number], pure=False)

    def finished(self, handles: set[int]) -> list[tuple[int, Played]]:
        """Wait for at least one recipe; send those again that lost their worker too often."""
        while True:
            waiting = [self.futures[number] for number in handles]
            with self.client.as_current(), suppress(self.dask.CancelledError):
                self.dask.wait(waiting, return_when="FIRST_COMPLETED")
            done = [number for number in handles if self.futures[number].done()]
            found = [(number, played) for number in done if (played := self._result(number))]
            if found:
                return found

    def _result(self, number: int) -> Played | None:
        """Return what came of a recipe; None where it was sent once more."""
        try:
            played: Played = self.futures[number].result()
        except (self.dask.KilledWorker, self.dask.CancelledError):
            if self.tries[number] >= TRIES:
                raise SimdeployError(
                    f"a piece of the sweep ended {TRIES} times with its worker; look at its memory"
                ) from None
            self._send(number)
            return None
        for kept in (self.recipes, self.futures, self.tries):
            del kept[number]
        return played

    def stop(self) -> None:
        """Give up what is under way."""
        self.client.cancel(list(self.futures.values()), force=True)

    def close(self) -> None:
        """Leave the cluster to others."""
        self.client.close()
