"""What a calibration has to know of the service beside its times: checks, delay, stages."""

from typing import NamedTuple

from simdeploy.distributions import Distribution
from simdeploy.scenario import Scenario
from simdeploy.scenario.load_balancer import TargetGroup
from simdeploy.scenario.service import Service
from simdeploy.strategies.shifting import Shifting


class Setting(NamedTuple):
    """A service and its target group, those of a scenario or the defaults.

    Parameters
    ----------
    service, target_group
        As a scenario has them.
    name
        Of the scenario's file; empty for the defaults.
    code_deploy
        Strategies under CodeDeploy, each with its ``controller_delay``.
    """

    service: Service
    target_group: TargetGroup
    name: str = ""
    code_deploy: tuple[tuple[str, Distribution], ...] = ()

    @property
    def whose(self) -> str:
        """Whose values these are, in words."""
        return f"in {self.name}" if self.name else "by default"

    def start_stages(self) -> tuple[Distribution, Distribution, Distribution]:
        """Return provisioning, pull and container start."""
        startup = self.service.startup
        return startup.provisioning, startup.pull_time, startup.container_start

    def boot_bound(self) -> float:
        """Return the boot, s, beyond which the service's checks have a task replaced.

        Grace period + unhealthy threshold x interval (ecs-grace-period, alb-boot-cliff).
        """
        check = self.target_group.health_check
        return self.service.health_check_grace_period + check.unhealthy_threshold * check.interval


def setting_of(scenario: Scenario | None, name: str = "") -> Setting:
    """Return what a scenario says; without one, the defaults."""
    if scenario is None:
        return Setting(Service(), TargetGroup())
    delays = tuple(
        (label, strategy.controller_delay)
        for label, strategy in scenario.resolved_strategies.items()
        if isinstance(strategy, Shifting) and strategy.controller == "code_deploy"
    )
    return Setting(scenario.service, scenario.target_group, name, delays)
