"""Drawn delays: rows of ``ScenarioRecord.distributions``; those of hooks and faults follow."""

PROVISIONING = 0
PULL = 1
CONTAINER_START = 2
BOOT = 3
SHUTDOWN = 4
FIRST_CHECK = 5
DEREGISTRATION = 6
WEIGHT = 7
CONTROLLER = 8
NOTICES = 9
DECIDES = 10
TYPES = 11
FLAG = 12
COMMAND = 13
LEFT_GROUP = 14
EXIT_NOTICED = 15
#: Reactions to a failed task, by its kind.
REPLACE_SICK = 16
REPLACE_KILLED = 17
REPLACE_DIED = 18
REPLACE_UNHEALTHY_CONTAINER = 19
PAUSE_AFTER_RUNNING = 20
#: Pauses after failed starts in a row: as many rows as a file may list.
PAUSES = 21
MOST_PAUSES = 8
REPORT = 29
#: Three rows for each alarm.
ALARMS = 30
