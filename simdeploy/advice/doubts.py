"""Defaults of a scenario that change who is cheapest: doubled and halved, on the same luck."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from simdeploy.advice.amounts import amounts_of
from simdeploy.advice.expected import LEAST, MOST, Costs, Crossing, Estimate
from simdeploy.distributions import Distribution
from simdeploy.engines import replicate
from simdeploy.errors import SimdeployError
from simdeploy.scenario import Scenario, load_scenario_text
from simdeploy.scenario.assumed import OF_HARM, assumptions, scales, setting
from simdeploy.scenario.writing import dump_scenario

if TYPE_CHECKING:
    from simdeploy.advice.mix import Mix

#: Least and most runs per setting and kind of release; most values that are tried; steps to a
#: crossing.
FEWEST, RUNS, CANDIDATES, STEPS = 20, 100, 8, 4
#: Settings that are played of each value, and as they are.
SETTINGS = 2 * CANDIDATES + 1
#: Values that can make a cost, likeliest first.
LIKELY = (*OF_HARM, "termination_wait")
#: Blocks that a kind of release brings along.
OWN = ("release", "environment", "horizon")


class Doubting(NamedTuple):
    """How it is played: runs of each setting, strategy and kind; seed; threads, None for all cores.

    ``add`` is called with the number of runs that were played.
    """

    runs: int
    seed: int
    threads: int | None
    add: Callable[[int], None]


def doubted_defaults(
    cases: Mapping[str, Scenario], mix: "Mix", rivals: tuple[str, str], how: Doubting
) -> Iterator[Crossing]:
    """Yield the defaults that, doubled or halved, change which of two strategies is cheaper.

    A default counts only if the interval of the difference is then all on the other side of 0.

    Parameters
    ----------
    cases
        A scenario per kind of release, each of which has a likelihood.
    rivals
        The cheaper strategy and the other one.
    """
    first = next(iter(cases.values()))
    values, text = assumptions(first), dump_scenario(first)
    lead = partial(_lead, cases, mix, rivals, how, text)
    candidates = {p: v for word in LIKELY for p, v in values.items() if word in p and scales(v)}
    usual = lead("", None, 1.0)
    for path, value in list(candidates.items())[:CANDIDATES] if usual else ():
        for end in (MOST, LEAST):
            factor = _turn(partial(lead, path, value), usual.mean if usual else 0.0, end)
            if factor is not None:
                now = value.quantile(0.5) if isinstance(value, Distribution) else float(value)
                yield Crossing(path, now, now * factor)


def _lead(
    cases: Mapping[str, Scenario],
    mix: "Mix",
    rivals: tuple[str, str],
    how: Doubting,
    text: str,
    path: str,
    value: Any,
    factor: float,
) -> Estimate | None:
    """Return how much more the other one costs with a value multiplied; None if it cannot be."""
    try:
        changed = load_scenario_text(text, overrides=setting(path, value, factor) if path else [])
    except SimdeployError:
        return None
    play = partial(replicate, seed=how.seed, lo=0, hi=how.runs, threads=how.threads)
    played = {
        (name, kind): amounts_of(play(_with(changed, case), name))
        for kind, case in cases.items()
        for name in rivals
    }
    how.add(len(played) * how.runs)
    return Costs(played, mix).gap(rivals[1], rivals[0])


def runs_of_each(total: int, kinds: int) -> int:
    """Return the runs of each setting, so that doubts take about as long as the answer.

    Parameters
    ----------
    total
        All runs of the answer.
    kinds
        Kinds of releases, the good one among them.

    >>> runs_of_each(30_000, 9), runs_of_each(3_000, 9), runs_of_each(10**6, 9)
    (98, 20, 100)
    """
    return min(RUNS, max(FEWEST, total // (SETTINGS * kinds * 2)))


def _with(changed: Scenario, case: Scenario) -> Scenario:
    """Return a changed scenario with the release of a kind and what happens around it."""
    made = changed.model_copy(update={key: getattr(case, key) for key in OWN})
    made.__dict__.pop("resolved_strategies", None)
    return made


def _turn(lead: Callable[[float], Estimate | None], usual: float, end: float) -> float | None:
    """Return the factor between 1 and ``end`` at which a lead is lost; None if it is kept."""
    there = lead(end)
    if there is None or there.level or usual * there.mean >= 0.0:
        return None
    near, far = 1.0, end
    for _ in range(STEPS):
        middle = (near * far) ** 0.5
        now = lead(middle)
        if now is None:
            break
        near, far = (near, middle) if now.mean * usual <= 0.0 else (middle, far)
    return float((near * far) ** 0.5)
