"""Rates of the batch engine: what becomes of a cohort's requests is kept until it changes.

The process engine computes it anew at every instant, so a cause of change that is missing here
shows as a difference between the engines.
"""

from simdeploy.engines.kernel.due import set_all_due
from simdeploy.engines.kernel.lanes import note_conditions, outcome_at, place_of, see_cohort
from simdeploy.model.cohorts import update_fail_open
from simdeploy.model.constants import BASELINE
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.metrics import record_full_traffic
from simdeploy.model.requests import add_faults, add_load, begin_rates, end_rates
from simdeploy.semantics.state import NEW


def route_traffic(m: ScenarioRecord, s: RunState) -> None:
    """Route traffic anew after all changes of an instant; fail-open is settled."""
    settle_rates(m, s)
    if s.world.variant != BASELINE and record_full_traffic(m, s):
        settle_rates(m, s)


def settle_fail_open(m: ScenarioRecord, s: RunState) -> None:
    """Begin or end fail-open of each target group; tasks then leave or enter the rotation."""
    for g in range(m.n_groups):
        before = s.world.fails_open[g]
        update_fail_open(m, s, g)
        if s.world.fails_open[g] != before:
            s.world.moved_task = -1
            set_all_due(s)


def settle_rates(m: ScenarioRecord, s: RunState) -> None:
    """Compute all rates that hold from now until the next instant."""
    old_share, new_share = begin_rates(m, s)
    note_conditions(s, old_share, new_share)
    j = -1
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            see_cohort(m, s, k)
            j = outcome_at(m, s, k, new_share if c.revision == NEW else old_share, j)
            x = s.outcomes[j]
            if x.has_faults != 0:
                add_faults(s, c.revision, x)
            add_load(m, s, k, x)
    end_rates(m, s)


def all_kept(s: RunState) -> bool:
    """Whether the rates are those of the last look, though a backlog has met a bound.

    So it is where only health checks wait too long behind it.
    """
    for k in range(s.world.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0:
            moved = c.has_met != 0 and c.backlog_place != place_of(s, k)
            if moved or c.seen_targets != c.n_targets:
                return False
    return True
