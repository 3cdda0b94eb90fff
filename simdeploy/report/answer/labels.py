"""The labeled sentences under the table: Left, Why, Sure?, Price, Otherwise, Assumed."""

from collections.abc import Iterator, Sequence

from simdeploy.report.answer import wording as say
from simdeploy.report.answer.causes import circumstances
from simdeploy.report.answer.facts import ALWAYS, CAUSES, FLOOR, Facts, StrategyFacts
from simdeploy.report.answer.model import Sentence
from simdeploy.report.pod_price import price_note
from simdeploy.report.words import (
    capitalized,
    duration,
    listed,
    one_decimal,
    percent,
    quantity,
    short_count,
    text_range,
)
from simdeploy.results.ends import FAILS, STUCK
from simdeploy.results.ranking import COST
from simdeploy.scenario.gallery import builtin_scenarios
from simdeploy.strategies import Rolling

#: Two times are alike where they differ by less than this part.
ALIKE = 0.1
#: Share of runs that is nearly all.
NEARLY_ALL = 0.999
#: Capacity below this share of the traffic is hardly any.
HARDLY = 0.05
ALL = " with all of them"
#: Capacity over traffic from which on there is no traffic.
IDLE = 1e6
#: With fewer runs than these, rare harm is easily missed.
MANY_RUNS = 1000
#: Signals in a sentence.
WHO = {"breaker": "the circuit breaker", "alarm": "the alarm", "timeout": "the {install_timeout}",
       "deadline": "the progress deadline", "hook": "a hook", "person": "a person"}  # fmt: skip
#: What is left behind, and what it is.
REMAINS = {
    "incompatible_writes": "rows that the version in service cannot read",
    "side_effects_left": "side effects of bad requests",
}
LATER = "A failure that only shows after the checks: simdeploy compare shallow-health-check"
#: Another story of the gallery that would change the answer of one, by the kind of fault.
STORIES = {
    "boot_crash": LATER,
    "never_listens": LATER,
    "schema": "The same change in three releases: simdeploy compare expand-contract",
    "errors": "A new image that cannot even start: simdeploy compare bad-boot",
}
#: What would change the answer to a bad release, and to a good one, of a service of one's own.
OWN = {True: "Other faults of this service", False: "This release is good; bad ones decide"}


def labels(facts: Facts) -> list[Sentence]:
    """Return the sentences under the table, each under its label."""
    parts = {"Left": _left, "Why": _why, "Sure?": _sure, "Price": _price, "Otherwise": _otherwise,
             "Assumed": _assumed}  # fmt: skip
    texts = {label: " ".join(filter(None, part(facts))) for label, part in parts.items()}
    return [Sentence(label, text) for label, text in texts.items() if text]


def _left(facts: Facts) -> Iterator[str]:
    for metric, words in REMAINS.items():
        amounts = {s.name: s.mean(metric) for s in facts.rows}
        if max(amounts.values()) >= 0.5:
            left = {name: short_count(n) if n >= 0.5 else "none" for name, n in amounts.items()}
            ordered = sorted(facts.rows, key=lambda s: -s.mean(metric))
            yield f"{capitalized(words)}: {say.by_strategy(ordered, lambda s: left[s.name])}."  # noqa: B023


def _why(facts: Facts) -> Iterator[str]:
    """Tell the causes, as far as rows and events show them."""
    yield from (f"{capitalized(text)}." for text in circumstances(facts))
    if facts.bad:
        yield "" if facts.works else _never_served(facts)
        yield from _deciders(facts)
        yield _undecided(facts)
        yield "" if facts.works else _share_on_bad_code(facts)
        yield from _diluted(facts)
        yield _going_back(facts)
    if any(s.cause == "failed_schema" for s in facts.rows):
        beside = {s.name: duration(s.mean("mixed_s")) for s in facts.rows if s.mean("mixed_s") >= 1}
        text = say.by_strategy(facts.rows, lambda s: beside.get(s.name, "never"))
        yield f"Old and new serve side by side: {text}."
    yield _causes(facts)
    if not facts.bad:
        yield _capacity(facts)
        yield _connections(facts)


