"""The phrases of a story about tasks, targets, users and loops."""

# ruff: noqa: ARG001  all phrases have the same signature

from collections.abc import Callable
from typing import Any

from simdeploy.report.story.folding import GAP, Beat
from simdeploy.report.story.story_context import StoryContext
from simdeploy.report.words import clock, elapsed, long_duration, percent, quantity, spaced

CAUSES = {
    "boot_crash": "boot crash",
    "crash": "crash",
    "killed": "a crash from outside",
    "unhealthy": "failed {health_checks}",
    "start_failed": "the image cannot be pulled",
    "never_listens": "never listens",
    "startup_probe": "the startup probe gives up",
    "container_check_fails": "the container check cannot pass",
}
#: Verb for many failed tasks by cause; that of a death for all others.
MANY_DIE = {
    "killed": "are killed", "unhealthy": "count as failed", "start_failed": "do not start",
    "startup_probe": "are restarted",
}  # fmt: skip
#: How a loop of starts goes on, by that verb.
VAIN = {
    "are killed": "and being killed", "do not start": "in vain", "fail": "and failing",
    "count as failed": "and failing", "are restarted": "and being restarted",
}  # fmt: skip
#: Shares differ visibly from this ratio on.
MORE = 1.05
Phrase = Callable[[Beat, StoryContext], str]


def tasks(beat: Beat, story: StoryContext) -> str:
    """Return the tasks of a beat: ``new task 3``, ``6 old tasks``, ``2 more new tasks``."""
    who, words = _numbers(beat, story), story.words
    if len(who) == 1 and beat.first.task >= 0:
        return f"{beat.revision} {words.task} {story.number(beat.first)}".strip()
    more = " more" if beat.follows else ""
    return f"{len(who)}{more} {beat.revision} {words.tasks}".replace("  ", " ")


def _numbers(beat: Beat, story: StoryContext) -> set[int]:
    """Return the numbers of the tasks of a beat, or of the pods of its containers."""
    return {story.number(event) if event.task >= 0 else event.task for event in beat.events}


def _within(beat: Beat) -> str:
    """Return within which time after the first of them all others follow."""
    return f" within {long_duration(beat.end - beat.t)}" if beat.end - beat.t >= 1 else ""


def _apart(beat: Beat) -> str:
    """Return how far the first and the last of them are apart."""
    apart = beat.end - beat.t
    return f" ({long_duration(apart)} from first to last)" if apart >= 1 else ""


def _verb(beat: Beat, story: StoryContext, singular: str, plural: str) -> str:
    """Return a verb in the number of a beat's tasks, in the words of the platform."""
    return story.words.fill(singular if len(_numbers(beat, story)) == 1 else plural)


def limit(data: dict[str, Any], got: str, most: str) -> str:
    """Return ``3 of 3`` from two fields of an event; ``3`` if either is missing."""
    numbers = [f"{data[name]:g}" for name in (got, most) if name in data]
    return " of ".join(numbers)


def _plain(singular: str, plural: str) -> Phrase:
    def phrase(beat: Beat, story: StoryContext) -> str:
        return f"{tasks(beat, story)} {_verb(beat, story, singular, plural)}{_apart(beat)}"

    return phrase


def _healthy(beat: Beat, story: StoryContext) -> str:
    """Return that targets are healthy; a task with a container check needs that as well."""
    if story.scenario is not None and story.scenario.service.container_health_check is not None:
        pass_checks = _verb(beat, story, "passes", "pass")
        return f"{tasks(beat, story)} {pass_checks} the load balancer's checks{_apart(beat)}"
    verb = _verb(beat, story, "is {healthy}", "are {healthy}")
    text = f"{tasks(beat, story)} {verb}{_apart(beat)}"
    if beat.revision != "new" or not story.desired:
        return text
    healthy = story.healthy(beat.end)
    if healthy > story.desired:
        return f"{text}: {healthy} where {story.desired} are wanted"
    return f"{text}: {healthy} of {story.desired}"


def _checks(singular: str, plural: str, failed: str) -> Phrase:
    plain = _plain(singular, plural)

    def phrase(beat: Beat, story: StoryContext) -> str:
        of = limit(beat.first.data, "failures", "threshold")
        return f"{plain(beat, story)}{story.words.fill(f': {of} {failed}') if of else ''}"

    return phrase


FIRST_CHECKS = _checks("fails its first {checks}", "fail their first {checks}", "in a row")


def _waiting(beat: Beat, story: StoryContext) -> str:
    """Return that first checks are not answered; only a task that still boots is sure to boot."""
    if all(story.is_booting(event) for event in beat.events):
        verb, checks = _verb(beat, story, "is", "are"), story.words.checks
        return f"{tasks(beat, story)} {verb} still booting{_apart(beat)}: {checks} not answered yet"
    return FIRST_CHECKS(beat, story)


