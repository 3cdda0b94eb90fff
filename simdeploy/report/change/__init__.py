"""Before and after a change: what it buys and costs."""
