"""Why it ends as it does: the sentence after the winner."""

from collections.abc import Sequence

from simdeploy.report.environment import clauses
from simdeploy.report.verdict.contest import contest
from simdeploy.report.verdict.harm import SIGNALS, Sentence, whom
from simdeploy.report.verdict.not_fixed import undone
from simdeploy.report.words import duration, listed, percent, trimmed
from simdeploy.results.ranking import LIVE
from simdeploy.results.verdict_facts import CAUSES, StrategyFacts, VerdictFacts

#: Two times are alike where they differ by less than a tenth, or two seconds.
ALIKE = 0.1
#: From this share of the runs on something mostly happens, and nearly always.
MOSTLY, NEARLY_ALL = 0.5, 0.995
#: A share is a smaller one where it is less than this part of the other.
LESS = 0.8
#: Capacity below this share of the traffic is hardly any.
HARDLY = 0.05
#: What requests still fail by when the old revision serves again.
AFTER = {"failed_schema": ": the old revision cannot read the data as it is now"}
#: What requests fail by where a fault of the release tells more than the code they get.
BY_FAULT = {("failed_refused", "connections"): "no connection is left for them"}


def why(facts: VerdictFacts) -> list[Sentence]:
    """Return the mechanism, as far as the runs show it."""
    if not facts.ranked:
        told = [*clauses(facts), *undone(facts)]
    else:
        told = [*clauses(facts), *(_of_faults(facts) if facts.bad else _of_good(facts))]
    text = "; ".join(part for part in told if part)
    return [Sentence("Why", f"{text}.")] if text else []


def _of_good(facts: VerdictFacts) -> list[str]:
    return [_capacity(facts, facts.best), *_causes(facts, facts.ranked)]


def _of_faults(facts: VerdictFacts) -> list[str]:
    if any(one.fails for one in facts.best):
        if all(map(_is_broken, facts.ranked)):
            return [_still_failing(facts)]
        return [*(_decided(facts) or _causes(facts, facts.best)), _still_failing(facts)]
    served = any(one.exposes for one in facts.best)
    told = ["" if served else _never_served(facts), _given_up(facts, facts.best)]
    return [*told, *_causes(facts, facts.others)]


def _is_broken(one: StrategyFacts) -> bool:
    """Return whether users mostly still fail after going back."""
    return one.verdicts.get("unrepaired", 0.0) >= MOSTLY


def _still_failing(facts: VerdictFacts) -> str:
    """Tell with whom going back does not end the failures, and what they are."""
    group = [one for one in facts.strategies.values() if _is_broken(one)]
    if not group:
        return ""
    causes = {one.cause for one in group}
    because = AFTER.get(causes.pop(), "") if len(causes) == 1 else ""
    return f"after going back, requests still fail with {whom(facts, group)}{because}"


def _capacity(facts: VerdictFacts, best: Sequence[StrategyFacts]) -> str:
    """Tell that the tasks in service always carried the traffic."""
    least = min(one.headroom for one in best)
    if any(one.fails for one in best) or least < 1.0:
        return ""
    times = trimmed(int(10 * least) / 10)
    return f"with {whom(facts, best)}, healthy tasks can always carry {times} × the traffic"


def _never_served(facts: VerdictFacts) -> str:
    """Tell that bad code met no request, and that its tasks died before."""
    best = facts.best
    who = "" if not facts.others else f" with {listed([one.name for one in best], 'or')}"
    died = all(one.mean.get("failed_tasks", 0.0) >= 1 for one in best)
    because = ", since its tasks fail before they pass a health check" if died else ""
    return f"no request reaches the bad revision{who}{because}"


