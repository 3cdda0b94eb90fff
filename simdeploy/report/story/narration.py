"""The story of one run: present tense, subject first, numbers beside their limits.

Repeated events are folded (`folding`), each kind of event has its sentence (`phrases`), and the
last line sums up: users, money, what is left.
"""

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isinf, isnan
from typing import Any, NamedTuple

from simdeploy.aws_facts import FACTS
from simdeploy.report.story.folding import GAP, Beat, fold
from simdeploy.report.story.phrases import phrase_of
from simdeploy.report.story.story_context import StoryContext
from simdeploy.report.words import clock, full_count, long_duration, money, quantity
from simdeploy.results.ranking import TOTAL, WRONG
from simdeploy.results.timeline import Event, Timeline
from simdeploy.scenario.model import Scenario

Metrics = Mapping[str, Any]
INDENT = 11
#: Kinds of beats that cover a stretch of time.
FOLDS = frozenset({"loop", "shift_run", "traffic_run"})
#: Which revision serves in the end, by verdict.
SERVING = {
    "shipped": "the new revision is live",
    "stopped": "the old revision serves",
    "escaped": "the bad revision is still live",
    "false_rollback": "a good release was undone",
    "held": "a good release is not live",
    "unrepaired": "the old revision serves, but users still fail",
}
#: The same where the new code was turned on by a feature flag.
FLAGGED = {
    "stopped": "the new code stays, its flag is off",
    "escaped": "the flag is on, and the new code is bad",
    "false_rollback": "the flag of a good release is off",
    "unrepaired": "the flag is off, but users still fail",
}


class Line(NamedTuple):
    """A line of a story; ``folded`` if it sums up many events."""

    t: float
    text: str
    reasons: list[str]
    folded: bool


def render_story(
    timeline: Timeline, scenario: Scenario | None = None, *, why: bool = False, width: int = 100
) -> str:
    """Return the story of a run in lines of at most ``width`` characters.

    Parameters
    ----------
    scenario
        The scenario of the run, for units of alarms, controllers and events around it.
    why
        Add to every line the rules behind it and the AWS pages they come from.
    width
        The longest line.
    """
    out = [_header(timeline, width)]
    for line in lines(timeline, scenario, why=why):
        out += _wrapped(f" {line_clock(line)}".ljust(INDENT), line.text, width)
        for reason in line.reasons:
            out += _wrapped_reason(reason, width)
    return "\n".join([*out, *_wrapped(" ", ending(timeline, scenario), width)])


def _wrapped_reason(reason: str, width: int) -> list[str]:
    """Wrap a reason, but never its address, so that it can be clicked."""
    text, _, page = reason.partition(" https://")
    wrapped = _wrapped(" " * INDENT + "why: ", text, width)
    return [*wrapped, " " * INDENT + "https://" + page] if page else wrapped


def lines(timeline: Timeline, scenario: Scenario | None = None, *, why: bool = False) -> list[Line]:
    """Return the lines of a story, not wrapped yet."""
    story = StoryContext(timeline, scenario)
    # A change at the horizon only marks it, as of a registry that is slow all along.
    recorded = [
        event
        for event in with_waiting(timeline.events)
        if event.kind != "environment_changed" or event.t < timeline.horizon
    ]
    events = in_causal_order([*recorded, *harm_events(timeline)])
    beats, given = fold(events, minor=why), set[str]()
    reasons = [_reasons(beat, given) if why else [] for beat in beats]
    return [
        Line(beat.t, phrase_of(beat, story), rules, beat.kind in FOLDS)
        for beat, rules in zip(beats, reasons, strict=True)
    ]


def in_causal_order(events: Iterable[Event]) -> list[Event]:
    """Return events by time; at the same instant causes come before effects.

    The environment changes first, and harm comes after its cause. An order precedes the tasks that
    start for it; a new task that starts at the instant of the rollback was ordered before it.
    """
    unordered = list(events)
    rollbacks = {e.t for e in unordered if e.kind == "rollback_started"}

    def rank(event: Event) -> int:
        if event.kind == "deployment_started" and event.t == 0.0:
            return 0
        if event.kind == "task_created":
            return 2 if event.revision == "new" and event.t in rollbacks else 4
        return {"environment_changed": 1, "users_hurt": 3, "users_well": 3}.get(event.kind, 2)

    return sorted(unordered, key=lambda e: (e.t, rank(e)))


def with_waiting(events: Iterable[Event]) -> list[Event]:
    """Return the events, with ``target_waiting`` for targets unhealthy before they were healthy.

    The load balancer reports every task as unhealthy that boots for longer than its first checks
    take.
    """
    young: set[tuple[str, int]] = set()
    out = []
    for event in events:
        task = (event.revision, event.task)
        if event.kind == "task_created":
            young.add(task)
        elif event.kind == "target_healthy":
            young.discard(task)
        waits = event.kind == "target_unhealthy" and task in young
        out.append(replace(event, kind="target_waiting") if waits else event)
    return out


def line_clock(line: Line) -> str:
    """Return the time of a line; an ellipsis if it covers a stretch of time."""
    return "  ⋮" if line.folded else clock(line.t)


