"""One run told as a story: present tense, subject first, numbers beside their limits.

Repeated events are folded (`folding`), each kind of event has its sentence (`phrases`), and the
last line says what it meant: users, money, what is left.
"""

import textwrap
from collections.abc import Iterable
from dataclasses import replace
from math import isinf, isnan
from typing import Any, NamedTuple

from simdeploy.report.amounts import amount, clock, count, span
from simdeploy.report.story.folding import Beat, fold
from simdeploy.report.story.harm_spans import harm
from simdeploy.report.story.phrases import phrase
from simdeploy.report.story.rules import because
from simdeploy.report.story.story_context import Tale
from simdeploy.report.words import money as dollars
from simdeploy.results.ranking import WRONG
from simdeploy.results.timeline import Event, Timeline

INDENT = 11
LEFT = {
    "shipped": "the new revision is live",
    "stopped": "the old revision serves",
    "escaped": "the bad revision is still live",
    "false_rollback": "a good release was undone",
    "held": "a good release is not live",
    "unrepaired": "the old revision serves, but users still fail",
}
#: The same where a flag was set back, and the new code stays.
FLAGGED = {
    "stopped": "the new code stays, its flag is off",
    "escaped": "the flag is on, and the new code is bad",
    "false_rollback": "the flag of a good release is off",
    "unrepaired": "the flag is off, but users still fail",
}


class Line(NamedTuple):
    """One line of a story: when, what, why, and whether it stands for many events."""

    t: float
    text: str
    reasons: list[str]
    folded: bool


def tell(run: Any, scenario: Any = None, *, why: bool = False, width: int = 100) -> str:
    """Return the story of a run in lines of at most ``width`` characters.

    Parameters
    ----------
    run
        A run, or its timeline.
    scenario
        The scenario of the run; it tells in which unit an alarm measures.
    why
        Add to every line the rules behind it and the AWS pages they come from.
    width
        The longest line.
    """
    out = [_header(_timeline(run), width)]
    for line in lines(run, scenario, why=why):
        out += _wrapped(f" {clock_of(line)}".ljust(INDENT), line.text, width)
        for reason in line.reasons:
            out += _because(reason, width)
    return "\n".join([*out, *_wrapped(" ", ending(run, scenario), width)])


def _because(reason: str, width: int) -> list[str]:
    """Lay out a reason; an address keeps its line whole, so that it can be clicked."""
    text, _, page = reason.partition(" https://")
    laid = _wrapped(" " * INDENT + "why: ", text, width)
    return [*laid, " " * INDENT + "https://" + page] if page else laid


def lines(run: Any, scenario: Any = None, *, why: bool = False) -> list[Line]:
    """Return the lines of a story before they are laid out."""
    timeline = _timeline(run)
    tale = Tale(timeline, scenario)
    known = [e for e in waiting(timeline.events) if not _is_at_horizon(e, timeline.horizon)]
    events = caused([*known, *harm(timeline)])
    told: set[str] = set()
    return [
        Line(beat.t, phrase(beat, tale), _reasons(beat, told) if why else [], _is_folded(beat))
        for beat in fold(events, minor=why)
    ]


def caused(events: Iterable[Event]) -> list[Event]:
    """Return events in order of time, within an instant what causes something before that.

    The environment changes before anything follows from it, and users are hurt after what hurts
    them. An order comes before the tasks that start for it; a new task that starts as the rollback
    does was started without knowing of it.
    """
    known = list(events)
    backs = {e.t for e in known if e.kind == "rollback_started"}

    def rank(event: Event) -> int:
        if event.kind == "deployment_started" and event.t == 0.0:
            return 0
        if event.kind == "task_created":
            return 2 if event.revision == "new" and event.t in backs else 4
        return {"environment_changed": 1, "users_hurt": 3, "users_well": 3}.get(event.kind, 2)

    return sorted(known, key=lambda e: (e.t, rank(e)))


