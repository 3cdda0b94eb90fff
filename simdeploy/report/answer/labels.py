"""The labeled sentences under the table: Left, Why, Sure?, Price, Otherwise, Assumed."""

from collections.abc import Iterator, Sequence
from functools import partial

from simdeploy.report.answer.circumstances import circumstances
from simdeploy.report.answer.facts import CAUSES, FAILS, FLOOR, Facts, StrategyFacts
from simdeploy.report.answer.model import Sentence
from simdeploy.report.answer.wording import (
    KINDS,
    SIDES,
    apart,
    by_strategy,
    by_text,
    deciding,
    dollars,
    names_of,
    price,
    time_of,
)
from simdeploy.report.words import capitalized, duration, listed, one_decimal, percent, short_count
from simdeploy.results.paired import Difference
from simdeploy.strategies import Shifting

#: Two times are alike where they differ by less than a tenth, or two seconds.
ALIKE = 0.1
#: Share of runs that is nearly all.
NEARLY_ALL = 0.999
#: Capacity below this share of the traffic is hardly any.
HARDLY = 0.05
#: Causes that the story of a bad release, or another sentence, tells.
TOLD = ("failed_app", "failed_schema")
#: Signals in a sentence.
WHO = {"breaker": "the circuit breaker", "alarm": "the alarm", "timeout": "the install timeout",
       "hook": "a hook", "person": "a person"}  # fmt: skip
#: What is left behind, and what it is.
REMAINS = {
    "incompatible_writes": "rows that the version in service cannot read",
    "side_effects_left": "side effects of bad requests",
}
#: Another story of the gallery that shows what would change the answer, by the kind of fault.
STORIES = {
    "boot_crash": "A failure that shows only after the checks have passed: "
    "simdeploy compare shallow-health-check",
    "never_listens": "A failure that shows only after the checks have passed: "
    "simdeploy compare shallow-health-check",
    "schema": "The same change in three releases: simdeploy compare expand-contract",
    "errors": "A new image that cannot even start: simdeploy compare bad-boot",
    "": "This release is good; bad ones decide: simdeploy compare shallow-health-check",
}


def labels(facts: Facts) -> list[Sentence]:
    """Return the sentences under the table, each under its label."""
    parts = {
        "Left": _left(facts),
        "Why": _why(facts),
        "Sure?": _sure(facts),
        "Price": _price(facts),
        "Otherwise": _otherwise(facts),
        "Assumed": _assumed(facts),
    }
    texts = {label: " ".join(text for text in part if text) for label, part in parts.items()}
    return [Sentence(label, text) for label, text in texts.items() if text]


def _left(facts: Facts) -> Iterator[str]:
    """Tell the damage that stays after all is over."""
    for metric, words in REMAINS.items():
        hit = [s for s in facts.rows if (s.metrics[metric].mean or 0.0) >= 0.5]
        if hit:
            ordered = sorted(facts.rows, key=lambda s: -(s.metrics[metric].mean or 0.0))
            left = by_strategy(ordered, partial(_remaining, metric))
            yield f"{capitalized(words)}: {left}."


def _remaining(metric: str, strategy: StrategyFacts) -> str:
    mean = strategy.metrics[metric].mean or 0.0
    return short_count(mean) if mean >= 0.5 else "none"


def _why(facts: Facts) -> Iterator[str]:
    """Tell the causes, as far as rows and events show them."""
    yield from (f"{capitalized(text)}." for text in circumstances(facts))
    if facts.bad:
        yield _never_served(facts)
        yield from _deciders(facts)
        yield "" if facts.works else _share_on_bad_code(facts)
        yield _diluted(facts)
        yield _going_back(facts)
    yield _mixed(facts)
    yield from _causes(facts)
    if not facts.bad:
        yield _capacity(facts)
        yield _connections(facts)


def _never_served(facts: Facts) -> str:
    """Return that no request reaches the bad version where its tasks fail at once."""
    group = [s for s in facts.rows if (s.metrics["failed_tasks"].mean or 0.0) >= 1
             and not s.has("exposed_requests") and not s.has("failed_caused")]  # fmt: skip
    if not group or facts.works:
        return ""
    who = "" if len(group) == len(facts.rows) else f" with {names_of(group)}"
    return f"The new tasks fail before they serve, so no request reaches them{who}."