def _header(timeline: Timeline, width: int) -> str:
    remainder = f"{timeline.strategy} · run {timeline.replication} · seed {timeline.seed}"
    right = "hours:minutes:seconds after the command"
    room = width - len(remainder) - len(right)
    return remainder if room < 2 else remainder + " " * room + right


def _wrapped(start: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, INDENT + 20),
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reasons(beat: Beat, given: set[str]) -> list[str]:
    """Return the rules behind a line, each once; in full only where a story first names them."""
    out = []
    for rule in dict.fromkeys(event.rule for event in beat.events if event.rule):
        out.append(reason_of(rule, again=rule in given))
        given.add(rule)
    return out


def reason_of(rule: str, *, again: bool = False) -> str:
    """Return the AWS fact behind a rule in one line; only its id if it is named again."""
    fact = FACTS.get(rule)
    if fact is None:
        return f"rule {rule}"
    if again:
        return f"{rule}, as above"
    return f"{fact.title} [{rule}, {fact.confidence}] {fact.page}".rstrip()


def ending(timeline: Timeline, scenario: Scenario | None = None) -> str:
    """Return the last line: users · money · what is left."""
    metrics = timeline.metrics
    flag = any(e.kind == "flag_set" for e in timeline.events)
    left = remainder(metrics, timeline.horizon, flag=flag)
    return f"{users(metrics, scenario)} · {cost(metrics)} · {left}"


def users(metrics: Metrics, scenario: Scenario | None = None) -> str:
    """Return the harm to users in one clause."""
    failed, requests = _caused(metrics, "failed_caused"), _number(metrics, "requests")
    slow, cut = _caused(metrics, "slow_caused"), _number(metrics, "cut_websockets")
    downtime = _caused(metrics, "downtime_caused")
    anyway = _number(metrics, "failed_requests") - failed
    parts = {
        f"{full_count(failed)} of {full_count(requests)} requests failed": failed,
        f"as bad as {long_duration(downtime)} of full outage": downtime,
        f"{quantity(slow, 'request')} slow": min(slow, _number(metrics, "slow_s")),
        f"{quantity(cut, 'WebSocket')} cut": cut,
    }
    texts = [text for text, amount in parts.items() if amount >= 0.5]
    texts += [f"{quantity(anyway, 'request')} failed as they do without it"] * (anyway >= 0.5)
    texts += _served(metrics, scenario, failed)
    return "users: " + ", ".join(texts) if texts else "users noticed nothing"


def _served(metrics: Metrics, scenario: Scenario | None, failed: float) -> list[str]:
    """Return what bad code answered, if its answers are wrong or no request failed."""
    served = _number(metrics, "exposed_requests")
    chain = scenario.chain if scenario else ()
    faults = {fault.tag() for release in chain for fault in release.effective_faults}
    if served < 0.5:
        return []
    if faults & WRONG:
        return [f"{quantity(served, 'answer')} wrong, which nobody saw at once"]
    return [] if failed >= 0.5 else [f"none failed, {quantity(served, 'request')} on bad code"]


def cost(metrics: Metrics) -> str:
    """Return what the deployment cost above normal running."""
    extra, failed = _number(metrics, "extra_cost_usd"), _number(metrics, "failed_tasks")
    sign = "saved" if extra < 0 else "more than usual"
    text = f"{money(abs(extra))} {sign}" if abs(extra) >= 0.0005 else "no extra cost"
    return f"{text}, {quantity(failed, 'task')} failed" if failed else text


def remainder(metrics: Metrics, horizon: float, *, flag: bool = False) -> str:
    """Return what remains after the run: the serving revision, unreadable rows, side effects.

    Parameters
    ----------
    flag
        Whether the new code was turned on by a feature flag.
    """
    verdict = str(metrics.get("verdict", ""))
    parts = [(FLAGGED if flag else SERVING).get(verdict, SERVING.get(verdict, ""))]
    if verdict == "stopped" and metrics.get("outcome") == "succeeded":
        # A bad release of a chain was succeeded by the next one, not undone.
        parts = ["the last release serves"]
    rows, sent = (_number(metrics, name) for name in ("incompatible_writes", "side_effects_left"))
    if rows >= 0.5:
        parts.append(f"{quantity(rows, 'row')} it cannot read")
    if sent >= 0.5:
        parts.append(f"{quantity(sent, 'side effect')} of the bad revision")
    if isinf(float(metrics.get("deployment_s", 0.0))):
        parts.append(f"not over after {long_duration(horizon)}")
    return ", ".join(part for part in parts if part) or "nothing is left"


def _caused(metrics: Metrics, name: str) -> float:
    """Return harm beyond the baseline; all of it where only that is given."""
    return max(0.0, _number(metrics, name if name in metrics else TOTAL[name]))


def _number(metrics: Metrics, name: str) -> float:
    value = float(metrics.get(name, 0.0))
    return 0.0 if isnan(value) else value


#: Least share of arrivals that must fail, or be slow, to count as harm.
LEAST_SHARE = 0.01
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
