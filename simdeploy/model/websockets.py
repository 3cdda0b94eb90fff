"""WebSockets of a run: where they are, which are cut, and where they come back."""

from simdeploy.model.constants import Model, Space
from simdeploy.semantics.sockets import after, remaining


def drift(m: Model, s: Space, seconds: float) -> None:
    """Connections end and are made anew while traffic is spread as it is now."""
    w = s.world
    if m.sockets <= 0.0:
        return
    kept = remaining(m.socket_end, seconds)
    total = open_sockets(s)
    arriving = live_arrivals(s)
    left = 0.0
    i = w.head
    while i >= 0:
        t = s.tasks[i]
        fair = total * units_of(s, i) / arriving if arriving > 0.0 else 0.0
        t.sockets = after(t.sockets, kept, fair)
        left += t.sockets
        i = t.next
    w.sockets_waiting += max(0.0, total - left) if arriving <= 0.0 else 0.0


def open_sockets(s: Space) -> float:
    """Connections that are open now."""
    total = 0.0
    i = s.world.head
    while i >= 0:
        total += s.tasks[i].sockets
        i = s.tasks[i].next
    return total


def units_of(s: Space, i: int) -> float:
    """Requests per second that reach an answering task."""
    t = s.tasks[i]
    if t.cohort < 0 or t.live == 0:
        return 0.0
    c = s.cohorts[t.cohort]
    return float(s.world.per_unit[c.group] * c.ramp)


def live_arrivals(s: Space) -> float:
    """Requests per second that reach answering tasks, summed task by task."""
    total = 0.0
    i = s.world.head
    while i >= 0:
        total += units_of(s, i)
        i = s.tasks[i].next
    return total


def cut_sockets(s: Space, i: int) -> None:
    """The connections of a task are cut; their clients come back at the next chance."""
    w = s.world
    t = s.tasks[i]
    w.sockets_cut += t.sockets
    w.sockets_waiting += t.sockets
    t.sockets = 0.0


def reconnect(s: Space) -> None:
    """Who waits for a connection gets one, by traffic share, as soon as somebody answers."""
    w = s.world
    if w.sockets_waiting <= 0.0:
        return
    arriving = live_arrivals(s)
    if arriving <= 0.0:
        return
    i = w.head
    while i >= 0:
        s.tasks[i].sockets += w.sockets_waiting * units_of(s, i) / arriving
        i = s.tasks[i].next
    w.sockets_waiting = 0.0
