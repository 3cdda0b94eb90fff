"""A scenario and one of its strategies made flat: one record of numbers for both engines."""

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from simdeploy.distributions import Constant, Distribution
from simdeploy.engines import refusals
from simdeploy.engines.prices import BILLED_MINIMUM, FARGATE
from simdeploy.engines.shared import layout
from simdeploy.errors import NotSimulatedError
from simdeploy.scenario import tables
from simdeploy.semantics import alarms, breaker, faults, schema
from simdeploy.semantics.cost import hourly_price
from simdeploy.semantics.plan import HOOK
from simdeploy.semantics.state import NEVER
from simdeploy.strategies import PlanContext, Step, Strategy
from simdeploy.strategies.planning import planned, shifts_traffic

THRESHOLD_TYPES = {
    "BOUNDED_PERCENT": breaker.BOUNDED_PERCENT,
    "UNBOUNDED_PERCENT": breaker.UNBOUNDED_PERCENT,
    "COUNT": breaker.COUNT,
}
MISSING = {
    "missing": alarms.MISSING,
    "not_breaching": alarms.NOT_BREACHING,
    "breaching": alarms.BREACHING,
    "ignore": alarms.IGNORE,
}
SINCE = {
    "task_running": faults.TASK_RUNNING,
    "full_traffic": faults.AT_FULL_TRAFFIC,
    "command": faults.AT_COMMAND,
}
CHANGES = {
    "expand": schema.EXPAND,
    "mismatch": schema.MISMATCH,
    "migrate": schema.MIGRATE,
    "contract": schema.CONTRACT,
    "destructive": schema.DESTRUCTIVE,
}
APPLIED = {
    "before_command": schema.BEFORE_COMMAND,
    "first_new_task": schema.FIRST_NEW_TASK,
    "full_traffic": schema.FULL_TRAFFIC,
}
#: A schema change that hurts nobody does not make a release bad.
HARMLESS = frozenset({"expand"})


def flatten(scenario: Any, name: str, *, twin: bool = False) -> layout.Model:
    """One strategy of a scenario as a ``layout.MODEL`` record.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns.
    name : str
        A strategy of it.
    twin : bool
        Leave out the release's faults.

    Raises
    ------
    NotSimulatedError
        Where the scenario uses what the engines do not play yet.
    """
    strategy = scenario.resolved_strategies[name]
    plan = planned(strategy, PlanContext(scenario.service.desired_count, scenario.platform))
    refusals.check(scenario, name, strategy, plan)
    m = layout.records(1, layout.MODEL)[0]
    told = () if twin else scenario.chain[0].faults
    put_service(m, scenario)
    put_balancer(m, scenario)
    put_faults(m, told, deep=scenario.target_group.health_check.depth == "deep")
    put_latency(m, scenario, told)
    put_traffic(m, scenario)
    put_events(m, scenario)
    put_strategy(m, scenario, strategy, plan)
    put_watchers(m, scenario, strategy)
    put_draws(m, scenario, strategy, told)
    return m


def put_service(m: layout.Model, scenario: Any) -> None:
    """The service's own numbers, and what its tasks cost."""
    service, task = scenario.service, scenario.service.task
    price = FARGATE[task.architecture]
    vcpu = price.vcpu_hour if task.vcpu_hour_usd is None else task.vcpu_hour_usd
    gb = price.gb_hour if task.gb_hour_usd is None else task.gb_hour_usd
    m.desired = service.desired_count
    m.slo = service.slo_latency
    m.cancels_abandoned = service.cancels_abandoned
    m.base_error = service.base_error_rate
    m.stop_timeout = service.stop_timeout
    m.grace = service.health_check_grace_period
    m.tick = service.scheduler_tick
    m.count_draining = service.draining_counts_to_maximum
    m.stop_before_start = service.stop_before_start
    m.backoff_first = service.start_backoff.first
    m.backoff_cap = service.start_backoff.cap
    m.hourly = hourly_price(task.vcpu, task.memory_gb, vcpu, gb)
    m.billed_minimum = BILLED_MINIMUM
    m.horizon = scenario.horizon
    m.drill_after = scenario.drill_after


