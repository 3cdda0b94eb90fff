"""Which settings are best: a search over health checks, draining, pace, alarms and canaries.

- `knobs`, `defaults`, `fitting`: what is turned, and how far.
- `goals`: what a setting is judged by, and the bounds that it has to keep.
- `front`, `sensitivity`: pure functions: the Pareto front, its knee, Sobol's indices.
- `search`, `playing`, `api`: the search itself; `result`: what comes of it.
"""

from simdeploy.tuning.api import BUDGET, tune
from simdeploy.tuning.goals import GoalError
from simdeploy.tuning.knobs import KnobError
from simdeploy.tuning.result import Tuning

__all__ = ["BUDGET", "GoalError", "KnobError", "Tuning", "tune"]