def _given_up(facts: VerdictFacts, strategies: Sequence[StrategyFacts]) -> str:
    """Tell when each is given up, and by which signal, equal ones together; and who never is."""
    gone = [one for one in strategies if not stays(one)]
    told: dict[str, list[str]] = {}
    for one in gone:
        if one.closed("decision_s"):
            told.setdefault(_when(facts, one, "decision_s", _signal(one)), []).append(one.name)
    ends = listed([f"{listed(names)} {end}" for end, names in told.items()])
    never = [one.name for one in gone if one.open.get("decision_s", 0.0) == 1.0]
    late = f"not given up with {listed(never, 'or')} within {duration(facts.horizon)}"
    parts = [f"given up with {ends}" if ends else "", late if never else ""]
    return f"it is {', but '.join(filter(None, parts))}" if any(parts) else ""


def _decided(facts: VerdictFacts) -> list[str]:
    """Tell whether noticing or going back parts the winner from the one it is held against."""
    held = contest(facts)
    if held is None:
        return []
    best, other, _ = held
    if not all("detect_s" in one.mean and "rollback_s" in one.mean for one in (best, other)):
        return [_undecided(facts), _given_up(facts, facts.best), *_causes(facts, facts.best)]
    return [_noticing(facts, best, other), _going_back(best, other), _split(facts, best, other)]


def _undecided(facts: VerdictFacts) -> str:
    silent = [one.name for one in facts.ranked if stays(one) or not one.share.get("decision_s")]
    return f"nobody decided to go back with {listed(silent, 'or')}" if silent else ""


def stays(one: StrategyFacts) -> bool:
    """Return whether a bad release mostly stays live."""
    return one.verdicts.get("escaped", 0.0) >= LIVE


def alike(a: float, b: float) -> bool:
    """Return whether two times are about the same.

    >>> alike(80, 78), alike(6, 290)
    (True, False)
    """
    return abs(a - b) < max(2.0, ALIKE * max(a, b))


