"""The metrics of a run, with the names of tables, JSON and DataFrames.

Every integral, count and cost runs from the command (t = 0) to the horizon. ``kind`` says how a
metric may be summarized: ``always`` is defined in every run; ``conditional`` is null (NaN) where
the thing did not happen, and censored (+inf) where it was still open at the horizon.
"""

from simdeploy.model.registry import METRICS, Metric

NAMES: tuple[str, ...] = tuple(m.name for m in METRICS)
BY_NAME: dict[str, Metric] = {m.name: m for m in METRICS}
ALWAYS: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "always")
CONDITIONAL: tuple[str, ...] = tuple(m.name for m in METRICS if m.kind == "conditional")
