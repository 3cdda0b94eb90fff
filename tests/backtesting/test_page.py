"""The page of backtests: its outputs are what the commands print.

``python -m tests.backtesting.test_page`` writes them anew.
"""

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import pytest

from simdeploy.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "backtest.md"
OUTPUT = re.compile(
    r"<!-- output: (simdeploy .*?) -->\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)


def printed(command):
    """Return what a command prints at 100 columns, run in the root of the checkout."""
    out = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
        assert main(shlex.split(command)[1:]) == 0
    return out.getvalue()


@pytest.mark.many_runs
@pytest.mark.parametrize(("command", "shown"), OUTPUT.findall(PAGE.read_text(encoding="utf-8")))
def test_outputs_are_real(command, shown, monkeypatch):
    """What the page shows below a command is what the command prints."""
    monkeypatch.setenv("COLUMNS", "100")
    assert printed(command).strip() == shown.strip()


def write():
    """Write the outputs anew."""
    os.environ["COLUMNS"] = "100"
    text = PAGE.read_text(encoding="utf-8")
    filled = OUTPUT.sub(
        lambda m: (
            f"<!-- output: {m[1]} -->\n\n```text\n{printed(m[1]).strip()}\n```"
            + ("" if m[2] else "\n")
        ),
        text,
    )
    PAGE.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    write()
