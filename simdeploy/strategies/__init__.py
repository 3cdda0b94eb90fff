"""Strategies: one page each, from parameters to a plan; `register` adds your own."""

from simdeploy.strategies.base import REGISTRY, PlanContext, Step, Strategy, register
from simdeploy.strategies.blue_green import BlueGreen
from simdeploy.strategies.canary import Canary
from simdeploy.strategies.feature_flag import FeatureFlag
from simdeploy.strategies.kubernetes_rolling import KubernetesRolling
from simdeploy.strategies.linear import Linear
from simdeploy.strategies.parts import (
    Approval,
    CircuitBreaker,
    Gate,
    GatedStep,
    Hook,
    StepTest,
    TrafficStep,
)
from simdeploy.strategies.recreate import Recreate
from simdeploy.strategies.rolling import Rolling
from simdeploy.strategies.shifting import Shifting
from simdeploy.strategies.steps import (
    await_healthy,
    bake,
    hook,
    replace_tasks,
    shift_traffic,
    start_new_tasks,
    stop_old_tasks,
    test_traffic,
    wait,
)
from simdeploy.strategies.traffic_steps import TrafficSteps

__all__ = [
    "REGISTRY",
    "Approval",
    "BlueGreen",
    "Canary",
    "CircuitBreaker",
    "FeatureFlag",
    "Gate",
    "GatedStep",
    "Hook",
    "KubernetesRolling",
    "Linear",
    "PlanContext",
    "Recreate",
    "Rolling",
    "Shifting",
    "Step",
    "StepTest",
    "Strategy",
    "TrafficStep",
    "TrafficSteps",
    "await_healthy",
    "bake",
    "hook",
    "register",
    "replace_tasks",
    "shift_traffic",
    "start_new_tasks",
    "stop_old_tasks",
    "test_traffic",
    "wait",
]
