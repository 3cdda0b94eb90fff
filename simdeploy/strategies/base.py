"""The seam: what a strategy is, and how the file finds it by its ``type``.

A strategy is parameters and a plan, nothing that runs. Write your own as a subclass of
`Strategy` with a class attribute ``type``, put `register` above it, and files may name it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import Field

from simdeploy.errors import StrategyError
from simdeploy.pydantic_base import Variant
from simdeploy.strategies.parts import Name

#: Strategies by their ``type``, in the order of registration.
REGISTRY: dict[str, type[Variant]] = {}


class Step(NamedTuple):
    """One row of a plan: an opcode of `simdeploy.semantics.plan` and two arguments."""

    op: int
    a: float = 0.0
    b: float = 0.0


class PlanContext(NamedTuple):
    """What a plan may depend on besides the strategy's own parameters."""

    desired_count: int
    platform: str = "ecs"


class Strategy(Variant):
    """Parameters of one deployment strategy, with the names and defaults of AWS."""

    KEY: ClassVar[str] = "type"
    ATTRIBUTE: ClassVar[str] = "type"
    type: ClassVar[str] = ""

    alarms: tuple[Name, ...] = Field((), description="Alarms that stop and undo the deployment.")

    def plan(self, context: PlanContext) -> Iterable[Step]:
        """Turn the parameters into steps: a list, or one after the other with ``yield``."""
        raise NotImplementedError

    def takes(self, key: str) -> bool:
        """Tell whether the controller behind this strategy has that key."""
        return key in type(self).model_fields

    def with_defaults(self, defaults: Mapping[str, Any]) -> Self:
        """Fill in what this strategy leaves out and its controller supports."""
        wanted = {
            key: self.combined(key, value)
            for key, value in defaults.items()
            if self.takes(key) and (key not in self.model_fields_set or key in self.merged())
        }
        return self.model_copy(update=wanted) if wanted else self

    @staticmethod
    def merged() -> frozenset[str]:
        """Return the blocks whose keys combine with those of the defaults, one by one."""
        return frozenset({"circuit_breaker"})

    def combined(self, key: str, value: Any) -> Any:
        """Return a default as it holds for this strategy; its own keys win."""
        if key in self.merged() and key in self.model_fields_set:
            own: Variant = getattr(self, key)
            given = {name: getattr(own, name) for name in own.model_fields_set}
            return value.model_copy(update=given)
        return value

    def resolved(self, bake_time: float) -> Self:
        """Replace ``auto`` by seconds: the bake time that the alarms ask for."""
        if getattr(self, "bake_time", None) != "auto":
            return self
        return self.model_copy(update={"bake_time": bake_time if self.alarms else 0.0})


S = TypeVar("S", bound=type[Strategy])


def register(cls: S) -> S:
    """Let files use a strategy by its ``type``; used as a decorator.

    Raises
    ------
    StrategyError
        Without a type, or if another strategy already has it.
    """
    if not (isinstance(cls, type) and issubclass(cls, Strategy)):
        raise StrategyError(f"register is for subclasses of Strategy; got {cls!r:.60}")
    if not cls.type:
        raise StrategyError(f'{cls.__name__} needs a class attribute such as type = "careful"')
    known = REGISTRY.get(cls.type)
    if known is not None and _home(known) != _home(cls):
        raise StrategyError(f'the type "{cls.type}" is already taken by {known.__name__}')
    REGISTRY[cls.type] = cls
    return cls


def _home(cls: type) -> tuple[str, str]:
    """Return where a class is written: executing a notebook's cell again replaces its class."""
    return cls.__module__, cls.__qualname__
