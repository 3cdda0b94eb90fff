"""``tune``: the best settings of a strategy, compared with today's."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simdeploy.api import Progress
from simdeploy.engines import replicate
from simdeploy.engines.batch import thread_count
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.model.registry import ALARM_METRICS
from simdeploy.pydantic_base import did_you_mean
from simdeploy.results.comparison import fault_kinds, has_faults
from simdeploy.results.metrics import WRONG
from simdeploy.scenario import Scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.kubernetes import KUBERNETES
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.simulating import HIGHEST_SEED
from simdeploy.strategies import FeatureFlag, KubernetesRolling, Strategy
from simdeploy.strategies.configs import WithConfig
from simdeploy.sweeps.planning import ScenarioSource, tree
from simdeploy.tuning.fitting import neighbors
from simdeploy.tuning.goals import (
    Constraint,
    Goal,
    fitted,
    parse_constraints,
    parse_objectives,
    variants,
)
from simdeploy.tuning.knobs import Knob, KnobError, make_knob, parse_knob, reading
from simdeploy.tuning.library import require_library
from simdeploy.tuning.result import EVOLUTION, SEARCHES, TPE, Tuning
from simdeploy.tuning.room import check_room
from simdeploy.tuning.search import Player
from simdeploy.tuning.tuner import LEAST_RUNS, Tuner

BUDGET = 2000
#: With fewer settings a search finds nothing.
LEAST_BUDGET = 100
MOST_BUDGET = 1_000_000
MOST_RUNS = 10_000_000


def tune(
    scenario: ScenarioSource,
    strategy: str | None = None,
    *,
    knobs: Mapping[str, Any] | Sequence[str] = (),
    objectives: Sequence[str] = (),
    constraints: Sequence[str] = (),
    runs: int | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    search: str = EVOLUTION,
    twin: bool = True,
    engine: str = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search the settings of a strategy for the Pareto front of its objectives.

    Every setting meets the same luck, with the release as it is and with its good twin: a setting
    that rolls back fast must not roll back good releases. The numbers of the result come from runs
    that the search did not use.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, a file, or a name of the gallery.
    strategy
        Strategy to tune; by default the scenario's first.
    knobs
        ``"path=lo:hi"`` or ``"path=a,b,c"`` each, or a mapping from path to values. By default
        those of health checks, draining, pace and alarms that the strategy has.
    objectives
        Goals to minimize; by default harm, rollback, extra_cost and deployment.
    constraints
        Bounds such as ``"downtime_s p99 <= 1"``. Good releases always have to be shipped.
    runs
        Runs behind every number of the result; the search plays a tenth of them per setting.
    budget
        Number of settings to play.
    search
        How the settings after the first sample are chosen: ``"evolution"``, in rounds around the
        front; or ``"tpe"``, by Optuna's tree-structured Parzen estimator (extra ``search``).
    twin
        Must be true where the release has faults.
    progress
        Called with the settings done and all of them.

    Raises
    ------
    SimdeployError
        For invalid knobs, objectives, constraints or settings, before anything is played.
    MissingExtraError
        For ``search="tpe"`` without Optuna.
    """
    root = tree(scenario)
    today = validated(root)
    if has_faults(today) and not twin:
        raise SimdeployError(
            f"{today.name} deploys a bad release: a setting that undoes every release would win "
            "without its good twin; leave twin on"
        )
    goals = (tuple(objectives), tuple(constraints))
    return tuner(
        root, strategy, knobs=knobs, goals=goals, runs=runs, seed=seed, budget=budget,
        search=search, engine=engine, threads=threads, progress=progress,
    ).result()  # fmt: skip


