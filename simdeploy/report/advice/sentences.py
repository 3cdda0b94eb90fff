"""The recommendation's sentences: a pure function of it, which every format writes."""

from collections.abc import Iterator, Sequence

from simdeploy.advice.expected import GOOD, SHARE_OF_ALL, Crossing
from simdeploy.advice.recommendation import Pair, Recommendation
from simdeploy.report.advice.words import (
    condition,
    dollars,
    interval,
    of_100,
    value_name,
    value_text,
)
from simdeploy.report.answer.model import Sentence
from simdeploy.report.pod_price import price_note
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    percent,
    short_count,
    text_range,
)
from simdeploy.results.detectors import unfair
from simdeploy.scenario.vocabulary import Vocabulary

#: Sentences name at most so many values, prices or kinds.
MOST_NAMED = 3
#: Prices further from now than by this factor are not told.
FAR = 100.0
#: Before an interval.
CI = "95 %:"
COPY = "simdeploy recommend --print-advice > advice.yaml, then --advice advice.yaml"
#: Why a strategy that does not ship is left out.
REASONS = {
    "good_undone": "good releases are undone",
    "stuck": "good releases get stuck",
    "not_live": "good releases are not live in time",
}


def verdict(made: Recommendation) -> list[str]:
    """Return the answer, which stands first and alone."""
    return [text for text in _verdict(made) if text]


def _tasks(made: Recommendation) -> str:
    return Vocabulary(made.good.scenario.platform).tasks


def _verdict(made: Recommendation) -> Iterator[str]:
    if made.no_winner == "over_capacity":
        yield f"Over capacity before any deployment: add {_tasks(made)} first, then ask again."
        return
    if made.no_winner == "nothing_ships":
        yield "None of these strategies ships even a good release."
        return
    first = capitalized(made.ranked[0])
    if made.no_winner in {"level", "assumed", "open"}:
        yield f"No clear winner. {_levels(made)}"
    else:
        amount = _amount(made, made.ranked[0])
        about = "" if amount.startswith("at") else "about "
        yield f"{first}: {about}{amount} a month{_rest(made)}."
    if made.no_winner == "one_strategy":
        yield "It is the only one here that ships, so there is nothing to choose."
    yield from _measure_first(made)
    yield from _pays(made)


def _amount(made: Recommendation, name: str) -> str:
    at_least = any(made.costs.is_at_least(name, k) for k in _counted(made))
    return f"{'at least ' if at_least else ''}{dollars(made.costs.month(name).mean)}"


def _counted(made: Recommendation) -> list[str]:
    return [kind for kind in made.costs.kinds if made.costs.likelihood(kind) > 0]


def _named(made: Recommendation, names: Sequence[str]) -> str:
    return listed([f"{name} {_amount(made, name)}" for name in names])


def _rest(made: Recommendation) -> str:
    others = made.ranked[1:]
    return f"; {_named(made, others)}" if others else ""


def _levels(made: Recommendation) -> str:
    """Return what costs about the same, and what the others cost."""
    if len(made.level) < 2:
        first, second, *others = made.ranked
        more = f"; {_named(made, others)}" if others else ""
        return (f"{capitalized(_named(made, [first, second]))} a month differ, but which is less "
                f"rests on what is only assumed{more}.")  # fmt: skip
    rest = [name for name in made.ranked if name not in made.level]
    more = f"; {_named(made, rest)}" if rest else ""
    return f"{capitalized(_named(made, made.level))} a month are about level{more}."


def _measure_first(made: Recommendation) -> Iterator[str]:
    """Tell which assumed value decides, and where the answer turns."""
    if made.rivals is None or made.no_winner not in {"level", "assumed", "open"}:
        return
    first, second = made.rivals
    either = f"{'Either' if len(made.level) == 2 else 'Any of these'} will do"
    start = f"{either}; to part them, measure first:" if len(made.level) > 1 else "Measure first:"
    if made.doubts:
        c = made.doubts[0]
        side = "above" if c.at > c.now else "below"
        yield (f"{start} {value_name(c.path)} (assumed {value_text(c.path, c.now)}); {side} "
               f"{value_text(c.path, c.at)} {second} costs less than {first}.")  # fmt: skip
    elif made.beyond:
        horizon = duration(made.good.scenario.horizon)
        yield (f'{start} what "{made.beyond[0]}" costs after the first {horizon}, where the count '
               f"ends; if twice as much, {second} costs less than {first}.")  # fmt: skip
    else:
        yield f"{either}."


