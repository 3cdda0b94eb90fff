"""docs/calibrate.md: its output is what the command prints of the example.

``python -m tests.calibrating.test_page`` writes it anew.
"""

import re
import shlex
from pathlib import Path

import pytest

from simdeploy.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "calibrate.md"
OUTPUT = re.compile(
    r"<!-- output: simdeploy (.*?) -->\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)


def test_the_page_shows_what_is_printed(capsys, monkeypatch):
    """The output on the page is that of the command above it, at 100 columns."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    command, shown = OUTPUT.search(PAGE.read_text(encoding="utf-8")).groups()
    assert main(shlex.split(command)) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("option", ["into", "delay", "app-log", "drop", "plot", "format",
                                    "service", "timezone"])  # fmt: skip
def test_the_page_explains_every_option(option):
    """Each option of the command is on the page."""
    assert f"--{option}" in PAGE.read_text(encoding="utf-8")


def write():
    """Write the output on the page anew."""
    import contextlib
    import io
    import os

    os.chdir(ROOT)
    os.environ["COLUMNS"] = "100"
    text = PAGE.read_text(encoding="utf-8")
    match = OUTPUT.search(text)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main(shlex.split(match[1]))
    block = f"<!-- output: simdeploy {match[1]} -->\n\n```text\n{printed.getvalue()}```"
    PAGE.write_text(text.replace(match[0], block + ("" if match[2] else "\n")), encoding="utf-8")


if __name__ == "__main__":
    write()
