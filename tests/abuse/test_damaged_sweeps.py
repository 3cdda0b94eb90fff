"""Damaged files of sweeps are named, refused by readers, and computed anew on --resume."""

import json
import random
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from simdeploy.errors import SimdeployError
from simdeploy.sweeps import api, folder, load_sweep, sweep
from tests.sweeps.common import bytes_of

pytestmark = pytest.mark.many_runs
ROOT = Path(__file__).resolve().parents[2]
DELAY = {"target_group.deregistration_delay": "0s,30s,60s"}
HOW = {"runs": 4000, "strategies": ["rolling"], "keep_runs": True}


@cache
def original(top):
    """Return the folder of a small sweep."""
    sweep("bad-boot", DELAY, out=top / "whole", **HOW)
    return top / "whole"


@pytest.fixture
def copied(tmp_path, tmp_path_factory):
    """Return a copy of the sweep that may be damaged, and the bytes of the whole one."""
    whole = original(tmp_path_factory.getbasetemp())
    shutil.copytree(whole, tmp_path / "out")
    return tmp_path / "out", bytes_of(whole)


def resumed(out):
    """Resume the sweep, and return what was computed anew."""
    return sweep("bad-boot", DELAY, out=out, resume=True, **HOW)


@pytest.mark.parametrize("seed", range(12))
def test_a_flipped_bit_is_found(copied, seed):
    """One bit of a part is flipped anywhere: the part is refused and then computed anew."""
    out, whole = copied
    luck = random.Random(seed)
    part = luck.choice(sorted((out / folder.RESULTS).iterdir()))
    data = bytearray(part.read_bytes())
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    part.write_bytes(data)
    refused = ""
    try:
        same = load_sweep(out).equals(load_sweep(original(out.parents[1])))
    except SimdeployError as error:
        refused, same = str(error), False
    # A flip may also hit a byte that no number hangs on.
    assert same or (refused.startswith(f"{part}: ") and refused.endswith(folder.RECOMPUTE))
    if same:
        part.unlink()
    assert resumed(out).damaged == (() if same else (f"{folder.RESULTS}/{part.name}",))
    assert bytes_of(out) == whole


@pytest.mark.parametrize("how", ["cut", "empty", "swapped", "text"])
def test_other_damage_is_named(copied, how):
    """A part that is cut, empty, another's or a text is refused by name and computed anew."""
    out, whole = copied
    first, second = sorted((out / folder.RESULTS).iterdir())[:2]
    if how == "swapped":
        second.write_bytes(first.read_bytes())
    else:
        data = second.read_bytes()
        second.write_bytes({"cut": data[:-100], "empty": b"", "text": b"hello"}[how])
    with pytest.raises(SimdeployError, match=f"{second.name}: is ") as error:
        load_sweep(out)
    assert len(str(error.value).splitlines()) == 1
    assert resumed(out).damaged == (f"{folder.RESULTS}/{second.name}",)
    assert bytes_of(out) == whole


@pytest.mark.parametrize("change", [{"seed": 2}, {"runs": 6}, {"name": "x"}])
def test_a_changed_manifest_is_refused(copied, change):
    """A manifest that does not fit its digest is damaged, for readers and for --resume."""
    out, _ = copied
    path = out / folder.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    for use in (load_sweep, resumed):
        with pytest.raises(SimdeployError, match=r"manifest\.json: is damaged; sweep anew"):
            use(out)


def test_a_locked_folder_is_not_touched(copied):
    """Who comes second is refused before a draft of the first is removed."""
    out, _ = copied
    draft = out / folder.RESULTS / f"part-000009.parquet{folder.DRAFT}"
    draft.write_bytes(b"half")
    with folder.locked(out), pytest.raises(folder.FolderError, match="another sweep is being"):
        resumed(out)
    assert draft.exists()
    resumed(out)
    assert not draft.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
def test_a_second_process_is_refused(tmp_path):
    """While a sweep is written, another process with --resume ends with 2 and harms nothing."""
    typed = [sys.executable, "-m", "simdeploy", "sweep", "bad-boot", "--out", tmp_path / "out",
             "--set", "target_group.deregistration_delay=0s:29s:1s", "--runs", "3000",
             "--strategy", "blue-green"]  # fmt: skip
    with subprocess.Popen(typed, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        until = time.monotonic() + 120
        while not (tmp_path / "out" / folder.MANIFEST).exists() and time.monotonic() < until:
            time.sleep(0.01)
        second = subprocess.run(
            [*typed, "--resume"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        first.communicate(timeout=300)
    assert first.returncode == 0
    assert second.returncode == 2 or "0 played" in second.stdout
    assert api.state_of(tmp_path / "out") == "15 of 15 parts are done and kept"
