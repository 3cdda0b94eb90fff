"""The workflow that checks a Terraform plan in a pull request: its commands parse and run."""

import json
import shlex
import shutil

import pytest
from ruamel.yaml import YAML

from simdeploy.cli.app import main

from .shapes import ROOT

WORKFLOW = ROOT / "docs" / "examples" / "terraform.yml"
PLAN = ROOT / "scenarios" / "aws-files" / "terraform-plan.json"


def steps():
    """Return the steps of the workflow's only job."""
    (job,) = YAML(typ="safe").load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    return job["steps"]


def lines(program):
    """Return the commands of the workflow that run a program."""
    commands = [step["run"] for step in steps() if "run" in step]
    return [line for line in commands if line.startswith(f"{program} ")]


@pytest.mark.parametrize("line", lines("simdeploy"))
def test_the_commands_run(line, tmp_path, monkeypatch, capsys):
    """Every command of the workflow does what it is there for, on a plan."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(PLAN, tmp_path / "plan.json")
    words = shlex.split(line.partition(" >")[0])[1:]
    assert main([*words, "--runs", "3"]) == 0
    printed = capsys.readouterr().out
    assert printed
    if "sarif" in words:
        assert json.loads(printed)["version"] == "2.1.0"


def test_findings_are_at_addresses(tmp_path, monkeypatch, capsys):
    """A finding is at the plan's file, which exists, and names the address of the setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    shutil.copy(PLAN, tmp_path / "plan.json")
    assert main(["check", "plan.json", "--runs", "3", "--format", "sarif"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    found = next(one for one in run["results"] if one["ruleId"] == "alarm-blind-overload")
    address = "aws_cloudwatch_metric_alarm.errors.metric_name"
    (location,) = found["locations"]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "plan.json"}}
    assert location["logicalLocations"] == [{"fullyQualifiedName": address}]
    assert found["message"]["text"].startswith(f"{address}: ")
    assert main(["check", "plan.json", "--runs", "3", "--format", "github"]) == 0
    assert f"::warning file=plan.json,title=alarm-blind-overload::{address}: " in (
        capsys.readouterr().out
    )
    assert main(["check", "plan.json", "--runs", "3"]) == 0
    assert f"alarm-blind-overload  plan.json ({address})" in capsys.readouterr().out


def test_the_plan_is_written_before_it_is_checked():
    """The plan that is shown as JSON is the one that is checked, and it is not wrapped."""
    planned, shown = lines("terraform")[1:]
    assert planned.endswith("-out plan.out")
    assert shown == "terraform show -json plan.out > plan.json"
    (wrapper,) = [s["with"] for s in steps() if s.get("uses", "").startswith("hashicorp/")]
    assert wrapper == {"terraform_wrapper": False}
    assert all(" plan.json " in line for line in lines("simdeploy"))


def test_the_findings_are_uploaded():
    """What the last command writes is what is uploaded, even if a step before has failed."""
    written = lines("simdeploy")[-1].rpartition("> ")[2]
    upload = steps()[-1]
    assert upload["if"] == "always()"
    assert upload["with"]["sarif_file"] == f"infra/{written}"
