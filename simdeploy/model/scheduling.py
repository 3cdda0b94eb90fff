"""What the scheduler of ECS starts and stops when it looks."""

from simdeploy.model import timers
from simdeploy.model.accessors import get_breaker
from simdeploy.model.constants import NO_CAP, SICK, STARTING, UNREACTED, WELL
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import look_after, look_from
from simdeploy.model.placement import cannot_place
from simdeploy.model.task_end import count_failed_task
from simdeploy.model.task_list import count_fleet, scheduler_class
from simdeploy.semantics import plan
from simdeploy.semantics.breaker import is_due
from simdeploy.semantics.capacity import (
    changes_anything,
    is_forced,
    limit_starts,
    other_target,
    reconcile,
    starts_wanted,
    token_wait,
    tokens_after,
)
from simdeploy.semantics.kubernetes import old_pods, reconcile_pods
from simdeploy.semantics.overload import crossing_at
from simdeploy.semantics.state import NEVER, NEW, Fleet, Orders, Pending

#: Nothing to stop or start.
NO_ORDERS = Orders(0, 0, 0, 0, 0, 0, 0)


def cap_now(m: ScenarioRecord, s: RunState) -> int:
    """Return how many tasks may be running or pending."""
    w = s.world
    if w.cap > 0 and (w.is_rolling != 0 or w.phase == plan.AT_REST or w.cap <= m.desired_count):
        return int(w.cap)
    return NO_CAP


def schedule(m: ScenarioRecord, s: RunState) -> Orders:
    """Return what to stop and start now; nothing unless a look falls on this instant.

    Sets the timer of a later look that would act. What a look has ordered is launched as tokens
    come, off the grid of looks (ecs-launch-rate).
    """
    w = s.world
    w.timers[timers.TICK] = NEVER
    if w.phase == plan.FROZEN or (w.now < w.begins_at and w.rollback_reason != 0):
        return NO_ORDERS
    fleet = count_fleet(m, s)
    if m.has_pods != 0:
        return schedule_pods(m, s, fleet)
    keep = w.wanted_other
    if w.is_rolling != 0:
        keep = other_target(
            fleet,
            w.wanted_other,
            w.wanted_target,
            w.floor,
            w.abandons_other != 0,
            m.replaces_with_same_revision != 0,
        )
    later = reconciled(m, s, fleet, keep, True)
    breaker_looks_at = breaker_due_at(m, s)
    if not changes_anything(later):
        w.wanted_other = keep
        w.timers[timers.TICK] = breaker_looks_at
        return NO_ORDERS
    todo = reconciled(m, s, fleet, keep, False) if is_held(m, s) else later
    if look_from(m, s, w.now) > w.now:
        todo = launches_ordered(m, s, todo)
    else:
        todo = orders_of_look(m, s, fleet, todo, keep)
    if not changes_anything(todo):
        at = min(next_look_to_act(m, s, later), next_launch_at(m, s, w.ordered_starts))
        w.timers[timers.TICK] = min(at, breaker_looks_at)
    return todo


def schedule_pods(m: ScenarioRecord, s: RunState, fleet: Fleet) -> Orders:
    """Return which pods to delete and to create now; controllers of Kubernetes wait for no look.

    Pods that fit on no node are tried again a while later.
    """
    w = s.world
    if w.is_rolling != 0:
        w.wanted_other = max(w.least_other, old_pods(fleet, w.wanted_other, w.floor))
    slots = m.task_slots - w.alive[0] - w.alive[1]
    todo = reconcile_pods(fleet, w.wanted_target, w.wanted_other, cap_now(m, s), slots)
    if w.now < w.placement_until or cannot_place(m, s, todo):
        return limit_starts(todo, 0)
    return todo


def reconciled(m: ScenarioRecord, s: RunState, fleet: Fleet, keep: int, is_later: bool) -> Orders:
    """Return what the scheduler would do now, or at a later look if nothing else happens.

    A look does not fill a place that has become free at this look, nor stop a second sick task
    before its successor (ecs-draining-counted, ecs-unhealthy-replacement).
    """
    w = s.world
    t = w.target
    held = 0
    may_force = True
    if not is_later and is_held(m, s):
        may_force = w.forced_at != w.now
        if m.steps_at_looks != 0 and w.freed_at == w.now:
            held = w.freed
    counts = m.draining_counts != 0
    cap = cap_now(m, s) - (held if counts else 0)
    pending = Pending(
        w.unreacted[t] + w.missing[t], w.unreacted[1 - t] + w.missing[1 - t], may_force
    )
    slots = m.task_slots - w.alive[0] - w.alive[1] - held
    return reconcile(fleet, w.wanted_target, keep, cap, counts, slots, pending)


def is_held(m: ScenarioRecord, s: RunState) -> bool:
    """Whether this look may do less than a later one: it has freed a place, or forced a stop."""
    w = s.world
    return bool(m.scheduler_tick > 0.0 and (w.forced_at == w.now or w.freed_at == w.now))


def pauses_until(s: RunState) -> float:
    """Return until when nothing starts: after failed starts, or a failed round of placement."""
    w = s.world
    return float(max(w.backoff_until, w.placement_until))


