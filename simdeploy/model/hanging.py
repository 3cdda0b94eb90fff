"""Tasks that hang: they accept requests and never answer, until client or balancer gives up."""

from simdeploy.model import sums, timers
from simdeploy.model.cohorts import end_boot, leave_cohort, make_eligible
from simdeploy.model.constants import RUNNING, WAITS
from simdeploy.model.dropped_requests import note_onset, requests_to_cut
from simdeploy.model.fields.types import RunState, ScenarioRecord
from simdeploy.model.leftovers import drop_leftover
from simdeploy.model.requests import target_arrival_rate
from simdeploy.semantics.alarms import OF_SERVICE, counted_rate, counts_answers
from simdeploy.semantics.hanging import gives_up_after
from simdeploy.semantics.metrics import TRACE, share_of
from simdeploy.semantics.state import NEVER, NEW, OLD


def next_to_hang(m: ScenarioRecord, s: RunState, i: int) -> int:
    """Return the first task from ``i`` on that the current event may hang; or -1.

    It runs, answers, and is of the event's revision.
    """
    while i >= 0:
        t = s.tasks[i]
        end_boot(s, i)
        serves = t.state == RUNNING and t.is_answering != 0
        if serves and t.revision == m.task_hangs[s.world.next_hang].revision:
            return i
        i = t.next_task
    return -1


def set_next_hang(m: ScenarioRecord, s: RunState) -> None:
    """Set the timer of the next hang of running tasks."""
    w = s.world
    w.next_hang += 1
    if w.next_hang < m.n_task_hangs:
        w.timers[timers.HANG] = m.task_hangs[w.next_hang].at


def hang(m: ScenarioRecord, s: RunState, i: int) -> None:
    """Hang a task that answers: it stays a target, and what it has in hand is never answered."""
    t = s.tasks[i]
    routed = t.cohort >= 0
    in_hand = requests_to_cut(m, s, i, 0.0)
    if routed:
        leave_cohort(m, s, i)
    drop_leftover(s, i)
    t.is_answering = 0
    t.is_hung = 1
    if routed:
        make_eligible(m, s, i)
    if in_hand > 0.0:
        k = add_wait(m, s)
        s.world.waits[k].in_hand[t.revision] += in_hand


def add_wait(m: ScenarioRecord, s: RunState) -> int:
    """Return the entry of what changes now for those who wait for a hung task; add it if need be.

    It takes effect when they give up. Where all entries are taken, the last one changes.
    """
    w = s.world
    at = w.now + gives_up_after(m.client_timeout, m.idle_timeout)
    last = (w.first_wait + w.n_waits - 1) % WAITS
    if w.n_waits > 0 and (s.world.waits[last].at == at or w.n_waits == WAITS):
        return last
    k = (w.first_wait + w.n_waits) % WAITS
    x = s.world.waits[k]
    x.at = at
    for r in range(2):
        x.rate[r] = w.waiting_rate[r]
        x.in_hand[r] = 0.0
    w.n_waits += 1
    if w.n_waits == 1:
        w.timers[timers.GIVE_UP] = at
    return k


def note_waiting(m: ScenarioRecord, s: RunState) -> None:
    """Note how many requests per second now begin to wait for a hung task."""
    if m.n_task_hangs == 0:
        return
    w = s.world
    old = 0.0
    new = 0.0
    for k in range(w.n_cohorts):
        c = s.cohorts[k]
        if c.n_targets > 0 and c.is_hung != 0:
            if c.revision == NEW:
                new += c.n_targets * target_arrival_rate(s, k)
            else:
                old += c.n_targets * target_arrival_rate(s, k)
    if old != w.waiting_rate[OLD] or new != w.waiting_rate[NEW]:
        x = s.world.waits[add_wait(m, s)]
        x.rate[OLD] = old
        x.rate[NEW] = new
        w.waiting_rate[OLD] = old
        w.waiting_rate[NEW] = new


def give_up(m: ScenarioRecord, s: RunState) -> None:
    """Those whose time is up give up: 460 if the clients leave, 504 from the load balancer."""
    w = s.world
    x = s.world.waits[w.first_wait]
    for r in range(2):
        w.given_up_rate[r] = x.rate[r]
        record_given_up(m, s, r, x.in_hand[r])
    w.first_wait = (w.first_wait + 1) % WAITS
    w.n_waits -= 1
    w.timers[timers.GIVE_UP] = s.world.waits[w.first_wait].at if w.n_waits > 0 else NEVER


def record_given_up(m: ScenarioRecord, s: RunState, revision: int, requests: float) -> None:
    """Count what a task had in hand when it hung as failed now."""
    w = s.world
    if requests <= 0.0:
        return
    w.sums[sums.CUT] += requests
    w.sums[sums.CUT_BY_CHANCE] += requests
    w.sums[sums.DOWNTIME] += share_of(requests, w.offered_rate)
    elb_5xx = requests if m.overload_is_5xx != 0 else 0.0
    elb_4xx = requests - elb_5xx
    for k in range(m.n_alarms):
        x = m.alarms[k]
        if (
            m.has_balancer != 0
            and counts_answers(x.metric)
            and (x.scope == OF_SERVICE or x.scope == revision)
        ):
            a = s.world.alarms[k]
            bad = counted_rate(x.metric, 0.0, elb_5xx, 0.0, elb_4xx)
            a.bad += bad
            a.activity = max(a.activity, 1 if bad > TRACE else 0)
    # Old tasks hang without a deployment, too.
    note_onset(s, requests, revision == NEW)
