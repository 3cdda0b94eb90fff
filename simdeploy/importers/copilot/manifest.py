"""A manifest with the values of one environment, each with its line.

Source: "Manifest" of Copilot's documentation, and the rules by which its code merges environments.
"""

import re
from typing import Any, NoReturn

from simdeploy.errors import ImportShapeError
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.page import Assumption, printable
from simdeploy.importers.reading import Document
from simdeploy.importers.templates.nodes import Node, tree

SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
TIME = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s)")
ENVIRONMENT = "${COPILOT_ENVIRONMENT_NAME}"
LISTED = 12


class Manifest:
    """A manifest and the environment that is imported.

    Parameters
    ----------
    document
        The manifest.
    environment
        The environment's name; None for the values of all environments.

    Attributes
    ----------
    root : Node
        The values, those of the environment in place of others.
    notes : list of Assumption
        What is to be said about them.
    """

    def __init__(self, document: Document, environment: str | None) -> None:
        self.document = document
        self.environment = environment
        self.notes: list[Assumption] = []
        base = tree(document)
        others = base.child("environments")
        names = list(others.mapping) if others is not None else []
        override = others.child(environment) if others is not None and environment else None
        self.root = base if override is None else merged(base, override)
        if override is None and names:
            known = ", ".join(names[:LISTED])
            words = f"only the values for all environments are used; --env takes one of {known}"
            if environment is not None:
                words = f"no environment {environment[:60]} in the manifest; {words}"
            self.notes.append(Assumption("service", "", printable(words)))

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise the error of a place."""
        raise ImportShapeError(self.place(node), printable(why))

    def place(self, node: Node) -> str:
        """Return file and line."""
        return f"{self.document.file}:{node.line}"

    def at(self, *keys: str) -> Node | None:
        """Return what stands below some keys; None if it is absent or null."""
        node = self.root.child(*keys)
        return None if node is None or node.value is None else node

    def block(self, *keys: str) -> Node:
        """Return an object below some keys, an empty one if it is absent.

        Raises
        ------
        ImportShapeError
            If it is something else.
        """
        node = self.at(*keys)
        if node is None:
            return Node({}, self.root.line)
        if not isinstance(node.value, dict):
            self.refuse(node, f"{'.'.join(keys)}: must be an object")
        return node

    def value(self, node: Node | None) -> Any:
        """Return a value, `Open` if Copilot takes it from the surroundings at deployment."""
        if node is None or not isinstance(node.value, str):
            return None if node is None else node.value
        text = node.value.replace(ENVIRONMENT, self.environment or ENVIRONMENT)
        if "${" not in text:
            return text
        name = text.partition("${")[2].partition("}")[0]
        return Open(printable(f"{name[:60]} is filled in at deployment"), self.place(node))

    def seconds(self, node: Node | None, name: str) -> Any:
        """Return a time in seconds, `Open` if it is open, None if it is absent.

        Raises
        ------
        ImportShapeError
            If it is no time.
        """
        value = self.value(node)
        if node is None or value is None or isinstance(value, Open):
            return value
        text = str(value)
        if not TIME.match(text) or TIME.sub("", text):
            self.refuse(node, f'{name}: must be a time such as 30s or 1m30s; got "{text[:40]}"')
        return sum(float(number) * SECONDS[unit] for number, unit in TIME.findall(text))

    def made(self, whole: Node, entries: "dict[str, tuple[Any, Node | None]]") -> Adapted:
        """Return an API object of values and the places they are from; None is left out."""
        present = {key: entry for key, entry in entries.items() if entry[0] is not None}
        return Adapted(
            {key: value for key, (value, _) in present.items()},
            self.place(whole),
            {key: self.place(node or whole) for key, (_, node) in present.items()},
        )


def merged(base: Node, override: Node) -> Node:
    """Return values with an environment's in place of others; objects are merged key by key."""
    if override.value is None:
        return base
    if not isinstance(base.value, dict) or not isinstance(override.value, dict):
        return override
    entries = dict(base.value)
    for key, node in override.value.items():
        known = entries.get(key)
        if known is None:
            entries[key] = node
        elif key == "count":
            entries[key] = _counts(known, node)
        else:
            entries[key] = merged(known, node)
    return Node(entries, override.line)


def _counts(base: Node, override: Node) -> Node:
    """Merge two counts: a number on Spot and bounds of autoscaling exclude each other."""
    if "spot" in override.mapping:
        return override
    if "spot" in base.mapping and override.mapping:
        base = Node({key: node for key, node in base.mapping.items() if key != "spot"}, base.line)
    return merged(base, override)
