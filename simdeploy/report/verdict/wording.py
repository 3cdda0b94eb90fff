"""What the sentences of a verdict share: labels, names of harm and strategies, and the contest."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from simdeploy.report.words import capitalized, duration, listed, short_count
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: Names of the metrics of harm.
HARM_WORDS = {
    "failed_caused": "failed requests",
    "exposed_requests": "requests served by bad code",
    "slow_caused": "slow requests",
}
#: Names of the signals that decide to go back.
SIGNALS: dict[str, str] = {
    "breaker": "the circuit breaker",
    "alarm": "the alarm",
    "install_timeout": "the install timeout",
    "operator": "a person",
}
#: A bad day counts as worse from a tenth on.
WORSE = 1.1
#: An ending is usual if at least this share of runs has it.
MOST = 0.5


class Sentence(NamedTuple):
    """A sentence or two of the paragraph under its label, which is empty for the first."""

    label: str
    text: str


class Contest(NamedTuple):
    """The winner, its rival, and in what the rival is better (empty: in nothing).

    ``but`` is ``live`` where the winner leaves a bad release live that the rival stops, and
    ``bad_day`` where the rival fails fewer requests in 1 run of 20.
    """

    best: StrategyFacts
    other: StrategyFacts
    but: str = ""


def contest(facts: VerdictFacts) -> Contest | None:
    """Return the two strategies that the paragraph compares; None with fewer than two ranked."""
    if len(facts.ranked) < 2:
        return None
    best, second = facts.ranked[:2]
    if len(facts.best) > 1:
        return Contest(best, facts.others[0] if facts.others else second)
    if not best.fails:
        return Contest(best, second)
    stopping = [other for other in facts.others if mostly(other, "stopped")]
    if mostly(best, "escaped") and stopping:
        return Contest(best, stopping[0], "live")
    rival = min(facts.ranked, key=lambda strategy: strategy.bad_day["failed_caused"])
    if best.bad_day["failed_caused"] > WORSE * rival.bad_day["failed_caused"] + 1:
        return Contest(best, rival, "bad_day")
    return Contest(best, second)


def mostly(strategy: StrategyFacts, verdict: str) -> bool:
    """Return whether at least half of a strategy's runs end with a verdict."""
    return strategy.verdicts.get(verdict, 0.0) >= MOST


def labeled(label: str, parts: Iterable[str]) -> list[Sentence]:
    """Return clauses as one sentence under its label; nothing without any."""
    text = "; ".join(part for part in parts if part)
    return [Sentence(label, f"{text}.")] if text else []


def requests(amount: float) -> str:
    """Return a number of requests.

    >>> requests(1), requests(41_321.4), requests(0.3)
    ('1 request', '41,300 requests', '0.3 requests')
    """
    number = short_count(amount)
    return f"{number} request{'' if number == '1' else 's'}"


def harm_clause(strategy: StrategyFacts) -> str:
    """Return a strategy's harm to users as a verb and its object."""
    if strategy.fails and not strategy.hurts:
        return _hardly(strategy)
    if strategy.fails:
        failed = requests(strategy.mean["failed_caused"])
        return f"fails {failed} (downtime {_downtime(strategy)})"
    if strategy.exposes:
        return f"serves {requests(strategy.mean.get('exposed_requests', 0.0))} with bad code"
    if strategy.slows:
        return f"slows down {requests(strategy.mean['slow_caused'])}"
    return "hurts nobody"


def _hardly(strategy: StrategyFacts) -> str:
    """Return failures in some runs that are negligible on average or beside the baseline's."""
    if strategy.anyway >= 0.5:
        return "fails no more requests than fail without a deployment"
    most = requests(strategy.worst["failed_caused"])
    return f"fails {requests(strategy.mean['failed_caused'])} on average, {most} in the worst run"


def harm_sentence(strategies: Sequence[StrategyFacts]) -> str:
    """Return each strategy's harm; only the first strategy with failures is described in full."""
    clauses, failing = [], False
    for strategy in strategies:
        is_short = failing and strategy.hurts
        clauses.append(f"{strategy.name} {(_short if is_short else harm_clause)(strategy)}")
        failing = failing or strategy.hurts
    return f"{capitalized(listed(clauses))}." if clauses else ""


def _short(strategy: StrategyFacts) -> str:
    return f"{short_count(strategy.mean['failed_caused'])} ({_downtime(strategy)})"


def _downtime(strategy: StrategyFacts) -> str:
    """Return the downtime that the deployment causes."""
    return duration(max(0.0, strategy.mean.get("downtime_caused", 0.0)))


def names_of(strategies: Sequence[StrategyFacts], word: str = "and") -> str:
    """Return the names of some strategies as a list."""
    return listed([strategy.name for strategy in strategies], word)


def group_name(facts: VerdictFacts, group: Sequence[StrategyFacts]) -> str:
    """Return strategies' names; if only one of four or more is missing, ``all but`` its name."""
    names, every = [strategy.name for strategy in group], list(facts.strategies)
    if len(every) > 1 and len(names) == len(every):
        return "every strategy"
    if len(every) > 3 and len(names) == len(every) - 1:
        return f"all but {next(name for name in every if name not in names)}"
    return listed(names)
