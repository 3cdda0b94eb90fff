"""Argo Rollouts: canaries and blue-green deployments on Kubernetes."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles import kubernetes
from simdeploy.importers.styles.style import Style, keys

#: Kinds of Argo that say how something is deployed; its applications and workflows do not.
KINDS = ("Rollout", "AnalysisTemplate", "ClusterAnalysisTemplate")


def recognizes(document: Document) -> bool:
    """Return whether a document is a rollout, or an analysis template of one."""
    if not {"apiVersion", "kind"} <= keys(document):
        return False
    data = document.data
    return str(data["apiVersion"]).startswith("argoproj.io/") and data["kind"] in KINDS


STYLE = Style("Argo Rollouts", recognizes, page=kubernetes.page, desired_count=1)
