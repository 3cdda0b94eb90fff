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
#: Chains of modules are short; a plan that was tampered with may go in circles.
DEEPEST = 30


class Meant(NamedTuple):
    """A resource of the configuration, and the keys that the reference names on its way."""

    modules: tuple[str, ...]
    type: str
    name: str
    keys: tuple[str, ...]


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
        module = self._module(resource.modules)
        for one in blocks(module.get("resources")):
            kind = ALIASES.sub("aws_lb", str(one.get("type")))
            if (kind, one.get("name"), one.get("mode")) == (
                resource.type,
                resource.name,
                "managed",
            ):
                return _at(one.get("expressions"), path)
        return None

    def meant(self, resource: Resource, expression: Any, kind: str) -> list[Resource]:
        """Return the instances of a type that an expression of a resource refers to."""
        found: dict[str, Resource] = {}
        for name in _named(expression):
            for meant in self._follow(resource.modules, name, (), DEEPEST):
                if meant.type == kind:
                    found |= {one.address: one for one in self._instances(meant, resource)}
        return list(found.values())

    def through_module(self, resource: Resource, words: str, kind: str) -> list[Resource]:
        """Return the instances that the variables of a resource's module refer to.

        Blocks that are made by ``dynamic`` are not in the configuration's expressions; they take
        their values from a variable of the module, which mostly has the block's name.
        """
        if not resource.modules:
            return []
        *above, call = resource.modules
        given = block(_call(self._module(tuple(above)), call).get("expressions"))
        like = {key: value for key, value in given.items() if words in key}
        found: dict[str, Resource] = {}
        for expression in (like or given).values():
            for name in _named(expression):
                for meant in self._follow(tuple(above), name, (), DEEPEST):
                    if meant.type == kind:
                        found |= {one.address: one for one in self._instances(meant, resource)}
        return list(found.values())

    def _module(self, modules: Iterable[str]) -> Mapping[str, Any]:
        here = self.root
        for name in modules:
            here = block(_call(here, name).get("module"))
        return here

    def _follow(
        self, modules: tuple[str, ...], name: str, keys: tuple[str, ...], left: int
    ) -> Iterator[Meant]:
        words, own = _steps(name)
        keys = (*own, *keys)
        if not left or len(words) < 2:
            return
        if words[0] == "var" and modules:
            *above, call = modules
            given = block(_call(self._module(above), call).get("expressions"))
            for inner in _named(given.get(words[1])):
                yield from self._follow(tuple(above), inner, keys, left - 1)
        elif words[0] == "module":
            below = (*modules, words[1])
            outputs = block(self._module(below).get("outputs"))
            chosen = words[2:3] or list(outputs)
            for output in chosen:
                for inner in _named(block(outputs.get(output)).get("expression")):
                    yield from self._follow(below, inner, keys, left - 1)
        elif words[0] != "data":
            yield Meant(modules, ALIASES.sub("aws_lb", words[0]), words[1], keys)

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
        if isinstance(name, str) and not (last.startswith(name) and last[len(name)] in ".["):
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
    return words, tuple(keys)