def put_balancer(m: layout.Model, scenario: Any) -> None:
    """Health checks, draining and fail-open."""
    group = scenario.target_group
    check = group.health_check
    m.interval = check.interval
    m.initial_passes = check.initial_passes
    m.healthy_threshold = check.healthy_threshold
    m.unhealthy_threshold = check.unhealthy_threshold
    m.delay = group.deregistration_delay
    m.fail_open = group.fail_open
    m.fail_open_min = group.fail_open_min_count
    m.open_initial = group.fail_open_includes_initial


def of_kind(told: Iterable[Any], kind: str) -> list[Any]:
    """The faults of one kind."""
    return [fault for fault in told if fault.kind == kind]


def together(chances: Iterable[float]) -> float:
    """Chance that at least one of several independent things happens."""
    return reduce(faults.combined, chances, 0.0)


def put_faults(m: layout.Model, told: Sequence[Any], *, deep: bool) -> None:
    """What is wrong with the release."""
    harmful = [f for f in told if f.kind != "schema" or f.change not in HARMLESS]
    m.bad = bool(harmful)
    m.boot_crash = together(f.probability for f in of_kind(told, "boot_crash"))
    m.never_listens = together(f.probability for f in of_kind(told, "never_listens"))
    put_errors(m, of_kind(told, "errors"), deep=deep)
    m.repaired_after = NEVER
    m.applied = schema.FIRST_NEW_TASK
    for fault in of_kind(told, "schema"):
        m.change = CHANGES[fault.change]
        m.touches = fault.touches
        m.meets = fault.meets
        m.applied = APPLIED[fault.applied]
        m.reversible = fault.reversible
        m.repaired_after = NEVER if fault.repaired_after is None else fault.repaired_after


def put_errors(m: layout.Model, errors: Sequence[Any], *, deep: bool) -> None:
    """Application errors; a deep health check sees them unless told otherwise."""
    if not errors:
        return
    first = errors[0]
    m.error_rate = together(f.rate for f in errors)
    m.error_from = first.from_
    m.error_ramp = first.ramp
    m.error_since = SINCE[first.since]
    seen = [f.seen_by_health_check for f in errors]
    m.error_seen = any(deep if one is None else one for one in seen)


def slow_factor(told: Iterable[Any]) -> float:
    """By how much the release makes every request slower."""
    return float(math.prod(f.factor for f in of_kind(told, "slow")))


def put_latency(m: layout.Model, scenario: Any, told: Sequence[Any]) -> None:
    """Capacity, and the tables that follow from the time a request takes, by revision."""
    service, group = scenario.service, scenario.target_group
    given = service.capacity_rps if "capacity_rps" in service.model_fields_set else None
    m.thresholds[:] = tables.THRESHOLDS
    for revision, slow in enumerate((1.0, slow_factor(told))):
        time = tables.request_time(service.request_time, service.workers, given, slow)
        m.capacity[revision] = service.capacity_rps / slow
        m.slow[revision] = tables.slow_table(time, service.workers, service.slo_latency)
        m.tails[revision] = tables.latency_tails(time, service.workers)
        m.too_slow[revision] = negligible(
            float(tables.slower_than(time, group.health_check.timeout))
        )
        left = np.linspace(0.0, group.deregistration_delay, layout.CUT_POINTS)
        m.cuts[revision] = [tables.cut_per_rps(time, float(x)) for x in left]
        if revision == 0:
            m.in_flight = first_rate(scenario) * tables.cut_per_rps(time, 0.0)


def negligible(chance: float) -> float:
    """A chance of less than one in a million checks is none: it would only cost events."""
    return chance if chance >= 1e-6 else 0.0


def first_rate(scenario: Any) -> float:
    """Requests/s at the command and before."""
    return rates(scenario)[0][1]