def _deciders(facts: Facts) -> Iterator[str]:
    """Tell which signal ends the release with whom, and when."""
    decided = [s for s in facts.rows if s.signal and s.decided_in.n]
    if not any(s in facts.ranked for s in decided):
        return
    groups = by_text(decided, lambda s: s.signal)
    since = "the first failed request" if facts.from_failure else "the command"
    parts = []
    for word, some in groups:
        who = "all of them" if len(some) == len(facts.rows) > 1 else names_of(some)
        parts.append(f"{WHO[word]} with {who}, {_range(some)}")
    if parts:
        yield f"Who decides, and how long after {since}: {'; '.join(parts)}."
    persons = [s for s in decided if s.signal == "person" and _by_code_deploy(facts, s)]
    if persons and any(s.signal == "breaker" for s in decided):
        yield "CodeDeploy has no circuit breaker: only a person is left to notice."


def _range(group: Sequence[StrategyFacts]) -> str:
    """Return the range of the times to decide."""
    ordered = sorted(group, key=lambda s: s.decided_in.mean or 0.0)
    ends = list(dict.fromkeys(time_of(s.decided_in) for s in (ordered[0], ordered[-1])))
    return " to ".join(ends)


def _by_code_deploy(facts: Facts, strategy: StrategyFacts) -> bool:
    return facts.scenario.resolved_strategies[strategy.name].controller == "code_deploy"


def exposure(facts: Facts, strategy: StrategyFacts) -> float:
    """Return the share of requests on bad code while it serves, which a canary keeps small."""
    usual = facts.requests / facts.scenario.horizon * (strategy.metrics["bad_s"].mean or 0.0)
    return min(1.0, (strategy.metrics["exposed_requests"].mean or 0.0) / usual) if usual else 0.0


def _share_on_bad_code(facts: Facts) -> str:
    """Return how much traffic the bad version has with each strategy until it is off."""
    ranked = [s for s in facts.ranked if s.has("exposed_requests")]
    shares = [exposure(facts, s) for s in ranked]
    if len(ranked) < 2 or max(shares) < 1.25 * min(shares):
        return ""
    ordered = sorted(ranked, key=lambda s: exposure(facts, s))
    text = by_strategy(ordered, lambda s: percent(exposure(facts, s)))
    return f"Share of the traffic on the bad version until it is off: {text}."


def _diluted(facts: Facts) -> str:
    """Return that an alarm cannot see a first step because its errors are too few of all."""
    found = {name: step for name, step in facts.diluted.items() if name in facts.strategies}
    if not found:
        return ""
    name, (share, errors, threshold, until) = next(iter(found.items()))
    return (f"At {percent(share)} of the traffic {name}'s errors are {percent(errors)} of all "
            f"requests, not above the alarm's {percent(threshold)}, until the next step after "
            f"{duration(until)}.")  # fmt: skip


def _going_back(facts: Facts) -> str:
    """Return with whom users still fail after going back, and why."""
    group = [s for s in facts.rows if s.ends.get(FAILS, 0.0) >= 0.5]
    if not group:
        return ""
    schema = any(s.cause == "failed_schema" for s in group)
    because = ": the old version cannot read what the new one wrote" if schema else ""
    who = "all of them" if len(group) == len(facts.rows) > 1 else names_of(group)
    return f"After going back, users still fail with {who}{because}."


def _mixed(facts: Facts) -> str:
    """Return how long both versions serve, where data of the one hurts the other."""
    if not any(s.cause == "failed_schema" for s in facts.rows):
        return ""
    text = by_strategy(facts.rows, lambda s: _or_never(s.metrics["mixed_s"].mean or 0.0))
    return f"Old and new serve side by side: {text}."


def _or_never(seconds: float) -> str:
    return duration(seconds) if seconds >= 1.0 else "never"


def _causes(facts: Facts) -> Iterator[str]:
    """Tell the main cause of failed requests, strategies of the same cause together."""
    hurt = [s for s in facts.rows if s.mean("failed_caused") >= FLOOR["failed_caused"] and s.cause]
    parts = [f"{_cause(facts, cause, some)} ({names_of(some)})"
             for cause, some in by_text(hurt, lambda s: s.cause)
             if not (facts.bad and (cause == "failed_app" or _only_out(facts, some)))]  # fmt: skip
    if parts:
        yield f"Requests fail because {listed(parts)}."


