"""Which resource a reference in a Terraform configuration means.

A plan does not know the ARN of what it creates, but its configuration says of which resource it is
taken: directly, through a module's variable, or through a module's output. References through
locals are not in the plan, so that they lead nowhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simdeploy.importers.styles.terraform_walk import ALIASES, Resource, block, blocks

STEP = re.compile(r"(?:^|\.)([\w-]+)|\[(\d+|\"(?:[^\"\\]|\\.)*\")\]")
FOR_EACH = "for_each_expression"
#: Chains of modules are short; a plan that was tampered with may go in circles.
DEEPEST = 30


class Meant(NamedTuple):
    """A resource of the configuration, and the keys that the reference names on its way."""

    modules: tuple[str, ...]
    type: str
    name: str
    keys: tuple[str, ...]


class Step(NamedTuple):
    """A reference, the module in which it stands, keys on the way to it, and what ``each`` is."""

    modules: tuple[str, ...]
    name: str
    keys: tuple[str, ...]
    each: Any


@dataclass(frozen=True)
class References:
    """A plan's configuration; empty for a state, which knows every value.

    Parameters
    ----------
    root
        The root module of the configuration.
    resources
        The instances to choose among.
    """

    root: Mapping[str, Any]
    resources: tuple[Resource, ...] = field(repr=False)

    def expression(self, resource: Resource, *path: str | int) -> Any:
        """Return what the configuration says of an attribute of a resource, if it does."""
        return _at(self._configured(resource).get("expressions"), path)

    def meant(self, resource: Resource, expression: Any, kind: str) -> list[Resource]:
        """Return the instances of a type that an expression of a resource refers to."""
        each = self._configured(resource).get(FOR_EACH)
        steps = [Step(resource.modules, name, (), each) for name in _named(expression)]
        return self._reached(steps, resource, kind)

    def through_module(self, resource: Resource, words: str, kind: str) -> list[Resource]:
        """Return the instances that the variables of a resource's module refer to.

        Blocks that are made by ``dynamic`` are not in the configuration's expressions; they take
        their values from a variable of the module, which mostly has the block's name.
        """
        if not resource.modules:
            return []
        above, name = resource.modules[:-1], resource.modules[-1]
        call = _call(self._module(above), name)
        given = block(call.get("expressions"))
        for pool in ([key for key in given if words in key], list(given)):
            named = [name for key in pool for name in _named(given[key])]
            steps = [Step(above, name, (), call.get(FOR_EACH)) for name in named]
            if found := self._reached(steps, resource, kind):
                return found
        return []

    def _configured(self, resource: Resource) -> dict[str, Any]:
        """Return the resource of the configuration that an instance was made of."""
        for one in blocks(self._module(resource.modules).get("resources")):
            kind = ALIASES.sub("aws_lb", str(one.get("type")))
            is_its = (kind, one.get("name")) == (resource.type, resource.name)
            if is_its and one.get("mode") == "managed":
                return one
        return {}

    def _module(self, modules: Iterable[str]) -> Mapping[str, Any]:
        here = self.root
        for name in modules:
            here = block(_call(here, name).get("module"))
        return here

    def _reached(self, steps: list[Step], asking: Resource, kind: str) -> list[Resource]:
        """Follow references to their ends, each once, and return the instances of a type."""
        found: dict[str, Resource] = {}
        seen: set[tuple[tuple[str, ...], str]] = set()
        for step in steps:
            if (step.modules, step.name) in seen or len(step.modules) > DEEPEST:
                continue
            seen.add((step.modules, step.name))
            steps.extend(self._next(step))
            words, keys = _steps(step.name)
            if len(words) > 1 and ALIASES.sub("aws_lb", words[0]) == kind:
                meant = Meant(step.modules, kind, words[1], (*keys, *step.keys))
                found |= {one.address: one for one in self._instances(meant, asking)}
        return list(found.values())

    def _next(self, step: Step) -> Iterator[Step]:
        """Yield what a reference leads to: through a variable, an output, or ``for_each``."""
        words, own = _steps(step.name)
        keys = (*own, *step.keys)
        if words[0] == "each":
            yield from (Step(step.modules, name, keys, None) for name in _named(step.each))
        elif words[0] == "var" and step.modules and len(words) > 1:
            above = step.modules[:-1]
            call = _call(self._module(above), step.modules[-1])
            given = block(call.get("expressions")).get(words[1])
            yield from (Step(above, name, keys, call.get(FOR_EACH)) for name in _named(given))
        elif words[0] == "module" and len(words) > 1:
            below = (*step.modules, words[1])
            outputs = block(self._module(below).get("outputs"))
            for output in words[2:3] or list(outputs):
                inner = block(outputs.get(output)).get("expression")
                yield from (Step(below, name, keys, None) for name in _named(inner))

    def _instances(self, meant: Meant, asking: Resource) -> list[Resource]:
        """Return the instances of a resource that one of another may refer to, by their keys."""
        all_ = [
            one
            for one in self.resources
            if (one.modules, one.type, one.name) == (meant.modules, meant.type, meant.name)
        ]
        tests: tuple[Callable[[Resource], bool], ...] = (
            lambda one: str(one.index) in meant.keys,
            lambda one: (one.module, one.index) == (asking.module, asking.index),
            lambda one: one.module == asking.module,
            lambda one: bool(one.module) and asking.module.startswith(one.module),
            lambda one: one.index is not None and one.index == asking.index,
        )
        for suits in tests:
            all_ = [one for one in all_ if suits(one)] or all_
        return all_


def _call(module: Mapping[str, Any], name: str) -> dict[str, Any]:
    return block(block(module.get("module_calls")).get(name))


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = block(value).get(step)
    return value


def _named(expression: Any) -> Iterator[str]:
    """Yield the references of an expression, only the longest of each chain."""
    names = block(expression).get("references")
    last = ""
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and name != last and not last.startswith((f"{name}.", f"{name}[")):
            yield name
            last = name


def _steps(name: str) -> tuple[list[str], tuple[str, ...]]:
    """Split a reference into names and keys.

    >>> _steps('module.alb.groups["ex"].arn')
    (['module', 'alb', 'groups', 'arn'], ('ex',))
    """
    words, keys = [], []
    for match in STEP.finditer(name):
        if match[1]:
            words.append(match[1])
        else:
            keys.append(match[2].strip('"'))
    return words or [name], tuple(keys)