def _pays(made: Recommendation) -> Iterator[str]:
    """Tell from how many bad releases on the dearer one pays: of the first pair that is told."""
    if made.pairs:
        yield pays(made, made.pairs[0])


def pays(made: Recommendation, pair: Pair) -> str:
    """Return the break-even of a pair in words; empty where no release is expected to be bad."""
    dear, cheap, share = pair
    if not made.costs.bad:
        return ""
    if share is not None:
        return (f"Above {of_100(share)} bad releases in 100 {dear} costs less than {cheap}; you "
                f"{_have(made)} {of_100(made.costs.bad)}.")  # fmt: skip
    if made.costs.good_and_bad(dear) == made.costs.good_and_bad(cheap):
        return f"{capitalized(cheap)} and {dear} cost the same however many releases are bad."
    return f"{capitalized(cheap)} costs less than {dear} however many releases are bad."


def _have(made: Recommendation) -> str:
    """Return whether all likelihoods are the team's own."""
    return "assume" if any(p.startswith("likelihoods.") for p in made.advice.assumed) else "have"


def labels(made: Recommendation) -> list[Sentence]:
    """Return the sentences under the tables, each under its label."""
    parts = {
        "Unfair": _unfair,
        "Rolling?": _sides,
        "Sure?": _sure,
        "Why": _why,
        "Break-even": _break_even,
        "Prices": _prices,
        "Measure": _doubts,
        "Left out": _left_out,
        "Assumed": _assumed,
    }
    texts = {label: " ".join(filter(None, part(made))) for label, part in parts.items()}
    return [Sentence(label, text) for label, text in texts.items() if text]


def _unfair(made: Recommendation) -> Iterator[str]:
    """Tell which strategies are watched unlike the others, for no reason of AWS."""
    yield from (f"{capitalized(text)}." for text in unfair(made.good.scenario))


def _sides(made: Recommendation) -> Iterator[str]:
    """Tell what rolling costs against blue-green, and what could turn that."""
    if made.sides is None or made.sides == made.rivals or made.sides[::-1] == made.rivals:
        return
    less, more = sorted(made.sides, key=lambda name: made.costs.month(name).mean)
    gap = made.costs.gap(more, less)
    if made.costs.level(more, less):
        yield f"{capitalized(less)} and {more} are about level."
    else:
        yield (f"{capitalized(less)} costs {dollars(gap.mean)} a month less than {more} "
               f"({CI} {interval(gap)}).")  # fmt: skip
    doubts = made.costs.doubtful(less, more, made.advice)
    yield from (_turns(c, more, less) for c in doubts[:1])


def _turns(c: Crossing, then: str, now: str) -> str:
    when = condition(c, assumed=True)
    return f"If {when}, {then} costs less than {now}."


def _sure(made: Recommendation) -> Iterator[str]:
    """Tell the paired difference of the first two."""
    if made.rivals is None:
        return
    first, second = made.rivals
    gap = made.costs.gap(second, first)
    if gap.ci95 is not None:
        level = ": about level" if made.costs.level(second, first) else ""
        yield (f"On the same luck {second} costs {dollars(gap.mean)} a month more than {first} "
               f"({CI} {interval(gap)}){level}.")  # fmt: skip


def _why(made: Recommendation) -> Iterator[str]:
    """Tell the kind that makes most of the cost, and that which parts the first two."""
    costs, times = made.costs, made.costs.mix.releases_per_month
    for name in made.ranked[:1]:
        total = costs.month(name).mean
        shares = {
            k: times * costs.likelihood(k) * costs.mean(name, k) for k in (GOOD, *costs.kinds)
        }
        most = max(shares, key=lambda kind: shares[kind])
        if total > 0 and shares[most] >= SHARE_OF_ALL * total:
            part = percent(shares[most] / total)
            yield f"{capitalized(_kind(made, most))} makes {part} of {name}'s cost."
    if made.rivals:
        first, second = made.rivals
        gaps = {k: times * costs.likelihood(k) * (costs.mean(second, k) - costs.mean(first, k))
                for k in (GOOD, *costs.kinds)}  # fmt: skip
        most = max(gaps, key=lambda kind: abs(gaps[kind]))
        less, more = (first, second) if gaps[most] > 0 else (second, first)
        if abs(gaps[most]) >= 0.5:
            where, size = _kind(made, most), dollars(abs(gaps[most]))
            yield (f"{capitalized(first)} and {second} differ most in {where}: {less} costs "
                   f"{size} a month less than {more} there.")  # fmt: skip


