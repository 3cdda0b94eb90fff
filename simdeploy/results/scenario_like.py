"""What results read of a scenario: a protocol, because scenarios lie in a layer above results."""

# ruff: noqa: D102  (the classes say what their properties are)

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from simdeploy.distributions import Distribution
    from simdeploy.strategies import Strategy


class ReleaseLike(Protocol):
    """A release; without faults it is good. Each fault has a ``kind``."""

    @property
    def faults(self) -> Sequence[Any]: ...


class StartupLike(Protocol):
    """Start-up times of a task."""

    @property
    def boot(self) -> "Distribution": ...


class ServiceLike(Protocol):
    """A service; times in s."""

    @property
    def startup(self) -> StartupLike: ...
    @property
    def health_check_grace_period(self) -> float: ...


class HealthCheckLike(Protocol):
    """Health checks of a target group; the interval in s."""

    @property
    def healthy_threshold(self) -> int: ...
    @property
    def interval(self) -> float: ...


class TargetGroupLike(Protocol):
    """Settings of the load balancer."""

    @property
    def health_check(self) -> HealthCheckLike: ...


class EnvironmentLike(Protocol):
    """Events around the service, such as a dependency that fails."""

    @property
    def events(self) -> Sequence[Any]: ...


class OperatorLike(Protocol):
    """A person on call."""

    @property
    def first_command(self) -> str: ...
    @property
    def retry_after(self) -> float: ...


class DefaultsLike(Protocol):
    """Settings for all strategies."""

    def given(self) -> Mapping[str, Any]: ...


class TrafficLike(Protocol):
    """What users send; ``websockets`` is None where there are none."""

    @property
    def websockets(self) -> Any: ...


class ScenarioLike(Protocol):
    """A scenario as results read it; times in s."""

    @property
    def name(self) -> str: ...
    @property
    def horizon(self) -> float: ...
    @property
    def drill_after(self) -> float: ...
    @property
    def chain(self) -> Sequence[ReleaseLike]: ...
    @property
    def strategies(self) -> Mapping[str, "Strategy"]: ...
    @property
    def resolved_strategies(self) -> Mapping[str, "Strategy"]: ...
    @property
    def defaults(self) -> DefaultsLike: ...
    @property
    def service(self) -> ServiceLike: ...
    @property
    def target_group(self) -> TargetGroupLike: ...
    @property
    def traffic(self) -> TrafficLike: ...
    @property
    def environment(self) -> EnvironmentLike: ...
    @property
    def operator(self) -> OperatorLike | None: ...
