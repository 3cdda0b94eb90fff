"""Checks of the facts on health checks without an answer, containers, and placement."""

from tests.conformance.registry import checks
from tests.probes import BREAKER, during, faulty, many, play, rolling, times
from tests.small import merged

HUNG = during("task_hang", at=1000, revision="new")
FIRST = {"target_group": {"health_check": {"interval": 10, "first_check": 0}}}


@checks("alb-check-timeout")
def check_timeout():
    """Check that what gets no answer is judged at its time-out, and what is refused at once."""
    run = play(rolling(), **merged(HUNG, FIRST))
    assert times(run, "target_unhealthy") == [1020.0]
    deaf = play(rolling(), **FIRST, **faulty("never_listens"))
    assert times(deaf, "target_unhealthy")[:6] == [55.0] * 6
    return "hung, checks at 1,005 and 1,015 s: unhealthy at 1,020 s; refused at 45 and 55 s: at 55"


@checks("alb-hung-target")
def hung_target():
    """Check when the requests at a task that never answers fail."""
    first = {}
    for timeout in (10, 120):
        run = play(rolling(), **merged(HUNG, {"traffic": {"client_timeout": timeout}}))
        first[timeout] = min(row[0] for row in run.timeline.state if row[2] > 0.0)
    assert first == {10: 1010.0, 120: 1060.0}
    return "hung at 1,000 s: impatient clients leave from 1,010 s on, patient ones get 504 at 1,060"


@checks("alb-host-counts")
def host_counts():
    """Check that an alarm on unhealthy targets needs no traffic."""
    alarm = {"name": "a", "metric": "unhealthy_targets", "threshold": 0, "publish_delay": 0,
             "evaluation": 0, "poll": 0}  # fmt: skip
    told = {"alarms": [alarm], "defaults": {"alarms": ["a"]}, "traffic": {"rate": 0},
            "service": {"health_check_grace_period": 300}}  # fmt: skip
    run = play(rolling(), **told, **faulty("never_listens"))
    waited = times(run, "alarm_raised")[0] - times(run, "target_unhealthy")[0]
    assert 0.0 < waited <= 60.0
    return f"no traffic at all: red {waited:.0f} s after the first target turned unhealthy"


def contained(lag=0.0, **above):
    """Play a service with a container check every 30 s."""
    service = {"container_health_check": {"report_lag": lag}}
    return play(rolling(), **merged({"service": service}, above))


@checks("ecs-container-check-clock")
def container_clock():
    """Check when a container is UNHEALTHY that fails at once."""
    run = contained(**faulty("container_check_fails"))
    assert times(run, "container_unhealthy")[0] == 45.0 + 90.0
    return "fails at once every 30 s, 3 retries: UNHEALTHY 90 s after RUNNING"


@checks("ecs-container-check-start-period")
def start_period():
    """Check that a boot of 12 s is seen by the checks of the start period."""
    service = {
        "startup": {"boot": 12},
        "container_health_check": {"report_lag": 0, "start_period": 60},
    }
    run = play(rolling(), service=service)
    assert times(run, "container_healthy") == [45.0 + 15.0] * 6
    return "boot of 12 s, start period of 60 s: HEALTHY after 15 s, not after 30 s"


@checks("ecs-container-check-report")
def container_report():
    """Check that ECS hears of a change up to 20 s later."""
    run = contained({"distribution": "uniform", "low": 0, "high": 20})
    lags = [t - 75.0 for t in times(run, "container_healthy")]
    assert all(0.0 <= lag <= 20.0 for lag in lags)
    assert len(set(lags)) == 6
    return f"six tasks: {min(lags):.0f} to {max(lags):.0f} s later"


@checks("ecs-placement-rounds")
def placement_rounds():
    """Check when a breaker trips for want of capacity."""
    one = {"service": {"desired_count": 1}, "traffic": {"rate": 10}}
    none = merged(one, during("capacity_unavailable"))
    run = play(rolling(0, 100, circuit_breaker=BREAKER), **none)
    assert times(run, "breaker_tripped") == [2700.0]
    back = merged(one, during("capacity_unavailable", until=1200))
    assert many(rolling(0, 100), runs=1, **back)["outage_s"][0] == 1865.0
    return "three rounds, tripped after 45 min; capacity back after 20 min is used after 30"
