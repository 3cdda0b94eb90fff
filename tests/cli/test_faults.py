"""``simdeploy compare SCENARIO --faults``: many faults from the command line."""

import json

import pytest

from simdeploy.advice.fault_rows import default_text
from simdeploy.api import RunCounter
from simdeploy.cli.app import main
from simdeploy.cli.options import with_default_faults

FEW = """\
faults:
  - name: calm
  - name: broken
    about: Half of the answers are errors.
    release: {faults: [{kind: errors, rate: 50%}]}
"""


@pytest.fixture
def few(tmp_path):
    """Return a file of two rows."""
    path = tmp_path / "few.yaml"
    path.write_text(FEW)
    return str(path)


def printed(capsys, *arguments):
    """Run a command that must succeed and return what it prints."""
    assert main(["compare", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--faults", "list"], ["happy-path", "--faults", "list"]])
def test_list_prints_the_default_file(capsys, arguments):
    """With its comments, so that it can be saved and changed."""
    assert printed(capsys, *arguments) == default_text()


def test_a_file_of_rows(capsys, few, monkeypatch):
    """Verdict, matrix, rows; at the terminal's width."""
    monkeypatch.setenv("COLUMNS", "80")
    text = printed(capsys, "happy-path", "--faults", few, "--runs", "10")
    assert text.startswith("What may be wrong with a release")
    assert "Half of the answers are errors. Canary: failed requests" in text.replace("\n    ", " ")
    assert text.endswith("2 rows × 5 strategies × 10 runs · seed 1\n")
    assert max(map(len, text.splitlines())) <= 80


def test_default_rows_without_a_value(capsys):
    """``--faults`` alone plays the default rows; of some strategies, if they are named."""
    text = printed(
        capsys, "happy-path", "--faults", "--runs", "2", "--strategy", "rolling,canary",
        "--format", "json", "--seed", "5", "--set", "service.desired_count=3",
    )  # fmt: skip
    found = json.loads(text)
    assert len(found["faults"]) == 12
    assert list(found["faults"][0]["strategies"]) == ["rolling", "canary"]
    assert (found["runs"], found["seed"]) == (2, 5)
    assert found["faults"][6]["needed_capacity"] == pytest.approx(200 * 3 / 180)


def test_a_picture(capsys, few, tmp_path):
    """Written beside the text, by its suffix."""
    target = tmp_path / "matrix.svg"
    printed(capsys, "happy-path", "--faults", few, "--runs", "2", "--plot", str(target))
    assert target.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'SCENARIO': a file, or a name of the gallery"),
        (["--faults", "my.yaml"], "before --faults: simdeploy compare my.yaml --faults"),
        (["happy-path", "--faults", "nix.yaml"], "nix.yaml: no such file"),
        (["happy-path", "--faults", "--wide"], "--wide: not with --faults"),
        (["happy-path", "--faults", "--why"], "--why: not with --faults"),
        (["happy-path", "--faults", "--no-drill"], "--no-drill: not with --faults"),
        (["expand-contract", "--faults"], "a chain: give one release"),
        (["happy-path", "--faults", "--runs", "99999999"], "in all cells together"),
        (["happy-path", "--faults", "--strategy", "rollin"], 'unknown strategy "rollin"'),
    ],
)
def test_refused(capsys, arguments, words):
    """With a line that says what is wrong, and nothing played."""
    assert main(["compare", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_interrupting_ends_with_130(capsys, few, monkeypatch):
    """Ctrl-C between two pieces of work: a line, and nothing on the standard output."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(RunCounter, "add", interrupted)
    assert main(["compare", "happy-path", "--faults", few, "--runs", "2"]) == 130
    captured = capsys.readouterr()
    assert (captured.out, "interrupted" in captured.err) == ("", True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], []),
        (["x", "--faults"], ["x", "--faults", "default"]),
        (["x", "--faults", "--runs", "5"], ["x", "--faults", "default", "--runs", "5"]),
        (["x", "--faults", "my.yaml"], ["x", "--faults", "my.yaml"]),
        (["x", "--faults=my.yaml"], ["x", "--faults=my.yaml"]),
    ],
)
def test_a_missing_value_is_the_default(given, meant):
    """An option with an optional value."""
    assert with_default_faults(given) == meant
