"""Stages of a deployment that shifts traffic, as its record names them, and of its simulated runs.

CodeDeploy keeps when each lifecycle event began and ended. ECS keeps only the stage that a
deployment is in, so looks at it while it runs tell when it went from one to the next. Each stage is
measured by its own begin and end: the 0.3 to 0.8 s from one lifecycle event to the next (observed,
n = 8) are in no stage, as the simulation has none.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from simdeploy.backtesting import milestones
from simdeploy.backtesting.milestones import (
    BEGIN,
    COMMAND,
    COMPLETED,
    DEREGISTERED,
    END,
    FAILED,
    STARTED,
    TOLD,
    Moments,
    Part,
    begin_of,
    end_of,
    stage_of,
)
from simdeploy.observed.chains import Segment
from simdeploy.observed.records import DeploymentTimes, StageLook
from simdeploy.observed.times import MINUTE
from simdeploy.results.timeline import BegunStep, Timeline
from simdeploy.semantics import plan
from simdeploy.strategies.parts import ALL_STAGES

#: A stage without a hook lasts up to so long (s), as does the way from one stage to the next; in
#: the simulation both are instants.
UNNOTICED, BRIEF = 5.0, 0.5
#: A controller needs so long (s) from one act to the next, which the simulation does not know: of
#: CodeDeploy's lifecycle events 0.25 to 0.81 s (observed, n = 8).
WAY = 0.81
#: ECS looks every 10.2 s; where in that time a controller's wait ends is not known.
HALF_A_LOOK = 5.1
#: Between looks that are further apart (s) the time of a change says nothing.
COARSEST = MINUTE


class Course(NamedTuple):
    """The stages of a controller in order, and which of them are what.

    ``early`` are those before the first task is started: what they take cannot be told from what
    the command takes. ``shifts`` are those in which production traffic moves, the first of which
    gives its name to all; ``keeps`` is that in which the old tasks are kept. What is in ``always``
    is a part whatever it takes.
    """

    names: tuple[str, ...]
    early: frozenset[str]
    starts: str
    tests: str
    shifts: tuple[str, ...]
    keeps: str
    always: frozenset[str]


CODE_DEPLOY = Course(
    (
        "BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic",
        "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic", "termination wait",
    ),
    frozenset({"BeforeInstall"}),
    "Install",
    "AllowTestTraffic",
    ("AllowTraffic",),
    "termination wait",
    frozenset({"AllowTraffic", "termination wait"}),
)  # fmt: skip
NATIVE = Course(
    (
        "RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME", "CLEAN_UP",
    ),
    frozenset({"RECONCILE_SERVICE", "PRE_SCALE_UP"}),
    "SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    ("PRODUCTION_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"),
    "BAKE_TIME",
    frozenset({"PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"}),
)  # fmt: skip
COURSES: Mapping[str, Course] = {"code_deploy": CODE_DEPLOY, "ecs": NATIVE}


class Marked(NamedTuple):
    """Moments (s) and, where it is not that of the deployment, how exactly each is known (s)."""

    moments: Moments
    resolutions: dict[str, float]


def observed_stages(part: Segment, course: Course) -> Marked:
    """Return the moments of a real deployment (s after its begin) by its record and its events."""
    record = part.record or DeploymentTimes("", "")  # no more than its events
    found = milestones.observed_moments(part)
    found = {name: at for name, at in found.items() if not name.endswith("_last")}
    stages = _by_lifecycle(record) if course is CODE_DEPLOY else _by_looks(record.looks, course)
    found |= {name: at - part.begin for name, at in stages.moments.items()}
    if part.is_rolled_back:
        given_up = record.rolled_back if course is NATIVE else record.finished
        if course is CODE_DEPLOY or given_up is None:
            found.pop(COMPLETED, None)
        if given_up is not None:
            found[FAILED] = given_up - part.begin
            found = {n: at for n, at in found.items() if at <= found[FAILED] or n == COMPLETED}
    return Marked(found, stages.resolutions)


def _by_lifecycle(record: DeploymentTimes) -> Marked:
    """Return when lifecycle events began and ended (epoch s); the last one ends in the wait."""
    found: Moments = {}
    for step in record.lifecycle:
        if step.name not in CODE_DEPLOY.names or step.start is None:
            continue
        found[begin_of(step.name)] = step.start
        if step.end is not None:
            found[end_of(step.name)] = step.end
    last = [found[end_of(n)] for n in ("AfterAllowTraffic", "AllowTraffic") if end_of(n) in found]
    return Marked(found | {begin_of(CODE_DEPLOY.keeps): at for at in last[:1]}, {})


def _by_looks(looks: Iterable[StageLook], course: Course) -> Marked:
    """Return when a deployment entered its stages (epoch s): halfway between two looks.

    A stage that was over before the next look is not among them; of one that ends within a gap of
    more than a minute nothing is known.
    """
    numbers = {name: k for k, name in enumerate(course.names)}
    numbers |= dict.fromkeys(course.shifts, numbers[course.shifts[0]])
    found: Moments = {}
    gaps: dict[str, float] = {}
    known = [look for look in looks if look.stage in numbers]
    for before, after in pairwise(known):
        left, entered = numbers[before.stage], numbers[after.stage]
        gap = after.at - before.at
        if entered <= left or gap > COARSEST:
            continue
        marks = [end_of(course.names[left]), begin_of(course.names[entered])]
        # What is passed within a gap was no hook: its time is not known, and below the gap.
        marks += [end_of(course.starts)] if left < numbers[course.starts] < entered else []
        for mark in marks:
            found[mark], gaps[mark] = (before.at + after.at) / 2.0, gap
    return Marked(found, gaps)


def simulated_stages(timeline: Timeline, course: Course) -> Moments:
    """Return the same moments (s after the first act) of a run.

    A stage without a hook begins and ends at one instant: as the next one begins.
    """
    steps, undone = _before_rollback(timeline)
    spans = _spans(steps, undone, course)
    found: Moments = {}
    after: float | None = None
    for name in reversed(course.names):
        begin, end = spans.get(name, (after, after))
        if begin is not None:
            found[begin_of(name)] = begin
        if end is not None:
            found[end_of(name)] = end
        after = begin if begin is not None else after
    act = milestones.first_act(timeline)
    moved = _all_moved(timeline)
    if moved is not None and end_of(course.shifts[0]) in found:
        found[end_of(course.shifts[0])] = moved
    return milestones.simulated_moments(timeline) | {n: at - act for n, at in found.items()}


def _before_rollback(timeline: Timeline) -> tuple[list[BegunStep], float | None]:
    """Return the steps of the release itself, and when it was given up."""
    ends = [e.t for e in timeline.events if e.kind == "rollback_started"]
    undone = min(ends, default=None)
    steps = timeline.steps
    if undone is not None:
        steps = [step for step in steps if step.t <= undone]
    return steps, undone


def _spans(
    steps: list[BegunStep], undone: float | None, course: Course
) -> dict[str, tuple[float, float | None]]:
    """Return when each stage with steps began and ended; None where it was broken off."""
    spans: dict[str, tuple[float, float | None]] = {}
    ends = [step.t for step in steps[1:]] + [None]
    shifting = False
    for step, end in zip(steps, ends, strict=True):
        shifting |= step.op == plan.SHIFT_TRAFFIC
        name = _stage_of(step, course, shifting=shifting)
        if name:
            begin = spans.get(name, (step.t, None))[0]
            spans[name] = (begin, end)
        if step.op == plan.STOP_OLD_TASKS and undone is None:
            break
    return spans


def _stage_of(step: BegunStep, course: Course, *, shifting: bool) -> str:
    """Return the stage that a step belongs to; empty for a wait before traffic moves."""
    if step.op in (plan.HOOK, plan.APPROVE):
        name = ALL_STAGES[int(step.a)]
        return course.shifts[0] if name in course.shifts else name
    if step.op in (plan.START_NEW_TASKS, plan.AWAIT_HEALTHY):
        return course.starts
    if step.op == plan.BAKE:
        return course.keeps
    if step.op == plan.TEST_TRAFFIC:
        return course.tests
    if step.op == plan.STOP_OLD_TASKS:
        return "CLEAN_UP" if course is NATIVE else ""
    return course.shifts[0] if shifting else ""


def _all_moved(timeline: Timeline) -> float | None:
    """Return when the last shift of traffic was in effect; None where not all traffic moved."""
    shifts = [event for event in timeline.events if event.kind == "traffic_shifted"]
    full = [event.t for event in shifts if event.data["percent"] == 100.0]
    return full[0] if full else None


def stage_parts(marked: Marked, course: Course, usual: Callable[[Part], float]) -> list[Part]:
    """Return the parts of a real deployment, in its order.

    A stage that has a hook, in reality or in the runs, is a part of its own; one that has none
    belongs to what is around it.

    Parameters
    ----------
    usual
        How long (s) a part takes in the runs.
    """
    real = marked.moments

    def lasts(part: Part) -> bool:
        exact = max(marked.resolutions.get(part.begin, 0.0), marked.resolutions.get(part.end, 0.0))
        took = real[part.end] - real[part.begin]
        return took > max(UNNOTICED, exact) or usual(part) > BRIEF

    left_out = {mark for name in course.names for mark in (begin_of(name), end_of(name))}
    for name in course.names:
        span = Part(begin_of(name), end_of(name))
        if name in course.always or (set(span) <= real.keys() and name not in course.early
                                     and name != course.starts and lasts(span)):  # fmt: skip
            left_out -= set(span)
    left_out -= {end_of(course.starts), begin_of(course.names[-1])}
    anchors = sorted((at, _rank(name, course), name) for name, at in real.items()
                     if name not in left_out)  # fmt: skip
    pairs = [Part(a, b) for (_, _, a), (_, _, b) in pairwise(anchors)]
    return [part for part in pairs if not _is_way(part) or lasts(part)]


def slack(part: Part) -> float:
    """Return how much (s) a part may differ from the runs as two clocks are not one.

    >>> slack(Part("Install:begin", "Install:end")), slack(Part(STARTED, COMPLETED))
    (1.62, 0.0)
    >>> round(slack(Part("termination wait:begin", COMPLETED)), 2)
    5.91
    """
    ways = WAY * sum(1 for moment in part if stage_of(moment))
    waits = stage_of(part.begin) and part.end in (TOLD, DEREGISTERED, COMPLETED)
    return ways + (HALF_A_LOOK if waits else 0.0)


def _is_way(part: Part) -> bool:
    """Return whether a part is the way from one stage to the next, in which nothing happens."""
    return stage_of(part.begin) != stage_of(part.end) and bool(
        part.begin.endswith(END) and part.end.endswith(BEGIN)
    )


def _rank(name: str, course: Course) -> int:
    """Return the place of a moment among those at the same instant."""
    stage = stage_of(name)
    if stage:
        return 100 + 2 * course.names.index(stage) + name.endswith(END)
    return list(milestones.WORDS).index(name) + (0 if name in (COMMAND, STARTED) else 200)


def unseen(part: Segment, course: Course) -> list[str]:
    """Return which stages of a deployment its record does not show, and why."""
    record = part.record or DeploymentTimes("", "")
    found = []
    if not part.events:
        found.append("when tasks were started and stopped (no service events of it)")
    if course is NATIVE and not _by_looks(record.looks, course).moments:
        found.append(
            "when it went from stage to stage (ECS keeps no times of them: poll "
            "describe-service-deployments while it runs)"
        )
    if course is CODE_DEPLOY and not record.lifecycle:
        found.append("its lifecycle events (batch-get-deployment-targets has them)")
    elif course is CODE_DEPLOY and record.strategy in ("canary", "linear"):
        found.append("each step of the traffic (AllowTraffic is all of them)")
    return found
