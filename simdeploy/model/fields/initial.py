"""Sets the world to what it is before anything has happened; made from the tables of fields."""

from simdeploy.model.fields.types import World
from simdeploy.semantics.state import NEVER


def reset_world(w: World) -> None:
    """Set every field of the world that does not outlive a run to its value at the start."""
    w.now = 0.0
    w.key0 = 0
    w.key1 = 0
    w.variant = 0
    w.command_at = 0.0
    w.target = 0
    w.wanted_target = 0
    w.wanted_other = 0
    w.floor = 0
    w.cap = 0
    w.is_rolling = 0
    w.abandons_other = 0
    w.tick_at = 0.0
    w.launch_tokens = 0.0
    w.launch_tokens_at = 0.0
    w.next_serial = 0
    w.first_task = -1
    w.last_task = -1
    w.heap_size = 0
    w.n_cohorts = 0
    w.check_failure_chance = 0.0
    w.dependency_down = 0
    w.health_signal_missing = 0
    w.new_group_checked = 0
    w.refused_share = 0.0
    w.cold_tasks = 0
    w.breaker_failures = 0
    w.breaker_stage = 0
    w.breaker_tripped = 0
    w.breaker_enabled = 0
    w.failed_starts = 0
    w.backoff_until = 0.0
    w.failed_placements = 0
    w.placement_until = 0.0
    w.placement_counts = 0
    w.start_round_at = 0.0
    w.old_image_back_at = 0.0
    w.new_weight = 0.0
    w.ordered_weight = 0.0
    w.flag_level = 0
    w.ordered_flag_level = 0
    w.flag_changes = 0
    w.shifts_traffic = 0
    w.phase = 0
    w.rollback_reason = 0
    w.step = 0
    w.step_begun = 0
    w.step_timer_over = 0
    w.hook_failed = 0
    w.weight_changes = 0
    w.new_has_run = 0
    w.old_stopping = 0
    w.is_stuck = 0
    w.alarms_ignored = 0
    w.operator = 0
    w.is_impatient = 0
    w.commands_given = 0
    w.silent_noticed = 0
    w.decision_at = NEVER
    w.onset_at = NEVER
    w.full_traffic_at = NEVER
    w.rest_at = NEVER
    w.old_serves_at = NEVER
    w.last_harm_at = 0.0
    w.is_harming = 0
    w.failed_at_decision = 0.0
    w.condition = 0
    w.next_crash = 0
    w.next_hang = 0
    w.baseline_point = 0
    w.n_eras = 0
    w.baseline_failing_share = 0.0
    w.baseline_slow_share = 0.0
    w.schema_change = 0
    w.has_new_rows = 0
    w.old_shape_gone = 0
    w.schema_repaired = 0
    w.schema_applied = 0
    w.chain_schema = 0
    w.offered_rate = 0.0
    w.rate_to_new = 0.0
    w.rate_to_old = 0.0
    w.exposed_rate = 0.0
    w.new_code_rate = 0.0
    w.first_wait = 0
    w.n_waits = 0
    w.failing_rate = 0.0
    w.error_rate = 0.0
    w.failing_share = 0.0
    w.slow_share = 0.0
    w.crossing_at = NEVER
    w.websockets_waiting = 0.0
    w.websockets_cut = 0.0
    w.min_headroom = 1000000000.0
    w.min_healthy = 1099511627776
    w.peak_tasks = 0
    w.failed_tasks = 0
    w.task_seconds = 0.0
    w.capacity_at_command = 0.0
    for i in range(2):
        w.generation[i] = 0
        w.attempts[i] = 0
        w.starting[i] = 0
        w.running_unproven[i] = 0
        w.healthy[i] = 0
        w.sick[i] = 0
        w.draining[i] = 0
        w.alive[i] = 0
        w.connected[i] = 0
        w.healthy_targets[i] = 0
        w.eligible_weight[i] = 0
        w.fails_open[i] = 0
        w.rate_per_weight[i] = 0.0
        w.arrival_rate[i] = 0.0
        w.worked_rate[i] = 0.0
        w.success_rate[i] = 0.0
        w.target_error_rate[i] = 0.0
        w.balancer_error_rate[i] = 0.0
        w.target_4xx_rate[i] = 0.0
        w.balancer_4xx_rate[i] = 0.0
        w.waiting_rate[i] = 0.0
        w.given_up_rate[i] = 0.0
    for i in range(2):
        for j in range(2):
            w.error_step[i][j] = 0
    for i in range(19):
        w.rates[i] = 0.0
        w.sums[i] = 0.0
    for i in range(60):
        w.timers[i] = NEVER
