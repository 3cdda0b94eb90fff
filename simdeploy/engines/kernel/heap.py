"""A binary heap of events by time and key; superseded events are skipped when they are popped."""

from simdeploy.model.fields.types import RunState


def push(s: RunState, at: float, key: int) -> None:
    """Add an event; set ``out_of_room`` if the heap is full."""
    w = s.world
    heap = s.heap
    i = w.heap_size
    if i >= heap.shape[0]:
        w.out_of_room = 1
        return
    w.heap_size = i + 1
    while i > 0:
        j = (i - 1) >> 1
        if heap[j].at < at or (heap[j].at == at and heap[j].key <= key):
            break
        heap[i].at = heap[j].at
        heap[i].key = heap[j].key
        i = j
    heap[i].at = at
    heap[i].key = key


def pop(s: RunState) -> None:
    """Remove the earliest event, which the caller has read."""
    w = s.world
    heap = s.heap
    n = w.heap_size - 1
    w.heap_size = n
    at = heap[n].at
    key = heap[n].key
    i = 0
    c = 1
    while c < n:
        r = c + 1
        if r < n and (
            heap[r].at < heap[c].at or (heap[r].at == heap[c].at and heap[r].key < heap[c].key)
        ):
            c = r
        if heap[c].at > at or (heap[c].at == at and heap[c].key >= key):
            break
        heap[i].at = heap[c].at
        heap[i].key = heap[c].key
        i = c
        c = 2 * i + 1
    heap[i].at = at
    heap[i].key = key
