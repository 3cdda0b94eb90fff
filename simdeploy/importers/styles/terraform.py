"""Terraform: what ``terraform show -json`` prints of a plan or a state."""

from simdeploy.importers.reading import Document
from simdeploy.importers.styles.style import Style, keys

#: Keys of which a plan or a state has at least two.
OF_PLAN = frozenset({"format_version", "terraform_version", "planned_values", "values", "lineage"})


def recognizes(document: Document) -> bool:
    """Return whether a document is a plan or a state as JSON."""
    return len(OF_PLAN & keys(document)) > 1


STYLE = Style(
    "Terraform",
    recognizes,
    hint="a plan of Terraform is not read; save what the AWS CLI prints",
    desired_count=0,
    launch_type="ec2",
)
