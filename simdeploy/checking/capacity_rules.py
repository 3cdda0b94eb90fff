"""Findings on how tasks are replaced, drained and stopped, and on what they can carry."""

import math

from simdeploy.checking import numbers
from simdeploy.checking.rule import Held, Rule, Situation
from simdeploy.checking.situations import GOOD
from simdeploy.checking.subject import Subject, percent, rounded_up, time
from simdeploy.scenario.ranges import STOP_TIMEOUT
from simdeploy.semantics.capacity import capacity_cap, capacity_floor, is_stuck
from simdeploy.semantics.plan import BAKE, WAIT
from simdeploy.strategies import PlanContext, Rolling

GRACE = "service.health_check_grace_period"
TIMEOUT, SIGTERM = "service.stop_timeout", "service.ignores_sigterm"
DELAY = "target_group.deregistration_delay"
#: AWS's longest deregistration delay; the least that draining is worth (s).
LONGEST_DELAY, LEAST_DELAY = 3600.0, 30.0
#: From here on a draining task holds its place for long (s).
LONG_DRAIN = 60.0
#: What tasks should be busy at most, where the number of tasks is to be raised.
BUSY = 0.8
HOUR = 3600.0


def _grace_short(s: Subject) -> Held | None:
    if not s.has_balancer:
        return None
    check = s.scenario.target_group.health_check
    first = check.first_check.quantile(0.0)
    if first + check.interval * (check.unhealthy_threshold - 1) >= s.slow_boot:
        return None  # It answers before enough checks have failed to make it unhealthy.
    # An unhealthy target needs the healthy threshold, not initial_passes, from its next check on.
    needed = s.slow_boot + check.interval * check.healthy_threshold + check.timeout
    grace = s.scenario.service.health_check_grace_period
    if grace >= needed:
        return None
    why = (f"a slow boot and its checks take up to {time(needed)}, the grace period is "
           f"{time(grace)}: ECS replaces tasks that are only late")  # fmt: skip
    change = f"{GRACE}={time(rounded_up(needed, 10.0))}"
    return Held(why, (GRACE,), (change,))


def stuck_change(path: str, n: int, least: float = 100.0) -> str:
    """Return the setting of the smallest whole maximum that leaves room for one more task."""
    room = next(p for p in range(int(least), 100 * (n + 1) + 1) if capacity_cap(n, p) > n)
    return f"{path}.maximum_percent={room}"


def _percents_stuck(s: Subject) -> Held | None:
    carrier, n = s.carrier, s.n
    if not isinstance(carrier, Rolling):
        return None
    floor = capacity_floor(n, carrier.minimum_healthy_percent)
    cap = capacity_cap(n, carrier.maximum_percent)
    if not is_stuck(n, floor, cap):
        return None
    why = (f"{carrier.minimum_healthy_percent:g}/{carrier.maximum_percent:g} on {n} "
           f"task{'s' * (n != 1)}: at least {floor} must be healthy and at most {cap} may run, so "
           "ECS can neither stop nor start any")  # fmt: skip
    paths = (f"{s.carrier_path}.maximum_percent", f"{s.carrier_path}.minimum_healthy_percent")
    return Held(why, paths, (stuck_change(s.carrier_path, n),))


def drain_of(s: Subject) -> float:
    """Return a deregistration delay (s) that covers all requests but one in a thousand."""
    return min(LONGEST_DELAY, max(LEAST_DELAY, math.ceil(s.longest_request)))


def _no_room(s: Subject) -> Held | None:
    group, service, percents = s.scenario.target_group, s.scenario.service, s.percents
    if percents is None or not s.has_balancer or group.deregistration_delay < LONG_DRAIN:
        return None
    floor, cap = capacity_floor(s.n, percents[0]), capacity_cap(s.n, percents[1])
    held = service.draining_counts_to_maximum and cap <= s.n
    full = service.slots is not None and service.slots <= s.n
    if floor >= s.n or not (held or full):
        return None
    place = f"maximum {percents[1]:g} %" if held else f"{service.slots} slots"
    why = (f"{place} for {s.n} tasks leaves no room, and a stopped task holds its place for the "
           f"{time(group.deregistration_delay)} that it drains")  # fmt: skip
    if drain_of(s) < group.deregistration_delay:
        return Held(why, (DELAY,), (f"{DELAY}={time(drain_of(s))}",))
    # Requests need the time: only room for more tasks helps.
    change = (f"{s.carrier_path}.maximum_percent=200",) if isinstance(s.carrier, Rolling) else ()
    return Held(why, (DELAY,), change if not full else (), "room for more tasks")


