"""Values of the state that several modules read and write."""

import pytest

from simdeploy.model import timers
from simdeploy.model.accessors import (
    apply_schema,
    bill,
    draw,
    flag_share,
    get_breaker,
    get_shape,
    is_bad,
    is_unchecked,
    pace_index,
    raise_release_errors,
    set_breaker,
    set_shape,
    start_error_ramp,
    target_group,
)
from simdeploy.semantics.faults import AT_COMMAND, AT_FULL_TRAFFIC
from simdeploy.semantics.schema import DESTRUCTIVE, MIGRATE
from simdeploy.semantics.state import NEVER, NEW, OLD, Breaker, Shape
from tests.model.states import at_command, effect, record


@pytest.fixture
def m():
    """A scenario record."""
    return record()


@pytest.fixture
def s(m):
    """The state at the command."""
    return at_command(m)


def test_a_draw_takes_its_row_and_the_uniform(m):
    """Code, two parameters and the row of quantiles come from the distribution's row."""
    m.distributions[5] = [0.0, 7.0, 0.0, 0.0]
    assert draw(m, 5, 0.25) == 7.0
    m.distributions[5] = [1.0, 10.0, 30.0, 0.0]
    assert draw(m, 5, 0.25) == 15.0  # 10 + 0.25 * (30 - 10)
    m.quantile_tables[2] = [2.0 * k for k in range(257)]
    m.distributions[5] = [4.0, 0.0, 0.0, 2.0]
    assert draw(m, 5, 0.5) == 256.0  # quantile 128 of 256


def test_a_task_is_billed_for_at_least_a_minute(m):
    """The minimum holds from the pull on (fargate-billing)."""
    assert [bill(m, at, end) for at, end in ((10.0, 30.0), (10.0, 130.0), (0.0, 30.0))] == [
        60.0,
        120.0,
        60.0,
    ]


def test_a_task_that_is_older_than_the_command_is_billed_from_it(m):
    """What it cost before is not counted, so neither is a minimum."""
    assert bill(m, -1.0, 30.0) == 30.0
    assert [bill(m, -1.0, end) for end in (0.0, 0.5)] == [0.0, 0.5]


def test_the_breaker_is_read_from_world_and_scenario(m, s):
    """Every field comes from its place."""
    w = s.world
    w.breaker_enabled, w.breaker_stage, w.breaker_failures, w.breaker_tripped = 1, 2, 5, 0
    m.breaker_threshold = 7
    assert get_breaker(m, s) == Breaker(True, 2, 5, 7, False)
    w.breaker_enabled, w.breaker_tripped = 0, 1
    assert get_breaker(m, s) == Breaker(False, 2, 5, 7, True)


def test_the_breaker_is_written(s):
    """Stage, failures and whether it has tripped; the rest never changes."""
    expected = {"breaker_stage": 2, "breaker_failures": 4, "breaker_tripped": 1}
    assert effect(s, set_breaker, s, Breaker(True, 2, 4, 9, True)) == expected
    assert effect(s, set_breaker, s, Breaker(True, 2, 4, 9, False)) == {"breaker_tripped": 0}


def test_the_shape_is_read(s):
    """Each of the three flags comes from its own field."""
    w = s.world
    w.schema_change = MIGRATE
    assert get_shape(s) == Shape(MIGRATE, False, False, False)
    w.has_new_rows = 1
    assert get_shape(s) == Shape(MIGRATE, True, False, False)
    w.has_new_rows, w.old_shape_gone = 0, 1
    assert get_shape(s) == Shape(MIGRATE, False, True, False)
    w.old_shape_gone, w.schema_repaired = 0, 1
    assert get_shape(s) == Shape(MIGRATE, False, False, True)


def test_the_shape_is_written(s):
    """Rows and the old shape, each to its own field, and back."""
    assert effect(s, set_shape, s, Shape(MIGRATE, True, False, False)) == {"has_new_rows": 1}
    expected = {"has_new_rows": 0, "old_shape_gone": 1}
    assert effect(s, set_shape, s, Shape(MIGRATE, False, True, False)) == expected


def test_a_schema_change_is_applied_once(m, s):
    """The damage is repaired so long after it; a second application changes nothing."""
    s.world.now, s.world.schema_change = 100.0, DESTRUCTIVE
    s.world.generation[NEW] = 2
    m.releases[2].schema_repaired_after = 600.0
    expected = {"schema_applied": 1, "old_shape_gone": 1, f"timers[{timers.REPAIR}]": 700.0}
    assert effect(s, apply_schema, m, s) == expected
    s.world.now = 200.0
    assert effect(s, apply_schema, m, s) == {}


