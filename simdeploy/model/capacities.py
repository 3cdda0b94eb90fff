"""What targets can serve: of each revision, and of each target group."""

from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.requests import cohort_pace
from simdeploy.semantics.state import NEW


def revision_capacities(m: ScenarioRecord, s: RunState) -> tuple[float, float]:
    """Requests/s that answering eligible targets can serve, of the old and of the new revision."""
    old = 0.0
    new = 0.0
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.ramp > 0 and c.is_answering != 0:
            capacity = c.n_targets * m.capacity[cohort_pace(m, s, k)]
            if c.revision == NEW:
                new += capacity
            else:
                old += capacity
    return old, new


def group_capacity(m: ScenarioRecord, g: int, old: float, new: float) -> float:
    """Requests/s that a group can serve, of the `revision_capacities`."""
    if m.n_groups == 2:
        return new if g == NEW else old
    return old + new
