"""Pages with outputs: what a page shows below a marked command is what the command prints."""

import contextlib
import io
import re
import shlex
from pathlib import Path

from simdeploy.cli.app import main

ROOT = Path(__file__).resolve().parents[1]
#: A marker with the command, and below it, once written, what the command prints.
OUTPUT = re.compile(
    r"<!-- output: (simdeploy .*?) -->\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
TIMINGS = re.compile(r"in [0-9.]+ (?:m?s|min)\b")


def outputs(page):
    """Return the marked commands of a page, each with what is shown below it."""
    return OUTPUT.findall(page.read_text(encoding="utf-8"))


def printed(command, folder=ROOT):
    """Return what a command prints, run in a folder, without the seconds that it took."""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        assert main(shlex.split(command)[1:]) == 0
    return TIMINGS.sub("in … s", out.getvalue().strip())


def rewrite(page, folder=ROOT):
    """Write the outputs of a page anew, in the order of its commands."""

    def fresh(match):
        end = "" if match[2] else "\n"
        return f"<!-- output: {match[1]} -->\n\n```text\n{printed(match[1], folder)}\n```{end}"

    text = page.read_text(encoding="utf-8")
    page.write_text(OUTPUT.sub(fresh, text), encoding="utf-8")
