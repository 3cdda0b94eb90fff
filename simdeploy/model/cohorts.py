"""Targets that became eligible at one instant share their fate: a cohort with one backlog."""

from simdeploy.model.accessors import group_of
from simdeploy.model.constants import RUNNING
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.faults import TASK_RUNNING
from simdeploy.semantics.overload import sound_share
from simdeploy.semantics.routing import fails_open, is_eligible
from simdeploy.semantics.state import HEALTHY


def is_like(s: RunState, k: int, i: int, backlog: float) -> bool:
    """Whether a cohort holds targets just like task ``i``."""
    c = s.cohorts[k]
    t = s.tasks[i]
    if c.revision != t.revision or c.is_answering != t.is_answering or c.backlog != backlog:
        return False
    return bool(c.is_cold == t.is_cold and c.ramp == t.ramp)


def find(s: RunState, i: int, backlog: float) -> int:
    """A cohort for task ``i`` to join, else the first free place."""
    w = s.world
    free = -1
    for k in range(w.n_cohorts):
        if s.cohorts[k].n_targets == 0:
            free = k if free < 0 else free
        elif is_like(s, k, i, backlog):
            return k
    return free if free >= 0 else w.n_cohorts


def join(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Task ``i`` becomes eligible for requests; nobody waits at it yet."""
    s.tasks[i].joined_at = s.world.now
    rejoin(m, s, i, 0.0, 1.0)


def rejoin(m: ScenarioRecord, s: RunState, i: int, backlog: float, sound: float) -> None:
    """Task ``i`` finds its like among the eligible targets; its line is as sound as it was."""
    w = s.world
    t = s.tasks[i]
    k = find(s, i, backlog)
    if k >= w.cohort_room:
        w.out_of_room = 1
        return
    c = s.cohorts[k]
    if k == w.n_cohorts or c.n_targets == 0:
        w.n_cohorts = max(w.n_cohorts, k + 1)
        c.n_targets = 0
        c.group = group_of(m, t.revision)
        c.revision = t.revision
        c.is_answering = t.is_answering
        c.is_cold = t.is_cold
        c.ramp = t.ramp
        c.error_parts = 0
        c.backlog = backlog
        c.front = backlog
        c.front_success = sound
        c.success = 1.0
        c.served_rate = 0.0
    c.n_targets += 1
    c.error_parts += level_of(m, s, t.revision, t.error_step)
    t.cohort = k
    w.eligible_weight[c.group] += t.ramp


def leave(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Task ``i`` receives no more requests."""
    w = s.world
    t = s.tasks[i]
    c = s.cohorts[t.cohort]
    c.n_targets -= 1
    c.error_parts -= level_of(m, s, t.revision, t.error_step)
    w.eligible_weight[c.group] -= t.ramp
    t.cohort = -1


def level_of(m: ScenarioRecord, s: RunState, revision: int, stair: int) -> int:
    """Error level of a task that has climbed so many stairs."""
    if stair == 0:
        return 0
    return int(m.releases[s.world.generation[revision]].error_steps[TASK_RUNNING][stair - 1].parts)


def restair(m: ScenarioRecord, s: RunState, i: int, stair: int) -> None:
    """Task ``i`` climbs to another stair of its errors."""
    t = s.tasks[i]
    if t.cohort >= 0:
        before = level_of(m, s, t.revision, t.error_step)
        s.cohorts[t.cohort].error_parts += level_of(m, s, t.revision, stair) - before
    t.error_step = stair


def rewarm(m: ScenarioRecord, s: RunState, i: int, cold: int) -> None:
    """Task ``i`` serves at another pace from now on; who waits at it goes on waiting."""
    move(m, s, i, cold, s.tasks[i].ramp)


def reramp(m: ScenarioRecord, s: RunState, i: int, ramp: int) -> None:
    """Task ``i`` receives another share of what a warm target does."""
    move(m, s, i, s.tasks[i].is_cold, ramp)


def move(m: ScenarioRecord, s: RunState, i: int, cold: int, ramp: int) -> None:
    """Task ``i`` changes its kind, and its cohort with it."""
    t = s.tasks[i]
    if t.cohort < 0:
        t.is_cold = cold
        t.ramp = ramp
        return
    c = s.cohorts[t.cohort]
    backlog = c.backlog
    sound = sound_share(backlog, c.front, c.front_success, c.success)
    leave(m, s, i)
    t.is_cold = cold
    t.ramp = ramp
    rejoin(m, s, i, backlog, sound)


def merge(s: RunState) -> None:
    """Cohorts whose backlog is gone become one with their like."""
    w = s.world
    for k in range(1, w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.backlog == 0.0:
            j = twin_before(s, k)
            if j >= 0:
                s.cohorts[j].n_targets += c.n_targets
                s.cohorts[j].error_parts += c.error_parts
                c.n_targets = 0
                relabel(s, k, j)


def twin_before(s: RunState, k: int) -> int:
    """An earlier cohort of the same kind without backlog, or -1."""
    c = s.cohorts[k]
    for j in range(k):
        o = s.cohorts[j]
        if o.n_targets > 0 and o.backlog == 0.0 and o.revision == c.revision:
            if o.is_answering == c.is_answering and o.is_cold == c.is_cold and o.ramp == c.ramp:
                return j
    return -1


def relabel(s: RunState, old: int, new: int) -> None:
    """Move every task of one cohort to another."""
    i = s.world.first_task
    while i >= 0:
        if s.tasks[i].cohort == old:
            s.tasks[i].cohort = new
        i = s.tasks[i].next_task


def open_group(m: ScenarioRecord, s: RunState, g: int) -> None:
    """Fail-open begins or ends in a target group: unhealthy targets come or go."""
    w = s.world
    p = m
    open_ = 1 if fails_open(w.healthy_targets[g], p.fail_open_min_count, p.fail_open != 0) else 0
    if open_ == w.fails_open[g]:
        return
    w.fails_open[g] = open_
    for revision in range(2):
        for live in range(2):
            reroute(m, s, g, revision, live)


def reroute(m: ScenarioRecord, s: RunState, g: int, revision: int, live: int) -> None:
    """Targets of one kind that are not healthy become eligible, or stop being so."""
    w = s.world
    i = w.first_task
    while i >= 0:
        t = s.tasks[i]
        if t.state == RUNNING and t.health != HEALTHY and t.revision == revision:
            if t.is_answering == live and group_of(m, revision) == g:
                eligible = is_eligible(
                    t.health, w.fails_open[g] != 0, m.fail_open_includes_initial != 0
                )
                if eligible and t.cohort < 0:
                    join(m, s, i)
                elif t.cohort >= 0 and not eligible:
                    leave(m, s, i)
        i = t.next_task