def test_a_release_without_schema_change_applies_nothing(m, s):
    """Nothing is marked as applied."""
    assert effect(s, apply_schema, m, s) == {}


def test_the_new_revision_has_a_group_of_its_own_where_traffic_is_shifted(m):
    """Two groups: one each; a single group holds both."""
    assert [target_group(m, OLD), target_group(m, NEW)] == [0, 0]
    m.n_groups = 2
    assert [target_group(m, OLD), target_group(m, NEW)] == [0, 1]


def test_a_flag_turns_on_the_code_of_the_new_revision_alone(m, s):
    """The share is that of the level in effect."""
    m.flag_shares[0], m.flag_shares[2] = 0.3, 0.5
    s.world.flag_level = 2
    assert flag_share(m, s, NEW) == 1.0  # no flag
    m.has_flag = 1
    assert [flag_share(m, s, OLD), flag_share(m, s, NEW)] == [1.0, 0.5]


def test_the_pace_follows_flag_level_and_warmth(m, s):
    """The old revision serves as with the flag fully on: its code has none."""
    s.world.flag_level, m.full_flag_level = 2, 3
    m.releases[1].pace[2] = [6, 7]
    m.releases[0].pace[3] = [4, 5]
    assert [pace_index(m, s, NEW, cold) for cold in (0, 1)] == [6, 7]
    assert [pace_index(m, s, OLD, cold) for cold in (0, 1)] == [4, 5]


def test_a_revision_is_bad_if_its_release_is(m, s):
    """Each revision runs the release of its generation."""
    s.world.generation[:] = [1, 2]
    m.releases[2].is_bad = 1
    assert [is_bad(m, s, OLD), is_bad(m, s, NEW)] == [False, True]


def test_tasks_are_unchecked_without_a_health_signal(m, s):
    """Those of both revisions are (ecs-health-signal-missing)."""
    assert [is_unchecked(m, s, r) for r in (OLD, NEW)] == [False, False]
    s.world.health_signal_missing = 1
    assert [is_unchecked(m, s, r) for r in (OLD, NEW)] == [True, True]


def test_a_group_is_unchecked_until_traffic_is_shifted_to_it(m, s):
    """Only the new one, only where checks wait, only until the group is in use."""
    m.checks_wait_for_shift = 1
    assert [is_unchecked(m, s, r) for r in (OLD, NEW)] == [False, True]
    s.world.new_group_checked = 1
    assert not is_unchecked(m, s, NEW)


@pytest.mark.parametrize(("since", "timer"), [(AT_FULL_TRAFFIC, 1), (AT_COMMAND, 3)])
def test_a_shared_error_ramp_starts(m, s, since, timer):
    """The first step is due so long after now; timers lie by origin, then by revision."""
    s.world.now = 100.0
    m.releases[1].n_error_steps[since] = 1
    m.releases[1].error_steps[since][0].at = 5.0
    assert effect(s, start_error_ramp, m, s, since) == {f"timers[{timers.STAIRS + timer}]": 105.0}


def test_no_ramp_starts_without_errors(m, s):
    """Its timer stays off."""
    assert effect(s, start_error_ramp, m, s, AT_COMMAND) == {}


@pytest.mark.parametrize(
    ("since", "revision", "timer"),
    [(AT_FULL_TRAFFIC, OLD, 0), (AT_FULL_TRAFFIC, NEW, 1), (AT_COMMAND, OLD, 2)],
)
def test_a_shared_error_ramp_rises(m, s, since, revision, timer):
    """The next step follows by the distance of the two, and none follows the last."""
    s.world.now, s.world.generation[OLD] = 100.0, 2
    release = m.releases[s.world.generation[revision]]
    release.n_error_steps[since] = 2
    release.error_steps[since][0].at, release.error_steps[since][1].at = 5.0, 12.0
    path = f"error_step[{revision}][{since - 1}]"
    expected = {path: 1, f"timers[{timers.STAIRS + timer}]": 107.0}  # 100 + (12 - 5)
    assert effect(s, raise_release_errors, m, s, since, revision) == expected
    s.world.timers[timers.STAIRS + timer] = NEVER
    assert effect(s, raise_release_errors, m, s, since, revision) == {path: 2}
