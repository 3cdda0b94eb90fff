"""AWS Copilot's manifests of services."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys

#: What a manifest may say after its ``type``.
SERVICES = ("Service", "Job", "Site")


def recognizes(document: Document) -> bool:
    """Return whether a document is a manifest."""
    if not {"name", "type"} <= keys(document):
        return False
    kind = document.data["type"]
    return isinstance(kind, str) and kind.endswith(SERVICES)


STYLE = Style(
    "Copilot",
    recognizes,
    hint="a manifest of Copilot is not read; save the template that `copilot svc package` prints",
    desired_count=1,
)
