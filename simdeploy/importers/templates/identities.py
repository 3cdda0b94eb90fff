"""What ``Ref`` and ``Fn::GetAtt`` of a resource give: its name, or an ARN made up of its name.

AWS makes the real ARNs at deployment. The made-up ARNs hold the name that AWS's ARN holds, so that
resources of a template that refer to each other are joined as those that AWS describes.
"""

from collections.abc import Callable
from typing import NamedTuple

from simdeploy.importers import arns
from simdeploy.importers.templates.parameters import ACCOUNT, REGION

NAME, ARN = "name", "arn"

SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
TASK_SET = "AWS::ECS::TaskSet"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
GROUP = "AWS::CodeDeploy::DeploymentGroup"
CONFIG = "AWS::CodeDeploy::DeploymentConfig"
SCALING = "AWS::ApplicationAutoScaling::ScalableTarget"
NESTED = "AWS::CloudFormation::Stack"
FUNCTION = "AWS::Lambda::Function"
#: Types whose values a resource of the stack's owner makes at deployment.
CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


class Identity(NamedTuple):
    """How a type of resource is called.

    Attributes
    ----------
    key : str
        The property with the name; empty if the type has none.
    arn : callable
        Makes the ARN of the name.
    ref : str
        Whether ``Ref`` gives the name or the ARN.
    attributes : dict
        The same for the attributes of ``Fn::GetAtt``.
    """

    key: str
    arn: Callable[[str], str]
    ref: str
    attributes: dict[str, str]


def _arn(service: str, kind: str) -> Callable[[str], str]:
    return lambda name: f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}{name}"


def _function(ref: str) -> Identity:
    attributes = {"Arn": ARN, "FunctionArn": ARN, "AliasArn": ARN}
    return Identity("FunctionName", arns.function, ref, attributes)


_ALARM = Identity("AlarmName", _arn("cloudwatch", "alarm:"), NAME, {"Arn": ARN})
_SERVICE = _arn("ecs", "service/cluster/")
_BALANCER = {"LoadBalancerArn": ARN, "LoadBalancerName": NAME}
_LISTENER = _arn("elasticloadbalancing", "listener/app/")
_RULE = _arn("elasticloadbalancing", "listener-rule/app/")
IDENTITIES = {
    SERVICE: Identity("ServiceName", _SERVICE, ARN, {"Name": NAME, "ServiceArn": ARN}),
    TASK_DEFINITION: Identity("Family", arns.task_definition, ARN, {"TaskDefinitionArn": ARN}),
    TARGET_GROUP: Identity(
        "Name", arns.target_group, ARN, {"TargetGroupArn": ARN, "TargetGroupName": NAME}
    ),
    BALANCER: Identity("Name", arns.load_balancer, ARN, _BALANCER),
    LISTENER: Identity("", _LISTENER, ARN, {"ListenerArn": ARN}),
    RULE: Identity("", _RULE, ARN, {"RuleArn": ARN}),
    ALARM: _ALARM,
    COMPOSITE: _ALARM,
    FUNCTION: _function(NAME),
    "AWS::Serverless::Function": _function(NAME),
    "AWS::Lambda::Alias": _function(ARN),
    "AWS::Lambda::Version": _function(ARN),
    "AWS::CodeDeploy::Application": Identity("ApplicationName", str, NAME, {}),
    GROUP: Identity("DeploymentGroupName", str, NAME, {}),
    CONFIG: Identity("DeploymentConfigName", str, NAME, {}),
    "AWS::ECS::Cluster": Identity("ClusterName", _arn("ecs", "cluster/"), NAME, {"Arn": ARN}),
    "AWS::ECS::CapacityProvider": Identity("Name", str, NAME, {}),
}
#: Properties that call a resource by its name, with the types of such resources.
CALLED_BY = {
    "AlarmNames": (ALARM, COMPOSITE),
    "TaskDefinition": (TASK_DEFINITION,),
    "ServiceName": (SERVICE,),
    "DeploymentConfigName": (CONFIG,),
    "Name": (TARGET_GROUP, ALARM, COMPOSITE),
}


def why_open(kind: str, name: str, attribute: str) -> str:
    """Return why nobody can say what an attribute of a resource will be.

    >>> why_open("Custom::Count", "Counter", "Value")
    'Counter.Value is made by a custom resource at deployment'
    """
    what = f"{name}.{attribute}" if attribute else name
    if kind.startswith(CUSTOM):
        return f"{what} is made by a custom resource at deployment"
    if kind == NESTED:
        return f"{what} comes from a nested stack, whose template is not among the files"
    return f"{what} is made by AWS at deployment"
