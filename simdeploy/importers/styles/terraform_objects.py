"""AWS's objects, made of Terraform's attributes by the tables of names."""

import json
from collections.abc import Mapping
from typing import Any

from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.fields import shown
from simdeploy.importers.styles.terraform_keys import Here, Many, One, Table
from simdeploy.importers.styles.terraform_walk import Resource

CONTAINERS = "container_definitions"
ONLY_AN_ID = "has nothing but an id; run `terraform apply -refresh-only`, then save the state"
#: A task definition's containers are nested five deep at most; a text may hold anything.
DEEPEST = 20


def made(resource: Resource, table: Table) -> Adapted:
    """Return an AWS object of a resource's attributes.

    Raises
    ------
    ImportShapeError
        If nothing but the resource's id is known, which says nothing of a service.
    """
    if not any(value is not None for key, value in resource.values.items() if key != "id"):
        raise resource.error("", ONLY_AN_ID)
    return _object(resource, table, resource.values, "")


def pairs(resource: Resource, table: Table) -> list[Adapted]:
    """Return attributes as AWS has them: a list of texts by key; what is open stays open."""
    values = _object(resource, table, resource.values, "")
    return [
        Adapted({"Key": key, "Value": _text(value)}, values.place_of(key))
        for key, value in values.items()
        if _is_said(value)
    ]


def _is_said(value: Any) -> bool:
    return isinstance(value, str | int | float | Open) and value != ""


def _text(value: Any) -> str | Open:
    if isinstance(value, Open):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _object(resource: Resource, table: Table, values: Mapping[str, Any], path: str) -> Adapted:
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for key, source in table.items():
        if isinstance(source, Here):
            value: Any = _object(resource, source.table, values, path) or None
        else:
            name = source if isinstance(source, str) else source.path
            value, where = _reach(values, name, path)
            places[key] = resource.place(where)
            if not isinstance(source, str):
                value = _block(resource, source, value, where)
            value = _opened(value, resource.place(where))
        if value is not None:
            found[key] = value
    return Adapted(found, resource.place(path), places)


def _reach(values: Any, name: str, path: str) -> tuple[Any, str]:
    """Return the value at a path, or what is open on the way, and its full path."""
    for step in name.split("."):
        if isinstance(values, Open):
            continue
        if step.isdigit():
            path += f"[{step}]"
            is_there = isinstance(values, list) and int(step) < len(values)
            values = values[int(step)] if is_there else None
        else:
            path += f"{'.' if path else ''}{step}"
            values = values.get(step) if isinstance(values, Mapping) else None
    return values, path


def _block(resource: Resource, source: One | Many, value: Any, path: str) -> Any:
    """Return the objects of a block; what is none stays, for the error that names it."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return value
    objects = [_object(resource, source.table, one, f"{path}[{i}]") for i, one in enumerate(value)]
    if isinstance(source, Many):
        return objects
    return objects[0] if objects else None


def _opened(value: Any, place: str) -> Any:
    """Give what is open its place; a list that is open in part is open."""
    parts = value if isinstance(value, list) else [value]
    opened = next((part for part in parts if isinstance(part, Open)), None)
    return Open(opened.why, place) if opened else value


def containers(resource: Resource) -> Any:
    """Return the container definitions, which Terraform keeps as a text of JSON.

    Raises
    ------
    ImportShapeError
        If the text is no list of containers.
    """
    text = resource.values.get(CONTAINERS)
    if not isinstance(text, str) or not text:
        return _opened(text, resource.place(CONTAINERS))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise resource.error(CONTAINERS, f"is no JSON: {str(error)[:100]}") from None
    if not isinstance(found, list):
        raise resource.error(CONTAINERS, f"must be a list of containers; got {shown(found)}")
    return _placed(resource, found, CONTAINERS, DEEPEST)


def _placed(resource: Resource, value: Any, path: str, left: int) -> Any:
    if left == 0:
        raise resource.error(CONTAINERS, "is nested too deeply")
    if isinstance(value, list):
        items = enumerate(value)
        return [_placed(resource, one, f"{path}[{i}]", left - 1) for i, one in items]
    if not isinstance(value, dict):
        return value
    # The provider reads the keys as Go does, whatever their capitals.
    names = {key: key[:1].lower() + key[1:] for key in value}
    return Adapted(
        {names[k]: _placed(resource, one, f"{path}.{k}", left - 1) for k, one in value.items()},
        resource.place(path),
        {names[key]: resource.place(f"{path}.{key}") for key in value},
    )
