"""Findings on who notices a bad release: the circuit breaker and the alarms."""

import json
from collections.abc import Sequence

from simdeploy.checking import numbers
from simdeploy.checking.rule import Held, Rule
from simdeploy.checking.situations import (
    CRASH,
    ERRORS_5,
    ERRORS_30,
    GOOD,
    OVERLOAD,
    OVERLOADED,
    overloaded,
)
from simdeploy.checking.subject import (
    ONLY_5XX,
    Subject,
    error_threshold,
    percent,
    seeing,
    time,
)
from simdeploy.pydantic_base import Block
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.events import AlarmAlreadyRed
from simdeploy.scenario.kubernetes import controller_on

#: Threshold of an alarm that is proposed, and how far above the usual errors it must stand.
THRESHOLD, ABOVE_USUAL = 0.01, 2.0


def breaker_paths(s: Subject) -> tuple[str, str]:
    """Return where the breaker of a strategy stands: its own, then that of all."""
    return f"{s.carrier_path}.circuit_breaker", "defaults.circuit_breaker"


def _breaker_setting(s: Subject, *settings: str) -> tuple[str, ...]:
    """Set keys of the breaker where the strategy's own block stands, else for all strategies."""
    own, shared = breaker_paths(s)
    block = s.scenario.strategies[s.name].carrier
    home = own if "circuit_breaker" in block.model_fields_set else shared
    return tuple(f"{home}.{setting}" for setting in settings)


def _breaker_off(s: Subject) -> Held | None:
    if not s.carrier.takes("circuit_breaker") or s.carrier.circuit_breaker.enable:
        return None
    why = "the circuit breaker is off: tasks that fail to start are started again and again"
    change = _breaker_setting(s, "enable=true", "rollback=true")
    return Held(why, (f"{breaker_paths(s)[0]}.enable", *breaker_paths(s)), change)


def _breaker_no_rollback(s: Subject) -> Held | None:
    breaker = s.carrier.circuit_breaker
    if not s.carrier.takes("circuit_breaker") or not breaker.enable or breaker.rollback:
        return None
    why = "the circuit breaker ends the deployment and does not roll it back"
    change = _breaker_setting(s, "rollback=true")
    return Held(why, (f"{breaker_paths(s)[0]}.rollback", *breaker_paths(s)), change)


def added_alarm(s: Subject, metric: str = "any_5xx_rate") -> tuple[str, ...]:
    """Return settings that give a strategy one more alarm, one of the scenario's if it has it."""
    threshold = max(THRESHOLD, ABOVE_USUAL * s.scenario.service.base_error_rate)
    listed = f"{s.path}.alarms" if not s.from_defaults("alarms") else "defaults.alarms"
    own = {alarm.name for alarm in s.alarms}
    for alarm in s.scenario.alarms:
        fits = alarm.metric == metric and alarm.threshold <= threshold
        if fits and alarm.name not in own and alarm.scope != "old":
            return (f"{listed}.+={alarm.name}",)
    taken = {alarm.name for alarm in s.scenario.alarms}
    base = metric.removesuffix("_rate").replace("_", "-")
    names = (base, *(f"{base}-{k}" for k in range(2, len(taken) + 3)))
    name = next(name for name in names if name not in taken)
    made = f"{{name: {name}, metric: {metric}, threshold: {100 * threshold:.4g}%}}"
    return (f"alarms.+={made}", f"{listed}.+={name}")


def _alarm_paths(s: Subject) -> tuple[str, ...]:
    return (f"{s.path}.alarms", "defaults.alarms", s.path)


def _breaker_blind(s: Subject) -> Held | None:
    if not s.carrier.circuit_breaker.enable or s.alarms:
        return None
    why = "the circuit breaker sees tasks that fail to start, not answers that fail; no alarm does"
    paths = (f"{breaker_paths(s)[0]}.enable", *breaker_paths(s))
    return Held(why, paths, added_alarm(s), "an alarm on 5xx")


def _no_alarm(s: Subject) -> Held | None:
    if s.alarms:
        return None
    why = "no alarm watches the deployment: nothing stops a release that starts and then fails"
    return Held(why, _alarm_paths(s), added_alarm(s), "an alarm on 5xx")


