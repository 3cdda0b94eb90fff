"""Files that are not read, and what to save instead."""

import re
from typing import Any

from simdeploy.errors import ImportShapeError

TERRAFORM = "is Terraform's language; save what `terraform show -json plan.out` prints"
ZIP = (
    "is a zip archive, as `terraform plan -out` writes; save what `terraform show -json` prints of"
    " it"
)
STREAM = (
    "is the log that `terraform plan -json` streams; save what `terraform show -json plan.out`"
    " prints"
)
JSONNET = "is Jsonnet; save what `ecspresso render servicedef` prints"
HELM = "is a Helm template; save what `helm template` prints"
KUSTOMIZE = "is of Kustomize; save what `kubectl kustomize` prints"
#: What Helm fills in; other tools have braces, too.
HELM_MARK = re.compile(
    rb"\{\{-?\s*(?:\$?\.(?:Values|Release|Chart|Capabilities|Files)\b"
    rb"|(?:include|define|template|toYaml|if|range|with|end)\b)"
)
#: By the end of the file's name.
SUFFIXES = {
    ".tf": TERRAFORM,
    ".tfvars": TERRAFORM,
    ".hcl": TERRAFORM,
    ".jsonnet": JSONNET,
    ".libsonnet": JSONNET,
    ".tpl": HELM,
    ".ts": "is a program; for CDK, save the template that `cdk synth` writes",
    ".py": "is a program; for CDK, save the template that `cdk synth` writes",
}
#: By keys that stand at the top of a file.
KEYS = {
    "LoadBalancerDescriptions": "holds classic load balancers; only the ALB is modeled",
    "taskSets": "holds task sets, which are not read; save the service",
    "Events": "holds events, which are not read",
    "deploymentInfo": "is a deployment, which is not read; save its deployment group",
    "jobs": "is a workflow of GitHub; import the task definition and the service that it deploys",
    "phases": "is a buildspec of CodeBuild; import the task definition and service that it deploys",
    "helmCharts": KUSTOMIZE,
}


class NotReadError(ImportShapeError):
    """A file of a kind that is known and not read; the message says what to save instead."""


def unreadable(name: str, content: bytes) -> str:
    """Return why a file is not read, by its name and first bytes; empty for any other."""
    for suffix, hint in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return hint
    if content.startswith(b"PK\x03\x04"):
        return ZIP
    if content.startswith(b'{"@level"'):
        return STREAM
    is_yaml = name.lower().endswith((".yaml", ".yml"))
    return HELM if is_yaml and HELM_MARK.search(content) else ""


def unknown(data: dict[str, Any]) -> str:
    """Return what to save instead of an object of these keys; empty if that is not known."""
    if isinstance(data.get("services"), dict):
        return (
            "is a Compose file, which names no strategy; import the task definition and the service"
        )
    if {"apiVersion", "name", "version"} <= set(data) and "kind" not in data:
        return HELM.replace("template;", "chart;")
    return next((hint for key, hint in KEYS.items() if key in data), "")
