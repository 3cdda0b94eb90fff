"""The sentences on a change: what it buys, what it costs, how sure that is."""

from collections.abc import Callable, Iterator, Sequence

from simdeploy.report.answer.facts import Facts
from simdeploy.report.answer.model import Sentence
from simdeploy.report.answer.wording import KINDS
from simdeploy.report.change.settings import Setting
from simdeploy.report.words import (
    capitalized,
    duration,
    listed,
    money,
    percent,
    short_count,
)
from simdeploy.results.change import DECIDED, DONE_AFTER, SHIPS, Change, Step
from simdeploy.results.ranking import BY_ITSELF, COST, HARM, LEFT, LIVE_AFTER

#: What less and more of a quantity is, in words that follow "it buys" and "it costs".
WORDS = {
    SHIPS: ("fewer good releases that ship", "more good releases that ship"),
    LEFT: ("fewer runs that leave users hurt", "more runs that leave users hurt"),
    BY_ITSELF: ("fewer decisions without a person", "more decisions without a person"),
    DECIDED: ("a sooner decision to go back", "a later decision to go back"),
    LIVE_AFTER: ("a good release that is live sooner", "a good release that is live later"),
    DONE_AFTER: ("a good release that is done sooner", "a good release that is done later"),
    COST: ("a cheaper good release", "a dearer good release"),
} | {metric: (f"fewer {kind.header}", f"more {kind.header}") for metric, kind in KINDS.items()}
#: Strategies named with their numbers; of more only the names stand.
NUMBERED = 3
#: Settings that are named; of the others only their number is.
SETTINGS = 5


def writer(quantity: str) -> Callable[[float], str]:
    """Return what writes a quantity in words."""
    if quantity in {SHIPS, LEFT, BY_ITSELF}:
        return percent
    if quantity in HARM:
        return _count
    return money if quantity == COST else duration


def _count(value: float) -> str:
    return short_count(value) if value >= 0.5 else "0"


def verdict(change: Change) -> list[str]:
    """Return what the change buys and what it costs, most important first, and who is best."""
    buys, costs = ([_phrase(change, steps) for steps in _by_quantity(change, better=better)]
                   for better in (True, False))  # fmt: skip
    if not buys and not costs:
        head = "The change makes no difference that matters: all is about level."
    elif not costs:
        head = f"The change buys {_list(buys)}. It costs nothing that matters."
    elif not buys:
        head = f"The change buys nothing that matters. It costs {_list(costs)}."
    else:
        head = f"The change buys {_list(buys)}. It costs {_list(costs)}."
    return [head, *_best(change)]


def _list(phrases: Sequence[str]) -> str:
    """Return phrases as a list; with commas inside, apart by semicolons."""
    return "; ".join(phrases) if any("," in text for text in phrases) else listed(phrases)


def _by_quantity(change: Change, *, better: bool) -> Iterator[list[Step]]:
    """Yield the steps to the better, or to the worse, of each quantity that has any."""
    for quantity in change.quantities:
        steps = [s for s in change.steps if s.quantity == quantity and s.sign]
        steps = [s for s in steps if s.is_better == better]
        if steps:
            yield steps


def _phrase(change: Change, steps: Sequence[Step]) -> str:
    """Return a quantity and with whom it changes: ``fewer failed requests with rolling (…)``."""
    less, more = WORDS[steps[0].quantity]
    write = writer(steps[0].quantity)
    words = more if steps[0].sign > 0 else less
    if len(steps) <= NUMBERED:
        return f"{words} with {listed([_numbers(step, write) for step in steps])}"
    names = [s.strategy for s in steps]
    others = [name for name in change.strategies if name not in names]
    whom = "all" if not others else f"all but {others[0]}" if len(others) == 1 else listed(names)
    return f"{words} with {whom}"


def _numbers(step: Step, write: Callable[[float], str]) -> str:
    return f"{step.strategy} ({write(step.before or 0.0)} → {write(step.after or 0.0)})"


def _best(change: Change) -> Iterator[str]:
    """Say which strategies are best, before and after."""
    was, now = (side.ranking.winners for side in (change.before, change.after))
    if len(change.strategies) < 2 or not was or not now:
        return
    names = listed(now, "or")
    if set(was) == set(now):
        yield f"Best before and after: {names}."
    else:
        yield f"Best before: {listed(was, 'or')}; best after: {names}."


def labels(change: Change, settings: Sequence[Setting], after: Facts) -> list[Sentence]:
    """Return the sentences under the table: what differs, how sure, what is not compared."""
    parts = {
        "Changed": _changed(settings),
        "Sure?": " ".join(_sure(change)),
        "Not here": " ".join(_left_out(change)),
        "Horizon": _horizon(change, after),
    }
    return [Sentence(label, text) for label, text in parts.items() if text]


def _changed(settings: Sequence[Setting]) -> str:
    if not settings:
        return "Nothing that is simulated: the scenarios are the same."
    more = len(settings) - SETTINGS
    shown = settings if more <= 0 else settings[:SETTINGS]
    rest = f"; and {more} more" if more > 0 else ""
    return f"{'; '.join(map(str, shown))}{rest}."


def _sure(change: Change) -> Iterator[str]:
    """Tell in how many runs a strategy does less harm, or more, and by how much on average."""
    first = next((steps for steps in _harmed(change)), [])
    for step in first[:NUMBERED]:
        difference = step.difference
        if difference is None or difference.ci95 is None:
            continue
        ends = sorted(abs(end) for end in difference.ci95)
        share = difference.share_fewer if step.sign < 0 else difference.share_more
        words = "fewer" if step.sign < 0 else "more"
        n = difference.n_pairs
        yield (f"{capitalized(step.strategy)}: {words} {KINDS[step.quantity].header} in "
               f"{round((share or 0.0) * n):,} of {n:,} runs, by {short_count(ends[0])} to "
               f"{short_count(ends[1])} on average.")  # fmt: skip


def _harmed(change: Change) -> Iterator[list[Step]]:
    for quantity in change.quantities:
        steps = [s for s in change.steps if s.quantity == quantity and s.sign and quantity in HARM]
        if steps:
            yield steps


def _left_out(change: Change) -> Iterator[str]:
    for when, names in (("before", change.only_before), ("after", change.only_after)):
        if names:
            yield f"Only {when}, so not compared: {listed(names)}."


def _horizon(change: Change, after: Facts) -> str:
    before = change.before.scenario.horizon
    if before == after.scenario.horizon:
        return ""
    return (f"Before, each run is followed for {duration(before)}, after for "
            f"{duration(after.scenario.horizon)}: what goes on to the end counts "
            "differently.")  # fmt: skip
