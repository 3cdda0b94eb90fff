"""Strategy base class, and the registry in which a scenario file finds a strategy by ``type``.

A strategy is parameters and a plan, nothing that runs. Write your own as a subclass of
`Strategy` with a class attribute ``type``, put `register` above it, and files may name it.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar, cast

from pydantic import ConfigDict, Field, ValidationError, model_validator

from simdeploy.distributions import Distribution, Uniform
from simdeploy.errors import StrategyError
from simdeploy.pydantic_base import Variant, did_you_mean, fault, refuse
from simdeploy.strategies.parts import (
    CONTROLLERS,
    Approval,
    CircuitBreaker,
    Gate,
    Hook,
    Name,
    StepTest,
)
from simdeploy.strategies.user_code import LONGEST_NAME, name_of, own_code, place_of, shown

#: Strategies by their ``type``, in the order of registration.
REGISTRY: dict[str, type[Variant]] = {}
CONTROLLER_DELAY = Uniform(low=5.0, high=60.0)
FLAG_PROPAGATION = Uniform(low=1.0, high=10.0)

if TYPE_CHECKING:
    default = property
else:

    class default:  # noqa: N801  a decorator
        """Attribute with a default, for which a subclass may declare a field or a class attribute.

        Unlike a `property` it lets the field's value win, and unlike a class variable it does not
        show on the class, where pydantic would warn of a field that shadows it.
        """

        def __init__(self, make: Callable[[Any], Any]) -> None:
            self.make = make
            self.__doc__ = make.__doc__

        def __get__(self, strategy: Any, owner: type) -> Any:
            if strategy is None:
                raise AttributeError(self.make.__name__)
            return self.make(strategy)


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
    """Parameters of one deployment strategy, with the names and defaults of AWS.

    What the model asks of every strategy is an attribute with a default here. A subclass may
    set it for good (``controller = "ecs"``), or declare a field, which is a key of the file then.

    ``controller: custom``, the default, is a pipeline of your own. It acts on alarms from the
    command until the plan ends; on an alarm that is red at the command, only once it was OK in
    between (``ecs`` goes without red alarms, ``code_deploy`` does as ``codedeploy_red_alarm``
    says). To roll back it sets the weights after ``controller_delay``, 5 to 60 s.
    """

    model_config = ConfigDict(ignored_types=(default,))
    KEY: ClassVar[str] = "type"
    ATTRIBUTE: ClassVar[str] = "type"
    type: ClassVar[str] = ""

    alarms: tuple[Name, ...] = Field((), description="Alarms that stop and undo the deployment.")

    @default
    def controller(self) -> str:
        """Who carries the deployment out: ``code_deploy``, ``ecs`` or ``custom``."""
        return "custom"

    @default
    def controller_delay(self) -> Distribution:
        """Time from the order to roll back until the controller changes the weights, s."""
        return CONTROLLER_DELAY

    @default
    def hooks(self) -> tuple[Hook, ...]:
        """Tests at stages of the deployment, by the number that plans use."""
        return ()

    @default
    def approval(self) -> Approval | None:
        """A person who is asked."""
        return None

    @property
    def tests(self) -> tuple[Hook | StepTest, ...]:
        """All tests by the number that plans use: hooks, then those at steps of their own."""
        return tuple(self.hooks)

    @property
    def approvals(self) -> tuple[Approval | Gate, ...]:
        """All people who are asked; plans number them after the tests."""
        return () if self.approval is None else (self.approval,)

    @default
    def circuit_breaker(self) -> CircuitBreaker:
        """ECS's deployment circuit breaker; off."""
        return CircuitBreaker()

    @default
    def bake_time(self) -> float | str:
        """Seconds that both revisions stay at the end, or ``auto``: as long as alarms need."""
        return 0.0

    @default
    def test_listener(self) -> bool:
        """Whether a test listener uses the new target group before traffic moves."""
        return True

    @default
    def first_deployment(self) -> bool:
        """Whether it is the service's first deployment under CodeDeploy."""
        return False

    @default
    def codedeploy_red_alarm(self) -> str:
        """What CodeDeploy does about an alarm that is red at the command: stop or ignore."""
        return "ignore"

    @default
    def flag_propagation(self) -> Distribution:
        """Time from setting a feature flag to its effect, s."""
        return FLAG_PROPAGATION

    @default
    def carrier(self) -> "Strategy":
        """The strategy that deploys the code: itself; for a feature flag, its ``deploy``."""
        return self

    @model_validator(mode="after")
    def _usable(self) -> Self:
        """Refuse values of a subclass's own attributes that the model could not use."""
        if not (isinstance(self.controller, str) and self.controller in CONTROLLERS):
            refuse([fault(("controller",), "unknown controller", got=self.controller,
                          allowed=did_you_mean(str(self.controller), CONTROLLERS))])  # fmt: skip
        refuse(
            fault((key,), f"must be {what}", got=value)
            for key, (is_allowed, what) in ALLOWED.items()
            if not is_allowed(value := getattr(self, key))
        )
        return self

    @classmethod
    def made(cls, block: Any) -> "Strategy":
        """Validate a block of a scenario file; what a subclass raises is a fault with its line."""
        with own_code(cls, passing=(ValidationError,)):
            strategy = super().made(block)
        if not isinstance(strategy, cls):
            file, line = place_of(cls)
            what = f"a validator must return the strategy; got {shown(strategy)}"
            raise StrategyError(f"{file}:{line}: {name_of(cls)}: {what}")
        return strategy

    @property
    def on_red_alarm(self) -> str:
        """What happens to an alarm that is red at the command: ``stop``, or the controller."""
        return "stop" if self.codedeploy_red_alarm == "stop" else self.controller

    def plan(self, context: PlanContext) -> Iterable[Step]:
        """Turn the parameters into steps: a list, or a generator that yields them in order."""
        raise NotImplementedError

    def takes(self, key: str) -> bool:
        """Return whether the controller behind this strategy has that key."""
        return key in type(self).model_fields

    def with_defaults(self, defaults: Mapping[str, Any]) -> Self:
        """Return a copy with what this strategy leaves out and its controller supports filled in.

        The circuit breaker is combined key by key.
        """
        wanted = {
            key: self.combined(key, value)
            for key, value in defaults.items()
            if self.takes(key) and (key not in self.model_fields_set or key == "circuit_breaker")
        }
        return self.model_copy(update=wanted) if wanted else self

    def combined(self, key: str, value: Any) -> Any:
        """Return a default as it holds for this strategy; its own keys win."""
        if key == "circuit_breaker" and key in self.model_fields_set:
            own = self.circuit_breaker
            return value.model_copy(
                update={name: getattr(own, name) for name in own.model_fields_set}
            )
        return value

    def resolved(self, bake_time: float) -> Self:
        """Replace ``auto`` by seconds: the bake time that the alarms ask for."""
        if self.bake_time != "auto":
            return self
        return self.model_copy(update={"bake_time": bake_time if self.alarms else 0.0})


