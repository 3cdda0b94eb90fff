"""The numbers of a run as they are before anything has happened."""

from simdeploy.model.constants import Space
from simdeploy.semantics.state import NEVER, NEW, OLD


def clear_numbers(s: Space) -> None:
    """Single numbers of the world back to their beginning."""
    w = s.world
    w.now = 0.0
    w.serial = 0
    w.heap = 0
    w.cohorts = 0
    w.floor = 0
    w.cap = 0
    w.rolling = 0
    w.abandon = 0
    w.tick = 0.0
    w.starved = 0.0
    w.cold = 0
    w.b_failures = 0
    w.b_tripped = 0
    w.row = 0
    w.backoff_until = 0.0
    w.round_at = 0.0
    w.weight = 0.0
    w.ordered = 0.0
    w.undone = 0
    w.step = 0
    w.begun = 0
    w.timer_over = 0
    w.hook_failed = 0
    w.shifted = 0
    w.new_ran = 0
    w.old_stopping = 0
    w.stuck = 0
    w.operator = 0
    w.impatient = 0
    w.commands = 0
    w.silent_noticed = 0
    w.command = 0.0
    w.tokens_at = 0.0
    w.flag_level = 0
    w.flag_ordered = 0
    w.flags_set = 0
    clear_others(s)


def clear_others(s: Space) -> None:
    """The rest of them, and counts by revision."""
    w = s.world
    w.checked = 0
    w.migrated = 0
    w.change = 0
    w.sockets_waiting = 0.0
    w.sockets_cut = 0.0
    w.generation[OLD] = 0
    w.generation[NEW] = 0
    w.decision = NEVER
    w.onset = NEVER
    w.full = NEVER
    w.rest = NEVER
    w.safe = NEVER
    w.last_harm = 0.0
    w.harming = 0
    w.failed_then = 0.0
    w.piece = 0
    w.crash = 0
    w.point = 0
    w.eras = 0
    w.base_failing = 0.0
    w.base_slow = 0.0
    w.new_rows = 0
    w.old_gone = 0
    w.repaired = 0
    w.is_applied = 0
    w.min_headroom = 1e9
    w.min_healthy = 1 << 40
    w.peak = 0
    w.failed = 0
    w.task_seconds = 0.0
    w.head = -1
    w.tail = -1
    w.crossing = NEVER
    w.to_new = 0.0
    w.to_old = 0.0
    w.bad_rate = 0.0
    for r in range(2):
        w.stair[r][0] = 0
        w.stair[r][1] = 0
        w.unproven[r] = 0
        w.connected[r] = 0
