"""The phrases of a story: a function per kind of event, present tense, subject first."""

# ruff: noqa: ARG001  all phrases have the same signature

from math import inf
from typing import Any

from simdeploy.model.registry import ALARM_METRICS
from simdeploy.report import environment
from simdeploy.report.story.folding import Beat
from simdeploy.report.story.story_context import StoryContext
from simdeploy.report.story.task_phrases import TASK_PHRASES, Phrase, limit
from simdeploy.report.words import (
    clock,
    elapsed,
    full_count,
    long_duration,
    percent,
    quantity,
    spaced,
)
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.events import TrafficSpike
from simdeploy.scenario.vocabulary import Vocabulary

SIGNALS = {
    "breaker": "circuit breaker", "alarm": "alarm", "hook": "failed hook",
    "install_timeout": "new {tasks} not {healthy} in time", "operator": "ordered by the {operator}",
    "approval": "a person said no", "progress_deadline": "no progress within the deadline",
}  # fmt: skip
#: Why the operator acts.
SAW = {
    "failing": "requests fail", "slow": "requests are slow", "trouble": "users are hurt",
    "noticed": "users complain", "silent": "users complain",
    "patience": "it takes too long", "impatience": "it takes too long",
}  # fmt: skip
#: Why a command to roll back had no effect.
COMMANDS = {"refused": "it is refused", "same_image": "it deploys the same bad image again"}
#: Strategies that stop the old tasks before they bake.
REPLACING = ("rolling", "kubernetes_rolling", "recreate", None)
#: Metrics whose value is a share of requests, though their limit is not.
SHARES = {"p99_latency": "slow_rate"}
BOUNDS = ("cap", "floor")
#: Strategies that replace tasks within a floor and a cap.
ROLLING = ("rolling", "kubernetes_rolling", "feature_flag")
OUTCOMES = {
    "succeeded": "succeeded", "rolled_back": "rolled back", "failed": "failed", "stuck": "stuck",
    "in_progress": "still in progress",
}  # fmt: skip


def _started(beat: Beat, story: StoryContext) -> str:
    if "release" in beat.first.data:
        return f"release {beat.first.data['release']} starts: the last one is the old one now"
    words, data = story.words, beat.first.data
    old = quantity(story.start.get("old_tasks", 0), f"old {words.task}")
    first = quantity(story.first_tasks, f"new {words.task}")
    if data.get("strategy") == "recreate":
        verb = words.stops if story.start.get("old_tasks") == 1 else words.stop
        return f"deployment starts: {old} {verb} before any new one starts"
    is_rolling = data.get("strategy", "rolling") in ROLLING or story.follows_pods
    if "floor" in data and "cap" in data and is_rolling:
        bounds = words.bounds.format(floor=data["floor"], cap=data["cap"])
        return f"deployment starts: {old}; {bounds}: {_room(data, words)}"
    return f"deployment starts: {first} beside {old}"


def _room(data: dict[str, Any], words: Vocabulary) -> str:
    """Return what floor and cap of a rolling deployment let the platform do first."""
    old, floor, cap = (int(data.get(name, 0)) for name in ("old_tasks", "floor", "cap"))
    desired = int(data.get("desired", old))
    if old > floor:
        return f"{quantity(old - floor, f'old {words.task}')} may {words.stop} first"
    if cap > old:
        return f"{quantity(min(cap - old, desired), f'new {words.task}')} may start at once"
    return f"{words.platform_name} may neither start nor {words.stop} a {words.task}"


def _hook(beat: Beat, story: StoryContext) -> str:
    end = beat.first if beat.first.kind == "hook_finished" else beat.events[1]
    ok = end.data.get("passed", end.data.get("ok", end.data.get("outcome") != "failed"))
    after = f" after {long_duration(end.t - beat.first.t)}" if end is not beat.first else ""
    stage = end.data.get("stage", "")
    return f"hook {stage} {'passes' if ok else 'fails'}{after}{_undoing(beat, story)}"


def _asked(beat: Beat, story: StoryContext) -> str:
    stage = beat.first.data.get("stage")
    return f"a person is asked{f' ({stage})' if stage else ''}"


