"""The verdict: which strategy, what it does to users, and how the others differ from it."""

from collections.abc import Iterator

from simdeploy.report.answer import wording as say
from simdeploy.report.answer.causes import unfair
from simdeploy.report.answer.facts import ALWAYS, Facts
from simdeploy.report.answer.others import (
    hardly,
    named,
    others,
    ratios,
    riders,
)
from simdeploy.report.words import (
    capitalized,
    duration,
    listed,
    percent,
    short_count,
)
from simdeploy.results.ends import FAILS
from simdeploy.results.ranking import BY_ITSELF

#: Less than half of a request is none: the fluid model has fractions.
HALF = 0.5
NOTHING_WATCHES = (
    "No strategy helps here: nothing watches this service, so the bad release stays live. Add an "
    "alarm first."
)
NO_TRAFFIC = (
    "No request is offered, so none fails and none reaches the new version: set traffic.rate, "
    "for a worker its messages per second."
)
#: Close to capacity is from this part of it on; a share of requests is told from the second on.
NEAR, TRACE = 0.9, 0.001


def verdict(facts: Facts) -> list[str]:
    """Return the sentences of the verdict."""
    ranking = facts.ranking
    if ranking.no_winner == "nothing_watches":
        body = [NOTHING_WATCHES]
    elif not ranking.winners:
        body = [*_no_winner(facts), *_harm_of_all(facts), *hardly(facts)]
    else:
        body = [*_none_saves(facts), *_winner(facts), *others(facts), *riders(facts)]
    return [*before(facts), *body, *_rolling_blue_green(facts), *unfair(facts)]


def before(facts: Facts) -> Iterator[str]:
    """Say first what fails or is slow without any deployment, where that is much."""
    service, rate = facts.scenario.service, facts.rate
    capacity = service.capacity_rps * service.desired_count
    if not facts.requests:
        yield NO_TRAFFIC
    if not facts.requests or not (facts.over_capacity or rate >= NEAR * capacity):
        return
    failing, slow = (part / facts.requests for part in (facts.failing_anyway, facts.slow_anyway))
    of = f"{short_count(rate)} of {short_count(capacity)} req/s"
    over = "Over" if facts.over_capacity else "Close to"
    start = f"{over} capacity before the command: {of}" if rate >= NEAR * capacity else ""
    parts = [f"{percent(part)} of requests {verb}" for part, verb in
             ((failing, "fail"), (slow, "are slow")) if part >= TRACE]  # fmt: skip
    text = f"{listed(parts)} without any deployment" if parts else ""
    yield f"{capitalized('; '.join(filter(None, (start, text))))}."


def _none_saves(facts: Facts) -> Iterator[str]:
    if facts.hopeless and len(facts.ranked) > 1:
        back = all(s.end == FAILS for s in facts.ranked)
        why = "users still fail after going back" if back else "the bad release is still live"
        after = f"{duration(facts.scenario.horizon)} after the command"
        yield f"No strategy ends the harm here: {why}, {after}."


def _winner(facts: Facts) -> Iterator[str]:
    """Name the winners, and say what they do to users."""
    winners = facts.winners
    yield f"{_names(facts)}."
    harm = facts.present(winners)
    clauses = [say.does(winners, metric) for metric in harm]
    clauses[:1] = [f"{clause}{_per(facts, harm[0])}" for clause in clauses[:1]]
    if "failed_caused" not in harm:
        clauses.append(say.does(winners, "failed_caused"))
    told = ratios(facts) if facts.deciding in harm else ""
    who = "They" if len(winners) > 1 else "It"
    what = listed(clauses).replace(" anyway and ", " anyway, and ")
    yield f"{who} {what}{_alone(facts)}{told and f'; {told}'}."


def _names(facts: Facts) -> str:
    winners = facts.winners
    others = [row for row in facts.rows if row not in winners]
    if len(winners) <= say.THREE or len(others) > 1:
        return capitalized(say.names_of(winners, "or"))
    return f"Any but {others[0].name}" if others else "Any of them"


