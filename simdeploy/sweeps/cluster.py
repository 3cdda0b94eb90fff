"""Executing work items on the workers of a dask cluster.

The result of a work item does not depend on the worker, so nothing is lost with a worker that dies:
its items are played again by others, with the same result.
"""

from contextlib import suppress
from itertools import count
from typing import Any

from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.sweeps.work_items import AHEAD, WorkItem, WorkResult, run_work_item

#: How long to wait for a scheduler to answer.
PATIENCE = "10s"
#: How often a work item may end with its worker before the sweep stops.
TRIES = 5


class Workers:
    """The workers of a scheduler, as many as there are at any time.

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
        self.items: dict[int, WorkItem] = {}
        self.futures: dict[int, Any] = {}
        self.tries: dict[int, int] = {}

    def _connected(self, address: str) -> Any:
        """Return a client of the scheduler, which has at least one worker."""
        try:
            client = self.dask.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SimdeployError(f"--scheduler {address}: no scheduler answers: {why}") from None
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            client.close()
            raise SimdeployError(f"--scheduler {address}: it has no workers") from None
        return client

    @property
    def room(self) -> int:
        """How many work items to have under way."""
        cores: dict[str, int] = self.client.ncores()
        return max(1, AHEAD * sum(cores.values()))

    def submit(self, item: WorkItem) -> int:
        """Send a work item and return a number as its handle."""
        number = next(self.numbers)
        self.items[number] = item
        self.tries[number] = 0
        self._send(number)
        return number

    def _send(self, number: int) -> None:
        self.tries[number] += 1
        self.futures[number] = self.client.submit(run_work_item, self.items[number], pure=False)

    def finished(self, handles: set[int]) -> list[tuple[int, WorkResult]]:
        """Wait for at least one work item; send those again that lost their worker too often."""
        while True:
            waiting = [self.futures[number] for number in handles]
            with self.client.as_current(), suppress(self.dask.CancelledError):
                self.dask.wait(waiting, return_when="FIRST_COMPLETED")
            done = [number for number in handles if self.futures[number].done()]
            results = [(number, result) for number in done if (result := self._result(number))]
            if results:
                return results

    def _result(self, number: int) -> WorkResult | None:
        """Return the result of a work item; None where it was sent once more."""
        try:
            result: WorkResult = self.futures[number].result()
        except (self.dask.KilledWorker, self.dask.CancelledError):
            if self.tries[number] >= TRIES:
                raise SimdeployError(
                    f"a piece of the sweep ended {TRIES} times with its worker; look at its memory"
                ) from None
            self._send(number)
            return None
        for table in (self.items, self.futures, self.tries):
            del table[number]
        return result

    def stop(self) -> None:
        """Cancel whatever is under way."""
        self.client.cancel(list(self.futures.values()), force=True)

    def close(self) -> None:
        """Disconnect from the cluster."""
        self.client.close()
