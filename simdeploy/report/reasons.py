"""The sentences after the winner: why, what it costs, when it flips, and what stays broken."""

from collections.abc import Sequence
from typing import NamedTuple

from simdeploy.report.contest import contest
from simdeploy.report.words import count, duration, listed, money, percent
from simdeploy.results.facts import CAUSES, StrategyFacts, VerdictFacts
from simdeploy.results.ranking import level

#: Two times are alike where they differ by less than a tenth, or two seconds.
ALIKE = 0.1


class Sentence(NamedTuple):
    """A sentence or two of the paragraph under its label, which is empty for the first."""

    label: str
    text: str


def why(facts: VerdictFacts) -> list[Sentence]:
    """Return the mechanism, as far as the runs show it."""
    if not facts.ranked:
        return []
    told = [_never_served(facts) or _decided(facts) or _cause(facts.best)]
    if facts.others and (facts.best[0].unhurt or not facts.faulty):
        told.append(_cause(facts.others))
    text = "; ".join(part for part in told if part)
    return [Sentence("Why", f"{text}.")] if text else []


def _never_served(facts: VerdictFacts) -> str:
    """Tell that bad code met no request, and when it was given up."""
    best = facts.best
    if not facts.faulty or any(_served(one) for one in best):
        return ""
    who = "" if not facts.others else f" with {listed([one.name for one in best], 'or')}"
    times = [one.mean["decision_s"] for one in best if "decision_s" in one.mean]
    given_up = f", given up {_span(times)} after the command" if times else ""
    return f"no request reached the bad revision{who}{given_up}"


def _served(one: StrategyFacts) -> bool:
    return max(one.worst.get(m, 0.0) for m in ("exposed_requests", "bad_s")) >= 0.5


def _span(times: Sequence[float]) -> str:
    low, high = duration(min(times)), duration(max(times))
    return low if low == high else f"{low} to {high}"


def _decided(facts: VerdictFacts) -> str:
    """Tell whether noticing or going back parts the winner from the one it is held against."""
    held = contest(facts)
    if not facts.faulty or held is None:
        return ""
    best, other, _ = held
    if not all("detect_s" in one.mean and "rollback_s" in one.mean for one in (best, other)):
        return _undecided(facts)
    parts = [_noticing(best, other), _going_back(best, other), _split(facts, best, other)]
    return "; ".join(part for part in parts if part)


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
    if alike(a, b):
        return f"both are noticed after about {duration((a + b) / 2)}"
    times = _time(best, "detect_s"), _time(other, "detect_s")
    return f"{best.name} is noticed after {times[0]}, {other.name} after {times[1]}"


