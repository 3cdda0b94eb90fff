"""Made-up ARNs, by which the objects of one template refer to each other.

A template refers by logical id, a plan by address; what the AWS CLI prints refers by ARN. Adapters
write these instead, so that the joins of `inventory` serve every style. An object that is referred
to carries the same ARN under its own key: ``taskDefinitionArn``, ``TargetGroupArn``,
``LoadBalancerArn``.
"""

import re

_ACCOUNT = "us-east-1:000000000000"


def task_definition(name: str) -> str:
    """Return the ARN of a task definition that a file calls so.

    >>> task_definition("aws_ecs_task_definition.api[0]")
    'arn:aws:ecs:us-east-1:000000000000:task-definition/aws_ecs_task_definition-api-0-:1'
    """
    return f"arn:aws:ecs:{_ACCOUNT}:task-definition/{_plain(name)}:1"


def target_group(name: str) -> str:
    """Return the ARN of a target group; its part must have ``TargetGroupName`` of this name.

    >>> target_group("Blue")
    'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/Blue/0'
    """
    return f"arn:aws:elasticloadbalancing:{_ACCOUNT}:targetgroup/{name.replace('/', '-')}/0"


def load_balancer(name: str, kind: str = "app") -> str:
    """Return the ARN of a load balancer: ``app`` or ``net``.

    >>> load_balancer("Public")
    'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/Public/0'
    """
    plain = name.replace("/", "-")
    return f"arn:aws:elasticloadbalancing:{_ACCOUNT}:loadbalancer/{kind}/{plain}/0"


def function(name: str) -> str:
    """Return the ARN of a Lambda function.

    >>> function("smoke-tests")
    'arn:aws:lambda:us-east-1:000000000000:function:smoke-tests'
    """
    return f"arn:aws:lambda:{_ACCOUNT}:function:{_plain(name)}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)[:140]
