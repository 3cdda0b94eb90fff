"""The type of a fact, and the base URLs of the AWS pages that facts cite."""

from functools import partial
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
    """One behavior of AWS: its id, a description, the page that documents it, the confidence.

    ``page`` is AWS's own page on the matter; ``seen`` is a report from the field, for behavior that
    was measured or that the page leaves out. *Documented*: the page says so. *Observed*: users
    reported it. *Inferred*: it follows from the other two. *Unpublished*: not known outside AWS, so
    the scenario file has a key for it.
    """

    id: str
    text: str
    page: str
    seen: str = ""
    confidence: Confidence = "unpublished"

    @property
    def title(self) -> str:
        """The first sentence of the text."""
        return self.text.partition(". ")[0].rstrip(".") + "."


documented = partial(Fact, confidence="documented")
observed = partial(Fact, confidence="observed")
inferred = partial(Fact, confidence="inferred")
unpublished = partial(Fact, confidence="unpublished")
