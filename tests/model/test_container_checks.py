"""Container health checks, and services without a load balancer, in whole runs.

Tasks are RUNNING 45 s after the launch and stop in 5 s; a target is healthy 20 s after RUNNING.
"""

import pytest

from simdeploy.engines import replicate
from simdeploy.errors import NotSimulatedError
from simdeploy.strategies import REGISTRY
from tests.generate import Own
from tests.probes import BREAKER, during, events, faulty, play, refused, rolling, times, waves
from tests.small import merged, small

CANNOT_PASS = faulty("container_check_fails")
NO_BALANCER = {"service": {"load_balancer": False}}


def checked(strategy=None, *, boot=0, lag=0, above=None, **check):
    """Play the tiny scenario with a container check."""
    service = {
        "container_health_check": {"report_lag": lag, **check},
        "startup": {"boot": boot},
    }
    return play(strategy or rolling(), **merged({"service": service}, above or {}))


@pytest.mark.parametrize(
    ("check", "after"),
    [
        ({"interval": 30}, 90.0),
        ({"interval": 30, "lag": 7}, 97.0),
        ({"interval": 10, "start_period": 60}, 90.0),
    ],
)
def test_a_check_that_cannot_pass(check, after):
    """UNHEALTHY r·i = 90 s after RUNNING, or after the start period's checks at 70, 80, 90."""
    run = checked(above=CANNOT_PASS, **check)
    assert times(run, "container_unhealthy")[:6] == [45.0 + after] * 6
    assert not times(run, "target_draining", "old")


@pytest.mark.parametrize(
    ("check", "after"), [({"interval": 30}, 30.0), ({"interval": 30, "start_period": 60}, 15.0)]
)
def test_a_boot_of_twelve_seconds(check, after):
    """The first check after it: at 30 s, or every 5 s while the start period runs."""
    run = checked(boot=12, **check)
    assert times(run, "container_healthy") == [45.0 + after] * 6


def test_both_checks_must_pass():
    """The target is healthy at 65 s and the container at 75 s: then old tasks go."""
    run = checked(interval=30)
    assert times(run, "target_healthy", "new") == [65.0] * 6
    assert times(run, "target_draining", "old") == [75.0] * 6


def test_a_hung_container_never_answers():
    """Checks at 1,005, 1,040 and 1,075 get no answer, the last until 1,080 (interval 30)."""
    slow = {"target_group": {"health_check": {"interval": 300, "first_check": 0}}}
    run = checked(above=merged(slow, during("task_hang", at=1000, revision="new")), interval=30)
    assert times(run, "container_unhealthy") == [1080.0]


def test_a_task_that_never_listens_fails_its_container_check():
    """UNHEALTHY 90 s after RUNNING, its target after 50 s, both within the grace period."""
    grace = {"service": {"health_check_grace_period": 200}}
    run = checked(above=merged(faulty("never_listens"), grace), interval=30)
    assert times(run, "target_unhealthy", "new")[0] == 95.0
    assert times(run, "container_unhealthy")[0] == 135.0


def test_the_grace_period_covers_container_checks():
    """UNHEALTHY at 135 s, sick at RUNNING + 200 s (ecs-grace-period)."""
    run = checked(above=merged(CANNOT_PASS, {"service": {"health_check_grace_period": 200}}),
                  interval=30)  # fmt: skip
    assert times(run, "container_unhealthy")[0] == 135.0
    assert min(t for t in times(run, "task_created") if t > 0) == 245.0


def test_a_late_boot_recovers_within_the_grace_period():
    """UNHEALTHY at 135 s, boot over at 165 s: the check at 165 passes, nothing is replaced."""
    patient = {
        "service": {"health_check_grace_period": 200},
        "target_group": {"health_check": {"healthy_threshold": 1}},
    }
    run = checked(above=patient, boot=120, interval=30)
    assert times(run, "container_unhealthy") == [135.0] * 6
    assert times(run, "container_healthy") == [165.0] * 6
    assert len(times(run, "task_created")) == 6


def test_the_share_of_tasks_that_cannot_pass():
    """Each task draws; none of them at probability 0."""
    half = {"release": {"faults": [{"kind": "container_check_fails", "probability": 0.5}]}}
    run = checked(above=half)
    assert 0 < len(set(times(run, "container_unhealthy"))) < 20
    assert {e.task for e in events(run, "container_healthy")}
    none = {"release": {"faults": [{"kind": "container_check_fails", "probability": 0}]}}
    assert not times(checked(above=none), "container_unhealthy")


def test_a_fault_of_the_check_needs_a_check():
    """Otherwise it would do nothing."""
    assert "needs service.container_health_check" in refused(**CANNOT_PASS)


def alone(strategy=None, **above):
    """Play the tiny scenario without a load balancer."""
    return play(strategy or rolling(), **merged(NO_BALANCER, above))


