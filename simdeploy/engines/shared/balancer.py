"""Targets that became eligible at one instant share their fate: a cohort with one backlog."""

from simdeploy.engines.shared.layout import RUNNING, Model, Space
from simdeploy.engines.shared.state import group_of
from simdeploy.semantics.routing import fails_open, is_eligible
from simdeploy.semantics.state import HEALTHY


def find(s: Space, group: int, revision: int, live: int) -> int:
    """A cohort without backlog to join, else the first free place."""
    w = s.world
    free = -1
    for i in range(w.cohorts):
        c = s.cohorts[i]
        if c.n == 0:
            free = i if free < 0 else free
        elif c.group == group and c.revision == revision and c.live == live and c.backlog == 0.0:
            return i
    return free if free >= 0 else w.cohorts


def join(m: Model, s: Space, i: int) -> None:
    """Task ``i`` becomes eligible for requests."""
    w = s.world
    t = s.tasks[i]
    group = group_of(m, t.revision)
    k = find(s, group, t.revision, t.live)
    if k >= w.cohort_room:
        w.overflow = 1
        return
    c = s.cohorts[k]
    if k == w.cohorts or c.n == 0:
        w.cohorts = max(w.cohorts, k + 1)
        c.n = 0
        c.group = group
        c.revision = t.revision
        c.live = t.live
        c.stages = 0
        c.backlog = 0.0
        c.served = 0.0
        c.doomed = 0.0
    c.n += 1
    c.stages += t.stage
    t.cohort = k
    t.eligible = w.now
    w.eligible[group] += 1


def leave(s: Space, i: int) -> None:
    """Task ``i`` receives no more requests."""
    w = s.world
    t = s.tasks[i]
    c = s.cohorts[t.cohort]
    c.n -= 1
    c.stages -= t.stage
    w.eligible[c.group] -= 1
    t.cohort = -1


def restage(s: Space, i: int, stage: int) -> None:
    """Task ``i`` climbs to another stair of its error ramp."""
    t = s.tasks[i]
    if t.cohort >= 0:
        s.cohorts[t.cohort].stages += stage - t.stage
    t.stage = stage


def merge(s: Space) -> None:
    """Cohorts whose backlog is gone become one with their like."""
    w = s.world
    for k in range(1, w.cohorts):
        c = s.cohorts[k]
        if c.n > 0 and c.backlog == 0.0:
            j = twin_before(s, k)
            if j >= 0:
                s.cohorts[j].n += c.n
                s.cohorts[j].stages += c.stages
                c.n = 0
                relabel(s, k, j)


def twin_before(s: Space, k: int) -> int:
    """An earlier cohort of the same kind without backlog, or -1."""
    c = s.cohorts[k]
    for j in range(k):
        o = s.cohorts[j]
        if o.n > 0 and o.backlog == 0.0 and o.group == c.group:
            if o.revision == c.revision and o.live == c.live:
                return j
    return -1


def relabel(s: Space, old: int, new: int) -> None:
    """Move every task of one cohort to another."""
    i = s.world.head
    while i >= 0:
        if s.tasks[i].cohort == old:
            s.tasks[i].cohort = new
        i = s.tasks[i].next


def open_group(m: Model, s: Space, g: int) -> None:
    """Fail-open begins or ends in a target group: unhealthy targets come or go."""
    w = s.world
    p = m
    open_ = 1 if fails_open(w.group_healthy[g], p.fail_open_min, p.fail_open != 0) else 0
    if open_ == w.open[g]:
        return
    w.open[g] = open_
    for revision in range(2):
        for live in range(2):
            reroute(m, s, g, revision, live)


def reroute(m: Model, s: Space, g: int, revision: int, live: int) -> None:
    """Targets of one kind that are not healthy become eligible, or stop being so."""
    w = s.world
    i = w.head
    while i >= 0:
        t = s.tasks[i]
        if t.state == RUNNING and t.health != HEALTHY and t.revision == revision:
            if t.live == live and group_of(m, revision) == g:
                eligible = is_eligible(t.health, w.open[g] != 0, m.open_initial != 0)
                if eligible and t.cohort < 0:
                    join(m, s, i)
                elif t.cohort >= 0 and not eligible:
                    leave(s, i)
        i = t.next
