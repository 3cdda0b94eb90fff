"""Names that no file system takes are refused in one line; odd ones that it takes are written."""

import errno
import os
import sys
from itertools import product

import pytest

from simdeploy.cli.app import main
from simdeploy.errors import OBEYED, ImportShapeError
from simdeploy.files import WriteError, draft_of, write_text
from simdeploy.importers.aws import import_files, write
from simdeploy.sweeps import load_sweep, sweep
from tests.importers.shapes import CHECKOUT

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems take other names")
#: Names that can be written: bytes that are no UTF-8, letters of the longest name there can be.
TAKEN = [
    os.fsdecode(b"\xff\xfe"),
    os.fsdecode(b"ok\xc3"),
    "n" * 251,
    "\U0001f680" * 62,
    "a\nb",
    "\x1b[31mred",
    "\u202egnirts",
    "-o",
    "a=1",
    "$(id)",
    "'; rm",
]
#: Names that cannot.
REFUSED = ["n" * 300, "\U0001f680" * 70, "none/such", "n" * 5000, "folder", "file/x"]
DELAY = "target_group.deregistration_delay"
#: Commands that write a file of a name, and the ending of that name.
WRITERS = {
    "run": (["run", "bad-boot", "--plot"], ".svg"),
    "script": (["recommend", "bad-boot", "--runs", "2", "--rollback-script"], ".sh"),
    "import": (["import", "aws", str(CHECKOUT / "service.json"), "-o"], ".yml"),
    "sweep": (
        [
            "sweep",
            "bad-boot",
            "--runs",
            "2",
            "--strategy",
            "rolling",
            "--set",
            f"{DELAY}=0s,9s",
            "--out",
        ],
        "",
    ),
}
#: Commands that draw as ``run`` does.
DRAWING = {
    "compare": ["compare", "bad-boot", "--runs", "2", "--no-drill", "--plot"],
    "recommend": ["recommend", "bad-boot", "--runs", "2", "--plot"],
}


def outcome(capfd, typed, path):
    """Let a command write to a path; return its exit code and what it said, which is checked."""
    code = main([*typed, path])
    out, err = capfd.readouterr()
    assert code in (0, 2)
    assert not OBEYED.search(out + err)
    assert "Traceback" not in err
    return code, err


@LINUX
@pytest.mark.parametrize(
    ("command", "name"),
    [*product(["import"], TAKEN), *product(["run", "script", "sweep"], [TAKEN[0], TAKEN[2]])],
    ids=ascii,
)
def test_odd_names_are_written(capfd, tmp_path, command, name):
    """A name that the system takes is written, whatever it looks like, and nothing else."""
    path = tmp_path / f"{name}{WRITERS[command][1]}"
    code, err = outcome(capfd, WRITERS[command][0], str(path))
    assert code == 0, err
    assert [os.fsencode(file.name) for file in tmp_path.iterdir()] == [os.fsencode(path.name)]


@LINUX
@pytest.mark.parametrize(
    ("command", "name"),
    [*product(["import"], REFUSED), *product(["run", "script", "sweep"], REFUSED[:2])],
    ids=lambda text: ascii(text[:12]),
)
def test_impossible_names_are_refused(capfd, tmp_path, command, name):
    """A name that the system does not take is refused in one line, and nothing is left."""
    ending = WRITERS[command][1]
    (tmp_path / f"folder{ending}").mkdir()
    (tmp_path / f"folder{ending}" / "full").touch()
    (tmp_path / "file").touch()
    path = tmp_path / f"{name}{ending}"
    code, err = outcome(capfd, WRITERS[command][0], str(path))
    assert code == 2
    assert err.strip()
    assert len(err.splitlines()) == 1
    assert len(err) < 6000
    left = sorted(file.name for file in tmp_path.rglob("*"))
    assert left == sorted(["file", f"folder{ending}", "full"])


@pytest.mark.parametrize("command", DRAWING)
@pytest.mark.parametrize("name", ["n" * 300, "n" * 300 + "/x"], ids=["long", "folder"])
def test_impossible_names_of_pictures(capfd, tmp_path, command, name):
    """No command that draws fails otherwise, or leaves anything."""
    code, err = outcome(capfd, DRAWING[command], str(tmp_path / f"{name}.svg"))
    assert code == 2
    assert "cannot be written" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nul\0", "half\ud800"], ids=ascii)
def test_names_of_no_system(tmp_path, name):
    """In Python, too, such a name is refused as one, and nothing is left."""
    with pytest.raises(WriteError, match="cannot be written: no file can have this name"):
        write_text(tmp_path / name, "text")
    with pytest.raises(ImportShapeError, match="cannot be written: no file can have this name"):
        write(import_files([CHECKOUT / "service.json"]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@LINUX
def test_a_sweep_in_a_folder_of_any_name(tmp_path):
    """Folders whose names are no text, or look like a partition, hold the sweep of any other."""
    for name in ("plain", os.fsdecode(b"\xff"), "a=1"):
        sweep("bad-boot", {DELAY: "0s,9s"}, out=tmp_path / name, runs=2, strategies=["rolling"])
        frame = load_sweep(tmp_path / name)
        assert frame.equals(load_sweep(tmp_path / "plain"))


def test_a_failure_leaves_what_was_there(tmp_path):
    """A draft that fails is removed, and the file before it stays."""
    path = tmp_path / "file"
    write_text(path, "before")
    with pytest.raises(WriteError, match="file: cannot be written: No space left"), draft_of(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(TypeError), draft_of(path) as draft:
        draft.write_bytes(draft.write_text("half"))
    assert [file.read_text() for file in tmp_path.iterdir()] == ["before"]


@LINUX
def test_links_and_pipes(tmp_path):
    """A link leads to the file that is written; what is no file is written itself."""
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_text(tmp_path / "link", "text", mode=0o100)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").stat().st_mode & 0o100
    write_text("/dev/null", "text")
    with pytest.raises(WriteError, match="/dev/full: cannot be written: No space left"):
        write_text("/dev/full", "text")
