"""What users suffer from a strategy, in words; and how a sentence of the paragraph is kept."""

from collections.abc import Sequence
from typing import NamedTuple

from simdeploy.report.words import capital, count, duration, listed
from simdeploy.results.verdict_facts import StrategyFacts, VerdictFacts

#: Harm by its metric: what it is called.
HARM_WORDS = {
    "failed_caused": "failed requests",
    "exposed_requests": "requests served by bad code",
    "slow_caused": "slow requests",
}
#: Who decides to go back, in words.
SIGNALS: dict[str, str] = {
    "breaker": "the circuit breaker",
    "alarm": "the alarm",
    "install_timeout": "the install timeout",
    "operator": "a person",
}


class Sentence(NamedTuple):
    """A sentence or two of the paragraph under its label, which is empty for the first."""

    label: str
    text: str


def requests(amount: float) -> str:
    """Return a number of requests.

    >>> requests(1), requests(41_321.4), requests(0.3)
    ('1 request', '41,300 requests', '0.3 requests')
    """
    told = count(amount)
    return f"{told} request{'' if told == '1' else 's'}"


def harm(one: StrategyFacts) -> str:
    """Return what users suffer from a strategy, as a verb and its object."""
    if one.fails and not one.hurts:
        return _hardly(one)
    if one.fails:
        return f"fails {requests(one.mean['failed_caused'])} (downtime {_downtime(one)})"
    if one.exposes:
        return f"serves {requests(one.mean.get('exposed_requests', 0.0))} with bad code"
    if one.slows:
        return f"slows down {requests(one.mean['slow_caused'])}"
    return "hurts nobody"


def _hardly(one: StrategyFacts) -> str:
    """Tell of some runs with failures that are nothing on average, or beside what fails anyway."""
    if one.anyway >= 0.5:
        return "fails no more requests than fail without a deployment"
    most = requests(one.worst["failed_caused"])
    return f"fails {requests(one.mean['failed_caused'])} on average, {most} in the worst run"


def harms(strategies: Sequence[StrategyFacts]) -> str:
    """Return what users suffer from each; of those that fail requests only the first in full."""
    told, failing = [], False
    for one in strategies:
        told.append(f"{one.name} {_short(one) if failing and one.hurts else harm(one)}")
        failing = failing or one.hurts
    return f"{capital(listed(told))}." if told else ""


def _short(one: StrategyFacts) -> str:
    return f"{count(one.mean['failed_caused'])} ({_downtime(one)})"


def _downtime(one: StrategyFacts) -> str:
    """Return the part of the downtime that the deployment causes, in proportion."""
    failed = one.mean.get("failed_requests", 0.0)
    part = one.mean["failed_caused"] / failed if failed else 0.0
    return duration(part * one.mean.get("downtime_s", 0.0))


def whom(facts: VerdictFacts, group: Sequence[StrategyFacts]) -> str:
    """Return some strategies by name; nearly all of them by who is not among them."""
    names, every = [one.name for one in group], list(facts.strategies)
    if len(every) > 1 and len(names) == len(every):
        return "every strategy"
    if len(every) > 3 and len(names) == len(every) - 1:
        return f"all but {next(name for name in every if name not in names)}"
    return listed(names)