def moved(run):
    """Return launches, SIGTERMs and ends of a run."""
    return waves(run, "task_created", "task_stopping", "deployment_finished")


def test_running_for_forty_seconds_is_healthy():
    """6 at 100/200: 0:+6 · 85:−6 · end 90; there is no target and no drain."""
    run = alone()
    assert moved(run) == [
        (0.0, "task_created", 6), (85.0, "task_stopping", 6), (90.0, "deployment_finished", 1),
    ]  # fmt: skip
    assert not events(run, "task_registered")
    assert not events(run, "target_draining")


def test_stop_before_start_without_a_balancer():
    """6 at 50/100: 0:−3+3 · 85:−3+3 · done 170; never below 3 counted."""
    run = alone(rolling(50, 100))
    assert moved(run) == [
        (0.0, "task_created", 3), (0.0, "task_stopping", 3),
        (85.0, "task_created", 3), (85.0, "task_stopping", 3),
        (170.0, "deployment_finished", 1),
    ]  # fmt: skip
    assert run.metrics["min_healthy_tasks"] == 3


def test_the_forty_second_hole():
    """An exit at RUNNING + 30 is never counted healthy; one at + 50 has released the old tasks."""
    early = alone(rolling(circuit_breaker=BREAKER), **faulty("boot_crash", after=30))
    assert not times(early, "task_stopping")
    assert not times(early, "breaker_tripped")
    assert early.metrics["outcome"] == "in_progress"
    late = alone(rolling(circuit_breaker=BREAKER), **faulty("boot_crash", after=50))
    assert times(late, "task_stopping", "old") == [85.0] * 6
    assert times(late, "task_failed")[:6] == [95.0] * 6
    assert not times(late, "breaker_tripped")
    assert late.metrics["failed_no_target"] > 0.0


def container(**above):
    """Return a service without a load balancer, checked every 10 s from within."""
    service = {"container_health_check": {"interval": 10, "report_lag": 0}, "startup": {"boot": 12}}
    return merged(merged(NO_BALANCER, {"service": service}), above)


def test_a_container_check_replaces_the_forty_seconds():
    """Boot 12, interval 10: 0:+6 · 65:−6 · end 70."""
    assert moved(play(rolling(), **container())) == [
        (0.0, "task_created", 6), (65.0, "task_stopping", 6), (70.0, "deployment_finished", 1),
    ]  # fmt: skip


def test_the_breaker_sees_container_checks():
    """Never passes, r 3, counted at detection: six failures at 75 s, no old task stopped."""
    breaker = {**BREAKER, "threshold_type": "COUNT", "threshold": 3, "counts_at": "detect"}
    run = play(rolling(circuit_breaker=breaker), **container(**CANNOT_PASS))
    assert times(run, "container_unhealthy")[:6] == [75.0] * 6
    assert times(run, "breaker_tripped") == [75.0]
    assert not times(run, "task_stopping", "old")


def test_work_goes_to_tasks_that_answer():
    """Booting ones take none, so nothing is refused; what a task has in hand at SIGTERM is lost."""
    run = alone(service={"startup": {"boot": 60}})
    assert run.metrics["failed_refused"] == 0.0
    assert 0.0 < run.metrics["failed_cut"] < 60
    assert run.metrics["failed_no_target"] > 0.0  # healthy at 85, yet booting until 105


def test_a_hung_task_keeps_taking_work():
    """Nobody notices: no check, and its share fails when the clients leave."""
    run = alone(**during("task_hang", at=1000, revision="new"))
    assert not times(run, "target_unhealthy")
    lasting = 7200.0 - 1010.0
    assert run.metrics["failed_cut"] == pytest.approx(100 / 6 * lasting, rel=0.01)


@pytest.mark.parametrize("metric", ["elb_5xx_rate", "elb_4xx_rate", "unhealthy_targets"])
def test_metrics_of_a_balancer_need_one(metric):
    """Nobody would publish them."""
    alarm = {"name": "a", "metric": metric, "threshold": 0.5}
    assert "is published by a load balancer only" in refused(alarms=[alarm], **NO_BALANCER)


@pytest.mark.parametrize(
    "strategy",
    [{"type": "blue_green"}, {"type": "feature_flag", "deploy": {"type": "blue_green"},
                              "steps": [{"percent": 100, "wait": 0}]}],
)  # fmt: skip
def test_shifting_traffic_needs_a_balancer(strategy):
    """Weights are those of a listener."""
    assert "needs a load balancer" in refused(strategy, **NO_BALANCER)


def test_an_own_strategy_that_shifts_traffic_needs_a_balancer(monkeypatch):
    """It is known only by its plan."""
    monkeypatch.setitem(REGISTRY, "own", Own)
    told = small({"type": "own", "rows": [[7, 100.0, 0.0]]}, **NO_BALANCER)
    with pytest.raises(NotSimulatedError, match="load_balancer"):
        replicate(told, "it", seed=1, lo=0, hi=1)
