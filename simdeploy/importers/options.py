"""What the command line adds to the files: parameters, an environment, which service."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.importers.reading import documents

NOT_A_PAIR = "must be NAME=VALUE"
SHAPES = 'a list of ParameterKey and ParameterValue, or {"Parameters": {NAME: VALUE}}'


@dataclass(frozen=True)
class Options:
    """What the files leave to whoever imports them.

    Parameters
    ----------
    parameters
        Values of a template's parameters, by name.
    environment
        The environment whose overrides apply, as Copilot's manifests have them.
    service
        Which of several services: its name, logical id or address.
    desired_count
        How many tasks or pods usually run, whatever the files say.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: str | None = None
    service: str | None = None
    desired_count: int | None = None


def parameters(pairs: Iterable[str], files: Iterable[Path] = ()) -> dict[str, str]:
    """Return parameters by name, of files and of pairs; pairs win over files.

    Raises
    ------
    ImportShapeError
        If a pair is none, or a file has neither of the two shapes that the AWS CLI takes.

    >>> parameters(["Size=large", "Tags=a=b"])
    {'Size': 'large', 'Tags': 'a=b'}
    """
    found: dict[str, str] = {}
    for file in files:
        found |= _of_file(file)
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise ImportShapeError("--parameter", f'{NOT_A_PAIR}; got "{pair[:60]}"')
        found[name] = value
    return found


def _of_file(path: Path) -> dict[str, str]:
    content = documents(path)[0].data
    if isinstance(content, dict):
        content = content.get("Parameters")
    if isinstance(content, dict):
        return {name: _text(value, path, name) for name, value in content.items()}
    if isinstance(content, list) and all(map(_is_entry, content)):
        return {
            str(entry["ParameterKey"]): _text(entry["ParameterValue"], path, entry["ParameterKey"])
            for entry in content
            if "ParameterValue" in entry
        }
    raise ImportShapeError(str(path), f"holds no parameters; it must be {SHAPES}")


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("ParameterKey"), str)


def _text(value: Any, path: Path, name: str) -> str:
    if isinstance(value, dict | list) or value is None:
        raise ImportShapeError(str(path), f"parameter {name[:60]} must be a text or a number")
    return value if isinstance(value, str) else json.dumps(value)
