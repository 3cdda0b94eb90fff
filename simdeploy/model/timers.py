"""Timers of a run, by their index in ``World.timers``."""

from simdeploy.model.constants import MAX_ALARMS

#: The first four are of the environment and fire before events of tasks.
TRAFFIC = 0
CRASH = 1
HANG = 2
BASELINE = 3
ENVIRONMENT_TIMERS = 4
#: Steps of the error ramps since traffic and command: by origin, then by revision.
STAIRS = 4
REPAIR = 8
GIVE_UP = 9
WEIGHT = 10
FLAG = 11
CONTROLLER = 12
STEP = 13
OPERATOR = 14
PATIENCE = 15
SILENT = 16
DRILL = 17
PLACEMENT = 18
TICK = 19
#: The first act of a deployment, or of its rollback.
BEGIN = 20
#: The next stair of the share of new rows.
ROWS = 21
ALARMS = 22
#: Timers of each alarm, counted from ALARMS + 4 x alarm.
ALARM_PERIOD = 0
ALARM_RAISE = 1
ALARM_CLEAR = 2
ALARM_POLL = 3
COUNT = ALARMS + 4 * MAX_ALARMS
