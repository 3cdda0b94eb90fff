"""Service, target group and the distributions that every scenario has."""

from simdeploy.distributions import Constant, Distribution
from simdeploy.encode.distribution_rows import Draws, code, copy
from simdeploy.encode.prices import BILLED_MINIMUM, task_hour_usd
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants, delays
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.scenario import Scenario
from simdeploy.scenario.events import RegistryDown
from simdeploy.scenario.faults import BootCrash, Crash
from simdeploy.scenario.service import Service
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.semantics import drain
from simdeploy.semantics.state import NEVER
from simdeploy.strategies import Strategy


def put_service(m: ScenarioRecord, scenario: Scenario) -> None:
    """The service's own numbers, and what its tasks cost."""
    service = scenario.service
    copy(m, scenario, "horizon", "drill_after")
    copy(m, service, "desired_count", "launch_rate", "launch_burst", "slo_latency", "stop_timeout")
    copy(m, service, "cancels_abandoned", "base_error_rate", "scheduler_tick", "stop_before_start")
    m.look_jitter = service.control_plane.look_jitter if service.scheduler_tick > 0.0 else 0.0
    m.steps_at_looks = service.control_plane.steps == "at_looks"
    m.sigterm = code(drain, service.sigterm)
    m.finishes_work = service.finishes_work
    m.task_slots = constants.NO_CAP if service.slots is None else service.slots
    m.replaces_with_same_revision = service.replace_with_same_revision
    m.max_connections = service.max_connections or 0
    m.boost_cpu = service.startup.cpu_boost.percent
    m.boost_seconds = service.startup.cpu_boost.for_ if m.boost_cpu > 0 else 0.0
    m.grace_period = service.health_check_grace_period
    m.draining_counts = service.draining_counts_to_maximum
    m.n_pauses = len(service.start_backoff.pauses)
    m.backoff_cap = service.start_backoff.cap
    m.task_hour_usd = task_hour_usd(service.task)
    m.billed_minimum = BILLED_MINIMUM


def put_balancer(m: ScenarioRecord, scenario: Scenario) -> None:
    """Health checks, draining and fail-open."""
    group = scenario.target_group
    check = group.health_check
    copy(m, check, "initial_passes", "healthy_threshold", "unhealthy_threshold")
    copy(m, group, "slow_start", "deregistration_delay", "idle_timeout")
    copy(m, group, "fail_open", "fail_open_min_count", "fail_open_includes_initial")
    m.check_interval = check.interval
    m.deep_checks = check.depth == "deep"
    m.queued_checks = check.queued
    m.check_timeout = check.timeout

    put_containers(m, scenario)
    if not scenario.service.load_balancer:
        m.deregistration_delay = m.slow_start = 0.0
        m.fail_open = 0
        m.idle_timeout = NEVER


def put_containers(m: ScenarioRecord, scenario: Scenario) -> None:
    """What a task's health depends on besides its target."""
    check = scenario.service.container_health_check
    m.has_balancer = scenario.service.load_balancer
    m.has_container_check = check is not None
    m.has_own_health = check is not None or not scenario.service.load_balancer
    if check is not None:
        m.container_interval = check.interval
        m.container_timeout = check.timeout
        m.container_retries = check.retries
        m.container_start_period = check.start_period
        m.container_start_interval = check.start_interval


def put_draws(draws: Draws, scenario: Scenario, strategy: Strategy) -> None:
    """The distributions in the rows that `model.delays` names."""
    service, operator, group = scenario.service, scenario.operator, scenario.target_group
    container = service.container_health_check
    startup, none = service.startup, Constant(value=0.0)
    shutdown = Constant(value=service.stop_timeout) if service.ignores_sigterm else service.shutdown
    rows = {
        delays.PROVISIONING: startup.provisioning,
        delays.PULL: startup.pull_time,
        delays.CONTAINER_START: startup.container_start,
        delays.BOOT: startup.boot,
        delays.SHUTDOWN: shutdown,
        delays.FIRST_CHECK: group.health_check.first_check,
        delays.DEREGISTRATION: group.deregistration_propagation if service.load_balancer else none,
        delays.REPORT: none if container is None else container.report_lag,
        delays.WEIGHT: group.weight_propagation,
        delays.CONTROLLER: strategy.carrier.controller_delay,
        delays.NOTICES: none if operator is None else operator.notices,
        delays.DECIDES: none if operator is None else operator.decides,
        delays.TYPES: none if operator is None else operator.types,
        delays.FLAG: strategy.flag_propagation,
        **control_plane_rows(service),
    }
    for row, distribution in rows.items():
        draws.put(row, distribution)


def control_plane_rows(service: Service) -> dict[int, Distribution]:
    """Return the distributions of what AWS itself takes, and of pauses after failures, by row."""
    plane, backoff = service.control_plane, service.start_backoff
    return {
        delays.COMMAND: plane.command,
        delays.LEFT_GROUP: plane.left_group,
        delays.EXIT_NOTICED: plane.exit_noticed,
        delays.REPLACE_SICK: plane.replace.sick,
        delays.REPLACE_KILLED: plane.replace.killed,
        delays.REPLACE_DIED: plane.replace.died,
        delays.REPLACE_UNHEALTHY_CONTAINER: plane.replace.container_check,
        delays.PAUSE_AFTER_RUNNING: backoff.after_running,
        **{delays.PAUSES + k: pause for k, pause in enumerate(backoff.pauses)},
    }


def fails_at_once(scenario: Scenario) -> bool:
    """Return whether a task may exit, or be sick, at the instant at which it runs."""
    check = scenario.target_group.health_check
    if check.unhealthy_threshold == 1 and may_be_zero(check.first_check):
        return True
    return any(
        isinstance(fault, BootCrash | Crash) and may_be_zero(fault.after)
        for release in scenario.chain
        for fault in release.faults
    )


def may_be_zero(time: Distribution) -> bool:
    """Return whether a distribution gives 0 s, or next to nothing."""
    return time.quantile(0.001) < 0.01


def refuse_endless(scenario: Scenario) -> None:
    """Refuse launches that fail in no time and follow each other without a pause, for ever.

    Raises
    ------
    NotSimulatedError
        Names the settings that no clock can get past.
    """
    startup, backoff = scenario.service.startup, scenario.service.start_backoff
    own = [release.startup for release in scenario.chain if release.startup is not None]
    first = [startup.provisioning]
    first += [stages.provisioning for stages in own if stages.provisioning is not None]
    if all(stage.mean() > 0.0 for stage in first):
        return
    starts = startup.pull_time.mean() + startup.container_start.mean() > 0.0
    if (not starts or own) and fails_at_once(scenario):
        what = (
            "service.startup: provisioning, pull and container_start that take no time, "
            f"of {Vocabulary(scenario.platform).tasks} that may fail in no time"
        )
        raise NotSimulatedError(what)
    for event in scenario.environment.events:
        if isinstance(event, RegistryDown) and (
            event.fails_after.mean() + backoff.pauses[0].mean() == 0.0
        ):
            what = "environment.events: registry_down: fails_after: 0 s without a start_backoff"
            raise NotSimulatedError(what)
