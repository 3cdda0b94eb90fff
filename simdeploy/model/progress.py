"""Updates of pods: their bounds, their progress, and the deadline for it."""

from simdeploy.model import timers
from simdeploy.model.accessors import target_group
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.rollback import order_rollback
from simdeploy.semantics import plan
from simdeploy.semantics.kubernetes import has_progressed
from simdeploy.semantics.state import NEVER, Progress


def begin_updating_pods(m: ScenarioRecord, s: RunState, step: int, a: int, b: int) -> None:
    """Begin a step that sets the bounds of an update of pods, or moves pods within them."""
    if step != plan.SPLIT_PODS:
        bound_pods(m, s, a, b)
    if step == plan.REPLACE_PODS:
        begin_splitting_pods(m, s, m.desired_count, 0)
    elif step == plan.SPLIT_PODS:
        begin_splitting_pods(m, s, a, b)


def bound_pods(m: ScenarioRecord, s: RunState, surge: int, unavailable: int) -> None:
    """Set how many pods may be there beyond those wanted, and how many may be missing."""
    w = s.world
    w.cap = m.desired_count + surge
    w.floor = max(0, m.desired_count - unavailable)


def begin_splitting_pods(m: ScenarioRecord, s: RunState, new: int, old: int) -> None:
    """Begin to go to so many pods of each revision, within the bounds that are set."""
    w = s.world
    w.is_rolling = 1
    w.is_stuck = 0
    w.wanted_target = new
    w.least_other = old
    begin_deadline(m, s)


def begin_deadline(m: ScenarioRecord, s: RunState) -> None:
    """Begin to watch the progress of a step."""
    keep_progress(s, progress_now(m, s))
    restart_deadline(m, s)


def has_deadline(m: ScenarioRecord, step: int) -> bool:
    """Return whether a step of the plan must progress within a deadline.

    Pauses need not. Source: Argo Rollouts, specification, ``progressDeadlineSeconds``.
    """
    if m.has_pods == 0:
        return False
    if step == plan.AWAIT_HEALTHY:
        return m.progress_deadline < NEVER
    return step == plan.REPLACE_PODS or step == plan.SPLIT_PODS


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
    """Restart the deadline where an update of pods has progressed since the last look."""
    w = s.world
    if w.step >= m.n_steps or w.step_begun == 0 or not has_deadline(m, m.plan[w.step].op):
        return
    if w.phase != plan.ROLLING_OUT:
        return
    x = w.seen_progress
    now = progress_now(m, s)
    if has_progressed(Progress(x[0], x[1], x[2], x[3]), now):
        restart_deadline(m, s)
    keep_progress(s, now)


def end_deadline(m: ScenarioRecord, s: RunState) -> None:
    """Note that an update has not progressed in time, and undo it if that is wanted.

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
