"""CodeDeploy's predefined deployment configurations for ECS, and what its custom ones can say.

Facts: codedeploy-shift-configurations, codedeploy-custom-configs.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from simdeploy.pydantic_base import did_you_mean
from simdeploy.units import UnitError

#: (percent, seconds) of each canary and linear configuration.
CANARY: Mapping[str, tuple[float, float]] = {
    "CodeDeployDefault.ECSCanary10Percent5Minutes": (10.0, 300.0),
    "CodeDeployDefault.ECSCanary10Percent15Minutes": (10.0, 900.0),
}
LINEAR: Mapping[str, tuple[float, float]] = {
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": (10.0, 60.0),
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": (10.0, 180.0),
}


def known(config: Any, names: Iterable[str], other: str) -> Any:
    """Refuse a configuration that CodeDeploy does not have for this strategy."""
    if config is None or config in names:
        return config
    hint = did_you_mean(str(config), names)
    raise UnitError("is no predefined CodeDeploy configuration", f"{hint}; or {other}")


def chosen(
    above: Mapping[str, Any], table: Mapping[str, tuple[float, float]], ecs: tuple[float, float]
) -> tuple[float, float]:
    """Percent and seconds by configuration, or the controller's default.

    >>> chosen({"controller": "ecs"}, CANARY, (5.0, 600.0))
    (5.0, 600.0)
    """
    if above.get("config") in table:
        return table[above["config"]]
    return ecs if above.get("controller") == "ecs" else next(iter(table.values()))
