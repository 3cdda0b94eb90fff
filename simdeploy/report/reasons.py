"""Why it ends as it does: the sentence after the winner."""

from collections.abc import Sequence

from simdeploy.report.contest import contest
from simdeploy.report.harm import SIGNALS, Sentence, whom
from simdeploy.report.words import duration, listed, percent, trimmed
from simdeploy.results.facts import CAUSES, StrategyFacts, VerdictFacts

#: Two times are alike where they differ by less than a tenth, or two seconds.
ALIKE = 0.1


def why(facts: VerdictFacts) -> list[Sentence]:
    """Return the mechanism, as far as the runs show it."""
    if not facts.ranked:
        return []
    told = _of_faults(facts) if facts.faulty else [_capacity(facts.best)]
    if not facts.best[0].fails or not facts.faulty:
        told += _causes(facts, [*facts.others, *facts.left_out])
    text = "; ".join(part for part in told if part)
    return [Sentence("Why", f"{text}.")] if text else []


def _of_faults(facts: VerdictFacts) -> list[str]:
    if not any(one.exposes for one in facts.best):
        return [_never_served(facts), _given_up(facts.best)]
    if not any(one.fails for one in facts.best):
        return []
    return _decided(facts) or _causes(facts, facts.best)


def _capacity(best: Sequence[StrategyFacts]) -> str:
    """Tell that the tasks in service always carried the traffic."""
    least = min(one.headroom for one in best)
    if any(one.fails for one in best) or least < 1.0:
        return ""
    times = trimmed(int(10 * least) / 10)
    return f"there, healthy tasks can carry at least {times} × the traffic all the time"


def _never_served(facts: VerdictFacts) -> str:
    """Tell that bad code met no request, and that its tasks died before."""
    best = facts.best
    who = "" if not facts.others else f" with {listed([one.name for one in best], 'or')}"
    died = all(one.mean.get("failed_tasks", 0.0) >= 1 for one in best)
    because = ", since its tasks fail before they pass a health check" if died else ""
    return f"no request reaches the bad revision{who}{because}"


def _given_up(strategies: Sequence[StrategyFacts]) -> str:
    """Tell after how long each is given up, and by which signal; equal ones together."""
    told: dict[str, list[str]] = {}
    for one in strategies:
        if "decision_s" in one.mean:
            by = SIGNALS.get(one.mechanism.signal, "")
            end = f"{_time(one, 'decision_s')}{f' ({by})' if by else ''}"
            told.setdefault(end, []).append(one.name)
    ends = [f"{listed(names)} after {end}" for end, names in told.items()]
    return f"it is given up with {listed(ends)}" if ends else ""


def _decided(facts: VerdictFacts) -> list[str]:
    """Tell whether noticing or going back parts the winner from the one it is held against."""
    held = contest(facts)
    if held is None:
        return []
    best, other, _ = held
    if not all("detect_s" in one.mean and "rollback_s" in one.mean for one in (best, other)):
        return [_undecided(facts)]
    return [_noticing(best, other), _going_back(best, other), _split(facts, best, other)]


def _undecided(facts: VerdictFacts) -> str:
    silent = [one.name for one in facts.ranked if not one.share.get("decision_s")]
    return f"nobody decided to go back with {listed(silent, 'or')}" if silent else ""


def alike(a: float, b: float) -> bool:
    """Return whether two times are about the same.

    >>> alike(80, 78), alike(6, 290)
    (True, False)
    """
    return abs(a - b) < max(2.0, ALIKE * max(a, b))


def _noticing(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["detect_s"], other.mean["detect_s"]
    by = _by({one.mechanism.signal for one in (best, other)})
    if alike(a, b):
        return f"both are noticed after about {duration((a + b) / 2)}{by and f' {by}'}"
    times = f"{_time(best, 'detect_s')}, {other.name} after {_time(other, 'detect_s')}"
    return f"{best.name} is noticed after {times}{by and f', both {by}'}"


def _by(signals: set[str]) -> str:
    """Return who notices, where it is the same with both."""
    one = SIGNALS.get(signals.pop(), "") if len(signals) == 1 else ""
    return f"by {one}" if one else ""


def _going_back(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["rollback_s"], other.mean["rollback_s"]
    if alike(a, b):
        return f"going back takes both about {duration((a + b) / 2)}"
    told = [f"{one.name} {_time(one, 'rollback_s')}{_because(one)}" for one in (best, other)]
    return f"going back takes {' and '.join(told)}"


def _because(one: StrategyFacts) -> str:
    """Tell what the way back consists of: tasks that still run, or that start anew."""
    if not one.mechanism.signal:
        return ""
    if one.mechanism.restart is None:
        return " (the old tasks still run)"
    return f" (old tasks start anew, {duration(one.mechanism.restart)})"


def _time(one: StrategyFacts, metric: str) -> str:
    """Return a mean time; more than it where some runs are not over at the horizon."""
    more = "over " if metric in one.open else ""
    share = one.share.get(metric, 1.0)
    some = "" if share > 0.995 else f" (in {percent(share)} of runs)"
    return f"{more}{duration(one.mean[metric])}{some}"


def _split(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    """Tell on which side of the decision the other one's failures fall, or how far it exposes."""
    before, after = (other.mean.get(f"failed_{side}_decision", 0.0) for side in ("before", "after"))
    if after > before and after >= 1:
        share = percent(after / (before + after))
        return f"{share} of the failures with {other.name} fall after the decision"
    a, b = exposure(facts, best), exposure(facts, other)
    if a and b and not 0.8 < a / b < 1.25:
        return (f"until it is off, bad code gets {percent(a)} of the requests with {best.name} and "
                f"{percent(b)} with {other.name}")  # fmt: skip
    return ""


def exposure(facts: VerdictFacts, one: StrategyFacts) -> float:
    """Return the share of requests on bad code while it served: the canary's whole point."""
    seconds, served = one.mean.get("bad_s", 0.0), one.mean.get("exposed_requests", 0.0)
    usual = one.mean.get("requests", 0.0) / facts.horizon * seconds
    return min(1.0, served / usual) if usual else 0.0


def _causes(facts: VerdictFacts, strategies: Sequence[StrategyFacts]) -> list[str]:
    """Tell what most of their requests fail by, strategies of the same cause together."""
    hurt: dict[str, list[StrategyFacts]] = {}
    for one in strategies:
        if one.fails and one.cause_share > 0.5:
            hurt.setdefault(one.cause, []).append(one)
    return [
        f"requests fail with {whom(facts, group)} because {CAUSES[cause]}"
        f"{_shortage(group) if cause == 'failed_overload' else ''}"
        for cause, group in hurt.items()
    ]


def _shortage(group: Sequence[StrategyFacts]) -> str:
    """Tell how far capacity falls short of the traffic at the worst moment."""
    least = min(one.mean.get("min_headroom", 1.0) for one in group)
    return f" (for a while they carry {percent(least)} of the traffic)" if 0 < least < 1 else ""
