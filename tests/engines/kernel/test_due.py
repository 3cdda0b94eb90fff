"""When the next events of tasks are due: the flat list, its blocks, and the order of an instant."""

import random

import pytest

from simdeploy.engines.kernel import loop
from simdeploy.engines.kernel.due import (
    BLOCK_BITS,
    due_now,
    first_due,
    n_blocks,
    open_slot,
    set_due,
)
from simdeploy.model.fields.initial import reset_world
from simdeploy.model.fields.plain import RunState
from simdeploy.semantics.state import NEVER

BLOCK = 1 << BLOCK_BITS


def state(tasks):
    """Return the state of a run with so many slots taken, none of them due."""
    s = RunState(tasks)
    reset_world(s.world)
    for k in range(tasks):
        assert open_slot(s) == k
        t = s.tasks[k]
        t.life_event_at = t.check_event_at = t.leftover_event_at = NEVER
        s.tasks[k].next_task = k + 1 if k + 1 < tasks else -1
    s.world.first_task = 0
    return s


def put(s, i, life=NEVER, check=NEVER, leftover=NEVER):
    """Set the events of a task."""
    t = s.tasks[i]
    t.life_event_at, t.check_event_at, t.leftover_event_at = life, check, leftover
    set_due(s, i)


def test_slots_are_opened_in_order_as_long_as_there_is_room():
    """The next one is -1, and the run is repeated with more room."""
    s = state(3)
    assert (first_due(s), s.world.out_of_room) == (NEVER, 0)
    assert (open_slot(s), s.world.out_of_room, s.world.used_slots) == (-1, 1, 3)


@pytest.mark.parametrize(
    ("tasks", "blocks"), [(1, 1), (BLOCK, 1), (BLOCK + 1, 2), (3 * BLOCK - 1, 3)]
)
def test_the_earliest_of_all_is_found(tasks, blocks):
    """Whatever changes, in any block, odd numbers of slots included."""
    luck, s = random.Random(tasks), state(tasks)
    assert n_blocks(s) == blocks
    for _ in range(300):
        i = luck.randrange(tasks)
        put(s, i, *(luck.choice([NEVER, float(luck.randrange(9))]) for _ in range(3)))
        if luck.random() < 0.3:
            put(s, i)
        all_ = [s.tasks[k] for k in range(tasks)]
        times = [min(t.life_event_at, t.check_event_at, t.leftover_event_at) for t in all_]
        assert first_due(s) == min(times)
        if min(times) == NEVER:
            continue
        s.world.now = min(times)
        n, slot = due_now(s)
        assert min(n, 2) == min(2, sum(at == s.world.now for at in times))
        assert times[slot] == s.world.now


def test_a_block_of_a_run_before_is_forgotten():
    """Its earliest time was 3 s; the slots of this run are not due."""
    s = state(2)
    put(s, 0, 3.0)
    assert first_due(s) == 3.0
    reset_world(s.world)
    open_slot(s)
    assert first_due(s) == NEVER


@pytest.mark.parametrize("play", [loop.play_slots, loop.play_tasks])
def test_lives_come_before_checks_and_old_tasks_before_young_ones(monkeypatch, play):
    """Task 1 has a check and then a life event of the same instant; that comes before other checks.

    What changes in a leftover is last. Of what is due later nothing is played.
    """
    s, played = state(BLOCK + 2), []
    late = BLOCK + 1
    put(s, 0, 9.0, 5.0)
    put(s, 1, 5.0, 5.0, 5.0)
    put(s, 2, 9.0, 9.0)
    put(s, late, 5.0)
    first_due(s)
    s.world.now = 5.0

    def life(_, s, i):
        played.append(("life", i))
        put(s, i, NEVER, s.tasks[i].check_event_at, s.tasks[i].leftover_event_at)

    def check(_, s, i):
        played.append(("check", i))
        put(s, i, 5.0 if i == 0 else NEVER, NEVER, s.tasks[i].leftover_event_at)

    def leftover(s, i):
        played.append(("leftover", i))
        put(s, i)

    monkeypatch.setattr(loop, "play_life_event", life)
    monkeypatch.setattr(loop, "play_check", check)
    monkeypatch.setattr(loop, "play_leftover", leftover)
    play(None, s)
    assert played[:3] == [("life", 1), ("life", late), ("check", 0)]
    assert played[3:] == [("life", 0), ("check", 1), ("leftover", 1)]
