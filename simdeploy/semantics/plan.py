"""Plans: a strategy is a list of steps, and a rollback reverses those carried out.

| step | effect | done when | reversed by |
|---|---|---|---|
| replace_tasks(min, max) | rolls within floor and cap | all new healthy, old gone | rolling back |
| replace_pods(surge, unavailable) | rolls as Kubernetes does | as above | rolling back |
| bound_pods(surge, unavailable) | sets the bounds of the next splits | at once | – |
| split_pods(new, old) | rolls to so many of each | these are ready, no more old | rolling back |
| stop_old_tasks(wait) | deregisters old tasks | at once, or when all are gone | a new deployment |
| start_new_tasks(share) | sets the new tasks' target number | at once | stopping them |
| await_healthy(timeout) | none | as many as wanted, all healthy | – |
| test_traffic | points the test listener at the new tasks | at once | – |
| hook(stage, which) | runs the hook | it has answered: yes | – |
| approve(stage, who) | asks a person | the answer is yes | – |
| shift_traffic(percent) | orders listener weights | at once, in effect later | weight 0 |
| bake(seconds), wait(seconds) | keeps both revisions | the time has passed | – |
| set_flag(percent, level) | exposes that share of users | at once, in effect later | flag off |
| stop_new_tasks | deregisters every new task | at once | – |

Facts: codedeploy-events, codedeploy-install-timeout, codedeploy-rollback-flip,
ecs-native-stages, ecs-native-rollback-flip, ecs-breaker-rollback-target.
"""

REPLACE_TASKS = 0
STOP_OLD_TASKS = 1
START_NEW_TASKS = 2
AWAIT_HEALTHY = 3
TEST_TRAFFIC = 4
HOOK = 5
APPROVE = 6
SHIFT_TRAFFIC = 7
BAKE = 8
WAIT = 9
STOP_NEW_TASKS = 10
SET_FLAG = 11
#: From here on, steps of pods.
REPLACE_PODS = 12
BOUND_PODS = 13
SPLIT_PODS = 14

#: Phases of a deployment.
ROLLING_OUT = 0
ORDERED = 1
FLIPPING = 2
TEARING_DOWN = 3
REDEPLOYING = 4
FROZEN = 5
AT_REST = 6
UNFLAGGING = 7

#: Reasons for a rollback.
NOT_UNDONE = 0
BY_BREAKER = 1
BY_ALARM = 2
BY_TIMEOUT = 3
BY_OPERATOR = 4
BY_HOOK = 5
BY_APPROVAL = 6
BY_DEADLINE = 7

SUCCEEDED = 0
ROLLED_BACK = 1
FAILED = 2
STUCK = 3
IN_PROGRESS = 4


def has_timer(step: int) -> bool:
    """Whether a step ends by a timer of its own. Definition."""
    return step in (HOOK, APPROVE, BAKE, WAIT)


def is_awaiting(step: int) -> bool:
    """Whether a step waits for tasks, so that the operator's patience counts. Definition."""
    return step in (REPLACE_TASKS, REPLACE_PODS, SPLIT_PODS, STOP_OLD_TASKS, AWAIT_HEALTHY)


def tasks_wanted(desired: int, share: float) -> int:
    """Number of tasks for a share of the desired count, rounded up as AWS scales a task set.

    Up to 1e-9 of a task is taken for rounding: 7 % of 100 are 7. Source: ECS API reference,
    ``computedDesiredCount`` of a ``TaskSet``.

    >>> tasks_wanted(6, 1.0), tasks_wanted(6, 0.25), tasks_wanted(100, 0.07)
    (6, 2, 7)
    """
    whole = int(desired * share)
    return whole if whole >= desired * share - 1e-9 else whole + 1


def redeploys_from(phase: int, aborts_at: int) -> int:
    """Return the step of the plan at which a deployment of the old revision begins.

    One that is aborted goes straight back, from the step that replaces everything on; a finished
    one is followed by a deployment of its own. Source: Argo Rollouts, "Abort" and "Rollback".

    >>> redeploys_from(ROLLING_OUT, 5), redeploys_from(AT_REST, 5)
    (5, 0)
    """
    return 0 if phase == AT_REST else aborts_at


def step_done(
    step: int, argument: float, replaced: bool, steady: bool, other_gone: bool, timer_over: bool
) -> bool:
    """Whether a step in progress is complete, as the table above says.

    (codedeploy-events, codedeploy-install-timeout, ecs-native-stages)

    >>> step_done(STOP_OLD_TASKS, 1.0, False, False, False, False)
    False
    >>> step_done(STOP_OLD_TASKS, 0.0, False, False, False, False)
    True
    """
    if step in (REPLACE_TASKS, REPLACE_PODS, SPLIT_PODS):
        return replaced
    if step == AWAIT_HEALTHY:
        return steady
    if step == STOP_OLD_TASKS:
        return other_gone or argument == 0.0
    if has_timer(step):
        return timer_over
    return True


def rolls_back_by_weights(shifts: bool, old_running: bool) -> bool:
    """Whether a rollback is a change of weights; otherwise it is a new deployment.

    (codedeploy-rollback-flip, ecs-native-rollback-flip, codedeploy-rollback-after-success)
    """
    return shifts and old_running


def hook_ends(drawn: float, timeout: float, never_answers: bool) -> float:
    """Seconds until a hook or a person has answered, or the timeout is over.

    (codedeploy-hook-timeout, ecs-native-pause-hook)

    >>> hook_ends(30.0, 3600.0, False), hook_ends(30.0, 3600.0, True)
    (30.0, 3600.0)
    """
    return timeout if never_answers else min(drawn, timeout)


def has_no_answer(drawn: float, timeout: float, never_answers: bool) -> bool:
    """Whether there is no answer in time, which counts as a no (codedeploy-hook-timeout)."""
    return never_answers or drawn > timeout


def can_roll_back(phase: int) -> bool:
    """Whether a rollback can be ordered in a phase.

    (ecs-stop-deployment, codedeploy-rollback-after-success)
    """
    return phase in (ROLLING_OUT, FROZEN, AT_REST)


def outcome(phase: int, undone: bool, stuck: bool) -> int:
    """State of the deployment that the controller reports at the horizon. Definition.

    >>> outcome(AT_REST, False, False) == SUCCEEDED, outcome(AT_REST, True, False) == ROLLED_BACK
    (True, True)
    """
    if phase == AT_REST:
        return ROLLED_BACK if undone else SUCCEEDED
    if phase == FROZEN:
        return FAILED
    if phase == ROLLING_OUT and stuck:
        return STUCK
    return IN_PROGRESS
