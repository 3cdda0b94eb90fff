"""What must be true of every answer: its sentences against its rows, and the rule of the winner.

Everything here is derived anew from the facts, not by the functions that write the answer.
"""

import re

from simdeploy.report.answer.facts import HARM
from simdeploy.report.words import duration, money, percent, short_count
from simdeploy.semantics.checks import seconds_until_recovered

NUMBER = re.compile(
    r"[−-]?<?\$[\d.,]+\d|\d+h\d\dm|\d+h\b|\d+m\d\ds|\d+m\b|<?[\d.]+s\b|\d[\d.]* M\b"
    r"|[<>]?[\d.,]*\d %|\d+(?:,\d{3})*(?:\.\d+)?"
)
#: Words in which numbers are no facts: commands, settings, names with digits.
CODE = re.compile(
    r"--set \S+|simdeploy compare \S+|--\w+|\S*\{[^}]*\}\S*|[a-z_]+(?:\.(?:\{[^}]*\}|[\w-]+))+"
)
POINTS, SHIPS, NEARLY = 0.05, 0.95, 1.0 - 1e-9


def mean(strategy, metric):
    """Return the mean harm of a strategy; less than without a deployment is none."""
    return max(0.0, strategy.metrics[metric].mean or 0.0)


def kinds(facts):
    """Return the kinds of harm that count."""
    return [m for m in HARM if m != "exposed_requests" or facts.wrong]


def is_level(facts, metric, a, b):
    """Return whether two strategies are about level, by the four rules."""
    gap, larger = abs(mean(a, metric) - mean(b, metric)), max(mean(a, metric), mean(b, metric))
    if gap < 10 or gap < 0.05 * larger:
        return True
    difference = facts.between(metric, a.name, b.name)
    if difference.ci95 is None or difference.ci95[0] <= 0 <= difference.ci95[1]:
        return True
    fewer, more = difference.share_fewer, difference.share_more
    agree = max(fewer, more) >= 0.75 * (fewer + more) - 1e-9
    return not agree and gap <= 0.5 * larger


def values(facts, strategy):
    """Return the numbers of which less is better, by their rank."""
    harm = [mean(strategy, metric) for metric in kinds(facts)]
    return [*harm, strategy.left, *([-strategy.by_itself] if facts.undoing else [])]


def wrong_winners(facts):
    """Say where a winner is beaten, or a strategy is left out for nothing."""
    said = []
    winners, ranked = facts.winners, facts.ranked
    for strategy in facts.strategies.values():
        ships = strategy.good is None or strategy.good.ships >= SHIPS
        if ships != (strategy in ranked):
            said.append(f"{strategy.name} ships {strategy.good.ships}, and is ranked: {not ships}")
    right = first_group(facts)
    if winners and {s.name for s in winners} != right:
        said.append(f"the winners are {[s.name for s in winners]}, by the rule {sorted(right)}")
    return said


def first_group(facts):
    """Return the winners by the rule: each criterion in turn keeps the best and those level."""
    # In the order of the file: of two with the least harm the first one counts as the best.
    kept = [s for s in facts.strategies.values() if s in facts.ranked]
    if not kept:
        return set()
    for place, criterion in enumerate(order(facts)):
        best = min(kept, key=lambda s: values(facts, s)[place])
        kept = [s for s in kept if s is best or level_in(facts, criterion, best, s)]
    leader = min(kept, key=lambda s: values(facts, s), default=None)
    return {s.name for s in kept if not parted(facts, leader, s)}


def order(facts):
    """Return the criteria that count, in their order."""
    return [*kinds(facts), "left", *(["by_itself"] if facts.undoing else [])]


def level_in(facts, criterion, a, b):
    """Return whether two strategies are level in a criterion."""
    if criterion in HARM:
        return is_level(facts, criterion, a, b)
    return abs(getattr(a, criterion) - getattr(b, criterion)) < POINTS - 1e-9


def parted(facts, a, b):
    """Return in what two strategies first differ."""
    return next((c for c in order(facts) if not level_in(facts, c, a, b)), "")


