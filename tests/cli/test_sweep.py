"""``simdeploy sweep`` as typed: what it prints, what it refuses, how it ends."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from simdeploy.cli.app import main
from simdeploy.errors import MissingExtraError
from simdeploy.sweeps import api, folder, load_sweep
from tests import interruptible
from tests.cli.test_terminal import COLOR, needs_pty, on_terminal
from tests.sweeps.common import bytes_of

ROOT = Path(__file__).parents[2]
DELAY = "target_group.deregistration_delay"
TYPED = ["--set", f"{DELAY}=0s:60s:30s", "--strategy", "recreate", "--runs", "20"]


def refused(capsys, *arguments):
    """Return the message of a command that must end with 2."""
    assert main(["sweep", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


def test_sweep_warns_of_means_that_few_runs_carry(monkeypatch, tmp_path):
    """Rows with a mean that few runs carry, or in which few weigh most, are counted."""
    marks = {f"{name}_{mark}": [0, 0] for name in api.WARNED_OF for mark in api.THIN}
    frame = pd.DataFrame(
        marks | {"failed_requests_carried_by": [3, 0], "downtime_s_skewed": [1, 1]}
    )
    monkeypatch.setattr(api, "load_sweep", lambda _, columns: frame[columns])
    assert api.Sweep(tmp_path, 2, ("rolling",), 100, 200).thin_means() == [
        "few runs carry a mean, and a worse run may be missing: failed_requests in 1 of 2 rows",
        "a few bad runs weigh most in a mean, its interval is too small: downtime_s in 2 of 2 rows",
    ]


def test_sweep(capsys, tmp_path):
    """A sweep says what it wrote and what to do next."""
    out = tmp_path / "out"
    assert main(["sweep", "bad-boot", *TYPED, "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"wrote {out}: 3 settings × 1 strategy × 20 runs; 60 played in ")
    assert lines[1] == f"next: simdeploy sweep-plot {out}"
    assert load_sweep(out)[DELAY].tolist() == [0, 30, 60]


def test_resume_plays_what_is_missing(capsys, tmp_path):
    """--resume goes on with what is missing, here with nothing."""
    typed = ["sweep", "bad-boot", *TYPED, "--out", str(tmp_path), "--resume"]
    assert main(typed) == 0
    before = bytes_of(tmp_path)
    assert main(typed) == 0
    assert "0 played" in capsys.readouterr().out
    assert bytes_of(tmp_path) == before


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ([], "needs --out DIR"),
        (["--out", "x"], "needs a SCENARIO"),
        (["no-such", *TYPED, "--out", "x"], "no such file"),
        (["bad-boot", "--out", "x"], "nothing to sweep"),
        (["bad-boot", "--set", "runs", "--out", "x"], "--set runs: must be path=values"),
        (["bad-boot", *TYPED, *TYPED[:2], "--out", "x"], f"--set {DELAY}: stands twice"),
        (["bad-boot", "--set", f"{DELAY}=0s:60s", "--out", "x"], "needs a step: 0s:60s:STEP"),
        (["bad-boot", *TYPED, "--out", "x", "--runs", "0"], "--runs"),
        (["bad-boot", *TYPED, "--out", "x", "--scheduler", "a", "--load", "b.py"], "--load"),
        (["bad-boot", "--file", "missing.yaml", "--out", "x"], "missing.yaml: no such file"),
    ],
)
def test_refused(typed, told, capsys, tmp_path, monkeypatch):
    """What cannot be swept is told in a line, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert told in refused(capsys, *typed)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty(capsys, tmp_path):
    """A folder with something in it is refused."""
    (tmp_path / "mine").write_text("")
    assert "is not empty" in refused(capsys, "bad-boot", *TYPED, "--out", tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_mine(capsys, tmp_path):
    """A folder without the right to write is refused."""
    tmp_path.chmod(0o500)
    told = refused(capsys, "bad-boot", *TYPED, "--out", tmp_path / "out")
    assert "Permission denied" in told


def test_a_full_disk_says_how_to_go_on(capsys, tmp_path, monkeypatch):
    """After a write that failed the message tells what is kept and how to go on."""
    forced = folder._write_synced

    def write(draft, data):
        if draft.name.startswith("part"):
            raise OSError(28, "No space left on device")
        forced(draft, data)

    monkeypatch.setattr(folder, "_write_synced", write)
    told = refused(capsys, "bad-boot", *TYPED, "--out", tmp_path)
    assert "No space left on device; 0 of 1 parts are done and kept" in told
    assert told.rstrip().endswith("go on with the same command and --resume")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_interrupted(tmp_path):
    """Ctrl-C ends with 130, says what is kept, and --resume goes on from there."""
    typed = [
        "sweep", "bad-boot", "--set", f"{DELAY}=0s:29s:1s",
        "--strategy", "blue-green", "--runs", "20000", "--threads", "2", "--out", tmp_path / "out",
    ]  # fmt: skip
    with interruptible.start(*typed) as process:
        try:
            until = time.monotonic() + 120
            while not (tmp_path / "out" / folder.MANIFEST).exists() and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    kept = r"\d+ of 30 parts are done and kept; go on with the same command and --resume"
    assert re.search(kept, told)
    assert "Traceback" not in told


FILE = """\
scenario: bad-boot
set:
  target_group.deregistration_delay: 0s:60s:30s
  target_group.health_check.interval: [7s, 10]
strategies: [recreate]
runs: 20
"""


def test_a_file_says_the_same(capsys, tmp_path):
    """A sweep file gives the bytes that the same options give."""
    (tmp_path / "sweep.yaml").write_text(FILE)
    assert (
        main(["sweep", "--file", str(tmp_path / "sweep.yaml"), "--out", str(tmp_path / "a")]) == 0
    )
    typed = [*TYPED, "--set", "target_group.health_check.interval=7s,10"]
    assert main(["sweep", "bad-boot", *typed, "--out", str(tmp_path / "b")]) == 0
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_the_command_line_has_the_last_word(tmp_path):
    """Options replace what the file says, knob by knob."""
    (tmp_path / "sweep.yaml").write_text(FILE)
    typed = ["--file", str(tmp_path / "sweep.yaml"), "--set", f"{DELAY}=5s,6s", "--runs", "3"]
    assert main(["sweep", *typed, "--out", str(tmp_path / "out")]) == 0
    found = load_sweep(tmp_path / "out", columns=[])
    assert sorted(set(found[DELAY])) == [5, 6]
    assert set(found["runs"]) == {3}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("rnus: 3", '7: rnus: unknown key; did you mean "runs"?'),
        ("design: gird", '7: design: unknown word; got "gird"; did you mean "grid"?'),
        ("seed: -1", "7: seed: must be a whole number ≥ 0; got -1"),
        ("samples: many", '7: samples: must be a whole number ≥ 1; got "many"'),
    ],
)
def test_faults_of_a_file(line, told, capsys, tmp_path):
    """Faults of a sweep file have file, line, path, what was found and what would be right."""
    (tmp_path / "sweep.yaml").write_text(FILE + line + "\n")
    message = refused(capsys, "--file", tmp_path / "sweep.yaml", "--out", tmp_path / "out")
    assert f"sweep.yaml:{told}" in message


