"""What the controllers of Kubernetes do: bounds of a rolling update, probes, restarts, deletion.

Source: Kubernetes' pages on Deployments, the life cycle of pods and probes, and the tables in the
unit tests of its deployment controller (``rolling_test.go``, ``deployment_util_test.go``).
"""

from math import floor

from simdeploy.semantics.capacity import thousandths
from simdeploy.semantics.state import NEVER, Fleet, Orders, Progress

#: A container that has run for so long is restarted without a pause again, s (pod life cycle).
FORGIVEN_AFTER = 600.0
#: The kubelet looks at its containers so often, s: no restart takes less.
KUBELET_PERIOD = 1.0
#: The kube-scheduler tries a pod that fits on no node again after so long at most, s.
PLACEMENT_RETRY = 10.0


def surge_pods(desired: int, percent: float) -> int:
    """Return ``maxSurge`` in pods: a percentage of the replicas, rounded up.

    Source: API reference, ``RollingUpdateDeployment``.

    >>> surge_pods(10, 39.0), surge_pods(4, 25.0), surge_pods(7, 30.0)
    (4, 1, 3)
    """
    return -((-desired * thousandths(percent)) // 100000)


def unavailable_pods(desired: int, percent: float) -> int:
    """Return ``maxUnavailable`` in pods: a percentage of the replicas, rounded down.

    Source: API reference, ``RollingUpdateDeployment``.

    >>> unavailable_pods(10, 39.0), unavailable_pods(3, 25.0), unavailable_pods(7, 30.0)
    (3, 0, 2)
    """
    return desired * thousandths(percent) // 100000


def least_unavailable(surge: int, unavailable: int) -> int:
    """Return ``maxUnavailable`` in effect: 1 where both bounds come to 0 pods.

    Source: the deployment controller, ``ResolveFenceposts``; otherwise nothing could move.

    >>> least_unavailable(0, 0), least_unavailable(1, 0), least_unavailable(0, 3)
    (1, 0, 3)
    """
    return 1 if surge == 0 and unavailable == 0 else unavailable


def new_pods(desired: int, new: int, old: int, surge: int) -> int:
    """Return how many pods the new revision should have now, of those it is to have in the end.

    Old and new pods together stay within ``desired + surge``; pods that terminate do not count.
    Source: the deployment controller, ``NewRSNewReplicas``.

    >>> new_pods(10, 0, 10, 2), new_pods(10, 0, 5, 2), new_pods(10, 11, 2, 2)
    (2, 7, 10)
    """
    return min(desired, max(new, desired + surge - old))


def cleaned_up(unhealthy: int, most: int) -> int:
    """Return how many unavailable pods of the old revision are removed first.

    Source: the deployment controller, ``cleanupUnhealthyReplicas``.

    >>> cleaned_up(2, 1), cleaned_up(2, 3), cleaned_up(2, 0), cleaned_up(0, 3)
    (1, 2, 0, 0)
    """
    return max(0, min(unhealthy, most))


def scaled_down(available: int, floor: int, old: int) -> int:
    """Return how many old pods are removed because more are available than must be.

    Source: the deployment controller, ``scaleDownOldReplicaSetsForRollingUpdate``.

    >>> scaled_down(10, 10, 10), scaled_down(10, 8, 10), scaled_down(10, 8, 0)
    (0, 2, 0)
    """
    return max(0, min(available - floor, old))


def old_pods(fleet: Fleet, keep: int, floor: int) -> int:
    """Return how many pods the old revision should have after this reconciliation.

    ``keep`` is how many it should have so far, ``floor`` how many must be available. Unavailable
    new pods give no room to remove old ones. Source: the deployment controller,
    ``reconcileOldReplicaSets``.

    One sick release at 4 pods, 25 % and 25 %: one old pod goes, and no other follows.

    >>> old_pods(Fleet(0, 0, 0, 0, 4, 0, 0), 4, 3), old_pods(Fleet(2, 0, 0, 0, 3, 0, 0), 3, 3)
    (3, 3)
    """
    removable = keep + fleet.healthy - floor
    if removable <= 0:
        return keep
    cleaned = cleaned_up(keep - fleet.other_healthy, removable)
    return keep - cleaned - scaled_down(fleet.healthy + fleet.other_healthy, floor, keep - cleaned)


def reconcile_pods(fleet: Fleet, want: int, keep: int, cap: int, free_slots: int) -> Orders:
    """Return the pods to delete and to create now, given the number wanted of each revision.

    Pods that are not ready are deleted first. Old pods that are missing are created before new
    ones, as their number is a promise of its own replica set. ``free_slots``: pods for which
    the nodes have room. Source: the replica set controller.

    >>> reconcile_pods(Fleet(0, 0, 0, 0, 4, 0, 0), 4, 3, 5, 99)
    Orders(stop_sick=0, stop_surplus=0, stop_other_sick=0, stop_other_starting=0, \
stop_other_healthy=1, start=2, start_other=0)
    """
    new = fleet.starting + fleet.healthy
    old = fleet.other_starting + fleet.other_healthy
    beyond = max(0, old - keep)
    unready = min(fleet.other_starting, beyond)
    start_other = max(0, min(keep - old, free_slots))
    start = max(0, min(new_pods(want, new, keep, cap - want) - new, free_slots - start_other))
    surplus = min(fleet.healthy, max(0, new - want))
    return Orders(0, surplus, 0, unready, beyond - unready, start, start_other)


def split_of(desired: int, percent: float, surge: int) -> tuple[int, int]:
    """Return the new and the old pods whose ratio is nearest to a percentage of the requests.

    There are as many as desired together, or one more if the surge allows it. Unless there is one
    place only, each revision has at least one pod, and at a tie the new one has more. Source: Argo
    Rollouts, ``approximateWeightedCanaryStableReplicaCounts`` and the table in its unit test.

    >>> split_of(4, 5.0, 0), split_of(4, 5.0, 1), split_of(10, 24.0, 1), split_of(3, 50.0, 0)
    ((1, 3), (1, 4), (3, 8), (2, 1))
    """
    if percent >= 100.0 or desired <= 0:
        return max(desired, 0), 0
    share = desired * percent / 100.0
    low = int(share)
    high = low if low == share else low + 1
    alone = desired == 1 and surge == 0
    best, of = 0, desired
    nearest = NEVER
    for total in range(desired, desired + (2 if surge > 0 else 1)):
        is_tied = total * percent / 100.0 % 1.0 == 0.5
        for new in range(high, low - 1, -1):
            if (is_tied and new < high) or (not alone and (new == 0 or new == total)):
                continue
            distance = abs(100.0 * new / total - percent)
            if distance < nearest:
                best, of, nearest = new, total, distance
    return best, of - best


def has_progressed(before: Progress, now: Progress) -> bool:
    """Return whether a rolling update has progressed between two counts of its pods.

    It has with a pod created, an old one deleted, one more ready or available. Source: the
    deployment controller, ``DeploymentProgressing``.

    >>> has_progressed(Progress(2, 3, 3, 3), Progress(2, 3, 4, 3))
    True
    >>> has_progressed(Progress(2, 3, 3, 3), Progress(2, 3, 2, 2))
    False
    """
    if now.new > before.new or now.old < before.old:
        return True
    return now.ready > before.ready or now.available > before.available


def restart_pause(restarts: int, first: float, cap: float) -> float:
    """Return the seconds from the exit of a container until the kubelet starts it again.

    At once the first time, then after 10, 20, 40 … s, 5 minutes at most. Source: life cycle of
    pods, "How Pods handle problems with containers".

    >>> [restart_pause(restarts, 10.0, 300.0) for restarts in (0, 1, 2, 5, 6, 90)]
    [1.0, 10.0, 20.0, 160.0, 300.0, 300.0]
    """
    pause = first
    for _ in range(min(restarts - 1, 64)):
        pause = min(2.0 * pause, cap)
    return max(KUBELET_PERIOD, pause if restarts > 0 else 0.0)


def restarts_after(restarts: int, ran_for: float) -> int:
    """Return the restarts that count for the next pause; ten minutes without a failure clear them.

    Source: life cycle of pods.

    >>> restarts_after(4, 12.0), restarts_after(4, 600.0)
    (4, 0)
    """
    return 0 if ran_for >= FORGIVEN_AFTER else restarts


def pull_gets_through(at: float, end: float, first: float, cap: float) -> float:
    """Return when a pull begun at ``at`` gets through, if there is an image from ``end`` on.

    The kubelet tries again after pauses that double from ``first`` to ``cap``, in place; a failed
    attempt takes no time here. Source: images, "ImagePullBackOff".

    >>> pull_gets_through(5.0, 0.0, 10.0, 300.0), pull_gets_through(5.0, 60.0, 10.0, 300.0)
    (5.0, 75.0)
    """
    if end == NEVER:
        return NEVER
    pause = max(KUBELET_PERIOD, first)
    for _ in range(64):
        if at >= end:
            return at
        at += pause
        pause = max(pause, min(2.0 * pause, cap))
    return at - floor(min(0.0, at - end) / pause) * pause


def startup_passes(boot_end: float, first: float, period: float, failures: int) -> float:
    """Return when a startup probe passes; NEVER if it gives up after so many ``failures``.

    It is sent at ``first`` and every ``period`` from then on. Source: probes.

    >>> startup_passes(112.0, 103.0, 5.0, 24), startup_passes(221.0, 103.0, 5.0, 24)
    (113.0, inf)
    """
    at = first
    for _ in range(failures):
        if at >= boot_end:
            return at
        at += period
    return NEVER
