"""CloudFormation's own blue/green deployments: the hook ``AWS::CodeDeploy::BlueGreen``.

The hook says what a deployment group, its configuration and an AppSpec say elsewhere, so that these
three are made of it. Its service has the controller EXTERNAL; task definition and load balancers
stand in its task set.

Source: "Perform blue/green deployments through CodeDeploy using CloudFormation" of the user guide.
"""

from collections.abc import Iterator
from typing import Any

from simdeploy.importers.adapted import Adapted
from simdeploy.importers.page import Assumption
from simdeploy.importers.templates.adapting import Adapter, lowered
from simdeploy.importers.templates.identities import TARGET_GROUP, TASK_SET
from simdeploy.importers.templates.nodes import Node
from simdeploy.importers.templates.resolver import Located, Template

HOOK = "AWS::CodeDeploy::BlueGreen"
ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
#: Types of the hook, and how the API calls their share and their interval.
ROUTING = {
    "TimeBasedCanary": ("canaryPercentage", "canaryInterval"),
    "TimeBasedLinear": ("linearPercentage", "linearInterval"),
}
#: What the hook does without ``TrafficRoutingConfig``: 15 %, then 5 minutes.
DEFAULT = {"StepPercentage": 15, "BakeTimeMins": 5}
#: Minutes that the old tasks stay.
TERMINATION_WAIT = 5


class BlueGreen:
    """A hook of a template and the service that it deploys.

    Parameters
    ----------
    adapter
        Makes API objects of the template's.
    name
        The hook's logical id.
    node
        The hook.
    """

    def __init__(self, adapter: Adapter, name: str, node: Node) -> None:
        self.adapter = adapter
        self.template: Template = adapter.template
        self.name = name
        self.node = node
        properties = node.child("Properties")
        found = self.template.resolve(properties) if properties is not None else None
        if not isinstance(found, Located):
            self.template.refuse(node, f"Hooks.{name}: has no Properties")
        self.properties = found
        application = self._application()
        self.service = str(self._below(application, "Target").get("LogicalID"))
        self.attributes = self._below(application, "ECSAttributes")
        self.config_name = f"{name}-config"

    def _application(self) -> Located:
        applications = self.properties.get("Applications")
        first = applications[0] if isinstance(applications, list) and applications else None
        if not isinstance(first, Located):
            self.template.refuse(self.node, f"Hooks.{self.name}: has no Applications")
        return first

    def _below(self, found: Located, key: str) -> Located:
        value = found.get(key)
        if value is not None and not isinstance(value, Located):
            self.template.refuse(self.node, f"Hooks.{self.name}: {key} must be an object")
        return Located(found.line) if value is None else value

    def _made(self, **content: Any) -> Adapted:
        return Adapted(content, self.adapter.place(self.node.line))

    def _default(self, path: str, value: str) -> None:
        """Keep that a value stands in no file."""
        words = "the default of CloudFormation's hook"
        self.adapter.notes.append(Assumption(path, value, words))

    def task_set(self) -> Located | None:
        """Return the task set that the template describes; green's is made by the hook."""
        names = self.attributes.get("TaskSets")
        for name in names if isinstance(names, list) else ():
            resource = self.template.resources.get(str(name))
            if resource is not None and resource.kind == TASK_SET:
                return self.template.properties(resource)
        return None

    def group(self, service_name: str) -> Adapted:
        """Return the deployment group."""
        wait = self._below(self.properties, "AdditionalOptions")
        minutes = wait.get("TerminationWaitTimeInMinutes")
        if minutes is None:
            self._default("defaults.termination_wait", f"{TERMINATION_WAIT}m")
        end = self._made(
            action="TERMINATE",
            terminationWaitTimeInMinutes=TERMINATION_WAIT if minutes is None else minutes,
        )
        words = "CloudFormation's hook watches no alarms"
        self.adapter.notes.append(Assumption("alarms", "", words))
        return self._made(
            applicationName=self.name,
            deploymentGroupName=self.name,
            ecsServices=[self._made(serviceName=service_name)],
            deploymentConfigName=self.config_name,
            autoRollbackConfiguration=self._made(
                enabled=True, events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
            ),
            blueGreenDeploymentConfiguration=self._made(
                terminateBlueInstancesOnDeploymentSuccess=end
            ),
            loadBalancerInfo=self._made(targetGroupPairInfoList=[self._pair()]),
        )

    def _pair(self) -> Adapted:
        routing = self._below(self.attributes, "TrafficRouting")
        names = routing.get("TargetGroups")
        groups = [
            self._made(name=self.template.name(resource))
            for name in (names if isinstance(names, list) else ())
            if (resource := self.template.resources.get(str(name)))
            and resource.kind == TARGET_GROUP
        ]
        routes = {
            lowered(key): self._made(listenerArns=[str(self._below(routing, key).get("LogicalID"))])
            for key in ("ProdTrafficRoute", "TestTrafficRoute")
            if routing.get(key) is not None
        }
        return self._made(targetGroups=groups, **routes)

    def config(self) -> Adapted:
        """Return the deployment configuration."""
        routing = self._below(self.properties, "TrafficRoutingConfig")
        kind = routing.get("Type")
        if not routing:
            self._default("strategies.canary.percent", f"{DEFAULT['StepPercentage']}")
            self._default("strategies.canary.wait", f"{DEFAULT['BakeTimeMins']}m")
            kind, steps = "TimeBasedCanary", Located(self.node.line)
            steps.update(DEFAULT)
        elif kind in ROUTING:
            steps = self._below(routing, str(kind))
        elif kind == "AllAtOnce":
            return self._made(
                deploymentConfigName=self.config_name, trafficRoutingConfig=self._made(type=kind)
            )
        else:
            known = ", ".join([*ROUTING, "AllAtOnce"])
            self.template.refuse(
                self.node, f"Hooks.{self.name}.TrafficRoutingConfig.Type: must be one of {known}"
            )
        percent, interval = ROUTING[str(kind)]
        place = self.adapter.place(steps.line)
        given = {
            percent: steps.get("StepPercentage", DEFAULT["StepPercentage"]),
            interval: steps.get("BakeTimeMins", DEFAULT["BakeTimeMins"]),
        }
        part = {"type": kind, lowered(str(kind)): Adapted(given, place)}
        return self._made(
            deploymentConfigName=self.config_name, trafficRoutingConfig=self._made(**part)
        )

    def appspec(self, task_definition: Any) -> Adapted | None:
        """Return the AppSpec: what is deployed, and the functions that test it."""
        hooks = self._below(self.properties, "LifecycleEventHooks")
        if not hooks:
            return None
        entries = [
            Adapted({stage: name}, self.adapter.place(hooks.lines[stage]))
            for stage, name in hooks.items()
        ]
        text = task_definition if isinstance(task_definition, str) else ""
        properties = self._made(TaskDefinition=text)
        deployed = self._made(Type="AWS::ECS::Service", Properties=properties)
        resources = [self._made(**{self.service: deployed})]
        return self._made(version=0.0, Resources=resources, Hooks=entries)


def hooks(adapter: Adapter) -> Iterator[BlueGreen]:
    """Yield the hooks of a template that deploy blue/green."""
    for name, node in adapter.template.section("Hooks").items():
        kind = node.child("Type")
        if kind is not None and kind.value == HOOK:
            yield BlueGreen(adapter, name, node)
