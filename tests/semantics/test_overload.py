"""The queue of a target: slopes, crossings that land exactly on their bound, what is lost."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simdeploy.semantics.overload import (
    chance_level,
    chance_utilization,
    crossing_at,
    front_after,
    is_queueing,
    is_waiting_longer,
    limited_backlog,
    lost_from_queue,
    next_level,
    queue_after,
    queue_next,
    queue_slope,
    success_of_queue,
)
from simdeploy.semantics.state import NEVER

RATE = st.floats(0.5, 500)
WORK = st.floats(0, 5000)

#: A target of 60/s whose users find a second slow and leave after ten.
LOW, FULL = 60.0, 600.0


@pytest.mark.parametrize(
    ("backlog", "offered", "slope"),
    [(0, 59, 0), (0, 60, 0), (0, 61, 1), (1, 59, -1), (1, 60, 0), (1, 61, 1)],
)
def test_slope(backlog, offered, slope):
    """An empty queue grows above capacity only; any other changes by what is too much or spare."""
    assert queue_slope(backlog, offered, 60) == slope


@pytest.mark.parametrize(
    ("backlog", "offered", "beyond"),
    [(599, 99, False), (600, 60, False), (600, 61, True), (601, 0, True)],
    ids=["below", "at-level", "at-and-growing", "above"],
)
def test_losing_begins_at_the_bound(backlog, offered, beyond):
    """At the bound itself the next arrival is lost only if the queue grows."""
    assert is_waiting_longer(backlog, offered, 60, FULL) is beyond


#: Rates that are 60/s up to rounding; 200 * (0.1 + 0.2) is one of them.
TIES = [200.0 * (0.1 + 0.2), math.nextafter(60.0, 99.0), math.nextafter(60.0, 0.0), 60.0 + 1e-9]


@pytest.mark.parametrize("offered", TIES)
def test_rounding_fills_no_backlog(offered):
    """A rate that is the capacity but for rounding is the capacity: a level queue stays level."""
    assert not is_queueing(0.0, offered, 60.0)
    assert [queue_slope(b, offered, 60.0) for b in (0.0, 30.0, 600.0)] == [0.0, 0.0, 0.0]
    assert not is_waiting_longer(600.0, offered, 60.0, 600.0)
    assert queue_next(30.0, offered, 60.0, 0.0, 600.0) == NEVER
    assert queue_after(30.0, offered, 60.0, 0.0, 600.0, 0.0, 1e9) == 30.0


def bounds(backlog, offered):
    """Return the bounds next to a backlog: the empty queue, a slow second, ten s of patience."""
    rising = offered > 60
    below = [bound for bound in (0.0, LOW, FULL) if bound < backlog]
    above = [bound for bound in (LOW, FULL) if bound > backlog or (bound == backlog and not rising)]
    return (below or [0.0])[-1], (above or [NEVER])[0]


@pytest.mark.parametrize(("slope", "level"), [(1.0, FULL), (1e-9, FULL), (-1.0, LOW), (0.0, NEVER)])
def test_next_level(slope, level):
    """A rising queue meets the bound above, a falling one that below, a constant one none."""
    assert next_level(slope, LOW, FULL) == level


@pytest.mark.parametrize(
    ("backlog", "offered", "seconds"),
    [(0, 70, 6), (60, 70, 54), (600, 70, NEVER), (0, 60, NEVER), (30, 50, 3), (660, 50, 6)],
    ids=["to-slow", "to-full", "beyond-full", "level", "to-empty", "to-full-again"],
)
def test_seconds_to_the_next_crossing(backlog, offered, seconds):
    """Ten requests/s too many or too few cross a bound after a tenth of the way's seconds."""
    assert queue_next(backlog, offered, 60, *bounds(backlog, offered)) == seconds


@given(WORK, RATE, RATE, WORK, WORK)
def test_a_crossing_lands_on_its_bound(backlog, offered, capacity, below, above):
    """At the crossing the backlog is the bound itself, not almost."""
    low, high = min(below, backlog), backlog + above
    wait = queue_next(backlog, offered, capacity, low, high)
    assume(wait < NEVER)
    assert queue_after(backlog, offered, capacity, low, high, 0.0, wait) in (low, high)


@given(WORK, RATE, RATE, WORK, WORK)
def test_a_crossing_lies_ahead(backlog, offered, capacity, below, above):
    """A bound is met now or later, never in the past, and by no queue that stays as it is."""
    wait = queue_next(backlog, offered, capacity, min(below, backlog), backlog + above)
    assert wait >= 0
    assert (wait == NEVER) is (queue_slope(backlog, offered, capacity) == 0)


@given(WORK, RATE, RATE, st.floats(0, 1))
def test_work_is_conserved_before_a_crossing(backlog, offered, capacity, part):
    """Until the next bound the backlog grows by what came and was not served."""
    wait = min(queue_next(backlog, offered, capacity, 0.0, backlog + 100.0), 1000.0)
    assume(wait > 0)
    seconds = part * 0.999 * wait
    after = queue_after(backlog, offered, capacity, 0.0, backlog + 100.0, 0.0, seconds)
    change = seconds * queue_slope(backlog, offered, capacity)
    assert after == pytest.approx(backlog + change, abs=1e-6)
    assert after >= 0


@pytest.mark.parametrize(("until", "backlog"), [(103, 30), (106, 60), (160, 60)])
def test_after_a_while(until, backlog):
    """Half of the way to the bound, exactly there, and no further without another look."""
    assert queue_after(0, 70, 60, 0, LOW, 100, until) == backlog