#: Subclasses set them without an annotation, as they set ``type``.
ATTRIBUTES = frozenset(name for name, value in vars(Strategy).items() if isinstance(value, default))
Strategy.__class_vars__.update(ATTRIBUTES)


def _is_bake_time(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value == "auto" or (is_number and 0.0 <= cast("float", value) < math.inf)


def _is_made_of(kind: type) -> Callable[[object], bool]:
    def is_allowed(value: object) -> bool:
        return isinstance(value, tuple | list) and all(isinstance(one, kind) for one in value)

    return is_allowed


def _is_a(*kinds: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kinds)


#: What a subclass may set an attribute to, in words too; ``controller`` has words of its own.
ALLOWED: dict[str, tuple[Callable[[object], bool], str]] = {
    "alarms": (_is_made_of(str), "a list of names of alarms"),
    "controller_delay": (_is_a(Distribution), "a distribution"),
    "flag_propagation": (_is_a(Distribution), "a distribution"),
    "hooks": (_is_made_of(Hook), "a tuple of Hook"),
    "approval": (_is_a(Approval, type(None)), "an Approval or None"),
    "circuit_breaker": (_is_a(CircuitBreaker), "a CircuitBreaker"),
    "bake_time": (_is_bake_time, 'seconds from 0, or "auto"'),
    "test_listener": (_is_a(bool), "true or false"),
    "first_deployment": (_is_a(bool), "true or false"),
    "codedeploy_red_alarm": (lambda value: value in ("stop", "ignore"), "stop or ignore"),
    "carrier": (_is_a(Strategy), "a strategy"),
}

S = TypeVar("S", bound=type[Strategy])


def register(cls: S) -> S:
    """Let files use a strategy by its ``type``; used as a decorator.

    Raises
    ------
    StrategyError
        Without a type, or if another strategy already has it.
    """
    if not (isinstance(cls, type) and issubclass(cls, Strategy)):
        raise StrategyError(f"register is for subclasses of Strategy; got {shown(cls)}")
    if not isinstance(cls.type, str) or len(cls.type) > LONGEST_NAME:
        what = f"must be a text of at most {LONGEST_NAME} letters; got {shown(cls.type)}"
        raise StrategyError(f"{name_of(cls)}: type {what}")
    if not cls.type:
        raise StrategyError(f'{cls.__name__} needs a class attribute such as type = "careful"')
    other = REGISTRY.get(cls.type)
    if other is not None and _home(other) != _home(cls):
        raise StrategyError(f'the type "{cls.type}" is already taken by {other.__name__}')
    REGISTRY[cls.type] = cls
    return cls


def _home(cls: type) -> tuple[str, str]:
    """Return where a class is written: executing a notebook's cell again replaces its class."""
    return cls.__module__, cls.__qualname__
