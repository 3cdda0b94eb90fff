"""A rolling update of pods: its bounds, its progress, and the deadline for it."""

from simdeploy.model import timers
from simdeploy.model.accessors import target_group
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics import plan
from simdeploy.semantics.kubernetes import has_progressed
from simdeploy.semantics.state import Progress


def begin_replacing_pods(m: ScenarioRecord, s: RunState, surge: int, unavailable: int) -> None:
    """Begin to replace pods, of which so many may be there beyond those wanted, or missing."""
    w = s.world
    w.is_rolling = 1
    w.is_stuck = 0
    w.wanted_target = m.desired_count
    w.cap = m.desired_count + surge
    w.floor = max(0, m.desired_count - unavailable)
    keep_progress(s, progress_now(m, s))
    restart_deadline(m, s)


def progress_now(m: ScenarioRecord, s: RunState) -> Progress:
    """Count the pods by which the deployment controller sees progress."""
    w = s.world
    t = w.target
    o = 1 - t
    return Progress(
        w.starting[t] + w.healthy[t],
        w.starting[o] + w.healthy[o],
        w.healthy_targets[target_group(m, t)],
        w.healthy[t] + w.healthy[o],
    )


def keep_progress(s: RunState, now: Progress) -> None:
    """Keep the counts for the next comparison."""
    seen = s.world.seen_progress
    seen[0], seen[1], seen[2], seen[3] = now.new, now.old, now.ready, now.available


def restart_deadline(m: ScenarioRecord, s: RunState) -> None:
    """Let the time for the next progress begin; a rollback has none."""
    w = s.world
    w.is_overdue = 0
    if w.phase == plan.ROLLING_OUT:
        w.timers[timers.STEP] = w.now + m.progress_deadline


def note_progress(m: ScenarioRecord, s: RunState) -> None:
    """Restart the deadline where a rolling update of pods has progressed since the last look."""
    w = s.world
    if w.step >= m.n_steps or w.step_begun == 0 or m.plan[w.step].op != plan.REPLACE_PODS:
        return
    if w.phase != plan.ROLLING_OUT:
        return
    x = w.seen_progress
    now = progress_now(m, s)
    if has_progressed(Progress(x[0], x[1], x[2], x[3]), now):
        restart_deadline(m, s)
    keep_progress(s, now)


def end_deadline(m: ScenarioRecord, s: RunState) -> None:
    """Note that a rolling update has not progressed in time, and undo it if that is wanted.

    Kubernetes itself undoes nothing: the condition Progressing is false, and the controller goes
    on trying.
    """
    w = s.world
    if w.phase != plan.ROLLING_OUT:
        return
    if m.undoes_at_deadline != 0:
        order_rollback(m, s, plan.BY_DEADLINE)
    else:
        w.is_overdue = 1
