"""Defaults of a scenario that change who is cheapest: doubled and halved, on the same luck."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simdeploy.advice.amounts import amounts_of
from simdeploy.advice.expected import LEAST, MOST, Costs, Crossing
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


def doubted_defaults(
    cases: Mapping[str, Scenario],
    mix: "Mix",
    rivals: tuple[str, str],
    *,
    runs: int,
    seed: int,
    threads: int | None = None,
    add: Callable[[int], None],
) -> Iterator[Crossing]:
    """Yield the defaults that, doubled or halved, change which of two strategies is cheaper.

    Parameters
    ----------
    cases
        A scenario per kind of release; those without a likelihood are not played.
    rivals
        The two strategies.
    runs
        Runs of each setting, strategy and kind of release.
    add
        Called with the number of runs that were played.
    """
    weighty = {k: s for k, s in cases.items() if mix.likelihoods.get(k, 1.0) > 0.0}
    first = next(iter(weighty.values()))
    text = dump_scenario(first)

    def ahead(path: str, value: Any, factor: float) -> float | None:
        """Return how much more the second costs with a value multiplied; None if it cannot be."""
        try:
            changes = setting(path, value, factor) if path else []
            changed = load_scenario_text(text, overrides=changes)
        except SimdeployError:
            return None
        played = {
            (name, kind): amounts_of(
                replicate(_with(changed, case), name, seed=seed, lo=0, hi=runs, threads=threads)
            )
            for kind, case in weighty.items()
            for name in rivals
        }
        add(len(played) * runs)
        return -Costs(played, mix).difference(*rivals)

    values = assumptions(first)
    candidates = {p: v for word in LIKELY for p, v in values.items() if word in p and scales(v)}
    usual = ahead("", None, 1.0)
    for path, value in list(candidates.items())[:CANDIDATES] if usual else ():
        for end in (MOST, LEAST):
            factor = _turn(partial(ahead, path, value), usual or 0.0, end)
            if factor is not None:
                now = value.quantile(0.5) if isinstance(value, Distribution) else float(value)
                yield Crossing(path, now, now * factor)


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


def _turn(ahead: Callable[[float], float | None], usual: float, end: float) -> float | None:
    """Return the factor between 1 and ``end`` at which a lead is lost; None if it is kept.

    >>> round(_turn(lambda factor: 3.0 - 2.0 * factor, 1.0, 2.0), 2)
    1.51
    """
    there = ahead(end)
    if there is None or usual * there >= 0.0:
        return None
    near, far = 1.0, end
    for _ in range(STEPS):
        middle = (near * far) ** 0.5
        now = ahead(middle)
        if now is None:
            break
        near, far = (near, middle) if now * usual <= 0.0 else (middle, far)
    return float((near * far) ** 0.5)
