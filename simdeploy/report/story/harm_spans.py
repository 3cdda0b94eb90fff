"""When users begin and cease to be hurt in a run: events made from its state."""

from dataclasses import dataclass, replace

from simdeploy.report.story.folding import GAP
from simdeploy.report.story.story_context import LEAST_SHARE
from simdeploy.results.timeline import Event, Timeline

FAIL, SLOW = "fail", "are slow"


@dataclass(frozen=True, slots=True)
class HarmSpan:
    """A stretch of harm: first, highest and last share of arrivals hurt; ``how``: FAIL or SLOW.

    The shares are beyond the ``usual`` one before the command.
    """

    start: float
    end: float
    share: float
    peak: float
    last: float
    how: str
    usual: float = 0.0


def harm_events(timeline: Timeline) -> list[Event]:
    """Return the events ``users_hurt`` and ``users_well`` of a run.

    Pauses of under ``GAP`` seconds do not count. Slowness near failures is left out, since those
    are the greater harm.
    """
    states = timeline.states()
    start = next((e.data for e in timeline.events if e.kind == "deployment_started"), {})
    fails, is_slow = (float(start.get(f"usually_{what}", 0.0)) for what in ("failing", "slow"))
    failing = _spans([(state.t, end, state.failing_share) for state, end in states], FAIL, fails)
    slow = _spans([(state.t, end, state.slow_share) for state, end in states], SLOW, is_slow)
    events = [event for span in failing for event in _events_of(span, timeline.horizon)]
    alone = [span for span in slow if not _is_near(span.start, failing)]
    ends = [event for span in alone for event in _events_of(span, timeline.horizon)]
    return events + [e for e in ends if e.kind == "users_hurt" or not _is_near(e.t, failing)]


def _is_near(t: float, spans: list[HarmSpan]) -> bool:
    """Return whether a moment lies within a span, or within ``GAP`` seconds of it."""
    return any(span.start - GAP <= t <= span.end + GAP for span in spans)


def _spans(shares: list[tuple[float, float, float]], how: str, usual: float) -> list[HarmSpan]:
    """Join stretches of harm beyond the usual share, where their gaps are short."""
    spans: list[HarmSpan] = []
    for start, end, whole in shares:
        share = whole - usual
        if share < LEAST_SHARE:
            continue
        if spans and start - spans[-1].end < GAP:
            peak = max(spans[-1].peak, share)
            spans[-1] = replace(spans[-1], end=end, peak=peak, last=share)
        else:
            spans.append(HarmSpan(start, end, share, share, share, how, usual))
    return spans


def _events_of(span: HarmSpan, horizon: float) -> list[Event]:
    hurt = {"share": span.share, "peak": span.peak, "last": span.last, "how": span.how}
    usual = {"usual": span.usual} if span.usual >= LEAST_SHARE else {}
    events = [Event(span.start, "users_hurt", data={**hurt, **usual, "lasts": span.end >= horizon})]
    if span.end < horizon:
        well = {"how": span.how, "lasted": span.end - span.start, **usual}
        events.append(Event(span.end, "users_well", data=well))
    return events
