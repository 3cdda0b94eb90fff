"""Playing the chunks of a sweep: on threads of this machine, or on workers of a cluster."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any

from simdeploy.sweeps.chunks import Chunk
from simdeploy.sweeps.work_items import AHEAD, RunsCallback, WorkItem, WorkResult, run_work_item
from simdeploy.sweeps.writing import Writer

if TYPE_CHECKING:
    from simdeploy.sweeps.cluster import Workers


class Stopped(BaseException):
    """Raised in a thread to end it."""


class Threads:
    """Threads of this process: the compiled engine lets them run at the same time."""

    def __init__(self, threads: int, callback: RunsCallback) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="sweep")
        self.room = threads * AHEAD
        self.stopping = False
        self.callback = callback

    def submit(self, item: WorkItem) -> Future[WorkResult]:
        """Begin with a work item and return a handle."""
        return self.pool.submit(run_work_item, item, self._count_or_stop)

    def _count_or_stop(self, runs: int) -> None:
        if self.stopping:
            raise Stopped
        self.callback(runs)

    def finished(
        self, handles: set[Future[WorkResult]]
    ) -> list[tuple[Future[WorkResult], WorkResult]]:
        """Wait for at least one handle; return those that are done, with their results."""
        done = wait(handles, return_when=FIRST_COMPLETED).done
        return [(handle, handle.result()) for handle in done]

    def stop(self) -> None:
        """End the threads after the slice that each is playing."""
        self.stopping = True
        self.pool.shutdown(wait=True, cancel_futures=True)


def play_chunks(
    writer: Writer, chunks: Sequence[Chunk], executor: "Threads | Workers"
) -> Iterator[Chunk]:
    """Play and write chunks; yield each chunk when it is done, in any order."""
    queue = iter(chunks)
    under_way: dict[Any, Chunk] = {}
    try:
        while True:
            for chunk in islice(queue, max(0, executor.room - len(under_way))):
                under_way[executor.submit(writer.work_item(chunk))] = chunk
            if not under_way:
                return
            for handle, result in executor.finished(set(under_way)):
                chunk = under_way.pop(handle)
                writer.write(chunk, result)
                yield chunk
    finally:
        executor.stop()
