"""AWS Copilot's manifests of services."""

from collections.abc import Sequence

from simdeploy.importers.copilot.manifest import Manifest
from simdeploy.importers.copilot.services import Services
from simdeploy.importers.options import Options
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part
from simdeploy.importers.styles.style import Style, keys

#: What a manifest may say after its ``type``.
SERVICES = ("Service", "Job", "Site")


def recognizes(document: Document) -> bool:
    """Return whether a document is a manifest."""
    if not {"name", "type"} <= keys(document):
        return False
    kind = document.data["type"]
    return isinstance(kind, str) and kind.endswith(SERVICES)


def parts(documents: Sequence[Document], options: Options) -> list[Part]:
    """Return the services of all manifests, with the values of the environment.

    Raises
    ------
    ImportShapeError
        If a manifest is of no service of ECS, or has a value that Copilot would not take.
    """
    manifests = [Manifest(document, options.environment) for document in documents]
    return [part for manifest in manifests for part in Services(manifest).parts()]


STYLE = Style("Copilot", recognizes, parts=parts, desired_count=1, takes=("environment",))
