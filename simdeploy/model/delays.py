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
REPORT = 13
#: Three rows for each alarm.
ALARMS = 14