def known_numbers(facts, made):
    """Return every number that a sentence may use, as it is written."""
    texts = [cell.text for row in made.rows for cell in row.cells]
    known = {number for text in texts for number in NUMBER.findall(text)}
    known |= {number for text in _settings(facts.scenario) for number in NUMBER.findall(text)}
    for strategy in facts.rows:
        known |= set(_of_strategy(facts, strategy))
        for other in facts.rows:
            known |= set(_of_pair(facts, strategy, other))
    known |= {percent(min(s.by_itself for s in facts.winners))} if facts.winners else set()
    shares = (facts.failing_anyway, facts.slow_anyway)
    known |= {short_count(part) for part in shares}
    known |= {percent(part / facts.requests) for part in shares if facts.requests}
    known |= {short_count(facts.rate), percent(3.0 / facts.runs), f"{facts.runs:,}"}
    known |= {str(facts.defaults), "100"}
    between = len(facts.rows) - len(facts.winners)
    return known | {str(n) for n in range(between)}


def _settings(scenario):
    """Yield the numbers of the scenario in all the units in which a sentence may say them."""
    service, group = scenario.service, scenario.target_group
    capacity = service.capacity_rps * service.desired_count
    yield short_count(capacity)
    for seconds in (scenario.horizon, scenario.drill_after, group.deregistration_delay,
                    service.health_check_grace_period):  # fmt: skip
        yield duration(seconds)
    yield str(service.desired_count)
    check, boot = group.health_check, service.startup.boot
    first = min(check.interval, check.first_check.quantile(NEARLY))
    needed = seconds_until_recovered(
        boot.quantile(0.95), check.interval, first, check.unhealthy_threshold,
        check.healthy_threshold,
    )  # fmt: skip
    yield duration(needed)
    yield from ("19", "20", str(check.unhealthy_threshold))  # 19 of 20 tasks; failed checks
    yield duration(scenario.operator.retry_after if scenario.operator else 0.0)
    yield percent(scenario.operator.notices_share if scenario.operator else 0.0)
    for strategy in scenario.resolved_strategies.values():
        for key in ("termination_wait", "bake_time", "wait"):
            if isinstance(getattr(strategy, key, None), int | float):
                yield duration(getattr(strategy, key))
        yield str(len(strategy.alarms))
        yield str(len(strategy.carrier.hooks))
        if getattr(strategy, "percent", None) is not None:
            share = float(strategy.percent) / 100
            rates = [getattr(f, "rate", 0.0) for r in scenario.chain for f in r.faults]
            yield from (percent(share), *(percent(share * rate) for rate in rates))
    yield from (percent(alarm.threshold) for alarm in scenario.alarms)
    for event in scenario.environment.events:
        for key in ("at", "from_", "until", "tasks", "factor", "probability"):
            value = getattr(event, key, None)
            if isinstance(value, int | float):
                yield from (duration(value), f"{value:g}", percent(value))


def _of_strategy(facts, strategy):
    """Yield the numbers of a strategy: means net of the baseline, shares, times, cost."""
    for metric in (*HARM, "side_effects_left"):
        yield short_count(mean(strategy, metric))
        yield str(strategy.metrics[metric].carried_by)
    for metric in ("downtime_caused", "mixed_s"):
        yield duration(max(0.0, strategy.metrics[metric].mean or 0.0))
    for summary in (strategy.decided, strategy.decided_in, strategy.rollback, strategy.drill):
        if summary is not None and summary.mean is not None:
            yield duration(summary.mean)
    for share in (strategy.open, strategy.left, *strategy.ends.values()):
        yield percent(share)
    headroom = strategy.metrics["min_headroom"].mean or 0.0
    yield f"{int(10 * headroom) / 10:.1f}".removesuffix(".0")
    yield percent(headroom)
    usual = facts.rate * (strategy.metrics["bad_s"].mean or 0.0)
    if usual:
        yield percent(min(1.0, (strategy.metrics["exposed_requests"].mean or 0.0) / usual))
    if strategy.good is not None:
        yield percent(strategy.good.ships)
        yield percent(1.0 - strategy.good.ships)
        if strategy.good.cost.mean is not None:
            yield money(strategy.good.cost.mean)