def _answer(beat: Beat, story: StoryContext) -> str:
    yes = beat.first.data.get("answer") == "yes"
    return f"the person says {'yes' if yes else 'no, or nothing in time'}{_undoing(beat, story)}"


def _command(beat: Beat, story: StoryContext) -> str:
    reason = str(beat.first.data.get("reason", ""))
    command = story.words.operators_command
    return f"{command} does nothing: {COMMANDS.get(reason, spaced(reason))}"


def _undoing(beat: Beat, story: StoryContext) -> str:
    started = any(event.kind == "rollback_started" for event in beat.events)
    return f" → {_back(beat, story)}" if started else ""


def _back(beat: Beat, story: StoryContext) -> str:
    """Return the form of a rollback: a flag that is set, or the old revision."""
    return "the flag is set back" if story.is_flagged(beat.t) else "rollback to the old revision"


def _shifted(beat: Beat, story: StoryContext) -> str:
    to = beat.first.data.get("percent")
    before, story.shifted = story.shifted, story.shifted or bool(to)
    if to is None:
        return "traffic moves to the new revision"
    if before and not to:
        return "all traffic is back on the old revision"
    if story.is_rolled_back(beat.t):
        return f"old revision gets {100 - to:g} % of the traffic back"
    return f"new revision gets {'all' if to >= 100 else f'{to:g} % of the'} traffic"


def _shift_run(beat: Beat, story: StoryContext) -> str:
    shares = [event.data.get("percent", 0) for event in beat.events]
    each = (beat.end - beat.t) / max(1, len(shares) - 1)
    return (f"{len(shares)} more steps, {long_duration(each)} apart, to {clock(beat.end)}: "
            f"{shares[0]:g} % … {shares[-1]:g} %")  # fmt: skip


def _alarm(beat: Beat, story: StoryContext) -> str:
    data, name = beat.first.data, str(beat.first.data.get("alarm", ""))
    alarms = story.scenario.alarms if story.scenario else ()
    alarm = next((alarm for alarm in alarms if alarm.name == name), None)
    metric = alarm.metric if alarm else "rate"
    if data.get("already"):
        effect = environment.RED.get(story.controller, "")
        effect = f"; {effect}" if effect else ""
        lacks_data = _is_unfounded(data, metric)
        value = ": it has no data" if lacks_data else _value(data, metric, alarm, story.words)
        return f"alarm {name} is red already{value}{effect}"
    text = f"alarm {name} goes off".replace("  ", " ")
    ignored = f"; {story.words.platform_name} goes without alarms" if story.ignored else ""
    return f"{text}{_value(data, metric, alarm, story.words)}{ignored}{_undoing(beat, story)}"


def _value(data: dict[str, Any], metric: str, alarm: Alarm | None, words: Vocabulary) -> str:
    """Return an alarm's value and limit; without a value its metric, limit and datapoints."""
    if "value" not in data and "threshold" in data:
        limit = _measured(data["threshold"], metric)
        return f": {_meaning(metric, words)} over {limit}{_datapoints(alarm)}"
    if _is_unfounded(data, metric):
        return f" although it sees {_measured(data['value'], SHARES.get(metric, metric))}"
    if metric == "p99_latency" and "value" in data:
        # The 99th percentile is over the limit where more than one percent takes longer.
        over = f" over {data['threshold']:.3g} s" if "threshold" in data else " too long"
        return f": {percent(data['value'])} of requests take{over}, limit 1 %"
    numbers = [_measured(data[key], metric) for key in ("value", "threshold") if key in data]
    return f"{': ' if numbers else ''}{', limit '.join(numbers)}"


def _is_unfounded(data: dict[str, Any], metric: str) -> bool:
    """Return whether an alarm goes off below its limit: by chance, or for missing data."""
    limit = 0.01 if metric == "p99_latency" else data.get("threshold")
    return "value" in data and limit is not None and data["value"] <= limit


def _meaning(metric: str, words: Vocabulary) -> str:
    """Return an alarm's metric in words: ``5xx rate``."""
    text = ALARM_METRICS[metric].words if metric in ALARM_METRICS else spaced(metric)
    return str(getattr(words, metric, text))


