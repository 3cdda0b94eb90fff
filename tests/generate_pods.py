"""Scenarios on Kubernetes by chance, from the parts of `tests.generate`."""

from hypothesis import strategies as st

from simdeploy.strategies.traffic_steps import POD_STAGES
from tests.generate import (
    FREE,
    alarms,
    approvals,
    block,
    chains,
    events,
    flag,
    gated_steps,
    hooks,
    maybe,
    operators,
    startups,
    traffics,
)

CUSTOM_STAGES = ["BeforeInstall", "AfterInstall", "BeforeAllowTraffic", "AfterAllowTraffic"]


@st.composite
def probes(draw, times):
    """Return a readiness probe."""
    period = draw(times.fixed(times.step or 1, 20))
    return {
        "period": period,
        "timeout": draw(st.sampled_from([0.3, 1.0])),
        "initial_delay": draw(times.fixed(0, 30)),
        "successes": draw(st.integers(1, 3)),
        "failures": draw(st.integers(1, 3)),
        "depth": draw(st.sampled_from(["deep", "shallow"])),
    }


def startup_probes(times):
    """Return a strategy for a startup probe, which passes now and then."""
    return st.fixed_dictionaries(
        {
            "initial_delay": times.fixed(0, 20),
            "period": times.fixed(times.step or 1, 20),
            "failures": st.integers(1, 6),
        }
    )


def services(times):
    """Return a strategy for a service of pods."""
    needed = {
        "desired_count": st.integers(1, 6) | st.sampled_from([11, 0]),
        "capacity_rps": st.sampled_from([4.0, 20.0, 60.0]),
        "workers": st.sampled_from([1, 8]),
        "startup": startups(times),
        "shutdown": times.delay(0, 20),
        "max_connections": st.integers(5, 60),
        "readiness": st.none() | probes(times) | probes(times) | probes(times),
        "startup_probe": maybe(startup_probes(times)),
        "endpoint_propagation": times.delay(0, 15),
    }
    return st.fixed_dictionaries(
        needed,
        optional={
            "slo_latency": st.sampled_from([0.2, 1.0, 5.0, 20.0]),
            "cancels_abandoned": flag,
            "base_error_rate": st.sampled_from([0.0, 0.004, 0.03]),
            "termination_grace_period": times.fixed(0, 40),
            "pre_stop": times.fixed(0, 30),
            "restart_backoff": st.sampled_from(
                [{"first": 5.0, "cap": 20.0}, {"first": 10.0, "cap": 10.0}]
            ),
            "ignores_sigterm": flag,
            "finishes_work": flag,
            "slots": st.integers(1, 14),
        },
    )


@st.composite
def rolling_updates(draw, times):
    """Return a rolling update."""
    bounds = st.sampled_from([0, 1, 2, "25%", "50%", "100%"])
    surge, missing = draw(bounds), draw(bounds)
    least = draw(times.fixed(0, 30) | st.just(0.0))
    return {
        "type": "kubernetes_rolling",
        "max_surge": surge,
        "max_unavailable": 1 if surge == missing == 0 else missing,
        "min_ready": least,
        "progress_deadline": least + draw(times.positive(300)),
        "on_deadline": draw(st.sampled_from(["none", "undo"])),
    }


@st.composite
def shifting(draw, times):
    """Return what a pipeline of one's own does that shifts traffic."""
    told = {
        "controller": "custom",
        "hooks": draw(hooks(times, "custom", CUSTOM_STAGES)),
        "controller_delay": draw(times.delay(0, 60)),
        "termination_wait": draw(times.fixed(0, 200)),
    }
    asked = draw(maybe(approvals(times, CUSTOM_STAGES)))
    return told if asked is None else {**told, "approval": asked}


def recreates(times):
    """Return a strategy for a deployment that deletes everything first."""
    del times
    return st.fixed_dictionaries({"type": st.just("recreate"), "wait_for_stop": flag})


def blue_greens(times):
    """Return a strategy for a deployment that shifts all traffic at once."""
    both = st.tuples(shifting(times), deadlines(times))
    return both.map(lambda told: {"type": "blue_green", **told[0], **told[1]})


