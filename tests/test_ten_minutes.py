"""The page from a team's files to a verdict: its commands succeed one after the other.

``COLUMNS=100 python -m tests.test_ten_minutes`` writes their outputs anew.
"""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.pages import ROOT, outputs, printed, rewrite

PAGE = ROOT / "docs" / "ten-minutes.md"


def folder(above):
    """Return a folder with the files that the page takes."""
    shutil.copytree(ROOT / "scenarios", Path(above) / "scenarios")
    return Path(above)


@pytest.mark.many_runs
def test_the_tour_prints_what_it_shows(monkeypatch, tmp_path):
    """Each command starts from what those before it have written."""
    monkeypatch.setenv("COLUMNS", "100")
    place = folder(tmp_path)
    shown = outputs(PAGE)
    assert [command.split()[1] for command, _ in shown] == ["import", "check", "compare"]
    for command, text in shown:
        assert printed(command, place) == text.strip(), command


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        rewrite(PAGE, folder(scratch))
