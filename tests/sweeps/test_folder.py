"""Folders of sweeps: which are refused, and why."""

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from simdeploy.errors import SimdeployError
from simdeploy.scenario import load_scenario
from simdeploy.sweeps import folder, identity, load_sweep, planning
from simdeploy.sweeps.identity import digest
from tests.sweeps.common import bytes_of, small


def refused(out, **how):
    """Return why a sweep is refused; the folder stays as it is."""
    before = bytes_of(out) if out.is_dir() else {}
    with pytest.raises(SimdeployError) as error:
        small(out, **how)
    assert (bytes_of(out) if out.is_dir() else {}) == before
    return str(error.value)


def test_a_folder_with_something_in_it(tmp_path):
    """What is not empty and no sweep is refused, with --resume or without."""
    (tmp_path / "notes.txt").write_text("mine")
    assert "is not empty; name another folder" in refused(tmp_path)
    assert "holds no sweep" in refused(tmp_path, resume=True)


def test_a_sweep_is_not_overwritten(tmp_path):
    """A folder that holds a sweep is only used with --resume."""
    small(tmp_path)
    assert "go on with it with --resume" in refused(tmp_path)


def test_another_sweep_is_not_resumed(tmp_path, monkeypatch):
    """Seed, runs, strategies, scenario, knobs and version are told where they differ."""
    small(tmp_path)
    assert "seed: there 1, now 2" in refused(tmp_path, resume=True, seed=2)
    assert "number of runs: there 20, now 30" in refused(tmp_path, resume=True, runs=30)
    assert 'strategies: there ["recreate"], now ["rolling"]' in refused(
        tmp_path, resume=True, strategies=["rolling"]
    )
    monkeypatch.setattr(planning, "__version__", "0.0.1")
    assert "version of simdeploy: there" in refused(tmp_path, resume=True)
    monkeypatch.undo()
    monkeypatch.setattr(planning, "fingerprint", lambda: "another")
    assert "model: there" in refused(tmp_path, resume=True)


def test_another_scenario_is_not_resumed(tmp_path):
    """The scenario is told apart by what decides its runs, not by its words."""
    scenario = load_scenario("bad-boot")
    told = scenario.model_copy(update={"title": "Another title", "runs": 7})
    other = load_scenario("bad-boot", overrides=["service.desired_count=4"])
    assert identity.of_scenario(scenario) == identity.of_scenario(told)
    assert identity.of_scenario(scenario) != identity.of_scenario(other)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "cannot be read"), ("[]", "no manifest"), ('{"a": 1}', "no manifest")],
)
def test_a_spoilt_manifest(text, told, tmp_path):
    """A manifest that is none is told, for resuming and for reading."""
    (tmp_path / folder.MANIFEST).write_text(text)
    assert told in refused(tmp_path, resume=True)
    with pytest.raises(SimdeployError, match=told):
        load_sweep(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    """A file where the folder should be is told in the system's words."""
    (tmp_path / "file").write_text("")
    assert "cannot be used: File exists" in refused(tmp_path / "file")
    assert "cannot be used: Not a directory" in refused(tmp_path / "file" / "below")


def test_a_folder_without_the_right_to_write(tmp_path, monkeypatch):
    """Where files cannot be made the system's words are told, and nothing is left."""

    def forced(draft, data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder, "_write_synced", forced)
    assert "manifest.json: cannot be written: Permission denied" in refused(tmp_path)


def test_two_sweeps_do_not_share_a_folder(tmp_path):
    """While one sweep writes to a folder another is refused."""
    small(tmp_path)
    with folder.locked(tmp_path):
        assert "another sweep is being written to it" in refused(tmp_path, resume=True)


def test_a_sweep_that_is_not_done_is_not_read_by_mistake(tmp_path):
    """Unless asked for, what is there of an interrupted sweep is not taken for all of it."""
    small(tmp_path)
    manifest = json.loads((tmp_path / folder.MANIFEST).read_text())
    entries = {k: v for k, v in manifest.items() if k != "digest"} | {"parts": 3}
    marked = {**entries, "digest": digest(entries)}
    (tmp_path / folder.MANIFEST).write_text(json.dumps(marked))
    (part,) = (tmp_path / folder.RESULTS).iterdir()
    folder.write_table(part, pq.read_table(part), marked["digest"])
    with pytest.raises(SimdeployError, match="1 of 3 parts are done"):
        load_sweep(tmp_path)
    assert len(load_sweep(tmp_path, partial=True)) == 6


def test_reading_what_is_no_sweep(tmp_path):
    """A missing folder and an empty one are told apart; runs are there only if they were kept."""
    with pytest.raises(SimdeployError, match="no such folder"):
        load_sweep(tmp_path / "missing")
    with pytest.raises(SimdeployError, match="holds no sweep"):
        load_sweep(tmp_path)
    small(tmp_path)
    with pytest.raises(SimdeployError, match="sweep with --keep-runs"):
        load_sweep(tmp_path, runs=True)
    with pytest.raises(SimdeployError, match='no column "downtime"'):
        load_sweep(tmp_path, columns=["downtime"])


def test_the_fingerprint_covers_what_plays_a_run():
    """All that a run imports is in the fingerprint, but for errors, files and validation."""
    code = (
        "import sys; from simdeploy import load_scenario; from simdeploy.engines import replicate\n"
        "replicate(load_scenario('bad-boot'), 'rolling', seed=1, lo=0, hi=1)\n"
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('simdeploy.')})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    covered = {name.removesuffix(".py") for name in identity.DECIDING}
    played = {name for name in done.stdout.split() if not name.startswith("_")}
    assert played - covered == {"errors", "files", "pydantic_base"}
