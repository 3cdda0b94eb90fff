"""``simdeploy recommend`` as typed: what it prints, what it refuses, how it ends."""

import csv
import json
import os
import signal
import time
from io import StringIO

import pytest

from simdeploy.advice.mix import default_text
from simdeploy.cli.app import main
from tests import interruptible

TYPED = ["recommend", "happy-path", "--strategy", "rolling,blue-green", "--runs", "10"]


def printed(capsys, *arguments, code=0):
    """Return what the command prints that ends with a code."""
    assert main([*TYPED, *arguments]) == code
    return capsys.readouterr()


@pytest.mark.many_runs
@pytest.mark.parametrize("width", [80, 100])
def test_the_answer_stands_first_and_alone(capsys, monkeypatch, width):
    """The first paragraph names both strategies and their costs; no line is too wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    out = printed(capsys).out
    first = " ".join(out.partition("\n\n")[0].split())
    assert first.lower().count("$") >= 2
    assert "rolling" in first.lower()
    assert "blue-green" in first.lower()
    assert max(map(len, out.splitlines())) <= width
    assert "10 runs × 9 kinds of release × 2 strategies · seed 1" in out


@pytest.mark.many_runs
def test_equal_commands_print_equal_bytes(capsys):
    """The answer does not depend on the clock, nor on the number of threads."""
    one, other = (printed(capsys, "--threads", n, "--format", "json").out for n in ("1", "2"))
    assert one == other


@pytest.mark.many_runs
def test_json_and_csv_agree(capsys):
    """The rows of the CSV add up to the months of the JSON."""
    data = json.loads(printed(capsys, "--format", "json").out)
    rows = list(csv.DictReader(StringIO(printed(capsys, "--format", "csv").out)))
    for name, strategy in data["strategies"].items():
        total = sum(float(row["cost"]) for row in rows if row["strategy"] == name)
        assert total == pytest.approx(strategy["per_month"]["mean"])


@pytest.mark.many_runs
def test_a_file_changes_the_mix(capsys, tmp_path):
    """Likelihoods and prices of a file are the team's own, and only the rest is assumed."""
    file = tmp_path / "advice.yaml"
    file.write_text("releases_per_month: 3\nlikelihoods: {leak: 2%}\n")
    data = json.loads(printed(capsys, "--advice", str(file), "--format", "json").out)
    assert data["mix"]["releases_per_month"] == 3
    assert "likelihoods.leak" not in data["assumed"]
    assert data["strategies"]["rolling"]["kinds"]["leak"]["likelihood"] == 0.02


@pytest.mark.many_runs
def test_rows_of_faults_of_ones_own(capsys, tmp_path):
    """A file of rows replaces the kinds; a row without a likelihood is not counted."""
    faults, advice = tmp_path / "faults.yaml", tmp_path / "advice.yaml"
    faults.write_text(
        "faults:\n  - {name: half fail, release: {faults: [{kind: errors, rate: 50%}]}}\n"
        "  - {name: slow, release: {faults: [{kind: slow, factor: 2}]}}\n"
    )
    advice.write_text("likelihoods: {half fail: 5%}\n")
    out = printed(capsys, "--faults", str(faults), "--advice", str(advice), "--format", "json").out
    assert set(json.loads(out)["strategies"]["rolling"]["kinds"]) == {"good", "half fail"}


def test_the_packaged_file_is_printed_without_a_scenario(capsys):
    """``--print-advice`` prints the file to copy, and stops."""
    assert main(["recommend", "--print-advice"]) == 0
    assert capsys.readouterr().out == default_text()


@pytest.mark.many_runs
def test_the_rollback_script_is_written_and_executable(capsys, tmp_path):
    """The script has the service's name and may be executed by its owner."""
    file = tmp_path / "rollback.sh"
    printed(capsys, "--rollback-script", str(file))
    assert "own=(checkout-api '' '' '')" in file.read_text()
    assert os.access(file, os.X_OK)


@pytest.mark.many_runs
def test_the_picture_is_written(capsys, tmp_path):
    """The map of two prices is a picture."""
    file = tmp_path / "border.png"
    printed(capsys, "--plot", str(file), "--over", "failed_request,wrong_answer")
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "json", "--runbook"], "--runbook: not with --format json"),
        (["--over", "failed_request,engineer_hour"], "--over: only with --plot"),
        (["--advice", "nowhere.yaml"], "nowhere.yaml"),
        (["--faults", "nowhere.yaml"], "nowhere.yaml"),
        (["--rollback-script", "nowhere/rollback.sh"], "nowhere/rollback.sh: cannot be written"),
        (["--plot", "nowhere/a.png"], "no folder nowhere"),
        (["--runs", "100000000"], "runs of each strategy need 190,600 MB"),
    ],
)
def test_bad_input_is_a_line(capsys, arguments, message):
    """What cannot be done is told in a line, with exit code 2, before anything is played."""
    assert message in printed(capsys, *arguments, code=2).err


@pytest.mark.parametrize(
    ("over", "message"), [("failed_request", "two prices"), ("a,engineer_hour", "no such price")]
)
@pytest.mark.many_runs
def test_prices_of_the_picture_are_checked(capsys, tmp_path, over, message):
    """One price, and a price that there is not, are refused."""
    file = tmp_path / "border.png"
    assert message in printed(capsys, "--plot", str(file), "--over", over, code=2).err
    assert not file.exists()


def test_a_fault_of_the_file_has_its_line(capsys, tmp_path):
    """A wrong value of the team's file is told with file, line and path."""
    file = tmp_path / "advice.yaml"
    file.write_text("prices:\n  engineer_hour: many\n")
    err = printed(capsys, "--advice", str(file), code=2).err
    assert f"{file}:2: prices.engineer_hour: must be a number" in err


def test_a_chain_of_releases_is_refused(capsys):
    """A scenario with releases has no single release to replace."""
    assert main(["recommend", "expand-contract", "--runs", "2"]) == 2
    assert "give one release" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a process")
def test_ctrl_c_ends_it_cleanly():
    """An interrupted recommendation ends with 130, a line and no traceback."""
    process = interruptible.start("recommend", "big-fleet", "--runs", "5000", "--threads", "1")
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "interrupted" in errors
    assert "Traceback" not in errors
