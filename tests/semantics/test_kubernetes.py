"""Rules of Kubernetes against the tables in its controllers' own tests, and arithmetic."""

import pytest

from simdeploy.semantics.kubernetes import (
    cleaned_up,
    has_progressed,
    least_unavailable,
    new_pods,
    old_pods,
    pull_gets_through,
    reconcile_pods,
    restart_pause,
    restarts_after,
    scaled_down,
    split_of,
    startup_passes,
    surge_pods,
    unavailable_pods,
)
from simdeploy.semantics.state import NEVER, Fleet, Progress


@pytest.mark.parametrize(
    ("surge", "unavailable", "desired", "bounds"),
    [
        (0.0, 0.0, 0, (0, 1)),
        (39.0, 39.0, 10, (4, 3)),
        (0.0, 39.0, 10, (0, 3)),
        (39.0, 0.0, 10, (4, 0)),
        (0.0, 0.0, 10, (0, 1)),
        (25.0, 25.0, 4, (1, 1)),
        (25.0, 25.0, 1, (1, 0)),
        (30.0, 30.0, 7, (3, 2)),
        (7.0, 7.0, 100, (7, 7)),
    ],
)
def test_fenceposts(surge, unavailable, desired, bounds):
    """Surge is rounded up, unavailable down, and 1 if both come to 0 (ResolveFenceposts)."""
    pods = surge_pods(desired, surge)
    assert (pods, least_unavailable(pods, unavailable_pods(desired, unavailable))) == bounds


@pytest.mark.parametrize(
    ("desired", "surge", "old", "new", "expected"),
    [
        (10, 0, 10, 0, 0),
        (10, 2, 10, 0, 2),
        (10, 2, 5, 0, 7),
        (10, 2, 10, 2, 2),
        (10, 2, 2, 11, 10),
        (6, 10, 5, 2, 6),
    ],
)
def test_scale_up(desired, surge, old, new, expected):
    """New pods grow into the room below replicas and surge (reconcileNewReplicaSet)."""
    assert new_pods(desired, new, old, surge) == expected


@pytest.mark.parametrize(
    ("unavailable", "old", "new", "old_ready", "new_ready", "expected"),
    [
        (0, 10, 0, 10, 0, 10),
        (2, 10, 0, 10, 0, 8),
        (2, 10, 0, 8, 0, 8),
        (2, 10, 0, 9, 0, 8),
        (2, 8, 2, 8, 0, 8),
    ],
)
def test_scale_down_and_clean_up(unavailable, old, new, old_ready, new_ready, expected):
    """Unready old pods go first, then those above the floor (reconcileOldReplicaSets).

    Kubernetes' own first row says that it scales, which its test does not check: with nothing to
    spare it does not.
    """
    fleet = Fleet(new - new_ready, new_ready, 0, old - old_ready, old_ready, 0, 0)
    assert old_pods(fleet, old, 10 - unavailable) == expected


@pytest.mark.parametrize(
    ("unhealthy", "most", "expected"), [(2, 1, 1), (2, 3, 2), (2, 0, 0), (0, 3, 0)]
)
def test_clean_up(unhealthy, most, expected):
    """No more unhealthy pods are removed than there are, nor than may be (cleanupUnhealthy…)."""
    assert cleaned_up(unhealthy, most) == expected


@pytest.mark.parametrize(
    ("unavailable", "ready", "old", "left"),
    [(2, 10, 10, 8), (2, 8, 10, 10), (2, 10, 0, 0), (2, 1, 10, 10)],
)
def test_scale_down(unavailable, ready, old, left):
    """Available pods above the floor go (scaleDownOldReplicaSetsForRollingUpdate)."""
    assert old - scaled_down(ready, 10 - unavailable, old) == left


def test_old_pods_do_not_fall_twice():
    """The number of old pods after a reconciliation is the number after the next one, too."""
    for old in range(6):
        for old_ready in range(old + 1):
            for new in range(4):
                for new_ready in range(new + 1):
                    for floor in range(6):
                        fleet = Fleet(
                            new - new_ready, new_ready, 0, old - old_ready, old_ready, 0, 0
                        )
                        once = old_pods(fleet, old, floor)
                        gone = old - once
                        unready = max(0, old - old_ready - gone)
                        left = Fleet(new - new_ready, new_ready, 0, unready, once - unready, 0, 0)
                        assert old_pods(left, once, floor) == once


def test_sick_release_at_four_pods():
    """With 25 % and 25 % of 4 pods one old pod goes, two new ones come, and nothing follows."""
    first = reconcile_pods(Fleet(0, 0, 0, 0, 4, 0, 0), 4, 3, 5, 99)
    assert (first.stop_other_healthy, first.start, first.start_other) == (1, 2, 0)
    stuck = Fleet(2, 0, 0, 0, 3, 0, 0)
    assert sum(reconcile_pods(stuck, 4, old_pods(stuck, 3, 3), 5, 99)) == 0


def test_deleted_old_pod_comes_back_as_an_old_pod():
    """A place of the old replica set is not filled by the new one."""
    todo = reconcile_pods(Fleet(2, 0, 0, 0, 2, 0, 0), 4, 3, 5, 99)
    assert (todo.start, todo.start_other) == (0, 1)


