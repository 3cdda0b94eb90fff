"""Requests that are cut when a task ends: those it has begun, and those in its queue."""

from math import sqrt

from simdeploy.model import sums
from simdeploy.model.accessors import pace_index
from simdeploy.model.constants import CUT_POINTS
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import has_leftover, leftover_of
from simdeploy.model.requests import cohort_pace, worked_rate
from simdeploy.semantics.alarms import counts_cut_requests
from simdeploy.semantics.drain import FEWEST, some_requests
from simdeploy.semantics.metrics import TRACE, share_of
from simdeploy.semantics.overload import lost_from_queue
from simdeploy.semantics.state import OLD


def in_flight(m: ScenarioRecord, pace: int, left: float) -> float:
    """Requests in flight that need more than ``left`` seconds, per request/s at a steady rate."""
    if left >= m.in_flight_reach:
        return 0.0
    last = CUT_POINTS - 1
    k = min(int(sqrt(left / m.in_flight_reach) * last), last - 1)
    low = m.in_flight_reach * ((k / last) * (k / last))
    high = m.in_flight_reach * (((k + 1) / last) * ((k + 1) / last))
    x = (left - low) / (high - low)
    return float(
        m.in_flight_after[pace][k]
        + (m.in_flight_after[pace][k + 1] - m.in_flight_after[pace][k]) * x
    )


def unfinished_requests(m: ScenarioRecord, s: RunState, i: int, pace: int, left: float) -> float:
    """Requests in flight at task ``i`` that need more than ``left`` seconds and would succeed.

    Summed over traffic eras, latest first, until hardly any of earlier ones are left; the oldest
    era on record extends back to the time when the task became eligible. A target works on at most
    its capacity; the rest is in the backlog. With a backlog, the requests in flight have the
    success rate of its front.
    """
    w = s.world
    t = s.tasks[i]
    c = s.cohorts[t.cohort]
    requests = 0.0
    until = w.now
    after = in_flight(m, pace, left)
    k = w.n_eras - 1
    while k >= 0 and until > t.joined_at and m.capacity[pace] * after > FEWEST:
        e = s.eras[k]
        since = max(e.since, t.joined_at) if k > 0 else t.joined_at
        reached = worked_rate(m, s, c.revision, c.ramp, e.rate_per_weight[c.group])
        rate = min(reached, m.capacity[pace])
        if c.backlog > 0.0:
            rate = rate * (c.front_success if c.front > 0.0 else c.success)
        else:
            rate = rate * e.success_share[c.revision]
        older = in_flight(m, pace, left + (w.now - since))
        if rate > 0.0:
            requests += rate * (after - older)
        after = older
        until = since
        k -= 1
    return requests


def requests_to_cut(m: ScenarioRecord, s: RunState, i: int, left: float) -> float:
    """Requests of task ``i`` that are cut if it has ``left`` seconds to finish them.

    Those in flight and in its queue; 0 where they are hardly any. What fails for another reason are
    not among them: they count as failed when they arrive.
    """
    k = s.tasks[i].cohort
    if s.tasks[i].is_answering == 0:
        return 0.0
    if k < 0:
        return some_requests(leftover_to_cut(m, s, i, left)) if has_leftover(s, i) else 0.0
    c = s.cohorts[k]
    pace = cohort_pace(m, s, k)
    served = m.capacity[pace] * left
    waiting = lost_from_queue(c.backlog, c.front, c.front_success, c.success, served)
    return some_requests(unfinished_requests(m, s, i, pace, left) + waiting)


def leftover_to_cut(m: ScenarioRecord, s: RunState, i: int, left: float) -> float:
    """Requests that are cut of what is left at task ``i``, with which it has been busy."""
    t = s.tasks[i]
    pace = pace_index(m, s, t.revision, t.is_cold)
    served = m.capacity[pace] * left
    waiting = max(0.0, leftover_of(s, i) - served) * t.leftover_success
    return float(m.capacity[pace] * t.leftover_success * in_flight(m, pace, left) + waiting)


def record_cut(m: ScenarioRecord, s: RunState, revision: int, requests: float) -> None:
    """Count requests as cut now, each of them answered 502 (alb-502-drain-end)."""
    if requests != 0.0:
        count_cut(m, s, revision, requests)


def count_cut(m: ScenarioRecord, s: RunState, revision: int, requests: float) -> None:
    """Add cut requests to the sums and to what alarms count; users may be hurt from now on."""
    w = s.world
    w.sums[sums.CUT] += requests
    w.sums[sums.CUT_BY_CHANCE] += requests
    w.sums[sums.DOWNTIME] += share_of(requests, w.offered_rate)
    for k in range(m.n_alarms):
        if m.has_balancer != 0 and counts_cut_requests(
            m.alarms[k].metric, m.alarms[k].scope, revision
        ):
            s.world.alarms[k].bad += requests
            s.world.alarms[k].activity = max(
                s.world.alarms[k].activity, 1 if requests > TRACE else 0
            )
    note_onset(s, requests, not comes_anyway(m, s, revision))


def comes_anyway(m: ScenarioRecord, s: RunState, revision: int) -> bool:
    """Whether a crash of old tasks is due now, which comes without a deployment, too."""
    w = s.world
    due = w.next_crash < m.n_task_crashes and m.task_crashes[w.next_crash].at == w.now
    return revision == OLD and due


def note_onset(s: RunState, requests: float, caused: bool) -> None:
    """Note that users are hurt now if so many requests fail; ``caused``: by the deployment."""
    w = s.world
    if requests > FEWEST:
        w.onset_at = min(w.onset_at, w.now)
        if caused:
            w.user_onset_at = min(w.user_onset_at, w.now)
