"""Kubernetes: deployments with their services and autoscalers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys

if TYPE_CHECKING:
    from simdeploy.importers.imported import Imported


def recognizes(document: Document) -> bool:
    """Return whether a document is an object of Kubernetes."""
    return {"apiVersion", "kind"} <= keys(document)


def page(documents: Sequence[Document], options: Options) -> "Imported":
    """Make the scenario of the Deployment among the documents.

    Raises
    ------
    ImportShapeError
        As `simdeploy.importers.kubernetes.scenario.imported` does.
    """
    from simdeploy.importers.kubernetes.scenario import imported  # noqa: PLC0415  imports the page

    return imported(documents, options)


STYLE = Style("Kubernetes", recognizes, page=page, desired_count=1)
