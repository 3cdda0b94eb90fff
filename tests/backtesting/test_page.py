"""The page of backtests: its outputs are what the commands print.

``COLUMNS=100 python -m tests.backtesting.test_page`` writes them anew.
"""

import pytest

from tests.pages import ROOT, outputs, printed, rewrite

PAGE = ROOT / "docs" / "backtest.md"


@pytest.mark.many_runs
@pytest.mark.parametrize(("command", "shown"), outputs(PAGE))
def test_outputs_are_real(command, shown, monkeypatch):
    """What the page shows below a command is what the command prints."""
    monkeypatch.setenv("COLUMNS", "100")
    assert printed(command) == shown.strip()


if __name__ == "__main__":
    rewrite(PAGE)
