"""Kubernetes: deployments with their services and autoscalers."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys


def recognizes(document: Document) -> bool:
    """Return whether a document is an object of Kubernetes."""
    return {"apiVersion", "kind"} <= keys(document)


STYLE = Style(
    "Kubernetes",
    recognizes,
    hint="objects of Kubernetes are not read",
    desired_count=1,
)
