"""What must hold for the numbers of any run, whatever the scenario: else they are nonsense."""

from collections.abc import Iterator
from math import inf, isclose, isfinite, isnan
from typing import Any

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import ALWAYS

CAUSES = ["no_target", "refused", "app", "overload", "schema", "cut"]
SECONDS = ["outage_s", "degraded_s", "slow_s", "bad_s", "mixed_s", "both_alive_s"]
WITHIN = ("full_traffic_s", "user_onset_s", "deployment_s", "over_s")
OF_BAD = {"stopped", "escaped", "unrepaired"}
#: What may be below 0: more than usual, which may be less.
SIGNED = {"extra_cost_usd", "failed_caused", "slow_caused"}


def is_bad(scenario: Any, variant: str) -> bool | None:
    """Tell whether a run ships something that can hurt; of a chain nobody knows how far it got."""
    if variant == "release" and len(scenario.chain) > 1:
        return None
    faults = scenario.chain[0].effective_faults if variant == "release" else ()
    hurts = [f for f in faults if f.kind not in ("cold_start", "connections")]
    return any(f.kind != "schema" or f.change != "expand" for f in hurts)


def at_most(low: float, high: float) -> bool:
    """Compare sums of many small terms."""
    return low <= high * (1 + 1e-9) + 1e-6


def nonsense(row: Any, scenario: Any, variant: str) -> list[str]:
    """Return everything about one run's numbers that cannot be."""
    found = [*of_signs(row), *of_sums(row, scenario), *of_times(row, scenario)]
    return [*found, *of_tasks(row, scenario), *of_verdicts(row, is_bad(scenario, variant))]


def of_signs(row: Any) -> Iterator[str]:
    """Numbers that are always defined are finite, and not negative."""
    for name in ALWAYS:
        if not isfinite(row[name]) or (row[name] < 0 and name not in SIGNED):
            yield f"{name} is {row[name]}"


def of_sums(row: Any, scenario: Any) -> Iterator[str]:
    """Parts add up, and no more fails than was offered."""
    causes = sum(row[f"failed_{cause}"] for cause in CAUSES)
    if not isclose(causes, row["failed_requests"], rel_tol=1e-9, abs_tol=1e-6):
        yield f"causes add up to {causes}, failed are {row['failed_requests']}"
    halves = row["failed_before_decision"] + row["failed_after_decision"]
    # The part after it is 0 below 1e-9 of all failures (without_dust).
    dust = max(1e-6, 1e-9 * row["failed_requests"])
    if not isclose(halves, row["failed_caused"], rel_tol=1e-9, abs_tol=dust):
        yield f"before and after the decision {halves}, caused are {row['failed_caused']}"
    for name in ("failed_requests", "slow_requests", "exposed_requests"):
        if not at_most(row[name], row["requests"]):
            yield f"{name} is {row[name]} of {row['requests']}"
    for name in SECONDS:
        if not at_most(row[name], scenario.horizon):
            yield f"{name} is {row[name]}, longer than the run"
    for low, high in (("outage_s", "degraded_s"), ("mixed_s", "both_alive_s")):
        if not at_most(row[low], row[high]):
            yield f"{low} is {row[low]}, {high} is {row[high]}"


def of_times(row: Any, scenario: Any) -> Iterator[str]:
    """Times lie within the run, and in their order."""
    for name in (*WITHIN, "decision_s", "detect_s"):
        value = row[name]
        if not (isnan(value) or value == inf or 0 <= value <= scenario.horizon):
            yield f"{name} is {value}"
    for name in ("rollback_s", "recover_s"):
        if row[name] < 0:
            yield f"{name} is {row[name]}"
    if isnan(row["deployment_s"]):
        yield "deployment_s is not defined"
    if not row["over_s"] >= row["deployment_s"]:
        yield f"over_s is {row['over_s']}, deployment_s is {row['deployment_s']}"
    decided = isfinite(row["decision_s"])
    if decided == isnan(row["rollback_s"]):
        yield f"rollback_s is {row['rollback_s']}, decision_s is {row['decision_s']}"
    if isfinite(row["detect_s"]) and not decided:
        yield f"detect_s is {row['detect_s']}, decision_s is {row['decision_s']}"


def of_tasks(row: Any, scenario: Any) -> Iterator[str]:
    """At the command as many tasks are healthy and alive as are desired."""
    desired = scenario.service.desired_count
    if not row["min_healthy_tasks"] <= desired <= row["peak_tasks"]:
        yield f"healthy {row['min_healthy_tasks']}, desired {desired}, peak {row['peak_tasks']}"


def of_verdicts(row: Any, bad: bool | None) -> Iterator[str]:
    """Verdict and outcome fit the release, the times and the exposure."""
    verdict, outcome = VERDICTS[row["verdict"]], OUTCOMES[row["outcome"]]
    if bad is not None and (verdict in OF_BAD) != bad:
        yield f"{verdict}, and the release is {'bad' if bad else 'good'}"
    if bad is False and row["bad_s"] + row["exposed_requests"] > 0:
        yield f"a good release is bad for {row['bad_s']} s"
    if outcome == "rolled_back" and not isfinite(row["decision_s"]):
        yield "rolled back without a decision"
    if verdict == "false_rollback" and not isfinite(row["decision_s"]):
        yield "a false rollback without a decision"
    at_rest = outcome in {"succeeded", "rolled_back"}
    if at_rest and not isfinite(row["deployment_s"]):
        yield f"{outcome}, deployment_s is {row['deployment_s']}"
    if outcome == "rolled_back" and row["deployment_s"] < row["decision_s"]:
        yield f"at rest at {row['deployment_s']}, decided at {row['decision_s']}"
