"""Argo Rollouts: canaries and blue-green deployments on Kubernetes."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys


def recognizes(document: Document) -> bool:
    """Return whether a document is a rollout, or an analysis template of one."""
    if not {"apiVersion", "kind"} <= keys(document):
        return False
    return str(document.data["apiVersion"]).startswith("argoproj.io/")


STYLE = Style(
    "Argo Rollouts",
    recognizes,
    hint="rollouts of Argo are not read",
    desired_count=1,
)
