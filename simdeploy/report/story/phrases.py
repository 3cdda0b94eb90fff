"""The sentences of a story: one small function per kind of event, present tense, subject first."""

# ruff: noqa: ARG001  every phrase has the same signature, whatever it needs of it

from typing import Any

from simdeploy.report import environment
from simdeploy.report.amounts import amount, clock, count, since, span, words
from simdeploy.report.story.folding import Beat
from simdeploy.report.story.story_context import Tale
from simdeploy.report.story.task_phrases import TASK_PHRASES, Phrase, limit
from simdeploy.report.words import listed, percent

SIGNALS = {
    "breaker": "circuit breaker", "alarm": "alarm", "hook": "failed hook",
    "install_timeout": "new tasks not healthy in time", "operator": "ordered by the operator",
    "approval": "a person said no",
}  # fmt: skip
#: What the operator acts on.
SAW = {
    "failing": "requests fail", "slow": "requests are slow", "trouble": "users are hurt",
    "noticed": "users complain", "silent": "users complain",
    "patience": "it takes too long", "impatience": "it takes too long",
}  # fmt: skip
#: What became of a command to roll back that rolled nothing back.
COMMANDS = {"refused": "it is refused", "same_image": "it deploys the same bad image again"}
#: Strategies that stop the old tasks before they bake.
REPLACING = ("rolling", "recreate", None)
#: Metrics whose value is a share of requests, though their limit is not.
SHARES = {"p99_latency": "slow_rate"}
#: Strategies that replace tasks within a floor and a cap.
ROLLING = ("rolling", "feature_flag")
OUTCOMES = {
    "succeeded": "succeeded", "rolled_back": "rolled back", "failed": "failed", "stuck": "stuck",
    "in_progress": "still in progress",
}  # fmt: skip


def _started(one: Beat, tale: Tale) -> str:
    if "release" in one.first.data:
        return f"release {one.first.data['release']} starts: the last one is the old one now"
    data, old = one.first.data, count(tale.start.get("old_tasks", 0), "old task")
    desired = count(tale.desired, "new task")
    if data.get("strategy") == "recreate":
        verb = "stops" if tale.start.get("old_tasks") == 1 else "stop"
        return f"deployment starts: {old} {verb} before any new one starts"
    if "floor" in data and "cap" in data and data.get("strategy", "rolling") in ROLLING:
        return f"deployment starts: {old}; floor {data['floor']}, cap {data['cap']}: {_room(data)}"
    return f"deployment starts: {desired} beside {old}"


def _room(data: dict[str, Any]) -> str:
    """Return what the bounds of a rolling deployment let ECS do first."""
    old, floor, cap = (int(data.get(name, 0)) for name in ("old_tasks", "floor", "cap"))
    desired = int(data.get("desired", old))
    if old > floor:
        return f"{count(old - floor, 'old task')} may stop first"
    if cap > old:
        return f"{count(min(cap - old, desired), 'new task')} may start at once"
    return "ECS may neither start nor stop a task"


def _hook(one: Beat, tale: Tale) -> str:
    end = one.first if one.first.kind == "hook_finished" else one.events[1]
    ok = end.data.get("passed", end.data.get("ok", end.data.get("outcome") != "failed"))
    after = f" after {span(end.t - one.first.t)}" if end is not one.first else ""
    stage = end.data.get("stage", "")
    return f"hook {stage} {'passes' if ok else 'fails'}{after}{_undoing(one, tale)}"


def _asked(one: Beat, tale: Tale) -> str:
    stage = one.first.data.get("stage")
    return f"a person is asked{f' ({stage})' if stage else ''}"


def _answer(one: Beat, tale: Tale) -> str:
    yes = one.first.data.get("answer") == "yes"
    return f"the person says {'yes' if yes else 'no, or nothing in time'}{_undoing(one, tale)}"


def _command(one: Beat, tale: Tale) -> str:
    reason = str(one.first.data.get("reason", ""))
    return f"operator's command does nothing: {COMMANDS.get(reason, words(reason))}"


def _undoing(one: Beat, tale: Tale) -> str:
    started = any(event.kind == "rollback_started" for event in one.events)
    return f" → {_back(one, tale)}" if started else ""


def _back(one: Beat, tale: Tale) -> str:
    """Return what a rollback consists of: a flag that is set, or the old revision."""
    return "the flag is set back" if tale.is_flagged(one.t) else "rollback to the old revision"


