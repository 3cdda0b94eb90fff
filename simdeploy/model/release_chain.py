"""A chain of releases: each begins once the deployment before has succeeded."""

from typing import TYPE_CHECKING

from simdeploy.model import timers
from simdeploy.model.accessors import apply_schema, set_breaker, start_error_ramp
from simdeploy.model.alarms import judge_alarms_at_command
from simdeploy.model.constants import WAITS
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import renew_leftovers
from simdeploy.model.placement import reset_placement
from simdeploy.model.rollback import begin_at
from simdeploy.semantics.breaker import new_breaker
from simdeploy.semantics.faults import AT_COMMAND
from simdeploy.semantics.plan import AT_REST, ROLLING_OUT
from simdeploy.semantics.schema import BEFORE_COMMAND, EXPAND, MIGRATE, effective
from simdeploy.semantics.state import NEVER, NEW, OLD

if TYPE_CHECKING:
    from simdeploy.model.fields.types import Column


def is_next_release_due(m: ScenarioRecord, s: RunState) -> bool:
    """Return whether the next release of the chain begins now.

    The current release must be live with nothing left to do, and no rollback decided.
    """
    w = s.world
    if w.phase != AT_REST or w.rollback_reason != 0 or w.target != NEW or w.decision_at < NEVER:
        return False
    if w.timers[timers.FLAG] < NEVER or w.timers[timers.WEIGHT] < NEVER:
        return False
    return w.generation[NEW] < m.n_releases and w.alive[OLD] == 0


def begin_next_release(m: ScenarioRecord, s: RunState) -> None:
    """Begin the next release of the chain, with the current release as the old revision."""
    w = s.world
    change = m.releases[w.generation[NEW]].schema_change
    if change == EXPAND:
        w.chain_schema |= 1
    elif change == MIGRATE:
        w.chain_schema |= 2
    judge_alarms_at_command(m, s)
    relabel_new_as_old(m, s)
    w.failing_before = w.failing_share
    w.slow_before = w.slow_share
    begin_deployment(m, s, w.generation[NEW] + 1)
    renew_leftovers(m, s)


def relabel_new_as_old(m: ScenarioRecord, s: RunState) -> None:
    """Relabel the new revision's tasks, cohorts and counters as OLD."""
    w = s.world
    i = w.first_task
    while i >= 0:
        s.tasks[i].revision = OLD
        i = s.tasks[i].next_task
    for k in range(w.n_cohorts):
        s.cohorts[k].revision = OLD
        s.cohorts[k].group = 0
        s.cohorts[k].kind = 0
    w.generation[OLD] = w.generation[NEW]
    w.attempts[OLD] = w.attempts[NEW]
    move_to_old(w.starting)
    move_to_old(w.running_unproven)
    move_to_old(w.healthy)
    move_to_old(w.sick)
    move_to_old(w.draining)
    move_to_old(w.unreacted)
    move_to_old(w.missing)
    move_to_old(w.alive)
    move_to_old(w.connected)
    move_to_old(w.waiting_rate)
    move_to_old(w.given_up_rate)
    for k in range(w.n_waits):
        x = s.world.waits[(w.first_wait + k) % WAITS]
        move_to_old(x.rate)
        move_to_old(x.in_hand)
    for k in range(2):
        w.error_step[OLD][k] = w.error_step[NEW][k]
        w.timers[timers.STAIRS + 2 * k + OLD] = w.timers[timers.STAIRS + 2 * k + NEW]
        w.timers[timers.STAIRS + 2 * k + NEW] = NEVER
    if m.n_groups == 2:
        move_to_old(w.healthy_targets)
        move_to_old(w.eligible_weight)
        move_to_old(w.fails_open)
        for k in range(w.n_eras):
            move_to_old(s.eras[k].rate_per_weight)
    for k in range(w.n_eras):
        s.eras[k].success_share[OLD] = s.eras[k].success_share[NEW]


def move_to_old(counts: "Column[int] | Column[float]") -> None:
    """Add the new revision's entry to the old revision's, and clear the former."""
    counts[OLD] += counts[NEW]
    counts[NEW] = 0


def begin_deployment(m: ScenarioRecord, s: RunState, generation: int) -> None:
    """Begin the deployment of a release: reset plan, breaker, traffic and fault state."""
    w = s.world
    w.generation[NEW] = generation
    w.command_at = w.now
    w.attempts[NEW] = 0
    w.breaker_enabled = m.breaker_enabled
    set_breaker(s, new_breaker(m.breaker_enabled != 0, m.breaker_threshold))
    w.shifts_traffic = 1 if m.n_groups == 2 else 0
    w.phase = ROLLING_OUT
    w.target = NEW
    w.wanted_target = 0
    w.wanted_other = m.desired_count
    w.abandons_other = 0
    w.is_rolling = 0
    w.is_overdue = 0
    w.ordered_starts = 0
    w.failed_starts = 0
    reset_placement(s)
    w.new_weight = 0.0
    w.ordered_weight = 0.0
    w.step = 0
    w.step_begun = 0
    w.flag_level = 0
    w.ordered_flag_level = 0
    w.flag_changes = 0
    w.new_has_run = 0
    w.old_stopping = 0
    w.new_group_checked = 0
    w.full_traffic_at = NEVER
    w.rest_at = NEVER
    w.onset_at = NEVER
    w.user_onset_at = NEVER
    w.latent_seconds = 0.0
    w.all_healthy_of = NEW
    w.all_healthy_at = NEVER
    w.last_harm_at = w.now
    w.last_hurt_at = w.now
    w.error_step[NEW][0] = 0
    w.error_step[NEW][1] = 0
    w.silent_noticed = 0
    w.timers[timers.SILENT] = NEVER
    if generation == 1:
        w.begins_at = w.first_act_at
        w.timers[timers.BEGIN] = w.begins_at if w.begins_at > 0.0 else NEVER
    else:
        begin_at(m, s, 0)
    begin_faults(m, s)


def begin_faults(m: ScenarioRecord, s: RunState) -> None:
    """Apply the faults of a release that take effect at its command."""
    w = s.world
    f = m.releases[w.generation[NEW]]
    w.schema_change = effective(
        f.schema_change, (w.chain_schema & 1) != 0, (w.chain_schema & 2) != 0
    )
    w.schema_applied = 0
    w.schema_repaired = 0
    if f.schema_applied == BEFORE_COMMAND:
        apply_schema(m, s)
    start_error_ramp(m, s, AT_COMMAND)
