"""A template's resolved objects with the names of AWS's API: the first letter lower for ECS."""

import re
from typing import Any

from simdeploy.importers.adapted import PARAMETERS, Adapted, Open
from simdeploy.importers.page import Assumption, printable
from simdeploy.importers.templates.resolver import Located, Template

CAPITALS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]")
#: Lists of which an import reads every entry, and the block of a scenario that depends on it.
LISTS = {
    "AlarmNames": "alarms",
    "Alarms": "alarms",
    "CapacityProviderStrategy": "service.launch_type",
    "ContainerDefinitions": "service",
    "LifecycleHooks": "defaults.hooks",
    "LoadBalancerAttributes": "target_group",
    "LoadBalancers": "target_group",
    "Metrics": "alarms",
    "TargetGroupAttributes": "target_group",
    "TargetGroups": "target_group",
}
#: What notes speak of, by the property at which something was decided.
BLOCKS = {
    **LISTS,
    "AdvancedConfiguration": "target_group",
    "DeploymentCircuitBreaker": "defaults.circuit_breaker",
    "DeploymentConfiguration": "strategies",
    "HealthCheck": "service.container_health_check",
}


def lowered(key: str) -> str:
    """Return a property's name as the API of ECS and CodeDeploy has it.

    >>> lowered("DesiredCount"), lowered("ECSServices"), lowered("Ec2TagFilters")
    ('desiredCount', 'ecsServices', 'ec2TagFilters')
    """
    match = CAPITALS.match(key)
    return match[0].lower() + key[match.end() :] if match else key


class Adapter:
    """Makes API objects of a resource's properties, and keeps what is to be said about them.

    Parameters
    ----------
    template
        The template.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.notes: list[Assumption] = []

    def place(self, line: int) -> str:
        """Return file and line."""
        return f"{self.template.file}:{line}"

    def adapt(self, found: Located, *, is_lower: bool) -> Adapted:
        """Return an object with the API's names, and all below it."""
        content: dict[str, Any] = {}
        places: dict[str, str] = {}
        for key, value in found.items():
            name = lowered(key) if is_lower else key
            content[name] = self._value(key, value, found.lines[key], is_lower=is_lower)
            places[name] = self.place(found.lines[key])
        return Adapted(content, self.place(found.line), places)

    def _value(self, key: str, value: Any, line: int, *, is_lower: bool) -> Any:
        if isinstance(value, Located):
            return self.adapt(value, is_lower=is_lower)
        if isinstance(value, list):
            items = [self._value("", item, line, is_lower=is_lower) for item in value]
            for item in items:
                if isinstance(item, Open) and key in LISTS:
                    self.notes.append(Assumption(LISTS[key], "", f"left out: {item.words}"))
            return [item for item in items if not isinstance(item, Open)]
        return value

    def decided(self) -> None:
        """Take over what the template decided, and which parameters' defaults it used."""
        for name, value in self.template.defaults.items():
            if value == "":
                continue  # what is off by default decides nothing
            self.notes.append(Assumption(PARAMETERS, "", printable(f"{name}={value[:40]}")))
        self.template.defaults.clear()
        for note in self.template.notes:
            if note.key in BLOCKS:
                words = f"line {note.line}: {note.words}"
                self.notes.append(Assumption(BLOCKS[note.key], "", words))
        self.template.notes.clear()


def attributes(arn_key: str, arn: str, found: Adapted, key: str) -> Adapted | None:
    """Return the attributes of a target group or balancer as AWS describes them, None if none."""
    items = found.get(key)
    if not isinstance(items, list) or not items:
        return None
    return Adapted({arn_key: arn, "Attributes": items}, found.place_of(key))