def _shifted(one: Beat, tale: Tale) -> str:
    to = one.first.data.get("percent")
    before, tale.shifted = tale.shifted, tale.shifted or bool(to)
    if to is None:
        return "traffic moves to the new revision"
    if before and not to:
        return "all traffic is back on the old revision"
    if tale.is_undone(one.t):
        return f"old revision gets {100 - to:g} % of the traffic back"
    return f"new revision gets {'all' if to >= 100 else f'{to:g} % of the'} traffic"


def _shift_run(one: Beat, tale: Tale) -> str:
    shares = [event.data.get("percent", 0) for event in one.events]
    each = (one.end - one.t) / max(1, len(shares) - 1)
    return (f"{len(shares)} more steps, {span(each)} apart, to {clock(one.end)}: "
            f"{shares[0]:g} % … {shares[-1]:g} %")  # fmt: skip


def _alarm(one: Beat, tale: Tale) -> str:
    data, name = one.first.data, str(one.first.data.get("alarm", ""))
    alarm = _alarm_of(tale.scenario, name)
    metric = str(getattr(alarm, "metric", "rate"))
    told = f"alarm {name} goes off".replace("  ", " ")
    ignored = "; ECS goes without it this time" if name in tale.ignored else ""
    return f"{told}{_value(data, metric, alarm)}{ignored}{_undoing(one, tale)}"


def _value(data: dict[str, Any], metric: str, alarm: Any) -> str:
    """Return what an alarm saw beside its limit; without a value only what it watches."""
    if "value" not in data and "threshold" in data:
        limit = _measured(data["threshold"], metric)
        return f": {_meaning(metric)} over {limit}{_datapoints(alarm)}"
    if _is_unfounded(data, metric):
        return f" although it sees {_measured(data['value'], SHARES.get(metric, metric))}"
    if metric == "p99_latency" and "value" in data:
        # The 99th percentile is over the limit where more than one percent takes longer.
        over = f" over {data['threshold']:.3g} s" if "threshold" in data else " too long"
        return f": {percent(data['value'])} of requests take{over}, limit 1 %"
    numbers = [_measured(data[key], metric) for key in ("value", "threshold") if key in data]
    return f"{': ' if numbers else ''}{', limit '.join(numbers)}"


def _is_unfounded(data: dict[str, Any], metric: str) -> bool:
    """Return whether an alarm goes off below its limit: by chance, or since data is missing."""
    limit = 0.01 if metric == "p99_latency" else data.get("threshold")
    return "value" in data and limit is not None and data["value"] <= limit


def _meaning(metric: str) -> str:
    """Return what an alarm measures, in words: ``5xx rate``."""
    known = {"rate": "rate", "p99_latency": "p99 latency", "burn_rate": "burn rate", "cpu": "CPU"}
    return known.get(metric, words(metric).removeprefix("any "))


def _datapoints(alarm: Any) -> str:
    """Return how often the limit had to be passed, where the scenario tells."""
    if alarm is None:
        return ""
    periods = span(alarm.period)
    if alarm.datapoints == alarm.of == 1:
        return f" in {periods}"
    return f" in {alarm.datapoints} of {alarm.of} periods of {periods}"


def _alarm_of(scenario: Any, name: str) -> Any:
    alarms = getattr(scenario, "alarms", None) or []
    return next((one for one in alarms if getattr(one, "name", "") == name), None)


def _measured(value: float, metric: str) -> str:
    if metric.endswith("rate") and metric != "burn_rate":
        return percent(value)
    units = {"p99_latency": " s", "cpu": " %", "burn_rate": " ×"}
    return f"{value:.3g}{units.get(metric, '')}"


def _breaker(one: Beat, tale: Tale) -> str:
    of = limit(one.first.data, "failures", "threshold")
    return f"circuit breaker trips{': ' + of + ' failures' if of else ''}{_undoing(one, tale)}"


def _operator(one: Beat, tale: Tale) -> str:
    reason = str(one.first.data.get("reason", ""))
    why = f" ({SAW.get(reason, words(reason))})" if reason else ""
    return f"operator decides to go back{why}{_undoing(one, tale)}"


def _rollback(one: Beat, tale: Tale) -> str:
    by = str(one.first.data.get("reason", ""))
    because = f" ({SIGNALS.get(by, words(by))})" if by else ""
    return f"{_back(one, tale)}{'' if tale.is_flagged(one.t) else ' starts'}{because}"


