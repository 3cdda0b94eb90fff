"""The page on checks lists every finding as the registry has it, and its workflow works.

``python -m tests.checking.test_page`` writes the table anew.
"""

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simdeploy.checking.registry import RULES
from simdeploy.cli.app import main

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "checks.md"
TABLE = re.compile(r"(\| id \|[^\n]*\n\|---[^\n]*\n)(?:\|[^\n]*\n)+")


def table():
    """Return the rows of the table, a finding each."""
    rows = []
    for rule in RULES.values():
        situation = rule.situation.words if rule.situation else "–"
        words = "; ".join(dict.fromkeys(number.words for number in rule.numbers))
        simulated = f"{situation}: {words}" if rule.numbers else situation
        cells = (f"`{rule.id}`", rule.severity, rule.holds, simulated, rule.mends)
        rows.append(f"| {' | '.join(cells)} |\n")
    return "".join(rows)


def page():
    """Return the page with the table as the registry has it."""
    text = PAGE.read_text(encoding="utf-8")
    return TABLE.sub(lambda found: found[1] + table(), text)


def test_the_page_lists_every_finding():
    """The table is what ``python -m tests.checking.test_page`` writes."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_budget_of_the_page_is_read(tmp_path, capsys):
    """The example of a budget is one."""
    blocks = re.findall(r"^```yaml\n(# budget.yaml\n.*?)^```$", page(), re.MULTILINE | re.DOTALL)
    file = tmp_path / "budget.yaml"
    file.write_text(blocks[0], encoding="utf-8")
    arguments = ["--budget", str(file), "--strategy", "rolling,canary", "--runs", "3"]
    assert main(["check", "happy-path", *arguments]) == 0
    assert "Budget kept." in capsys.readouterr().out


@pytest.mark.many_runs
def test_the_output_of_the_page_is_real(capsys, monkeypatch):
    """The finding that the page shows is what the command prints in 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    (shown,) = re.findall(r"^```text\n(.*?)^```$", page(), re.MULTILINE | re.DOTALL)
    assert main(["check", "stuck-deployment", "--strategy", "rolling"]) == 0
    printed = capsys.readouterr().out
    # The place is relative to the folder of the caller.
    first, rest = shown.split("\n", 1)
    assert rest in printed
    assert first.partition("scenarios/")[2] in printed


def workflow():
    """Return the commands of the example workflow."""
    text = (DOCS / "examples" / "check.yml").read_text(encoding="utf-8")
    steps = YAML(typ="safe").load(text)["jobs"]["check"]["steps"]
    lines = [step["run"] for step in steps if "run" in step]
    return [line for line in lines if line.startswith("simdeploy ")]


@pytest.mark.parametrize("line", workflow())
def test_the_workflow_runs(line, tmp_path, monkeypatch, capsys):
    """Every command of the example does what it is there for, on a service and a budget."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    service = "name: shop\nstrategies: {rolling: {type: rolling}}\n"
    (tmp_path / "deploy" / "service.yaml").write_text(service, encoding="utf-8")
    (tmp_path / "deploy" / "budget.yaml").write_text("over_s: {p95: 1h}\n", encoding="utf-8")
    words = shlex.split(line.partition(" >")[0])[1:]
    assert main([*words, "--runs", "3"]) == 0
    assert capsys.readouterr().out


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