def _noticing(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["detect_s"], other.mean["detect_s"]
    by = _by({one.mechanism.signal for one in (best, other)})
    if alike(a, b):
        both = "both" if len(facts.best) == 1 else listed([best.name, other.name])
        return f"{both} are noticed after about {duration((a + b) / 2)}{by and f' {by}'}"
    first, second = (
        _when(facts, one, "detect_s", "" if by else _signal(one)) for one in (best, other)
    )
    told = f"{best.name} is noticed {first}, {other.name} {second}"
    return f"{told}{by and f', both {by}'}"


def _signal(one: StrategyFacts) -> str:
    return SIGNALS.get(one.mechanism.signal, "")


def _by(signals: set[str]) -> str:
    """Return who notices, where it is the same with both."""
    one = SIGNALS.get(signals.pop(), "") if len(signals) == 1 else ""
    return f"by {one}" if one else ""


def _going_back(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["rollback_s"], other.mean["rollback_s"]
    if alike(a, b):
        return f"going back takes both about {duration((a + b) / 2)}"
    told = [f"{one.name} {_lasts(one, 'rollback_s')}{_because(one)}" for one in (best, other)]
    return f"going back takes {' and '.join(told)}"


def _because(one: StrategyFacts) -> str:
    """Tell what the way back consists of: a flag, tasks that still run, or that start anew."""
    if not one.mechanism.signal:
        return ""
    if one.mechanism.flag:
        return " (the flag is set back)"
    if one.mechanism.restart is None:
        return " (the old tasks still run)"
    return f" (old tasks start anew, {duration(one.mechanism.restart)})"


def _when(facts: VerdictFacts, one: StrategyFacts, metric: str, by: str = "") -> str:
    """Return after how long something happens, by whom, and in how many runs it does not."""
    late, share, until = one.open.get(metric, 0.0), one.closed(metric), duration(facts.horizon)
    if late and share < MOSTLY:
        return f"{f'only in {percent(share)} of runs' if share else 'not'} within {until}"
    more = f"in {percent(late)} of runs not within {until}" if late else _in_some(one, metric)
    notes = "; ".join(filter(None, (by, more)))
    return f"after {duration(one.mean[metric])}{notes and f' ({notes})'}"


def _in_some(one: StrategyFacts, metric: str) -> str:
    """Return in how many runs something happens, where it is not nearly all of them."""
    share = one.share.get(metric, 1.0)
    return "" if share > NEARLY_ALL else f"in {percent(share)} of runs"


def _lasts(one: StrategyFacts, metric: str) -> str:
    """Return how long something lasts; where some runs do not see its end, longer than that."""
    some = _in_some(one, metric)
    longer = "over " if metric in one.open else ""
    return f"{longer}{duration(one.mean[metric])}{some and f' ({some})'}"


def _split(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    """Tell what parts the two besides times: when the other fails, or how much bad code may do."""
    before, after = (other.mean.get(f"failed_{side}_decision", 0.0) for side in ("before", "after"))
    if after > before and after >= 1:
        share = percent(after / (before + after))
        return f"{share} of the failures with {other.name} fall after the decision"
    a, b = exposure(facts, best), exposure(facts, other)
    if a and a < LESS * b:
        return (f"until it is off, bad code gets {percent(a)} of the requests with {best.name} and "
                f"{percent(b)} with {other.name}")  # fmt: skip
    a, b = failing(facts, best), failing(facts, other)
    slower = all(best.mean[m] >= other.mean[m] or alike(best.mean[m], other.mean[m])
                 for m in ("detect_s", "rollback_s"))  # fmt: skip
    if slower and a and a < LESS * b:
        return (f"until it is off, {percent(a)} of the requests fail with {best.name} and "
                f"{percent(b)} with {other.name}")  # fmt: skip
    return ""


def exposure(facts: VerdictFacts, one: StrategyFacts) -> float:
    """Return the share of requests on bad code while it served: the canary's whole point."""
    usual = _usual(facts, one)
    return min(1.0, one.mean.get("exposed_requests", 0.0) / usual) if usual else 0.0


def failing(facts: VerdictFacts, one: StrategyFacts) -> float:
    """Return the share of requests that fail for every one that arrives while bad code serves."""
    usual = _usual(facts, one)
    return min(1.0, one.mean.get("failed_caused", 0.0) / usual) if usual else 0.0


def _usual(facts: VerdictFacts, one: StrategyFacts) -> float:
    """Return how many requests arrive while bad code serves."""
    return one.mean.get("requests", 0.0) / facts.horizon * one.mean.get("bad_s", 0.0)


def _causes(facts: VerdictFacts, strategies: Sequence[StrategyFacts]) -> list[str]:
    """Tell what most of their requests fail by, strategies of the same cause together."""
    hurt: dict[str, list[StrategyFacts]] = {}
    for one in strategies:
        if one.hurts and one.cause_share > 0.5:
            hurt.setdefault(one.cause, []).append(one)
    # Who is not ranked fails too, so that nobody is "all but" them.
    name = whom if len(facts.ranked) == len(facts.strategies) else _by_name
    told = [f"with {name(facts, group)} because {_cause(facts, cause, group)}"
            for cause, group in hurt.items()]  # fmt: skip
    return [f"requests fail {', '.join(told)}"] if told else []


def _by_name(facts: VerdictFacts, group: Sequence[StrategyFacts]) -> str:  # noqa: ARG001  as whom
    return listed([one.name for one in group])


def _cause(facts: VerdictFacts, cause: str, group: Sequence[StrategyFacts]) -> str:
    for fault in facts.faults:
        if (cause, fault) in BY_FAULT:
            return BY_FAULT[cause, fault]
    if cause != "failed_overload":
        return CAUSES[cause]
    least = [one.mean.get("min_headroom", 1.0) for one in group]
    if max(least) < HARDLY:
        return "hardly any task answers for a while"
    if max(least) >= 1.0:
        return CAUSES[cause]
    # How far capacity falls short of the traffic at the worst moment.
    low, high = percent(min(least)), percent(max(least))
    carried = low if low == high else f"{low} to {high}"
    return f"{CAUSES[cause]} (for a while they carry {carried} of the traffic)"
