"""The queue of task events: a binary heap by time, then by key."""

import random

from simdeploy.engines.kernel.heap import pop, push
from simdeploy.model.fields.plain import RunState


def popped(s):
    """Pop all events; return them in order."""
    events = []
    while s.world.heap_size > 0:
        events.append((s.heap[0].at, s.heap[0].key))
        pop(s)
    return events


def test_events_come_in_order():
    """By time, and by key at one instant, whatever the order of pushing."""
    rng = random.Random(1)
    for n in range(1, 24):
        s = RunState(4)
        events = [(float(rng.randrange(5)), rng.randrange(9)) for _ in range(n)]
        for at, key in events:
            push(s, at, key)
        assert s.world.heap_size == n
        assert popped(s) == sorted(events)


def test_events_are_pushed_between_pops():
    """The earliest one is always on top."""
    rng = random.Random(2)
    s, events = RunState(8), []
    for _ in range(400):
        if len(events) < 40 and (not events or rng.random() < 0.6):
            event = (float(rng.randrange(20)), rng.randrange(4))
            push(s, *event)
            events.append(event)
        else:
            events.remove(min(events))
            pop(s)
        assert not events or (s.heap[0].at, s.heap[0].key) == min(events)


def test_a_full_heap_is_reported():
    """The last place is taken; the next event is dropped and the flag set."""
    s = RunState(1)
    for k in range(24):
        push(s, 1.0, k)
    assert (s.world.heap_size, s.world.out_of_room) == (24, 0)
    push(s, 0.0, 99)
    assert (s.world.heap_size, s.world.out_of_room) == (24, 1)
    assert s.heap[0].key == 0
