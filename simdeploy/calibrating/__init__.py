"""Calibration: a team's own times of deployments, from what AWS keeps, as keys of a scenario.

- `steps`, `sample`: what can be measured, and one measured value as an interval.
- `measuring`, `task_steps`: from records to samples; `clock`: the looks.
- `likelihood`, `fitting`, `widening`: from samples to a distribution.
- `setting`, `choosing`: from distributions to keys; `into`: into a scenario's file.
- `api`, `result`, `showing`: the call, its result, and how it is shown.
"""

from simdeploy.calibrating.api import calibrate
from simdeploy.calibrating.result import Calibration, Fit

__all__ = ["Calibration", "Fit", "calibrate"]
