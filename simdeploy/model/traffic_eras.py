"""Traffic eras: stretches of time in which targets receive the same rate."""

from simdeploy.model.constants import ERAS
from simdeploy.model.fields.types import RunState
from simdeploy.semantics.state import NEVER, NEW, OLD


def record_traffic_era(s: RunState) -> None:
    """Record the rates and success shares that hold from now on, unless they are the latest."""
    add_traffic_era(s, success_share_at(s, OLD), success_share_at(s, NEW))


def add_traffic_era(s: RunState, old: float, new: float) -> None:
    """Record an era with these success shares of both revisions, unless it is the latest."""
    w = s.world
    k = w.n_eras
    if k > 0:
        last = s.eras[k - 1]
        if (
            last.rate_per_weight[0] == w.rate_per_weight[0]
            and last.rate_per_weight[1] == w.rate_per_weight[1]
        ):
            if last.success_share[OLD] == old and last.success_share[NEW] == new:
                return
        if last.since == w.now:
            k -= 1
    if k == ERAS:
        k = drop_older_eras(s)
    e = s.eras[k]
    e.since = w.now if k > 0 else -NEVER
    for g in range(2):
        e.rate_per_weight[g] = w.rate_per_weight[g]
    e.success_share[OLD] = old
    e.success_share[NEW] = new
    w.n_eras = k + 1


def success_share_at(s: RunState, revision: int) -> float:
    """Share of the requests that a revision's tasks work on that do not fail there."""
    w = s.world
    return (
        w.success_rate[revision] / w.worked_rate[revision] if w.worked_rate[revision] > 0.0 else 1.0
    )


def drop_older_eras(s: RunState) -> int:
    """Drop the older half of the eras; return how many are left."""
    half = ERAS // 2
    for k in range(half):
        s.eras[k].since = s.eras[k + half].since
        for g in range(2):
            s.eras[k].rate_per_weight[g] = s.eras[k + half].rate_per_weight[g]
            s.eras[k].success_share[g] = s.eras[k + half].success_share[g]
    return half