def _alarm_cpu(s: Subject) -> Held | None:
    if not s.alarms or any(alarm.metric != "cpu" for alarm in s.alarms):
        return None
    why = "the only alarm watches CPU, which errors do not raise"
    paths = (f"alarms.{s.alarms[0].name}.metric", *_alarm_paths(s))
    return Held(why, paths, added_alarm(s), "an alarm on 5xx")


def _alarm_blind_overload(s: Subject) -> Held | None:
    client, idle = s.scenario.traffic.client_timeout, s.scenario.target_group.idle_timeout
    if not s.alarms or any(alarm.metric not in ONLY_5XX for alarm in s.alarms):
        return None
    if not s.has_balancer or client >= idle or not 0.0 < s.utilization < OVERLOAD:
        return None
    unanswered = s.words.clients_leave.format(idle=time(idle))
    why = f"clients leave after {time(client)}, {unanswered}, and the alarms count 5xx alone"
    paths = (f"alarms.{s.alarms[0].name}.metric", *_alarm_paths(s))
    words = "an alarm on 4xx and 5xx together"
    change = added_alarm(s, "any_4xx_5xx_rate")
    return Held(why, paths, change, words, overloaded(s.utilization))


#: Errors of a bad release that a canary should show.
SHOWN = 0.05
#: Shares that differ by less are equal.
ROUNDING = 1e-9


def _alarm_blind_canary(s: Subject) -> Held | None:
    first = s.first_step
    watching = seeing(s.alarms)
    if first is None or not watching:
        return None
    diluted = first.percent / 100.0 * SHOWN
    if any(a.scope == "new" or error_threshold(a) < diluted - ROUNDING for a in watching):
        return None
    blind = [alarm for alarm in watching if alarm.scope == "service"]
    if not blind:
        return None
    least = min(error_threshold(alarm) for alarm in blind)
    share = f"{first.percent:g} % of the traffic with {percent(SHOWN)} errors"
    why = (
        f"{share} are {percent(diluted)} of all answers, and the alarm rises above {percent(least)}"
    )
    change = tuple(f"alarms.{alarm.name}.scope=new" for alarm in blind)
    paths = (f"alarms.{blind[0].name}.scope", f"alarms.{blind[0].name}")
    return Held(why, paths, change, "count the new version's answers alone")


def delay_of(alarm: Alarm) -> float:
    """Return how long an alarm takes in 95 of 100 cases, from the first error on (s)."""
    slow = alarm.publish_delay.quantile(0.95) + alarm.evaluation.quantile(0.95)
    return alarm.period * alarm.datapoints + slow


def _alarm_slow(s: Subject) -> Held | None:
    first, watching = s.watched, seeing(s.alarms)
    if first is None or not watching:
        return None
    fastest = min(watching, key=delay_of)
    needed = delay_of(fastest)
    if needed <= first.wait:
        return None
    whole = s.whole_minutes(needed)
    why = (f"the alarm {fastest.name} takes up to {time(needed)}, and {first.words} after "
           f"{time(first.wait)}")  # fmt: skip
    return Held(why, (first.path, s.path), (f"{first.path}={time(whole)}",))


def _alarm_red(s: Subject) -> Held | None:
    base = s.scenario.service.base_error_rate
    named = {alarm.name for alarm in s.alarms}
    for i, event in enumerate(s.scenario.environment.events):
        if isinstance(event, AlarmAlreadyRed) and event.alarm in named:
            return _red_at_the_command(s, i, event.alarm)
    red = [alarm for alarm in seeing(s.alarms) if error_threshold(alarm) < base]
    if not red:
        return None
    why = (f"{percent(base)} of all requests fail every day, and the alarm {red[0].name} rises "
           f"above {percent(error_threshold(red[0]))}")  # fmt: skip
    above = min(ABOVE_USUAL * base, (1.0 + base) / 2.0)
    change = tuple(_raised(alarm, above) for alarm in red)
    return Held(why, (f"alarms.{red[0].name}.threshold",), change)


def _raised(alarm: Alarm, share: float) -> str:
    """Set the threshold of an alarm on errors to a share of the requests."""
    path = f"alarms.{alarm.name}.threshold"
    if alarm.metric == "burn_rate":
        return f"{path}={share / (1.0 - (alarm.slo or 0.0)):.4g}"
    return f"{path}={100.0 * share:.4g}%"