def tuner(
    root: Node,
    strategy: str | None = None,
    *,
    knobs: Mapping[str, Any] | Sequence[str] = (),
    goals: tuple[Sequence[str], Sequence[str]] = ((), ()),
    runs: int | None = None,
    seed: int | None = None,
    budget: int = BUDGET,
    search: str = EVOLUTION,
    engine: str = "batch",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Tuner:
    """Return a search that has not begun: arguments as for `tune`, all of them checked.

    Parameters
    ----------
    root
        The scenario as a tree of values.
    goals
        Objectives, and constraints.

    Raises
    ------
    SimdeployError
        As `tune`.
    """
    today = validated(root)
    name = _strategy(today, strategy)
    objectives, bounds = _goals(today, *goals)
    varied = _parse_knobs(knobs) or default_knobs(today, name)
    root = _with_config_written_out(root, today, name, varied)
    seed = _in_range("--seed", today.seed if seed is None else seed, 0, HIGHEST_SEED)
    player = Player(
        root,
        name,
        varied,
        objectives,
        bounds,
        variants([*objectives, *(bound.goal for bound in bounds)], faulty=has_faults(today)),
        seed,
        replicate,
        engine,
        threads or thread_count(),
    )
    _check_knobs(root, today, name, varied)
    runs = _in_range("--runs", today.runs if runs is None else runs, LEAST_RUNS, MOST_RUNS)
    _in_range("--budget", budget, LEAST_BUDGET, MOST_BUDGET)
    check_room(runs, budget, goals=len(objectives), variants=len(player.variants),
               knobs=len(varied), threads=player.threads)  # fmt: skip
    if search not in SEARCHES:
        raise SimdeployError(f'--search must be {" or ".join(SEARCHES)}; got "{search[:60]}"')
    if search == TPE:
        require_library()
    return Tuner(player, today, runs, budget, progress, search)


def _goals(
    scenario: Scenario, objectives: Sequence[str], constraints: Sequence[str]
) -> tuple[tuple[Goal, ...], tuple[Constraint, ...]]:
    """Return objectives and constraints, fitted to the faults of the scenario."""
    kinds = fault_kinds(scenario)
    how = {"faulty": bool(kinds), "wrong": bool(kinds & WRONG)}
    words = Vocabulary(scenario.platform)
    told = (goal.in_words(words) for goal in parse_objectives(objectives))
    goals = tuple(fitted(goal, **how) for goal in told)
    bounds = parse_constraints(constraints)
    return goals, tuple(replace(bound, goal=fitted(bound.goal, **how)) for bound in bounds)


def _strategy(scenario: Scenario, name: str | None) -> str:
    names = list(scenario.strategies)
    if name is None:
        return names[0]
    if name not in names:
        raise SimdeployError(f'unknown strategy "{name[:60]}"; {did_you_mean(name, names)}')
    return name


def _parse_knobs(given: Mapping[str, Any] | Sequence[str]) -> tuple[Knob, ...]:
    if isinstance(given, Mapping):
        knobs = [make_knob(path, values) for path, values in given.items()]
    else:
        knobs = [parse_knob(text) for text in given]
    paths = [knob.path for knob in knobs]
    twice = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise SimdeployError(f"--knob {twice}: stands twice")
    return tuple(knobs)


def _check_knobs(root: Node, scenario: Scenario, strategy: str, knobs: Sequence[Knob]) -> None:
    """Refuse unknown paths, knobs of other strategies, and values that the scenario refuses."""
    for knob in knobs:
        reading(scenario, knob.path)
        other = knob.path.split(".")[1] if knob.path.startswith("strategies.") else strategy
        if other != strategy:
            raise KnobError(
                f"--knob {knob.path}: {strategy} is tuned; --strategy {other} tunes that"
            )
        near = neighbors(knob.path)
        tied = [f"{k.path}={value}" for k in knobs if k.path in near for value in k.values]
        for value in knob.values:
            _check_value(root, knob.path, value, tied)


def _check_value(root: Node, path: str, value: str, tied: Sequence[str]) -> None:
    """Refuse a value that is invalid whatever the values of the knobs that it is tied to."""
    alone = override(root, f"{path}={value}")
    faults = _faults_at(alone, path)
    if faults and all(_faults_at(override(alone, other), path) for other in tied):
        raise KnobError(f"--knob {path}: {'; '.join(faults)}")


def _faults_at(root: Node, path: str) -> list[str]:
    """Return the faults of the value at a path."""
    try:
        validated(root)
    except ScenarioError as error:
        return [fault.message for fault in error.faults if fault.path in {path, ""}]
    return []


def _in_range(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise SimdeployError(f"{what} must be from {least:,} to {most:,}; got {value:,}")
    return int(value)


def _with_config_written_out(
    root: Node, scenario: Scenario, strategy: str, knobs: Sequence[Knob]
) -> Node:
    """Write out the parts of a configuration that is given by name, so that knobs can vary them."""
    block = scenario.strategies[strategy]
    if not isinstance(block, WithConfig) or block.config is None:
        return root
    parts = {f"strategies.{strategy}.{key}": value for key, value in block.configured.items()}
    if any(knob.path in parts for knob in knobs):
        for path, value in parts.items():
            root = override(root, f"{path}={value}")
    return root


HEALTH_CHECK = {
    "interval": "5s:60s:5s",
    "timeout": "2s:10s:1s",
    "healthy_threshold": "2:5",
    "unhealthy_threshold": "2:5",
}
#: The same of pods, by key of the readiness probe and of the service.
PROBE = {"period": "5s:60s:5s", "timeout": "1s:10s:1s", "successes": "1:3", "failures": "1:5"}
PODS = {
    "pre_stop": "0s,5s,10s,15s,20s,30s,45s,60s",
    "termination_grace_period": "15s,30s,45s,60s,90s,120s",
}
DRAIN = "0s,5s,10s,15s,30s,45s,60s,90s,120s,180s,240s,300s"
GRACE = "0s,15s,30s,45s,60s,90s,120s,180s,300s"
#: By key of the strategy; keys that the strategy or its controller lacks are left out.
STRATEGY = {
    "minimum_healthy_percent": "0,25,33,50,66,75,90,100",
    "maximum_percent": "100,110,125,133,150,175,200",
    "bake_time": "0s,1m,2m,3m,5m,10m,15m,30m",
    "termination_wait": "0s,5m,10m,15m,30m,1h,2h",
    "percent": "3,5,10,15,20,25,33,50",
    "wait": "1m,2m,3m,5m,10m,15m,30m",
    "every": "1m,2m,3m,5m,10m",
}
#: The same of pods; the bounds only where pods are replaced within them.
BOUNDS = {"max_surge": "1,2,25%,50%,100%", "max_unavailable": "0,1,2,25%,50%"}
#: The same where no pod may be there beyond those desired: one of the two bounds is above 0.
NO_SURGE = {"max_surge": BOUNDS["max_surge"], "max_unavailable": "1,2,25%,50%"}
LEAST_READY = (0, 5, 10, 15, 30, 60)
#: Load balancers and ECS publish a datapoint a minute, so shorter periods see nothing.
ALARM = {"period": "60s,120s,180s,300s", "datapoints": "1,2,3", "of": "1,2,3,5"}
#: By how the registry says that the metric's threshold is written.
THRESHOLD = {
    "share": "0.1%:10%",
    "seconds": "0.2s:10s",
    "factor": "1,2,3,5,7,10,14.4,20",
    "percent": "50,60,70,75,80,85,90,95,99",
}


def default_knobs(scenario: Scenario, strategy: str) -> tuple[Knob, ...]:
    """Return the knobs of a strategy: health checks or probes, drain or termination, pace, alarms.

    Ranges are those in common use on ECS, within what AWS accepts (``scenario.ranges``), and on
    Kubernetes.
    """
    chosen = scenario.resolved_strategies[strategy]
    knobs = _pod_knobs(scenario) if scenario.platform == KUBERNETES else _service_knobs()
    knobs += _strategy_knobs(chosen, f"strategies.{strategy}", scenario.platform)
    if isinstance(chosen, FeatureFlag):
        path = f"strategies.{strategy}.deploy"
        knobs += _strategy_knobs(chosen.deploy, path, scenario.platform)
    return (*knobs, *_alarm_knobs(scenario, chosen.alarms))


def _service_knobs() -> list[Knob]:
    checks = "target_group.health_check"
    return [
        *(make_knob(f"{checks}.{key}", text) for key, text in HEALTH_CHECK.items()),
        make_knob("target_group.deregistration_delay", DRAIN),
        make_knob("service.health_check_grace_period", GRACE),
    ]


def _pod_knobs(scenario: Scenario) -> list[Knob]:
    """Return the knobs of pods: those of a readiness probe only where there is one."""
    probe = PROBE if scenario.service.readiness is not None else {}
    knobs = [make_knob(f"service.readiness.{key}", text) for key, text in probe.items()]
    return [*knobs, *(make_knob(f"service.{key}", text) for key, text in PODS.items())]


def _strategy_knobs(block: Strategy, path: str, platform: str) -> list[Knob]:
    """Return the knobs of a strategy's block whose keys its controller takes."""
    fields = type(block).model_fields
    wanted = {**_pace_of_pods(block), **STRATEGY} if platform == KUBERNETES else STRATEGY
    return [
        make_knob(f"{path}.{key}", text)
        for key, text in wanted.items()
        if key in fields and block.takes(key)
    ]


def _pace_of_pods(block: Strategy) -> dict[str, str]:
    """Return the ranges of the bounds of pods, where they have an effect, and of their wait."""
    bounded = isinstance(block, KubernetesRolling) or getattr(block, "pods_as_weights", False)
    none = bounded and getattr(block, "max_surge", None) in (0, "0%")
    deadline = getattr(block, "progress_deadline", None) or math.inf
    waits = ",".join(f"{wait}s" for wait in LEAST_READY if wait < deadline)
    return {**((NO_SURGE if none else BOUNDS) if bounded else {}), "min_ready": waits}


def _alarm_knobs(scenario: Scenario, names: Sequence[str]) -> Iterator[Knob]:
    for alarm in scenario.alarms:
        if alarm.name in names:
            path = f"alarms.{alarm.name}"
            for key, text in (
                {"threshold": THRESHOLD[ALARM_METRICS[alarm.metric].threshold]} | ALARM
            ).items():
                yield make_knob(f"{path}.{key}", text)