def _rolled_back(one: Beat, tale: Tale) -> str:
    starts = [e.t for e in tale.timeline.events if e.kind == "rollback_started" and e.t <= one.t]
    after = f" after {since(starts[-1], one.t)}" if starts else ""
    never = all(row[4] == 0 for row in tale.timeline.state)
    return f"rollback is done{after}{': no request ever reached the new revision' if never else ''}"


def _finished(one: Beat, tale: Tale) -> str:
    word = OUTCOMES.get(str(one.first.data.get("outcome", "")), "")
    return f"deployment is over after {since(0.0, one.t)}{': ' + word if word else ''}"


def _bake(one: Beat, tale: Tale) -> str:
    """Tell what ECS waits for: alarms may still undo the deployment, with or without old tasks."""
    kept = ", the old tasks stay" if _keeps_old(one.t, tale) else ""
    wait = one.first.data.get("wait")
    return f"bake time:{f' for {span(wait)} more' if wait else ''} {_watching(tale)}{kept}"


def _watching(tale: Tale) -> str:
    if tale.watched and tale.ignored:
        return f"ECS waits, without alarm {listed(tale.ignored)}"
    return "the alarms watch" if tale.watched else "ECS waits"


def _keeps_old(t: float, tale: Tale) -> bool:
    """Return whether old tasks are still there; by the strategy where no state is known."""
    alive = tale.alive_old(t)
    return tale.start.get("strategy") not in REPLACING if alive is None else alive > 0


def _termination(one: Beat, tale: Tale) -> str:
    wait = one.first.data.get("wait")
    if not wait:
        return f"{'new' if tale.is_undone(one.t) else 'old'} tasks stop"
    watched = ", the alarms watch" if tale.watched else ""
    stay = "new" if tale.is_undone(one.t) else "old"
    return f"last shift is ordered; the {stay} tasks stay for {span(wait)} more{watched}"


def _test_traffic(one: Beat, tale: Tale) -> str:
    to = "old" if tale.is_undone(one.t) else "new"
    return f"test listener points to the {to} revision"


def _stuck(one: Beat, tale: Tale) -> str:
    known = {**tale.start, **one.first.data}
    cap = f" (cap {known['cap']})" if "cap" in known else ""
    floor = f" (floor {known['floor']})" if "floor" in known else ""
    return (
        f"deployment is stuck: ECS may neither start{cap} nor stop{floor} a task; it waits forever"
    )


def _environment(one: Beat, tale: Tale) -> str:
    data = one.first.data
    name = str(data.get("event", data.get("kind", "environment")))
    if name == "traffic":
        return _traffic(one, tale)
    over = data.get("phase") in {"end", "ends", "until"}
    if over:
        return environment.ends(name, data) or f"{words(name)} is over"
    told = environment.begins(name, data, tale.weather(name, one.t)) or f"{words(name)} begins"
    what = environment.red(tale.controller) if name == "alarm_already_red" and tale.watched else ""
    return f"{told}{what and f': {what}'}"


def _traffic(one: Beat, tale: Tale) -> str:
    """Tell how much traffic comes now; in a rush, beside what usually comes."""
    rate = float(one.events[-1].data.get("rate", 0.0))
    verb = "grows" if rate > tale.rate(one.t) else "falls"
    told = f"traffic {verb if tale.usual else 'changes'} to {_rate(rate)} requests/s"
    if not tale.usual or not tale.has_spikes:
        return told
    usual = abs(rate - tale.usual) < 0.005 * tale.usual
    return f"{told}, {'as usual again' if usual else f'{rate / tale.usual:.3g} × the usual'}"


def _rate(rate: float) -> str:
    return f"{rate:.3g}" if rate < 10 else amount(rate)


def _traffic_run(one: Beat, tale: Tale) -> str:
    rates = [float(event.data.get("rate", 0.0)) for event in one.events]
    low, high = (_rate(pick(rates)) for pick in (min, max))
    return (f"{len(rates)} more changes of the traffic, to {clock(one.end)}: between {low} and "
            f"{high} requests/s")  # fmt: skip


def _flag(one: Beat, tale: Tale) -> str:
    """Tell who gets the new code through its flag."""
    share = one.first.data.get("percent")
    if share is None:
        return "feature flag is set"
    return f"feature flag is set to {share:g} %" if share else "feature flag is off"


def _named(text: str, key: str) -> Phrase:
    def phrase(one: Beat, tale: Tale) -> str:
        value = one.first.data.get(key)
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


def phrase(one: Beat, tale: Tale) -> str:
    """Return the sentence of a beat; a kind without one is told by its name."""
    known = PHRASES.get(one.kind)
    return known(one, tale) if known else words(one.kind)
