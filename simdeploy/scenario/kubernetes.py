"""What ``platform: kubernetes`` takes and what it does not, and the defaults that follow from it.

A key that would have no effect is refused by its name: those of ECS and of its load balancer
there, those of pods elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import InitErrorDetails

from simdeploy.distributions import Constant, Uniform
from simdeploy.model.registry import ALARM_METRICS
from simdeploy.pydantic_base import Block, Path, fault
from simdeploy.scenario.detection import Alarm, Operator
from simdeploy.scenario.events import Environment
from simdeploy.scenario.load_balancer import HealthCheck, TargetGroup
from simdeploy.scenario.pods import RestartBackoff
from simdeploy.scenario.service import Service
from simdeploy.strategies import FeatureFlag, KubernetesRolling, Recreate, Strategy, TrafficSteps
from simdeploy.strategies.blue_green import BlueGreen
from simdeploy.strategies.defaults import Defaults
from simdeploy.strategies.pods import OnPods

KUBERNETES = "kubernetes"
#: Keys of the service that only pods have.
OF_PODS = (
    "readiness", "startup_probe", "restart_backoff", "pre_stop", "termination_grace_period",
    "endpoint_propagation",
)  # fmt: skip
#: Keys of the service that pods do not have, and what stands in for them.
OF_ECS: Mapping[str, str] = {
    "sigterm": "a pod has SIGTERM after pre_stop",
    "stop_timeout": "use termination_grace_period, which counts from the deletion",
    "health_check_grace_period": "no probe of readiness ever replaces a pod",
    "launch_type": "it is for ECS",
    "scheduler_tick": "the controllers react at once",
    "control_plane": "the controllers react at once",
    "draining_counts_to_maximum": "terminating pods never count",
    "launch_rate": "there is no limit",
    "launch_burst": "there is no limit",
    "start_backoff": "use restart_backoff",
    "stop_before_start": "use max_surge and max_unavailable",
    "replace_with_same_revision": "each replica set replaces its own pods",
    "load_balancer": "a Service sends requests to the pods that are ready",
    "container_health_check": "use readiness and startup_probe",
}
#: Of the target group, what routers of Kubernetes have as well.
OF_ROUTERS = ("algorithm", "weight_propagation")
#: Keys of settings for all strategies, or of recreate, that only ECS has.
OF_CONTROLLER = ("circuit_breaker", "bake_time")
#: Keys of strategies that have no effect on pods.
IDLE = frozenset({*OF_CONTROLLER, "first_deployment", "codedeploy_red_alarm"})
TYPES = (KubernetesRolling, Recreate, BlueGreen, TrafficSteps, FeatureFlag)
ALLOWED = (
    "allowed: kubernetes_rolling, recreate, blue_green and traffic_steps with controller: custom, "
    "feature_flag with such a blue_green"
)
#: Nothing cuts a silent connection, s.
NO_IDLE = 1e9
#: No check replaces a pod.
FOREVER = float("inf")


def controller_on(platform: str, strategy: Strategy) -> str:
    """Return who carries a strategy out: on Kubernetes, what is ECS's elsewhere is not.

    >>> controller_on("ecs", Recreate()), controller_on("kubernetes", Recreate())
    ('ecs', 'custom')
    """
    return "custom" if platform == KUBERNETES else strategy.controller


def on_red_alarm(platform: str, strategy: Strategy) -> str:
    """Return what happens to an alarm that is red at the command: ``stop``, or the controller.

    >>> on_red_alarm("kubernetes", Recreate())
    'custom'
    """
    word = strategy.on_red_alarm
    return word if word == "stop" else controller_on(platform, strategy)


def is_of_pods(path: str) -> bool:
    """Return whether the value at a dotted path of a scenario has an effect on pods.

    >>> is_of_pods("service.pre_stop"), is_of_pods("target_group.fail_open")
    (True, False)
    >>> is_of_pods("strategies.it.circuit_breaker.enable")
    False
    >>> is_of_pods("strategies.it.deploy.first_deployment"), is_of_pods("strategies.it.min_ready")
    (False, True)
    """
    block, _, rest = path.partition(".")
    key, _, below = rest.partition(".")
    if block == "service":
        return key not in OF_ECS
    if block == "target_group":
        return key in OF_ROUTERS
    return block != "strategies" or IDLE.isdisjoint(below.split("."))


def pod_defaults(service: Service) -> dict[str, Any]:
    """Return the values of a service's keys that follow from the platform."""
    grace = 30.0 if service.termination_grace_period is None else service.termination_grace_period
    hook = min(service.pre_stop or 0.0, grace)
    return {
        "scheduler_tick": 0.0,
        "health_check_grace_period": FOREVER,
        "stop_timeout": grace - hook,
        "termination_grace_period": grace,
        "pre_stop": service.pre_stop or 0.0,
        "endpoint_propagation": service.endpoint_propagation or Uniform(low=1.0, high=3.0),
        "restart_backoff": service.restart_backoff or RestartBackoff(),
        "startup": {"provisioning": Constant(value=1.0), "container_start": Constant(value=1.0)},
    }


