"""Ten times the tasks with ten times the traffic: the same share of requests fails."""

from hypothesis import strategies as st

from simdeploy.scenario.load_balancer import TargetGroup
from tests.generate import GRID, scenarios
from tests.metamorphic.common import apart, play, search

#: Percentages of which ten tasks have a whole number, so that waves are in proportion.
WHOLE = {"minimum_healthy_percent": [0, 50, 80, 100], "maximum_percent": [100, 150, 200]}
#: Faults that all tasks of a revision have alike.
ALIKE = ["errors", "slow", "cold_start", "silent", "side_effects", "throttle", "schema"]
#: Counts of requests and what else grows with the service.
COUNTS = ["requests", "failed_requests", "failed_no_target", "failed_refused", "failed_app",
          "failed_overload", "failed_schema", "failed_cut", "slow_requests", "exposed_requests",
          "incompatible_writes", "side_effects_left", "cut_websockets", "min_healthy_tasks",
          "peak_tasks", "failed_tasks", "cost_usd"]  # fmt: skip
TIMES = ["downtime_s", "outage_s", "degraded_s", "slow_s", "p99_latency_s", "bad_s", "mixed_s",
         "deployment_s", "full_traffic_s", "decision_s", "detect_s", "rollback_s"]  # fmt: skip


@st.composite
def uniform_services(draw):
    """Return a scenario in which all tasks of a revision have the same luck.

    Nothing is drawn, shares of tasks are whole numbers, and what counts tasks or requests whatever
    the size of the service is left out: breaker, slots, connections, crashes of single tasks,
    fail-open from a number of targets on, and slow start, from which a single target is exempt
    where no other is out of it; tasks that are started in shares, in whole numbers.
    """
    told = draw(scenarios(GRID))
    service, group = told["service"], told["target_group"]
    service["desired_count"] = 10
    service["scheduler_tick"] = 5.0
    service |= {"launch_rate": 1e6, "launch_burst": 1_000_000}
    for key in ("slots", "max_connections", "container_health_check"):
        service.pop(key, None)
    for key in ("fail_open_min_count", "slow_start"):
        group.pop(key, None)
    if "algorithm" in TargetGroup.model_fields:
        group["algorithm"] = "random"
    # Checks of busy targets fail by chance; here there is room, and chance keeps nobody out.
    service |= {"capacity_rps": 60.0, "workers": 8}
    told["traffic"] = {"sampled": False, "rate": 180.0}
    check = group["health_check"]
    check |= {"interval": 30.0, "timeout": 25.0, "unhealthy_threshold": 1000, "initial_passes": 1}
    check["depth"] = "shallow"
    for release in told.get("releases", [told.get("release")]):
        release["faults"] = [f for f in release["faults"] if f["kind"] in ALIKE]
    unlike = ("task_crash", "task_hang", "flaky_health_checks")
    events = [e for e in told["environment"]["events"] if e["kind"] not in unlike]
    told["environment"]["events"] = events
    for strategy in told["strategies"].values():
        for block in (strategy, strategy.get("deploy", {})):
            block.pop("circuit_breaker", None)
            # Of a share of tasks the next whole number starts: not in proportion.
            for key in ("scale_with_weight", "pods_as_weights"):
                block.pop(key, None)
            for key in [key for key in WHOLE if key in block]:
                block[key] = draw(st.sampled_from(WHOLE[key]))
    return told


def ten_times(told):
    """Return the scenario with ten times the tasks, requests and connections."""
    traffic = dict(told["traffic"])
    for key in [key for key in ("rate", "steps", "daily") if key in traffic]:
        traffic[key] = times_ten(traffic[key])
    sockets = traffic.get("websockets")
    if sockets is not None:
        traffic["websockets"] = {**sockets, "open": 10 * sockets["open"]}
    return {**told, "service": {**told["service"], "desired_count": 100}, "traffic": traffic}


def times_ten(rate):
    """Return ten times a rate, or a block with ten times its rates."""
    if isinstance(rate, list):
        return [times_ten(step) for step in rate]
    if isinstance(rate, dict):
        return {k: 10 * v if k in ("rate", "low", "high") else v for k, v in rate.items()}
    return 10 * rate


def test_ten_times_the_size():
    """Shares stay, counts grow by ten, times do not change."""

    def check(told):
        large = ten_times(told)
        wrong = []
        for name in told["strategies"]:
            one, other = play(told, name, runs=1), play(large, name, runs=1)
            for metric in COUNTS:
                one[metric] *= 10
            found = apart(one, other, [*COUNTS, *TIMES, "verdict", "outcome"], rel=1e-6)
            wrong += [f"{name}: {text}" for text in found]
        return wrong

    search(uniform_services(), 6, check)