def _never_served(facts: Facts) -> str:
    group = [s for s in facts.rows if s.mean("failed_tasks") >= 1
             and not s.has("exposed_requests") and not s.has("failed_caused")]  # fmt: skip
    tasks, who = facts.words.tasks, say.who(facts, group)
    text = f"The new {tasks} fail before they serve, so no request reaches them{who}."
    return text if group else ""


def _deciders(facts: Facts) -> Iterator[str]:
    """Tell which signal ends the release with whom, and when."""
    decided = [s for s in facts.rows if s.signal and s.decided_in.n]
    if not any(s in facts.ranked for s in decided):
        return
    since = "the first failed request" if facts.from_failure else "the command"
    parts = []
    for word, some in say.by_text(decided, lambda s: s.signal):
        times = [time for s in some if (time := s.decided_in.mean) is not None]
        after = text_range(duration(min(times)), duration(max(times)))
        parts.append(f"{facts.words.fill(WHO[word])}{say.who(facts, some, every=ALL)}, {after}")
    yield f"Who decides, and how long after {since}: {'; '.join(parts)}."
    strategies = facts.scenario.resolved_strategies
    left = [s for s in decided if s.signal == "person"
            and strategies[s.name].controller == "code_deploy"]  # fmt: skip
    if left and any(s.signal == "breaker" for s in decided):
        yield "CodeDeploy has no circuit breaker: only a person is left to notice."


def _undecided(facts: Facts) -> str:
    """Return why nothing ends a bad release that stays, unless the verdict says it already."""
    group = [s for s in facts.ranked if s.open >= ALWAYS and not any(s.signals.values())]
    if not group or facts.ranking.no_winner == "nothing_watches":
        return ""
    *first, last = _bystanders(facts, group)
    why = f"{', '.join(first)}, and {last}" if first else last
    return f"Nothing ends it{say.who(facts, group)}: {why}."


def _bystanders(facts: Facts, group: Sequence[StrategyFacts]) -> list[str]:
    """Return why neither alarms nor tests nor people end a bad release."""
    strategies = facts.scenario.resolved_strategies
    watched = any(strategies[s.name].alarms for s in group)
    testing = [s for s in group if any(t.sees for t in strategies[s.name].carrier.tests)]
    asking = [s for s in group if strategies[s.name].carrier.approvals]
    person = facts.scenario.operator
    texts = ["no alarm goes off" if watched else "no alarm watches"]
    if testing:
        texts.append(f"no test{say.who(facts, testing)} sees it")
    if person:
        share = percent(person.notices_share)
        texts.append(f"a person acts only once {share} of requests fail or are slow")
    elif not watched:
        texts.append("nobody is on call")
    if asking:
        texts.append(f"the person who is asked{say.who(facts, asking)} does not say no")
    return texts


def _share_on_bad_code(facts: Facts) -> str:
    shares = {s.name: facts.exposure(s) for s in facts.ranked if s.has("exposed_requests")}
    if len(shares) < 2 or max(shares.values()) < 1.25 * min(shares.values()):
        return ""
    ordered = [facts.strategies[name] for name in sorted(shares, key=lambda name: shares[name])]
    text = say.by_strategy(ordered, lambda s: percent(shares[s.name]))
    return f"Share of the traffic on the bad version until it is off: {text}."


def _diluted(facts: Facts) -> Iterator[str]:
    for name, (share, errors, threshold, until) in list(facts.diluted.items())[:1]:
        yield (f"At {percent(share)} of the traffic {name}'s errors are {percent(errors)} of all "
               f"requests, not above the alarm's {percent(threshold)}, until the next step after "
               f"{duration(until)}.")  # fmt: skip


def _going_back(facts: Facts) -> str:
    group = [s for s in facts.rows if s.ends.get(FAILS, 0.0) >= 0.5]
    schema = any(s.cause == "failed_schema" for s in group)
    because = ": the old version cannot read what the new one wrote" if schema else ""
    text = f"After going back, users still fail{say.who(facts, group, every=ALL)}{because}."
    return text if group else ""


def _causes(facts: Facts) -> str:
    hurt = [s for s in facts.rows if s.mean("failed_caused") >= FLOOR["failed_caused"]]
    hurt = [s for s in hurt if s in facts.ranked or not facts.bad or not facts.ranked]
    told = ("failed_app", "failed_schema" if _going_back(facts) else "") if facts.bad else ()
    groups = [pair for pair in say.by_text(hurt, lambda s: s.cause) if pair[0] not in told]
    parts = [f"{_cause(facts, cause, some)} ({say.names_of(some)})" for cause, some in groups]
    return f"Requests fail because {listed(parts)}." if parts else ""