def _red_at_the_command(s: Subject, number: int, alarm: str) -> Held:
    controller = controller_on(s.scenario.platform, s.strategy)
    then = {"ecs": "ECS goes without it", "code_deploy": "CodeDeploy deploys nothing"}
    why = (f"the alarm {alarm} is red at the command: "
           f"{then.get(controller, 'it counts only once it was OK')}")  # fmt: skip
    events = s.scenario.environment.events
    kept = [e for e in events if not (isinstance(e, AlarmAlreadyRed) and e.alarm == alarm)]
    paths = (f"environment.events.{number}", "environment.events")
    return Held(why, paths, (f"environment.events={as_list(kept)}",), "wait until it is OK")


def as_list(blocks: Sequence[Block]) -> str:
    """Write blocks as a list of one line, as a setting takes it."""
    return json.dumps([block.model_dump(by_alias=True, exclude_unset=True) for block in blocks])


ROWS = (
    Rule(
        id="breaker-off",
        severity="warning",
        title="the circuit breaker is off",
        holds="the strategy has a circuit breaker, and enable is false",
        condition=_breaker_off,
        situation=CRASH,
        numbers=(numbers.DECIDED, numbers.FAILED),
        mends="turn the breaker on, with rollback",
    ),
    Rule(
        id="breaker-no-rollback",
        severity="warning",
        title="the circuit breaker does not roll back",
        holds="enable is true, rollback is false",
        condition=_breaker_no_rollback,
        situation=CRASH,
        numbers=(numbers.AT_REST, numbers.FAILED),
        mends="let the breaker roll back",
    ),
    Rule(
        id="breaker-blind",
        severity="warning",
        title="the circuit breaker does not see answers that fail",
        holds="the breaker is on, and the strategy has no alarm",
        condition=_breaker_blind,
        situation=ERRORS_30,
        numbers=(numbers.UNDONE_SHARE, numbers.FAILED),
        mends="an alarm on 5xx",
    ),
    Rule(
        id="no-alarm",
        severity="warning",
        title="no alarm watches the deployment",
        holds="the strategy has no alarm",
        condition=_no_alarm,
        situation=ERRORS_5,
        numbers=(numbers.UNDONE_SHARE, numbers.FAILED),
        mends="an alarm on 5xx",
    ),
    Rule(
        id="alarm-cpu",
        severity="warning",
        title="the only alarm watches CPU",
        holds="all alarms of the strategy watch cpu",
        condition=_alarm_cpu,
        situation=ERRORS_30,
        numbers=(numbers.UNDONE_SHARE, numbers.FAILED),
        mends="an alarm on 5xx",
    ),
    Rule(
        id="alarm-blind-overload",
        severity="warning",
        title="the alarms do not see an overload",
        holds="all alarms count 5xx alone, and clients leave before the idle timeout",
        condition=_alarm_blind_overload,
        situation=OVERLOADED,
        numbers=(numbers.UNDONE_SHARE, numbers.FAILED),
        mends="an alarm on 4xx and 5xx together",
    ),
    Rule(
        id="alarm-blind-canary",
        severity="warning",
        title="the alarm does not see a bad canary",
        holds="first step × 5 % errors is at most the threshold, and the alarm counts the answers "
        "of both versions",
        condition=_alarm_blind_canary,
        situation=ERRORS_5,
        numbers=(numbers.FAILED, numbers.DECIDED),
        mends="an alarm on the new version's answers",
    ),
    Rule(
        id="alarm-slow",
        severity="warning",
        title="the first step ends before the alarm can rise",
        holds="period × datapoints + q95 of publishing and of evaluation > wait of the first step, "
        "or the time that all traffic is watched",
        condition=_alarm_slow,
        situation=ERRORS_30,
        numbers=(numbers.EXPOSED, numbers.ALL_EXPOSED, numbers.UNDONE_SHARE, numbers.FAILED),
        mends="wait as long as the alarm may take",
    ),
    Rule(
        id="alarm-red",
        severity="error",
        title="an alarm is red without a deployment",
        holds="an alarm of the strategy is red at the command, or more requests fail every day "
        "than its threshold",
        condition=_alarm_red,
        situation=GOOD,
        numbers=(numbers.SHIPS,),
        mends="a threshold of twice what fails every day, or to wait until it is OK",
    ),
)