def _drain_short(s: Subject) -> Held | None:
    delay = s.scenario.target_group.deregistration_delay
    needed = min(LONGEST_DELAY, s.longest_request)
    if not s.has_balancer or delay >= needed:
        return None
    why = (f"tasks drain for {time(delay)}, and one request in a thousand takes longer than "
           f"{time(needed)}")  # fmt: skip
    whole = math.ceil(needed - 1e-9)
    return Held(why, (DELAY,), (f"{DELAY}={time(whole)}",))


def _drain_long(s: Subject) -> Held | None:
    delay = s.scenario.target_group.deregistration_delay
    sockets = s.scenario.traffic.websockets.open
    if not s.has_balancer or sockets or delay <= max(LONG_DRAIN, 4.0 * s.longest_request):
        return None
    why = (f"tasks drain for {time(delay)}, and all but one request in a thousand are answered "
           f"within {time(s.longest_request)}")  # fmt: skip
    return Held(why, (DELAY,), (f"{DELAY}={time(drain_of(s))}",))


def _stop_short(s: Subject) -> Held | None:
    service = s.scenario.service
    timeout, needed = service.stop_timeout, service.shutdown.quantile(0.99)
    if timeout >= needed and not service.ignores_sigterm:
        return None
    whole = math.ceil(needed - 1e-9)
    bounded = s.scenario.platform == "ecs" and service.launch_type == "fargate"
    if bounded and whole > STOP_TIMEOUT.high:
        longer, words = None, f"shut down within {STOP_TIMEOUT.high:g} s, Fargate's longest"
    else:
        longer, words = f"{TIMEOUT}={time(max(2, whole))}" if timeout < needed else "", ""
    if service.ignores_sigterm:
        why = f"the task ignores SIGTERM and is killed after {time(timeout)}, its requests with it"
        change = () if longer is None else (f"{SIGTERM}=false", *([longer] if longer else ()))
        return Held(why, (SIGTERM,), change, words or "handle SIGTERM")
    why = (f"one shutdown in a hundred takes longer than {time(needed)}, and SIGKILL comes after "
           f"{time(timeout)}")  # fmt: skip
    return Held(why, (TIMEOUT,), (longer,) if longer else (), words)


def _over_capacity(s: Subject) -> Held | None:
    if s.utilization <= 1.0 or not s.n:
        return None
    capacity = s.scenario.service.capacity_rps
    tasks = f"{s.n} {s.words.task if s.n == 1 else s.words.tasks}"
    why = (f"{s.rate:,.4g} requests/s for {tasks} that can serve {s.n * capacity:,.4g}: "
           f"{percent(s.utilization)} of the capacity, before any deployment")  # fmt: skip
    more = math.ceil(s.rate / (BUSY * capacity))
    paths = ("traffic.rate", "traffic.steps", "traffic.daily", "service.desired_count")
    return Held(why, paths, (f"service.desired_count={more}",))


def _floor_capacity(s: Subject) -> Held | None:
    carrier, capacity = s.carrier, s.scenario.service.capacity_rps
    if not isinstance(carrier, Rolling) or s.utilization > 1.0 or not s.n:
        return None
    floor = capacity_floor(s.n, carrier.minimum_healthy_percent)
    if s.rate <= floor * capacity:
        return None
    why = (f"minimum {carrier.minimum_healthy_percent:g} % lets {floor} of {s.n} tasks serve "
           f"{s.rate:,.4g} requests/s; they can serve {floor * capacity:,.4g}")  # fmt: skip
    tasks = math.ceil(s.rate / capacity - 1e-9)
    least = next(p for p in range(101) if capacity_floor(s.n, p) >= tasks)
    change = [f"{s.carrier_path}.minimum_healthy_percent={least}"]
    if is_stuck(s.n, tasks, capacity_cap(s.n, carrier.maximum_percent)):
        change.append(stuck_change(s.carrier_path, s.n))
    return Held(why, (f"{s.carrier_path}.minimum_healthy_percent",), tuple(change))