def test_faults_of_knobs_in_a_file(capsys, tmp_path):
    """A range that is none and a scenario that is missing are told with their lines."""
    (tmp_path / "sweep.yaml").write_text(FILE.replace("0s:60s:30s", "60s:0s:30s"))
    message = refused(capsys, "--file", tmp_path / "sweep.yaml", "--out", tmp_path / "out")
    assert f"sweep.yaml:3: set.{DELAY}: a range goes from low to high" in message
    (tmp_path / "sweep.yaml").write_text(FILE.replace("bad-boot", "no-such.yaml"))
    message = refused(capsys, "--file", tmp_path / "sweep.yaml", "--out", tmp_path / "out")
    assert "sweep.yaml:1: scenario: no such file" in message


@pytest.mark.many_runs
@needs_pty
def test_progress_tells_rate_and_remaining_time(tmp_path):
    """On a terminal a bar tells how far it is, how long it will take and how many runs a second."""
    bar = r"sweeping bad-boot .* \d+% \d:\d\d:\d\d [\d.]+k? runs/s"
    shown = on_terminal(
        "sweep", "bad-boot", "--set", f"{DELAY}=0s:199s:1s", "--strategy", "canary",
        "--runs", "100000", "--threads", "2", "--out", str(tmp_path / "out"), until=bar,
    )  # fmt: skip
    assert re.search(bar, COLOR.sub("", shown))


def test_no_gpu_no_folder(tmp_path, monkeypatch):
    """Where the engine cannot play at all, nothing is begun."""
    monkeypatch.setattr("simdeploy.engines.cuda.require_package", _missing)
    out = tmp_path / "out"
    assert main(["sweep", "bad-boot", *TYPED, "--out", str(out), "--engine", "cuda"]) == 2
    assert not out.exists()


def _missing():
    """Do as where numba-cuda is not installed."""
    raise MissingExtraError("cuda", "engine cuda")