def _datapoints(alarm: Alarm | None) -> str:
    """Return how many datapoints must be over the limit, as far as the alarm is given."""
    if alarm is None:
        return ""
    periods = long_duration(alarm.period)
    if alarm.datapoints == alarm.of == 1:
        return f" in {periods}"
    return f" in {alarm.datapoints} of {alarm.of} periods of {periods}"


def _measured(value: float, metric: str) -> str:
    if metric not in ALARM_METRICS or ALARM_METRICS[metric].threshold == "share":
        return percent(value)
    return f"{value:.3g}{ALARM_METRICS[metric].unit}"


def _placement(beat: Beat, story: StoryContext) -> str:
    attempt = f"round {beat.first.data.get('round', 1)} of attempts fails"
    return f"no {story.words.task} can be {story.words.placed}: {attempt}"


def _breaker(beat: Beat, story: StoryContext) -> str:
    data = beat.first.data
    of = limit(data, "failures", "threshold")
    counted = f": {of} failures" if of else ""
    if data.get("failures", 0) > data.get("threshold", inf):
        counted = f": {data['failures']:g} failures, limit {data['threshold']:g}"
    return f"circuit breaker trips{counted}{_undoing(beat, story)}"


def _operator(beat: Beat, story: StoryContext) -> str:
    reason = str(beat.first.data.get("reason", ""))
    why = f" ({SAW.get(reason, spaced(reason))})" if reason else ""
    return f"{story.words.operator} decides to go back{why}{_undoing(beat, story)}"


def _rollback(beat: Beat, story: StoryContext) -> str:
    by = str(beat.first.data.get("reason", ""))
    because = f" ({story.words.fill(SIGNALS.get(by, spaced(by)))})" if by else ""
    return f"{_back(beat, story)}{'' if story.is_flagged(beat.t) else ' starts'}{because}"


def _rolled_back(beat: Beat, story: StoryContext) -> str:
    """Return the two clocks of a rollback, both from its decision: users back, and at rest."""
    decided = story.decided(beat.t)
    rest = "" if decided is None else f"at rest after {elapsed(decided, beat.t)}"
    back = story.users_back(beat.t)
    missed = all(state.new_share == 0 for state, _ in story.states)
    if missed and (back is None or back[0] == back[1]):
        parts = ["no request ever reached the new revision", rest]
    else:
        users = f"users back {elapsed(*back)} after the decision" if back else ""
        parts = [users, rest if back or not rest else f"{rest} from the decision"]
    text = ", ".join(part for part in parts if part)
    return f"rollback is over{text and f': {text}'}"


def _finished(beat: Beat, story: StoryContext) -> str:
    word = OUTCOMES.get(str(beat.first.data.get("outcome", "")), "")
    return f"deployment is over after {elapsed(0.0, beat.t)}{': ' + word if word else ''}"


def _bake(beat: Beat, story: StoryContext) -> str:
    """Return the bake time: whether alarms may still roll back, and whether old tasks stay."""
    old = f", the old {story.words.tasks} stay" if _keeps_old(beat.t, story) else ""
    wait = beat.first.data.get("wait")
    return f"bake time:{f' for {long_duration(wait)} more' if wait else ''} {_watching(story)}{old}"


def _watching(story: StoryContext) -> str:
    if story.watched and story.ignored:
        return f"{story.words.platform_name} waits, without alarms"
    return "the alarms watch" if story.watched else f"{story.words.platform_name} waits"


def _keeps_old(t: float, story: StoryContext) -> bool:
    """Return whether old tasks are still there; without a state as the strategy implies."""
    alive = story.alive_old(t)
    return story.start.get("strategy") not in REPLACING if alive is None else alive > 0


def _termination(beat: Beat, story: StoryContext) -> str:
    wait = beat.first.data.get("wait")
    words = story.words
    which = f"{'new' if story.is_rolled_back(beat.t) else 'old'} {words.tasks}"
    if not wait:
        return f"{which} {words.stop}"
    watched = ", the alarms watch" if story.watched else ""
    return f"last shift is ordered; the {which} stay for {long_duration(wait)} more{watched}"


