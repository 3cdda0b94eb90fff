"""Why runs end as they do: the sentence after the headline."""

from collections.abc import Sequence

from simdeploy.report.environment import RED, clause
from simdeploy.report.verdict.not_fixed import undone_clauses
from simdeploy.report.verdict.wording import (
    MOST,
    SIGNALS,
    Sentence,
    contest,
    group_name,
    labeled,
    mostly,
    names_of,
)
from simdeploy.report.words import duration, grouped, listed, one_decimal, percent, text_range
from simdeploy.results.verdict_facts import CAUSES, StrategyFacts, VerdictFacts
from simdeploy.scenario.events import AlarmAlreadyRed, Event, TaskCrash, TaskHang

#: Two times are alike where they differ by less than a tenth, or two seconds.
ALIKE = 0.1
#: Share of runs that counts as nearly all.
NEARLY_ALL = 0.995
#: A share counts as smaller below this part of the other.
LESS = 0.8
#: Capacity below this share of the traffic counts as hardly any.
HARDLY = 0.05
#: Why requests still fail after the rollback, by cause.
AFTER = {"failed_schema": ": the old revision cannot read the data as it is now"}
#: Causes that a fault of the release explains better than the response code.
BY_FAULT = {("failed_refused", "connections"): "no connection is left for them"}
#: Result of an operator's first command to roll back, if it does not work.
COMMANDS = {
    "refused": "the first command to go back is refused",
    "same_image": "the first command to go back deploys the bad image again",
    "image_gone": "the first command to go back finds the old image gone",
}


def reasons(facts: VerdictFacts) -> list[Sentence]:
    """Return the mechanism behind the result, as far as the runs show it."""
    if not facts.ranked:
        mechanism = undone_clauses(facts)
    else:
        of_good_release = [_capacity(facts, facts.best), *_causes(facts, facts.ranked)]
        mechanism = _of_bad_release(facts) if facts.bad else of_good_release
    return labeled("Why", [*circumstances(facts), *mechanism])


def circumstances(facts: VerdictFacts) -> list[str]:
    """Return the events around the deployment, each once, and settings that do not work."""
    events = [_event_clause(event, facts) for event in facts.events]
    return [text for text in dict.fromkeys([*events, _grace(facts), _command(facts)]) if text]


def _grace(facts: VerdictFacts) -> str:
    """Return that good tasks are replaced because their grace period is too short."""
    if facts.grace is None:
        return ""
    period, needed = map(duration, facts.grace)
    wait = f"ECS waits only for the grace period, {period}, and then replaces them, good or not"
    return f"tasks need {needed} to boot and pass their checks, but {wait}"


def _command(facts: VerdictFacts) -> str:
    """Return that the first rollback command does not work, and when the next command follows."""
    result = COMMANDS.get(facts.command, "")
    return result and f"{result}, and the next one follows {duration(facts.retry_after)} later"


def _event_clause(event: Event, facts: VerdictFacts) -> str:
    if isinstance(event, TaskCrash | TaskHang):
        article = "an" if event.revision == "old" else "a"
        verb = "die" if isinstance(event, TaskCrash) else "hang"
        singular = f"{article} {event.revision} task {verb}s"
        plural = f"{event.tasks} {event.revision} tasks {verb}"
        return f"after {duration(event.at)} {singular if event.tasks == 1 else plural}"
    if isinstance(event, AlarmAlreadyRed):
        return _red_alarm(event, facts)
    return f"{_window(event, facts.horizon)}{clause(event)}"


def _window(event: Event, horizon: float) -> str:
    """Return when an event holds, within the horizon: ``until 5m ``, ``from 5m to 6m ``."""
    start, end = getattr(event, "from_", 0.0), getattr(event, "until", None)
    if end is None or end >= horizon:
        return f"from {duration(start)} on " if start > 0 else ""
    return f"{f'from {duration(start)} to' if start > 0 else 'until'} {duration(end)} "


def _red_alarm(event: AlarmAlreadyRed, facts: VerdictFacts) -> str:
    """Return that an alarm is red at the command, and which strategies ignore it therefore."""
    groups = grouped((facts.strategies[name], c) for name, c in facts.controllers.items())
    effects = [
        f"{effect} ({group_name(facts, groups[controller])})"
        for controller, effect in RED.items()
        if controller in groups and controller != "stop"
    ]
    until = _window(event, facts.horizon)
    return f"{until}alarm {event.alarm} is red{': ' if effects else ''}{listed(effects)}"


def _of_bad_release(facts: VerdictFacts) -> list[str]:
    if any(strategy.fails for strategy in facts.best):
        if all(mostly(strategy, "unrepaired") for strategy in facts.ranked):
            return [_still_failing(facts)]
        return [*(_decided(facts) or _causes(facts, facts.best)), _still_failing(facts)]
    never_served = "" if any(strategy.exposes for strategy in facts.best) else _never_served(facts)
    return [never_served, _given_up(facts, facts.best), *_causes(facts, facts.others)]


