"""The metrics of a run, with the names of tables, JSON and DataFrames.

Every integral, count and cost runs from the command (t = 0) to the horizon. ``kind`` says how a
metric may be summarized: ``always`` is defined in every run; ``conditional`` is null (NaN) where
the thing did not happen, and censored (+inf) where it was still open at the horizon.
"""

from typing import NamedTuple


class Metric(NamedTuple):
    """One number: its name, unit, header in words, one-sentence meaning and kind."""

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
        "downtime_s",
        "s",
        "Downtime",
        "Seconds of full outage that hurt users as much: 10 % failing for 60 s counts 6 s.",
    ),
    Metric("outage_s", "s", "Outage", "Seconds with at least half of the arrivals failing."),
    Metric("degraded_s", "s", "Degraded", "Seconds with at least 1 % of the arrivals failing."),
    Metric("slow_requests", "requests", "Slow requests", "Arrivals slower than slo_latency."),
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
        "full_traffic_s",
        "s",
        "Full traffic after",
        "From the command until all traffic is on the new revision.",
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
        "From the first user hurt to the decision to roll back.",
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
)

NAMES: tuple[str, ...] = tuple(m.name for m in METRICS)
BY_NAME: dict[str, Metric] = {m.name: m for m in METRICS}
ALWAYS: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "always")
CONDITIONAL: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "conditional")

#: Verdicts and outcomes by their number in result arrays.
VERDICTS: tuple[str, ...] = (
    "shipped",
    "stopped",
    "escaped",
    "false_rollback",
    "held",
    "unrepaired",
)
OUTCOMES: tuple[str, ...] = ("succeeded", "rolled_back", "failed", "stuck", "in_progress")
