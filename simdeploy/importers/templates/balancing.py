"""Listeners and their rules: which balancer sends a target group its requests, and what shares."""

from collections.abc import Iterator
from typing import Any

from simdeploy.importers.adapted import Open
from simdeploy.importers.templates.identities import BALANCER, LISTENER, RULE
from simdeploy.importers.templates.resolver import Located, Template

Shares = list[tuple[str, float]]


class Balancing:
    """What the listeners of a template say.

    Attributes
    ----------
    balancers : dict
        The ARNs of balancers by the ARN of a target group.
    split : dict
        Shares in percent, by the ARN of a target group whose requests are split for good.
    """

    def __init__(self, template: Template) -> None:
        self._template = template
        self.balancers: dict[str, list[str]] = {}
        self.split: dict[str, list[float]] = {}
        self._of_listener: dict[str, str] = {}
        for kind, key, actions in (
            (LISTENER, "LoadBalancerArn", "DefaultActions"),
            (RULE, "ListenerArn", "Actions"),
        ):
            for name, properties in self._properties(kind):
                self._add(name, kind, properties.get(key), properties.get(actions))
        self.all = [
            template.reference(resource.node, resource.name)
            for resource in template.resources.values()
            if resource.kind == BALANCER and template.is_there(resource) is not False
        ]

    def of(self, target: str) -> list[str]:
        """Return the balancers of a target group; the only balancer, if no listener says."""
        known = self.balancers.get(target, [])
        only = [str(arn) for arn in self.all] if len(self.all) == 1 else []
        return known or only

    def _properties(self, kind: str) -> Iterator[tuple[str, Located]]:
        for name, resource in self._template.resources.items():
            if resource.kind == kind and self._template.is_there(resource) is not False:
                yield name, self._template.properties(resource)

    def _add(self, name: str, kind: str, above: Any, actions: Any) -> None:
        balancer = above if kind == LISTENER else self._of_listener.get(str(above))
        if kind == LISTENER:
            own = self._template.reference(self._template.resources[name].node, name)
            self._of_listener[str(own)] = str(balancer)
        for shares in _forwards(actions):
            used = [target for target, share in shares if share > 0]
            for target, _ in shares:
                if isinstance(balancer, str):
                    known = self.balancers.setdefault(target, [])
                    known.extend([balancer] if balancer not in known else [])
                if len(used) > 1:
                    total = sum(share for _, share in shares)
                    self.split[target] = [100 * share / total for _, share in shares if share > 0]


def _forwards(actions: Any) -> Iterator[Shares]:
    """Yield the target groups of each action that forwards, with their weights."""
    for action in actions if isinstance(actions, list) else ():
        if not isinstance(action, dict) or isinstance(action, Open):
            continue
        config = action.get("ForwardConfig")
        groups = config.get("TargetGroups") if isinstance(config, dict) else None
        if isinstance(groups, list) and groups:
            yield [
                (str(group.get("TargetGroupArn")), _weight(group.get("Weight")))
                for group in groups
                if isinstance(group, dict)
            ]
        elif isinstance(action.get("TargetGroupArn"), str):
            yield [(action["TargetGroupArn"], 1.0)]


def _weight(value: Any) -> float:
    """Return a weight; a group of which none is known gets requests as the others do not."""
    text = str(value)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
