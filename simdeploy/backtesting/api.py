"""Backtests: real deployments beside the simulated distribution of the same deployment."""

import os
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from simdeploy.api import Progress
from simdeploy.backtesting import choosing, milestones, stages
from simdeploy.backtesting.milestones import Moments, Part
from simdeploy.backtesting.percentiles import percentile
from simdeploy.backtesting.result import TOGETHER, Backtest, DeploymentResult, Stage
from simdeploy.backtesting.stages import Course, Marked
from simdeploy.engines import timelines
from simdeploy.errors import SimdeployError
from simdeploy.observed.chains import Segment
from simdeploy.observed.reading import read_observed
from simdeploy.observed.records import Observed
from simdeploy.results.timeline import Timeline
from simdeploy.scenario import Scenario
from simdeploy.simulating import HIGHEST_SEED, ScenarioOrPath, loaded, whole_number

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
        By default what the latest record is of, else the scenario's first rolling one.
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
    name = _strategy(scenario, strategy, observed)
    parts = choosing.deployments_for(observed, scenario.resolved_strategies[name])
    wanted = choosing.chosen(parts, deployment, all_deployments=all_deployments)
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


def _strategy(scenario: Scenario, strategy: str | None, observed: Observed) -> str:
    """Return the strategy to play: that which is named, or recorded, else the first rolling one."""
    if strategy is not None:
        if strategy not in scenario.strategies:
            known = ", ".join(scenario.strategies)
            raise SimdeployError(f"unknown strategy {strategy[:60]!r}; known: {known}")
        return strategy
    if (recorded := choosing.recorded_strategy(observed, scenario)) is not None:
        return recorded
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
    """Moments of simulated runs, those that were undone apart.

    ``course`` has the stages of a strategy that shifts traffic; None for one that replaces tasks.
    """

    def __init__(self, course: Course | None = None) -> None:
        self.course = course
        self.fine: list[Moments] = []
        self.undone: list[Moments] = []


def _play(
    scenario: Scenario, strategy: str, seed: int, runs: int, progress: Progress | None
) -> Played:
    played = Played(choosing.course_of(scenario.resolved_strategies[strategy]))
    for k, timeline in enumerate(timelines(scenario, strategy, seed=seed, lo=0, hi=runs), 1):
        into = played.undone if milestones.is_rolled_back(timeline) else played.fine
        into.append(_simulated(timeline, played.course))
        if progress and k % REPORT_EVERY == 0:
            progress(k, runs)
    return played


def _simulated(timeline: Timeline, course: Course | None) -> Moments:
    if course is None:
        return milestones.simulated_moments(timeline)
    return stages.simulated_stages(timeline, course)


def _observed(
    part: Segment, course: Course | None, alike: list[Moments]
) -> tuple[Marked, list[Part]]:
    """Return the moments of a real deployment and the parts between them."""
    if course is None:
        real = milestones.observed_moments(part)
        return Marked(real, {}), milestones.parts_of(real)
    marked = stages.observed_stages(part, course)
    return marked, stages.stage_parts(marked, course, lambda one: _usual(one, alike))


def _usual(one: Part, alike: list[Moments]) -> float:
    times = _times(one, alike)
    return float(np.median(times)) if len(times) else 0.0


def _beside(part: Segment, played: Played, observed: Observed) -> DeploymentResult:
    """Return one deployment beside the runs that ended as it did."""
    alike, others = played.fine, played.undone
    if part.is_rolled_back:
        alike, others = others, alike
    runs = len(alike) + len(others)
    if len(alike) < min(FEWEST_COMPARABLE, runs):
        ended = "was rolled back" if part.is_rolled_back else "was completed"
        without = "; without the scenario's faults: --set 'release.faults=[]'"
        hint = "; give the scenario the fault that it had" if part.is_rolled_back else without
        raise SimdeployError(
            f"{choosing.WRONG} deployment {choosing.name_of(part)} {ended}, which "
            f"{len(alike)} of {runs} simulated runs are{hint}"
        )
    real, parts = _observed(part, played.course, alike)
    _check_order(part, real.moments, parts, alike)
    shown = tuple(_stage(one, part, real, alike) for one in parts)
    if played.course is None:
        whole = _stage(milestones.whole_of(real.moments), part, real, alike)
    else:
        whole = _together(parts, part, real, alike)
    missing = unknown(part, observed, played.course)
    return DeploymentResult(part, shown, whole, len(others), missing)


def _check_order(part: Segment, real: Moments, parts: list[Part], alike: list[Moments]) -> None:
    """Refuse a deployment that went through its moments in another order than most runs."""
    for one in parts:
        times = _times(one, alike)
        if len(times) < len(alike) / 2 or np.median(times) < 0:
            begin, end = milestones.words(one.begin, 0), milestones.words(one.end, 0)
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


def _stage(one: Part, part: Segment, real: Marked, alike: list[Moments]) -> Stage:
    times = _times(one, alike)
    took = real.moments[one.end] - real.moments[one.begin]
    p5, p50, p95 = (float(value) for value in np.quantile(times, [0.05, 0.5, 0.95]))
    found = percentile(took, times, _exact(one, part, real), stages.slack(one))
    return Stage(one.name, took, p5, p50, p95, found)


def _together(parts: Sequence[Part], part: Segment, real: Marked, alike: list[Moments]) -> Stage:
    """Return all parts as one: without the ways from stage to stage, which the runs do not have."""
    ends = [end for one in parts for end in one]
    whole = [run for run in alike if all(end in run for end in ends)]
    times = np.sum([_times(one, whole) for one in parts], axis=0)
    took = sum(real.moments[one.end] - real.moments[one.begin] for one in parts)
    p5, p50, p95 = (float(value) for value in np.quantile(times, [0.05, 0.5, 0.95]))
    exact = sum(_exact(one, part, real) for one in parts)
    slack = sum(map(stages.slack, parts))
    return Stage(TOGETHER, took, p5, p50, p95, percentile(took, times, exact, slack))


def _exact(one: Part, part: Segment, real: Marked) -> float:
    """Return how exactly a part is known (s): both ends are rounded, by half a step each."""
    steps = [real.resolutions.get(end, part.resolution_s) for end in (one.begin, one.end)]
    return sum(steps) / 2.0


def unknown(part: Segment, observed: Observed, course: Course | None = None) -> tuple[str, ...]:
    """Return what the files cannot say about a deployment."""
    found = ["what requests saw"]
    if not observed.polls:
        found.append("the application's boot")
    if part.created is None:
        why = "another deployment overlaps" if part.is_overlapped else "no createdAt"
        found.append(f"the command ({why})")
    if course is not None:
        found += stages.unseen(part, course)
    return tuple(found)