def _only_out(facts: Facts, group: Sequence[StrategyFacts]) -> bool:
    """Return whether a group is out of the ranking, where others are in it."""
    return bool(facts.ranked) and all(s in facts.out for s in group)


def _cause(facts: Facts, cause: str, group: Sequence[StrategyFacts]) -> str:
    """Return a cause in words; an overload with what the tasks can carry."""
    kinds = {fault.tag() for release in facts.scenario.chain for fault in release.effective_faults}
    if cause == "failed_refused" and "connections" in kinds:
        return "no connection is left for the new tasks"
    if cause == "failed_cut" and any(
        e.tag() == "task_hang" for e in facts.scenario.environment.events
    ):
        return "they wait for a task that never answers"
    least = max(s.metrics["min_headroom"].mean or 0.0 for s in group)
    if cause != "failed_overload" or least >= 1.0:
        return CAUSES[cause]
    if least < HARDLY:
        return "hardly any task answers for a while"
    return f"tasks can carry only {percent(least)} of the traffic for a while"


def _capacity(facts: Facts) -> str:
    """Return how much capacity is left at the worst moment, if it is always enough."""
    quiet = [s for s in facts.ranked if not s.has("failed_caused") and not s.has("slow_caused")]
    least = min((s.metrics["min_headroom"].mean or 0.0 for s in quiet), default=0.0)
    if least <= 1.0 or least > 1e6:
        return ""
    who = "" if len(quiet) == len(facts.rows) else f" with {names_of(quiet)}"
    times = one_decimal(int(10 * least) / 10)
    return f"Healthy tasks can always carry {times} times the traffic{who}."


def _connections(facts: Facts) -> str:
    """Return how long old tasks stay for their connections."""
    sockets = facts.scenario.traffic.websockets
    keeping = [s for s in facts.ranked if kept(facts, s)]
    if sockets is None or not sockets.open or not keeping:
        return ""
    delay = duration(facts.scenario.target_group.deregistration_delay)
    stays = by_strategy(keeping, lambda s: duration(kept(facts, s)), link=" for ")
    return (f"Connections end when their task does: old tasks stay on with {stays}, after the "
            f"shift; otherwise {delay} of draining is all they get.")  # fmt: skip


def kept(facts: Facts, strategy: StrategyFacts) -> float:
    """Return how long the old tasks stay beside the new ones after the shift (s)."""
    own = facts.scenario.resolved_strategies[strategy.name]
    if not isinstance(own, Shifting):
        return 0.0
    return float(own.bake_time) if own.controller == "ecs" else float(own.termination_wait)


def _sure(facts: Facts) -> Iterator[str]:
    """Tell how sure the order is: first and second, then rolling and blue-green."""
    ranked, winners = facts.ranked, facts.ranking.winners
    second = next((s for s in ranked if s.name not in winners), None)
    told: set[str] = set()
    if winners and second is not None:
        yield _pair(facts, facts.leader, second)
        told = {facts.leader.name, second.name}
    a, b = (next((s for s in ranked if s.kind == kind), None) for kind in SIDES)
    if a and b and {a.name, b.name} != told and not {a.name, b.name} <= set(winners):
        less, more = sorted((a, b), key=ranked.index)
        yield _pair(facts, less, more)
    yield from _rare(facts)


def _pair(facts: Facts, less: StrategyFacts, more: StrategyFacts) -> str:
    """Return in how many runs the one does less harm, and by how much on average."""
    metric = apart(facts, less, more)
    if not metric or facts.runs < 2:
        return ""
    difference = facts.between(metric, more.name, less.name)
    won = difference.share_more or 0.0
    clear = won >= NEARLY_ALL and more.mean(metric) > 2.0 * less.mean(metric)
    if clear or difference.ci95 is None:
        return ""
    won_in = f"{_of_runs(difference)}{_by(difference, metric)}"
    return f"{capitalized(less.name)} beats {more.name} in {won_in}."


def _of_runs(difference: Difference) -> str:
    """Return in how many runs the first of a difference has more."""
    n = difference.n_pairs
    return f"{round((difference.share_more or 0.0) * n):,} of {n:,} runs"


def _by(difference: Difference, metric: str) -> str:
    low, high = difference.ci95 or (0.0, 0.0)
    if low <= 0.0:
        return ""
    return f", by {short_count(low)} to {short_count(high)} {KINDS[metric].things} on average"


