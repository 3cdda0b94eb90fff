"""docs/calibrate.md: its output is what the command prints of the example.

``COLUMNS=100 python -m tests.calibrating.test_page`` writes it anew.
"""

import pytest

from tests.pages import ROOT, outputs, printed, rewrite

PAGE = ROOT / "docs" / "calibrate.md"


def test_the_page_shows_what_is_printed(monkeypatch):
    """The output on the page is that of the command above it, at 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    ((command, shown),) = outputs(PAGE)
    assert printed(command) == shown.strip()


@pytest.mark.parametrize("option", ["into", "delay", "app-log", "drop", "plot", "format",
                                    "service", "timezone"])  # fmt: skip
def test_the_page_explains_every_option(option):
    """Each option of the command is on the page."""
    assert f"--{option}" in PAGE.read_text(encoding="utf-8")


if __name__ == "__main__":
    rewrite(PAGE)
