"""Tests of what is said of the price of a pod."""

import pytest

from simdeploy.report.pod_price import price_note
from simdeploy.scenario import load_scenario_text

ROLLING = {"kubernetes": "kubernetes_rolling", "ecs": "rolling"}


MEMORY = "--set service.task.gb_hour_usd=…."
BOTH = f"--set service.task.vcpu_hour_usd=… {MEMORY}"


@pytest.mark.parametrize(
    ("platform", "task", "told"),
    [
        # 2 × $0.04048 + 4 × $0.004445 an hour.
        (
            "kubernetes",
            "vcpu: 2, memory_gb: 4",
            f"A pod is priced as on AWS Fargate, $0.10 an hour; on nodes of your own: {BOTH}",
        ),
        (
            "kubernetes",
            "vcpu_hour_usd: 0.04",
            f"A pod's memory is priced as on AWS Fargate; on nodes of your own: {MEMORY}",
        ),
        ("kubernetes", "vcpu_hour_usd: 0.04, gb_hour_usd: 0.004", ""),
        ("ecs", "vcpu: 2, memory_gb: 4", ""),
    ],
)
def test_whose_prices_are_taken(platform, task, told):
    """A pod without prices of its own is priced as on Fargate, and what is missing is named."""
    strategies = f"strategies: {{it: {{type: {ROLLING[platform]}}}}}"
    text = f"name: web\nplatform: {platform}\nservice: {{task: {{{task}}}}}\n{strategies}"
    assert price_note(load_scenario_text(text)) == told