def waiting(events: Iterable[Event]) -> list[Event]:
    """Return the events; a target that fails its checks before it was ever healthy only waits.

    The balancer calls it unhealthy all the same, as it does every task that boots for longer than
    its first checks take.
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


def _is_at_horizon(event: Event, horizon: float) -> bool:
    """Tell whether an event is only the end of what is looked at: a registry slow all the time."""
    return event.kind == "environment_changed" and event.t >= horizon


def clock_of(line: Line) -> str:
    """Return the time of a line, or three dots where it stands for a stretch of time."""
    return "  ⋮" if line.folded else clock(line.t)


def _timeline(run: Any) -> Timeline:
    timeline: Timeline = getattr(run, "timeline", run)
    return timeline


def _is_folded(beat: Beat) -> bool:
    return beat.kind in {"loop", "shift_run", "traffic_run"}


def _header(timeline: Timeline, width: int) -> str:
    left = f"{timeline.strategy} · run {timeline.replication} · seed {timeline.seed}"
    right = "hours:minutes:seconds after the command"
    room = width - len(left) - len(right)
    return left if room < 2 else left + " " * room + right


def _wrapped(start: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, INDENT + 20),
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _reasons(beat: Beat, told: set[str]) -> list[str]:
    """Give the rules behind a line, each once; a rule is told in full the first time only."""
    out = []
    for rule in dict.fromkeys(event.rule for event in beat.events if event.rule):
        out.append(because(rule, again=rule in told))
        told.add(rule)
    return out


def ending(run: Any, scenario: Any = None) -> str:
    """Return the last line: users · money · what is left."""
    timeline = _timeline(run)
    metrics: dict[str, Any] = getattr(run, "metrics", None) or timeline.metrics
    flag = any(e.kind == "flag_set" for e in timeline.events)
    clauses = users(metrics, scenario), money(metrics), left(metrics, timeline.horizon, flag=flag)
    return " · ".join(clauses)


def users(metrics: dict[str, Any], scenario: Any = None) -> str:
    """Return what users met, in one clause."""
    failed, slow = _number(metrics, "failed_requests"), _number(metrics, "slow_requests")
    cut = _number(metrics, "cut_websockets")
    parts = []
    if failed >= 0.5:
        parts.append(f"{amount(failed)} of {amount(_number(metrics, 'requests'))} requests failed")
    if _number(metrics, "downtime_s") >= 0.5:
        parts.append(f"as bad as {span(_number(metrics, 'downtime_s'))} of full outage")
    if _number(metrics, "slow_s") >= 0.5:
        parts.append(f"{count(slow, 'request')} slow")
    if cut >= 0.5:
        parts.append(f"{count(cut, 'WebSocket')} cut")
    parts += _served(metrics, scenario, failed)
    return "users: " + ", ".join(parts) if parts else "users noticed nothing"


def _served(metrics: dict[str, Any], scenario: Any, failed: float) -> list[str]:
    """Tell what bad code answered, where its answers are wrong or nothing else is told of it."""
    served = _number(metrics, "exposed_requests")
    faults = {one.kind for release in getattr(scenario, "chain", ()) for one in release.faults}
    if served < 0.5:
        return []
    if faults & WRONG:
        return [f"{count(served, 'answer')} wrong, which nobody saw at once"]
    return [] if failed >= 0.5 else [f"none failed, {count(served, 'request')} on bad code"]


def money(metrics: dict[str, Any]) -> str:
    """Return what the deployment cost above normal running."""
    cost, failed = _number(metrics, "extra_cost_usd"), _number(metrics, "failed_tasks")
    sign = "saved" if cost < 0 else "more than usual"
    told = f"{dollars(abs(cost))} {sign}" if abs(cost) >= 0.0005 else "no extra cost"
    return f"{told}, {count(failed, 'task')} failed" if failed else told


def left(metrics: dict[str, Any], horizon: float, *, flag: bool = False) -> str:
    """Return what remains after the run: the revision, unreadable rows, side effects.

    ``flag``: the new code was turned on by a feature flag.
    """
    verdict = str(metrics.get("verdict", ""))
    parts = [(FLAGGED if flag else LEFT).get(verdict, LEFT.get(verdict, ""))]
    rows, sent = (_number(metrics, name) for name in ("incompatible_writes", "side_effects_left"))
    if rows >= 0.5:
        parts.append(f"{count(rows, 'row')} it cannot read")
    if sent >= 0.5:
        parts.append(f"{count(sent, 'side effect')} of the bad revision")
    if isinf(float(metrics.get("deployment_s", 0.0))):
        parts.append(f"not over after {span(horizon)}")
    return ", ".join(part for part in parts if part) or "nothing is left"


def _number(metrics: dict[str, Any], name: str) -> float:
    value = float(metrics.get(name, 0.0))
    return 0.0 if isnan(value) else value
