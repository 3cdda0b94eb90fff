"""Scenarios by chance: Hypothesis strategies over everything that both engines play.

Each function below makes one block of a scenario file, given how times are drawn (`Times`):
`FREE` draws any time and any distribution, `GRID` only constants on a grid, so that as much as
possible happens at the same instants. A wider format needs one more function, or one more branch
in the function of its block. Horizons and services are small, so that a run takes milliseconds.
"""

from dataclasses import dataclass
from typing import ClassVar

from hypothesis import strategies as st

from simdeploy.strategies import CircuitBreaker, Step, Strategy
from simdeploy.strategies.parts import FAULT_KINDS, NO_PAUSE, STAGES
from simdeploy.strategies.steps import (
    UNLIMITED,
    await_healthy,
    bake,
    replace_tasks,
    shift_traffic,
    start_new_tasks,
    stop_new_tasks,
    stop_old_tasks,
    wait,
)

flag = st.booleans()
share = st.sampled_from([0.0, 0.01, 0.1, 0.3, 0.5, 0.9, 1.0])


@dataclass(frozen=True)
class Times:
    """How times are drawn: by `step` where it is not 0, and at random where `drawn`."""

    step: float = 0.0
    drawn: bool = True

    def fixed(self, low, high):
        """Return a strategy for one time."""
        if self.step:
            first, last = -(-low // self.step), high // self.step
            return st.integers(int(first), int(last)).map(lambda k: k * self.step)
        whole = st.integers(int(-(-low // 1)), int(high)).map(float) if high >= 1 else st.nothing()
        return whole | st.floats(low, high).map(lambda x: min(max(round(x, 2), low), high))

    def delay(self, low, high):
        """Return a strategy for a duration: a time or a distribution of times."""
        fixed = self.fixed(low, high)
        return fixed | distributions(max(low, 0.1), high) if self.drawn else fixed

    def positive(self, high):
        """Return a strategy for a time above 0."""
        return self.fixed(self.step or 0.5, high)


FREE = Times()
GRID = Times(step=5.0, drawn=False)


@st.composite
def distributions(draw, low, high):
    """Return a distribution, most of whose values lie between two bounds."""
    a, b = sorted((draw(FREE.fixed(low, high)), draw(FREE.fixed(low, high))))
    families = {
        "uniform": {"low": a, "high": b},
        "exponential": {"mean": b},
        "lognormal": {"median": a, "p95": b + 0.1},
        "gamma": {"mean": b, "shape": 2},
        "weibull": {"mean": b, "shape": 1.5},
        "empirical": {"values": [a, (a + b) / 2, b]},
    }
    name = draw(st.sampled_from(sorted(families)))
    return {"distribution": name, **families[name]}


def block(**keys):
    """Return a strategy for a block in which each key may be left out."""
    return st.fixed_dictionaries({}, optional=keys)


def maybe(rare):
    """Return a strategy for something that is usually not there."""
    return st.none() | st.none() | rare


def startups(times):
    """Return a strategy for how a task starts."""
    return st.fixed_dictionaries(
        {
            "provisioning": times.delay(times.step or 1, 30),  # starting in no time is refused
            "pull": times.delay(0, 40),
            "container_start": times.delay(0, 10),
            "boot": times.delay(0, 40),
        },
        optional={"cpu_boost": boosts(times)},
    )


def boosts(times):
    """Return a strategy for the CPU that a starting task burns."""
    return st.fixed_dictionaries(
        {"percent": st.sampled_from([0.0, 30.0, 90.0]), "for": times.fixed(0, 120)}
    )


def backoffs(times):
    """Return a strategy for the pauses after failed starts and exits."""
    return block(
        pauses=st.lists(times.delay(0, 20), min_size=1, max_size=4),
        cap=times.fixed(20, 300),
        after_running=times.delay(0, 40),
    )


def container_checks(times):
    """Return a strategy for the container's own health check."""
    return st.fixed_dictionaries(
        {"interval": times.positive(40), "report_lag": times.delay(0, 20)},
        optional={
            "timeout": times.positive(10),
            "retries": st.integers(1, 4),
            "start_period": times.fixed(0, 90),
            "start_interval": times.positive(10),
        },
    )


def control_planes(times):
    """Return a strategy for what AWS itself takes."""
    reactions = block(sick=times.delay(0, 45), killed=times.delay(0, 20), died=times.delay(0, 30))
    told = block(
        steps=st.sampled_from(["at_looks", "at_looks", "at_once"]),
        command=times.delay(0, 20),
        left_group=times.delay(0, 5),
        exit_noticed=times.delay(0, 12),
        replace=reactions,
        look_jitter=st.sampled_from([0.0] if times.step else [0.0, 0.35, 0.2]),
    )
    return st.just("instant") | told | told | told


def services(times):
    """Return a strategy for the service."""
    needed = {
        "desired_count": st.integers(1, 6) | st.sampled_from([11, 0]),
        "capacity_rps": st.sampled_from([4.0, 20.0, 60.0]),
        "workers": st.sampled_from([1, 8]),
        "startup": startups(times),
        "shutdown": times.delay(0, 20),
        "max_connections": st.integers(5, 60),
        "scheduler_tick": st.sampled_from([0.0, 5.0, 10.0, *([] if times.step else [7.3])]),
    }
    return st.fixed_dictionaries(
        needed,
        optional={
            "slo_latency": st.sampled_from([0.2, 1.0, 5.0, 20.0]),
            "cancels_abandoned": flag,
            "base_error_rate": st.sampled_from([0.0, 0.004, 0.03]),
            "stop_timeout": times.fixed(0, 30),
            "health_check_grace_period": times.fixed(0, 120),
            "draining_counts_to_maximum": flag,
            "control_plane": control_planes(times),
            "launch_type": st.sampled_from(["fargate", "ec2"]),
            "start_backoff": backoffs(times),
            "stop_before_start": flag,
            "ignores_sigterm": flag,
            "container_health_check": maybe(container_checks(times)),
            "sigterm": st.sampled_from(["after_drain", "at_order", "without_deregistration"]),
            "finishes_work": flag,
            "slots": st.integers(1, 14),
            "launch_rate": st.sampled_from([0.05, 0.2, 1.0]),
            "launch_burst": st.integers(1, 8),
            "replace_with_same_revision": flag,
        },
    )


@st.composite
def health_checks(draw, times):
    """Return a health check."""
    interval = draw(times.fixed(5, 30))
    healthy = draw(st.integers(1, 4))
    told = {
        "interval": interval,
        "timeout": draw(st.sampled_from([0.3, 2.0])),
        "healthy_threshold": healthy,
        "unhealthy_threshold": draw(st.integers(1, 3)),
        "initial_passes": draw(st.sampled_from([1, healthy, "healthy_threshold"])),
        "depth": draw(st.sampled_from(["deep", "shallow"])),
        "queued": draw(st.sampled_from([False, False, True])),
    }
    if not times.drawn or draw(flag):
        told["first_check"] = draw(times.delay(0, interval))
    return told


def target_groups(times):
    """Return a strategy for the target group."""
    return st.fixed_dictionaries(
        {
            "health_check": health_checks(times),
            "deregistration_delay": times.fixed(0, 60),
            "deregistration_propagation": times.delay(0, 20),
            "weight_propagation": times.delay(0, 15),
        },
        optional={
            "fail_open": flag,
            "fail_open_min_count": st.integers(1, 3),
            "fail_open_includes_initial": flag,
            "idle_timeout": st.sampled_from([5.0, 60.0]),
            "algorithm": st.sampled_from(["round_robin", "random"]),
            "slow_start": times.fixed(0, 20).map(lambda stair: 10 * stair),
        },
    )


@st.composite
def traffics(draw, times, full):
    """Return traffic for a service that can serve `full` requests/s: mostly less, at times more."""
    load = st.sampled_from([0.5, 0.3, 0.8, 0.95, 1.0, 1.1, 1.6, 0.02, 0.0]).map(lambda x: x * full)
    told = {
        "sampled": draw(flag),
        "client_timeout": draw(st.sampled_from([10.0, 1.0, 30.0, 60.0])),
    }
    kind = draw(st.sampled_from(["rate", "rate", "steps", "daily"]))
    if kind == "rate":
        told["rate"] = draw(load)
    elif kind == "steps":
        times_of = draw(st.lists(times.fixed(5, 900), max_size=3, unique=True))
        told["steps"] = [{"at": at, "rate": draw(load)} for at in [0.0, *sorted(times_of)]]
    else:
        low, high = sorted((draw(load), draw(load)))
        told["daily"] = {"low": low, "high": high, "command_at": draw(times.fixed(0, 86000))}
    return {**told, **draw(block(long_requests=long_requests(times), websockets=sockets(times)))}


def long_requests(times):
    """Return a strategy for requests that take long."""
    return st.fixed_dictionaries(
        {"share": st.sampled_from([0.01, 0.2]), "duration": times.delay(1, 90)},
        optional={"streams": flag, "occupies_worker": flag},
    )


def sockets(times):
    """Return a strategy for connections that stay open."""
    lifetimes = times.positive(600) | distributions(1.0, 600.0)
    return st.fixed_dictionaries({"open": st.integers(0, 500), "lifetime": lifetimes})


def faults(times):
    """Return a strategy for one thing that is wrong with the release."""
    factors = st.sampled_from([1.5, 3.0])
    return st.one_of(
        block(probability=share, after=times.delay(0, 60)).map(kind("boot_crash")),
        block(probability=share).map(kind("never_listens")),
        errors(times).map(kind("errors")),
        schemas(times).map(kind("schema")),
        factors.map(lambda x: {"kind": "slow", "factor": x}),
        st.fixed_dictionaries({"after": times.delay(0, 900)}, optional={"probability": share}).map(
            kind("crash")
        ),
        st.fixed_dictionaries({"factor": factors, "for": times.fixed(0, 120)}).map(
            kind("cold_start")
        ),
        times.delay(0, 300).map(lambda x: {"kind": "silent", "noticed_after": x}),
        st.sampled_from([0.5, 1.0]).map(lambda x: {"kind": "side_effects", "per_request": x}),
        st.integers(1, 6).map(lambda x: {"kind": "connections", "per_task": x}),
        block(probability=share).map(kind("container_check_fails")),
        st.sampled_from([0.5, 3.0, 30.0]).map(lambda x: {"kind": "throttle", "rps_per_task": x}),
    )


def kind(word):
    """Return a function that puts the telling key in front of a block."""
    return lambda told: {"kind": word, **told}


def errors(times):
    """Return a strategy for application errors."""
    return st.fixed_dictionaries(
        {"rate": share},
        optional={
            "from": times.fixed(0, 120),
            "ramp": times.fixed(0, 30).map(lambda stair: 10 * stair),
            "since": st.sampled_from(["task_running", "full_traffic", "command"]),
            "seen_by_health_check": flag,
        },
    )


def schemas(times):
    """Return a strategy for a change of the database schema."""
    changes = ["expand", "mismatch", "migrate", "contract", "destructive"]
    return st.fixed_dictionaries(
        {"change": st.sampled_from(changes)},
        optional={
            "touches": share,
            "meets": share,
            "rows_read": st.sampled_from([0.0, 100.0, 5000.0]),
            "applied": st.sampled_from(["before_command", "first_new_task", "full_traffic"]),
            "reversible": flag,
            "repaired_after": times.fixed(0, 600),
        },
    )


def playable(told):
    """Leave out second changes of the schema, which stand once per release, and fifth exits."""
    found = []
    for one in told:
        alike = sum(one["kind"] == other["kind"] for other in found)
        if alike < (1 if one["kind"] == "schema" else 4):
            found.append(one)
    return found


def releases(times):
    """Return a strategy for one release: sometimes good, mostly with a fault or a few."""
    own = block(
        provisioning=times.delay(times.step or 1, 30),
        pull=times.delay(0, 40),
        container_start=times.delay(0, 10),
        boot=times.delay(0, 40),
    )
    wrong = st.lists(faults(times), max_size=3).map(playable)
    return st.fixed_dictionaries({"faults": wrong}, optional={"startup": own})


def chains(times):
    """Return a strategy for what is deployed: one release, or several after one another."""
    one = releases(times).map(lambda told: {"release": told})
    more = st.lists(releases(times), min_size=2, max_size=3).map(lambda told: {"releases": told})
    return st.one_of(one, one, more)


@st.composite
def windows(draw, times):
    """Return when something of the environment begins and ends."""
    start = draw(times.fixed(0, 400))
    if draw(st.integers(0, 3)) == 0:
        return {"from": start}
    return {"from": start, "until": start + draw(times.positive(600))}


EVENTS = ("slow_registry", "registry_down", "capacity_unavailable", "task_crash", "task_hang",
          "traffic_spike", "flaky_health_checks", "dependency_down",
          "health_signal_missing")  # fmt: skip
ALARM_EVENTS = ("alarm_noise", "alarm_already_red")


@st.composite
def events(draw, times, names=()):
    """Return one thing that happens around the deployment, to an alarm of those named perhaps."""
    word = draw(st.sampled_from([*EVENTS, *(ALARM_EVENTS if names else ())]))
    if word in ("task_crash", "task_hang"):
        told = {
            "at": draw(times.fixed(0, 600)),
            "revision": draw(st.sampled_from(["old", "new"])),
            "tasks": draw(st.integers(1, 4)),
        }
        if word == "task_crash":
            told["by_hand"] = draw(flag)
    elif word == "alarm_already_red":
        told = draw(block(until=times.positive(600)))
    else:
        told = draw(windows(times))
    if word in ALARM_EVENTS:
        told["alarm"] = draw(st.sampled_from(list(names)))
    if word == "registry_down":
        told["fails_after"] = draw(times.delay(0, 60))
    if word == "capacity_unavailable":
        told["counts_for_breaker"] = draw(st.sampled_from(["round", "never"]))
    if word in ("flaky_health_checks", "alarm_noise"):
        told["probability"] = draw(share)
    if word in ("slow_registry", "traffic_spike"):
        factors = [0.0, 0.5, 1.5, 3.0] if word == "traffic_spike" else [1.0, 2.0, 20.0]
        told["factor"] = draw(st.sampled_from(factors))
    return {"kind": word, **told}


#: Thresholds that are crossed now and then, by metric.
THRESHOLDS = {
    "any_5xx_rate": [0.01, 0.0, 0.2, 0.5],
    "any_4xx_rate": [0.01, 0.0, 0.2],
    "elb_4xx_rate": [0.01, 0.0],
    "any_4xx_5xx_rate": [0.01, 0.2],
    "target_5xx_rate": [0.01, 0.3],
    "elb_5xx_rate": [0.01, 0.3],
    "p99_latency": [0.3, 2.0, 8.0],
    "burn_rate": [1.0, 14.4],
    "cpu": [40.0, 70.0],
    "unhealthy_targets": [0.0, 0.5, 1.0],
}


@st.composite
def alarms(draw, times, name):
    """Return one alarm."""
    of = draw(st.integers(1, 3))
    metric = draw(st.sampled_from(list(THRESHOLDS)))
    slo = {"slo": draw(st.sampled_from([0.9, 0.999]))} if metric == "burn_rate" else {}
    return {
        "name": name,
        "metric": metric,
        **slo,
        "threshold": draw(st.sampled_from(THRESHOLDS[metric])),
        "scope": draw(st.sampled_from(["service", "service", "new", "old"])),
        "period": draw(st.sampled_from([60.0, 10.0, 30.0, 300.0, 90.0])),
        "window": draw(st.sampled_from(["sliding", "wall_clock"])),
        "datapoints": draw(st.integers(1, of)),
        "of": of,
        "missing": draw(st.sampled_from(["missing", "not_breaching", "breaching", "ignore"])),
        "publish_delay": draw(times.delay(0, 60)),
        "evaluation": draw(times.delay(0, 30)),
        "poll": draw(times.delay(0, 15)),
    }


def operators(times):
    """Return a strategy for the person on call."""
    return st.fixed_dictionaries(
        {
            "notices": times.delay(0, 120),
            "decides": times.delay(0, 120),
            "types": times.delay(0, 30),
        },
        optional={
            "notices_share": st.sampled_from([0.05, 0.01, 0.5]),
            "patience": times.positive(600),
            "first_command": st.sampled_from(["works", "refused", "same_image", "image_gone"]),
            "retry_after": times.fixed(0, 300),
        },
    )


def breakers():
    """Return a strategy for the circuit breaker."""
    kinds = st.sampled_from([("BOUNDED_PERCENT", 50), ("UNBOUNDED_PERCENT", 30), ("COUNT", 2)])
    rest = {
        "enable": st.just(True) | flag,
        "rollback": flag,
        "reset_on_healthy": flag,
        "counts_exits": st.sampled_from(["auto", True, False]),
        "counts_at": st.sampled_from(["stop", "detect"]),
        "looks": st.sampled_from(["at_next_start", "at_once"]),
    }
    limits = kinds.map(lambda pair: {"threshold_type": pair[0], "threshold": pair[1]})
    return st.tuples(block(**rest), limits).map(lambda both: {**both[0], **both[1]})


def bake_times(times):
    """Return a strategy for a bake time."""
    return st.just("auto") | times.fixed(0, 200)


@st.composite
def rolling(draw, times):
    """Return a rolling deployment."""
    low = draw(st.sampled_from([100, 0, 50, 75, 33]))
    high = draw(st.sampled_from([200, 100, 125, 150, 300]))
    return {
        "type": "rolling",
        "minimum_healthy_percent": low,
        "maximum_percent": high,
        "bake_time": draw(bake_times(times)),
        "circuit_breaker": draw(breakers()),
    }


def recreates(times):
    """Return a strategy for a deployment that stops everything first."""
    return st.fixed_dictionaries(
        {
            "type": st.just("recreate"),
            "wait_for_stop": flag,
            "bake_time": bake_times(times),
            "circuit_breaker": breakers(),
        }
    )


def hooks(times, controller, stages):
    """Return a strategy for tests at stages of a deployment."""
    limits = {} if controller == "code_deploy" else {"timeout": times.positive(120)}
    hook = st.fixed_dictionaries(
        {"stage": st.sampled_from(stages), "duration": times.delay(0, 60)},
        optional={"sees": sights, "chance": share, "never_answers": st.just(True), **limits},
    )
    return st.lists(hook, max_size=2)


sights = st.lists(st.sampled_from(FAULT_KINDS), unique=True)


def approvals(times, stages):
    """Return a strategy for a person who is asked."""
    return st.fixed_dictionaries(
        {"answers_after": times.delay(0, 120)},
        optional={
            "stage": st.sampled_from([one for one in stages if one not in NO_PAUSE]),
            "timeout": times.positive(300),
            "sees": sights,
            "chance": share,
        },
    )


@st.composite
def shifting(draw, times, controllers=("code_deploy", "ecs", "custom")):
    """Return what all deployments that shift traffic have in common."""
    controller = draw(st.sampled_from(controllers))
    listens = draw(st.sampled_from([True, True, False]))
    stages = [one for one in STAGES[controller] if listens or one != "AfterAllowTestTraffic"]
    told = {
        "controller": controller,
        "test_listener": listens,
        "hooks": draw(hooks(times, controller, stages)),
        "controller_delay": draw(times.delay(0, 60)),
    }
    if controller == "code_deploy":
        told["codedeploy_red_alarm"] = draw(st.sampled_from(["ignore", "stop"]))
        told["first_deployment"] = draw(flag)
    asked = draw(maybe(approvals(times, stages)))
    if asked is not None:
        told["approval"] = asked
    if controller == "ecs":
        return {**told, "bake_time": draw(bake_times(times))}
    waits = {"termination_wait": draw(times.fixed(0, 300)), "ready_wait": draw(times.fixed(0, 60))}
    return {**told, **waits}


def blue_greens(times):
    """Return a strategy for a deployment that shifts all traffic at once."""
    return shifting(times).map(lambda told: {"type": "blue_green", **told})


@st.composite
def canaries(draw, times):
    """Return a deployment in two shifts."""
    steps = {"percent": draw(st.integers(1, 60)), "wait": draw(times.fixed(0, 200))}
    return {"type": "canary", **draw(shifting(times)), **steps}


@st.composite
def linears(draw, times):
    """Return a deployment in equal shifts."""
    told = {"type": "linear", **draw(shifting(times))}
    told |= {"percent": draw(st.sampled_from([10, 20, 30, 50])), "every": draw(times.fixed(0, 60))}
    if told["controller"] != "ecs":
        told["linear_first_step_at_zero"] = draw(flag)
    return told


@st.composite
def traffic_steps(draw, times):
    """Return a deployment in shifts of its own."""
    percents = sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    steps = [draw(gated_steps(times, p)) for p in [*percents, 100]]
    told = {"type": "traffic_steps", **draw(shifting(times, ["custom"])), "steps": steps}
    return {**told, "scale_with_weight": True} if draw(flag) else told


@st.composite
def gated_steps(draw, times, percent):
    """Return a share of traffic, sometimes with a test or a person who is asked."""
    step = {"percent": percent, "wait": draw(times.fixed(0, 100))}
    judged = {"duration": times.delay(0, 60)}
    asked = {"answers_after": times.delay(0, 120)}
    more = {"sees": sights, "chance": share}
    limit = {"timeout": st.none() | times.positive(300)}
    test = draw(maybe(st.fixed_dictionaries(judged, optional=more)))
    gate = draw(maybe(st.fixed_dictionaries(asked, optional=more | limit)))
    return step | ({"test": test} if test else {}) | ({"gate": gate} if gate else {})


@st.composite
def feature_flags(draw, times):
    """Return a deployment of dark code, and a flag that turns it on."""
    percents = sorted(draw(st.sets(st.integers(1, 99), max_size=2)))
    return {
        "type": "feature_flag",
        "deploy": draw(rolling(times) | blue_greens(times)),
        "steps": [{"percent": p, "wait": draw(times.fixed(0, 100))} for p in [*percents, 100]],
        "flag_propagation": draw(times.delay(0, 20)),
    }


class Own(Strategy):
    """A deployment made of any steps; whoever generates it registers it for the time being."""

    type: ClassVar[str] = "own"
    rows: tuple[tuple[float, float, float], ...]
    circuit_breaker: CircuitBreaker = CircuitBreaker()

    def plan(self, context):
        """Return the steps."""
        return [Step(int(op), a, b) for op, a, b in self.rows]


def steps(times):
    """Return a strategy for one step of a plan."""
    waits = times.fixed(0, 200)
    percents = st.tuples(st.sampled_from([0, 50, 100]), st.sampled_from([100, 150, 200]))
    return st.one_of(
        percents.map(lambda both: replace_tasks(*both)),
        st.sampled_from([0.3, 0.5, 1.0]).map(start_new_tasks),
        (waits | st.just(UNLIMITED)).map(await_healthy),
        st.sampled_from([10.0, 50.0, 100.0]).map(shift_traffic),
        waits.map(wait),
        waits.map(bake),
        flag.map(lambda waits: stop_old_tasks(wait=waits)),
        st.just(stop_new_tasks()),
    )


@st.composite
def own(draw, times):
    """Return a deployment of somebody's own, sensible or not."""
    rows = [list(step) for step in draw(st.lists(steps(times), min_size=1, max_size=7))]
    return {"type": "own", "rows": rows, "circuit_breaker": draw(breakers())}


#: Kinds of deployments; the first is what a failing example shrinks to.
STRATEGIES = {
    "rolling": rolling,
    "recreate": recreates,
    "blue_green": blue_greens,
    "canary": canaries,
    "linear": linears,
    "traffic_steps": traffic_steps,
    "feature_flag": feature_flags,
}


@st.composite
def strategies(draw, times, names, kinds):
    """Return one to three deployments, which listen to some of the alarms named."""
    words = draw(st.lists(st.sampled_from(list(kinds)), min_size=1, max_size=3, unique=True))
    listening = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    return {word: {**draw(kinds[word](times)), "alarms": draw(listening)} for word in words}


@st.composite
def balancing(draw, told):
    """Return what the service of a scenario needs for its faults, and perhaps no load balancer."""
    keys = {}
    releases = told.get("releases", [told.get("release")])
    kinds = {fault["kind"] for release in releases for fault in release["faults"]}
    if "container_check_fails" in kinds and not told["service"].get("container_health_check"):
        keys["container_health_check"] = {}
    metrics = {alarm["metric"] for alarm in told["alarms"]}
    needed = metrics & {"elb_5xx_rate", "elb_4xx_rate", "unhealthy_targets"}
    if not needed and set(told["strategies"]) <= {"rolling", "recreate"}:
        keys["load_balancer"] = draw(flag)
    return keys


@st.composite
def scenarios(draw, times=FREE, kinds=STRATEGIES):
    """Return a scenario as a file would tell it."""
    service = draw(services(times))
    full = service["desired_count"] * service["capacity_rps"]
    names = [f"alarm-{k}" for k in range(draw(st.sampled_from([1, 0, 2])))]
    told = {
        "name": "generated",
        "platform": "custom",
        "service": service,
        "target_group": draw(target_groups(times)),
        "traffic": draw(traffics(times, full)),
        **draw(chains(times)),
        "environment": {"events": draw(st.lists(events(times, names), max_size=3))},
        "alarms": [draw(alarms(times, name)) for name in names],
        "strategies": draw(strategies(times, names, kinds)),
        "horizon": draw(times.fixed(600, 2400)),
        "drill_after": draw(times.fixed(0, 200)),
    }
    told["service"] |= draw(balancing(told))
    operator = draw(maybe(operators(times)))
    return told if operator is None else {**told, "operator": operator}
