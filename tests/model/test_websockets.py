"""WebSockets: churn, cuts and reconnections."""

from math import log

import pytest

from simdeploy.model.task_list import add_task
from simdeploy.model.websockets import (
    churn_websockets,
    cut_sockets,
    open_sockets,
    reconnect,
    task_arrival_rate,
    total_arrival_rate,
)
from simdeploy.semantics.state import NEW
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record with 600 WebSockets, half of which end within 10 s."""
    m = record()
    m.websockets, m.websocket_end_rate = 600.0, log(2.0) / 10.0
    return m


@pytest.fixture
def s(m):
    """Two old tasks, with 90 and 30 connections; group 0 gets 5 requests/s per weight."""
    s = at_command(m)
    s.world.rate_per_weight[:] = [5.0, 7.0]
    for i in range(6):
        s.tasks[i].websockets = (90.0, 30.0)[i] if i < 2 else 0.0
        s.tasks[i].cohort = 0 if i < 2 else -1
    return s


def test_connections_are_summed_over_the_list(s):
    """Those of every task in it, old or new."""
    add_task(s, 6, NEW)
    s.tasks[6].websockets = 1.5
    assert open_sockets(s) == 121.5


def test_the_rate_of_a_task(s):
    """By ramp and group; none where it is not eligible or does not answer."""
    assert [task_arrival_rate(s, i) for i in (0, 2)] == [5.0, 0.0]
    s.cohorts[0].ramp, s.cohorts[0].group = 3, 1
    assert task_arrival_rate(s, 0) == 21.0
    s.tasks[0].is_answering = 0
    assert task_arrival_rate(s, 0) == 0.0


def test_rates_are_summed_over_the_list(s):
    """Task by task."""
    assert total_arrival_rate(s) == 10.0


def test_connections_even_out(m, s):
    """Half of each task's stay, the other half is made anew by traffic share: 60 each."""
    s.world.websockets_waiting = 4.0
    after = effect(s, churn_websockets, m, s, 10.0)
    assert after == pytest.approx({"t0.websockets": 75.0, "t1.websockets": 45.0})


def test_connections_move_to_where_traffic_goes(m, s):
    """A task without traffic loses them; one with traffic gets them."""
    s.tasks[1].cohort, s.tasks[5].cohort = -1, 0
    after = effect(s, churn_websockets, m, s, 10.0)
    # fair: 60 at tasks 0 and 5
    expected = {"t0.websockets": 75.0, "t1.websockets": 15.0, "t5.websockets": 30.0}
    assert after == pytest.approx(expected)


def test_without_an_answering_task_those_that_end_wait(m, s):
    """Half of 90 and 30 wait, besides those that waited already."""
    s.world.websockets_waiting = 4.0
    s.world.rate_per_weight[0] = 0.0
    assert effect(s, churn_websockets, m, s, 10.0) == pytest.approx(
        {"t0.websockets": 45.0, "t1.websockets": 15.0, "websockets_waiting": 64.0}
    )
    s.tasks[0].websockets, s.tasks[1].websockets = 0.5, 0.0
    assert effect(s, churn_websockets, m, s, 10.0)["websockets_waiting"] == pytest.approx(64.25)


def test_a_low_rate_reaches_a_task_all_the_same(m, s):
    """Shares do not depend on how much there is."""
    s.world.rate_per_weight[0] = 0.25
    after = effect(s, churn_websockets, m, s, 10.0)
    assert after == pytest.approx({"t0.websockets": 75.0, "t1.websockets": 45.0})


def test_a_service_without_websockets_does_nothing(m, s):
    """Whatever the state holds; a single connection is enough to count."""
    m.websockets = 0.0
    assert effect(s, churn_websockets, m, s, 10.0) == {}
    m.websockets = 1.0
    assert effect(s, churn_websockets, m, s, 10.0) != {}


def test_connections_of_a_task_are_cut(s):
    """Their clients wait; both counts go on (alb-websockets-cut)."""
    s.world.websockets_cut, s.world.websockets_waiting = 7.0, 5.0
    assert effect(s, cut_sockets, s, 0) == {
        "websockets_cut": 97.0,
        "websockets_waiting": 95.0,
        "t0.websockets": 0.0,
    }


def test_waiting_clients_reconnect(s):
    """By traffic share: 3 and 1 of 4 parts, since task 1 is in slow start."""
    s.cohorts[0].ramp, s.tasks[1].cohort, s.cohorts[1].ramp = 3, 1, 1
    s.world.websockets_waiting = 8.0
    assert effect(s, reconnect, s) == {
        "websockets_waiting": 0.0,
        "t0.websockets": 96.0,
        "t1.websockets": 32.0,
    }


def test_clients_wait_while_no_task_answers(s):
    """Those that are left wait on."""
    s.world.websockets_waiting, s.world.rate_per_weight[0] = 8.0, 0.0
    assert effect(s, reconnect, s) == {}
    s.world.rate_per_weight[0] = 0.25
    assert effect(s, reconnect, s) == {
        "websockets_waiting": 0.0,
        "t0.websockets": 94.0,
        "t1.websockets": 34.0,
    }


def test_nobody_reconnects_where_nobody_waits(s):
    """A fraction of a client waits, too: counts are expectations."""
    assert effect(s, reconnect, s) == {}
    s.world.websockets_waiting = 0.5
    after = effect(s, reconnect, s)
    assert (after["t0.websockets"], after["websockets_waiting"]) == (90.25, 0.0)