def _still_failing(facts: VerdictFacts) -> str:
    """Return with whom a rollback does not end the failures, and why."""
    group = [strategy for strategy in facts.strategies.values() if mostly(strategy, "unrepaired")]
    if not group:
        return ""
    causes = {strategy.cause for strategy in group}
    because = AFTER.get(causes.pop(), "") if len(causes) == 1 else ""
    return f"after going back, requests still fail with {group_name(facts, group)}{because}"


def _capacity(facts: VerdictFacts, best: Sequence[StrategyFacts]) -> str:
    """Return how much capacity was always left, if it was enough in every run."""
    least = min(strategy.headroom for strategy in best)
    if any(strategy.fails for strategy in best) or least < 1.0:
        return ""
    times = one_decimal(int(10 * least) / 10)
    return f"with {group_name(facts, best)}, healthy tasks can always carry {times} × the traffic"


def _never_served(facts: VerdictFacts) -> str:
    """Return that no request reached bad code, and whether its tasks died before."""
    best = facts.best
    who = f" with {names_of(best, 'or')}" if facts.others else ""
    died = all(strategy.mean.get("failed_tasks", 0.0) >= 1 for strategy in best)
    because = ", since its tasks fail before they pass a health check" if died else ""
    return f"no request reaches the bad revision{who}{because}"


def _given_up(facts: VerdictFacts, strategies: Sequence[StrategyFacts]) -> str:
    """Return when each release is given up and by which signal, equal answers together."""
    gone = [strategy for strategy in strategies if not mostly(strategy, "escaped")]
    decided = [strategy for strategy in gone if strategy.closed("decision_s")]
    groups = grouped((s.name, _when(facts, s, "decision_s", _signal(s))) for s in decided)
    ends = listed([f"{listed(names)} {end}" for end, names in groups.items()])
    never = [strategy.name for strategy in gone if strategy.open.get("decision_s", 0.0) == 1.0]
    late = f"not given up with {listed(never, 'or')} within {duration(facts.horizon)}"
    parts = [f"given up with {ends}" if ends else "", late if never else ""]
    return f"it is {', but '.join(filter(None, parts))}" if any(parts) else ""


def _decided(facts: VerdictFacts) -> list[str]:
    """Return how the winner and its rival differ in noticing and in rolling back."""
    pair = contest(facts)
    if pair is None:
        return []
    best, other, _ = pair
    if not all({"detect_s", "rollback_s"} <= {*strategy.mean} for strategy in (best, other)):
        return [_undecided(facts), _given_up(facts, facts.best), *_causes(facts, facts.best)]
    return [_noticing(facts, best, other), _going_back(best, other), _split(facts, best, other)]


def _undecided(facts: VerdictFacts) -> str:
    silent = [s for s in facts.ranked if mostly(s, "escaped") or not s.share.get("decision_s")]
    return f"nobody decided to go back with {names_of(silent, 'or')}" if silent else ""


def alike(a: float, b: float) -> bool:
    """Return whether two times are about the same.

    >>> alike(80, 78), alike(6, 290)
    (True, False)
    """
    return abs(a - b) < max(2.0, ALIKE * max(a, b))


