"""A chain of releases: when the next one begins, and what becomes of the one before."""

import pytest

from simdeploy.model import timers
from simdeploy.model.release_chain import (
    begin_deployment,
    begin_faults,
    begin_next_release,
    is_next_release_due,
    move_to_old,
    relabel_new_as_old,
)
from simdeploy.semantics.faults import AT_COMMAND
from simdeploy.semantics.plan import AT_REST, BY_ALARM, ROLLING_OUT
from simdeploy.semantics.schema import (
    BEFORE_COMMAND,
    CONTRACT,
    DESTRUCTIVE,
    EXPAND,
    FIRST_NEW_TASK,
    MIGRATE,
)
from simdeploy.semantics.state import NEVER, NEW, OLD
from tests.model.states import at_command, record
from tests.model.transitions import changed_by


@pytest.fixture
def m():
    """Return the record of a chain of three releases."""
    m = record()
    m.n_releases = 3
    return m


@pytest.fixture
def s(m):
    """Return its state at rest 900 s after the command: six tasks of the first release."""
    s = at_command(m)
    w = s.world
    w.now, w.phase, w.target = 900.0, AT_REST, NEW
    w.alive, w.healthy = [0, 6], [0, 6]
    return s


def test_next_release_follows_a_live_one(m, s):
    """At rest on the new revision with no old task left, the next release is due."""
    assert is_next_release_due(m, s) is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phase", ROLLING_OUT),
        ("rollback_reason", BY_ALARM),
        ("target", OLD),
        ("decision_at", 800.0),
        ("generation", [2, 3]),
        ("alive", [1, 6]),
    ],
)
def test_next_release_waits(m, s, field, value):
    """Anything under way, decided or left, or the end of the chain, starts no release."""
    setattr(s.world, field, value)
    assert is_next_release_due(m, s) is False


@pytest.mark.parametrize("timer", [timers.FLAG, timers.WEIGHT])
def test_next_release_waits_for_orders_to_take_effect(m, s, timer):
    """A flag or a weight on its way comes first."""
    s.world.timers[timer] = 905.0
    assert is_next_release_due(m, s) is False


def test_last_release_but_one_is_followed(m, s):
    """The second of three releases is followed by the third."""
    s.world.generation = [1, 2]
    assert is_next_release_due(m, s) is True


def test_move_to_old():
    """What there was of the new revision is added to the old one's."""
    counts = [2, 3]
    move_to_old(counts)
    assert counts == [5, 0]


COUNTS = ("starting", "running_unproven", "healthy", "sick", "draining", "alive", "connected")
BY_GROUP = ("healthy_targets", "eligible_weight", "fails_open")


@pytest.fixture
def mixed(m, s):
    """Return a state with different counts of both revisions, and errors of the new one."""
    w = s.world
    for k, name in enumerate(COUNTS):
        setattr(w, name, [k, 10 + k])
    for k, name in enumerate(BY_GROUP):
        setattr(w, name, [k, 20 + k])
    w.generation, w.attempts = [0, 1], [6, 9]
    w.error_step = [[7, 8], [3, 4]]
    for place, at in enumerate((910.0, 920.0, 930.0, 940.0)):
        w.timers[timers.STAIRS + place] = at
    for i in (1, 3):
        s.tasks[i].revision = NEW
    w.n_cohorts = 2
    s.cohorts[0].revision, s.cohorts[0].group = NEW, 1
    s.cohorts[1].revision, s.cohorts[1].group = NEW, 1
    w.n_eras = 2
    for k in range(2):
        s.eras[k].rate_per_weight = [10.0 + k, 20.0 + k]
        s.eras[k].success_share = [0.5, 0.75 + k / 8]
    return s


#: What was counted of NEW is counted of OLD; ramps go on where they are.
RELABELED = {
    "starting[0]": 10,
    "starting[1]": 0,
    "running_unproven[0]": 12,
    "running_unproven[1]": 0,
    "healthy[0]": 14,
    "healthy[1]": 0,
    "sick[0]": 16,
    "sick[1]": 0,
    "draining[0]": 18,
    "draining[1]": 0,
    "alive[0]": 20,
    "alive[1]": 0,
    "connected[0]": 22,
    "connected[1]": 0,
    "generation[0]": 1,
    "attempts[0]": 9,
    "error_step[0][0]": 3,
    "error_step[0][1]": 4,
    f"timers[{timers.STAIRS}]": 920.0,
    f"timers[{timers.STAIRS + 1}]": NEVER,
    f"timers[{timers.STAIRS + 2}]": 940.0,
    f"timers[{timers.STAIRS + 3}]": NEVER,
}
REGROUPED = {
    "healthy_targets[0]": 20,
    "healthy_targets[1]": 0,
    "eligible_weight[0]": 22,
    "eligible_weight[1]": 0,
    "fails_open[0]": 24,
    "fails_open[1]": 0,
}


@pytest.mark.parametrize("groups", [1, 2])
def test_new_revision_becomes_the_old_one(m, mixed, groups):
    """Tasks, cohorts, counters, ramps and timers of NEW are those of OLD; so are groups, if two."""
    m.n_groups = groups
    changed = changed_by(mixed.world, relabel_new_as_old, m, mixed)
    assert changed == RELABELED | (REGROUPED if groups == 2 else {})
    assert [mixed.tasks[i].revision for i in range(6)] == [OLD] * 6
    assert [(c.revision, c.group) for c in (mixed.cohorts[0], mixed.cohorts[1])] == [(OLD, 0)] * 2
    eras = [mixed.eras[k] for k in range(2)]
    assert [e.success_share for e in eras] == [[0.75, 0.75], [0.875, 0.875]]
    rates = [[30.0, 0.0], [32.0, 0.0]] if groups == 2 else [[10.0, 20.0], [11.0, 21.0]]
    assert [e.rate_per_weight for e in eras] == rates


