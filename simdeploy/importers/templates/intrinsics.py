"""CloudFormation's intrinsic functions, each of one call, resolved as far as a template says.

Sources: the "Intrinsic function reference" of the CloudFormation user guide, a page per function.
A function of an open value is open for the same reason.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from simdeploy.importers.adapted import Open
from simdeploy.importers.templates.nodes import Node, as_text
from simdeploy.importers.templates.parameters import PSEUDO

if TYPE_CHECKING:
    from simdeploy.importers.templates.resolver import Template

NO_VALUE = "AWS::NoValue"
VARIABLE = re.compile(r"\$\{([^${}]*)\}")
LISTED = 20
#: Functions whose values only AWS knows.
AT_DEPLOYMENT = {
    "Fn::Base64": "the value is encoded",
    "Fn::Cidr": "Fn::Cidr gives it at deployment",
    "Fn::GetAZs": "Fn::GetAZs gives it at deployment",
    "Fn::GetStackOutput": "it comes from another stack",
    "Fn::ToJsonString": "Fn::ToJsonString gives it at deployment",
    "Fn::Transform": "it is made by a macro at deployment",
}


class Absent:
    """What ``AWS::NoValue`` gives: the property is not there."""


ABSENT = Absent()
Function: TypeAlias = Callable[["Template", Node, Node, str], Any]


def call(node: Node) -> tuple[str, Node, Node] | None:
    """Return the function, its argument and the whole call, None if an object is no call."""
    if len(node.mapping) != 1:
        return None
    name, argument = next(iter(node.mapping.items()))
    return (name, argument, node) if name == "Ref" or name.startswith("Fn::") else None


def result(template: "Template", name: str, argument: Node, node: Node, key: str) -> Any:
    """Return what a function gives.

    Raises
    ------
    ImportShapeError
        If CloudFormation would refuse the call, or has no such function.
    """
    if name in AT_DEPLOYMENT or name.startswith("Fn::ForEach"):
        return template.open(node, AT_DEPLOYMENT.get(name, "Fn::ForEach makes it at deployment"))
    if name not in FUNCTIONS:
        template.refuse(node, f"{name[:60]} is no function of CloudFormation")
    return FUNCTIONS[name](template, argument, node, key)


def _ref(template: "Template", argument: Node, node: Node, _: str) -> Any:
    name = _literal(template, argument, "Ref")
    return _value_of(template, name, node)


def _value_of(template: "Template", name: str, node: Node) -> Any:
    """Return what ``Ref`` of a name gives."""
    if name == NO_VALUE:
        return ABSENT
    if template.parameters.has(name):
        is_condition = template.conditions.is_deciding
        value = template.parameters.value(name, is_condition=is_condition)
        template.uses(name)
        return template.open(node, template.parameters.why_open(name)) if value is None else value
    if name.startswith("AWS::"):
        template.refuse(node, f"no such pseudo parameter: {name[:60]}; known: {', '.join(PSEUDO)}")
    return template.reference(node, name)


def _get_att(template: "Template", argument: Node, node: Node, _: str) -> Any:
    if isinstance(argument.value, list):
        parts = [template.resolve(item) for item in argument.value]
        if any(isinstance(part, Open) for part in parts):
            return next(part for part in parts if isinstance(part, Open))
    else:
        parts = _literal(template, argument, "Fn::GetAtt").split(".", 1)
    if len(parts) != 2 or not all(isinstance(part, str) and part for part in parts):
        template.refuse(node, "Fn::GetAtt must have a resource and its attribute")
    return template.reference(node, *parts)


def _sub(template: "Template", argument: Node, node: Node, _: str) -> Any:
    own: dict[str, Node] = {}
    text = argument.value
    if isinstance(text, list):
        if len(text) != 2 or not isinstance(text[1].value, dict):
            template.refuse(node, "Fn::Sub must have a text, or a text and an object of variables")
        own, text = text[1].value, text[0].value
    if not isinstance(text, str):
        template.refuse(node, "Fn::Sub must have a text")
    found: list[str] = []
    end = 0
    for match in VARIABLE.finditer(text):
        value = _variable(template, match[1].strip(), own, node)
        if isinstance(value, Open):
            return value
        found += [text[end : match.start()], value]
        end = match.end()
    return template.limit(node, "".join([*found, text[end:]]))


def _variable(template: "Template", name: str, own: dict[str, Node], node: Node) -> str | Open:
    """Return what stands for ``${name}`` in a text."""
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if name in own:
        value = template.resolve(own[name])
    elif "." in name and not template.parameters.has(name):
        value = template.reference(node, *name.split(".", 1))
    else:
        value = _value_of(template, name, node)
    if isinstance(value, Open):
        return value
    text = as_text(value)
    if text is None:
        template.refuse(node, f"Fn::Sub: ${{{name[:60]}}} must be a text")
    return text


def _if(template: "Template", argument: Node, node: Node, key: str) -> Any:
    if len(argument.items) != 3:
        template.refuse(node, "Fn::If must have a condition and two values")
    condition, *branches = argument.items
    holds = template.conditions.named(condition)
    if not isinstance(holds, Open):
        return template.resolve(branches[0 if holds else 1], key)
    values = [template.resolve(branch, key) for branch in branches]
    if values[0] == values[1]:
        return values[0]
    why = f"condition {condition.value} is open: {holds.why}"
    kept = [value for value in values if value is not ABSENT]
    if len(kept) == 1 and isinstance(kept[0], dict | list):
        template.note(node, key, f"kept, although {why}")
        return kept[0]
    return template.open(node, why)


def _join(template: "Template", argument: Node, node: Node, key: str) -> Any:
    if len(argument.items) != 2:
        template.refuse(node, "Fn::Join must have a delimiter and a list")
    delimiter = _text(template, argument.items[0], "Fn::Join")
    values = _values(template, argument.items[1], key, "Fn::Join")
    for value in (delimiter, values, *(values if isinstance(values, list) else ())):
        if isinstance(value, Open):
            return value
    texts = [as_text(value) for value in values]
    if any(text is None for text in texts):
        template.refuse(node, "Fn::Join must have a list of texts")
    return template.limit(node, str(delimiter).join(map(str, texts)))


def _select(template: "Template", argument: Node, node: Node, key: str) -> Any:
    if len(argument.items) != 2:
        template.refuse(node, "Fn::Select must have a position and a list")
    position = _text(template, argument.items[0], "Fn::Select")
    values = _values(template, argument.items[1], key, "Fn::Select")
    if isinstance(position, Open) or isinstance(values, Open):
        return position if isinstance(position, Open) else values
    if not position.isascii() or not position.isdigit() or int(position[:9]) >= len(values):
        last = len(values) - 1
        template.refuse(node, f"Fn::Select: must be from 0 to {last}; got {position[:20]}")
    return values[int(position)]


def _split(template: "Template", argument: Node, node: Node, _: str) -> Any:
    if len(argument.items) != 2:
        template.refuse(node, "Fn::Split must have a delimiter and a text")
    delimiter, text = (_text(template, item, "Fn::Split") for item in argument.items)
    if isinstance(delimiter, Open) or isinstance(text, Open):
        return delimiter if isinstance(delimiter, Open) else text
    if not delimiter:
        template.refuse(node, "Fn::Split must have a delimiter that is not empty")
    return text.split(delimiter)


def _find_in_map(template: "Template", argument: Node, node: Node, key: str) -> Any:
    if len(argument.items) not in (3, 4):
        template.refuse(node, "Fn::FindInMap must have a mapping and two keys")
    steps = [_text(template, item, "Fn::FindInMap") for item in argument.items[:3]]
    default = argument.items[3].child("DefaultValue") if len(argument.items) == 4 else None
    found: Node | None = None
    known = template.mappings
    path = "Mappings"
    for step in steps:
        if isinstance(step, Open):
            return step
        found = known.get(step)
        if found is None and default is not None:
            return template.resolve(default, key)
        if found is None:
            names = ", ".join(list(known)[:LISTED]) or "nothing"
            template.refuse(node, f'Fn::FindInMap: {path} has no "{step[:60]}"; it has {names}')
        known = found.mapping
        path = f"{path}.{step}"
    assert found is not None
    return template.resolve(found, key)


def _import_value(template: "Template", argument: Node, node: Node, _: str) -> Any:
    name = template.resolve(argument)
    value = template.imported(name) if isinstance(name, str) else None
    if value is not None:
        return value
    export = f" (export {name[:80]})" if isinstance(name, str) else ""
    return template.open(node, f"it comes from another stack{export}")


def _length(template: "Template", argument: Node, _: Node, key: str) -> Any:
    values = _values(template, argument, key, "Fn::Length")
    return values if isinstance(values, Open) else len(values)


def _literal(template: "Template", argument: Node, function: str) -> str:
    if not isinstance(argument.value, str):
        template.refuse(argument, f"{function} must have a name")
    return argument.value


def _text(template: "Template", node: Node, function: str) -> str | Open:
    value = template.resolve(node)
    text = value if isinstance(value, Open) else as_text(value)
    if text is None:
        template.refuse(node, f"{function} must have a text here")
    return text


def _values(template: "Template", node: Node, key: str, function: str) -> Any:
    """Return a list, each entry of which may be open, or `Open`."""
    values = template.resolve(node, key)
    if not isinstance(values, list | Open) or isinstance(values, str):
        template.refuse(node, f"{function} must have a list here")
    return values


FUNCTIONS: dict[str, Function] = {
    "Ref": _ref,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
}
