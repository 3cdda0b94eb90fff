"""Alarms and operator."""

from simdeploy.encode.distribution_rows import Draws, code, copy
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants
from simdeploy.model.fields.types import AlarmRule, ScenarioRecord
from simdeploy.model.registry import ALARM_METRICS
from simdeploy.scenario import Scenario
from simdeploy.scenario.detection import Alarm, Operator
from simdeploy.semantics import alarms, operator
from simdeploy.strategies import Strategy

#: Datapoints of an alarm that the engines remember.
MOST_PERIODS = 50
SCOPES = {"service": alarms.OF_SERVICE, "old": alarms.OF_OLD, "new": alarms.OF_NEW}


def watched(scenario: Scenario, strategy: Strategy) -> list[Alarm]:
    """The alarms that a strategy listens to, in its order."""
    by_name = {alarm.name: alarm for alarm in scenario.alarms}
    names = dict.fromkeys((*strategy.alarms, *strategy.carrier.alarms))
    return [by_name[name] for name in names]


def put_watchers(m: ScenarioRecord, draws: Draws, scenario: Scenario, strategy: Strategy) -> None:
    """Who watches, and the time that each signal takes."""
    rules = watched(scenario, strategy)
    if len(rules) > constants.MAX_ALARMS:
        raise NotSimulatedError(f"strategies: more than {constants.MAX_ALARMS} alarms")
    m.n_alarms = len(rules)
    for k, alarm in enumerate(rules):
        put_alarm(m.alarms[k], alarm)
        for distribution in (alarm.publish_delay, alarm.evaluation, alarm.poll):
            draws.add(distribution)
    put_operator(m, scenario.operator)


def put_alarm(x: AlarmRule, alarm: Alarm) -> None:
    """Encode an alarm; the threshold of a burn rate becomes a share of errors."""
    if alarm.of > MOST_PERIODS:
        raise NotSimulatedError(f"alarms: of: more than {MOST_PERIODS}")
    metric = ALARM_METRICS[alarm.metric]
    x.metric = metric.code
    x.scope = SCOPES[alarm.scope]
    burns = metric.threshold == "factor"
    x.threshold = (
        alarms.burn_threshold(alarm.threshold, alarm.slo or 0.0)
        if burns
        else float(alarm.threshold)
    )
    copy(x, alarm, "datapoints", "of")
    x.n_slices = alarms.slices_of(alarm.period, alarm.window == "sliding", constants.SLICES)
    x.slice_seconds = alarm.period / x.n_slices
    x.missing = code(alarms, alarm.missing)


def put_operator(m: ScenarioRecord, block: Operator | None) -> None:
    """Encode the person on call, if any."""
    m.has_operator = block is not None
    if block is not None:
        copy(m, block, "patience", "retry_after")
        m.noticed_share = block.notices_share
        m.first_command = code(operator, block.first_command)
