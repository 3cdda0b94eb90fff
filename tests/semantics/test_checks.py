"""Health checks: streaks, thresholds, the time until a target turns healthy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simdeploy.semantics.checks import answers, check_failure, health_after, is_sick, streak_after
from simdeploy.semantics.state import HEALTHY, INITIAL, NEVER, UNHEALTHY

SHARE = st.floats(0, 1)

#: interval, healthy and unhealthy threshold.
DEFAULTS = (30.0, 5, 2)
FAST = (10.0, 2, 2)
#: Spread of the first check over its interval.
PHASES = [(k + 0.5) / 600 for k in range(600)]
#: boot, settings, passes of a new target; least, mean and most seconds until it is healthy.
BOOTS = [
    (0, DEFAULTS, 1, (0, 15, 30)), (0, DEFAULTS, 5, (120, 135, 150)), (0, FAST, 1, (0, 5, 10)),
    (20, DEFAULTS, 1, (20, 35, 50)), (20, DEFAULTS, 5, (140, 155, 170)),
    (20, FAST, 1, (30, 35, 40)),
    (40, DEFAULTS, 1, (40, 95, 190)), (40, DEFAULTS, 5, (160, 175, 190)),
    (40, FAST, 1, (50, 55, 60)),
    (59, DEFAULTS, 1, (59, 190, 209)), (59, DEFAULTS, 5, (179, 194, 209)),
    (59, FAST, 1, (69, 74, 79)),
    (70, DEFAULTS, 1, (190, 205, 220)), (70, DEFAULTS, 5, (190, 205, 220)),
    (70, FAST, 1, (80, 85, 90)),
    (120, DEFAULTS, 1, (240, 255, 270)), (120, DEFAULTS, 5, (240, 255, 270)),
    (120, FAST, 1, (130, 135, 140)),
]  # fmt: skip


def healthy_at(boot, first, settings, passes):
    """Return when a target turns healthy that answers from ``boot`` on, s after registration."""
    interval, healthy, unhealthy = settings
    now, streak, health = first, 0, INITIAL
    while True:
        streak = streak_after(streak, answers(now, boot, NEVER, False))
        health = health_after(health, streak, passes, healthy, unhealthy)
        if health == HEALTHY:
            return now
        now += interval


@pytest.mark.parametrize(
    ("boot", "settings", "passes", "seconds"),
    [
        pytest.param(*row, id=f"alb-boot-cliff-boot-{row[0]}-every-{row[1][0]:g}-pass-{row[2]}")
        for row in BOOTS
    ],
)
def test_seconds_until_healthy(boot, settings, passes, seconds):
    """The table of both readings: a boot beyond the unhealthy threshold costs a recovery."""
    times = [healthy_at(boot, phase * settings[0], settings, passes) for phase in PHASES]
    summary = (min(times), sum(times) / len(times), max(times))
    assert summary == pytest.approx(seconds, abs=0.6)


@pytest.mark.parametrize(("boot", "after"), [(29.9, 30.0), (30.1, 180.0)])
def test_the_cliff(boot, after):
    """One check more that fails, and two and a half minutes are lost (alb-boot-cliff)."""
    assert healthy_at(boot, 0.0, DEFAULTS, 1) == after


@given(st.floats(0, 300), st.floats(0, 29.9))
def test_the_older_reading_is_never_faster(boot, first):
    """One pass is enough, or as many as the threshold: the second never ends earlier."""
    assert healthy_at(boot, first, DEFAULTS, 1) <= healthy_at(boot, first, DEFAULTS, 5)


@pytest.mark.parametrize(
    ("streak", "passed", "after"),
    [(0, True, 1), (0, False, -1), (1, True, 2), (1, False, -1), (-1, False, -2), (-1, True, 1)],
)
def test_streak(streak, passed, after):
    """Another result of the same kind goes on counting, one of the other kind begins anew."""
    assert streak_after(streak, passed) == after


@pytest.mark.parametrize(
    ("health", "streak", "after"),
    [
        (INITIAL, 0, INITIAL),
        (INITIAL, 1, HEALTHY),
        (INITIAL, -1, INITIAL),
        (INITIAL, -2, UNHEALTHY),
        (HEALTHY, -1, HEALTHY),
        (HEALTHY, -2, UNHEALTHY),
        (HEALTHY, -3, UNHEALTHY),
        (HEALTHY, 9, HEALTHY),
        (UNHEALTHY, 1, UNHEALTHY),
        (UNHEALTHY, 4, UNHEALTHY),
        (UNHEALTHY, 5, HEALTHY),
        (UNHEALTHY, 6, HEALTHY),
        (UNHEALTHY, -9, UNHEALTHY),
    ],
)
def test_thresholds(health, streak, after):
    """A new target needs one pass, a recovering one five; two failures turn any of them.

    (alb-first-check, alb-health-thresholds, alb-initial-failures)
    """
    assert health_after(health, streak, 1, 5, 2) == after


@pytest.mark.parametrize(("streak", "after"), [(4, INITIAL), (5, HEALTHY)])
def test_the_older_reading_of_a_new_target(streak, after):
    """With as many initial passes as the threshold a new target recovers like an old one."""
    assert health_after(INITIAL, streak, 5, 5, 2) == after


@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(1, 10), st.integers(2, 10), st.integers(2, 10),
)  # fmt: skip
def test_a_flip_needs_its_row_of_results(results, initial, healthy, unhealthy):
    """A target changes only at the end of a long enough streak of equal results."""
    health, streak = INITIAL, 0
    for passed in results:
        streak = streak_after(streak, passed)
        new = health_after(health, streak, initial, healthy, unhealthy)
        if new != health:
            needed = {HEALTHY: initial if health == INITIAL else healthy, UNHEALTHY: unhealthy}
            assert abs(streak) == needed[new]
            assert (streak > 0) is (new == HEALTHY)
        health = new


@pytest.mark.parametrize(
    ("now", "never", "is_up"),
    [(9.9, False, False), (10.0, False, True), (49.9, False, True), (50.0, False, False),
     (20.0, True, False)],
    ids=["booting", "boot-ends", "before-crash", "crash", "never-listens"],
)  # fmt: skip
def test_answers_from_boot_to_crash(now, never, is_up):
    """The instant a boot ends is included, the instant of a crash is not."""
    assert answers(now, 10.0, 50.0, never) is is_up


@pytest.mark.parametrize(
    ("seen", "slow", "flaky", "chance"),
    [(0.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 1.0), (0.3, 0.0, 0.0, 0.3), (0.0, 0.0, 0.25, 0.25),
     (0.5, 0.5, 0.0, 0.75), (0.0, 0.5, 0.5, 0.75), (0.5, 0.5, 0.5, 0.875), (0.0, 1.0, 0.0, 1.0)],
)  # fmt: skip
def test_check_failure(seen, slow, flaky, chance):
    """A check fails by an error that it sees, by a slow answer, or for no reason."""
    assert check_failure(seen, slow, flaky, False) == pytest.approx(chance)
    assert check_failure(seen, slow, flaky, True) == 1


@given(SHARE, SHARE, SHARE)
def test_a_check_fails_with_a_probability(seen, slow, flaky):
    """It lies between the most likely of the causes and one."""
    chance = check_failure(seen, slow, flaky, False)
    assert max(seen, slow, flaky) - 1e-12 <= chance <= 1.0


@pytest.mark.parametrize(
    ("health", "now", "sick"),
    [(UNHEALTHY, 159.9, False), (UNHEALTHY, 160.0, True), (UNHEALTHY, 160.1, True),
     (HEALTHY, 1e6, False), (INITIAL, 1e6, False)],
)  # fmt: skip
def test_grace_counts_from_running(health, now, sick):
    """RUNNING at 100 s with a grace of 60 s: unhealthy counts from 160 s on (ecs-grace-period)."""
    assert is_sick(health, now, 100.0, 60.0) is sick


def test_without_grace_an_unhealthy_task_is_sick_at_once():
    """The default is no grace at all (ecs-grace-period)."""
    assert is_sick(UNHEALTHY, 0.0, 0.0, 0.0)
