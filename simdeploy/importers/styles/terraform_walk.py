"""The resources of a Terraform plan or state, with what is known of each only after apply.

Three forms are read: ``terraform show -json`` of a plan, of a state, and the raw state, version 4.
A plan's values are those after apply; what Terraform cannot know before it is marked `Open`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Open
from simdeploy.importers.fields import shown
from simdeploy.importers.page import printable

UNKNOWN = "known after apply"
#: Resource types of the provider's older names.
ALIASES = re.compile(r"aws_alb(?=_|$)")
MODULE = re.compile(r"module\.([\w-]+)(?:\[(?:\d+|\"(?:[^\"\\]|\\.)*\")\])?")
#: The newest known format of ``terraform show -json``; a greater minor version only adds keys.
FORMAT = "1"
RAW = 4


@dataclass(frozen=True, eq=False)
class Resource:
    """An instance of a resource.

    Parameters
    ----------
    file
        The file's name, as the user gave it.
    address
        Terraform's name of it, such as ``module.api.aws_ecs_service.this[0]``.
    type
        Its type; ``aws_alb_…`` is ``aws_lb_…``.
    name
        Its name in the configuration, such as ``this``.
    module
        The address of its module, empty for the root.
    index
        Its key under ``count`` or ``for_each``.
    values
        Its attributes; `Open` where a plan does not know them.
    """

    file: str
    address: str
    type: str
    name: str
    module: str
    index: str | int | None
    values: Mapping[str, Any] = field(repr=False)

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules from the root to this one, without keys."""
        return tuple(match[1] for match in MODULE.finditer(self.module))

    def place(self, attribute: str = "") -> str:
        """Return where an attribute stands, for errors."""
        return f"{self.file} ({self.address}{'.' if attribute else ''}{attribute})"

    def error(self, attribute: str, what: str) -> ImportShapeError:
        """Return the error of an attribute."""
        return _error(self.place(attribute), what)


def is_plan(data: Mapping[str, Any]) -> bool:
    """Return whether this is what ``terraform show -json`` prints of a plan."""
    return "planned_values" in data or ("resource_changes" in data and "format_version" in data)


def is_state(data: Mapping[str, Any]) -> bool:
    """Return whether this is what ``terraform show -json`` prints of a state."""
    words = ("values", "terraform_version", "checks")
    return "format_version" in data and (any(word in data for word in words) or len(data) == 1)


def is_raw(data: Mapping[str, Any]) -> bool:
    """Return whether this is a state as Terraform stores it."""
    return "lineage" in data or {"terraform_version", "serial", "resources"} <= set(data)


def resources(file: str, data: Mapping[str, Any]) -> list[Resource]:
    """Return the instances of all of AWS's resources, data sources last.

    Raises
    ------
    ImportShapeError
        If the format's version is not known, if there are no resources, or if they are not in
        the shape that Terraform writes.
    """
    found = list(_raw(file, data) if is_raw(data) else _shown(file, data))
    if not found:
        raise _error(file, _empty(data))
    return found


def _empty(data: Mapping[str, Any]) -> str:
    if is_plan(data):
        return "this plan leaves no resource of AWS"
    return "this state has no resource of AWS; was Terraform run in the right folder?"


def _shown(file: str, data: Mapping[str, Any]) -> Iterator[Resource]:
    version = str(data.get("format_version"))
    if version.partition(".")[0] != FORMAT and version != "0.2":
        raise _error(file, f"format_version {version[:20]} is not known; {FORMAT}.x is")
    if not is_plan(data):
        yield from _of_values(file, data.get("values"), {})
        return
    unknown = {
        str(change.get("address")): block(change.get("change")).get("after_unknown")
        for change in blocks(data.get("resource_changes"))
        if "deposed" not in change and block(change.get("change")).get("actions") != ["delete"]
    }
    yield from _of_values(file, data.get("planned_values"), unknown)
    prior = block(block(data.get("prior_state")).get("values"))
    yield from (one for one in _of_values(file, prior, {}, "data") if one.type not in _SKIPPED)


#: Data sources that say less than the service's own resources do.
_SKIPPED = frozenset({"aws_ecs_service", "aws_ecs_task_definition"})


def _of_values(
    file: str, values: Any, unknown: Mapping[str, Any], mode: str = "managed"
) -> Iterator[Resource]:
    modules = [block(values).get("root_module")]
    for module in modules:
        here = block(module)
        modules.extend(blocks(here.get("child_modules")))
        for one in _listed(file, here, "resources"):
            address = one.get("address")
            if one.get("mode") != mode or not _is_aws(one.get("type")) or "deposed_key" in one:
                continue
            if not isinstance(address, str) or not address.isprintable():
                raise _error(file, f"a resource has no address; got {shown(address)}")
            values = block(one.get("values"))
            yield Resource(
                file,
                address,
                *_type_and_name(one),
                str(here.get("address") or ""),
                _index(one.get("index")),
                marked(values, unknown.get(address)),
            )


def _raw(file: str, data: Mapping[str, Any]) -> Iterator[Resource]:
    if data.get("version") != RAW:
        what = f"a state of version {shown(data.get('version'))}; {RAW} is read"
        raise _error(file, f"{what}: save what `terraform show -json` prints")
    for one in _listed(file, data, "resources"):
        if one.get("mode") != "managed" or not _is_aws(one.get("type")):
            continue
        module = str(one.get("module") or "")
        kind, name = _type_and_name(one)
        for instance in _listed(file, one, "instances"):
            if "deposed" in instance:
                continue
            index = _index(instance.get("index_key"))
            key = "" if index is None else f"[{shown(index)}]"
            address = f"{module}{'.' if module else ''}{one['type']}.{name}{key}"
            values = block(instance.get("attributes"))
            yield Resource(file, address, kind, name, module, index, values)


def _is_aws(kind: Any) -> bool:
    return isinstance(kind, str) and kind.startswith("aws_")


def _type_and_name(one: Mapping[str, Any]) -> tuple[str, str]:
    return ALIASES.sub("aws_lb", one["type"]), str(one.get("name") or "")


def _index(key: Any) -> str | int | None:
    return key if isinstance(key, str | int) else None


def _listed(file: str, data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _error(file, f"{key} must be a list of objects; got {shown(value)}")
    return value


def marked(value: Any, unknown: Any) -> Any:
    """Return a value with `Open` wherever Terraform says that it is not known yet."""
    if unknown is True:
        return Open(UNKNOWN, "")
    if isinstance(unknown, dict) and isinstance(value, dict | None):
        there = value or {}
        new = {key: marked(there.get(key), flag) for key, flag in unknown.items() if flag}
        return {**there, **new} if new else value
    if isinstance(unknown, list) and isinstance(value, list | None):
        pairs = zip_longest(value or [], unknown)
        return [marked(one, flag) for one, flag in pairs]
    return value


def _error(place: str, what: str) -> ImportShapeError:
    return ImportShapeError(place, printable(what))


def block(value: Any) -> dict[str, Any]:
    """Return an object, empty if it is none: most of a plan is not looked at twice."""
    return value if isinstance(value, dict) else {}


def blocks(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
