"""When SIGTERM follows, and what it begins: an application finishes its work and refuses more."""

from simdeploy.draws import EXIT_NOTICED, LEFT_GROUP, WORK, uniform
from simdeploy.model import delays
from simdeploy.model.accessors import drawn, watches_tasks
from simdeploy.model.cohorts import leave_cohort, make_eligible
from simdeploy.model.constants import DRAINING, STOPPING
from simdeploy.model.dropped_requests import requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.looks import step_from
from simdeploy.semantics.drain import AFTER_DRAIN, stop_seconds
from simdeploy.semantics.numeric import log
from simdeploy.semantics.state import NEVER


def seconds_of_work(m: ScenarioRecord, s: RunState, i: int, longest: float) -> float:
    """Draw how long task ``i`` needs to finish its work if no more arrives; ``longest`` at most.

    With n(x) requests unfinished after x seconds on average, none is with probability exp(-n(x)).
    """
    w = s.world
    allowed = -log(uniform(w.key0, w.key1, WORK, s.tasks[i].draw_entity, 0))
    low = 0.0
    if requests_to_cut(m, s, i, low) <= allowed:
        return low
    high = longest
    for _ in range(40):
        middle = (low + high) / 2.0
        if requests_to_cut(m, s, i, middle) <= allowed:
            high = middle
        else:
            low = middle
    return high


def terminate(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Send SIGTERM; an application may finish its work before it exits (ecs-stop-sequence)."""
    w = s.world
    t = s.tasks[i]
    t.sigterm_at = NEVER
    t.state = STOPPING
    t.stop_ends_at = exits_after(m, s, i, w.now)


def exits_after(m: ScenarioRecord, s: RunState, i: int, sigterm_at: float) -> float:
    """Return when a task exits that receives SIGTERM then (ecs-stop-sequence)."""
    t = s.tasks[i]
    work = max(0.0, t.work_ends_at - sigterm_at) if t.work_ends_at < NEVER else 0.0
    return float(sigterm_at + stop_seconds(work + t.shutdown_seconds, m.stop_timeout))


def sigterm_after(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Return when SIGTERM follows the end of a task's deregistration delay (ecs-stop-sequence)."""
    t = s.tasks[i]
    registered = t.is_registered != 0
    left = drawn(m, s, delays.LEFT_GROUP, LEFT_GROUP, t.draw_entity, 0) if registered else 0.0
    return step_from(m, s, t.drain_ends_at + left)


def foresee_sigterm(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Time SIGTERM now where the end of the delay will cut nothing, so that it is no instant."""
    t = s.tasks[i]
    if t.state == DRAINING and t.cut_requests == 0.0 and m.websockets == 0.0:
        t.sigterm_at = sigterm_after(m, s, i)
        t.drain_ends_at = NEVER
        foresee_end(m, s, i)


def ends_unseen(m: ScenarioRecord) -> bool:
    """Whether SIGTERM and the exit of a drained task change nothing that anybody sees.

    They free a connection to the database and CPU time; a pod may still receive requests.
    """
    is_drained = m.sigterm == AFTER_DRAIN and m.has_pods == 0
    return is_drained and m.max_connections == 0 and not watches_tasks(m)


def foresee_end(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Time the exit after SIGTERM now, and when its place is free, where only that is seen."""
    t = s.tasks[i]
    if ends_unseen(m):
        t.stop_ends_at = exits_after(m, s, i, t.sigterm_at)
        t.gone_at = noticed_after(m, s, i, t.stop_ends_at)


def is_end_foreseen(s: RunState, i: int) -> bool:
    """Whether SIGTERM and the exit of task ``i`` are timed and are no instants."""
    t = s.tasks[i]
    return bool(t.state == DRAINING and t.gone_at < NEVER)


def noticed_after(m: ScenarioRecord, s: RunState, i: int, exit_at: float) -> float:
    """Return the look at which the scheduler knows of an exit (ecs-stop-sequence)."""
    noticed = drawn(m, s, delays.EXIT_NOTICED, EXIT_NOTICED, s.tasks[i].draw_entity, 0)
    return step_from(m, s, exit_at + noticed)


def refuse_requests(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Let a target answer no more, though requests still arrive (alb-502-drain-end)."""
    leave_cohort(m, s, i)
    s.tasks[i].is_answering = 0
    s.tasks[i].is_hung = 0
    make_eligible(m, s, i)


def killed_at(m: ScenarioRecord, s: RunState, i: int) -> float:
    """Return until when a pod that is being deleted can serve: until it exits or is killed.

    One that finishes its work exits when that is done; it has until SIGKILL to do so.
    """
    t = s.tasks[i]
    if m.finishes_work != 0:
        return float(t.sigterm_at + m.stop_timeout)
    return float(t.sigterm_at + stop_seconds(t.shutdown_seconds, m.stop_timeout))


def end_pre_stop(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Send SIGTERM to a pod, to which requests may still be sent.

    An application that finishes its work takes no new ones meanwhile. Source: Kubernetes,
    termination of pods.
    """
    w = s.world
    t = s.tasks[i]
    serves = t.cohort >= 0 and t.is_answering != 0 and m.finishes_work != 0
    if serves:
        t.work_ends_at = w.now + seconds_of_work(m, s, i, m.stop_timeout)
    terminate(m, s, i)
    if serves:
        t.cut_requests = requests_to_cut(m, s, i, m.stop_timeout)
        refuse_requests(m, s, i)