def _of_pair(facts, a, b):
    """Yield the numbers of two strategies: ratios of harm, paired differences."""
    for metric in kinds(facts):
        low, high = mean(a, metric), mean(b, metric)
        if low >= 10 and high >= low:
            ratio = high / low
            yield f"{ratio:.1f}".removesuffix(".0") if ratio < 9.95 else str(round(ratio))
        if a is not b:
            difference = facts.between(metric, a.name, b.name)
            yield f"{round((difference.share_more or 0.0) * difference.n_pairs):,}"
            yield f"{difference.n_pairs:,}"
            yield from (short_count(end) for end in difference.ci95 or ())


def unknown_numbers(facts, made):
    """Say which numbers of the sentences are found nowhere."""
    known = known_numbers(facts, made)
    said = []
    for text in (*made.verdict, *(sentence.text for sentence in made.sentences)):
        bare = CODE.sub(" ", text)
        names = [*facts.strategies, *(alarm.name for alarm in facts.scenario.alarms)]
        for name in sorted(names, key=len, reverse=True):
            bare = re.sub(re.escape(name), " ", bare, flags=re.IGNORECASE)
        missing = [number for number in NUMBER.findall(bare) if number not in known]
        said += [f"{number!r} of {text!r} is in no row" for number in missing]
    return said


def _group(facts, text):
    """Return the strategies that a text names."""
    low, found = text.lower(), []
    for name in sorted(facts.strategies, key=len, reverse=True):
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", low):
            found.append(facts.strategies[name])
            low = low.replace(name, "")
    return found


def contradictions(facts, made):
    """Say where a sentence says something else than the rows."""
    said, text = [], " ".join(made.verdict)
    if facts.winners:
        head = next(s for s in made.verdict if _is_head(s))
        named = {s.name for s in _group(facts, head)}
        others = {s.name for s in facts.rows} - {s.name for s in facts.winners}
        right = others if head.startswith("Any but") else {s.name for s in facts.winners}
        if not head.startswith("Any of") and named != right:
            said.append(f"{head!r} does not name the winners")
    for clause in re.split(r"[.;…:] ", text):
        said += _against_rows(facts, clause)
    return said


def _is_head(sentence):
    return not re.search(r"capacity|without any|No strategy ends|reques", sentence)


def _against_rows(facts, clause):
    """Compare one clause with the rows of those that it names."""
    pronoun = re.match(r"(It|They) ", clause)
    group = facts.winners if pronoun else _group(facts, clause)
    said = []
    if re.search(r"fails? no request", clause):
        first = group if pronoun else _group(facts, clause.split("no request")[0].split(",")[-1])
        said += [
            f"{s.name} fails, but {clause!r}" for s in first if s.worst["failed_caused"] >= 0.5
        ]
    if "hurt nobody" in clause or "hurts nobody" in clause:
        said += [f"{s.name} hurts, but {clause!r}" for s in group
                 if any(s.worst[m] >= 0.5 for m in HARM)]  # fmt: skip
    if "are about level" in clause and len(group) == 2:
        by = next((m for m in kinds(facts) if not is_level(facts, m, *group)), "")
        said += [f"{by} differs, but {clause!r}"] if by else []
    if "the cheapest" in clause:
        costs = {s.name: s.good.cost.mean for s in facts.winners}
        cheap = _group(facts, clause.split("the cheapest")[0])
        said += [f"{s.name} is not the cheapest" for s in cheap
                 if costs[s.name] >= min(costs.values()) + 0.01]  # fmt: skip
    if "this without a person" in clause:
        share = min(s.by_itself for s in facts.winners)
        told = share >= SHIPS or percent(share) in clause
        said += [] if told else [f"only {share} end by themselves, but {clause!r}"]
    return said


def untruths(facts, made):
    """Return everything that is wrong with an answer."""
    return [*wrong_winners(facts), *unknown_numbers(facts, made), *contradictions(facts, made)]