def _per(facts: Facts, metric: str) -> str:
    """Return what amounts are of, and beyond what."""
    usual = {"failed_caused": facts.failing_anyway, "slow_caused": facts.slow_anyway}.get(metric, 0)
    do = "fail" if metric == "failed_caused" else "are slow"
    beyond = f", beyond the {short_count(usual)} that {do} anyway" if usual >= HALF else ""
    each = " per bad release" if facts.bad and not facts.works else " per release"
    return f"{each if len(facts.scenario.chain) == 1 else ' in all releases together'}{beyond}"


def _alone(facts: Facts) -> str:
    """Return that the winners end a bad release without a person, where that decides."""
    winners = facts.winners
    rest = next((s for s in facts.ranked if s not in winners), None)
    if rest is None or facts.parting(facts.leader, rest) != BY_ITSELF:
        return ""
    times = dict.fromkeys(say.time_of(s.decided_in) for s in winners if s.decided_in.n)
    after = f" after {' to '.join((*times,))}" if 0 < len(times) <= 2 else ""
    share = min(s.by_itself for s in winners)
    often = "" if share >= ALWAYS else f" in {percent(share)} of runs"
    return f", and {say.verb(winners, 'end')} this without a person{after}{often}"


def _rolling_blue_green(facts: Facts) -> Iterator[str]:
    """Compare rolling and blue-green where both are there and neither is a winner."""
    sides = [[s for s in facts.ranked if s.kind == kind] for kind in say.SIDES]
    winning = any(s.kind in say.SIDES for s in facts.winners)
    if not all(sides) or winning or facts.ranking.no_winner == "nothing_watches":
        return
    a, b = sides[0][0], sides[1][0]
    metric = facts.apart(a, b)
    if not metric:
        yield f"{capitalized(a.name)} and {b.name} are about level."
        return
    less, more = sorted((a, b), key=lambda s: s.mean(metric))
    kind, amounts_of = (
        say.KINDS[metric],
        [say.amount(s, metric).replace("no", "0") for s in (less, more)],
    )
    fewer = f"{less.name} {say.third(kind.verb)} fewer {kind.things}{kind.tail}"
    yield f"Of {a.name} and {b.name}, {fewer}: {amounts_of[0]} against {amounts_of[1]}."


def _no_winner(facts: Facts) -> Iterator[str]:
    """Say why none is recommended."""
    if facts.ranking.no_winner == "open" and facts.hopeless:
        yield from _none_saves(facts)
    elif facts.ranking.no_winner == "open":
        share = percent(max(s.open for s in facts.ranked))
        horizon = duration(facts.scenario.horizon)
        yield (f"Too early to choose: in up to {share} of runs users are still hurt at the "
               f"horizon, {horizon}. Follow it longer: --set horizon=…")  # fmt: skip
    elif facts.ranking.no_winner == "over_capacity":
        yield f"Add {facts.words.tasks} first; then choose. What the deployment adds:"
    elif facts.ranking.no_winner == "nothing_ships":
        one = f"{capitalized(facts.rows[0].name)} does not ship"
        yield f"{one if len(facts.rows) == 1 else 'None of these ships'} even a good release."


def _harm_of_all(facts: Facts) -> Iterator[str]:
    """Return each strategy's harm, without a recommendation."""
    shown = facts.rows if len(facts.rows) <= say.MANY else [facts.rows[0], *named(facts)]
    metric = facts.deciding
    harmful = [s for s in shown if s.mean(metric) >= HALF]
    groups = facts.together(harmful)
    parts = [f"{say.names_of(group)} {say.amounts(group, metric)}" for group in groups]
    if parts:
        parts[0] = f"{say.names_of(groups[0])} {say.does(groups[0], metric)}{_per(facts, metric)}"
    none = [s for s in shown if s not in harmful]
    texts = [listed(parts), f"{say.names_of(none)} {say.does(none, metric)}" if none else ""]
    yield f"{capitalized('; '.join(text for text in texts if text))}."
