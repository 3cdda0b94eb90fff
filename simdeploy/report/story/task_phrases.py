"""The sentences of a story about tasks, targets, users, and what repeats."""

# ruff: noqa: ARG001  every phrase has the same signature, whatever it needs of it

from collections.abc import Callable
from typing import Any

from simdeploy.report.amounts import clock, count, since, span, words
from simdeploy.report.story.folding import GAP, Beat
from simdeploy.report.story.story_context import Tale
from simdeploy.report.words import percent

CAUSES = {
    "boot_crash": "boot crash",
    "crash": "crash",
    "killed": "a crash from outside",
    "unhealthy": "failed health checks",
    "start_failed": "the image cannot be pulled",
    "never_listens": "never listens",
}
#: Causes from outside the task.
KILLED = frozenset({"killed", "unhealthy"})
#: What becomes of many tasks, by cause, if they do not simply die.
MANY_DIE = {**dict.fromkeys(KILLED, "are killed"), "start_failed": "do not start"}
#: What a loop of many such ends is.
VAIN = {
    "die": "and dying", "are killed": "and being killed", "do not start": "in vain",
    "fail": "and failing",
}  # fmt: skip
#: A share is another one from so many times on.
MORE = 1.05
Phrase = Callable[[Beat, Tale], str]


def tasks(one: Beat, tale: Tale) -> str:
    """Return whom a beat is about: ``new task 3``, ``6 old tasks``, ``2 more new tasks``."""
    who = {event.task for event in one.events}
    if len(who) == 1 and one.first.task >= 0:
        return f"{one.revision} task {tale.number(one.first)}".strip()
    more = " more" if one.follows else ""
    return f"{len(who)}{more} {one.revision} tasks".replace("  ", " ")


def _within(one: Beat) -> str:
    return f" within {span(one.end - one.t)}" if one.end - one.t >= 1 else ""


def _verb(one: Beat, singular: str, plural: str) -> str:
    return singular if len({e.task for e in one.events}) == 1 else plural


def limit(data: dict[str, Any], got: str, most: str) -> str:
    """Return ``3 of 3`` where both numbers are known, ``3`` where one is."""
    known = [f"{data[name]:g}" for name in (got, most) if name in data]
    return " of ".join(known)


def _plain(singular: str, plural: str) -> Phrase:
    def phrase(one: Beat, tale: Tale) -> str:
        return f"{tasks(one, tale)} {_verb(one, singular, plural)}{_within(one)}"

    return phrase


def _healthy(one: Beat, tale: Tale) -> str:
    told = f"{tasks(one, tale)} {_verb(one, 'is', 'are')} healthy{_within(one)}"
    if one.revision != "new" or not tale.desired:
        return told
    healthy = tale.healthy(one.end)
    if healthy > tale.desired:
        return f"{told}: {healthy} where {tale.desired} are wanted"
    return f"{told}: {healthy} of {tale.desired}"


def _unhealthy(one: Beat, tale: Tale) -> str:
    told = f"{tasks(one, tale)} {_verb(one, 'turns', 'turn')} unhealthy{_within(one)}"
    of = limit(one.first.data, "failures", "threshold")
    return f"{told}: {of} checks in a row failed" if of else told


def _waiting(one: Beat, tale: Tale) -> str:
    told = f"{tasks(one, tale)} {_verb(one, 'fails its', 'fail their')} first checks{_within(one)}"
    of = limit(one.first.data, "failures", "threshold")
    return f"{told}: {of} in a row" if of else told


def _failed(one: Beat, tale: Tale) -> str:
    cause = str(one.first.data.get("cause", ""))
    word = "" if cause in tale.causes or not cause else f" ({CAUSES.get(cause, words(cause))})"
    tale.causes.add(cause)
    if one.follows and len(one.events) > 1:
        die = MANY_DIE.get(cause, "die")
        return f"{len(one.events)} more {die}{_within(one)}{word}{_failures(one)}"
    return f"{tasks(one, tale)} {_death(one, tale, cause)}{word}{_failures(one)}"


def _death(one: Beat, tale: Tale, cause: str) -> str:
    ran = tale.ran_for(one.first)
    if cause == "start_failed" or (ran is None and one.revision == "new"):
        return _verb(one, "does not start", "do not start")
    if cause in KILLED:
        return _verb(one, "is killed", "are killed")
    if ran is None:
        return _verb(one, "dies", "die")
    if ran > GAP:
        return f"{_verb(one, 'dies', 'die')} after {span(ran)}"
    return f"{_verb(one, 'runs and dies', 'run and die')} {span(ran)} later"


def _failures(one: Beat) -> str:
    data = one.events[-1].data
    if "failures" not in data:
        return ""
    most = f"; breaker at {data['threshold']:g}" if "threshold" in data else ""
    return f". {count(data['failures'], 'failure')}{most}"


def _hurt(one: Beat, tale: Tale) -> str:
    data = one.first.data
    share, peak, last = (data[name] for name in ("share", "peak", "last"))
    told = f"{percent(share)} of requests {data['how']}"
    if data.get("lasts") and not _alike(share, last):
        worst = f", at worst {percent(peak)}" if peak > MORE * max(share, last) else ""
        return f"{told} at first{worst}, {percent(last)} at the end"
    worst = f", at worst {percent(peak)}" if peak > MORE * share else ""
    return f"{told}{worst}{', to the end' if data.get('lasts') else ''}"


def _alike(a: float, b: float) -> bool:
    return max(a, b) <= MORE * min(a, b)


def _well(one: Beat, tale: Tale) -> str:
    end = one.events[-1]
    lasted = since(end.t - end.data["lasted"], end.t)
    return f"requests {one.first.data['how']} no more, after {lasted}"


def _loop(one: Beat, tale: Tale) -> str:
    length = span(one.end - one.t)
    until = f", to {clock(one.end)}"
    who = tale.users(one.t, one.end)
    causes = [str(e.data.get("cause", "")) for e in one.events if e.kind == "task_failed"]
    if len(causes) > 1:
        ends = {MANY_DIE.get(cause, "die") for cause in causes}
        end = ends.pop() if len(ends) == 1 else "fail"
        return f"{length} of starting {VAIN[end]}{until}: {len(causes)} more {end}; {who}"
    told = {"task_failed": "dead", "target_healthy": "healthy", "task_stopped": "gone",
            "target_unhealthy": "unhealthy", "users_hurt": "bad moment"}  # fmt: skip
    counted = [(sum(e.kind == kind for e in one.events), text) for kind, text in told.items()]
    parts = ", ".join(
        f"{n} more {text}{'s' if n > 1 and text.endswith('moment') else ''}"
        for n, text in counted if n
    )  # fmt: skip
    return f"{length} of the same{until}{': ' + parts if parts else ''}; {who}"


TASK_PHRASES: dict[str, Phrase] = {
    "task_created": _plain("starts", "start"),
    "task_running": _plain("runs", "run"),
    "task_registered": _plain("registers with the load balancer", "register"),
    "target_healthy": _healthy,
    "target_unhealthy": _unhealthy,
    "target_waiting": _waiting,
    "target_draining": _plain("drains", "drain"),
    "task_stopping": _plain("is told to stop", "are told to stop"),
    "task_stopped": _plain("is gone", "are gone"),
    "task_failed": _failed,
    "users_hurt": _hurt,
    "users_well": _well,
    "loop": _loop,
}