def test_deployment_begins_as_at_its_command(m, s):
    """Plan, breaker, traffic, flag and fault state of the deployment before are reset."""
    w = s.world
    m.breaker_enabled, m.n_groups = 1, 2
    dirty = {
        "attempts": [6, 9],
        "breaker_stage": 2,
        "breaker_failures": 2,
        "breaker_tripped": 1,
        "target": OLD,
        "wanted_target": 6,
        "wanted_other": 0,
        "abandons_other": 1,
        "is_rolling": 1,
        "failed_starts": 2,
        "new_weight": 100.0,
        "ordered_weight": 100.0,
        "step": 4,
        "step_begun": 1,
        "flag_level": 3,
        "ordered_flag_level": 3,
        "flag_changes": 3,
        "new_has_run": 1,
        "old_stopping": 1,
        "new_group_checked": 1,
        "full_traffic_at": 800.0,
        "rest_at": 850.0,
        "onset_at": 400.0,
        "user_onset_at": 450.0,
        "last_harm_at": 500.0,
        "last_hurt_at": 480.0,
        "error_step": [[7, 8], [3, 4]],
        "silent_noticed": 1,
        "schema_change": EXPAND,
        "schema_applied": 1,
        "schema_repaired": 1,
    }
    for name, value in dirty.items():
        setattr(w, name, value)
    w.timers[timers.SILENT] = 950.0
    assert changed_by(w, begin_deployment, m, s, 2) == {
        "generation[1]": 2,
        "command_at": 900.0,
        "begins_at": 900.0,
        "attempts[1]": 0,
        "breaker_enabled": 1,
        "breaker_stage": 1,
        "breaker_failures": 0,
        "breaker_tripped": 0,
        "shifts_traffic": 1,
        "phase": ROLLING_OUT,
        "target": NEW,
        "wanted_target": 0,
        "wanted_other": 6,
        "abandons_other": 0,
        "is_rolling": 0,
        "failed_starts": 0,
        "new_weight": 0.0,
        "ordered_weight": 0.0,
        "step": 0,
        "step_begun": 0,
        "flag_level": 0,
        "ordered_flag_level": 0,
        "flag_changes": 0,
        "new_has_run": 0,
        "old_stopping": 0,
        "new_group_checked": 0,
        "full_traffic_at": NEVER,
        "rest_at": NEVER,
        "onset_at": NEVER,
        "user_onset_at": NEVER,
        "last_harm_at": 900.0,
        "last_hurt_at": 900.0,
        "error_step[1][0]": 0,
        "error_step[1][1]": 0,
        "silent_noticed": 0,
        f"timers[{timers.SILENT}]": NEVER,
        "schema_change": 0,
        "schema_applied": 0,
        "schema_repaired": 0,
    }


def test_rolling_deployment_shifts_no_traffic(m, s):
    """With one target group there is no traffic to shift."""
    s.world.shifts_traffic = 1
    begin_deployment(m, s, 2)
    assert s.world.shifts_traffic == 0


@pytest.mark.parametrize(
    ("change", "before", "effective"),
    [
        (MIGRATE, 0, MIGRATE),
        (MIGRATE, 1, EXPAND),  # both shapes are written already
        (MIGRATE, 2, MIGRATE),
        (CONTRACT, 1, CONTRACT),
        (CONTRACT, 2, EXPAND),  # the old shape is read no more
        (CONTRACT, 3, EXPAND),
    ],
)
def test_schema_change_of_a_chain(m, s, change, before, effective):
    """Earlier releases that expanded (1) or migrated (2) take the harm out of a change."""
    m.releases[1].schema_change, m.releases[1].schema_applied = change, FIRST_NEW_TASK
    w = s.world
    w.chain_schema, w.schema_applied, w.schema_repaired = before, 1, 1
    begin_faults(m, s)
    assert (w.schema_change, w.schema_applied, w.schema_repaired) == (effective, 0, 0)
    assert w.timers[timers.REPAIR] == NEVER


def test_schema_change_before_the_command_is_applied_with_it(m, s):
    """A destructive change applied beforehand takes the old shape away at once."""
    f = m.releases[1]
    f.schema_change, f.schema_applied, f.schema_repaired_after = DESTRUCTIVE, BEFORE_COMMAND, 600.0
    assert changed_by(s.world, begin_faults, m, s) == {
        "schema_change": DESTRUCTIVE,
        "schema_applied": 1,
        "old_shape_gone": 1,
        f"timers[{timers.REPAIR}]": 1500.0,
    }


def test_errors_since_the_command_begin(m, s):
    """An error ramp counted from the command sets the timer of its first step."""
    m.releases[1].n_error_steps[AT_COMMAND] = 2
    m.releases[1].error_steps[AT_COMMAND][0].at = 30.0
    timer = timers.STAIRS + 2 * (AT_COMMAND - 1) + NEW
    assert changed_by(s.world, begin_faults, m, s) == {f"timers[{timer}]": 930.0}


@pytest.mark.parametrize(
    ("change", "before", "schema"),
    [(EXPAND, 0, 1), (MIGRATE, 0, 2), (MIGRATE, 1, 3), (EXPAND, 2, 3), (CONTRACT, 1, 1)],
)
def test_next_release_remembers_the_change_before(m, s, change, before, schema):
    """The chain has expanded or migrated once a release that does so is the old one."""
    m.releases[1].schema_change = change
    w = s.world
    w.chain_schema = before
    begin_next_release(m, s)
    assert w.chain_schema == schema
    assert (w.generation, w.alive, w.command_at) == ([1, 2], [6, 0], 900.0)
