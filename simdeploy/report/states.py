"""The rows of a run's state with the time until which each holds."""

from simdeploy.results.timeline import Timeline

Row = tuple[float, ...]


def held(timeline: Timeline) -> list[tuple[Row, float]]:
    """Return every row of the state, which holds from its own ``t``, and where it ends."""
    ends = [row[0] for row in timeline.state[1:]] + [timeline.horizon]
    return list(zip(timeline.state, ends, strict=False))
