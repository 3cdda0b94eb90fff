"""What SIGTERM begins: an application finishes its work, and what comes meanwhile is refused."""

from simdeploy.draws import WORK, uniform
from simdeploy.model.cohorts import leave_cohort, make_eligible
from simdeploy.model.constants import STOPPING
from simdeploy.model.dropped_requests import requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.semantics.drain import stop_seconds
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
    work = max(0.0, t.work_ends_at - w.now) if t.work_ends_at < NEVER else 0.0
    t.stop_ends_at = w.now + stop_seconds(work + t.shutdown_seconds, m.stop_timeout)


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
