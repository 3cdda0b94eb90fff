"""Conditions of a template: true, false, or open where they depend on what is not given."""

from typing import TYPE_CHECKING

from simdeploy.importers.adapted import Open
from simdeploy.importers.templates.nodes import Node, conditions_of, references

if TYPE_CHECKING:
    from simdeploy.importers.templates.resolver import Template

AND, OR, NOT, EQUALS = "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"
LISTED = 20


class Conditions:
    """The section ``Conditions``, evaluated when a name is asked for."""

    def __init__(self, template: "Template", declared: dict[str, Node]) -> None:
        self._template = template
        self._declared = declared
        self._values: dict[str, bool | Open] = {}
        self._pending: list[str] = []

    @property
    def is_deciding(self) -> bool:
        """Whether a condition is being evaluated, where region and account are the usual."""
        return bool(self._pending)

    def named(self, node: Node) -> bool | Open:
        """Return the value of the condition whose name stands in a node.

        Raises
        ------
        ImportShapeError
            If there is no such condition, if it refers to itself, or if it is none.
        """
        name = node.value
        if not isinstance(name, str) or name not in self._declared:
            known = ", ".join(list(self._declared)[:LISTED]) or "none"
            self._template.refuse(node, f"no such condition: {str(name)[:60]}; there are: {known}")
        if name in self._pending:
            circle = " → ".join([*self._pending[self._pending.index(name) :], name][-5:])
            self._template.refuse(node, f"the condition refers to itself: {circle}")
        if name not in self._values:
            self._pending.append(name)
            try:
                self._values[name] = self._value(self._declared[name])
            finally:
                self._pending.pop()
        if self._template.is_deciding:
            for used in self._references(name):
                self._template.uses(used)
        return self._values[name]

    def _references(self, name: str) -> set[str]:
        """Return what a condition refers to, by other conditions, too."""
        names, seen = [name], {name}
        found: set[str] = set()
        while names:
            node = self._declared.get(names.pop())
            if node is not None:
                found |= references(node)
                names += conditions_of(node) - seen
                seen |= conditions_of(node)
        return found

    def _value(self, node: Node) -> bool | Open:
        with self._template.deeper(node):
            return self._evaluated(node)

    def _evaluated(self, node: Node) -> bool | Open:
        entries = node.mapping
        if len(entries) != 1:
            return self._no_condition(node)
        function, argument = next(iter(entries.items()))
        if function == "Condition":
            return self.named(argument)
        if function == EQUALS:
            return self._equals(argument)
        if function == NOT:
            return self._not(argument)
        if function in (AND, OR):
            return self._all(argument, function)
        return self._no_condition(node)

    def _no_condition(self, node: Node) -> bool | Open:
        self._template.refuse(
            node, f"a condition must be one of Condition, {EQUALS}, {NOT}, {AND}, {OR}"
        )

    def _equals(self, argument: Node) -> bool | Open:
        if len(argument.items) != 2:
            self._template.refuse(argument, f"{EQUALS} must have two values")
        left, right = (self._template.resolve(item) for item in argument.items)
        for side in (left, right):
            if isinstance(side, Open):
                return side
        return _comparable(left) == _comparable(right)

    def _not(self, argument: Node) -> bool | Open:
        if len(argument.items) != 1:
            self._template.refuse(argument, f"{NOT} must have one condition, in a list")
        value = self._value(argument.items[0])
        return value if isinstance(value, Open) else not value

    def _all(self, argument: Node, function: str) -> bool | Open:
        """Evaluate And and Or: one value may decide although another is open."""
        if not 2 <= len(argument.items) <= 10:
            self._template.refuse(argument, f"{function} must have two to ten conditions")
        values = [self._value(item) for item in argument.items]
        decisive = function == OR
        if decisive in [value for value in values if not isinstance(value, Open)]:
            return decisive
        return next((value for value in values if isinstance(value, Open)), not decisive)


def _comparable(value: object) -> object:
    """Return a value as CloudFormation compares it: numbers and truth values as their texts."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return [_comparable(item) for item in value] if isinstance(value, list) else value
