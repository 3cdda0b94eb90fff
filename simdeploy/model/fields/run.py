"""The records that the state of a run is kept in; sizes are those of ``layout``.

Never compiled itself: the kernel only takes tuple classes from here.
"""

from typing import Any, NamedTuple

import numpy as np

from simdeploy.model.constants import CLASSES, ERAS, MAX_ALARMS, PACES, POINTS, SUMS, TIMERS

WATCH = np.dtype(
    [
        ("active", "i8"),
        ("start", "f8"),
        ("ordinal", "i8"),
        ("bad_rate", "f8"),
        ("all_rate", "f8"),
        ("good", "f8"),
        ("bad", "f8"),
        ("window", "i8"),
        ("known", "i8"),
        ("value", "f8"),
        ("red", "i8"),
        ("ignored", "i8"),
    ]
)
TRACE_POINT = np.dtype([("at", "f8"), ("failing", "f8"), ("slow", "f8")])
ERA = np.dtype([("since", "f8"), ("per_unit", "f8", (2,)), ("sound", "f8", (2,))])


WORLD = np.dtype(
    [
        ("now", "f8"),
        ("k0", "i8"),
        ("k1", "i8"),
        ("variant", "i8"),
        ("overflow", "i8"),
        ("generation", "i8", (2,)),
        ("command", "f8"),
        ("target", "i8"),
        ("want", "i8"),
        ("keep", "i8"),
        ("floor", "i8"),
        ("cap", "i8"),
        ("rolling", "i8"),
        ("abandon", "i8"),
        ("tick", "f8"),
        ("tokens", "f8"),
        ("tokens_at", "f8"),
        ("attempts", "i8", (2,)),
        ("serial", "i8"),
        ("head", "i8"),
        ("tail", "i8"),
        ("free", "i8"),
        ("heap", "i8"),
        ("cohorts", "i8"),
        ("cohort_room", "i8"),
        ("point_room", "i8"),
        ("starting", "i8", (2,)),
        ("unproven", "i8", (2,)),
        ("healthy", "i8", (2,)),
        ("sick", "i8", (2,)),
        ("draining", "i8", (2,)),
        ("alive", "i8", (2,)),
        ("connected", "i8", (2,)),
        ("group_healthy", "i8", (2,)),
        ("eligible", "i8", (2,)),
        ("open", "i8", (2,)),
        ("stair", "i8", (2, 2)),
        ("flaky", "f8"),
        ("down", "i8"),
        ("blind", "i8"),
        ("checked", "i8"),
        ("starved", "f8"),
        ("cold", "i8"),
        ("b_failures", "i8"),
        ("b_stage", "i8"),
        ("b_tripped", "i8"),
        ("b_enabled", "i8"),
        ("row", "i8"),
        ("backoff_until", "f8"),
        ("round_at", "f8"),
        ("image_back", "f8"),
        ("weight", "f8"),
        ("ordered", "f8"),
        ("flag_level", "i8"),
        ("flag_ordered", "i8"),
        ("flags_set", "i8"),
        ("shifts", "i8"),
        ("phase", "i8"),
        ("undone", "i8"),
        ("step", "i8"),
        ("begun", "i8"),
        ("timer_over", "i8"),
        ("hook_failed", "i8"),
        ("shifted", "i8"),
        ("new_ran", "i8"),
        ("old_stopping", "i8"),
        ("stuck", "i8"),
        ("alarms_off", "i8"),
        ("operator", "i8"),
        ("impatient", "i8"),
        ("commands", "i8"),
        ("silent_noticed", "i8"),
        ("decision", "f8"),
        ("onset", "f8"),
        ("full", "f8"),
        ("rest", "f8"),
        ("safe", "f8"),
        ("last_harm", "f8"),
        ("harming", "i8"),
        ("failed_then", "f8"),
        ("piece", "i8"),
        ("crash", "i8"),
        ("point", "i8"),
        ("traces", "i8"),
        ("eras", "i8"),
        ("saved_cost", "f8"),
        ("saved_failed", "f8"),
        ("saved_slow", "f8"),
        ("base_failing", "f8"),
        ("base_slow", "f8"),
        ("change", "i8"),
        ("new_rows", "i8"),
        ("old_gone", "i8"),
        ("repaired", "i8"),
        ("is_applied", "i8"),
        ("migrated", "i8"),
        ("offered", "f8"),
        ("per_unit", "f8", (2,)),
        ("to_new", "f8"),
        ("to_old", "f8"),
        ("exposed", "f8"),
        ("shown", "f8"),
        ("arriving", "f8", (2,)),
        ("reached", "f8", (2,)),
        ("sound", "f8", (2,)),
        ("target_bad", "f8", (2,)),
        ("elb_bad", "f8", (2,)),
        ("failing", "f8"),
        ("bad_rate", "f8"),
        ("failing_share", "f8"),
        ("slow_share", "f8"),
        ("crossing", "f8"),
        ("sockets_waiting", "f8"),
        ("sockets_cut", "f8"),
        ("rates", "f8", (SUMS,)),
        ("sums", "f8", (SUMS,)),
        ("min_headroom", "f8"),
        ("min_healthy", "i8"),
        ("peak", "i8"),
        ("failed", "i8"),
        ("task_seconds", "f8"),
        ("timers", "f8", (TIMERS,)),
        ("old_capacity", "f8"),
        ("watches", WATCH, (MAX_ALARMS,)),
        ("latency", "f8", (PACES, CLASSES)),
    ]
)
TASK = np.dtype(
    [
        ("serial", "i8"),
        ("revision", "i8"),
        ("entity", "i8"),
        ("state", "i8"),
        ("next", "i8"),
        ("previous", "i8"),
        ("due", "f8"),
        ("due_check", "f8"),
        ("fails", "i8"),
        ("fails_after", "f8"),
        ("boot", "f8"),
        ("provisioning", "f8"),
        ("pull", "f8"),
        ("container_start", "f8"),
        ("launched", "f8"),
        ("pulled", "f8"),
        ("running", "f8"),
        ("boot_end", "f8"),
        ("crash_at", "f8"),
        ("crash_kind", "i8"),
        ("never", "i8"),
        ("live", "i8"),
        ("health", "i8"),
        ("sick", "i8"),
        ("streak", "i8"),
        ("check_at", "f8"),
        ("check_no", "i8"),
        ("flip_no", "i8"),
        ("flip_streak", "i8"),
        ("stair", "i8"),
        ("stair_at", "f8"),
        ("grace_end", "f8"),
        ("cold", "i8"),
        ("warm_at", "f8"),
        ("ramp", "i8"),
        ("ramp_at", "f8"),
        ("boost_end", "f8"),
        ("cohort", "i8"),
        ("stalled", "i8"),
        ("joined", "f8"),
        ("sockets", "f8"),
        ("late_end", "f8"),
        ("drain_end", "f8"),
        ("stop_end", "f8"),
        ("cut", "f8"),
        ("shutdown", "f8"),
    ]
)
COHORT = np.dtype(
    [
        ("n", "i8"),
        ("group", "i8"),
        ("revision", "i8"),
        ("live", "i8"),
        ("cold", "i8"),
        ("ramp", "i8"),
        ("errors", "i8"),
        ("backlog", "f8"),
        ("front", "f8"),
        ("front_sound", "f8"),
        ("sound", "f8"),
        ("served", "f8"),
        ("utilization", "f8"),
    ]
)
HEAP = np.dtype([("at", "f8"), ("key", "i8")])


class Arrays(NamedTuple):
    """The state of a run in compiled code; reused from run to run."""

    world: Any  # WORLD, a record
    tasks: Any  # TASK
    cohorts: Any  # COHORT
    heap: Any  # HEAP
    points: Any  # TRACE_POINT
    eras: Any  # ERA


def records(n: int, dtype: Any) -> Any:
    """Zeroed records whose fields are attributes."""
    return np.zeros(max(n, 1), dtype).view(np.recarray)


def sizes(tasks: int) -> tuple[tuple[Any, int], ...]:
    """What the parts of `Arrays` consist of for ``tasks`` tasks alive at once, and how many."""
    return (
        (WORLD, 1),
        (TASK, max(tasks, 1)),
        (COHORT, 4 * tasks + 8),
        (HEAP, 8 * tasks + 16),
        (TRACE_POINT, 16 * tasks + POINTS),
        (ERA, ERAS),
    )


def new_space(tasks: int) -> Arrays:
    """State for runs of at most ``tasks`` tasks alive at once."""
    world, *rest = (records(n, dtype) for dtype, n in sizes(tasks))
    return Arrays(world[0], *rest)
