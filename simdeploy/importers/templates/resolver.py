"""A template, resolved as far as it says: parameters, conditions, mappings and references.

Only what is asked for is resolved. A value that the template leaves to the deployment becomes
`Open`, which says why; what CloudFormation would refuse is an error at its line.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, NamedTuple, NoReturn

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Open
from simdeploy.importers.page import printable
from simdeploy.importers.templates import conditions, intrinsics
from simdeploy.importers.templates.identities import (
    ARN,
    CALLED_BY,
    IDENTITIES,
    why_open,
)
from simdeploy.importers.templates.nodes import Node, plain
from simdeploy.importers.templates.parameters import Parameters

#: How deep functions, objects and references may follow each other.
DEEPEST = 90
#: How long a text, and all texts of a template together, may become.
LONGEST_TEXT = 20_000
LONGEST_TEXTS = 20_000_000
LONGEST_NAME = 255
#: Properties whose numbers and words go into a scenario: where a parameter's default decides
#: them, that is said.
DECIDING = frozenset({
    "BakeTimeInMinutes", "Cpu", "DatapointsToAlarm", "DeploymentConfigName", "DesiredCount",
    "Enable", "EvaluationPeriods", "HealthCheckGracePeriodSeconds", "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "LaunchType", "MaxCapacity",
    "MaximumPercent", "Memory", "MinCapacity", "MinimumHealthyPercent", "Period", "Rollback",
    "StopTimeout", "Strategy", "TerminationWaitTimeInMinutes", "Threshold",
    "UnhealthyThresholdCount", "Value",
})  # fmt: skip
#: How many values may be looked at: lists of mappings and exports may be looked at many times.
MOST_VALUES = 200_000


class Located(dict[str, Any]):
    """An object of a template, resolved, with the line of every value."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Resource(NamedTuple):
    """A resource of the template."""

    name: str
    kind: str
    node: Node


class Note(NamedTuple):
    """What was decided where the template leaves a choice open, and at which property."""

    line: int
    key: str
    words: str


