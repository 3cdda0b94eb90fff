"""What CDK synthesizes: a folder, ``cdk.out``, whose manifest lists the stacks' templates."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simdeploy.errors import ImportShapeError
from simdeploy.files import is_file, is_folder
from simdeploy.importers.page import printable
from simdeploy.importers.reading import Document, documents
from simdeploy.importers.templates.identities import NESTED
from simdeploy.importers.templates.nesting import ASSET

MANIFEST = "manifest.json"
STACK, ASSEMBLY = "aws:cloudformation:stack", "cdk:cloud-assembly"
#: How deep stages may lie within stages.
DEEPEST = 5


def manifest(path: Path) -> Path:
    """Return the manifest of a folder that CDK has written; any other path as it is."""
    inner = path / MANIFEST
    return inner if is_folder(path) and is_file(inner) else path


def is_manifest(document: Document) -> bool:
    """Return whether a document lists what CDK has synthesized."""
    data = document.data
    return isinstance(data, dict) and "version" in data and isinstance(data.get("artifacts"), dict)


def stacks(document: Document) -> list[Document]:
    """Return the templates that a manifest lists; any other document as it is.

    Raises
    ------
    ImportShapeError
        If the manifest lists none, or one that lies elsewhere or cannot be read.
    """
    if not is_manifest(document):
        return [document]
    found = list(_stacks(document, 0))
    if not found:
        raise ImportShapeError(document.file, "lists no stack; run cdk synth")
    return found


def _stacks(document: Document, depth: int) -> Iterator[Document]:
    for name, artifact in document.data["artifacts"].items():
        kind = artifact.get("type") if isinstance(artifact, dict) else None
        if kind == STACK:
            path = _below(document, name, artifact, "templateFile")
            yield from _with_nested(path, {path.name})
        elif kind == ASSEMBLY and depth < DEEPEST:
            folder = _below(document, name, artifact, "directoryName")
            for inner in documents(folder / MANIFEST):
                if is_manifest(inner):
                    yield from _stacks(inner, depth + 1)


def _with_nested(path: Path, seen: set[str]) -> Iterator[Document]:
    """Yield a template, then those of its nested stacks that lie beside it, each once."""
    for document in documents(path):
        yield document
        for name in _assets(document.data):
            beside = path.parent / name
            if Path(name).name == name and name not in seen and is_file(beside):
                seen.add(name)
                yield from _with_nested(beside, seen)


def _assets(data: Any) -> Iterator[str]:
    """Yield the files of a template's nested stacks."""
    resources = data.get("Resources") if isinstance(data, dict) else None
    for resource in resources.values() if isinstance(resources, dict) else ():
        if not isinstance(resource, dict) or resource.get("Type") != NESTED:
            continue
        metadata = resource.get("Metadata")
        name = metadata.get(ASSET) if isinstance(metadata, dict) else None
        if isinstance(name, str):
            yield name


def _below(document: Document, name: str, artifact: dict[str, Any], key: str) -> Path:
    """Return a path beside the manifest."""
    properties = artifact.get("properties")
    value = properties.get(key) if isinstance(properties, dict) else None
    if not isinstance(value, str) or Path(value).name != value or value in ("", ".", ".."):
        what = f"must be a name beside the manifest; got {json.dumps(value)[:60]}"
        raise ImportShapeError(document.file, printable(f"artifacts.{name[:60]}.{key}: {what}"))
    return Path(document.file).parent / value
