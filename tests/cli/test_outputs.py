"""Names of files to write: those that cannot be written are refused before anything is played."""

import pytest

from simdeploy import engines
from simdeploy.cli.app import main
from simdeploy.files import WriteError, check_writable
from simdeploy.importers import aws, live

RUNS = ("--runs", "20")
#: Commands that write a picture, or another file, where they are told to.
COMMANDS = {
    "run": ["run", "happy-path", "--plot", "{}"],
    "run of two": ["run", "happy-path", "--compare", "rolling,canary", "--plot", "{}"],
    "compare": ["compare", "happy-path", *RUNS, "--plot", "{}"],
    "recommend": ["recommend", "happy-path", *RUNS, "--plot", "{}"],
    "tune": ["tune", "happy-path", *RUNS, "--budget", "20", "--plot", "{}"],
    "calibrate": ["calibrate", "scenarios/checkout-api/past/events.json", "--plot", "{}"],
    "sweep-plot": ["sweep-plot", "nothing", "-o", "{}"],
    "import": ["import", "scenarios/aws-files/service.json", "-o", "{}"],
    "import live": ["import", "live", "--cluster", "a", "--service", "b", "-o", "{}"],
}


@pytest.fixture
def unplayed(monkeypatch):
    """Fail where anything is played, imported or asked of AWS."""

    def played(*_, **__):
        raise AssertionError("something was played before the name of the file was checked")

    for module, name in (
        (engines, "encoded"), (engines, "timelines"), (aws, "import_files"), (live, "session"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, played)


@pytest.mark.parametrize("name", list(COMMANDS))
@pytest.mark.parametrize("bad", ["nowhere/x.png", "folder.png", "n" * 300 + ".png"])
def test_bad_names_are_refused_first(name, bad, unplayed, tmp_path, capsys):
    """A folder that is not there, a folder's name and names that no file can have end with 2."""
    (tmp_path / "folder.png").mkdir()
    words = [word.format(tmp_path / bad) for word in COMMANDS[name]]
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "cannot be written" in err
    assert err.count("\n") == 1


def test_what_can_be_written(tmp_path):
    """A new file and one that is there pass, and neither leaves anything; a pipe is not touched."""
    there = tmp_path / "there.png"
    there.write_text("old", encoding="utf-8")
    for target in (there, tmp_path / "new.png", "/dev/null"):
        check_writable(target)
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
    with pytest.raises(WriteError, match="no folder"):
        check_writable(tmp_path / "a" / "b")
