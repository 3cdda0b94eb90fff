"""The story of one run: present tense, subject first, numbers beside their limits.

Repeated events are folded (`folding`), each kind of event has its sentence (`phrases`), and the
last line sums up: users, money, what is left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isfinite, isinf, isnan, nan
from typing import Any, NamedTuple

from simdeploy.aws_facts import FACTS
from simdeploy.report.story.folding import fold
from simdeploy.report.story.harm_spans import harm_events
from simdeploy.report.story.phrases import phrase_of
from simdeploy.report.story.story_context import StoryContext
from simdeploy.report.words import (
    clock,
    elapsed,
    full_count,
    long_duration,
    money,
    quantity,
    wrapped,
)
from simdeploy.results.metrics import TOTAL, WRONG
from simdeploy.results.timeline import Event, Timeline
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.vocabulary import Vocabulary

Metrics = Mapping[str, Any]
INDENT = 11
LEGEND = "Rules (simdeploy why RULE says more):"
#: Kinds of beats that cover a stretch of time.
FOLDS = frozenset({"loop", "shift_run", "traffic_run"})
#: Who decided to roll back, by the reason of the rollback.
DECIDERS = {
    "breaker": "the circuit breaker", "alarm": "the alarm", "hook": "a failed hook",
    "install_timeout": "the {install_timeout}", "operator": "a person", "approval": "a person",
    "progress_deadline": "the progress deadline",
}  # fmt: skip
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
    """A line of a story: when (s), what, and the events that it sums up.

    ``folded`` if these repeat others over a stretch of time; ``rules``: the facts behind them.
    """

    t: float
    text: str
    rules: tuple[str, ...]
    folded: bool
    events: tuple[Event, ...]

    @property
    def end(self) -> float:
        """When the last of its events happens (s)."""
        return max(event.t for event in self.events)


def render_story(
    timeline: Timeline, scenario: Scenario | None = None, *, why: bool = False, width: int = 100
) -> str:
    """Return the story of a run in lines of at most ``width`` characters.

    Parameters
    ----------
    scenario
        The scenario of the run, for units of alarms, controllers and events around it.
    why
        Add to every line the ids of the rules behind it, and at the end what these say.
    width
        The longest line.
    """
    out, told = [_header(timeline, width)], lines(timeline, scenario, minor=why)
    for line in told:
        rules = f" [{', '.join(line.rules)}]" if why and line.rules else ""
        out += _wrapped(f" {line_clock(line)}".ljust(INDENT), line.text + rules, width)
    out += _wrapped(" ", ending(timeline, scenario), width)
    return "\n".join([*out, *(legend(told, width) if why else [])])


def legend(told: Iterable[Line], width: int) -> list[str]:
    """Return what the rules of a story say, a sentence each, in order of appearance."""
    out = []
    for rule in dict.fromkeys(rule for line in told for rule in line.rules):
        fact = FACTS.get(rule)
        says = f"{fact.confidence}: {fact.title}" if fact else "a rule of your own"
        out += _wrapped(" ", f"[{rule}] {says}", width, indent="   ")
    return ["", *_wrapped("", LEGEND, width), *out] if out else []


def lines(
    timeline: Timeline, scenario: Scenario | None = None, *, minor: bool = False
) -> list[Line]:
    """Return the lines of a story, not wrapped yet; with ``minor`` of all kinds of events."""
    story = StoryContext(timeline, scenario)
    # A change at the horizon only marks it, as of a registry that is slow all along.
    recorded = [
        event
        for event in with_waiting(timeline.events)
        if event.kind != "environment_changed" or event.t < timeline.horizon
    ]
    events = in_causal_order([*recorded, *harm_events(timeline)])
    return [
        Line(beat.t, phrase_of(beat, story), beat.rules, beat.kind in FOLDS, tuple(beat.events))
        for beat in fold(events, minor=minor)
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


def _wrapped(start: str, text: str, width: int, indent: str | None = None) -> list[str]:
    room = max(width, INDENT + 20)
    return wrapped(text, room, start, " " * len(start) if indent is None else indent)


def ending(timeline: Timeline, scenario: Scenario | None = None) -> str:
    """Return the last line: users · decision · money · what is left."""
    metrics = timeline.metrics
    left = remainder(metrics, timeline.horizon, flag=_has_flag(timeline))
    parts = (
        users(metrics, scenario),
        decision(timeline),
        cost(metrics, Vocabulary(timeline.platform)),
        left,
    )
    return " · ".join(part for part in parts if part)


def serving(timeline: Timeline) -> str:
    """Return which revision serves in the end."""
    return _serves(timeline.metrics, flag=_has_flag(timeline))


def _serves(metrics: Metrics, *, flag: bool) -> str:
    verdict = str(metrics.get("verdict", ""))
    if verdict == "stopped" and metrics.get("outcome") == "succeeded":
        # A bad release of a chain was succeeded by the next one, not undone.
        return "the last release serves"
    return (FLAGGED if flag else SERVING).get(verdict, SERVING.get(verdict, ""))


def _has_flag(timeline: Timeline) -> bool:
    return any(e.kind == "flag_set" for e in timeline.events)


def decision(timeline: Timeline) -> str:
    """Return how long after the command the rollback was decided, and by whom; "" without one."""
    after = float(timeline.metrics.get("decision_s", nan))
    if not isfinite(after):
        return ""
    started = (e.data.get("reason") for e in timeline.events if e.kind == "rollback_started")
    by = Vocabulary(timeline.platform).fill(DECIDERS.get(str(next(started, "")), ""))
    return f"decided after {elapsed(0.0, after)}{f' by {by}' if by else ''}"


def users(metrics: Metrics, scenario: Scenario | None = None) -> str:
    """Return the harm to users in one clause."""
    failed, requests = _caused(metrics, "failed_caused"), number(metrics, "requests")
    slow, cut = _caused(metrics, "slow_caused"), number(metrics, "cut_websockets")
    downtime = _caused(metrics, "downtime_caused")
    anyway = number(metrics, "failed_requests") - failed
    parts = {
        f"{full_count(failed)} of {full_count(requests)} requests failed": failed,
        f"as bad as an outage of {long_duration(downtime)}": downtime,
        f"{quantity(slow, 'request')} slow": min(slow, number(metrics, "slow_s")),
        f"{quantity(cut, 'WebSocket')} cut": cut,
    }
    texts = [text for text, amount in parts.items() if amount >= 0.5]
    texts += [f"{quantity(anyway, 'request')} failed as they do without it"] * (anyway >= 0.5)
    texts += _served(metrics, scenario, failed)
    return "users: " + ", ".join(texts) if texts else "users noticed nothing"


def _served(metrics: Metrics, scenario: Scenario | None, failed: float) -> list[str]:
    """Return what bad code answered, if its answers are wrong or no request failed."""
    served = number(metrics, "exposed_requests")
    chain = scenario.chain if scenario else ()
    faults = {fault.tag() for release in chain for fault in release.effective_faults}
    if served < 0.5:
        return []
    if faults & WRONG:
        return [f"{quantity(served, 'answer')} wrong, which nobody saw at once"]
    return [] if failed >= 0.5 else [f"none failed, {quantity(served, 'request')} on bad code"]


def cost(metrics: Metrics, words: Vocabulary) -> str:
    """Return what the deployment cost above normal running."""
    extra, failed = number(metrics, "extra_cost_usd"), number(metrics, "failed_tasks")
    sign = "saved" if extra < 0 else "more than usual"
    text = f"{money(abs(extra))} {sign}" if abs(extra) >= 0.0005 else "no extra cost"
    return f"{text}, {quantity(failed, words.attempt)} failed" if failed else text


def remainder(metrics: Metrics, horizon: float, *, flag: bool = False) -> str:
    """Return what remains after the run: the serving revision, unreadable rows, side effects.

    Parameters
    ----------
    flag
        Whether the new code was turned on by a feature flag.
    """
    parts = [_serves(metrics, flag=flag)]
    rows, sent = (number(metrics, name) for name in ("incompatible_writes", "side_effects_left"))
    if rows >= 0.5:
        parts.append(f"{quantity(rows, 'row')} it cannot read")
    if sent >= 0.5:
        parts.append(f"{quantity(sent, 'side effect')} of the bad revision")
    if isinf(float(metrics.get("deployment_s", 0.0))):
        parts.append(f"not over after {long_duration(horizon)}")
    return ", ".join(part for part in parts if part) or "nothing is left"


def _caused(metrics: Metrics, name: str) -> float:
    """Return harm beyond the baseline; all of it where only that is given."""
    return max(0.0, number(metrics, name if name in metrics else TOTAL[name]))


def number(metrics: Metrics, name: str, default: float = 0.0) -> float:
    """Return a metric, ``default`` where it does not exist."""
    value = float(metrics.get(name, default))
    return default if isnan(value) else value
