"""A past deployment beside the simulated distribution of the same deployment: `api.backtest`."""
