"""A past deployment beside the simulated distribution of the same deployment.

- `milestones`: the moments that both have, and the parts between them.
- `choosing`: which deployments can be held against a scenario; `percentiles`: where they fall.
- `api`, `result`, `text`, `export`: the call, its result, and how it is shown.
"""

from simdeploy.backtesting.api import backtest
from simdeploy.backtesting.result import Backtest

__all__ = ["Backtest", "backtest"]
