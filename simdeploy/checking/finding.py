"""Findings: rules that hold, with their place, their numbers and the change that mends them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from simdeploy.checking.numbers import Measured
from simdeploy.checking.places import Locator, Place
from simdeploy.checking.playing import Player
from simdeploy.checking.registry import rules_of
from simdeploy.checking.rule import SEVERITIES, Held, Rule
from simdeploy.checking.subject import Subject
from simdeploy.scenario import Scenario


@dataclass(frozen=True)
class Finding:
    """A rule that holds for some strategies of a scenario.

    Attributes
    ----------
    severity : str
        That of the rule where the simulation shows a difference, else ``note``.
    change : tuple of str
        Settings that make the finding go away; empty where none does.
    mended : tuple of str
        Settings that mend errors, under which the numbers were measured, as is and changed.
    """

    rule: Rule
    severity: str
    strategies: tuple[str, ...]
    place: Place
    held: Held
    change: tuple[str, ...]
    measured: tuple[Measured, ...]
    mended: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id

    @property
    def situation(self) -> str:
        """What was simulated, in words; empty if nothing was."""
        situation = self.held.situation or self.rule.situation
        return situation.words if situation and self.measured else ""

    @cached_property
    def headline(self) -> Measured | None:
        """The number that shows the most: that of the strategy with the largest difference."""
        for number in self.rule.numbers:
            shown = [m for m in self.measured if m.number == number and m.better]
            if shown:
                return max(shown, key=lambda m: m.size)
        return next(iter(self.measured), None)

    @property
    def is_level(self) -> bool:
        """Whether the change makes nothing better by a difference worth a word."""
        return not any(m.better for m in self.measured)

    @property
    def is_hidden(self) -> bool:
        """Whether users fail or nothing ships, and the change alone makes no difference."""
        return self.is_level and any(m.number.hurts and _hurts(m) for m in self.measured)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as in the JSON."""
        return {
            "id": self.id,
            "severity": self.severity,
            "strategies": list(self.strategies),
            "file": self.place.file,
            "line": self.place.line or None,
            "path": self.place.path,
            "address": self.place.address or None,
            "title": self.rule.title,
            "why": self.held.why,
            "situation": self.situation,
            "numbers": [
                {
                    "strategy": m.strategy,
                    "number": m.number.name,
                    "unit": m.number.unit,
                    "as_is": m.as_is,
                    "with_change": m.changed,
                    "level": None if m.changed is None else m.level,
                }
                for m in self.measured
            ],
            "mended": list(self.mended),
            "change": list(self.change),
            "advice": self.held.in_words or self.rule.mends,
        }


def subjects(scenario: Scenario, previous: bool | None) -> list[Subject]:
    """Return every strategy of a scenario as a condition sees it."""
    return [Subject(scenario, name, previous) for name in scenario.strategies]


class Holding(NamedTuple):
    """A rule that holds the same way for some strategies."""

    rule: Rule
    held: Held
    strategies: tuple[str, ...]


def holding(scenario: Scenario, previous: bool | None = None) -> Iterator[Holding]:
    """Yield the rules that hold, each with the strategies for which it holds the same way."""
    looked_at = subjects(scenario, previous)
    for rule in rules_of(scenario.platform).values():
        groups: dict[tuple[Any, ...], tuple[Held, list[str]]] = {}
        for subject in looked_at:
            held = rule.condition(subject)
            if held is not None:
                key = held.change, held.why, held.situation
                groups.setdefault(key, (held, []))[1].append(subject.name)
        for held, names in groups.values():
            yield Holding(rule, held, tuple(names))


def findings(
    held: Sequence[Holding], player: Player, locate: Locator, count: Callable[[], None]
) -> Iterator[Finding]:
    """Yield findings, errors first: what an error hides shows with the errors mended.

    An error that makes no difference by itself may be hidden by another one, so that it is tried
    with the changes of all others.
    """
    worst = [holds for holds in held if holds.rule.severity == SEVERITIES[0]]
    mending: list[str] = []
    for holds in worst:
        player.mended = ()
        finding = made(holds, player, locate)
        others = [x.held.change for x in worst if x is not holds]
        if finding is not None and finding.is_hidden and others:
            player.mend(setting for change in others for setting in change)
            finding = made(holds, player, locate)
        count()
        if finding is not None:
            mending += finding.change if finding.severity == SEVERITIES[0] else ()
            yield finding
    player.mend(mending)
    for holds in held:
        if holds not in worst:
            finding = made(holds, player, locate)
            count()
            if finding is not None:
                yield finding


def made(holds: Holding, player: Player, locate: Locator) -> Finding | None:
    """Return a finding with its numbers; None where the change does harm that it must not do."""
    rule, held, names = holds
    change = held.change if mends(rule, held, names, player) else ()
    held = held._replace(change=change)
    measured = player.measured(rule, held, names)
    if any(m.worse for m in measured if m.number in rule.guards):
        return None
    shown = tuple(m for m in measured if m.number not in rule.guards)
    severity = severity_of(rule, shown, has_change=bool(change))
    mended = player.mended if shown else ()
    return Finding(rule, severity, names, locate(held.paths), held, change, shown, mended)


def mends(rule: Rule, held: Held, names: Sequence[str], player: Player) -> bool:
    """Return whether the change is valid here and the rule holds no more with it."""
    made_of_it = player.changed(held.change)
    if not held.change or made_of_it is None:
        return False
    return all(rule.condition(Subject(made_of_it, name)) is None for name in names)


def severity_of(rule: Rule, measured: Sequence[Measured], *, has_change: bool) -> str:
    """Return how bad a finding is: a note where nothing gets better by the change.

    An error needs a number that says so: users who fail, or a good release that does not ship.
    Without a change the number as it is decides.
    """
    if rule.severity == SEVERITIES[-1] or not measured:
        return SEVERITIES[-1]
    if rule.severity == SEVERITIES[0]:
        hurting = [m for m in measured if m.number.hurts]
        bad = [m for m in hurting if (m.better if has_change else _hurts(m))]
        return SEVERITIES[0] if bad else SEVERITIES[-1]
    if not has_change:
        return rule.severity
    return rule.severity if any(m.better for m in measured) else SEVERITIES[-1]


def _hurts(measured: Measured) -> bool:
    """Return whether a number by itself says that users fail or that a release does not ship."""
    if measured.number.more_is_better:
        return measured.as_is < 0.95
    return measured.as_is >= (10.0 if measured.number.unit == "requests" else 0.001)
