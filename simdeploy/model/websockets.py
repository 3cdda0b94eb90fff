"""WebSockets of a run: where they are, which are cut, and where they come back."""

from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.sockets import after, remaining


def drift(m: ScenarioRecord, s: RunState, seconds: float) -> None:
    """Connections end and are made anew while traffic is spread as it is now."""
    w = s.world
    if m.websockets <= 0.0:
        return
    kept = remaining(m.websocket_end_rate, seconds)
    total = open_sockets(s)
    arriving = live_arrivals(s)
    left = 0.0
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        fair = total * units_of(s, i) / arriving if arriving > 0.0 else 0.0
        t.websockets = after(t.websockets, kept, fair)
        left += t.websockets
        i = t.next_task
    w.websockets_waiting += max(0.0, total - left) if arriving <= 0.0 else 0.0


def open_sockets(s: RunState) -> float:
    """Connections that are open now."""
    total = 0.0
    i = s.world.first_task
    while i >= 0:
        total += s.tasks[i].websockets
        i = s.tasks[i].next_task
    return total


def units_of(s: RunState, i: int) -> float:
    """Requests per second that reach an answering task."""
    t = s.tasks[i]
    if t.cohort < 0 or t.is_answering == 0:
        return 0.0
    c = s.cohorts[t.cohort]
    return float(s.world.rate_per_weight[c.group] * c.ramp)


def live_arrivals(s: RunState) -> float:
    """Requests per second that reach answering tasks, summed task by task."""
    total = 0.0
    i = s.world.first_task
    while i >= 0:
        total += units_of(s, i)
        i = s.tasks[i].next_task
    return total


def cut_sockets(s: RunState, i: int) -> None:
    """The connections of a task are cut; their clients come back at the next chance."""
    w = s.world
    t = s.tasks[i]
    w.websockets_cut += t.websockets
    w.websockets_waiting += t.websockets
    t.websockets = 0.0


def reconnect(s: RunState) -> None:
    """Who waits for a connection gets one, by traffic share, as soon as somebody answers."""
    w = s.world
    if w.websockets_waiting <= 0.0:
        return
    arriving = live_arrivals(s)
    if arriving <= 0.0:
        return
    i = w.first_task
    while i >= 0:
        s.tasks[i].websockets += w.websockets_waiting * units_of(s, i) / arriving
        i = s.tasks[i].next_task
    w.websockets_waiting = 0.0
