"""What damaged inputs by the thousand have found, each as the smallest file that shows it."""

import json

import pytest

from simdeploy.cli.app import main
from simdeploy.scenario import load_scenario_text
from tests.abuse.playing import DIALECT

SCENARIO = {"name": "x", "strategies": {"rolling": {"type": "rolling"}}}
SWEEP = {
    "scenario": "bad-boot",
    "set": {"target_group.deregistration_delay": ["0s", "9s"]},
    "strategies": ["rolling"],
    "runs": 2,
}


def carried_out(capsys, tmp_path, command, content):
    """Write a file and give it to a command; return the exit code and what was said."""
    path = tmp_path / "given.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    out = ["--out", str(tmp_path / "out")] if command == ["sweep", "--file"] else []
    code = main([*command, str(path), *out])
    captured = capsys.readouterr()
    assert not DIALECT.search(captured.err)
    return code, captured.out + captured.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"extends": "a" * 300}, 'extends: no such file; got "'),
        ({"extends": "a\ud800"}, 'extends: no such file; got "'),
        ({"platform": "\ud800"}, "platform: must be a text of whole characters"),
        ({"strategies": {"canary": {"type": "canary", "config": []}}}, "canary.config: "),
        ({"strategies": {"canary": {"type": "canary", "config": {}}}}, "canary.config: "),
    ],
)
def test_scenarios(capsys, tmp_path, changes, words):
    """A scenario is refused with the path of what is wrong."""
    code, said = carried_out(capsys, tmp_path, ["run"], SCENARIO | changes)
    assert (code, words in said) == (2, True), said


def test_characters_that_json_escapes_in_two(capsys, tmp_path):
    """What JSON writes as two halves is one character, in a text and in a key."""
    text = json.dumps(SCENARIO | {"title": "Go \U0001f680"})
    assert load_scenario_text(text).title == "Go \U0001f680"
    code, said = carried_out(capsys, tmp_path, ["run"], SCENARIO | {"\U0001f680": 1})
    assert code == 2
    assert "\U0001f680: unknown key" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"set": {"service.desired_count": 4, **SWEEP["set"]}}, "2 settings"),
        (
            {"set": {"operator.drill_after": 0.5, **SWEEP["set"]}},
            "operator.drill_after: unknown key",
        ),
        ({"set": {"service.task": {"vcpu": 1}, **SWEEP["set"]}}, "2 settings"),
        ({"twin": "perhaps"}, "twin: must be true or false"),
    ],
)
def test_sweeps(capsys, tmp_path, changes, words):
    """A value that is no list changes every setting; what is wrong is named."""
    _, said = carried_out(capsys, tmp_path, ["sweep", "--file"], SWEEP | changes)
    assert words in said
