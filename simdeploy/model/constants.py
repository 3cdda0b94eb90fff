"""Constants of the scenario record and of a run's state: indices, codes, lengths of arrays."""

#: Rows of ``ScenarioRecord.distributions``; those of the alarms, hooks and faults follow.
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
D_FLAG = 12
D_ALARMS = 13

#: Timers of a run. The first three are of the environment and fire before events of tasks.
T_TRAFFIC = 0
T_CRASH = 1
T_BASELINE = 2
ENVIRONMENT_TIMERS = 3
#: Steps of the error ramps since traffic and command: by origin, then by revision.
T_STAIRS = 3
T_REPAIR = 7
T_WEIGHT = 8
T_FLAG = 9
T_CONTROLLER = 10
T_STEP = 11
T_OPERATOR = 12
T_PATIENCE = 13
T_SILENT = 14
T_DRILL = 15
T_TICK = 16
T_ALARMS = 17
#: Timers of each alarm, counted from T_ALARMS + 4 x alarm.
ALARM_PERIOD = 0
ALARM_RAISE = 1
ALARM_CLEAR = 2
ALARM_POLL = 3
MAX_ALARMS = 10
TIMERS = T_ALARMS + 4 * MAX_ALARMS

#: Order of events at one instant; within a rank, by number of the task or timer.
RANK_ENVIRONMENT = 1
RANK_LIFE = 2
RANK_CHECK = 3
RANK_TIMER = 4
RANK_LOOK = 5

#: Bits of a heap key: the event's rank, the task's serial number, and its slot.
SLOT_BITS = 20
RANK_BIT = 60
SLOTS = (1 << SLOT_BITS) - 1
SERIALS = (1 << (RANK_BIT - SLOT_BITS)) - 1

#: State of a task.
PENDING = 0
RUNNING = 1
DRAINING = 2
STOPPING = 3
GONE = 4
#: Crashed, but its target still receives requests.
DEAD = 5

#: Kinds of active tasks, in the order in which they are stopped.
SICK = 0
STARTING = 1
WELL = 2
#: No maximum on tasks.
NO_CAP = 1 << 40

#: Variants of a run.
RELEASE = 0
TWIN = 1
DRILL = 2
DRILL_LATE = 3
BASELINE = 4

#: Integrals over time, by their index in ``World.sums``.
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
S_SIDE_EFFECTS = 18
SUMS = 19

#: Latency histogram: classes of utilization, then of waiting time.
UTILIZATIONS = 17
THRESHOLDS = 64
CUT_POINTS = 513
CLASSES = UTILIZATIONS + THRESHOLDS

#: Lengths of arrays of the scenario record; the encoder refuses a scenario that needs more.
DISTS = 96
QUANTILES = 48
STEPS = 256
PIECES = 512
EVENTS = 32
POINTS = 1024
#: Traffic eras kept; the older half is dropped when the array is full.
ERAS = 64
HOOKS = 32
#: Releases of a chain, and the revision at the command.
GENERATIONS = 9
#: Crash faults of one release.
EXITS = 4
#: Steps of an error ramp.
RUNGS = 64
#: Paces at which tasks serve, each with latency tables of its own.
PACES = 16
#: Levels of a feature flag, off included.
FLAG_LEVELS = 8
#: Waiting times at which an arrival's outcome changes.
LEVELS = 16
