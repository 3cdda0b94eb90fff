"""The styles of files that are imported, one module each; `STYLES` is their registry.

A document is of the first style that recognizes it; what none recognizes is taken for what the
AWS CLI prints or takes (`shapes`).
"""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles import (
    argo,
    cloudformation,
    copilot,
    ecspresso,
    kubernetes,
    terraform,
)
from simdeploy.importers.styles.style import Style

STYLES: tuple[Style, ...] = (
    cloudformation.STYLE,
    terraform.STYLE,
    copilot.STYLE,
    argo.STYLE,
    kubernetes.STYLE,
    ecspresso.STYLE,
)


def style_of(document: Document) -> Style | None:
    """Return the style of a document, None for what the AWS CLI prints or takes."""
    return next((style for style in STYLES if style.recognizes(document)), None)
