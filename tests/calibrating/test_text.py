"""What a calibration prints: the answer first, a table, lines that fit."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simdeploy import calibrate
from simdeploy.calibrating.showing import to_json, to_yaml
from simdeploy.cli.app import main
from tests.calibrating.simulated import BEGIN, HOUR, Writer


@pytest.fixture
def files(tmp_path):
    """Return a file of events of five deployments with long starts."""
    writer = Writer()
    for k in range(5):
        begin = BEGIN + k * HOUR
        start = 61.2 + 10.2 * (k % 2)
        writer.deploy(begin, 21.0, number=k + 2, start=start, created=begin - 12.0 - k)
    path = tmp_path / "events.json"
    path.write_text(writer.services(), encoding="utf-8")
    return [path]


def test_the_answer_comes_first(files):
    """The second line says how many steps were fitted, and what differs from the defaults."""
    lines = calibrate(files).text().splitlines()
    assert lines[0] == "web: 5 deployments, 1 Jul 2026"
    assert "started → registered, " in lines[1]
    assert "rather than 27.0s" in " ".join(lines[1:3])


@pytest.mark.parametrize("width", [80, 100])
def test_lines_fit(files, width):
    """No line is wider than the terminal, but for the block to paste."""
    text = calibrate(files).text(width).partition("To paste")[0]
    assert max(len(line) for line in text.splitlines()) <= width


def test_the_block_is_what_is_fitted(files):
    """The block to paste holds the fitted keys and reads as YAML."""
    found = calibrate(files)
    block = YAML(typ="safe").load(to_yaml(found))
    for path, value in found.keys.items():
        here = block
        for key in path.split("."):
            here = here[key]
        assert here == json.loads(json.dumps(value))


def test_json_has_every_sample(files):
    """JSON holds each step with its samples, and no number that is none."""
    document = json.loads(to_json(calibrate(files)))
    start = next(step for step in document["steps"] if step["step"] == "start")
    assert start["n"] == len(start["samples"]) == 5
    assert start["samples"][0]["high_s"] - start["samples"][0]["low_s"] == pytest.approx(10.2, 0.1)
    assert document["looks"]["fitted"] is True


def test_every_key_of_the_json_is_documented(files):
    """docs/json.md has each key of the document, of a step and of a sample."""
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    document = json.loads(to_json(calibrate(files)))
    step = document["steps"][0]
    keys = [*document, *document["looks"], *step, *step["samples"][0]]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_a_frame_has_a_row_per_step(files):
    """As a frame a calibration has a row for each step, by its name."""
    frame = calibrate(files).to_frame()
    assert frame.loc["start", "n"] == 5
    assert "samples" not in frame.columns


def test_it_shows_itself(files):
    """At a prompt a calibration is a line, in a notebook its text."""
    found = calibrate(files)
    assert repr(found) == "<Calibration of web: 4 of 5 steps>"
    assert "started → registered" in found._repr_html_()


def test_the_command_writes_a_scenario_and_a_picture(files, tmp_path, capsys):
    """The command prints the table, draws the picture and writes the keys into a scenario."""
    target, picture = tmp_path / "my.yaml", tmp_path / "my.svg"
    target.write_text("name: my\nstrategies:\n  rolling: {type: rolling}\n"
                      "target_group: {deregistration_delay: 30s}\n", encoding="utf-8")  # fmt: skip
    code = main(["calibrate", str(files[0]), "--into", str(target), "--plot", str(picture)])
    out = capsys.readouterr()
    assert code == 0
    assert "started → registered" in out.out
    assert "wrote 5 keys into" in out.err
    assert "# calibrated: started → registered, n = 5" in target.read_text(encoding="utf-8")
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--into", "no.yaml"], "--into no.yaml: no such file"),
        (["--delay", "soon"], "--delay: "),
        (["--plot", "a.gif"], "a.gif: a picture is"),
        (["--service", "other"], 'no "other" in these files; there are: web'),
        (["--drop", "x"], '--drop: no deployment or task "x"'),
    ],
)
def test_wrong_options_are_refused(files, capsys, arguments, message):
    """A wrong option ends with one line and exit code 2."""
    assert main(["calibrate", str(files[0]), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
