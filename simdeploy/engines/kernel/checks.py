"""Checks in the kernel: those that cannot change a target's health are passed over.

One pending check per task, found ahead; where conditions change, the checks before are replayed
and the search begins anew.
"""

from simdeploy.engines.kernel.due import set_due
from simdeploy.model.container_checks import next_own_change, next_own_step
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.health_checks import (
    advance_checks,
    check_result,
    failure_chance,
    never_flips,
    next_check_step,
    unanswered_chance,
)
from simdeploy.semantics.checks import (
    PASSED,
    UNANSWERED,
    health_after,
    streak_after,
    verdict_time,
)
from simdeploy.semantics.state import HEALTHY, NEVER


def replay_checks(m: ScenarioRecord, s: RunState, i: int, inclusive: bool) -> None:
    """Replay the checks before now, none of which changes the target's health."""
    now = s.world.now
    chance = failure_chance(m, s, i)
    unanswered = unanswered_chance(m, s, i)
    while next_check_step(s, i) < now or (inclusive and next_check_step(s, i) == now):
        advance_checks(m, s, i, chance, unanswered)


def queue_health_change(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Find the next check that changes the target's health if conditions stay, and queue it."""
    t = s.tasks[i]
    t.check_event_at = NEVER
    if next_check_step(s, i) <= m.horizon:
        chance = failure_chance(m, s, i)
        if not never_flips(s, i, chance):
            s.world.has_luck = 1
            find_health_change(m, s, i, chance)
    set_due(s, i)


def own_change_at(m: ScenarioRecord, s: RunState, i: int) -> float:
    """When ECS will see another health of task ``i`` by itself, if it has such a health."""
    return next_own_change(m, s, i) if next_own_step(s, i) <= m.horizon else NEVER


def find_health_change(m: ScenarioRecord, s: RunState, i: int, chance: float) -> None:
    """Find the next check that changes the target's health, and what checks have come to then.

    A task that crashes is checked no more: its crash comes first at that instant.
    """
    t = s.tasks[i]
    end = min(m.horizon, t.crash_at)
    unanswered = unanswered_chance(m, s, i)
    sent = t.check_at
    verdict = t.verdict_at
    number = t.check_number
    streak = t.check_streak
    while min(sent, verdict) <= end:
        at = min(sent, verdict)
        if verdict == NEVER and t.health == HEALTHY:
            harmless = harmless_checks(m, s, i, sent, number, streak, chance, unanswered)
            if harmless > 0:
                for _ in range(harmless):
                    sent = sent + m.check_interval
                number += harmless
                streak = 1
                continue
        if verdict <= sent:
            streak = streak_after(streak, False)
            verdict = NEVER
        else:
            result = check_result(s, i, sent, number, chance, unanswered)
            if result == UNANSWERED:
                verdict = verdict_time(sent, m.check_timeout, result)
            else:
                streak = streak_after(streak, result == PASSED)
            sent = sent + m.check_interval
            number += 1
        health = health_after(
            t.health, streak, m.initial_passes, m.healthy_threshold, m.unhealthy_threshold
        )
        if health != t.health:
            t.check_event_at = at
            t.flip_check_at = sent
            t.flip_verdict_at = verdict
            t.flip_number = number
            t.flip_streak = streak
            return


def harmless_checks(
    m: ScenarioRecord,
    s: RunState,
    i: int,
    sent: float,
    number: int,
    streak: int,
    chance: float,
    unanswered: float,
) -> int:
    """Return how many of the next checks leave a healthy target so; 0 where that is not known.

    It is known where the one that would be the last of enough failures in a row passes, so that
    only this one need be drawn.
    """
    more = m.unhealthy_threshold + min(streak, 0)
    if more < 2 or m.check_timeout >= m.check_interval:
        return 0
    last = more - 1
    at = sent + last * m.check_interval
    result = check_result(s, i, at, number + last, chance, unanswered)
    return int(more) if result == PASSED else 0