def _cause(facts: Facts, cause: str, group: Sequence[StrategyFacts]) -> str:
    """Return a cause in words; an overload with what the tasks can carry."""
    words = facts.words
    kinds = {fault.tag() for release in facts.scenario.chain for fault in release.effective_faults}
    if cause == "failed_refused" and "connections" in kinds:
        return f"no connection is left for the new {words.tasks}"
    if cause == "failed_cut" and "task_hang" in facts.events:
        return f"they wait for a {words.task} that never answers"
    least = min(s.mean("min_headroom") for s in group)
    if cause != "failed_overload" or least >= 1.0:
        return words.fill(CAUSES[cause])
    few = f"{words.tasks} carry as little as {percent(least)} of the traffic for a while"
    return few if least >= HARDLY else f"hardly any {words.task} answers for a while"


def _capacity(facts: Facts) -> str:
    quiet = [s for s in facts.ranked if not s.has("failed_caused") and not s.has("slow_caused")]
    least = min((s.mean("min_headroom") for s in quiet), default=0.0)
    times = one_decimal(int(10 * min(least, IDLE)) / 10)
    who = capitalized(f"{facts.words.healthy} {facts.words.tasks}")
    text = f"{who} can always carry {times} times the traffic{say.who(facts, quiet)}."
    return text if 1.0 < least < IDLE else ""


def _connections(facts: Facts) -> str:
    """Return how long old tasks stay for their connections."""
    sockets = facts.scenario.traffic.websockets
    keeping = [s for s in facts.ranked if facts.kept(s)]
    if sockets is None or not sockets.open or not keeping:
        return ""
    grace = facts.scenario.service.termination_grace_period
    delay = facts.scenario.target_group.deregistration_delay if grace is None else grace
    words, left = facts.words, facts.words.end_of_connections.format(delay=duration(delay))
    stays = say.by_strategy(keeping, lambda s: duration(facts.kept(s)), link=" for ")
    return (f"Connections end when their {words.task} does: old {words.tasks} stay on with "
            f"{stays}, after the shift; otherwise {left}.")  # fmt: skip


def _sure(facts: Facts) -> Iterator[str]:
    """Tell how sure the order is: first and second, then rolling and blue-green."""
    ranked, winners = facts.ranked, facts.winners
    rest = [s for s in ranked if s not in winners]
    first = (facts.leader, rest[0]) if winners and rest else ()
    a, b = (next((s for s in ranked if s.kind == kind), None) for kind in say.SIDES)
    sides = sorted((a, b), key=ranked.index) if a and b else []
    sides = [] if all(s in first for s in sides) else sides
    for pair in (first, () if all(s in winners for s in sides) else sides):
        yield _pair(facts, *pair) if pair else ""
    yield from _rare(facts)


def _pair(facts: Facts, less: StrategyFacts, more: StrategyFacts) -> str:
    """Return in how many runs the one does less harm, and by how much on average."""
    metric = facts.apart(less, more)
    if not metric:
        return ""
    difference = facts.between(metric, more.name, less.name)
    won, n = difference.share_more or 0.0, difference.n_pairs
    clear = won >= NEARLY_ALL and more.mean(metric) > 2.0 * less.mean(metric)
    if clear or difference.ci95 is None or difference.ci95[0] <= 0.0:
        return ""
    by = " to ".join(map(short_count, difference.ci95))
    return (f"{say.subject([less])} beats {more.name} in {round(won * n):,} of {n:,} runs, by {by} "
            f"{say.KINDS[metric].things} on average.")  # fmt: skip


def _rare(facts: Facts) -> Iterator[str]:
    """Warn of means that few runs carry, or in which some weigh too much."""
    metric = facts.deciding
    for s in facts.rows:
        if few := s.metrics[metric].carried_by:
            yield (f"With {s.name} few runs carry the mean, {few} of {facts.runs:,}; a worse run "
                   "may be missing.")  # fmt: skip
        elif s.metrics[metric].skewed:
            yield f"With {s.name} a few bad runs weigh most: its ± is too small."
    if facts.runs < MANY_RUNS and any(not s.has(metric) for s in facts.rows):
        share = percent(3.0 / facts.runs)
        yield f"{facts.runs:,} runs may miss what happens in fewer than {share} of them."


