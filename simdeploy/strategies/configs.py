"""What canary and linear share: a percent and a time, or a predefined configuration of CodeDeploy.

Facts: codedeploy-shift-configurations, codedeploy-custom-configs.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from simdeploy.pydantic_base import did_you_mean, fault, refuse
from simdeploy.strategies.shifting import USE_STEPS, Shifting
from simdeploy.units import PERCENT, Quantity, UnitError

#: (percent, seconds) of each canary and linear configuration.
CANARY: Mapping[str, tuple[float, float]] = {
    "CodeDeployDefault.ECSCanary10Percent5Minutes": (10.0, 300.0),
    "CodeDeployDefault.ECSCanary10Percent15Minutes": (10.0, 900.0),
}
LINEAR: Mapping[str, tuple[float, float]] = {
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": (10.0, 60.0),
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": (10.0, 180.0),
}
_percent = Quantity(PERCENT, high=100, above=True)


def one_percent(value: Any) -> float:
    """Parse one percent; refuse a list of percents, which no controller of AWS supports."""
    if isinstance(value, list | tuple):
        raise UnitError("must be one percent: the controller has no further steps", USE_STEPS)
    return _percent(value)


OnePercent = Annotated[float, BeforeValidator(one_percent), WithJsonSchema(_percent.json())]


def chosen(
    above: Mapping[str, Any], table: Mapping[str, tuple[float, float]], ecs: tuple[float, float]
) -> tuple[float, float]:
    """Return percent and seconds by configuration, or the controller's default.

    >>> chosen({"controller": "ecs"}, CANARY, (5.0, 600.0))
    (5.0, 600.0)
    """
    if above.get("config") in table:
        return table[above["config"]]
    return ecs if above.get("controller") == "ecs" else next(iter(table.values()))


class WithConfig(Shifting):
    """Shifts by a percent and a time, which a predefined configuration may set by its name."""

    CONFIGS: ClassVar[Mapping[str, tuple[float, float]]]
    #: The keys that a configuration sets.
    CONFIGURED: ClassVar[tuple[str, str]]

    config: str | None = Field(
        None, description="A predefined CodeDeploy configuration, by its name."
    )

    @field_validator("config", mode="before")
    @classmethod
    def _predefined(cls, config: Any) -> Any:
        if config is None or config in list(cls.CONFIGS):
            return config
        hint = f"{did_you_mean(str(config), cls.CONFIGS)}; or {' and '.join(cls.CONFIGURED)}"
        raise UnitError("is no predefined CodeDeploy configuration", hint)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.config:
            both = {k: v for k, v in self.configured.items() if k in self.model_fields_set}
            refuse(fault((key,), "cannot stand beside config", got=v) for key, v in both.items())
        return self

    @property
    def configured(self) -> dict[str, float]:
        """The percent and the seconds, by their keys."""
        return {key: getattr(self, key) for key in self.CONFIGURED}
