"""When the next event of each task is due, by slot: a flat list, with the earliest of each block.

A task has at most one event in it, so that nothing is superseded. Of a block only the tasks that
have moved make it be searched again; most services fit into one.
"""

from simdeploy.model import timers
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.state import NEVER

#: Slots of a block are ``1 << BLOCK_BITS``.
BLOCK_BITS = 5


def open_slot(s: RunState) -> int:
    """Return a slot that no task of this run has had yet; -1 and ``out_of_room`` without room."""
    w = s.world
    i = w.used_slots
    if i >= s.tasks.shape[0]:
        w.out_of_room = 1
        return -1
    w.used_slots = i + 1
    s.due[i].at = NEVER
    if i & ((1 << BLOCK_BITS) - 1) == 0:
        s.blocks[i >> BLOCK_BITS].at = NEVER
        s.blocks[i >> BLOCK_BITS].is_stale = 0
    return int(i)


def set_due(s: RunState, i: int) -> None:
    """Note when the next event of task ``i`` is due: of its life, its health or its leftover."""
    t = s.tasks[i]
    x = s.blocks[i >> BLOCK_BITS]
    at = min(min(t.life_event_at, t.check_event_at), t.leftover_event_at)
    if at < x.at or s.due[i].at == x.at:
        x.is_stale = 1
    s.due[i].at = at


def set_all_due(s: RunState) -> None:
    """Note when the next events of all tasks are due."""
    i = s.world.first_task
    while i >= 0:
        set_due(s, i)
        i = s.tasks[i].next_task


def first_due(s: RunState) -> float:
    """Return when the first event of a task is due; NEVER if none is."""
    end = s.world.used_slots
    first = NEVER
    for k in range(n_blocks(s)):
        x = s.blocks[k]
        if x.is_stale != 0:
            x.at = earliest(s, k << BLOCK_BITS, min((k + 1) << BLOCK_BITS, end))
            x.is_stale = 0
        first = min(first, x.at)
    return first


def n_blocks(s: RunState) -> int:
    """Return how many blocks are in use."""
    return int((s.world.used_slots + (1 << BLOCK_BITS) - 1) >> BLOCK_BITS)


def earliest(s: RunState, first: int, end: int) -> float:
    """Return the earliest time of slots; two at a time, which a processor compares at once."""
    even = NEVER
    odd = NEVER
    for i in range(first, end - 1, 2):
        even = min(even, s.due[i].at)
        odd = min(odd, s.due[i + 1].at)
    if (end - first) & 1 == 1:
        even = min(even, s.due[end - 1].at)
    return min(even, odd)


def due_now(s: RunState) -> tuple[int, int]:
    """Return how many tasks have an event at this instant, 2 for more, and the last slot seen.

    `first_due` has been asked since the last change.
    """
    now = s.world.now
    n = 0
    slot = -1
    for k in range(n_blocks(s)):
        if s.blocks[k].at == now:
            i = next_due(s, k << BLOCK_BITS, k)
            while i >= 0 and n < 2:
                n += 1
                slot = i
                i = next_due(s, i + 1, k)
    return n, slot


def next_due(s: RunState, i: int, k: int) -> int:
    """Return the first slot from ``i`` on, in block ``k``, with an event at this instant; or -1."""
    now = s.world.now
    end = min((k + 1) << BLOCK_BITS, s.world.used_slots)
    while i < end:
        if s.due[i].at == now:
            return i
        i += 1
    return -1


def n_timers(m: ScenarioRecord) -> int:
    """Return the number of timers in use."""
    return timers.ALARMS + 4 * m.n_alarms


def first_timer(m: ScenarioRecord, s: RunState) -> float:
    """Return when the first timer is due; four at a time, which a processor compares at once."""
    w = s.world
    last = n_timers(m) - 2
    first = w.timers[last]
    second = w.timers[last + 1]
    third = NEVER
    fourth = NEVER
    for i in range(0, last, 4):
        first = min(first, w.timers[i])
        second = min(second, w.timers[i + 1])
        third = min(third, w.timers[i + 2])
        fourth = min(fourth, w.timers[i + 3])
    return float(min(min(first, second), min(third, fourth)))
