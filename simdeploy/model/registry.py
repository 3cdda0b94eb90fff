"""Registries: one row of plain data per fault kind, alarm metric, environment event and metric.

What a row needs besides is registered under its name in the layer that it belongs to: its block of
the file format in ``scenario``, its function in ``encode``, its words of a story in ``report``.
`tests/model/test_registry.py` demands all of them for each row, and a test of the row's effect.
"""

from typing import NamedTuple, Protocol, TypeVar

from simdeploy.semantics import alarms


class Named(Protocol):
    """A row with a name."""

    @property
    def name(self) -> str:
        """The name in scenario files."""


Row = TypeVar("Row", bound=Named)


def by_name(*rows: Row) -> dict[str, Row]:
    """Return rows by their names, in order."""
    return {row.name: row for row in rows}


class FaultKind(NamedTuple):
    """A kind of fault that a release can have.

    ``bit`` numbers it for ever: draws are named by it. ``behind_flag``: only code that a feature
    flag exposes has it. ``passing``: hurts only while the release comes in, so that it does not
    make a release bad. ``silent``: answers are wrong without failing, so that exposure is harm.
    """

    name: str
    bit: int
    words: str
    behind_flag: bool = False
    passing: bool = False
    silent: bool = False

    @property
    def mask(self) -> int:
        """The kind as a bit mask."""
        return 1 << self.bit


FAULT_KINDS: dict[str, FaultKind] = by_name(
    FaultKind("boot_crash", 0, "boot crash"),
    FaultKind("crash", 1, "crash"),
    FaultKind("never_listens", 2, "never listens"),
    FaultKind("errors", 3, "errors", behind_flag=True),
    FaultKind("slow", 4, "slow", behind_flag=True),
    FaultKind("cold_start", 5, "cold start", behind_flag=True, passing=True),
    FaultKind("silent", 6, "silent", behind_flag=True, silent=True),
    FaultKind("schema", 7, "schema", passing=True),
    FaultKind("side_effects", 8, "side effects", behind_flag=True, silent=True),
    FaultKind("connections", 9, "connections", passing=True),
    FaultKind("throttle", 10, "throttled"),
    FaultKind("container_check_fails", 11, "container check fails"),
)


class AlarmMetric(NamedTuple):
    """What an alarm can watch: how the engines know it, and how its threshold is written.

    ``of_balancer``: only a load balancer publishes it.
    """

    name: str
    code: int
    threshold: str
    words: str
    unit: str = ""
    of_balancer: bool = False


ALARM_METRICS: dict[str, AlarmMetric] = by_name(
    AlarmMetric("target_5xx_rate", alarms.TARGET_5XX, "share", "target 5xx rate"),
    AlarmMetric("elb_5xx_rate", alarms.ELB_5XX, "share", "elb 5xx rate", of_balancer=True),
    AlarmMetric("any_5xx_rate", alarms.ANY_5XX, "share", "5xx rate"),
    AlarmMetric("p99_latency", alarms.P99, "seconds", "p99 latency", " s"),
    AlarmMetric("burn_rate", alarms.ANY_5XX, "factor", "burn rate", " ×"),
    AlarmMetric("cpu", alarms.CPU, "percent", "CPU", " %"),
    AlarmMetric("any_4xx_rate", alarms.ANY_4XX, "share", "4xx rate"),
    AlarmMetric("elb_4xx_rate", alarms.ELB_4XX, "share", "elb 4xx rate", of_balancer=True),
    AlarmMetric("any_4xx_5xx_rate", alarms.ANY_4XX_5XX, "share", "4xx and 5xx rate"),
    AlarmMetric(
        "unhealthy_targets",
        alarms.UNHEALTHY_TARGETS,
        "targets",
        "unhealthy targets",
        " targets",
        of_balancer=True,
    ),
)


class EnvironmentEvent(NamedTuple):
    """Something that can happen around a deployment; ``window``: it holds for a while."""

    name: str
    window: bool = True


ENVIRONMENT_EVENTS: dict[str, EnvironmentEvent] = by_name(
    EnvironmentEvent("slow_registry"),
    EnvironmentEvent("registry_down"),
    EnvironmentEvent("capacity_unavailable"),
    EnvironmentEvent("task_crash", window=False),
    EnvironmentEvent("task_hang", window=False),
    EnvironmentEvent("flaky_health_checks"),
    EnvironmentEvent("traffic_spike", window=False),
    EnvironmentEvent("dependency_down"),
    EnvironmentEvent("health_signal_missing"),
    EnvironmentEvent("alarm_noise"),
    EnvironmentEvent("alarm_already_red"),
)


class Metric(NamedTuple):
    """A metric: its name, unit, header in words, one-sentence meaning and kind."""

    name: str
    unit: str
    title: str
    meaning: str
    kind: str = "always"


