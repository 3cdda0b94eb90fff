"""CloudFormation's templates, also those that CDK, SAM and Copilot write."""

from collections.abc import Callable, Iterator, Sequence

from simdeploy.errors import ImportShapeError
from simdeploy.importers import shapes
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.fields import Fields
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption, printable
from simdeploy.importers.reading import Document
from simdeploy.importers.shapes import Part
from simdeploy.importers.styles.style import Style, keys
from simdeploy.importers.templates import identities, nesting
from simdeploy.importers.templates.adapting import Adapter, attributes
from simdeploy.importers.templates.balancing import Balancing
from simdeploy.importers.templates.blue_green import BlueGreen, hooks
from simdeploy.importers.templates.identities import (
    ALARM,
    BALANCER,
    CONFIG,
    GROUP,
    SCALING,
    SERVICE,
    TARGET_GROUP,
    TASK_DEFINITION,
)
from simdeploy.importers.templates.nodes import references, tree
from simdeploy.importers.templates.parameters import refuse_unknown
from simdeploy.importers.templates.resolver import Resource, Template

LISTED = 12


def recognizes(document: Document) -> bool:
    """Return whether a document is a template."""
    if "AWSTemplateFormatVersion" in keys(document):
        return True
    return "Resources" in keys(document) and isinstance(document.data["Resources"], dict)


def parts(documents: Sequence[Document], options: Options) -> list[Part]:
    """Return the services of all templates and what belongs to them.

    Raises
    ------
    ImportShapeError
        If a template is none, if CloudFormation would refuse a value that is looked at, if a
        parameter is given that no template has, or if there is nothing to deploy.
    """
    templates = [Template(each.file, tree(each), options.parameters) for each in documents]
    files = {id(template): each for each, template in zip(documents, templates, strict=True)}

    def again(template: Template) -> Template:
        document = files[id(template.original)]
        made = Template(document.file, tree(document), options.parameters)
        made.original = template.original
        files[id(made)] = document
        return made

    templates = nesting.linked(templates, again)
    for template in templates:
        template.others = [other for other in templates if other is not template]
    refuse_unknown(options.parameters, [template.parameters for template in templates])
    found = [
        part
        for template in templates
        if not nesting.is_absent(template)
        for part in _Reader(files[id(template)], template).parts()
    ]
    if not {part.kind for part in found} - {shapes.BALANCER_ATTRIBUTES}:
        raise ImportShapeError(documents[0].file, _nothing(templates))
    return found


def _nothing(templates: list[Template]) -> str:
    """Say what a template has instead of a service."""
    resources = [each for template in templates for each in template.resources.values()]
    nested = [name for template in templates for name in template.missing]
    if nested:
        names = ", ".join(nested[:LISTED])
        return printable(f"no {SERVICE} in it; name the templates of its nested stacks: {names}")
    kinds = list(dict.fromkeys(resource.kind for resource in resources))
    return printable(f"no {SERVICE} in it; it has {', '.join(kinds[:LISTED]) or 'no resources'}")