def _price(facts: Facts) -> Iterator[str]:
    """Tell what dear strategies keep, and whose prices are taken where those are not given."""
    yield from _keeping(facts)
    if any(abs(s.cost or 0.0) >= FLOOR[COST] for s in facts.ranked):
        yield price_note(facts.scenario)


def _keeping(facts: Facts) -> Iterator[str]:
    """Tell what a good release costs with a dear winner, or with blue-green, and why."""
    priced = {s.name: cost for s in facts.ranked if (cost := s.cost) is not None}
    keeping = [s for s in (*facts.winners, *facts.ranked) if s.name in priced and facts.kept(s)]
    cheap = min((name for name in priced if priced[name] >= 0), key=priced.__getitem__, default="")
    if not keeping or not cheap or priced[keeping[0].name] - priced[cheap] < FLOOR[COST]:
        return
    s, tasks = keeping[0], facts.scenario.service.desired_count
    old = f"{quantity(tasks, f'old {facts.words.task}')} for {duration(facts.kept(s))}"
    against = f"against {say.price(facts.strategies[cheap])} with {cheap}"
    yield f"{say.subject([s])} keeps {old} per release: {say.price(s)}, {against}."


def _otherwise(facts: Facts) -> Iterator[str]:
    parts = [*_room(facts), facts.assumed.get("Otherwise", ""), _story(facts), _drill(facts)]
    yield from [part for part in parts if part][:2]


def _room(facts: Facts) -> Iterator[str]:
    """Tell the least maximum with which a stuck rolling deployment ships."""
    tasks = facts.scenario.service.desired_count
    for s in facts.out:
        own = facts.scenario.resolved_strategies[s.name]
        if isinstance(own, Rolling) and s.good and s.good.ends.get(STUCK, 0.0) >= NEARLY_ALL:
            percents = -(-100 * (tasks + 1) // tasks)
            yield (f"{say.subject([s])} ships with room for one more {facts.words.task}: --set "
                   f"strategies.{s.name}.maximum_percent={percents}.")  # fmt: skip


def _story(facts: Facts) -> str:
    """Name the story, or the faults of this service, that would change the answer."""
    if not facts.ranked or facts.events or len(facts.scenario.chain) > 1:
        return ""
    name, kinds = facts.scenario.name, [f.tag() for f in facts.scenario.release.effective_faults]
    in_gallery = name in builtin_scenarios()
    told = [STORIES[kind] for kind in kinds if kind in STORIES and (in_gallery or kind == "schema")]
    source = facts.source or (name if in_gallery else "")
    if source and not told and not (in_gallery and kinds):
        told = [f"{OWN[bool(kinds)]}: simdeploy compare {source} --faults"]
    return f"{told[0]}." if told and not told[0].endswith(f" {name}") else ""


def _drill(facts: Facts) -> str:
    """Return how long a release is on its way back that proves bad some time later."""
    times = {s.name: s.drill.mean for s in facts.ranked if s.drill and s.drill.mean is not None}
    ordered = sorted(times, key=times.__getitem__)
    fails = any(s.end == FAILS for s in facts.rows)
    if len(ordered) < 2 or fails or times[ordered[0]] > (1 - ALIKE) * times[ordered[-1]]:
        return ""
    groups: list[list[str]] = []
    for name in ordered:
        if not groups or times[groups[-1][0]] < (1 - ALIKE) * times[name]:
            groups.append([])
        groups[-1].append(name)
    parts = [f"{text_range(duration(times[g[0]]), duration(times[g[-1]]))} with {listed(g)}"
             for g in groups]  # fmt: skip
    after = duration(facts.scenario.drill_after)
    return f"To take back a release that proves bad {after} after it is live: {', '.join(parts)}."


def _assumed(facts: Facts) -> Iterator[str]:
    yield (measured := facts.assumed.get("Assumed", ""))
    more, n = "" if measured else "; which of them decide: --why", facts.defaults
    words = "value is at its default" if n == 1 else "values are at their defaults"
    yield f"{n} {words}: --assumptions{more}." if n else ""
