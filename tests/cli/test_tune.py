"""``simdeploy tune`` as typed: what it prints, what it refuses, how it ends."""

import csv
import json
import os
import re
import signal
import time
from io import StringIO
from pathlib import Path

import pytest

from simdeploy.cli import tune
from simdeploy.cli.app import main
from tests import interruptible
from tests.tuning.common import BAKE, DELAY

ROOT = Path(__file__).parents[2]
QUICK = ["--budget", "100", "--runs", "40"]
TYPED = ["tune", "long-requests", "--knob", f"{DELAY}=0s,30s,120s", *QUICK]


def printed(capsys, *arguments, code=0):
    """Return what a command prints that ends with a code."""
    assert main([*TYPED, *arguments]) == code
    return capsys.readouterr().out


@pytest.mark.many_runs
def test_table(capsys):
    """The table shows today and the front, what they change, the knee, and what matters."""
    out = printed(capsys)
    assert out.startswith("Some uploads take longer than the drain: tuning rolling\n")
    assert re.search(r"^ today .*\$", out, re.MULTILINE)
    assert re.search(r"^ [A-H] \(knee\)|^ today \(knee\)", out, re.MULTILINE)
    assert re.search(r"^ deregistration delay +30s", out, re.MULTILINE)
    assert "what moves what: alone–in all" in out
    assert "Worth a meeting: deregistration delay" in out
    assert "Next" not in out
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.many_runs
def test_equal_commands_print_equal_numbers(capsys):
    """Two runs differ in nothing but the time they took."""
    one, other = (re.sub(r" in \d+ s", "", printed(capsys)) for _ in range(2))
    assert one == other


@pytest.mark.many_runs
def test_json(capsys):
    """JSON is what the result's own export gives."""
    told = json.loads(printed(capsys, "--format", "json"))
    assert told["strategy"] == "rolling"
    assert told["knobs"] == {DELAY: ["0s", "30s", "120s"]}


@pytest.mark.many_runs
def test_csv(capsys):
    """CSV is tidy: a row per setting and number."""
    rows = list(csv.DictReader(StringIO(printed(capsys, "--format", "csv"))))
    assert {row["kind"] for row in rows} == {"knob", "objective"}
    assert {row["name"] for row in rows if row["kind"] == "knob"} == {DELAY}
    assert sum(row["label"] == "today" for row in rows) == 5


@pytest.mark.many_runs
def test_markdown(capsys):
    """Markdown is a bold sentence, a table and folded layers."""
    out = printed(capsys, "--format", "markdown")
    assert out.startswith("**")
    assert out.count("<details>") == out.count("</details>") == 3
    assert "| Setting | Harm | Back in | Extra cost | Deployment | Changes |" in out


@pytest.mark.many_runs
def test_plot(capsys, tmp_path):
    """--plot writes the picture beside the table."""
    target = tmp_path / "front.svg"
    assert main([*TYPED, "--plot", str(target)]) == 0
    assert target.read_text(encoding="utf-8").startswith("<?xml")
    assert f"wrote {target}" in capsys.readouterr().err


@pytest.mark.many_runs
def test_constraints_that_nothing_keeps(capsys):
    """A stated bound that no setting keeps ends with 1 and says how near one comes."""
    out = " ".join(printed(capsys, "--constraint", "deployment_s <= 1s", code=1).split())
    assert "No setting of 3 keeps all constraints" in out
    assert "asked: deployment_s <= 1s" in out


@pytest.mark.many_runs
def test_a_low_threshold_is_not_praised(capsys):
    """Where a service fails nothing by itself, a lower threshold comes with a warning."""
    path = "alarms.checkout-5xx.threshold"
    typed = ["tune", "shallow-health-check", "--knob", f"{path}=0.1%,5%,40%", *QUICK]
    assert main([*typed, "--set", f"{path}=40%", "--objective", "harm"]) == 0
    assert "fails no request by itself" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["no-such"], "no such file"),
        (["bad-boot", "--strategy", "roling"], 'did you mean "rolling"'),
        (["bad-boot", "--knob", "x"], "--knob x: must be path=values"),
        (["bad-boot", "--knob", f"{DELAY}=0s,2h"], "out of AWS's range"),
        (["bad-boot", "--objective", "harms"], 'unknown "harms"; did you mean "harm"'),
        (["bad-boot", "--constraint", "downtime_s"], "--constraint 'downtime_s': must be METRIC"),
        (["bad-boot", "--plot", "x.gif"], "a picture is .png, .svg, .pdf"),
        (["bad-boot", "--budget", "5"], "--budget must be from 100"),
        (["bad-boot", "--seed", "-1"], "--seed must be from 0"),
    ],
)
def test_bad_input(capsys, typed, told):
    """Bad input ends with 2 and says what is wrong, without a traceback."""
    assert main(["tune", *typed]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert "Traceback" not in captured.err


def test_interrupted():
    """Ctrl-C ends with 130 and says how far it was."""
    typed = ["tune", "long-requests", "--budget", "50000", "--knob", f"{BAKE}=0s:1h:1m",
             "--knob", f"{DELAY}=0s:300s:1s"]  # fmt: skip
    with interruptible.start(*typed, env=os.environ | {"PYTHONPATH": str(ROOT)}) as started:
        try:
            time.sleep(2)
            started.send_signal(signal.SIGINT)
            out, err = started.communicate(timeout=60)
        finally:
            started.kill()
    assert started.returncode == 130
    assert out == ""
    assert "interrupted; nothing is left half-written" in err
    assert "Traceback" not in err


def test_what_an_interruption_says():
    """It says how many settings were played, and that nothing is lost."""
    count = tune.Count()
    assert count.state() == "nothing was played yet"
    count.before(None)(1230, 2000)
    assert count.state().startswith("1,230 of 2,000 settings were played; ")
    assert "nothing is lost" in count.state()