def _going_back(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = best.mean["rollback_s"], other.mean["rollback_s"]
    if alike(a, b):
        return f"going back takes both about {duration((a + b) / 2)}"
    times = _time(best, "rollback_s"), _time(other, "rollback_s")
    return f"going back takes {best.name} {times[0]} and {other.name} {times[1]}"


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
        return (f"while bad code served, it got {percent(a)} of the requests with {best.name} and "
                f"{percent(b)} with {other.name}")  # fmt: skip
    return ""


def exposure(facts: VerdictFacts, one: StrategyFacts) -> float:
    """Return the share of requests on bad code while it served: the canary's whole point."""
    seconds, served = one.mean.get("bad_s", 0.0), one.mean.get("exposed_requests", 0.0)
    usual = one.mean.get("requests", 0.0) / facts.horizon * seconds
    return min(1.0, served / usual) if usual else 0.0


def _cause(strategies: Sequence[StrategyFacts]) -> str:
    """Tell what most of their requests fail by, where it is the same for all."""
    failing = [one for one in strategies if one.fails and one.cause_share > 0.5]
    causes = {one.cause for one in failing}
    if len(causes) != 1:
        return ""
    names = listed([one.name for one in failing])
    return f"requests fail with {names} because {CAUSES[causes.pop()]}"


def price(facts: VerdictFacts) -> list[Sentence]:
    """Return what the winner costs more than the one it is held against."""
    held = contest(facts)
    if held is None or len(facts.best) > 1:
        return []
    told = [_dollars(facts, held.best, held.other), _alive(held.best, held.other)]
    return [Sentence("Price", f"{'; '.join(part for part in told if part)}.")]


def _dollars(facts: VerdictFacts, best: StrategyFacts, other: StrategyFacts) -> str:
    gap = facts.between("extra_cost_usd", best.name, other.name)
    if level(gap) or gap.mean is None:
        return f"the same as {other.name}, within a cent"
    word = "more" if gap.mean > 0 else "less"
    return f"{money(abs(gap.mean))} {word} per deployment than {other.name}"


def _alive(best: StrategyFacts, other: StrategyFacts) -> str:
    a, b = (one.mean.get("both_alive_s", 0.0) for one in (best, other))
    if alike(a, b):
        return ""
    return f"both revisions run side by side for {duration(a)}, not {duration(b)}"


def flips(facts: VerdictFacts) -> list[Sentence]:
    """Return what would change the winner, as far as the failures tell: break-even of noticing."""
    held = contest(facts)
    if held is None or not facts.faulty or len(facts.best) != 1 or held.best.unhurt:
        return []
    text = _break_even(held.best, held.other)
    return [Sentence("Flips when", text)] if text else []


def _break_even(best: StrategyFacts, other: StrategyFacts) -> str:
    """Tell how much later the winner may be noticed, at the rate it fails until then."""
    spare = other.mean["failed_requests"] - best.mean["failed_requests"]
    seconds = best.mean.get("detect_s", 0.0)
    rate = best.mean.get("failed_before_decision", 0.0) / seconds if seconds else 0.0
    if spare < 1 or rate <= 0:
        return ""
    return (f"{best.name} alone is noticed {duration(spare / rate)} later (it fails "
            f"{count(60 * rate)} a minute until then).{_no_help(best, other)}")  # fmt: skip


def _no_help(best: StrategyFacts, other: StrategyFacts) -> str:
    """Tell that noticing sooner does not help the other: the way back alone costs it more."""
    after = other.mean.get("failed_after_decision", 0.0)
    if after <= best.mean["failed_requests"]:
        return ""
    return f" Not by noticing {other.name} sooner: {count(after)} fail after its decision."


def left(facts: VerdictFacts) -> list[Sentence]:
    """Return what no strategy repairs: rows, side effects, and releases that stay live."""
    told = [
        _stays(facts, "incompatible_writes", "rows that the serving code cannot read"),
        _stays(facts, "side_effects_left", "side effects of bad requests"),
        _ends(facts, "escaped", "the bad release stays live"),
        _ends(facts, "unrepaired", "users still fail after the rollback"),
    ]
    text = "; ".join(part for part in told if part)
    return [Sentence("Not fixed", f"{text}.")] if text else []


def _stays(facts: VerdictFacts, metric: str, words: str) -> str:
    hit = [one for one in facts.strategies.values() if one.mean.get(metric, 0.0) >= 0.5]
    if not hit:
        return ""
    amounts = [one.mean[metric] for one in hit]
    low, high = count(min(amounts)), count(max(amounts))
    return f"{low if low == high else f'{low} to {high}'} {words}, {_by(facts, hit)}"


def _by(facts: VerdictFacts, hit: Sequence[StrategyFacts]) -> str:
    if len(hit) == len(facts.strategies):
        return "whichever you choose" if len(hit) > 1 else f"with {hit[0].name}"
    return f"with {listed([one.name for one in hit])}"


def _ends(facts: VerdictFacts, word: str, words: str) -> str:
    """Tell how often runs end badly; in so many words, where all do so equally."""
    hit = [one for one in facts.strategies.values() if one.verdicts.get(word, 0.0) > 0]
    if not hit:
        return ""
    values = sorted({percent(one.verdicts[word]) for one in hit})
    if len(values) == 1:
        return f"{words} in {values[0]} of runs {_by(facts, hit)}"
    told = [f"{one.name} {percent(one.verdicts[word])}" for one in hit]
    return f"{words} in some runs ({', '.join(told)})"


def not_ranked(facts: VerdictFacts) -> list[Sentence]:
    """Return who was left out for not shipping a good release."""
    if not facts.ranking.order or not facts.ranking.left_out:
        return []
    told = [f"{name} ships a good release in {percent(share)} of runs"
            for name, share in facts.ranking.left_out]  # fmt: skip
    return [Sentence("Not ranked", f"{listed(told)}.")]
