"""A small service, and events of its deployments as AWS would keep them."""

import json
from pathlib import Path

import pytest

from simdeploy import load_scenario
from simdeploy.cli.app import main
from simdeploy.engines import timelines
from simdeploy.observed.reading import read_observed
from simdeploy.results.run import Run
from tests.observed import writing

SCENARIO = """\
name: web
service: {name: web, desired_count: 2}
target_group: {deregistration_delay: 30s}
strategies:
  rolling: {type: rolling, minimum_healthy_percent: 100, maximum_percent: 200}
  stop-first: {type: recreate}
  blue-green: {type: blue_green}
  custom: {type: blue_green, controller: custom}
"""
DAY = 86_400.0


class Case:
    """A scenario file, and events that are written beside it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "web.yaml"
        self.file.write_text(SCENARIO, encoding="utf-8")

    def scenario(self, *settings):
        """Return the scenario with changes."""
        return load_scenario(self.file, overrides=list(settings))

    def without_blue_green(self):
        """Leave out the strategy that needs a load balancer."""
        text = SCENARIO.partition("  blue-green:")[0]
        self.file.write_text(text, encoding="utf-8")

    def pairs(self, count=1, settings=(), strategy="rolling", seed=77):
        """Return the events of some deployments, a day each, after a steady state."""
        rows = [(writing.EPOCH - 5000.0, "(service web) has reached a steady state.")]
        played = timelines(self.scenario(*settings), strategy, seed=seed, lo=0, hi=count)
        for k, timeline in enumerate(played):
            ids = (f"{10**12 + k}", f"{10**12 + k + 1}")
            rows += writing.messages(Run({}, timeline), epoch=writing.EPOCH + k * DAY, ids=ids)
        return rows

    def write(self, content, name="events.json"):
        """Write what describes a service, or any text, to a file."""
        path = self.folder / name
        if isinstance(content, list):
            content = writing.described(content)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    def observed(self, count=1, **options):
        """Return what is read from the events of some deployments."""
        return read_observed([self.write(self.pairs(count, **options))])


@pytest.fixture
def case(tmp_path):
    """Return the scenario and a writer of its events."""
    return Case(tmp_path)


@pytest.fixture
def ran(case, capsys):
    """Return a function that runs the command and returns its exit code and both outputs."""

    def run(*arguments, settings=(), runs=40):
        sets = [word for setting in settings for word in ("--set", setting)]
        words = [*map(str, arguments), *sets, "--runs", str(runs)]
        code = main(["backtest", str(case.file), *words])
        return code, *capsys.readouterr()

    return run
