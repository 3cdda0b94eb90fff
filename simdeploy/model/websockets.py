"""WebSockets: how they spread over tasks, which are cut, and where clients reconnect."""

from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.sockets import connections_after, surviving_share


def churn_websockets(m: ScenarioRecord, s: RunState, seconds: float) -> None:
    """Let connections end and be made anew for ``seconds``, at the present traffic shares."""
    w = s.world
    if m.websockets <= 0.0:
        return
    share_left = surviving_share(m.websocket_end_rate, seconds)
    total = open_sockets(s)
    arriving = total_arrival_rate(s)
    connected = 0.0
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        fair = total * task_arrival_rate(s, i) / arriving if arriving > 0.0 else 0.0
        t.websockets = connections_after(t.websockets, share_left, fair)
        connected += t.websockets
        i = t.next_task
    w.websockets_waiting += max(0.0, total - connected) if arriving <= 0.0 else 0.0


def open_sockets(s: RunState) -> float:
    """Connections open now."""
    total = 0.0
    i = s.world.first_task
    while i >= 0:
        total += s.tasks[i].websockets
        i = s.tasks[i].next_task
    return total


def task_arrival_rate(s: RunState, i: int) -> float:
    """Requests per second at a task; 0 if it does not answer or is not eligible."""
    t = s.tasks[i]
    if t.cohort < 0 or t.is_answering == 0:
        return 0.0
    c = s.cohorts[t.cohort]
    return float(s.world.rate_per_weight[c.group] * c.ramp)


def total_arrival_rate(s: RunState) -> float:
    """Requests per second at all answering tasks."""
    total = 0.0
    i = s.world.first_task
    while i >= 0:
        total += task_arrival_rate(s, i)
        i = s.tasks[i].next_task
    return total


def cut_sockets(s: RunState, i: int) -> None:
    """Cut the task's connections; their clients wait to reconnect (alb-websockets-cut)."""
    w = s.world
    t = s.tasks[i]
    w.websockets_cut += t.websockets
    w.websockets_waiting += t.websockets
    t.websockets = 0.0


def reconnect(s: RunState) -> None:
    """Reconnect the waiting clients by traffic share, if any task answers."""
    w = s.world
    if w.websockets_waiting <= 0.0:
        return
    arriving = total_arrival_rate(s)
    if arriving <= 0.0:
        return
    i = w.first_task
    while i >= 0:
        s.tasks[i].websockets += w.websockets_waiting * task_arrival_rate(s, i) / arriving
        i = s.tasks[i].next_task
    w.websockets_waiting = 0.0