class _Reader:
    """Makes the parts of one template."""

    def __init__(self, document: Document, template: Template) -> None:
        self.document = document
        self.template = template
        self.adapter = Adapter(template)
        self.balancing = Balancing(template)
        self.hooks = {hook.service: hook for hook in hooks(self.adapter)}

    def parts(self) -> Iterator[Part]:
        for resource in self.template.resources.values():
            make = MAKERS.get(resource.kind)
            self.adapter.notes.clear()
            if make is None or self._is_absent(resource):
                continue
            yield from make(self, resource)

    def _is_absent(self, resource: Resource) -> bool:
        """Return whether a resource is not made; if nobody can say, it is."""
        holds = self.template.is_there(resource)
        if isinstance(holds, Open):
            words = f"{resource.name} is taken for there, although its condition is open: "
            self._say(BLOCKS[resource.kind], words + holds.words)
        return holds is False

    def _say(self, path: str, words: str) -> None:
        self.adapter.notes.append(Assumption(path, "", printable(words)))

    def _adapted(self, resource: Resource, *, is_lower: bool, key: str) -> Adapted:
        """Return a resource's properties with the API's names, and its name under a key."""
        properties = self.template.properties(resource)
        found = self.adapter.adapt(properties, is_lower=is_lower)
        self.adapter.decided()
        found[key] = self.template.name(resource)
        return found

    def _part(self, kind: str, resource: Resource, found: Adapted) -> Part:
        found.notes += tuple(self.adapter.notes)
        self.adapter.notes.clear()
        return Part(kind, Fields(self.document, (resource.name,), found))

    def arn(self, resource: Resource) -> str:
        """Return the ARN that stands for a resource."""
        return identities.IDENTITIES[resource.kind].arn(self.template.name(resource))

    def service(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=True, key="serviceName")
        hook = self.hooks.get(resource.name)
        if hook is not None:
            self._deployed_by(hook, found)
        self._refuse_none(resource, found)
        for words in nesting.left_out(self.template):
            self._say("service", words)
        yield self._part(shapes.SERVICE, resource, found)
        if hook is None:
            return
        yield self._part(shapes.GROUP, resource, hook.group(found["serviceName"]))
        yield self._part(shapes.CONFIG, resource, hook.config())
        appspec = hook.appspec(found.get("taskDefinition"))
        if appspec is not None:
            yield self._part(shapes.APPSPEC, resource, appspec)

    def _deployed_by(self, hook: BlueGreen, found: Adapted) -> None:
        """Take what the hook's task set says, and CodeDeploy as the controller."""
        found["deploymentController"] = Adapted({"type": "CODE_DEPLOY"}, found.place)
        task_set = hook.task_set()
        if task_set is None:
            return
        adapted = self.adapter.adapt(task_set, is_lower=True)
        found["taskSets"] = [adapted]
        for key in ("taskDefinition", "loadBalancers"):
            if key in adapted and key not in found:
                found[key] = adapted[key]
                found.places[key] = adapted.place_of(key)

    def _refuse_none(self, resource: Resource, found: Adapted) -> None:
        """Say which parameter makes a service run no tasks."""
        if str(found.get("desiredCount")) != "0":
            return
        node = resource.node.child("Properties", "DesiredCount")
        parameters = self.template.parameters
        named = sorted(name for name in references(node) if name in parameters.declared)
        found.origins["desiredCount"] = (
            f"{', '.join(map(parameters.origin, named))}; give --parameter {named[0]}=N"
            if named
            else ""
        )

    def task(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=True, key="family")
        found["taskDefinitionArn"] = self.arn(resource)
        yield self._part(shapes.TASK_DEFINITION, resource, found)

    def target(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=False, key="TargetGroupName")
        arn = self.arn(resource)
        found["TargetGroupArn"] = arn
        found["LoadBalancerArns"] = self.balancing.of(arn)
        if shares := self.balancing.split.get(arn):
            split = "/".join(f"{share:.3g}" for share in shares)
            words = f"traffic is split {split} for good; here only during a deployment"
            self._say("target_group", words)
        yield self._part(shapes.TARGET_GROUP, resource, found)
        rest = attributes("TargetGroupArn", arn, found, "TargetGroupAttributes")
        if rest is not None:
            yield self._part(shapes.TARGET_ATTRIBUTES, resource, rest)

    def balancer(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=False, key="LoadBalancerName")
        arn = self.arn(resource)
        rest = attributes("LoadBalancerArn", arn, found, "LoadBalancerAttributes")
        if rest is not None:
            yield self._part(shapes.BALANCER_ATTRIBUTES, resource, rest)

    def alarm(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=False, key="AlarmName")
        yield self._part(shapes.ALARM, resource, found)

    def group(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=True, key="deploymentGroupName")
        yield self._part(shapes.GROUP, resource, found)

    def config(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=True, key="deploymentConfigName")
        yield self._part(shapes.CONFIG, resource, found)

    def scaling(self, resource: Resource) -> Iterator[Part]:
        found = self._adapted(resource, is_lower=False, key="ScalableTargetName")
        if self._scaled(resource, found):
            yield self._part(shapes.SCALING, resource, found)

    def _scaled(self, resource: Resource, found: Adapted) -> bool:
        """Set the service's name where only a reference says it; false if nothing does."""
        if isinstance(found.get("ResourceId"), str):
            return True
        node = resource.node.child("Properties", "ResourceId")
        resources = (self.template.resources.get(name) for name in references(node))
        services = [each for each in resources if each and each.kind == SERVICE]
        if len(services) == 1:
            found["ResourceId"] = f"service/cluster/{self.template.name(services[0])}"
        return len(services) == 1


Maker = Callable[[_Reader, Resource], Iterator[Part]]
MAKERS: dict[str, Maker] = {
    SERVICE: _Reader.service,
    TASK_DEFINITION: _Reader.task,
    TARGET_GROUP: _Reader.target,
    BALANCER: _Reader.balancer,
    ALARM: _Reader.alarm,
    GROUP: _Reader.group,
    CONFIG: _Reader.config,
    SCALING: _Reader.scaling,
}
#: The blocks of a scenario that resources of a type decide.
BLOCKS = {
    SERVICE: "service",
    TASK_DEFINITION: "service.task",
    TARGET_GROUP: "target_group",
    BALANCER: "target_group",
    ALARM: "alarms",
    GROUP: "strategies",
    CONFIG: "strategies",
    SCALING: "service.desired_count",
}
STYLE = Style(
    "CloudFormation",
    recognizes,
    parts=parts,
    desired_count=1,
    launch_type="ec2",
    takes=("parameters",),
)
