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
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
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
        shared[name] = {key: _hoisted(one, shared) for key, one in block.items()}
    strategies = schema["properties"]["strategies"]
    left_out = {"type": "null", "description": "Leaves out what the extended file has."}
    for pattern, one in strategies["patternProperties"].items():
        strategies["patternProperties"][pattern] = {"anyOf": [one, left_out]}
    told = {key: _hoisted(one, shared) for key, one in schema.items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told, "$defs": shared}


def _hoisted(value: Any, shared: dict[str, Any]) -> Any:
    """Move blocks that may stand in several places to where all can refer to them."""
    if isinstance(value, list):
        return [_hoisted(one, shared) for one in value]
    if not isinstance(value, dict):
        return value
    told = {key: _hoisted(one, shared) for key, one in value.items()}
    if told.get("type") == "object" and {"title", "properties"} <= told.keys():
        return _reference(str(told["title"]), told, shared)
    if {_REF: "#/$defs/Lognormal"} in told.get("anyOf", ()):
        choice = _reference("Distribution", {"anyOf": told["anyOf"]}, shared)
        rest = {key: one for key, one in told.items() if key != "anyOf"}
        return {**rest, **choice}
    return told


_REF = "$ref"


def _reference(name: str, told: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """Refer to a definition of this name, unless there is another one of the same name."""
    return {_REF: f"#/$defs/{name}"} if shared.setdefault(name, told) == told else told
