"""What takes runs of its own: which assumptions make the deciding number, and where it turns.

Of the values at their defaults that can matter, each is doubled and halved on the same luck, with
few runs; the one that moves the deciding number of the first or the second strategy most is named.
Then a value is sought at which the two are level.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from simdeploy.distributions import Distribution
from simdeploy.engines import replicate
from simdeploy.errors import SimdeployError
from simdeploy.report.answer.assumptions import written
from simdeploy.report.answer.facts import FLOOR, Facts, StrategyFacts
from simdeploy.report.answer.wording import KINDS
from simdeploy.report.words import duration, money, short_count
from simdeploy.results.ranking import COST
from simdeploy.scenario import Scenario, load_scenario_text
from simdeploy.scenario.assumed import OF_COST, OF_HARM, assumptions, scales, setting
from simdeploy.scenario.writing import dump_scenario

RUNS, CANDIDATES, STEPS = 200, 8, 6
#: No further candidate is tried after so long (s).
PATIENCE = 3.0
#: A change that moves the deciding number by less of it does not decide.
MOVES = 0.1
#: Factors between which a crossing is sought.
LEAST, MOST = 0.25, 4.0
#: Traffic beyond this part of the capacity swamps every difference.
BELOW = 0.95
#: Values whose crossing is of interest even where a file gives them.
CROSSED = ("release.faults.errors.rate", "traffic.rate")


class Number(NamedTuple):
    """The number that decides: how it is read from rows, its words, its name, what is too small."""

    of: Callable[[Any], float]
    write: Callable[[float], str]
    what: str
    floor: float


def measured(facts: Facts) -> Facts:
    """Return the facts with sentences on assumptions and on where the answer turns."""
    ranked = [facts.leader] * bool(facts.ranked) + [
        s for s in facts.ranked[1:] if s not in facts.winners
    ][:1]
    if not ranked:
        return facts
    number, text = _number(facts, ranked), dump_scenario(facts.scenario)
    play = partial(_play, text, facts.seed, number)
    moved = list(_moved(facts, ranked, play, number.floor))
    best = max(moved, key=lambda entry: entry[0], default=(0.0, "", None, ranked[0]))
    said = {"Assumed": _assumed(best, play, number)}
    paths = [best[1]] if best[0] >= MOVES else []
    if len(ranked) > 1:
        said["Otherwise"] = _crossing(facts, ranked, [*paths, *CROSSED], play)
    return replace(facts, assumed=said)


def _number(facts: Facts, ranked: list[StrategyFacts]) -> Number:
    """Return the number that decides between first and second."""
    metric = facts.deciding
    if max(s.mean(metric) for s in ranked) >= FLOOR[metric]:
        return Number(partial(_mean, metric), short_count, KINDS[metric].header, FLOOR[metric])
    if facts.bad and any(s.decided_in.n for s in ranked):
        return Number(partial(_decision, facts.scenario.horizon), duration, "time to decide", 5.0)
    return Number(partial(_mean, COST), money, "extra cost", FLOOR[COST])


def _mean(metric: str, rows: Any) -> float:
    return float(rows[metric].mean())


def _decision(horizon: float, rows: Any) -> float:
    return float(np.minimum(np.nan_to_num(rows["decision_s"], nan=horizon), horizon).mean())


def _play(text: str, seed: int, number: Number, strategy: str, changes: list[str]) -> float | None:
    """Return the number of a strategy with some settings; None where they are no scenario."""
    try:
        made = load_scenario_text(text, overrides=changes)
        rows = replicate(made, strategy, seed=seed, lo=0, hi=RUNS)
    except SimdeployError:
        return None
    return number.of(rows)


Play = Callable[[str, list[str]], float | None]
Moved = tuple[float, str, Any, StrategyFacts]


def _moved(facts: Facts, ranked: list[StrategyFacts], play: Play, floor: float) -> Iterator[Moved]:
    """Yield by how much each candidate moves the number, and of which strategy most."""
    until = time.monotonic() + PATIENCE
    usual = {s.name: play(s.name, []) or 0.0 for s in ranked}
    for path, value in _candidates(facts, ranked):
        if time.monotonic() > until:
            return
        for strategy in ranked:
            changed = [play(strategy.name, setting(path, value, f)) for f in (2.0, 0.5)]
            gaps = [abs(n - usual[strategy.name]) for n in changed if n is not None]
            if max(gaps, default=0.0) >= floor and usual[strategy.name]:
                yield max(gaps) / abs(usual[strategy.name]), path, value, strategy


def _candidates(facts: Facts, ranked: list[StrategyFacts]) -> list[tuple[str, Any]]:
    """Return the values at their defaults that can make the number, likeliest first."""
    values = assumptions(facts.scenario)
    words = OF_HARM if facts.bad or deciding_harm(facts, ranked) else OF_COST
    found = [(path, value) for word in words for path, value in values.items()
             if word in path and scales(value)]  # fmt: skip
    return list(dict(found).items())[:CANDIDATES]


def deciding_harm(facts: Facts, ranked: list[StrategyFacts]) -> bool:
    """Return whether a harm decides, not time or cost."""
    metric = facts.deciding
    return max(s.mean(metric) for s in ranked) >= FLOOR[metric]


def _assumed(best: Moved, play: Play, number: Number) -> str:
    """Return the assumption that makes most of the deciding number, or that none does."""
    moves, path, value, strategy = best
    if moves < MOVES:
        return "Nothing that decides."
    usual = play(strategy.name, []) or 0.0
    start = f"{path} ({_value(path, value)}) makes"
    whose = f"{strategy.name}'s {number.what}"
    without = None if path == "traffic.rate" else play(strategy.name, setting(path, value, 0.0))
    if without is None or without >= usual:
        return f"{start} the most of {whose}; set your own."
    part = f"{number.write(usual - without)} of the {number.write(usual)}"
    share = "most" if usual - without > 0.5 * usual else "part"
    return f"{start} {share} of {whose} ({part}); set your own."


def _value(path: str, value: Any) -> str:
    """Return a value with its unit, where it is a time."""
    if isinstance(value, Distribution):
        ends = [value.quantile(u) for u in (0.0, 1.0)] if value.kind == "uniform" else []
        return " to ".join(map(duration, ends)) if ends else written(value)
    return short_count(value) if path == "traffic.rate" else duration(value)


def _crossing(facts: Facts, ranked: list[StrategyFacts], paths: list[str], play: Play) -> str:
    """Return a value at which first and second are level; empty if none is found."""
    first, second = (s.name for s in ranked)
    for path in dict.fromkeys(paths):
        place, value = _given(facts.scenario, path)
        if not scales(value) or not value:
            continue

        def ahead(factor: float, place: str = place, value: Any = value) -> float | None:
            changes = setting(place, value, factor)
            ends = [play(name, changes) for name in (second, first)]
            return None if None in ends else (ends[0] or 0.0) - (ends[1] or 0.0)

        capacity = facts.scenario.service.capacity_rps * facts.scenario.service.desired_count
        most = BELOW * capacity / value if path == "traffic.rate" else MOST
        if factor := crossing(ahead, min(MOST, most)):
            made = value.scaled(factor) if isinstance(value, Distribution) else value * factor
            about = _share_or_value(path, made)
            return (f"With {path} at about {about}, not {_share_or_value(path, value)}, {first} "
                    f"and {second} are level.")  # fmt: skip
    return ""


def _share_or_value(path: str, value: Any) -> str:
    return f"{100 * value:.2g} %" if path.endswith("errors.rate") else _value(path, value)


def crossing(ahead: Callable[[float], float | None], most: float = MOST) -> float | None:
    """Return the factor, from ×¼ to ``most``, at which a lead is lost; None if it never is.

    >>> round(crossing(lambda factor: 2.0 - factor), 1), crossing(lambda factor: 5.0 - factor)
    (2.0, None)
    """
    for end in (most, LEAST):
        near, far = 1.0, end
        lead, there = ahead(near), ahead(far)
        if lead is None or there is None or lead <= 0 or there > 0:
            continue
        for _ in range(STEPS):
            middle = (near * far) ** 0.5
            now = ahead(middle)
            if now is None:
                break
            near, far = (middle, far) if now > 0 else (near, middle)
        return float((near * far) ** 0.5)
    return None


def _given(scenario: Scenario, path: str) -> tuple[str, Any]:
    """Return a path that ``--set`` takes, and its value; None where there is none."""
    if path == "release.faults.errors.rate":
        faults = [f for f in scenario.release.faults if f.tag() == "errors"]
        return path, getattr(faults[0], "rate", None) if faults else None
    if path == "traffic.rate":
        steady = scenario.traffic.steps is None and scenario.traffic.daily is None
        return path, scenario.traffic.rate if steady else None
    return path, assumptions(scenario).get(path)
