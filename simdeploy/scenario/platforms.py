"""Defaults that follow from platform, launch type and control plane.

What a file sets stands. What it leaves out is what was observed on ECS, on Fargate or on EC2;
under ``platform: custom`` and ``control_plane: instant`` AWS itself takes no time.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from simdeploy.distributions import Constant, Uniform
from simdeploy.pydantic_base import Block
from simdeploy.scenario.events import Environment, RegistryDown
from simdeploy.scenario.kubernetes import KUBERNETES, pod_defaults, pod_group
from simdeploy.scenario.load_balancer import HealthCheck, TargetGroup
from simdeploy.scenario.service import Service

AnyBlock = TypeVar("AnyBlock", bound=Block)
NOTHING = Constant(value=0.0)
#: A control plane that takes no time: only the scheduler's orders wait for a look.
AT_ONCE: Mapping[str, Any] = {
    "scheduler_tick": 5.0,
    "draining_counts_to_maximum": False,
    "start_backoff": {"pauses": (Constant(value=10.0),), "after_running": NOTHING},
    "control_plane": {
        "steps": "at_once",
        "look_jitter": 0.0,
        "command": NOTHING,
        "left_group": NOTHING,
        "exit_noticed": NOTHING,
        "replace": {
            "sick": NOTHING,
            "killed": NOTHING,
            "died": NOTHING,
            "container_check": NOTHING,
        },
    },
}
#: What differs from Fargate on EC2, where an agent of ECS's own starts and stops tasks.
ON_EC2: Mapping[str, Any] = {
    "scheduler_tick": 3.0,
    "control_plane": {"command": Constant(value=5.0), "exit_noticed": Constant(value=0.5)},
}
#: Start stages on EC2: no network interface is created, and the image is there.
EC2_START: Mapping[str, Any] = {
    "provisioning": Constant(value=1.0),
    "container_start": Constant(value=1.0),
}
EC2_PULL = Constant(value=2.0)
#: An attempt to pull from a dead registry under a control plane that takes no time.
GIVES_UP = Constant(value=60.0)


def with_defaults(block: AnyBlock, defaults: Mapping[str, Any]) -> AnyBlock:
    """Return a block with other defaults where no value was set, also in the blocks below it."""
    changed = {}
    for name, value in defaults.items():
        if isinstance(value, Mapping):
            changed[name] = with_defaults(getattr(block, name), value)
        elif name not in block.model_fields_set:
            changed[name] = value
    copy = block.model_copy()
    copy.__dict__.update(changed)
    return copy


def is_instant(platform: str, service: Service) -> bool:
    """Return whether AWS itself takes no time."""
    return platform in ("custom", KUBERNETES) or service.control_plane.instant


def settled_service(platform: str, service: Service) -> Service:
    """Return the service with the defaults of its platform and launch type."""
    if service.launch_type == "ec2":
        startup = with_defaults(service.startup, EC2_START)
        if not {"pull", "pull_mb_per_s", "image_mb"} & startup.model_fields_set:
            startup = with_defaults(startup, {"pull": EC2_PULL})
        service = _with(service, startup=startup)
    if platform == KUBERNETES:
        # Of two defaults the later one holds: pods wait for no look at all.
        return with_defaults(with_defaults(service, AT_ONCE), pod_defaults(service))
    if is_instant(platform, service):
        return with_defaults(service, AT_ONCE)
    if service.launch_type == "ec2":
        service = with_defaults(service, ON_EC2)
    least = min(0.35, service.scheduler_tick / 4.0)
    return with_defaults(service, {"control_plane": {"look_jitter": least}})


def settled_group(platform: str, service: Service, group: TargetGroup) -> TargetGroup:
    """Return the target group with the first check of its platform."""
    if platform == KUBERNETES:
        return with_defaults(group, pod_group(service))
    if not is_instant(platform, service):
        return group
    check: HealthCheck = group.health_check
    at_any_time = {"first_check": Uniform(low=0.0, high=check.interval)}
    return _with(group, health_check=with_defaults(check, at_any_time))


def settled_environment(platform: str, service: Service, environment: Environment) -> Environment:
    """Return the environment with the time that a failing pull takes on its platform."""
    if not is_instant(platform, service):
        return environment
    events = tuple(
        with_defaults(event, {"fails_after": GIVES_UP})
        if isinstance(event, RegistryDown)
        else event
        for event in environment.events
    )
    return _with(environment, events=events)


def _with(block: AnyBlock, **values: Any) -> AnyBlock:
    """Return a block with other values, none of which counts as set."""
    copy = block.model_copy()
    copy.__dict__.update(values)
    return copy
