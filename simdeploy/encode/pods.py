"""What is said of pods under ``platform: kubernetes``; zeros elsewhere."""

from simdeploy.errors import NotSimulatedError
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.scenario import Scenario
from simdeploy.scenario.kubernetes import KUBERNETES
from simdeploy.semantics import drain
from simdeploy.semantics.alarms import CODE_DEPLOY
from simdeploy.semantics.plan import REPLACE_PODS, SPLIT_PODS
from simdeploy.semantics.state import NEVER
from simdeploy.strategies import KubernetesRolling, Step, Strategy
from simdeploy.strategies.planning import OF_PODS
from simdeploy.strategies.pods import OnPods


def put_pods(m: ScenarioRecord, scenario: Scenario, strategy: Strategy, plan: list[Step]) -> None:
    """Probes, restarts and deletion of pods, and the deadline of a rolling update.

    Raises
    ------
    NotSimulatedError
        For a plan that replaces pods on another platform.
    """
    if scenario.platform != KUBERNETES:
        if any(step.op in OF_PODS for step in plan):
            raise NotSimulatedError("a plan that replaces pods, without platform: kubernetes")
        return
    service = scenario.service
    m.has_pods = 1
    m.controller = CODE_DEPLOY
    m.billed_minimum = 0.0
    m.sigterm = drain.AFTER_PRE_STOP
    m.pre_stop = min(service.pre_stop or 0.0, service.termination_grace_period or 0.0)
    m.ready_at_start = service.readiness is None
    m.readiness_delay = 0.0 if service.readiness is None else service.readiness.initial_delay
    if service.restart_backoff is not None:
        m.restart_first, m.restart_cap = service.restart_backoff.first, service.restart_backoff.cap
    probe = service.startup_probe
    if probe is not None:
        m.has_startup_probe = 1
        m.startup_delay, m.startup_period = probe.initial_delay, probe.period
        m.startup_failures = probe.failures
    m.progress_deadline = NEVER
    own = strategy.carrier
    if isinstance(own, KubernetesRolling | OnPods):
        m.min_ready = own.min_ready
        m.has_own_health = own.min_ready > 0.0
        m.progress_deadline = NEVER if own.progress_deadline is None else own.progress_deadline
        m.undoes_at_deadline = own.on_deadline == "undo"
    if any(step.op == SPLIT_PODS for step in plan):
        whole = [k for k, step in enumerate(plan) if step.op == REPLACE_PODS]
        m.aborts_at = whole[-1] if whole else 0
