"""``simdeploy compare OLD NEW`` and ``--before``: before and after from the command line."""

import json

import pytest

from simdeploy.cli.app import main

FEW = ["--runs", "5", "--strategy", "rolling,canary"]


def printed(capsys, *arguments):
    """Run a command that must succeed and return what it prints."""
    assert main(["compare", *arguments]) == 0
    return capsys.readouterr().out


def test_before_changes_the_first_side_alone(capsys):
    """``--set`` holds for both."""
    text = printed(capsys, "happy-path", "--set", "service.desired_count=4", "--before",
                   "target_group.deregistration_delay=300s", "--format", "json", *FEW)  # fmt: skip
    found = json.loads(text)
    assert found["changed"] == [
        {"path": "target_group.deregistration_delay", "before": "300", "after": "30"}
    ]
    assert list(found["after"]["strategies"]) == ["rolling", "canary"]


def test_two_scenarios(capsys, tmp_path, monkeypatch):
    """The first is before, the second after; the seed and the runs are the same."""
    new = tmp_path / "new.yaml"
    (tmp_path / "old.yaml").write_text("strategies: {rolling: {type: rolling}}\nname: x\n")
    new.write_text("extends: old.yaml\nservice: {desired_count: 2}\nstrategies: "
                   "{canary: {type: canary}}\n")  # fmt: skip
    monkeypatch.setenv("COLUMNS", "80")
    text = printed(capsys, str(tmp_path / "old.yaml"), str(new), "--runs", "5", "--seed", "7")
    assert text.startswith("Before and after a change")
    assert "Only after, so not compared: canary." in text
    assert "Changed    service.desired_count 6 → 2." in text
    assert text.endswith("5 runs × 1 strategy × 2 · seed 7\n")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bad-boot", "nix.yaml"], "nix.yaml: no such file"),
        (["bad-boot", "--before", "service.desired_cuont=3"], "service.desired_cuont"),
        (["bad-boot", "happy-path", "--before", "horizon=1h"], "--before: not with two scenarios"),
        (["bad-boot", "happy-path", "--plot", "x.png"], "--plot: not with two scenarios"),
        (["bad-boot", "--before", "horizon=1h", "--why"], "--why: not with --before"),
        (["bad-boot", "happy-path", "--faults"], "a second scenario: not with --faults"),
        (["bad-boot", "--faults", "--before", "horizon=1h"], "--before: not with --faults"),
        (["bad-boot", "big-fleet", "--strategy", "recreate"], 'unknown strategy "recreate"'),
    ],
)
def test_refused(capsys, arguments, words):
    """With a line that says what is wrong, and nothing played."""
    assert main(["compare", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
