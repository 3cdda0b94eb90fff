"""The metrics of a run, with the names of tables, JSON and DataFrames.

Every integral, count and cost runs from the command (t = 0) to the horizon. ``kind`` says how a
metric may be summarized: ``always`` is defined in every run; ``conditional`` is null (NaN) where
the thing did not happen, and censored (+inf) where it was still open at the horizon.
"""

from simdeploy.model.registry import FAULT_KINDS, METRICS, Metric

NAMES: tuple[str, ...] = tuple(m.name for m in METRICS)
BY_NAME: dict[str, Metric] = {m.name: m for m in METRICS}
ALWAYS: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "always")
CONDITIONAL: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "conditional")

#: Fields of a result that are no metrics: failures before and after the decision to roll back, and
#: the downtime caused by the deployment.
EXTRA = (
    "failed_before_decision",
    "failed_after_decision",
    "downtime_caused",
)

#: Harm beyond what the service loses without a deployment, and the metric of all harm.
TOTAL = {
    "failed_caused": "failed_requests",
    "slow_caused": "slow_requests",
    "downtime_caused": "downtime_s",
}

#: Faults whose answers look right and are wrong.
WRONG = frozenset(kind.name for kind in FAULT_KINDS.values() if kind.silent)
