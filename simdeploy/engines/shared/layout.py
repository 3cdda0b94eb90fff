"""How the batch engine lays out a scenario and the state of a run in memory.

Records instead of objects, so that the same functions run compiled and as plain Python. Never
compiled itself: the kernel only takes constants and tuple classes from here.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np

#: Rows of ``Model.dists``; those of the alarms and hooks follow.
D_PROVISIONING = 0
D_PULL = 1
D_CONTAINER_START = 2
D_BOOT = 3
D_SHUTDOWN = 4
D_FIRST_CHECK = 5
D_DEREGISTRATION = 6
D_WEIGHT = 7
D_CONTROLLER = 8
D_NOTICES = 9
D_DECIDES = 10
D_TYPES = 11
D_CRASH_AFTER = 12
D_ALARMS = 13

#: Timers of a run. The first three belong to the environment and come before what tasks do.
T_TRAFFIC = 0
T_CRASH = 1
T_BASELINE = 2
ENVIRONMENT_TIMERS = 3
T_STAGE = 3
T_REPAIR = 4
T_WEIGHT = 5
T_CONTROLLER = 6
T_STEP = 7
T_OPERATOR = 8
T_PATIENCE = 9
T_DRILL = 10
T_TICK = 11
T_ALARMS = 12
#: Timers of each alarm, counted from T_ALARMS + 4 x alarm.
ALARM_PERIOD = 0
ALARM_RAISE = 1
ALARM_CLEAR = 2
ALARM_POLL = 3
MAX_ALARMS = 10
TIMERS = T_ALARMS + 4 * MAX_ALARMS

#: Order of what happens at one instant; within a rank, by attempt or timer number.
RANK_ENVIRONMENT = 1
RANK_LIFE = 2
RANK_CHECK = 3
RANK_TIMER = 4
RANK_LOOK = 5

#: A key holds the rank, the number of the task in order of creation, and its place.
SLOT_BITS = 20
RANK_BIT = 60
SLOTS = (1 << SLOT_BITS) - 1
SERIALS = (1 << (RANK_BIT - SLOT_BITS)) - 1

#: Where a task stands.
PENDING = 0
RUNNING = 1
DRAINING = 2
STOPPING = 3
GONE = 4

#: How an active task stands, when some are chosen to be stopped.
SICK = 0
STARTING = 1
WELL = 2
#: No maximum on tasks.
NO_CAP = 1 << 40

#: Numbers per run: the metrics, verdict, outcome, and how failures split (engines.RESULT).
WIDTH = 39

#: Variants of a run.
RELEASE = 0
TWIN = 1
DRILL = 2
DRILL_LATE = 3
BASELINE = 4

#: Sums over time, by their place in ``World.sums``.
S_REQUESTS = 0
S_NO_TARGET = 1
S_REFUSED = 2
S_APP = 3
S_OVERLOAD = 4
S_SCHEMA = 5
S_CUT = 6
S_DOWNTIME = 7
S_OUTAGE = 8
S_DEGRADED = 9
S_SLOW = 10
S_SLOW_SECONDS = 11
S_BAD_SECONDS = 12
S_EXPOSED = 13
S_MIXED = 14
S_BOTH_ALIVE = 15
S_WRITES_OLD = 16
S_WRITES_NEW = 17
SUMS = 18

#: Latency is kept as a histogram: utilization classes, then classes of waiting time.
UTILIZATIONS = 17
THRESHOLDS = 64
CUT_POINTS = 129
CLASSES = UTILIZATIONS + THRESHOLDS

#: Room in a model; ``scenario.params`` tells who needs more.
DISTS = 64
STEPS = 128
PIECES = 512
EVENTS = 32
POINTS = 1024

STEP = np.dtype([("op", "i8"), ("a", "f8"), ("b", "f8")])
PIECE = np.dtype([("at", "f8"), ("rate", "f8")])
CRASH = np.dtype([("at", "f8"), ("revision", "i8"), ("tasks", "i8")])
WINDOW = np.dtype([("start", "f8"), ("end", "f8"), ("factor", "f8"), ("fails_after", "f8")])
ALARM = np.dtype(
    [("threshold", "f8"), ("period", "f8"), ("datapoints", "i8"), ("of", "i8"), ("missing", "i8")]
)

MODEL = np.dtype(
    [
        ("desired", "i8"),
        ("capacity", "f8", (2,)),
        ("client_timeout", "f8"),
        ("slo", "f8"),
        ("cancels_abandoned", "i8"),
        ("overload_is_5xx", "i8"),
        ("base_error", "f8"),
        ("stop_timeout", "f8"),
        ("grace", "f8"),
        ("tick", "f8"),
        ("count_draining", "i8"),
        ("stop_before_start", "i8"),
        ("backoff_first", "f8"),
        ("backoff_cap", "f8"),
        ("interval", "f8"),
        ("initial_passes", "i8"),
        ("healthy_threshold", "i8"),
        ("unhealthy_threshold", "i8"),
        ("too_slow", "f8", (2,)),
        ("delay", "f8"),
        ("fail_open", "i8"),
        ("fail_open_min", "i8"),
        ("open_initial", "i8"),
        ("groups", "i8"),
        ("controller", "i8"),
        ("steps", "i8"),
        ("sampled", "i8"),
        ("breaker", "i8"),
        ("breaker_rollback", "i8"),
        ("threshold", "i8"),
        ("reset_on_healthy", "i8"),
        ("counts_exits", "i8"),
        ("counts_detect", "i8"),
        ("bad", "i8"),
        ("boot_crash", "f8"),
        ("never_listens", "f8"),
        ("error_rate", "f8"),
        ("error_from", "f8"),
        ("error_ramp", "f8"),
        ("error_since", "i8"),
        ("error_seen", "i8"),
        ("change", "i8"),
        ("touches", "f8"),
        ("meets", "f8"),
        ("applied", "i8"),
        ("reversible", "i8"),
        ("repaired_after", "f8"),
        ("operator", "i8"),
        ("notices_share", "f8"),
        ("patience", "f8"),
        ("drill_after", "f8"),
        ("hourly", "f8"),
        ("billed_minimum", "f8"),
        ("horizon", "f8"),
        ("in_flight", "f8"),
        ("alarms", "i8"),
        ("pieces", "i8"),
        ("crashes", "i8"),
        ("windows", "i8"),
        ("dists", "f8", (DISTS, 4)),
        ("quantiles", "f8", (DISTS, 257)),
        ("plan", STEP, (STEPS,)),
        ("piece", PIECE, (PIECES,)),
        ("crash", CRASH, (EVENTS,)),
        ("window", WINDOW, (EVENTS,)),
        ("alarm", ALARM, (MAX_ALARMS,)),
        ("slow", "f8", (2, 65)),
        ("tails", "f8", (2, UTILIZATIONS, THRESHOLDS)),
        ("thresholds", "f8", (THRESHOLDS,)),
        ("cuts", "f8", (2, CUT_POINTS)),
    ]
)
WATCH = np.dtype(
    [
        ("active", "i8"),
        ("start", "f8"),
        ("ordinal", "i8"),
        ("since", "f8"),
        ("good", "f8"),
        ("bad", "f8"),
        ("window", "i8"),
        ("red", "i8"),
        ("begun", "i8"),
    ]
)
TRACE_POINT = np.dtype([("at", "f8"), ("failing", "f8"), ("slow", "f8")])


WORLD = np.dtype(
    [
        ("now", "f8"),
        ("k0", "i8"),
        ("k1", "i8"),
        ("variant", "i8"),
        ("overflow", "i8"),
        ("target", "i8"),
        ("want", "i8"),
        ("keep", "i8"),
        ("floor", "i8"),
        ("cap", "i8"),
        ("rolling", "i8"),
        ("abandon", "i8"),
        ("tick", "f8"),
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
        ("healthy", "i8", (2,)),
        ("sick", "i8", (2,)),
        ("draining", "i8", (2,)),
        ("alive", "i8", (2,)),
        ("group_healthy", "i8", (2,)),
        ("eligible", "i8", (2,)),
        ("open", "i8", (2,)),
        ("stage", "i8"),
        ("b_failures", "i8"),
        ("b_stage", "i8"),
        ("b_tripped", "i8"),
        ("b_enabled", "i8"),
        ("row", "i8"),
        ("backoff_until", "f8"),
        ("weight", "f8"),
        ("ordered", "f8"),
        ("shifts", "i8"),
        ("phase", "i8"),
        ("undone", "i8"),
        ("step", "i8"),
        ("begun", "i8"),
        ("timer_over", "i8"),
        ("shifted", "i8"),
        ("new_ran", "i8"),
        ("old_stopping", "i8"),
        ("stuck", "i8"),
        ("operator", "i8"),
        ("impatient", "i8"),
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
        ("trace", "i8"),
        ("traces", "i8"),
        ("saved_cost", "f8"),
        ("saved_failed", "f8"),
        ("saved_slow", "f8"),
        ("base_failing", "f8"),
        ("base_slow", "f8"),
        ("new_rows", "i8"),
        ("old_gone", "i8"),
        ("repaired", "i8"),
        ("is_applied", "i8"),
        ("offered", "f8"),
        ("per_target", "f8", (2,)),
        ("to_new", "f8"),
        ("to_old", "f8"),
        ("failing", "f8"),
        ("bad_rate", "f8"),
        ("failing_share", "f8"),
        ("slow_share", "f8"),
        ("crossing", "f8"),
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
        ("latency", "f8", (2, CLASSES)),
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
        ("boot", "f8"),
        ("provisioning", "f8"),
        ("pull", "f8"),
        ("container_start", "f8"),
        ("pulled", "f8"),
        ("running", "f8"),
        ("boot_end", "f8"),
        ("crash_at", "f8"),
        ("never", "i8"),
        ("live", "i8"),
        ("health", "i8"),
        ("sick", "i8"),
        ("streak", "i8"),
        ("check_at", "f8"),
        ("check_no", "i8"),
        ("flip_no", "i8"),
        ("flip_streak", "i8"),
        ("stage", "i8"),
        ("stage_at", "f8"),
        ("grace_end", "f8"),
        ("cohort", "i8"),
        ("eligible", "f8"),
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
        ("stages", "i8"),
        ("backlog", "f8"),
        ("served", "f8"),
        ("doomed", "f8"),
        ("utilization", "f8"),
    ]
)
HEAP = np.dtype([("at", "f8"), ("key", "i8")])

#: A scenario and one strategy made flat: one MODEL record, shared by all of their runs.
Model: TypeAlias = Any
#: The state of one run: `Arrays`, or plain objects with the same attributes.
Space: TypeAlias = Any


class Arrays(NamedTuple):
    """The state of a run in compiled code; reused from run to run."""

    world: Any  # WORLD, a record
    tasks: Any  # TASK
    cohorts: Any  # COHORT
    heap: Any  # HEAP
    points: Any  # TRACE_POINT


def records(n: int, dtype: Any) -> Any:
    """Zeroed records whose fields are attributes."""
    return np.zeros(max(n, 1), dtype).view(np.recarray)


def new_space(tasks: int) -> Arrays:
    """State for runs of at most ``tasks`` tasks alive at once."""
    return Arrays(
        records(1, WORLD)[0],
        records(tasks, TASK),
        records(4 * tasks + 8, COHORT),
        records(8 * tasks + 16, HEAP),
        records(16 * tasks + POINTS, TRACE_POINT),
    )