def orders_of_look(m: ScenarioRecord, s: RunState, fleet: Fleet, todo: Orders, keep: int) -> Orders:
    """Return what a look orders, of all that there is to do: no start during a pause."""
    w = s.world
    if w.now < pauses_until(s):
        todo = limit_starts(todo, 0)
    if not changes_anything(todo):
        w.ordered_starts = 0
        return todo
    w.wanted_other = keep
    if is_forced(fleet, w.wanted_target, keep, todo):
        w.forced_at = w.now
    wanted = todo.start + todo.start_other
    todo = limit_starts(todo, int(tokens_now(m, s)))
    started = todo.start + todo.start_other
    w.ordered_starts = wanted - started
    if cannot_place(m, s, todo):
        todo = limit_starts(todo, 0)
        started = 0
        w.ordered_starts = 0
    take_launch_tokens(m, s, started)
    return todo


def launches_ordered(m: ScenarioRecord, s: RunState, todo: Orders) -> Orders:
    """Return the starts that a look has ordered and for which there are launch tokens now."""
    w = s.world
    if w.now < pauses_until(s):
        w.ordered_starts = 0
    todo = limit_starts(todo, min(int(tokens_now(m, s)), w.ordered_starts))
    started = todo.start + todo.start_other
    w.ordered_starts -= started
    if cannot_place(m, s, todo):
        w.ordered_starts = 0
        return NO_ORDERS
    take_launch_tokens(m, s, started)
    return Orders(0, 0, 0, 0, 0, todo.start, todo.start_other)


def next_look_to_act(m: ScenarioRecord, s: RunState, todo: Orders) -> float:
    """Return the next look at which some of what there is to do can be ordered."""
    w = s.world
    due = w.now
    if not changes_anything(limit_starts(todo, 0)):
        due = max(w.now, pauses_until(s))
    at = look_from(m, s, due)
    if at <= w.now:
        at = look_after(m, s, w.now)
    return at if at > w.now else NEVER


def breaker_due_at(m: ScenarioRecord, s: RunState) -> float:
    """Return the look at which the circuit breaker trips if nothing else happens; NEVER if none.

    It is the first at which ECS wants to start a replacement, room and tokens aside, and no pause
    forbids it (ecs-breaker-looks).
    """
    w = s.world
    if w.phase != plan.ROLLING_OUT or w.target != NEW or not is_due(get_breaker(m, s)):
        return NEVER
    pending = w.unreacted[NEW] + w.missing[NEW]
    if starts_wanted(w.starting[NEW], w.healthy[NEW], w.wanted_target, pending) == 0:
        return NEVER
    return look_from(m, s, max(w.now, pauses_until(s)))


def tokens_now(m: ScenarioRecord, s: RunState) -> float:
    """Return the launch tokens that are left now (ecs-launch-rate)."""
    w = s.world
    seconds = w.now - w.launch_tokens_at
    return tokens_after(w.launch_tokens, m.launch_rate, m.launch_burst, seconds)


def next_launch_at(m: ScenarioRecord, s: RunState, wanted: int) -> float:
    """Return when there is a token for one more launch; NEVER if none is wanted."""
    w = s.world
    if wanted == 0:
        return NEVER
    tokens = tokens_now(m, s)
    return crossing_at(w.now, token_wait(tokens - int(tokens), m.launch_rate))


def take_launch_tokens(m: ScenarioRecord, s: RunState, started: int) -> None:
    """Take the launch tokens of started tasks."""
    w = s.world
    if started > 0:
        w.launch_tokens = tokens_now(m, s) - started
        w.launch_tokens_at = w.now


def next_to_stop(m: ScenarioRecord, s: RunState, i: int, revision: int, kind: int) -> int:
    """Return the first task from ``i`` on, in order of creation, of a revision and kind; or -1."""
    while i >= 0:
        if s.tasks[i].revision == revision and scheduler_class(m, s, i) == kind:
            return i
        i = s.tasks[i].next_task
    return -1


def stop_orders(s: RunState, todo: Orders) -> tuple[tuple[int, int, int], ...]:
    """Return the order of stops: revision, kind, and how many of the oldest tasks.

    Sick tasks for which ECS wants a successor go before those to which it has not reacted yet.
    """
    w = s.world
    target = w.target
    other = 1 - target
    reacted = min(todo.stop_sick, w.sick[target] - w.unreacted[target])
    other_reacted = min(todo.stop_other_sick, w.sick[other] - w.unreacted[other])
    return (
        (other, SICK, other_reacted),
        (other, UNREACTED, todo.stop_other_sick - other_reacted),
        (other, STARTING, todo.stop_other_starting),
        (other, WELL, todo.stop_other_healthy),
        (target, SICK, reacted),
        (target, UNREACTED, todo.stop_sick - reacted),
        (target, WELL, todo.stop_surplus),
    )


def count_failure_at_stop(m: ScenarioRecord, s: RunState, revision: int, kind: int) -> bool:
    """Count a sick task as failed if failures count at the stop; return whether it was."""
    if (kind != SICK and kind != UNREACTED) or m.breaker_counts_at_detection != 0:
        return False
    count_failed_task(m, s, revision, True)
    return True
