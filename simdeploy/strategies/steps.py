"""The steps that plans are made of.

`simdeploy.semantics.plan` says what each does, when it is done and what undoes it.
"""

from simdeploy.semantics import plan
from simdeploy.strategies.base import Step

#: Longer than any horizon: a step without a limit of its own.
UNLIMITED = 1e15


def replace_tasks(minimum_healthy_percent: float = 100, maximum_percent: float = 200) -> Step:
    """Replace old tasks by new ones within floor and cap, as ECS's rolling deployments do."""
    return Step(plan.REPLACE_TASKS, float(minimum_healthy_percent), float(maximum_percent))


def replace_pods(surge: int, unavailable: int) -> Step:
    """Replace old pods by new ones, so many beyond the desired count or missing at most."""
    return Step(plan.REPLACE_PODS, float(surge), float(unavailable))


def bound_pods(surge: int, unavailable: int) -> Step:
    """Let so many pods be there beyond the desired count, or be missing, at most."""
    return Step(plan.BOUND_PODS, float(surge), float(unavailable))


def split_pods(new: int, old: int) -> Step:
    """Go to so many new and so many old pods within the bounds; wait until the new are ready."""
    return Step(plan.SPLIT_PODS, float(new), float(old))


def stop_old_tasks(*, wait: bool = True) -> Step:
    """Deregister and stop every old task; with ``wait``, go on when the last of them is gone."""
    return Step(plan.STOP_OLD_TASKS, 1.0 if wait else 0.0)


def stop_new_tasks() -> Step:
    """Deregister and stop the new tasks, and start no more."""
    return Step(plan.STOP_NEW_TASKS)


def start_new_tasks(share: float = 1.0) -> Step:
    """Start new tasks, as a share of the desired count, rounded up."""
    return Step(plan.START_NEW_TASKS, float(share))


def await_healthy(timeout: float = UNLIMITED) -> Step:
    """Wait until every new task is healthy; after ``timeout`` seconds the deployment fails."""
    return Step(plan.AWAIT_HEALTHY, float(timeout))


def test_traffic() -> Step:
    """Point the test listener at the new tasks."""
    return Step(plan.TEST_TRAFFIC)


def hook(stage: int, index: int) -> Step:
    """Run the strategy's hook number ``index``, which stands at this stage."""
    return Step(plan.HOOK, float(stage), float(index))


def approve(stage: int, index: int) -> Step:
    """Ask a person, who comes after the strategy's hooks with number ``index``, at this stage."""
    return Step(plan.APPROVE, float(stage), float(index))


def set_flag(percent: float) -> Step:
    """Turn the feature on for this percentage of users."""
    return Step(plan.SET_FLAG, float(percent))


def shift_traffic(percent: float) -> Step:
    """Order this percentage of production traffic onto the new tasks."""
    return Step(plan.SHIFT_TRAFFIC, float(percent))


def bake(seconds: float) -> Step:
    """Keep watching for a while after all traffic has moved: bake time or termination wait."""
    return Step(plan.BAKE, float(seconds))


def wait(seconds: float) -> Step:
    """Let time pass between two steps, s."""
    return Step(plan.WAIT, float(seconds))
