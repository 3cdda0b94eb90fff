"""When harm to users begins and ends in one run, derived from its state."""

from dataclasses import dataclass, replace

from simdeploy.report.story.folding import GAP
from simdeploy.results.timeline import Event, Timeline

#: Least share of arrivals that must fail, or be slow, to count as harm.
LEAST_SHARE = 0.01
FAIL, SLOW = "fail", "are slow"


@dataclass(frozen=True, slots=True)
class HarmSpan:
    """A stretch of harm: first, highest and last share of arrivals hurt; ``how``: FAIL or SLOW."""

    start: float
    end: float
    share: float
    peak: float
    last: float
    how: str


def harm_events(timeline: Timeline) -> list[Event]:
    """Return the events ``users_hurt`` and ``users_well`` of a run.

    Pauses of under ``GAP`` seconds do not count. Slowness near failures is left out, since those
    are the greater harm.
    """
    states = timeline.states()
    failing = _spans([(state.t, end, state.failing_share) for state, end in states], FAIL)
    slow = _spans([(state.t, end, state.slow_share) for state, end in states], SLOW)
    events = [event for span in failing for event in _events_of(span, timeline.horizon)]
    alone = [span for span in slow if not _is_near(span.start, failing)]
    ends = [event for span in alone for event in _events_of(span, timeline.horizon)]
    return events + [e for e in ends if e.kind == "users_hurt" or not _is_near(e.t, failing)]


def _is_near(t: float, spans: list[HarmSpan]) -> bool:
    """Return whether a moment lies within a stretch or ``GAP`` seconds of one."""
    return any(span.start - GAP <= t <= span.end + GAP for span in spans)


def _spans(shares: list[tuple[float, float, float]], how: str) -> list[HarmSpan]:
    """Join stretches of harm whose gaps are short."""
    spans: list[HarmSpan] = []
    for start, end, share in shares:
        if share < LEAST_SHARE:
            continue
        if spans and start - spans[-1].end < GAP:
            peak = max(spans[-1].peak, share)
            spans[-1] = replace(spans[-1], end=end, peak=peak, last=share)
        else:
            spans.append(HarmSpan(start, end, share, share, share, how))
    return spans


def _events_of(span: HarmSpan, horizon: float) -> list[Event]:
    hurt = {"share": span.share, "peak": span.peak, "last": span.last, "how": span.how}
    events = [Event(span.start, "users_hurt", data={**hurt, "lasts": span.end >= horizon})]
    if span.end < horizon:
        well = {"how": span.how, "lasted": span.end - span.start}
        events.append(Event(span.end, "users_well", data=well))
    return events
