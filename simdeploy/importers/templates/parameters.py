"""What a template's parameters are worth: given, by their defaults, or open.

Pseudo parameters can be given like others. Region and account are taken for granted only where a
condition asks for them (``us-east-1``): a value that depends on them stays open.
"""

import re
from collections.abc import Mapping
from typing import NoReturn, Protocol

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Open
from simdeploy.importers.page import printable
from simdeploy.importers.templates.nodes import Node, as_text

ACCOUNT = "123456789012"
REGION = "us-east-1"
#: Pseudo parameters that are the same nearly everywhere.
FIXED = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
#: Pseudo parameters that a condition takes for granted, and a value does not.
USUAL = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
PSEUDO = (*FIXED, *USUAL, "AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")
STORE = "AWS::SSM::Parameter::"
NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,9})?")
LISTED = 20


class Passes(Protocol):
    """What passes values to the parameters of a nested stack."""

    def value(self, name: str) -> str | Open | None:
        """Return a value; open if it is, None if nothing is passed."""


class Parameters:
    """The parameters of a template and the values that the user gives them.

    Parameters
    ----------
    file
        The template's name.
    declared
        The section ``Parameters``, by name.
    given
        What the user gives; names of other templates are ignored.
    """

    def __init__(self, file: str, declared: Mapping[str, Node], given: Mapping[str, str]) -> None:
        self.file = file
        self.declared = declared
        self.given = given
        self.passed: Passes | None = None

    def has(self, name: str) -> bool:
        """Return whether a name is a parameter's or a pseudo parameter's."""
        return name in self.declared or name in PSEUDO

    def value(self, name: str, *, is_condition: bool = False) -> str | list[str] | None:
        """Return a parameter's value; None if it is open.

        Raises
        ------
        ImportShapeError
            If the value is none of those that the template allows.
        """
        if name in PSEUDO:
            usual = {**FIXED, **USUAL} if is_condition else FIXED
            return self.given.get(name, usual.get(name))
        declaration = self.declared[name]
        kind = _text(declaration, "Type") or "String"
        passed = self._passed(name)
        given = self.given.get(name) if passed is None else passed
        if isinstance(given, Open):
            given = self.given.get(name)
            if given is None:
                return None
        text = _text(declaration, "Default") if given is None else given
        if text is None or (kind.startswith(STORE) and (given is None or given.startswith("/"))):
            return None
        self._check(name, kind, text)
        if kind == "CommaDelimitedList" or "List<" in kind:
            return [item.strip() for item in text.split(",")]
        return text

    def _passed(self, name: str) -> "str | Open | None":
        """Return what the parent of a nested stack passes; None if nothing does."""
        return None if self.passed is None else self.passed.value(name)

    def why_open(self, name: str) -> str:
        """Return why a parameter has no value here, and what would give it one."""
        passed = self._passed(name)
        if isinstance(passed, Open):
            return f"parameter {name} is passed by the parent: {passed.words}"
        give = f"give --parameter {name}=VALUE"
        if name in PSEUDO:
            return f"it depends on {name}; {give}"
        kind = _text(self.declared[name], "Type") or ""
        if kind.startswith(STORE):
            return f"parameter {name} is read from the parameter store at deployment; {give}"
        return f"parameter {name} has no default; {give}"

    def origin(self, name: str) -> str:
        """Return the words that say where a value comes from."""
        return f"parameter {name}" + (", its default" if self.is_default(name) else "")

    def is_default(self, name: str) -> bool:
        """Return whether nobody but the template gives a parameter its value."""
        return name not in self.given and self._passed(name) is None

    def _check(self, name: str, kind: str, text: str) -> None:
        declaration = self.declared[name]
        allowed = declaration.child("AllowedValues")
        words = [item.text for item in allowed.items] if allowed is not None else []
        if words and text not in words:
            self._refuse(name, text, f"one of {', '.join(map(str, words[:LISTED]))}")
        if kind != "Number":
            return
        if not NUMBER.fullmatch(text.strip()):
            self._refuse(name, text, "a number")
        for key, sign in (("MinValue", 1), ("MaxValue", -1)):
            limit = _text(declaration, key)
            if limit and NUMBER.fullmatch(limit) and sign * (float(text) - float(limit)) < 0:
                self._refuse(name, text, f"{'at least' if sign > 0 else 'at most'} {limit}")

    def _refuse(self, name: str, text: str, what: str) -> NoReturn:
        source = f"--parameter {name}" if name in self.given else f"Parameters.{name}.Default"
        place = f"{self.file}:{self.declared[name].line}"
        raise ImportShapeError(place, printable(f'{source} must be {what}; got "{text[:40]}"'))


def _text(declaration: Node, key: str) -> str | None:
    node = declaration.child(key)
    return as_text(node.value) if node is not None else None


def refuse_unknown(given: Mapping[str, str], parameters: list[Parameters]) -> None:
    """Refuse a value for a parameter that no template has.

    Raises
    ------
    ImportShapeError
        Naming the parameters that there are.
    """
    for name in given:
        if any(each.has(name) for each in parameters):
            continue
        known = [each for template in parameters for each in template.declared]
        names = ", ".join(known[:LISTED]) or "none"
        raise ImportShapeError(
            f"--parameter {printable(name[:60])}", f"no such parameter; there are: {names}"
        )