def test_unready_pods_are_deleted_first():
    """Of the old pods those that are not ready go before those that serve."""
    todo = reconcile_pods(Fleet(0, 3, 0, 2, 3, 0, 0), 6, 2, 8, 99)
    assert (todo.stop_other_starting, todo.stop_other_healthy) == (2, 1)


def test_nodes_without_room():
    """No more pods are created than the nodes have room for."""
    assert reconcile_pods(Fleet(0, 0, 0, 0, 4, 0, 0), 4, 3, 5, 1).start == 1


def test_what_counts_as_progress():
    """A new pod, an old one less, one more ready or available are progress; losses are not."""
    seen = Progress(2, 3, 3, 3)
    steps = [(3, 3, 3, 3), (2, 2, 3, 3), (2, 3, 4, 3), (2, 3, 3, 4)]
    assert [has_progressed(seen, Progress(*counts)) for counts in steps] == [True] * 4
    assert not has_progressed(seen, Progress(2, 3, 2, 2))


def test_restarts():
    """The first restart is at once, then 10 s doubling to five minutes; ten minutes clear it."""
    assert [restart_pause(k, 10.0, 300.0) for k in range(8)] == [1, 10, 20, 40, 80, 160, 300, 300]
    assert restart_pause(1, 0.25, 300.0) == 1.0
    assert [restarts_after(3, ran) for ran in (0.0, 599.0, 600.0)] == [3, 3, 0]


def test_pulls_are_tried_again_in_place():
    """Attempts at 0, 10, 30, 70, 150 s: an image that is back after 100 s comes at 150 s."""
    assert pull_gets_through(0.0, 100.0, 10.0, 300.0) == 150.0
    assert pull_gets_through(0.0, 31.0, 10.0, 20.0) == 50.0
    assert pull_gets_through(0.0, NEVER, 10.0, 300.0) == NEVER
    assert pull_gets_through(0.0, 64 * 50.0 + 101.0, 50.0, 50.0) == 64 * 50.0 + 150.0


def test_startup_probe():
    """It passes at the first probe after the boot, and never once it has given up."""
    assert startup_passes(0.0, 3.0, 5.0, 24) == 3.0
    assert startup_passes(8.0, 3.0, 5.0, 24) == 8.0
    assert startup_passes(8.1, 3.0, 5.0, 24) == 13.0
    assert startup_passes(118.0, 3.0, 5.0, 24) == 118.0
    assert startup_passes(118.1, 3.0, 5.0, 24) == NEVER


#: Replicas, weight, surge: canary and stable pods, as the controller's own table has them.
SPLITS = {
    (0, 50, 0): (0, 0), (0, 50, 1): (0, 0), (0, 100, 1): (0, 0),
    (1, 1, 0): (0, 1), (1, 49, 0): (0, 1), (1, 50, 0): (1, 0), (1, 99, 0): (1, 0),
    (1, 100, 0): (1, 0),
    (1, 1, 1): (1, 1), (1, 49, 1): (1, 1), (1, 50, 1): (1, 1), (1, 99, 1): (1, 1),
    (1, 100, 1): (1, 0),
    (2, 1, 0): (1, 1), (2, 50, 0): (1, 1), (2, 99, 0): (1, 1), (2, 100, 0): (2, 0),
    (2, 1, 1): (1, 2), (2, 50, 1): (1, 1), (2, 99, 1): (2, 1), (2, 100, 1): (2, 0),
    (3, 10, 0): (1, 2), (3, 25, 0): (1, 2), (3, 33, 0): (1, 2), (3, 34, 0): (1, 2),
    (3, 49, 0): (1, 2), (3, 50, 0): (2, 1),
    (3, 10, 1): (1, 3), (3, 25, 1): (1, 3), (3, 33, 1): (1, 2), (3, 34, 1): (1, 2),
    (3, 49, 1): (2, 2), (3, 50, 1): (2, 2),
    (10, 1, 0): (1, 9), (10, 14, 0): (1, 9), (10, 15, 0): (2, 8), (10, 16, 0): (2, 8),
    (10, 99, 0): (9, 1), (10, 100, 1): (10, 0),
    (10, 1, 1): (1, 10), (10, 18, 1): (2, 9), (10, 19, 1): (2, 9), (10, 20, 1): (2, 8),
    (10, 23, 1): (2, 8), (10, 24, 1): (3, 8), (10, 25, 1): (3, 8), (10, 99, 1): (10, 1),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "pods"), SPLITS.items(), ids=map(str, SPLITS))
def test_splits(asked, pods):
    """Pods come as near to the weight as they can (TestApproximateWeightedNewStableReplicaCounts).

    By hand for 10 pods, 24 %, one of surge: 2 or 3 of 10 or 11 are 20, 30, 18.2 or 27.3 %; the last
    is nearest.
    """
    assert split_of(*asked) == pods


def test_a_weight_of_five_percent():
    """Of 4 pods 1 is the least, 25 %; a pod of surge makes it 1 of 5, which is nearer."""
    assert split_of(4, 5.0, 0) == (1, 3)
    assert split_of(4, 5.0, 1) == (1, 4)
