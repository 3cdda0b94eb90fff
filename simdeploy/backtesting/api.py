"""Backtests: real deployments beside the simulated distribution of the same deployment."""

import os
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from simdeploy.api import HIGHEST_SEED, Progress, ScenarioOrPath, loaded, whole_number
from simdeploy.backtesting import choosing, milestones
from simdeploy.backtesting.milestones import Moments, Part
from simdeploy.backtesting.percentiles import percentile
from simdeploy.backtesting.result import Backtest, DeploymentResult, Stage
from simdeploy.engines import timelines
from simdeploy.errors import SimdeployError
from simdeploy.observed.chains import Segment
from simdeploy.observed.reading import read_observed
from simdeploy.observed.records import Observed
from simdeploy.scenario import Scenario

RUNS = 1000
#: A run takes about 0.6 ms per task: by default a large fleet is played less often.
MOST_TASK_RUNS = 20_000
FEWEST_RUNS = 200
MOST_RUNS = 100_000
#: A distribution of fewer runs says nothing.
FEWEST_COMPARABLE = 20
REPORT_EVERY = 20


def default_runs(desired_count: int) -> int:
    """Return how many runs are played where nothing is said.

    >>> default_runs(2), default_runs(40), default_runs(500)
    (1000, 500, 200)
    """
    return max(FEWEST_RUNS, min(RUNS, MOST_TASK_RUNS // max(1, desired_count)))


def backtest(
    scenario: ScenarioOrPath,
    events: Observed | Iterable[str | os.PathLike[str]],
    *,
    strategy: str | None = None,
    deployment: str | None = None,
    all_deployments: bool = False,
    service: str | None = None,
    timezone: str | None = None,
    runs: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    announce: Callable[[Scenario, str, int], None] | None = None,
) -> Backtest:
    """Hold past deployments against the runs of a scenario.

    Parameters
    ----------
    scenario
        What should describe the service as it was deployed then: what ``load_scenario`` returns, or
        a file or a name of the gallery to load.
    events
        Files that AWS's commands print, in any mix, or what `observed.reading.read_observed` made
        of them.
    strategy
        By default the scenario's first rolling one.
    deployment, all_deployments
        An id, or all deployments of the events; by default the latest.
    service, timezone
        Which service, where the files have several; how times without a zone are read.
    runs, seed
        By default 1,000, fewer for fleets beyond 20 tasks, and the scenario's seed.
    progress
        Called with the runs done and all runs.
    announce
        Called with the scenario, the strategy and the number of runs, before the first is played.

    Raises
    ------
    SimdeployError
        Where no deployment of the events can be held against the scenario, with the reason.
    """
    scenario = loaded(scenario)
    observed = events if isinstance(events, Observed) else read_observed(events, service, timezone)
    parts = choosing.usable_deployments(observed)
    wanted = choosing.chosen(parts, deployment, all_deployments=all_deployments)
    name = _strategy(scenario, strategy)
    fitting, refused = _fitting(wanted, scenario, name)
    desired = scenario.service.desired_count
    count = default_runs(desired) if runs is None else whole_number("runs", runs, 1, MOST_RUNS)
    luck = whole_number("seed", scenario.seed if seed is None else seed, 0, HIGHEST_SEED)
    if announce is not None:
        announce(scenario, name, count)
    played = _play(scenario, name, luck, count, progress)
    return Backtest(
        scenario.name,
        name,
        observed.service or fitting[0].service,
        count,
        luck,
        tuple(_beside(part, played, observed) for part in fitting),
        len(parts) - len(wanted),
        tuple(refused),
        observed.notes,
    )


def _strategy(scenario: Scenario, strategy: str | None) -> str:
    """Return the strategy to play: the one that is named, else the first rolling one."""
    if strategy is not None:
        if strategy not in scenario.strategies:
            known = ", ".join(scenario.strategies)
            raise SimdeployError(f"unknown strategy {strategy[:60]!r}; known: {known}")
        return strategy
    names = list(scenario.strategies)
    rolling = [name for name in names if scenario.resolved_strategies[name].type == "rolling"]
    return (rolling or names)[0]


def _fitting(
    parts: Sequence[Segment], scenario: Scenario, strategy: str
) -> tuple[list[Segment], list[str]]:
    """Return the deployments that the scenario can mean, and why the others cannot be."""
    fitting, refused = [], []
    for part in parts:
        try:
            choosing.check_fits(part, scenario, strategy)
        except SimdeployError as error:
            refused.append(error)
        else:
            fitting.append(part)
    if not fitting:
        raise refused[-1]
    return fitting, [str(error) for error in refused]


class Played:
    """Moments of simulated runs, those that were undone apart."""

    def __init__(self) -> None:
        self.fine: list[Moments] = []
        self.undone: list[Moments] = []


def _play(
    scenario: Scenario, strategy: str, seed: int, runs: int, progress: Progress | None
) -> Played:
    played = Played()
    for k, timeline in enumerate(timelines(scenario, strategy, seed=seed, lo=0, hi=runs), 1):
        into = played.undone if milestones.is_rolled_back(timeline) else played.fine
        into.append(milestones.simulated_moments(timeline))
        if progress and k % REPORT_EVERY == 0:
            progress(k, runs)
    return played


def _beside(part: Segment, played: Played, observed: Observed) -> DeploymentResult:
    """Return one deployment beside the runs that ended as it did."""
    alike, others = played.fine, played.undone
    if part.is_rolled_back:
        alike, others = others, alike
    real = milestones.observed_moments(part)
    runs = len(alike) + len(others)
    if len(alike) < min(FEWEST_COMPARABLE, runs):
        ended = "was rolled back" if part.is_rolled_back else "was completed"
        without = "; without the scenario's faults: --set 'release.faults=[]'"
        hint = "; give the scenario the fault that it had" if part.is_rolled_back else without
        raise SimdeployError(
            f"{choosing.WRONG} deployment {choosing.name_of(part)} {ended}, which "
            f"{len(alike)} of {runs} simulated runs are{hint}"
        )
    _check_order(part, real, alike)
    stages = tuple(_stage(one, part, real, alike) for one in milestones.parts_of(real))
    whole = _stage(milestones.whole_of(real), part, real, alike)
    return DeploymentResult(part, stages, whole, len(others), unknown(part, observed))


def _check_order(part: Segment, real: Moments, alike: list[Moments]) -> None:
    """Refuse a deployment that went through its moments in another order than most runs."""
    for one in milestones.parts_of(real):
        times = _times(one, alike)
        if len(times) < len(alike) / 2 or np.median(times) < 0:
            begin, end = milestones.WORDS[one.begin][0], milestones.WORDS[one.end][0]
            raise SimdeployError(
                f'{choosing.WRONG} in deployment {choosing.name_of(part)} comes "{begin}" before '
                f'"{end}", {real[one.end] - real[one.begin]:.1f} s apart; in the simulated runs '
                f"{_instead(times)}"
            )


def _instead(times: NDArray[np.float64]) -> str:
    if len(times) == 0:
        return "not both happen"
    return f"the other way round, {-float(np.median(times)):.1f} s apart in the median"


def _times(one: Part, alike: list[Moments]) -> NDArray[np.float64]:
    """Return the time (s) that a part took in each run that went through it."""
    took = [run[one.end] - run[one.begin] for run in alike if one.begin in run and one.end in run]
    return np.array(took, dtype=np.float64)


def _stage(one: Part, part: Segment, real: Moments, alike: list[Moments]) -> Stage:
    times = _times(one, alike)
    took = real[one.end] - real[one.begin]
    p5, p50, p95 = (float(value) for value in np.quantile(times, [0.05, 0.5, 0.95]))
    # Both ends are rounded, so that their difference is off by up to one step.
    return Stage(one.name, took, p5, p50, p95, percentile(took, times, part.resolution_s))


def unknown(part: Segment, observed: Observed) -> tuple[str, ...]:
    """Return what the files cannot say about a deployment."""
    found = ["what requests saw"]
    if not observed.polls:
        found.append("the application's boot")
    if part.created is None:
        why = "another deployment overlaps" if part.is_overlapped else "no createdAt"
        found.append(f"the command ({why})")
    return tuple(found)
