"""Tuning: a search for the best settings of health checks, draining, pace, alarms and canaries.

- `knobs`, `fitting`: which settings are varied, and over which values.
- `goals`: objectives and constraints.
- `front`, `sensitivity`: pure functions: the Pareto front, its knee, Sobol's indices.
- `search`, `tuner`, `api`: the search; `result`: its result.
"""

from simdeploy.tuning.api import BUDGET, tune
from simdeploy.tuning.goals import GoalError
from simdeploy.tuning.knobs import KnobError
from simdeploy.tuning.result import Tuning

__all__ = ["BUDGET", "GoalError", "KnobError", "Tuning", "tune"]