def _rare(facts: Facts) -> Iterator[str]:
    """Warn of means that few runs carry, or in which some weigh too much."""
    metric = deciding(facts)
    for s in facts.rows:
        summary = s.metrics[metric]
        if summary.carried_by:
            yield (f"With {s.name} few runs carry the mean, {summary.carried_by} of "
                   f"{facts.runs:,}; a worse run may be missing.")  # fmt: skip
        elif summary.skewed:
            yield f"With {s.name} a few bad runs weigh most: its ± is too small."
    if facts.runs < 1000 and any(not s.has(metric) for s in facts.rows):
        share = percent(3.0 / facts.runs)
        yield f"{facts.runs:,} runs may miss what happens in fewer than {share} of them."


def _price(facts: Facts) -> Iterator[str]:
    """Tell what a good release costs with a dear winner, or with blue-green, and why."""
    priced = [s for s in facts.ranked if dollars(s) is not None]
    if len(priced) < 2:
        return
    winners = [s for s in priced if s.name in facts.ranking.winners]
    pool = winners if len(winners) > 1 else [s for s in priced if (dollars(s) or 0.0) >= 0.0]
    cheap = min(pool or priced, key=lambda s: dollars(s) or 0.0)
    first = [s for s in winners if kept(facts, s)]
    keeping = first or [s for s in priced if kept(facts, s)]
    if not keeping or (dollars(keeping[0]) or 0) - (dollars(cheap) or 0) < FLOOR["extra_cost_usd"]:
        return
    s, tasks = keeping[0], facts.scenario.service.desired_count
    old = "1 old task" if tasks == 1 else f"{tasks} old tasks"
    against = f", against {price(cheap)} with {cheap.name}" if cheap is not s else ""
    yield (f"{capitalized(s.name)} keeps {old} for {duration(kept(facts, s))} per release: "
           f"{price(s)}{against}.")  # fmt: skip


def _otherwise(facts: Facts) -> Iterator[str]:
    """Tell at most two things that would change the answer: a crossing, a story, the drill."""
    parts = [facts.assumed.get("Otherwise", ""), _story(facts), _drill(facts)]
    yield from [part for part in parts if part][:2]


def _story(facts: Facts) -> str:
    """Return another story of the gallery that shows what would change the answer."""
    kinds = [f.tag() for release in facts.scenario.chain for f in release.effective_faults] or [""]
    if facts.scenario.environment.events or len(facts.scenario.chain) > 1:
        return ""
    story = next((STORIES[kind] for kind in kinds if kind in STORIES), "")
    return "" if story.endswith(f" {facts.scenario.name}") else story and f"{story}."


def _drill(facts: Facts) -> str:
    """Return how long a release is on its way back that proves bad some time later."""
    drilled = [s for s in facts.ranked if s.drill and s.drill.mean is not None and s.good
               and s.good.ships >= 0.95]  # fmt: skip
    if len(drilled) < 2 or any(s.end == FAILS for s in facts.rows):
        return ""
    ordered = sorted(drilled, key=_drill_time)
    if _drill_time(ordered[-1]) - _drill_time(ordered[0]) < ALIKE * _drill_time(ordered[-1]):
        return ""
    groups: list[list[StrategyFacts]] = []
    for s in ordered:
        if groups and _drill_time(s) - _drill_time(groups[-1][0]) < ALIKE * _drill_time(s):
            groups[-1].append(s)
        else:
            groups.append([s])
    after = duration(facts.scenario.drill_after)
    parts = [f"{_drill_range(group)} with {names_of(group)}" for group in groups]
    return f"To take back a release that proves bad {after} after it is live: {', '.join(parts)}."


def _drill_time(strategy: StrategyFacts) -> float:
    return (strategy.drill.mean or 0.0) if strategy.drill else 0.0


def _drill_range(group: Sequence[StrategyFacts]) -> str:
    ends = dict.fromkeys(time_of(s.drill) for s in (group[0], group[-1]) if s.drill)
    return " to ".join(ends)


def _assumed(facts: Facts) -> Iterator[str]:
    """Tell the assumptions that decide where they were measured, and how many there are."""
    yield facts.assumed.get("Assumed", "")
    n = facts.defaults
    more = "" if facts.assumed.get("Assumed") else "; which of them decide: --why"
    verb = "value is at its default" if n == 1 else "values are at their defaults"
    yield f"{n} {verb}: --assumptions{more}." if n else ""
