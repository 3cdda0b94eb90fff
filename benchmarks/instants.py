"""How many instants a run has, and how many of them change nothing that a rate depends on."""

from typing import Any, NamedTuple

from simdeploy.engines import encoded
from simdeploy.engines.process.service import Service, baseline
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import Scenario

RELEASE = 0
#: What a look may change: rates, the fleet, the plan.
WATCHED = (
    "rates", "alive", "starting", "healthy", "sick", "draining", "healthy_targets",
    "eligible_weight", "phase", "step", "new_weight", "rollback_reason", "breaker_failures",
)  # fmt: skip


class Instants(NamedTuple):
    """Instants a run, and the share of them after which everything is as before."""

    per_run: float
    still: float

    def words(self) -> str:
        """Return both as words.

        >>> Instants(39.25, 0.5).words()
        '39.2 instants a run, 50 % of them still'
        """
        return f"{self.per_run:.1f} instants a run, {self.still:.0%} of them still".replace(
            "%", " %"
        )


class Watched(Service):
    """A run that counts its looks."""

    looks = 0
    still = 0
    before: Any = None

    def look(self) -> None:
        """Look, and compare what there is with what there was."""
        super().look()
        values = [getattr(self.state.world, name) for name in WATCHED]
        now = [list(value) if isinstance(value, list) else value for value in values]
        self.looks += 1
        self.still += now == self.before
        self.before = now


def instants(scenarios: list[Scenario], strategy: str = "rolling", runs: int = 2) -> Instants:
    """Count the instants of some runs of each scenario, by the process engine."""
    looks = still = 0
    for scenario in scenarios:
        model = plain(encoded(scenario, strategy, "release"), SCENARIO)
        for k in range(runs):
            service = Watched(model, 1, k, RELEASE, baseline(model, 1, k).points)
            service.run()
            looks += service.looks
            still += service.still
    return Instants(looks / (runs * len(scenarios)), still / looks)
