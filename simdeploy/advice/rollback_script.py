"""A script that takes a release back: one page of bash, with the names of one service in it.

The commands are those of the AWS CLI, version 2, reference pages ``deploy/stop-deployment``,
``deploy/get-deployment``, ``deploy/create-deployment``, ``ecs/describe-services``,
``ecs/update-service`` and ``ecs/wait/services-stable`` below
https://docs.aws.amazon.com/cli/latest/reference/. That a deployment of CodeDeploy can be stopped
and rolled back until its termination wait ends, and not later, is the fact
codedeploy-rollback-after-success.
"""

import re
import shlex
from pathlib import Path

TEMPLATE = Path(__file__).with_name("rollback.sh")
#: Names that the template leaves open, as @SERVICE@.
NAMES = ("service", "cluster", "application", "group")
_PLACE = re.compile(r"@([A-Z]+)@")


def rollback_script(
    service: str, *, cluster: str = "", application: str = "", group: str = ""
) -> str:
    """Return the script for a service, all names quoted for the shell.

    Parameters
    ----------
    service, cluster
        Names of the ECS service and its cluster; an empty one has to be given when it is run.
    application, group
        Names of CodeDeploy's application and deployment group, where CodeDeploy deploys it.
    """
    given = dict(zip(NAMES, (service, cluster, application, group), strict=True))
    return _PLACE.sub(
        lambda found: shlex.quote(given[found[1].lower()]), TEMPLATE.read_text(encoding="utf-8")
    )
