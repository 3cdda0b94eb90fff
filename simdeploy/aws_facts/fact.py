"""What a fact is, and the roots of the AWS pages that facts point to."""

from typing import Literal, NamedTuple

Confidence = Literal["documented", "observed", "inferred", "unpublished"]

DOCS = "https://docs.aws.amazon.com/"
ECS_GUIDE = DOCS + "AmazonECS/latest/developerguide/"
ECS_API = DOCS + "AmazonECS/latest/APIReference/"
ALB_GUIDE = DOCS + "elasticloadbalancing/latest/application/"
ELB_API = DOCS + "elasticloadbalancing/latest/APIReference/"
CODEDEPLOY_GUIDE = DOCS + "codedeploy/latest/userguide/"
CODEDEPLOY_API = DOCS + "codedeploy/latest/APIReference/"
CLOUDWATCH_GUIDE = DOCS + "AmazonCloudWatch/latest/monitoring/"
WHATS_NEW = "https://aws.amazon.com/about-aws/whats-new/"
ROADMAP = "https://github.com/aws/containers-roadmap/issues/"


class Fact(NamedTuple):
    """One thing AWS does: an id, what it is in plain words, where it stands, how sure it is.

    ``page`` is AWS's own page on the matter; ``seen`` is a report from the field, where the page
    is silent or where somebody measured. *Documented*: the page says so. *Observed*: people saw
    it. *Inferred*: it follows from the other two. *Unpublished*: nobody outside AWS knows, so the
    scenario file has a key for it.
    """

    id: str
    text: str
    page: str
    confidence: Confidence
    seen: str = ""

    @property
    def title(self) -> str:
        """The first sentence of the text."""
        return self.text.partition(". ")[0].rstrip(".") + "."
