"""What a pod costs where a scenario on Kubernetes does not say it: what Fargate takes."""

from simdeploy.encode.prices import task_hour_usd
from simdeploy.report.words import money
from simdeploy.scenario import Scenario
from simdeploy.scenario.kubernetes import KUBERNETES

#: The two prices, as the block of the service has them, and what each is of.
PRICES = {"vcpu_hour_usd": "CPU", "gb_hour_usd": "memory"}


def price_note(scenario: Scenario) -> str:
    """Return that pods are priced as on Fargate, and how to set one's own; empty elsewhere."""
    task = scenario.service.task
    missing = [name for name in PRICES if getattr(task, name) is None]
    if scenario.platform != KUBERNETES or not missing:
        return ""
    given = " ".join(f"--set service.task.{name}=…" for name in missing)
    what, hour = "A pod", f", {money(task_hour_usd(task))} an hour"
    if len(missing) < len(PRICES):
        what, hour = f"A pod's {PRICES[missing[0]]}", ""
    return f"{what} is priced as on AWS Fargate{hour}; on nodes of your own: {given}."