def _horizon_short(s: Subject) -> Held | None:
    context = PlanContext(s.n, s.scenario.platform)
    steps = list(s.strategy.plan(context))
    length = sum(step.a for step in steps if step.op in (WAIT, BAKE))
    if length <= s.scenario.horizon:
        return None
    why = (f"the plan waits {time(length)} in all, longer than the {time(s.scenario.horizon)} that "
           "are simulated")  # fmt: skip
    change = f"horizon={time(rounded_up(length + HOUR, HOUR))}"
    return Held(why, ("horizon", s.path), (change,))


#: Before any deployment: the strategy does not matter.
BASE = Situation("before any deployment", twin=True)

ROWS = (
    Rule(
        id="grace-short",
        severity="error",
        title="the grace period is shorter than a boot and its checks",
        holds="first check + interval × (unhealthy threshold − 1) < q99(boot), so that the task is "
        "unhealthy first, and grace < q99(boot) + interval × healthy threshold + timeout",
        condition=_grace_short,
        situation=GOOD,
        numbers=(numbers.SHIPS, numbers.FAILED, numbers.KILLED),
        mends="a grace period that covers a slow boot and its checks",
    ),
    Rule(
        id="percents-stuck",
        severity="error",
        title="no task can start or stop",
        holds="ceil(tasks × minimum) = floor(tasks × maximum) = tasks",
        condition=_percents_stuck,
        situation=GOOD,
        numbers=(numbers.SHIPS,),
        mends="the smallest maximum that leaves room for one more task",
    ),
    Rule(
        id="no-room",
        severity="error",
        title="draining tasks hold the places of new ones",
        holds="maximum 100 % with draining tasks counted, or no free slot, and a deregistration "
        "delay of 60 s or more",
        condition=_no_room,
        situation=GOOD,
        numbers=(numbers.SHIPS, numbers.FAILED, numbers.HEADROOM, numbers.LIVE),
        mends="drain as long as all but one request in a thousand take, at least 30 s",
    ),
    Rule(
        id="drain-short",
        severity="error",
        title="tasks drain for less than a long request takes",
        holds="deregistration delay < q99.9 of the request times, long requests included",
        condition=_drain_short,
        situation=GOOD,
        numbers=(numbers.CUT,),
        mends="drain as long as all but one request in a thousand take",
    ),
    Rule(
        id="drain-long",
        severity="note",
        title="tasks drain far longer than any request takes",
        holds="deregistration delay > 60 s and > 4 × q99.9 of the request times, no WebSockets",
        condition=_drain_long,
        situation=GOOD,
        numbers=(numbers.DONE,),
        mends="drain as long as all but one request in a thousand take, at least 30 s",
        guards=(numbers.CUT,),
    ),
    Rule(
        id="stop-short",
        severity="error",
        title="tasks are killed before they have shut down",
        holds="stop timeout < q99(shutdown), or the task ignores SIGTERM",
        condition=_stop_short,
        situation=GOOD,
        numbers=(numbers.CUT,),
        mends="a stop timeout as long as a slow shutdown, or a task that handles SIGTERM",
    ),
    Rule(
        id="over-capacity",
        severity="error",
        title="more requests than all {tasks} can serve",
        holds="rate > {tasks} × capacity of a {task}",
        condition=_over_capacity,
        situation=BASE,
        numbers=(numbers.BASE,),
        mends="enough {tasks} to be busy for 80 % at most",
    ),
    Rule(
        id="floor-capacity",
        severity="error",
        title="the tasks that must stay cannot carry the traffic",
        holds="rate > ceil(tasks × minimum) × capacity of a task",
        condition=_floor_capacity,
        situation=GOOD,
        numbers=(numbers.FAILED, numbers.SHIPS, numbers.HEADROOM),
        mends="the smallest minimum that carries the traffic",
    ),
    Rule(
        id="horizon-short",
        severity="note",
        title="the plan is longer than what is simulated",
        holds="steps, waits, bake time and termination wait > horizon",
        condition=_horizon_short,
        situation=GOOD,
        numbers=(numbers.UNFINISHED,),
        mends="a horizon an hour longer than the plan",
    ),
)
