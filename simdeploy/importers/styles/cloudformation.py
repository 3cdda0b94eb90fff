"""CloudFormation's templates, also those that CDK, SAM and Copilot write."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys


def recognizes(document: Document) -> bool:
    """Return whether a document is a template."""
    if "AWSTemplateFormatVersion" in keys(document):
        return True
    return "Resources" in keys(document) and isinstance(document.data["Resources"], dict)


STYLE = Style(
    "CloudFormation",
    recognizes,
    hint="a CloudFormation template is not read; save what the CLI prints",
    desired_count=1,
    launch_type="ec2",
)
