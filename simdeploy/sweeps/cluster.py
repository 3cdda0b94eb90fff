"""Executing work items on the workers of a dask cluster.

The result of a work item does not depend on the worker, so nothing is lost with a worker that dies:
its items are played again by others, with the same result. A scheduler that is gone or mute is
noticed within half a minute, whatever the sweep is waiting for.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from threading import Thread
from typing import Any

from simdeploy.errors import MissingExtraError, SimdeployError
from simdeploy.sweeps.identity import fingerprint
from simdeploy.sweeps.work_items import AHEAD, WorkItem, WorkResult, run_work_item

#: Seconds to wait for an answer of the scheduler.
PATIENCE = 10.0
#: Seconds more after which a connection that is still being made is given up.
GRACE = 5.0
#: Seconds between two questions whether it is still there.
ASKED_EVERY = 5.0
#: Seconds without any worker after which a sweep stops.
NO_WORKERS = 300.0
#: How often a work item may end with its worker before the sweep stops.
TRIES = 5
#: Loggers of what a client does in the background.
LOGS = ("distributed", "distributed.client", "distributed.core", "tornado.application")
INSTALL = "install the same version on all"


class ClusterError(SimdeployError):
    """A cluster that does not play, or does not go on playing."""


class Workers:
    """The workers of a scheduler, as many as there are at any time.

    Parameters
    ----------
    address
        The scheduler's, such as ``tcp://10.0.0.1:8786``.
    version
        Fingerprint of the model that workers must have.

    Raises
    ------
    MissingExtraError
        Where dask's distributed is not installed.
    ClusterError
        Where no scheduler answers, or a worker has another version.
    """

    def __init__(self, address: str, version: str) -> None:
        try:
            import distributed  # noqa: PLC0415  an extra
        except ImportError:
            raise MissingExtraError("cluster", "--scheduler") from None
        self.dask: Any = distributed
        self.address = address
        self.version = version
        self.numbers = count()
        self.items: dict[int, WorkItem] = {}
        self.futures: dict[int, Any] = {}
        self.tries: dict[int, int] = {}
        self.heard = self.staffed = time.monotonic()
        self.cores = 1
        self.is_lost = False
        self.client: Any = None
        self.stack = ExitStack()
        try:
            self.stack.enter_context(quiet())
            self.client = self._connected()
            self._wait_for_workers()
            self.refuse_other_versions()
        except BaseException:
            self.close()
            raise

    def _connected(self) -> Any:
        """Return a client of the scheduler; one that takes a connection and is mute is given up."""
        found: list[Any] = []
        # One that was never connected would wait, and print a traceback, when it is collected.
        client_class = type("Client", (self.dask.Client,), {"__del__": lambda _: None})

        def connect() -> None:
            try:
                how = {"timeout": PATIENCE, "set_as_default": False}
                found.append(client_class(self.address, **how))
            except Exception as error:  # noqa: BLE001  an address may be anything, and who answers
                found.append(error)

        if not self.address.strip():
            raise self._error("no scheduler answers: the address is empty")
        connecting = Thread(target=connect, daemon=True)
        connecting.start()
        connecting.join(PATIENCE + GRACE)
        client = found[0] if found else TimeoutError("it takes connections and is mute")
        if isinstance(client, Exception):
            why = (str(client).splitlines() or [type(client).__name__])[0][:200]
            raise self._error(f"no scheduler answers: {why}")
        return client

    def _error(self, what: str) -> ClusterError:
        return ClusterError(f"--scheduler {self.address}: {what}")

    def _wait_for_workers(self) -> None:
        """Wait for the first worker."""
        until = time.monotonic() + PATIENCE
        while not self._ask():
            if time.monotonic() >= until:
                raise self._error("it has no workers")
            time.sleep(0.1)

    def _ask(self) -> int:
        """Ask the scheduler for the number of cores; raise if it does not answer."""
        until = time.monotonic() + PATIENCE
        while self.client.status == "connecting" and time.monotonic() < until:
            time.sleep(0.1)
        try:
            identity = self.client.scheduler.identity
            answer = self.client.sync(identity, callback_timeout=PATIENCE)
        except Exception:  # noqa: BLE001  errors of every layer of the network
            self.is_lost = True
            raise self._error("the scheduler is gone") from None
        now = self.heard = time.monotonic()
        self.cores = sum(worker["nthreads"] for worker in answer["workers"].values())
        if self.cores:
            self.staffed = now
        elif now - self.staffed > NO_WORKERS:
            raise self._error(f"no worker for {NO_WORKERS:.0f} s")
        return self.cores

    def refuse_other_versions(self) -> None:
        """Refuse workers that would play another model, by their addresses.

        Raises
        ------
        ClusterError
            Naming up to three of them.
        """
        others = [worker for worker, got in self._versions().items() if got != self.version]
        if others:
            more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
            names = ", ".join(sorted(others)[:3])
            plural = ("s", "have") if len(others) > 1 else ("", "has")
            what = f"worker{plural[0]} {names}{more} {plural[1]} another version of simdeploy"
            raise self._error(f"{what}; {INSTALL}")

    def _versions(self) -> dict[str, Any]:
        """Ask workers for their fingerprints, or errors; a worker that is mute is left out."""
        found: dict[str, Any] = {}

        def ask() -> None:
            with suppress(Exception):
                found.update(self.client.run(fingerprint, on_error="return"))

        asking = Thread(target=ask, daemon=True)
        asking.start()
        asking.join(PATIENCE)
        return dict(found)

    @property
    def room(self) -> int:
        """How many work items to have under way."""
        return max(1, AHEAD * self.cores)

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
        """Wait for at least one work item; send those again that lost their worker.

        Raises
        ------
        ClusterError
            Where the scheduler is gone, or work items end with one worker after the other.
        """
        while True:
            waiting = [self.futures[number] for number in handles]
            with self.client.as_current(), suppress(self.dask.CancelledError, TimeoutError):
                self.dask.wait(waiting, timeout=ASKED_EVERY, return_when="FIRST_COMPLETED")
            if self.client.status != "running" or time.monotonic() - self.heard >= ASKED_EVERY:
                self._ask()
            done = [number for number in handles if self.futures[number].done()]
            results = [(number, result) for number in done if (result := self._result(number))]
            if results:
                return results

    def _result(self, number: int) -> WorkResult | None:
        """Return the result of a work item; None where it was sent once more."""
        try:
            result: WorkResult = self.futures[number].result(timeout=PATIENCE)
        except (self.dask.KilledWorker, self.dask.CancelledError, MemoryError, TimeoutError):
            self._ask()
            if self.tries[number] >= TRIES:
                what = f"a piece of the sweep ended {TRIES} times with its worker"
                raise self._error(f"{what}; look at its memory") from None
            self._send(number)
            return None
        except Exception:
            self.refuse_other_versions()
            raise
        for table in (self.items, self.futures, self.tries):
            del table[number]
        return result

    def stop(self) -> None:
        """Cancel whatever is under way, where the scheduler still takes it."""
        with suppress(Exception):
            futures = list(self.futures.values())
            if futures and not self.is_lost and self._ask():
                self.client.cancel(futures, force=True)

    def close(self) -> None:
        """Disconnect from the cluster; a scheduler that does not answer is left."""
        with self.stack, suppress(Exception):
            self.client.close(timeout=PATIENCE / 2)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what dask logs about a lost connection from the terminal: it is said in one line."""
    logs = [logging.getLogger(name) for name in LOGS]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