@st.composite
def traffic_steps(draw, times):
    """Return a deployment in shifts of its own."""
    percents = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    steps = [draw(gated_steps(times, p)) for p in [*percents, 100]]
    told = {"type": "traffic_steps", "steps": steps, **draw(deadlines(times))}
    if draw(flag):
        bounds = draw(rolling_updates(times))
        found = draw(hooks(times, "custom", POD_STAGES))
        return {**told, "pods_as_weights": True, "hooks": found,
                "max_surge": bounds["max_surge"],
                "max_unavailable": bounds["max_unavailable"]}  # fmt: skip
    told |= draw(shifting(times))
    return {**told, "scale_with_weight": True} if draw(flag) else told


@st.composite
def deadlines(draw, times):
    """Return when pods are available, and sometimes by when there must be progress."""
    least = draw(times.fixed(0, 30) | st.just(0.0))
    if draw(flag):
        return {"min_ready": least}
    deadline = least + draw(times.positive(300))
    return {"min_ready": least, "progress_deadline": deadline,
            "on_deadline": draw(st.sampled_from(["none", "undo"]))}  # fmt: skip


@st.composite
def feature_flags(draw, times):
    """Return a deployment of dark code, and a flag that turns it on."""
    return {
        "type": "feature_flag",
        "deploy": draw(blue_greens(times)),
        "steps": [{"percent": 40, "wait": draw(times.fixed(0, 100))}, {"percent": 100}],
        "flag_propagation": draw(times.delay(0, 20)),
    }


STRATEGIES = {
    "kubernetes_rolling": rolling_updates,
    "recreate": recreates,
    "blue_green": blue_greens,
    "traffic_steps": traffic_steps,
    "feature_flag": feature_flags,
}


def without(told, *keys):
    """Return a block without some of its keys."""
    return {key: value for key, value in told.items() if key not in keys}


def on_pods(told):
    """Return a chain of releases without faults of what pods do not have."""

    def one(release):
        kept = [x for x in release["faults"] if x["kind"] != "container_check_fails"]
        return {**release, "faults": kept}

    if "releases" in told:
        return {"releases": [one(release) for release in told["releases"]]}
    return {"release": one(told["release"])}


@st.composite
def pods(draw, times=FREE, kinds=STRATEGIES):
    """Return a scenario on Kubernetes as a file would hold it."""
    service = draw(services(times))
    full = service["desired_count"] * service["capacity_rps"]
    names = [f"alarm-{k}" for k in range(draw(st.sampled_from([1, 0, 2])))]
    of_balancer = ("elb_5xx_rate", "elb_4xx_rate", "unhealthy_targets")
    signals = [draw(alarms(times, name)) for name in names]
    for signal in signals:
        if signal["metric"] in of_balancer:
            signal.update(metric="any_5xx_rate", threshold=0.01)
    around = [without(e, "fails_after", "counts_for_breaker")
              for e in draw(st.lists(events(times, names), max_size=3))]  # fmt: skip
    words = draw(st.lists(st.sampled_from(list(kinds)), min_size=1, max_size=2, unique=True))
    listening = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    told = {
        "name": "generated",
        "platform": "kubernetes",
        "service": service,
        "target_group": draw(block(weight_propagation=times.delay(0, 15))),
        "traffic": draw(traffics(times, full)),
        **on_pods(draw(chains(times))),
        "environment": {"events": [e for e in around if e["kind"] != "health_signal_missing"]},
        "alarms": signals,
        "strategies": {word: {**draw(kinds[word](times)), "alarms": draw(listening)}
                       for word in words},
        "horizon": draw(times.fixed(600, 2400)),
        "drill_after": draw(times.fixed(0, 200)),
    }  # fmt: skip
    operator = draw(maybe(operators(times)))
    if operator is None:
        return told
    if operator.get("first_command") == "image_gone":
        operator["first_command"] = "refused"
    return {**told, "operator": operator}
