"""What a finding is made of: a rule, the condition that holds, what is simulated, and numbers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from simdeploy.checking.numbers import Number
from simdeploy.checking.subject import Subject
from simdeploy.scenario.vocabulary import Vocabulary

#: From worst to mildest.
SEVERITIES = ("error", "warning", "note")


class Situation(NamedTuple):
    """What is simulated: a release, and what happens around it.

    ``settings`` are made on the scenario; ``twin``: the scenario's own release without its faults;
    ``row``: the row of faults that is laid over the scenario.
    """

    words: str
    settings: tuple[str, ...] = ()
    twin: bool = False
    row: str = ""


class Held(NamedTuple):
    """A condition that holds.

    Parameters
    ----------
    why
        What is wrong, in one sentence with its numbers.
    paths
        Where it stands: the first of these that the file has, else the deepest block of the first.
    change
        Settings that mend it, as ``--set`` takes them; empty where none can.
    in_words
        What the change is, or what to do where no setting can.
    situation
        What is simulated instead of the rule's own situation.
    """

    why: str
    paths: tuple[str, ...]
    change: tuple[str, ...] = ()
    in_words: str = ""
    situation: Situation | None = None


Condition = Callable[[Subject], Held | None]


@dataclass(frozen=True)
class Rule:
    """One row of the registry.

    Parameters
    ----------
    id
        As printed; the ``ruleId`` of SARIF.
    severity
        ``error``: a good release does not ship, or users fail in one; ``warning``: a bad release
        costs more than it must; ``note``: else. At most that: what makes no difference is a note.
    title
        What is wrong, in a few words; names of words of the platform stand in braces.
    holds
        The condition in words.
    condition
        A pure function over one strategy of a scenario.
    situation
        What is simulated.
    numbers
        What is measured, the number that decides first.
    mends
        The change in words.
    guards
        Numbers that the change must not make worse; a change that does is no finding.
    """

    id: str
    severity: str
    title: str
    holds: str
    condition: Condition
    situation: Situation | None
    numbers: tuple[Number, ...]
    mends: str
    guards: tuple[Number, ...] = ()

    def __repr__(self) -> str:
        return f"<Rule {self.id}>"

    def in_words(self, words: Vocabulary) -> "Rule":
        """Return the rule with its texts in the words of a platform."""
        title, holds, mends = map(words.fill, (self.title, self.holds, self.mends))
        return replace(self, title=title, holds=holds, mends=mends)