def _kind(made: Recommendation, kind: str) -> str:
    """Return a kind of release in words; of one that is slow what that needs."""
    if kind == GOOD:
        return "a good release"
    more = made.titles.get(kind, kind).removeprefix(kind)
    return f'"{kind}"{more}'


def _break_even(made: Recommendation) -> Iterator[str]:
    yield from (pays(made, pair) for pair in made.pairs[1:])


def _prices(made: Recommendation) -> Iterator[str]:
    """Tell the prices at which the first two, and rolling and blue-green, cost the same."""
    told = list(dict.fromkeys(filter(None, (made.rivals, made.sides))))
    seen = set()
    for a, b in told:
        if frozenset((a, b)) in seen:
            continue
        seen.add(frozenset((a, b)))
        first, second = sorted((a, b), key=lambda name: made.costs.month(name).mean)
        crossings = [c for c in made.thresholds(first, second) if 1 / FAR < c.factor < FAR]
        parts = [condition(c, assumed=c.path in made.advice.assumed) for c in crossings]
        if parts:
            yield f"{capitalized(second)} costs less than {first} if {listed(parts, 'or')}."


def _doubts(made: Recommendation) -> Iterator[str]:
    """Tell the other assumed values that, doubled or halved, turn the answer."""
    if made.rivals is None:
        return
    first, second = made.rivals
    more = made.doubts[1 : 1 + MOST_NAMED]
    yield from (_turns(c, second, first) for c in more)
    left = len(made.doubts) - 1 - len(more)
    if left > 0:
        yield f"{left} more assumed value{'s' * (left > 1)} would turn it, doubled or halved."


def _left_out(made: Recommendation) -> Iterator[str]:
    out = made.good.ranking.left_out
    reasons = grouped((name, each.reason) for name, each in out.items())
    for reason, names in reasons.items():
        ships = text_range(*(percent(pick(out[n].share for n in names)) for pick in (min, max)))
        yield (f"{capitalized(listed(names))} cannot be recommended: {REASONS[reason]} ({ships} "
               "of them ship).")  # fmt: skip
    unlikely = [k for k, p in made.costs.mix.likelihoods.items() if not p]
    if unlikely:
        yield f"Not counted, with a likelihood of 0: {listed(unlikely)}."
    if any(made.costs.month(name).mean < 0 for name in made.ordered):
        more = f"more {_tasks(made)} run"
        yield f"Below $0: fewer requests fail than without a deployment, since {more}."
    cut = [k for k in _counted(made) if any(made.costs.is_at_least(n, k) for n in made.ranked)]
    if cut:
        horizon = duration(made.good.scenario.horizon)
        yield (f"≥: users are still hurt after {horizon}, where the count ends "
               f"({listed(cut)}).")  # fmt: skip


def _assumed(made: Recommendation) -> Iterator[str]:
    mix, assumed = made.costs.mix, made.advice.assumed
    yield price_note(made.good.scenario)
    if not assumed:
        yield "Nothing: your file gives every likelihood, price and number of hours."
        return
    groups = {
        "likelihoods": [p for p in assumed if p.startswith("likelihoods.")],
        "prices": [p for p in assumed if p.startswith("prices.") and ".hours." not in p],
        "hours of work": [p for p in assumed if ".hours." in p],
    }
    parts = [f"{len(paths)} {word}" for word, paths in groups.items() if paths]
    if "releases_per_month" in assumed:
        parts.append(f"{short_count(mix.releases_per_month)} releases a month")
    if "horizon" in assumed:
        parts.append(f"a horizon of at least {duration(mix.horizon)}")
    yield f"{capitalized(listed(parts))}: none of them is measured. To set your own: {COPY}."