@pytest.mark.parametrize(
    ("now", "wait", "at"),
    [(100.0, 3.0, 103.0), (100.0, 0.0, math.nextafter(100.0, 101.0)), (1e9, NEVER, NEVER)],
)
def test_crossings_move_on(now, wait, at):
    """The clock goes on by as little as it can, however little is left."""
    assert crossing_at(now, wait) == pytest.approx(at, rel=1e-15)
    assert crossing_at(now, wait) > now


@pytest.mark.parametrize(
    ("cancels", "backlog", "after"),
    [(True, 599, 599), (True, 600, 600), (True, 601, 600), (False, 601, 601)],
)
def test_canceled_work_leaves_the_queue(cancels, backlog, after):
    """A server that drops requests of clients that left has at most ``full`` in its queue."""
    assert limited_backlog(backlog, FULL, cancels) == after


@pytest.mark.parametrize(
    ("backlog", "front", "served", "lost"),
    [(100, 0, 0, 100), (100, 0, 60, 40), (100, 0, 120, 0), (61, 0, 60, 1), (61, 0, 61, 0),
     (900, 300, 0, 600), (900, 300, 60, 600), (900, 300, 300, 600), (900, 300, 301, 599)],
    ids=["crash", "short", "long-enough", "one-more", "just", "lost-front", "lost-front-first",
         "front-gone", "behind-too"],
)  # fmt: skip
def test_what_a_drain_leaves_unserved(backlog, front, served, lost):
    """A drain serves capacity × delay; those in front have left already, and are not lost again."""
    assert lost_from_queue(backlog, front, 0.0, 1.0, served) == lost


SHARE = st.floats(0, 1)


@given(WORK, SHARE, SHARE, SHARE, st.floats(0, 600), st.floats(0, 600))
def test_a_longer_drain_never_loses_more(backlog, part, front_share, share, served, more):
    """And it loses at most the queued requests that would have succeeded."""
    front = part * backlog
    here = lost_from_queue(backlog, front, front_share, share, served)
    rounding = 1e-9 * (1 + backlog)
    assert (
        0 <= lost_from_queue(backlog, front, front_share, share, served + more) <= here + rounding
    )
    most = success_of_queue(backlog, front, front_share, share) * backlog
    assert here <= most + 1e-6


@pytest.mark.parametrize(
    ("backlog", "front", "share"), [(0, 0, 0.7), (40, 0, 0.7), (40, 40, 0.2), (40, 10, 0.575)]
)
def test_success_of_a_queue_is_the_mean_of_its_parts(backlog, front, share):
    """The front part has its own success probability, the rest that of new arrivals."""
    assert success_of_queue(backlog, front, 0.2, 0.7) == pytest.approx(share)


@pytest.mark.parametrize(
    ("front", "gone", "backlog", "left"),
    [(30, 10, 40, 20), (30, 30, 40, 0), (30, 31, 40, 0), (30, 0, 20, 20), (0, 0, 0, 0)],
)
def test_the_front_leaves_first(front, gone, backlog, left):
    """First come, first served; the front part is never longer than the queue."""
    assert front_after(front, gone, backlog) == left


@pytest.mark.parametrize(
    ("backlog", "offered", "load"),
    [
        (0.0, 45.0, 0.75),
        (0.0, 60.0, 1.0),
        (0.0, 60.3, 0.99),
        (900.0, 60.3, 0.99),
        (0.0, 75.0, 0.5),
        (0.0, 90.0, 0.0),
        (0.0, 120.0, 0.0),
        (1.0, 60.0, 0.0),
        (1.0, 45.0, 0.0),
    ],
)
def test_the_load_of_waits_by_chance(backlog, offered, load):
    """A target of 60/s: above it half as close to full load as the rate; 0 behind a backlog."""
    assert chance_utilization(backlog, offered, 60.0) == pytest.approx(load)


@given(st.floats(0.5, 500), st.floats(-1e-3, 1e-3))
def test_waits_by_chance_are_continuous_at_full_load(capacity, more):
    """A rate that is off by a share moves the load by at most twice that share."""
    load = chance_utilization(0.0, capacity * (1.0 + more), capacity)
    assert 1.0 - load == pytest.approx(max(-more, 2.0 * more), abs=1e-8)


@pytest.mark.parametrize("offered", TIES)
def test_rounding_is_full_load(offered):
    """A rate that is the capacity but for rounding waits as at full load, and by chance alone."""
    assert chance_utilization(0.0, offered, 60.0) == pytest.approx(1.0)
    assert chance_level(0.02, offered, 60.0) == 0.0


def test_nothing_is_served_without_capacity():
    """Requests at a target without capacity wait in its backlog alone."""
    assert (chance_utilization(0.0, 1.0, 0.0), chance_level(0.02, 1.0, 0.0)) == (0.0, 0.0)
    assert chance_utilization(0.0, 0.0, 0.0) == 1.0


@given(st.floats(1e-4, 1.0), st.floats(1.001, 1.4), st.floats(1, 500))
def test_chance_gives_way_to_a_backlog_as_long(growth, u, capacity):
    """The level is as long a wait as the mean of the steady state: v / (2 (1 - load))."""
    level = chance_level(growth, u * capacity, capacity)
    load = chance_utilization(0.0, u * capacity, capacity)
    assert level / capacity == pytest.approx(growth / (2.0 * (1.0 - load)))