def pod_group(service: Service) -> dict[str, Any]:
    """Return the readiness probe and the endpoints of a Service as those of a target group."""
    group: dict[str, Any] = {
        "fail_open": False,
        "deregistration_delay": 0.0,
        "deregistration_propagation": service.endpoint_propagation,
        "idle_timeout": NO_IDLE,
    }
    probe = service.readiness
    if probe is not None:
        group["health_check"] = HealthCheck.model_construct(
            interval=probe.period,
            timeout=probe.timeout,
            healthy_threshold=probe.successes,
            unhealthy_threshold=probe.failures,
            initial_passes=probe.successes,
            depth=probe.depth,
            first_check=Uniform(low=0.0, high=probe.period),
            queued=False,
        )
    return group


def platform_faults(
    platform: str,
    service: Service,
    group: TargetGroup,
    strategies: Mapping[str, Strategy],
) -> Iterator[InitErrorDetails]:
    """Find keys and strategies that another platform has."""
    given = service.model_fields_set
    if platform != KUBERNETES:
        what = "is a key of platform: kubernetes"
        yield from (fault(("service", key), what, show=False) for key in OF_PODS if key in given)
        for name, strategy in strategies.items():
            yield from _pod_faults(strategy, ("strategies", name))
        return
    for key, instead in OF_ECS.items():
        if key in given:
            yield fault(("service", key), "is no key of platform: kubernetes", show=False,
                        allowed=instead)  # fmt: skip
    yield from _group_faults(group)
    for name, strategy in strategies.items():
        yield from _strategy_faults(strategy, ("strategies", name))


def _pod_faults(strategy: Strategy, path: Path) -> Iterator[InitErrorDetails]:
    """Find a strategy, or keys of one, that only pods have."""
    if isinstance(strategy, FeatureFlag):
        yield from _pod_faults(strategy.deploy, (*path, "deploy"))
    elif isinstance(strategy, KubernetesRolling):
        yield fault((*path, "type"), "is for platform: kubernetes", got=strategy.type)
    elif isinstance(strategy, OnPods):
        for key in strategy.OF_PODS:
            if key in strategy.model_fields_set:
                yield fault((*path, key), "is a key of platform: kubernetes", show=False)


def _group_faults(group: TargetGroup) -> Iterator[InitErrorDetails]:
    for key in sorted(group.model_fields_set - {*OF_ROUTERS}):
        if key != "slow_start" or group.slow_start > 0.0:
            yield fault(("target_group", key), "is no key of platform: kubernetes", show=False,
                        allowed="use service.readiness, endpoint_propagation")  # fmt: skip


def _strategy_faults(strategy: Strategy, path: Path) -> Iterator[InitErrorDetails]:
    if not isinstance(strategy, TYPES):
        yield fault((*path, "type"), "is not for platform: kubernetes", got=strategy.type,
                    allowed=ALLOWED)  # fmt: skip
    elif isinstance(strategy, FeatureFlag):
        yield from _strategy_faults(strategy.deploy, (*path, "deploy"))
    elif isinstance(strategy, BlueGreen | TrafficSteps) and strategy.controller != "custom":
        yield fault((*path, "controller"), "must be custom on platform: kubernetes",
                    got=strategy.controller)  # fmt: skip
    if isinstance(strategy, Recreate):
        yield from _controller_faults(strategy, path)


def _controller_faults(block: Block, path: Path) -> Iterator[InitErrorDetails]:
    for key in OF_CONTROLLER:
        if key in block.model_fields_set:
            yield fault((*path, key), "is ECS's, not for platform: kubernetes", show=False)


def surroundings_faults(
    alarms: Sequence[Alarm], defaults: Defaults, environment: Environment, operator: Operator | None
) -> Iterator[InitErrorDetails]:
    """Find what has no counterpart on Kubernetes in what surrounds a deployment."""
    for i, alarm in enumerate(alarms):
        if ALARM_METRICS[alarm.metric].of_balancer:
            yield fault(("alarms", i, "metric"), "is published by AWS's load balancer only",
                        got=alarm.metric)  # fmt: skip
    yield from _controller_faults(defaults, ("defaults",))
    for i, event in enumerate(environment.events):
        path = ("environment", "events", i)
        if event.tag() == "health_signal_missing":
            yield fault((*path, "kind"), "has no counterpart on platform: kubernetes",
                        got=event.tag())  # fmt: skip
        for key in ("fails_after", "counts_for_breaker"):
            if key in event.model_fields_set:
                yield fault((*path, key), "is ECS's: on platform: kubernetes a pod waits",
                            show=False)  # fmt: skip
    if operator is not None and operator.first_command == "image_gone":
        yield fault(("operator", "first_command"), "is not modeled on platform: kubernetes",
                    got="image_gone")  # fmt: skip
