"""Files that are not read, and what to save instead."""

import re
from typing import Any

TERRAFORM = "is Terraform's language; save what `terraform show -json plan.out` prints"
ZIP = (
    "is a zip archive, as `terraform plan -out` writes; save what `terraform show -json` prints of"
    " it"
)
JSONNET = "is Jsonnet; save what `ecspresso render servicedef` prints"
HELM = "is a Helm template; save what `helm template` prints"
#: A line of Helm or Go templates that is no YAML.
OPEN_BRACES = re.compile(rb"(?m)^\s*(?:-\s*)?(?:\{\{|[\w./-]+:\s+\{\{)")
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
    "LoadBalancers": "load balancers are not read, except their attributes",
    "taskSets": "task sets are not read; save the service",
    "Events": "events are not read",
    "deploymentInfo": "a deployment is not read; save its deployment group",
    "jobs": "a workflow of GitHub is not read; save the task definition and service it deploys",
    "phases": "a CodeBuild buildspec is not read",
}


def unreadable(name: str, content: bytes) -> str:
    """Return why a file is not read, by its name and first bytes; empty for any other."""
    for suffix, hint in SUFFIXES.items():
        if name.lower().endswith(suffix):
            return hint
    if b"apiVersion:" in content and OPEN_BRACES.search(content):
        return HELM
    if content.startswith(b"PK\x03\x04"):
        return ZIP
    return ""


def unknown(data: dict[str, Any]) -> str:
    """Return what to save instead of an object of these keys; empty if that is not known."""
    return next((hint for key, hint in KEYS.items() if key in data), "")