class Template:
    """A template and the values that the user gives its parameters.

    Parameters
    ----------
    file
        The template's name, as the user gave it.
    root
        The template.
    given
        Values of parameters.

    Raises
    ------
    ImportShapeError
        If a section is not of the shape that CloudFormation takes.
    """

    def __init__(self, file: str, root: Node, given: Mapping[str, str]) -> None:
        self.file = file
        self.root = root
        self.parameters = Parameters(file, self.section("Parameters"), given)
        self.mappings = self.section("Mappings")
        self.conditions = conditions.Conditions(self, self.section("Conditions"))
        self.resources = dict(self._resources())
        self.others: Sequence[Template] = ()
        self.original = self
        self.parent: tuple[Template, Resource] | None = None
        self.label = ""
        self.nested: dict[str, Template] = {}
        self.missing: dict[str, str] = {}
        self.notes: list[Note] = []
        self.defaults: dict[str, str] = {}
        self.is_deciding = False
        self._names: dict[str, str] = {}
        self._expressions: dict[tuple[str, str], str] = {}
        self._exports: dict[str, Node] | None = None
        self._imports: set[str] = set()
        self._depth = 0
        self._count = 0
        self._length = 0

    def section(self, name: str) -> dict[str, Node]:
        """Return a section's entries, none if it is absent."""
        node = self.root.child(name)
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self.refuse(node, f"{name}: must be an object")
        return node.value

    def _resources(self) -> Iterator[tuple[str, Resource]]:
        for name, node in self.section("Resources").items():
            if name.startswith("Fn::") or name == "Ref":
                continue  # made by a macro at deployment
            kind = node.child("Type")
            if not node.mapping or kind is None or not isinstance(kind.value, str):
                self.refuse(node, f"Resources.{name}: has no Type; such as AWS::ECS::Service")
            yield name, Resource(name, kind.value, node)

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise the error of a place."""
        raise ImportShapeError(f"{self.file}:{node.line}", printable(why))

    def open(self, node: Node, why: str) -> Open:
        """Return that a value is open, and why."""
        return Open(printable(why), f"{self.file}:{node.line}")

    def is_there(self, resource: Resource) -> bool | Open:
        """Return whether a resource's condition holds; open if nobody can say."""
        node = resource.node.child("Condition")
        return True if node is None else self.conditions.named(node)

    def properties(self, resource: Resource) -> Located:
        """Return a resource's properties, resolved."""
        node = resource.node.child("Properties")
        if node is None or node.value is None:
            return Located(resource.node.line)
        found = self.resolve(node)
        if not isinstance(found, Located):
            self.refuse(node, f"Resources.{resource.name}.Properties: must be an object")
        return found

    def resolve(self, node: Node, key: str = "") -> Any:
        """Return a value without functions: `Open` if it is open, `ABSENT` if there is none.

        Parameters
        ----------
        node
            The value as the template has it.
        key
            The property that it stands in: some call resources by their names.
        """
        with self.deeper(node):
            return self._resolved(node, key)

    @contextmanager
    def deeper(self, node: Node) -> Iterator[None]:
        """Count how deep values and conditions follow each other.

        Raises
        ------
        ImportShapeError
            If that is deeper than any template needs.
        """
        self._depth += 1
        self._count += 1
        try:
            if self._count > MOST_VALUES:
                self.refuse(node, "the template repeats too many values")
            if self._depth > DEEPEST:
                self.refuse(node, "refers to itself, or is nested too deeply")
            yield
        finally:
            self._depth -= 1

    def _resolved(self, node: Node, key: str) -> Any:
        if isinstance(node.value, dict):
            called = intrinsics.call(node)
            if called is None:
                return self._object(node)
            return self._named(node, key, intrinsics.result(self, *called, key))
        if isinstance(node.value, list):
            self._count += len(node.value)
            items = [
                item.value if _is_literal(item.value) else self.resolve(item, key)
                for item in node.value
            ]
            return [item for item in items if item is not intrinsics.ABSENT]
        if isinstance(node.value, str) and "{{resolve:" in node.value:
            return self.open(node, "comes from a parameter store or a secret at deployment")
        return node.value

    def _object(self, node: Node) -> Located:
        found = Located(node.line)
        for key, value in node.mapping.items():
            before = self.is_deciding
            self.is_deciding = before or key in DECIDING
            resolved = self.resolve(value, key)
            self.is_deciding = before
            if resolved is not intrinsics.ABSENT:
                found[key] = resolved
                found.lines[key] = value.line
        return found

    def _named(self, node: Node, key: str, value: Any) -> Any:
        """Return the name of a resource that is called by the same expression as it has."""
        if isinstance(value, Open) and key in CALLED_BY:
            for resource in self.resources.values():
                self.name(resource)
            expression = _expression(node)
            names = (self._expressions.get((kind, expression)) for kind in CALLED_BY[key])
            return next((name for name in names if name), value)
        return value

    def note(self, node: Node, key: str, words: str) -> None:
        """Keep what was decided where the template leaves a choice open."""
        note = Note(node.line, key, printable(words))
        if note not in self.notes:
            self.notes.append(note)

    def uses(self, name: str) -> None:
        """Keep that a parameter's default decides a value of a scenario."""
        if self.is_deciding and name in self.parameters.declared:
            value = self.parameters.value(name)
            if self.parameters.is_default(name) and value is not None:
                self.defaults[name] = ",".join(value) if isinstance(value, list) else value

    def limit(self, node: Node, text: str) -> str | Open:
        """Return a text that functions made, unless texts get too long.

        Raises
        ------
        ImportShapeError
            If all texts together are too long for a template that means well.
        """
        self._length += len(text)
        if self._length > LONGEST_TEXTS:
            self.refuse(node, "the template's texts become too long")
        if len(text) > LONGEST_TEXT:
            return self.open(node, f"the text is longer than {LONGEST_TEXT} characters")
        return text

    def name(self, resource: Resource) -> str:
        """Return what a resource is called: its name, else its logical id."""
        if resource.name not in self._names:
            self._names[resource.name] = resource.name  # also while its name is looked for
            self._names[resource.name] = self._name(resource)
        return self._names[resource.name]

    def _name(self, resource: Resource) -> str:
        identity = IDENTITIES.get(resource.kind)
        node = resource.node.child("Properties", identity.key) if identity else None
        own = self._logical(resource)
        if node is None:
            return own
        value = self.resolve(node)
        if isinstance(value, Open):
            self._expressions[resource.kind, _expression(node)] = own
        is_name = isinstance(value, str) and value.isprintable() and value != ""
        # A Lambda alias names its function by the ARN; what follows the last colon is the name.
        return value.rpartition(":")[2][:LONGEST_NAME] if is_name else own

    def _logical(self, resource: Resource) -> str:
        """Return a logical id, with the file's name if another template has the same."""
        if not any(resource.name in other.resources for other in self.others):
            return resource.name
        return f"{resource.name}-{self.label or PurePath(self.file).name.partition('.')[0]}"

    def imported(self, name: str) -> Any:
        """Return a value that another of the templates exports under a name; None if none does."""
        if name in self._imports:
            return None  # it leads back to itself
        self._imports.add(name)
        try:
            for other in self.others:
                if name in other.exports():
                    return other.resolve(other.exports()[name])
            return None
        finally:
            self._imports.discard(name)

    def exports(self) -> dict[str, Node]:
        """Return what the template exports, by name, as far as the names are not open."""
        if self._exports is None:
            self._exports = {}  # also while the names are looked for
            for output in self.section("Outputs").values():
                named, value = output.child("Export", "Name"), output.child("Value")
                name = self.resolve(named) if named is not None else None
                if isinstance(name, str) and value is not None:
                    self._exports[name] = value
        return self._exports

    def output(self, node: Node, stack: str, name: str) -> Any:
        """Return an output of a nested stack."""
        child = self.nested[stack]
        value = child.root.child("Outputs", name, "Value")
        asked = f"{stack}.{name}"
        if value is None or asked in self._imports:
            why = "has no such output" if value is None else "depends on itself"
            return self.open(node, f"{stack}.Outputs.{name}: its template {why}")
        self._imports.add(asked)
        try:
            return child.resolve(value)
        finally:
            self._imports.discard(asked)

    def reference(self, node: Node, name: str, attribute: str = "") -> Any:
        """Return what ``Ref`` or, with an attribute, ``Fn::GetAtt`` of a resource gives."""
        if name in self.nested and attribute.startswith("Outputs."):
            return self.output(node, name, attribute.removeprefix("Outputs."))
        resource = self.resources.get(name)
        if resource is None:
            return self.open(node, f"{name[:60]} is no parameter or resource of this template")
        identity = IDENTITIES.get(resource.kind)
        which = "" if identity is None else identity.attributes.get(attribute, "")
        if identity is not None and not attribute:
            which = identity.ref
        if identity is None or not which:
            return self.open(node, why_open(resource.kind, name, attribute))
        own = self.name(resource)
        return identity.arn(own) if which == ARN else own


def _is_literal(value: object) -> bool:
    """Return whether a value stands for itself, as most entries of long lists do."""
    return value is None or (isinstance(value, str | int | float) and "{{" not in str(value))


def _expression(node: Node) -> str:
    return repr(plain(node))[:2000]
