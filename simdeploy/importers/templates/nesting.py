"""Nested stacks: templates that a template names, where they are among the files.

A template is found by the name of its file: ``TemplateURL`` is a path before ``aws cloudformation
package`` and an address in S3 behind it; CDK keeps the name in the resource's metadata. What the
parent passes as ``Parameters`` goes before the defaults of the nested template, and
``Fn::GetAtt`` of ``Outputs.NAME`` gives the value of its output.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

from simdeploy.importers.adapted import Open
from simdeploy.importers.templates.identities import NESTED
from simdeploy.importers.templates.intrinsics import ABSENT
from simdeploy.importers.templates.nodes import Node, as_text, plain
from simdeploy.importers.templates.resolver import Resource, Template

#: Of a type of nested stack: the property that names its template.
LOCATIONS = {NESTED: "TemplateURL", "AWS::Serverless::Application": "Location"}
#: Where CDK keeps the file of a nested stack's template.
ASSET = "aws:asset:path"
#: A template may be nested many times, with other parameters each time.
MOST_STACKS = 200


class Passed:
    """The parameters that a parent passes to one nested stack.

    Parameters
    ----------
    parent, stack
        The template, and its resource that is the nested stack.
    """

    def __init__(self, parent: Template, stack: Resource) -> None:
        self.parent = parent
        self.stack = stack
        node = stack.node.child("Properties", "Parameters")
        self.nodes = node.mapping if node is not None else {}
        self._known: dict[str, str | Open | None] = {}

    def value(self, name: str) -> str | Open | None:
        """Return what is passed as a parameter; None if nothing is."""
        node = self.nodes.get(name)
        if node is None:
            return None
        if name not in self._known:
            # Also while it is looked for: what it depends on may ask for it.
            itself = self.parent.open(node, f"{self.stack.name} is passed what depends on itself")
            self._known[name] = itself
            self._known[name] = self._value(node)
        return self._known[name]

    def _value(self, node: Node) -> str | Open | None:
        value = self.parent.resolve(node)
        if value is ABSENT:
            return None
        if isinstance(value, list):
            texts = [as_text(item) for item in value]
            return ",".join(text for text in texts if text is not None)
        text = as_text(value)
        return value if isinstance(value, Open) else text


def linked(templates: Sequence[Template], copy: Callable[[Template], Template]) -> list[Template]:
    """Join parents with the templates of their nested stacks; return all stacks.

    Parameters
    ----------
    templates
        Those of the files.
    copy
        Reads a template again, for a second stack of the same template.
    """
    found = list(templates)
    free = set(map(id, templates))
    for parent in found:  # grows: a nested stack may nest others
        for stack in parent.resources.values():
            if stack.kind not in LOCATIONS:
                continue
            file = _file(parent, stack)
            known = [one for one in templates if PurePosixPath(one.file).name == file]
            if len(known) != 1 or known[0] in _line(parent) or len(found) >= MOST_STACKS:
                parent.missing[stack.name] = _why(parent, file, known)
                continue
            child = known[0]
            if id(child) in free:
                free.discard(id(child))
            else:
                child = copy(child)
                found.append(child)
            parent.nested[stack.name] = child
            child.parameters.passed = Passed(parent, stack)
            child.parent, child.label = (parent, stack), stack.name
    return found


def _line(template: Template) -> list[Template]:
    """Return a template and those that it is nested in; a copy counts as what it is a copy of."""
    found = []
    above: Template | None = template
    while above is not None:
        found.append(above.original)
        above = above.parent[0] if above.parent else None
    return found


def _why(parent: Template, file: str, known: Sequence[Template]) -> str:
    if not file:
        return "what its template is called is decided at deployment"
    if not known:
        return f"{file} is not among the files"
    if len(known) > 1:
        return f"{len(known)} of the files are called {file}"
    return f"{file} is nested in itself" if known[0] in _line(parent) else "too many stacks"


def _file(parent: Template, stack: Resource) -> str:
    """Return the name of a nested stack's template; empty if nobody can say."""
    asset = stack.node.child("Metadata", ASSET)
    location = stack.node.child("Properties", LOCATIONS[stack.kind])
    for node in (asset, location):
        if node is None:
            continue
        value = parent.resolve(node)
        text = value if isinstance(value, str) else _last_text(node)
        if text:
            return PurePosixPath(text.partition("?")[0]).name
    return ""


def _last_text(node: Node) -> str:
    """Return the text that an address ends with, where its begin is decided at deployment."""
    value: Any = plain(node)
    while isinstance(value, dict | list) and value:
        value = list(value.values())[-1] if isinstance(value, dict) else value[-1]
    return value if isinstance(value, str) and value.endswith((".yaml", ".yml", ".json")) else ""


def is_absent(template: Template) -> bool:
    """Return whether a template is of a stack that is not made."""
    while template.parent is not None:
        parent, stack = template.parent
        if parent.is_there(stack) is False:
            return True
        template = parent
    return False


def left_out(template: Template) -> list[str]:
    """Return which nested stacks beside or above a template's resources are not known, and why."""
    found = []
    above: Template | None = template
    while above is not None:
        found += [f"nested stack {name} is left out: {why}" for name, why in above.missing.items()]
        above = above.parent[0] if above.parent else None
    return found
