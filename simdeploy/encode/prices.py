"""What Fargate costs, by region and date; on demand, Linux, USD per hour.

Source: https://aws.amazon.com/fargate/pricing/ (fact fargate-prices). A scenario overrides both
numbers by ``service.task.vcpu_hour_usd`` and ``gb_hour_usd``.
"""

from typing import NamedTuple

from simdeploy.scenario.service import Task
from simdeploy.semantics.cost import hourly_price


class Price(NamedTuple):
    """USD for one vCPU and for one GB of memory, each for an hour."""

    vcpu_hour: float
    gb_hour: float


#: As of 2026-11-23, us-east-1.
FARGATE = {"x86_64": Price(0.04048, 0.004445), "arm64": Price(0.03238, 0.00356)}
#: Seconds that are billed at least for a task (fargate-billing).
BILLED_MINIMUM = 60.0


def task_hour_usd(task: Task) -> float:
    """Return what a task, or a pod, costs per hour (USD): at its own prices, else at Fargate's."""
    price = FARGATE[task.architecture]
    vcpu = price.vcpu_hour if task.vcpu_hour_usd is None else task.vcpu_hour_usd
    gb = price.gb_hour if task.gb_hour_usd is None else task.gb_hour_usd
    return hourly_price(task.vcpu, task.memory_gb, vcpu, gb)