def rates(scenario: Any) -> list[tuple[float, float]]:
    """Offered rate from each instant on, spikes included."""
    spikes = [e for e in scenario.environment.events if e.kind == "traffic_spike"]
    usual = usual_rates(scenario)
    times = {at for at, _ in usual}
    for spike in spikes:
        times |= {spike.from_, scenario.horizon if spike.until is None else spike.until}
    return [
        (at, last_of(usual, at) * math.prod(s.factor for s in spikes if holds(s, at)))
        for at in sorted(t for t in times if t < scenario.horizon)
    ]


def usual_rates(scenario: Any) -> list[tuple[float, float]]:
    """Offered rate from each instant on, without spikes."""
    traffic = scenario.traffic
    if traffic.steps is not None:
        return [(step.at, step.rate) for step in traffic.steps]
    if traffic.daily is not None:
        return daily_rates(traffic.daily, scenario.horizon)
    return [(0.0, traffic.rate)]


def daily_rates(daily: Any, horizon: float) -> list[tuple[float, float]]:
    """A cosine over the day in twenty stairs, ten up and ten down, each held at its middle."""
    stair = 86400.0 / 20
    count = int(horizon // stair) + 2
    begin = math.floor(daily.command_at / stair) * stair - daily.command_at
    times = [begin + stair * k for k in range(count)]
    return [
        (max(0.0, at), wave(daily, at + stair / 2 + daily.command_at))
        for at in times
        if at + stair > 0
    ]


def wave(daily: Any, clock: float) -> float:
    """Requests/s at a time of day, s after midnight."""
    swing = math.cos(2.0 * math.pi * (clock - daily.peak_at) / 86400.0)
    return float(daily.low + (daily.high - daily.low) * (1.0 + swing) / 2.0)


def last_of(pieces: Sequence[tuple[float, float]], at: float) -> float:
    """The value that holds at an instant."""
    return [value for start, value in pieces if start <= at][-1]


def holds(window: Any, at: float) -> bool:
    """Whether an event's window covers an instant."""
    return bool(window.from_ <= at and (window.until is None or at < window.until))


def put_traffic(m: layout.Model, scenario: Any) -> None:
    """Offered rates, and what clients and alarms make of them."""
    traffic = scenario.traffic
    m.client_timeout = traffic.client_timeout
    m.sampled = traffic.sampled
    m.overload_is_5xx = traffic.client_timeout >= scenario.target_group.idle_timeout
    pieces = rates(scenario)
    merged = [pieces[0], *(b for a, b in pairwise(pieces) if a[1] != b[1])]
    m.pieces = put_rows(m.piece, merged, "traffic: rates")


def put_events(m: layout.Model, scenario: Any) -> None:
    """Crashes of running tasks, and what the registry does when."""
    events = scenario.environment.events
    crashes = sorted(
        (e.at, int(e.revision == "new"), e.tasks) for e in events if e.kind == "task_crash"
    )
    m.crashes = put_rows(m.crash, crashes, "environment.events: task_crash")
    windows = [
        (e.from_, scenario.horizon + 1.0 if e.until is None else e.until, *registry(e))
        for e in events
        if e.kind in ("slow_registry", "registry_down")
    ]
    m.windows = put_rows(m.window, windows, "environment.events: registry")


def registry(event: Any) -> tuple[float, float]:
    """Stretch and failure of a registry's window; -1 where pulls do not fail."""
    return (event.factor, -1.0) if event.kind == "slow_registry" else (1.0, event.fails_after)


def put_rows(place: Any, rows: Sequence[tuple[Any, ...]], what: str) -> int:
    """Write rows into their place; how many."""
    if len(rows) > len(place):
        raise NotSimulatedError(f"{what}: more than {len(place)}")
    for k, row in enumerate(rows):
        place[k] = row
    return len(rows)


def put_strategy(m: layout.Model, scenario: Any, strategy: Strategy, plan: Sequence[Step]) -> None:
    """The plan, who carries it out, and the circuit breaker."""
    shifts = shifts_traffic(plan)
    m.groups = 2 if shifts else 1
    m.controller = controller(strategy, shifts=shifts)
    hooks = layout.D_ALARMS + 3 * len(strategy.alarms)
    rows = [(s.op, s.a, s.b + hooks if s.op == HOOK else s.b) for s in plan]
    m.steps = put_rows(m.plan, rows, "strategies: steps of a plan")
    breaker_block = getattr(strategy, "circuit_breaker", None)
    if breaker_block is None:
        return
    m.breaker = breaker_block.enable
    m.breaker_rollback = breaker_block.rollback
    m.threshold = breaker.breaker_threshold(
        THRESHOLD_TYPES[breaker_block.threshold_type],
        int(breaker_block.threshold),
        scenario.service.desired_count,
    )
    m.reset_on_healthy = breaker_block.reset_on_healthy
    # There always is a load balancer check here, which is what "auto" asks for.
    m.counts_exits = breaker_block.counts_exits in (True, "auto")
    m.counts_detect = breaker_block.counts_at == "detect"


def controller(strategy: Any, *, shifts: bool) -> int:
    """Who watches the alarms, and when; a strategy of a user's own has a pipeline of its own."""
    if getattr(strategy, "controller", "custom") != "ecs":
        return alarms.CODE_DEPLOY
    return alarms.ECS_NATIVE if shifts else alarms.ECS_ROLLING


def watched(scenario: Any, strategy: Strategy) -> list[Any]:
    """The alarms that a strategy listens to, in its order."""
    by_name = {alarm.name: alarm for alarm in scenario.alarms}
    return [by_name[name] for name in strategy.alarms]


def put_watchers(m: layout.Model, scenario: Any, strategy: Strategy) -> None:
    """Alarms and operator."""
    rows = [
        (a.threshold, a.period, a.datapoints, a.of, MISSING[a.missing])
        for a in watched(scenario, strategy)
    ]
    m.alarms = put_rows(m.alarm, rows, "strategies: alarms")
    operator = scenario.operator
    m.operator = operator is not None
    if operator is not None:
        m.notices_share = operator.notices_share
        m.patience = operator.patience


def put_draws(m: layout.Model, scenario: Any, strategy: Any, told: Sequence[Any]) -> None:
    """Every distribution, in the rows that ``layout`` names."""
    startup, operator, group = scenario.service.startup, scenario.operator, scenario.target_group
    none = Constant(value=0.0)
    rows: dict[int, Distribution] = {
        layout.D_PROVISIONING: startup.provisioning,
        layout.D_PULL: startup.pull_time,
        layout.D_CONTAINER_START: startup.container_start,
        layout.D_BOOT: startup.boot,
        layout.D_SHUTDOWN: scenario.service.shutdown,
        layout.D_FIRST_CHECK: group.health_check.first_check,
        layout.D_DEREGISTRATION: group.deregistration_propagation,
        layout.D_WEIGHT: group.weight_propagation,
        layout.D_CONTROLLER: getattr(strategy, "controller_delay", none),
        layout.D_NOTICES: none if operator is None else operator.notices,
        layout.D_DECIDES: none if operator is None else operator.decides,
        layout.D_TYPES: none if operator is None else operator.types,
        layout.D_CRASH_AFTER: next((f.after for f in of_kind(told, "boot_crash")), none),
    }
    listed = [
        d for a in watched(scenario, strategy) for d in (a.publish_delay, a.evaluation, a.poll)
    ]
    listed += [hook.duration for hook in getattr(strategy, "hooks", ())]
    rows |= {layout.D_ALARMS + k: d for k, d in enumerate(listed)}
    if max(rows) >= layout.DISTS:
        raise NotSimulatedError("strategies: so many hooks and alarms")
    for row, distribution in rows.items():
        put_distribution(m, row, distribution)


def put_distribution(m: layout.Model, row: int, distribution: Distribution) -> None:
    """One distribution into its row, and its quantiles into the row of the same number."""
    code, a, b, quantiles = distribution.flat()
    m.dists[row] = (code, a, b, row)
    if quantiles is not None:
        m.quantiles[row] = quantiles
