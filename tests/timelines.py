"""Timelines of real runs for the tests of the reports, frozen in ``timelines.json``.

Played once by ``python -m tests.timelines``: changes of the model do not change what a report is
tested with.
"""

import json
from pathlib import Path

from simdeploy.results.timeline import Event, TaskLife, Timeline

FILE = Path(__file__).with_suffix(".json")
BREAKER = "defaults.circuit_breaker.threshold"
#: Scenario, strategy, replication and settings of each run.
RUNS = {
    "happy-rolling": ("happy-path", "rolling", 0, ()),
    "bad-boot": ("bad-boot", "rolling", 17, (f"{BREAKER}_type=COUNT", f"{BREAKER}=12")),
    "shallow": ("shallow-health-check", "blue-green", 3, ()),
    "linear": ("happy-path", "linear", 0, ()),
    "recreate": ("happy-path", "recreate", 0, ()),
    "stuck": ("stuck-deployment", "rolling", 0, ()),
    "wrong-port": ("wrong-port", "rolling", 2, ()),
    "overload": ("overload-at-half-capacity", "rolling", 0, ()),
    "large": (
        "happy-path", "rolling", 0,
        ("service.desired_count=26", "strategies.rolling.maximum_percent=120"),
    ),
}  # fmt: skip


def frozen(name: str) -> Timeline:
    """Return a fresh copy of a run."""
    data = json.loads(FILE.read_text(encoding="utf-8"))[name]
    data["events"] = [Event(*event) for event in data["events"]]
    data["tasks"] = [
        TaskLife(task, revision, list(map(tuple, stages)), failed)
        for task, revision, stages, failed in data["tasks"]
    ]
    data["state"] = list(map(tuple, data["state"]))
    return Timeline(**data)


def play() -> dict[str, dict]:
    """Play all runs and return them as plain values, times in milliseconds."""
    from simdeploy import load_scenario, simulate

    return {
        name: _plain(simulate(load_scenario(scenario, overrides=list(settings)), strategy,
                              replication=number).timeline)
        for name, (scenario, strategy, number, settings) in RUNS.items()
    }  # fmt: skip


def _plain(timeline: Timeline) -> dict:
    fields = {name: getattr(timeline, name) for name in Timeline.__dataclass_fields__}
    events = [(e.t, e.kind, e.task, e.revision, e.rule, e.data) for e in timeline.events]
    tasks = [(one.task, one.revision, one.stages, one.failed) for one in timeline.tasks]
    return _rounded(fields | {"events": events, "tasks": tasks})


def _rounded(value):
    """Return a value with plain numbers, those that are no integers with three decimals."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    plain = value.item() if hasattr(value, "item") else value
    return round(plain, 3) if isinstance(plain, float) else plain


if __name__ == "__main__":
    lines = (f"{json.dumps(name)}: {json.dumps(run)}" for name, run in play().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
