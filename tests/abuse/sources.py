"""What is damaged: every file of the gallery, AWS's shapes, and the files that options take."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from simdeploy.cli.app import main
from simdeploy.scenario import load_scenario
from tests.importers import shapes

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
#: Files that are read with the one that is damaged, so that an import gets far.
BESIDE = tuple(shapes.FILES)
SWEEP = """\
scenario: bad-boot
set:
  target_group.health_check.interval: [7s, 10s]
  target_group.deregistration_delay: 0s:60s:30s
design: grid
strategies: [rolling]
runs: 2
seed: 1
twin: false
"""
BUDGET = """\
failed_caused: {p95: 100, mean: 50}
downtime_s: {p99: 1s}
decision_s: {p50: 10m}
"""
#: Objects of AWS in several forms: as input of a command, as output, and as a list.
AWS = {
    "service": shapes.FULL_SERVICE,
    "services": {"services": [shapes.FULL_SERVICE], "failures": []},
    "task": {"taskDefinition": shapes.FULL_TASK},
    "target": {"TargetGroups": [shapes.FULL_TARGET]},
    "group": {"deploymentGroupInfo": shapes.FULL_GROUP},
    "config": shapes.config("TimeBasedCanary", canaryPercentage=10, canaryInterval=5),
    "linear": shapes.config("TimeBasedLinear", linearPercentage=10, linearInterval=1),
    "alarm": {"MetricAlarms": [shapes.alarm()]},
    "attributes": shapes.attributes(deregistration_delay__timeout_seconds="60"),
    "appspec": shapes.appspec("AfterInstall", "AfterAllowTestTraffic"),
}


@dataclass(frozen=True)
class Source:
    """A file to damage: its name, its text, and which commands take it."""

    name: str
    text: str
    kind: str

    @property
    def suffix(self) -> str:
        """Return the ending of the file's name."""
        return Path(self.name).suffix

    def tree(self) -> Any:
        """Return what the file says, without its comments."""
        if self.suffix == ".json":
            return json.loads(self.text)
        return YAML(typ="safe", pure=True).load(self.text)


@cache
def sources() -> tuple[Source, ...]:
    """Return all files, in an order that does not depend on the file system."""
    gallery = [path for name in ("", "base") for path in sorted((SCENARIOS / name).glob("*.yaml"))]
    found = [make(path) for path in gallery for make in (_scenario, _whole)]
    found += [Source(f"aws/{path.name}", _read(path), "aws") for path in shapes.FILES]
    found += [Source(f"aws/full-{k}.json", json.dumps(v, indent=1), "aws") for k, v in AWS.items()]
    found.append(
        Source("advice.yaml", _printed("recommend", "bad-boot", "--print-advice"), "advice")
    )
    found.append(
        Source("faults.yaml", _printed("compare", "bad-boot", "--faults", "list"), "faults")
    )
    found += [Source("sweep.yaml", SWEEP, "sweep"), Source("budget.yaml", BUDGET, "budget")]
    return tuple(found)


def _scenario(path: Path) -> Source:
    return Source(path.relative_to(SCENARIOS).as_posix(), _read(path), "scenario")


def _whole(path: Path) -> Source:
    """Return a scenario with every value written out that has a default, and without questions."""
    scenario = load_scenario(path)
    told = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    for key in ("strategies", "questions", "extends", "title", "story"):
        told.pop(key, None)
    given = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    told["strategies"] = given["strategies"]
    name = path.relative_to(SCENARIOS).as_posix()
    return Source(name.replace(".yaml", "-whole.yaml"), json.dumps(told, indent=1), "whole")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _printed(*typed: str) -> str:
    """Return what a command prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        if main(list(typed)):
            raise RuntimeError(typed)
    return out.getvalue()
