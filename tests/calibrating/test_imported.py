"""Imported files that hold events: what is offered, and a scenario with the service's own times."""

import json
from pathlib import Path

import pytest

from simdeploy.cli.app import main
from simdeploy.scenario import load_scenario
from tests.calibrating.simulated import BEGIN, HOUR, Writer

ROOT = Path(__file__).resolve().parents[2]
FILES = ("target-groups", "target-group-attributes", "alarms", "task-definition")


@pytest.fixture
def files(tmp_path):
    """Return files of a service: with events of nine deployments, and without."""
    folder = ROOT / "scenarios" / "aws-files"
    service = json.loads((folder / "service.json").read_text(encoding="utf-8"))
    writer = Writer(name=service["serviceName"])
    for k in range(9):
        begin = BEGIN + k * HOUR
        writer.deploy(begin, 21.0, number=k + 2, tasks=6, start=40.8 + 10.2 * (k % 3))
    with_events = tmp_path / "with-events.json"
    body = {**service, "events": writer.events}
    with_events.write_text(json.dumps({"services": [body]}), encoding="utf-8")
    others = [str(folder / f"{name}.json") for name in FILES]
    return [str(with_events), *others], [str(folder / "service.json"), *others]


def test_events_are_offered(files, tmp_path, capsys):
    """An import of a service with events says what a calibration would fit."""
    target = tmp_path / "my.yaml"
    assert main(["import", *files[0], "-o", str(target)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "the files hold events of 9 deployments; --calibrate fits" in out
    assert "started → registered (n = 54)" in out
    assert "calibrated" not in target.read_text(encoding="utf-8")


def test_nothing_is_offered_without_events(files, tmp_path, capsys):
    """An import of a service without events says nothing of a calibration."""
    assert main(["import", *files[1], "-o", str(tmp_path / "my.yaml")]) == 0
    assert "--calibrate" not in capsys.readouterr().out


def test_the_scenario_has_the_times(files, tmp_path, capsys):
    """With --calibrate the scenario is the same but for the fitted keys, whose comments say n."""
    plain, fitted = tmp_path / "plain.yaml", tmp_path / "fitted.yaml"
    assert main(["import", *files[0], "-o", str(plain)]) == 0
    capsys.readouterr()
    assert main(["import", *files[0], "-o", str(fitted), "--calibrate"]) == 0
    assert "fitted to the events:" in capsys.readouterr().out
    text = fitted.read_text(encoding="utf-8")
    assert "# calibrated: started → registered, n = 54" in text
    assert "boot: 0\n" in text
    startup = load_scenario(fitted).service.startup
    rest = startup.pull_time.quantile(0.5) + startup.container_start.quantile(0.5)
    assert startup.provisioning.quantile(0.5) + rest == pytest.approx(45.9, abs=1.5)
    kept = [line for line in plain.read_text(encoding="utf-8").splitlines() if "boot" not in line]
    assert [line for line in kept if line not in text.splitlines()] == []


def test_times_need_events(files, tmp_path, capsys):
    """Without events --calibrate ends with one line, and nothing is written."""
    target = tmp_path / "my.yaml"
    assert main(["import", *files[1], "-o", str(target), "--calibrate"]) == 2
    assert "--calibrate: no events of a deployment" in capsys.readouterr().err
    assert not target.exists()
