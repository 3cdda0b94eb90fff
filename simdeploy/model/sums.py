"""Integrals over time, by their index in ``World.sums``; ``World.rates`` has their rates."""

REQUESTS = 0
NO_TARGET = 1
REFUSED = 2
APP = 3
OVERLOAD = 4
SCHEMA = 5
CUT = 6
DOWNTIME = 7
OUTAGE = 8
DEGRADED = 9
SLOW = 10
SLOW_SECONDS = 11
BAD_SECONDS = 12
EXPOSED = 13
MIXED = 14
BOTH_ALIVE = 15
WRITES_OLD = 16
WRITES_NEW = 17
SIDE_EFFECTS = 18
OLD_TASK_SECONDS = 19
NEW_TASK_SECONDS = 20
NEW_ANSWERS = 21
#: What fails without a deployment.
BASELINE_FAILED = 22
#: Parts of the six causes of failure, then of slow requests, that are a matter of chance: those
#: of times in which less than half of all requests fail or are slow.
BY_CHANCE = 23
CHANCES = 7
CUT_BY_CHANCE = BY_CHANCE + 5
COUNT = BY_CHANCE + CHANCES
