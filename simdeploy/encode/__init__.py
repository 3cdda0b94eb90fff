"""Encodes a strategy of a scenario as one record of numbers, which both engines read."""

from typing import cast

import numpy as np

from simdeploy.encode.detection import put_watchers
from simdeploy.encode.distribution_rows import Draws
from simdeploy.encode.environment import put_events, put_traffic
from simdeploy.encode.latency import Paces, put_levels
from simdeploy.encode.pods import put_pods
from simdeploy.encode.record_fields import Fields
from simdeploy.encode.release import put_release
from simdeploy.encode.service import put_balancer, put_draws, put_service, refuse_endless
from simdeploy.encode.strategy import put_strategy
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.scenario import Scenario
from simdeploy.strategies import PlanContext
from simdeploy.strategies.planning import planned

__all__ = ["encode"]

#: The type of a scenario record, worked out once.
DTYPE = SCENARIO.dtype


def encode(scenario: Scenario, name: str, *, twin: bool = False) -> ScenarioRecord:
    """One strategy of a scenario as a scenario record.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns.
    name : str
        A strategy of it.
    twin : bool
        Leave out the release's faults.

    Raises
    ------
    NotSimulatedError
        Where the scenario needs more room than the engines have.
    """
    refuse_endless(scenario)
    strategy = scenario.resolved_strategies[name]
    plan = planned(strategy, PlanContext(scenario.service.desired_count, scenario.platform))
    record = np.zeros(1, DTYPE).view(np.recarray)
    m = cast("ScenarioRecord", Fields(record.view(np.ndarray)[0]))
    put_service(m, scenario)
    put_balancer(m, scenario)
    draws = Draws(m)
    put_draws(draws, scenario, strategy)
    put_watchers(m, draws, scenario, strategy)
    put_strategy(m, draws, scenario, strategy, plan)
    put_pods(m, scenario, strategy, plan)
    paces = Paces(m, scenario)
    put_traffic(m, scenario, paces)
    put_chain(m, draws, paces, scenario, twin=twin)
    put_levels(m, scenario)
    put_events(m, draws, scenario, strategy)
    return cast("ScenarioRecord", record[0])


def put_chain(
    m: ScenarioRecord, draws: Draws, paces: Paces, scenario: Scenario, *, twin: bool
) -> None:
    """Every release; the first has no faults, as it is the release that serves at the command."""
    if len(scenario.chain) >= constants.GENERATIONS:
        raise NotSimulatedError(f"releases: more than {constants.GENERATIONS - 1}")
    m.n_releases = len(scenario.chain)
    put_release(m, draws, paces, scenario, 0, ())
    for k, release in enumerate(scenario.chain, 1):
        put_release(m, draws, paces, scenario, k, () if twin else release.effective_faults)
