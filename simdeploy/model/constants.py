"""Constants of the scenario record and of a run's state: indices, codes, lengths of arrays."""

#: Order of events at the same instant; within a rank, by number of the task or timer.
RANK_ENVIRONMENT = 1
RANK_LIFE = 2
RANK_CHECK = 3
RANK_TIMER = 4
RANK_LOOK = 5

#: State of a task.
PENDING = 0
RUNNING = 1
DRAINING = 2
STOPPING = 3
GONE = 4
#: Exited by itself: its target still receives requests, or ECS does not want a successor yet.
DEAD = 5
#: Ordered to stop, and still a target like any other.
LEAVING = 6
#: Its process has ended; the scheduler has not noticed.
EXITED = 7

#: Kinds of active tasks, in the order in which they are stopped.
SICK = 0
STARTING = 1
WELL = 2
#: Sick, and ECS has not reacted yet.
UNREACTED = 3
#: No maximum on tasks.
NO_CAP = 1 << 40

#: Variants of a run.
RELEASE = 0
TWIN = 1
DRILL = 2
DRILL_LATE = 3
BASELINE = 4

#: Latency histogram: utilizations, then classes of the answers of those who waited in a backlog.
UTILIZATIONS = 33
ANSWERS = 256
#: Bounds of the latter.
EDGES = ANSWERS + 1
CUT_POINTS = 513
CLASSES = UTILIZATIONS + ANSWERS
#: Utilizations at which shares of requests are tabled.
LOADS = 65

#: Lengths of arrays of the scenario record; the encoder refuses a scenario that needs more.
MAX_ALARMS = 10
DISTS = 128
#: Slices of an alarm's period, of which its window slides by one at a time.
SLICES = 30
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
#: Changes of what waits for hung tasks that are remembered until clients give up.
WAITS = 128
#: Cohorts beyond which those with the nearest backlogs are merged.
COHORTS = 64
#: Mixes of targets of which something is kept, a power of two.
MIXES = 256
#: Kinds of targets: 32 for each ramp up to 10.
KINDS = 352
#: Outcomes of cohorts that are kept, a power of two.
OUTCOMES_KEPT = 128
#: Looks whose times are kept, a power of two; and less than the number of any look.
LOOKS_KEPT = 16
NO_LOOK = -(1 << 40)
#: Waiting times at which an arrival's outcome changes.
LEVELS = 16
