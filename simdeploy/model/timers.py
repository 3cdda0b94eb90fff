"""Timers of a run, by their index in ``World.timers``."""

from simdeploy.model.constants import MAX_ALARMS

#: The first three are of the environment and fire before events of tasks.
TRAFFIC = 0
CRASH = 1
BASELINE = 2
ENVIRONMENT_TIMERS = 3
#: Steps of the error ramps since traffic and command: by origin, then by revision.
STAIRS = 3
REPAIR = 7
WEIGHT = 8
FLAG = 9
CONTROLLER = 10
STEP = 11
OPERATOR = 12
PATIENCE = 13
SILENT = 14
DRILL = 15
TICK = 16
#: The first act of a deployment, or of its rollback.
BEGIN = 17
#: The next stair of the share of new rows.
ROWS = 18
ALARMS = 19
#: Timers of each alarm, counted from ALARMS + 4 x alarm.
ALARM_PERIOD = 0
ALARM_RAISE = 1
ALARM_CLEAR = 2
ALARM_POLL = 3
COUNT = ALARMS + 4 * MAX_ALARMS