def _test_traffic(beat: Beat, story: StoryContext) -> str:
    to = "old" if story.is_rolled_back(beat.t) else "new"
    return f"{story.words.test_listener} to the {to} revision"


def _stuck(beat: Beat, story: StoryContext) -> str:
    bounds = {**story.start, **beat.first.data}
    cap, floor = (f" ({name} {bounds[name]})" if name in bounds else "" for name in BOUNDS)
    words = story.words
    stuck = f"{words.platform_name} may neither start{cap} nor {words.stop}{floor} a {words.task}"
    return f"deployment is stuck: {stuck}; it waits forever"


def _environment(beat: Beat, story: StoryContext) -> str:
    data = beat.first.data
    name = str(data.get("event", data.get("kind", "environment")))
    if name == "traffic":
        return _traffic(beat, story)
    if data.get("phase") in {"end", "ends", "until"}:
        return environment.end_text(name, data, story.words) or f"{spaced(name)} is over"
    event = story.environment_event(name, beat.t)
    text = environment.begin_text(name, data, story.words, event) or f"{spaced(name)} begins"
    is_watched_alarm = name == "alarm_already_red" and story.watched
    effect = environment.RED.get(story.controller, "") if is_watched_alarm else ""
    return f"{text}: {effect}" if effect else text


def _traffic(beat: Beat, story: StoryContext) -> str:
    """Return the new traffic; in a spike relative to the usual."""
    rate = float(beat.events[-1].data.get("rate", 0.0))
    verb = "grows" if rate > story.rate(beat.t) else "falls"
    text = f"traffic {verb if story.usual else 'changes'} to {_rate(rate)} requests/s"
    # Without spikes traffic changes over the day, and no rate is usual.
    if not story.usual or not any(isinstance(e, TrafficSpike) for e in story.environment):
        return text
    usual = abs(rate - story.usual) < 0.005 * story.usual
    return f"{text}, {'as usual again' if usual else f'{rate / story.usual:.3g} × the usual'}"


def _rate(rate: float) -> str:
    return f"{rate:.3g}" if rate < 10 else full_count(rate)


def _traffic_run(beat: Beat, story: StoryContext) -> str:
    rates = [float(event.data.get("rate", 0.0)) for event in beat.events]
    low, high = (_rate(pick(rates)) for pick in (min, max))
    return (f"{len(rates)} more changes of the traffic, to {clock(beat.end)}: between {low} and "
            f"{high} requests/s")  # fmt: skip


def _flag(beat: Beat, story: StoryContext) -> str:
    """Return the share of users that get the new code through its flag."""
    share = beat.first.data.get("percent")
    if share is None:
        return "feature flag is set"
    return f"feature flag is set to {share:g} %" if share else "feature flag is off"


def _named(text: str, key: str) -> Phrase:
    def phrase(beat: Beat, story: StoryContext) -> str:
        value = beat.first.data.get(key)
        return text.format("" if value is None else f" {value}")

    return phrase


PHRASES: dict[str, Phrase] = {
    **TASK_PHRASES,
    "deployment_started": _started,
    "hook_started": _named("hook{} starts", "stage"),
    "hook_finished": _hook,
    "approval_asked": _asked,
    "approval_answered": _answer,
    "command_failed": _command,
    "test_traffic_shifted": _test_traffic,
    "traffic_shifted": _shifted,
    "shift_run": _shift_run,
    "flag_set": _flag,
    "alarm_raised": _alarm,
    "alarm_cleared": _named("alarm{} is quiet again", "alarm"),
    "placement_failed": _placement,
    "breaker_tripped": _breaker,
    "operator_decided": _operator,
    "rollback_started": _rollback,
    "rollback_finished": _rolled_back,
    "bake_started": _bake,
    "termination_started": _termination,
    "deployment_finished": _finished,
    "deployment_stuck": _stuck,
    "environment_changed": _environment,
    "traffic_run": _traffic_run,
}


def phrase_of(beat: Beat, story: StoryContext) -> str:
    """Return the phrase of a beat; for an unknown kind its name in words."""
    write = PHRASES.get(beat.kind)
    return write(beat, story) if write else spaced(beat.kind)
