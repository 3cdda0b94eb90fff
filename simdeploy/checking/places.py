"""Where a value stands: file and line by its path in the scenario."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from simdeploy.scenario.merging import labels
from simdeploy.scenario.reading import Node


class Place(NamedTuple):
    """Where a finding stands; line 0 for a file as a whole, or a value of ``--set``.

    The address is what a tool calls the value in a file whose lines nobody reads.
    """

    file: str
    line: int
    path: str
    address: str = ""


#: Paths, the best first, to the place of the first that is there.
Locator = Callable[[Iterable[str]], Place]


class Origin(NamedTuple):
    """Where a scenario comes from.

    Parameters
    ----------
    locate
        Finds its values in its file, or in those that it was made of.
    previous
        Whether these name a previous revision; None where nothing is imported.
    assumed
        Paths of values that none of them gives and that the numbers rest on.
    """

    locate: Locator
    previous: bool | None = None
    assumed: tuple[str, ...] = ()


def in_tree(root: Node) -> Locator:
    """Return a locator in a tree of values and their places."""

    def locate(paths: Iterable[str]) -> Place:
        wanted = list(paths)
        for path in wanted:
            node, exact = _found(root, path)
            if exact:
                return Place(node.file, node.line, path)
        node, _ = _found(root, wanted[0])
        return Place(node.file, node.line, wanted[0])

    return locate


def _found(root: Node, path: str) -> tuple[Node, bool]:
    """Return the deepest node on the way to a path, and whether that is its end."""
    node = root
    for key in path.split("."):
        below = _child(node, key)
        if below is None:
            return node, False
        node = below
    return node, True


def _child(node: Node, key: str) -> Node | None:
    if isinstance(node.value, dict):
        child: Node | None = node.value.get(key)
        return child
    if isinstance(node.value, list):
        items: list[Node] = node.value
        return next((n for i, n in enumerate(items) if key in (str(i), *labels(n))), None)
    return None