def _noticing(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["detect_s"], other.mean["detect_s"]
    signals = {_signal(best), _signal(other)}
    # Named once if both are noticed by the same signal.
    by = f"by {_signal(best)}" if len(signals) == 1 and _signal(best) else ""
    if alike(a, b):
        both = "both" if len(facts.best) == 1 else listed([best.name, other.name])
        return f"{both} are noticed after about {duration((a + b) / 2)}{by and f' {by}'}"
    first, second = (_when(facts, s, "detect_s", "" if by else _signal(s)) for s in (best, other))
    text = f"{best.name} is noticed {first}, {other.name} {second}"
    return f"{text}{by and f', both {by}'}"


def _signal(strategy: StrategyFacts) -> str:
    return SIGNALS.get(strategy.mechanism.signal, "")


def _going_back(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["rollback_s"], other.mean["rollback_s"]
    if alike(a, b):
        return f"going back takes both about {duration((a + b) / 2)}"
    clauses = [f"{s.name} {_lasts(s, 'rollback_s')}{_because(s)}" for s in (best, other)]
    return f"going back takes {' and '.join(clauses)}"


def _because(strategy: StrategyFacts) -> str:
    """Return what a rollback consists of: a flag, tasks that still run, or new tasks."""
    if not strategy.mechanism.signal:
        return ""
    if strategy.mechanism.flag:
        return " (the flag is set back)"
    if strategy.mechanism.restart is None:
        return " (the old tasks still run)"
    return f" (old tasks start anew, {duration(strategy.mechanism.restart)})"


def _when(facts: VerdictFacts, strategy: StrategyFacts, metric: str, by: str = "") -> str:
    """Return when something happens, by which signal, and in how many runs it does not."""
    late, share = strategy.open.get(metric, 0.0), strategy.closed(metric)
    until = duration(facts.horizon)
    if late and share < MOST:
        return f"{f'only in {percent(share)} of runs' if share else 'not'} within {until}"
    more = f"in {percent(late)} of runs not within {until}" if late else _in_some(strategy, metric)
    notes = "; ".join(filter(None, (by, more)))
    return f"after {duration(strategy.mean[metric])}{notes and f' ({notes})'}"


def _in_some(strategy: StrategyFacts, metric: str) -> str:
    """Return in how many runs something happens, unless it is nearly all of them."""
    share = strategy.share.get(metric, 1.0)
    return "" if share > NEARLY_ALL else f"in {percent(share)} of runs"


def _lasts(strategy: StrategyFacts, metric: str) -> str:
    """Return how long something lasts; a lower bound if some runs do not see its end."""
    some = _in_some(strategy, metric)
    longer = "over " if metric in strategy.open else ""
    return f"{longer}{duration(strategy.mean[metric])}{some and f' ({some})'}"


def _split(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    """Return how the two differ besides times: failures by phase, exposure, or failure rate."""
    before, after = (other.mean.get(f"failed_{side}_decision", 0.0) for side in ("before", "after"))
    if after > before and after >= 1:
        share = percent(after / (before + after))
        return f"{share} of the failures with {other.name} fall after the decision"
    a, b = exposure(facts, best), exposure(facts, other)
    if a and a < LESS * b:
        shares = f"{percent(a)} of the requests with {best.name} and {percent(b)} with {other.name}"
        return f"until it is off, bad code gets {shares}"
    a, b = failing(facts, best), failing(facts, other)
    slower = all(
        best.mean[m] >= other.mean[m] or alike(best.mean[m], other.mean[m])
        for m in ("detect_s", "rollback_s")
    )
    if slower and a and a < LESS * b:
        shares = f"fail with {best.name} and {percent(b)} with {other.name}"
        return f"until it is off, {percent(a)} of the requests {shares}"
    return ""


def exposure(facts: VerdictFacts, strategy: StrategyFacts) -> float:
    """Return the share of requests on bad code while it served, which a canary keeps small."""
    usual = _usual(facts, strategy)
    return min(1.0, strategy.mean.get("exposed_requests", 0.0) / usual) if usual else 0.0


def failing(facts: VerdictFacts, strategy: StrategyFacts) -> float:
    """Return failed requests per request that arrives while bad code serves, at most 1."""
    usual = _usual(facts, strategy)
    return min(1.0, strategy.mean.get("failed_caused", 0.0) / usual) if usual else 0.0


def _usual(facts: VerdictFacts, strategy: StrategyFacts) -> float:
    """Return how many requests arrive while bad code serves."""
    return strategy.mean.get("requests", 0.0) / facts.horizon * strategy.mean.get("bad_s", 0.0)


def _causes(facts: VerdictFacts, strategies: Sequence[StrategyFacts]) -> list[str]:
    """Return the main cause of failed requests, strategies of the same cause together."""
    hurt = grouped((s, s.cause) for s in strategies if s.hurts and s.cause_share > 0.5)
    # "All but x" would be wrong where x is a strategy that is not ranked but fails too.
    everyone = len(facts.ranked) == len(facts.strategies)
    names = {cause: group_name(facts, g) if everyone else names_of(g) for cause, g in hurt.items()}
    clauses = [
        f"with {names[cause]} because {_cause(facts, cause, g)}" for cause, g in hurt.items()
    ]
    return [f"requests fail {', '.join(clauses)}"] if clauses else []


def _cause(facts: VerdictFacts, cause: str, group: Sequence[StrategyFacts]) -> str:
    for fault in facts.faults:
        if (cause, fault) in BY_FAULT:
            return BY_FAULT[cause, fault]
    if cause == "failed_cut" and any(isinstance(e, TaskHang) for e in facts.events):
        return "they wait for a task that never answers"
    if cause != "failed_overload":
        return CAUSES[cause]
    least = [strategy.mean.get("min_headroom", 1.0) for strategy in group]
    if max(least) < HARDLY:
        return "hardly any task answers for a while"
    if max(least) >= 1.0:
        return CAUSES[cause]
    carried = text_range(percent(min(least)), percent(max(least)))
    return f"{CAUSES[cause]} (for a while they carry {carried} of the traffic)"