def _failed(beat: Beat, story: StoryContext) -> str:
    cause = str(beat.first.data.get("cause", ""))
    why = story.words.fill(CAUSES.get(cause, spaced(cause)))
    word = "" if cause in story.causes or not cause else f" ({why})"
    story.causes.add(cause)
    if beat.follows and len(beat.events) > 1:
        die = MANY_DIE.get(cause, story.words.die)
        return f"{len(beat.events)} {story.words.more} {die}{_within(beat)}{word}{_failures(beat)}"
    return f"{tasks(beat, story)} {_death(beat, story, cause)}{word}{_failures(beat)}"


def _death(beat: Beat, story: StoryContext, cause: str) -> str:
    ran = story.ran_for(beat.first)
    if cause == "start_failed" or (ran is None and beat.revision == "new"):
        return _verb(beat, story, "does not start", "do not start")
    if cause == "unhealthy":
        return _verb(beat, story, "counts as failed", "count as failed")
    if cause == "killed":
        return _verb(beat, story, "is killed", "are killed")
    if cause == "startup_probe":
        dies = _verb(beat, story, "is restarted", "are restarted")
    else:
        dies = _verb(beat, story, "{dies}", "{die}")
    if ran is None:
        return dies
    if ran > GAP or cause == "startup_probe":
        return f"{dies} after {long_duration(ran)}"
    return f"{_verb(beat, story, '{runs_and_dies}', '{run_and_die}')} {long_duration(ran)} later"


def _failures(beat: Beat) -> str:
    data = beat.events[-1].data
    if "failures" not in data:
        return ""
    most = f"; breaker at {data['threshold']:g}" if "threshold" in data else ""
    return f". {quantity(data['failures'], 'failure')}{most}"


def _hurt(beat: Beat, story: StoryContext) -> str:
    data = beat.first.data
    share, peak, last = (data[name] for name in ("share", "peak", "last"))
    beyond = f" beyond the usual {percent(data['usual'])}" if "usual" in data else ""
    text = f"{percent(share)} of requests {data['how']}{beyond}"
    if data.get("lasts") and not _alike(share, last):
        worst = f", at worst {percent(peak)}" if peak > MORE * max(share, last) else ""
        return f"{text} at first{worst}, {percent(last)} at the end"
    worst = f", at worst {percent(peak)}" if peak > MORE * share else ""
    return f"{text}{worst}{', to the end' if data.get('lasts') else ''}"


def _alike(a: float, b: float) -> bool:
    return max(a, b) <= MORE * min(a, b)


def _well(beat: Beat, story: StoryContext) -> str:
    end = beat.events[-1]
    lasted = elapsed(end.t - end.data["lasted"], end.t)
    than = " than usual" if "usual" in beat.first.data else ""
    return f"requests {beat.first.data['how']} no more{than}, after {lasted}"


def _loop(beat: Beat, story: StoryContext) -> str:
    length = long_duration(beat.end - beat.t)
    until = f", to {clock(beat.end)}"
    who = story.users(beat.t, beat.end)
    causes = [str(e.data.get("cause", "")) for e in beat.events if e.kind == "task_failed"]
    if len(causes) > 1:
        words = story.words
        ends = {MANY_DIE.get(cause, words.die) for cause in causes}
        end = ends.pop() if len(ends) == 1 else "fail"
        vain = VAIN.get(end, f"and {words.dying}")
        return f"{length} of starting {vain}{until}: {len(causes)} {words.more} {end}; {who}"
    nouns = {"task_failed": "{dead}", "target_healthy": "{healthy}", "task_stopped": "gone",
            "target_unhealthy": "{unhealthy}", "users_hurt": "bad moment"}  # fmt: skip
    counted = [(sum(e.kind == kind for e in beat.events), text) for kind, text in nouns.items()]
    parts = ", ".join(
        f"{n} more {text}{'s' if n > 1 and text.endswith('moment') else ''}"
        for n, text in counted if n
    )  # fmt: skip
    parts = story.words.fill(parts)
    return f"{length} of the same{until}{': ' + parts if parts else ''}; {who}"


TASK_PHRASES: dict[str, Phrase] = {
    "task_created": _plain("starts", "start"),
    "task_running": _plain("is running", "are running"),
    "task_registered": _plain("{registers}", "{register}"),
    "task_hung": _plain("hangs", "hang"),
    "container_healthy": _plain("passes its container check", "pass their container checks"),
    "container_unhealthy": _checks(
        "fails its container check", "fail their container checks", "in a row"
    ),
    "target_healthy": _healthy,
    "target_unhealthy": _checks(
        "{turns_unhealthy}", "{turn_unhealthy}", "{checks} in a row failed"
    ),
    "target_waiting": _waiting,
    "target_draining": _plain("{drains}", "{drain}"),
    "task_stopping": _plain("{told_to_stop}", "{are_told_to_stop}"),
    "task_stopped": _plain("is gone", "are gone"),
    "task_failed": _failed,
    "users_hurt": _hurt,
    "users_well": _well,
    "loop": _loop,
}
