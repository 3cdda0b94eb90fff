"""What a style of file must offer to be imported."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part

if TYPE_CHECKING:
    from simdeploy.importers.imported import Imported


class Style(NamedTuple):
    """A row of the registry.

    Parameters
    ----------
    name
        What people call it, such as "CloudFormation".
    recognizes
        Tells by its shape whether a document is of this style.
    hint
        What to save instead, where the style has no reader.
    parts
        Makes AWS objects of all documents of this style that one import names.
    page
        Makes the scenario itself, for styles whose keys are not AWS's.
    desired_count
        What the style itself runs where a service names no number; None if it has no default.
    nameless
        Why a service of this style may have no name.
    takes
        Options that mean something to this style alone: ``"parameters"``, ``"environment"``.
    launch_type
        A scenario's launch type where a service names neither one nor a capacity provider.
    """

    name: str
    recognizes: Callable[[Document], bool]
    hint: str = ""
    parts: Callable[[Sequence[Document], Options], list[Part]] | None = None
    page: "Callable[[Sequence[Document], Options], Imported] | None" = None
    desired_count: int | None = None
    launch_type: str | None = None
    nameless: str = ""
    takes: tuple[str, ...] = ()


def keys(document: Document) -> set[str]:
    """Return the keys at the top of a document; none if it holds no object."""
    return set(document.data) if isinstance(document.data, dict) else set()