METRICS: tuple[Metric, ...] = (
    Metric("requests", "requests", "Requests", "Requests offered."),
    Metric(
        "failed_requests",
        "requests",
        "Failed requests",
        "Production requests that got an error, a time-out or a cut connection.",
    ),
    Metric("failed_no_target", "requests", "… no target", "Answered 503: no eligible target."),
    Metric("failed_refused", "requests", "… refused", "Answered 502: dead or not listening."),
    Metric("failed_app", "requests", "… application", "Answered 5xx by the application."),
    Metric("failed_overload", "requests", "… overload", "Waited longer than the client does."),
    Metric("failed_schema", "requests", "… schema", "Met data the revision cannot read."),
    Metric("failed_cut", "requests", "… cut", "Cut by a drain's end, a kill or a time-out."),
    Metric(
        "failed_caused",
        "requests",
        "Failed by deploying",
        "Failed requests beyond those that fail on the same luck without a deployment.",
    ),
    Metric(
        "downtime_s",
        "s",
        "Downtime",
        "Seconds of full outage that hurt users as much: 10 % failing for 60 s counts 6 s.",
    ),
    Metric("outage_s", "s", "Outage", "Seconds with at least half of the arrivals failing."),
    Metric("degraded_s", "s", "Degraded", "Seconds with at least 1 % of the arrivals failing."),
    Metric("slow_requests", "requests", "Slow requests", "Arrivals slower than slo_latency."),
    Metric(
        "slow_caused",
        "requests",
        "Slow by deploying",
        "Slow requests beyond those that are slow on the same luck without a deployment.",
    ),
    Metric("slow_s", "s", "Slow", "Seconds with more than 1 % of the arrivals slow."),
    Metric("p99_latency_s", "s", "p99 latency", "Request-weighted 99th percentile of latency."),
    Metric("bad_s", "s", "On bad code", "Seconds with production arrivals on a bad revision."),
    Metric(
        "exposed_requests",
        "requests",
        "Served by bad code",
        "Requests answered by the new revision while it was bad, also those that looked fine.",
    ),
    Metric("cut_websockets", "connections", "Cut WebSockets", "WebSocket connections cut."),
    Metric(
        "mixed_s",
        "s",
        "Mixed versions",
        "Seconds with both revisions alive and receiving requests.",
    ),
    Metric("both_alive_s", "s", "Both alive", "Seconds with tasks of both revisions alive."),
    Metric(
        "incompatible_writes",
        "rows",
        "Unreadable rows",
        "Rows that the revision serving at the horizon cannot read.",
    ),
    Metric("side_effects_left", "events", "Side effects left", "Events a bad revision sent."),
    Metric("min_headroom", "ratio", "Least headroom", "Least eligible capacity over offered rate."),
    Metric("min_healthy_tasks", "tasks", "Least healthy tasks", "Fewest healthy tasks."),
    Metric("peak_tasks", "tasks", "Most tasks", "Most tasks alive, provisioning and draining too."),
    Metric("failed_tasks", "tasks", "Failed tasks", "Tasks that failed."),
    Metric(
        "task_seconds_old",
        "task-seconds",
        "Old task-seconds",
        "Seconds that tasks of the old revision were alive, added up.",
    ),
    Metric(
        "task_seconds_new",
        "task-seconds",
        "New task-seconds",
        "Seconds that tasks of the new revision were alive, added up.",
    ),
    Metric("new_answers", "requests", "Answered by new", "Good answers by the new revision."),
    Metric("cost_usd", "USD", "Cost", "What all tasks cost until the horizon."),
    Metric(
        "extra_cost_usd",
        "USD",
        "Extra cost",
        "Above running the service as usual over the same time.",
    ),
    Metric(
        "deployment_s",
        "s",
        "Deployment took",
        "From the command until the service is at rest, waits included.",
        "conditional",
    ),
    Metric(
        "all_healthy_s",
        "s",
        "All healthy after",
        "From the command until all tasks desired of the revision then deployed are healthy.",
        "conditional",
    ),
    Metric(
        "full_traffic_s",
        "s",
        "Full traffic after",
        "From the command until all traffic is on the new revision.",
        "conditional",
    ),
    Metric(
        "latent_s",
        "s",
        "Latent for",
        "Seconds on bad code before its first harm.",
        "conditional",
    ),
    Metric(
        "user_onset_s",
        "s",
        "Users hurt after",
        "From the command to the first failed, slow or wrong answer to a user by the deployment.",
        "conditional",
    ),
    Metric(
        "decision_s",
        "s",
        "Decided after",
        "From the command to the decision to roll back.",
        "conditional",
    ),
    Metric(
        "detect_s",
        "s",
        "Noticed after",
        "From the first harm (a failed, slow or wrong answer, a failed task or hook) to the "
        "decision to roll back.",
        "conditional",
    ),
    Metric(
        "rollback_s",
        "s",
        "Rolled back in",
        "From the decision until no request reaches the new revision and the old one carries "
        "the load.",
        "conditional",
    ),
    Metric(
        "recover_s", "s", "Recovered after", "From the first harm until the last.", "conditional"
    ),
    Metric(
        "over_s",
        "s",
        "Over after",
        "From the command until the service is at rest and no user is hurt any more.",
        "conditional",
    ),
)

#: Verdicts, orders to roll back (semantics.plan) and outcomes by their number in result arrays.
VERDICTS: tuple[str, ...] = (
    "shipped",
    "stopped",
    "escaped",
    "false_rollback",
    "held",
    "unrepaired",
)
SIGNALS: tuple[str, ...] = (
    "none",
    "breaker",
    "alarm",
    "install_timeout",
    "operator",
    "hook",
    "approval",
    "progress_deadline",
)
OUTCOMES: tuple[str, ...] = ("succeeded", "rolled_back", "failed", "stuck", "in_progress")
