"""A scenario to YAML, and the format to JSON Schema."""

import io
from typing import Any

from ruamel.yaml import YAML

from simdeploy.scenario.model import Scenario
from simdeploy.scenario.reading import scalar

WIDTH = 100


def dump_scenario(scenario: Scenario) -> str:
    """Write what was set, as YAML that reads back to an equal scenario."""
    return dump_yaml(scenario.model_dump(by_alias=True, exclude_unset=True))


def dump_yaml(data: Any) -> str:
    """Write plain data as YAML 1.2; whole floats lose their point."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = WIDTH
    yaml.allow_unicode = True
    yaml.representer.add_representer(_Quoted, _quote)
    stream = io.StringIO()
    yaml.dump(_plain(data), stream)
    return stream.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and scalar(value) != value:
        return _Quoted(value)
    return value


class _Quoted(str):
    """A text that would be read as something else without quotes."""

    __slots__ = ()


def _quote(representer: Any, text: str) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file: every default, all registered strategies."""
    schema = Scenario.model_json_schema(by_alias=True)
    shared: dict[str, Any] = {}
    for name, block in schema.pop("$defs", {}).items():
        shared[name] = {key: _hoisted(value, shared) for key, value in block.items()}
    strategies = schema["properties"]["strategies"]
    left_out = {"type": "null", "description": "Leaves out what the extended file has."}
    for pattern, strategy in strategies["patternProperties"].items():
        strategies["patternProperties"][pattern] = {"anyOf": [strategy, left_out]}
    hoisted = {key: _hoisted(value, shared) for key, value in schema.items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **hoisted, "$defs": shared}


def _hoisted(value: Any, shared: dict[str, Any]) -> Any:
    """Move schemas of blocks that may stand in several places to the shared definitions."""
    if isinstance(value, list):
        return [_hoisted(item, shared) for item in value]
    if not isinstance(value, dict):
        return value
    schema = {key: _hoisted(item, shared) for key, item in value.items()}
    if schema.get("type") == "object" and {"title", "properties"} <= schema.keys():
        return _reference(str(schema["title"]), schema, shared)
    if {_REF: "#/$defs/Lognormal"} in schema.get("anyOf", ()):
        choices = schema.pop("anyOf")
        return {**schema, **_reference("Distribution", {"anyOf": choices}, shared)}
    return schema


_REF = "$ref"


def _reference(name: str, schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to a definition; the schema itself, if the name is taken by another."""
    return {_REF: f"#/$defs/{name}"} if shared.setdefault(name, schema) == schema else schema
