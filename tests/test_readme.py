"""The README: every command and every block of code in it runs, and its outputs are real.

``python tests/test_readme.py`` writes the outputs and the picture anew.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: An output: a marker with the command, and below it, once written, what the command prints.
OUTPUT = re.compile(
    r"<!-- output: (simdeploy .*?) -->\n(?:\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
#: Lines that set a machine up; .ci/run executes the first kind, the others need other tools.
SET_UP = ("python3 -m venv ", ".venv/bin/python ", "uv ", "uvx ", "pipx ")
PICTURE = ROOT / "docs" / "images" / "compare-bad-boot.png"
MOST_BYTES = 150_000
TIMINGS = re.compile(r"in [0-9.]+ (?:m?s|min)\b")


def blocks(language):
    """Return the code blocks of a language, in the order of the README."""
    text = README.read_text(encoding="utf-8")
    return [code for lang, code in BLOCK.findall(text) if lang == language]


def first_line(block):
    """Return what a block is called in the list of tests."""
    return block.partition("\n")[0][:40]


def commands(block):
    """Return the commands of a block without comments, continued lines joined."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def run(command, folder):
    """Run a ``simdeploy …`` line of the README by the package under test."""
    words = shlex.split(command, comments=True)[1:]
    arguments = [found for word in words for found in expanded(word, folder)]
    return python("-m", "simdeploy", *arguments, folder=folder)


def expanded(word, folder):
    """Return the files that a word with an asterisk stands for, as a shell does."""
    if "*" not in word:
        return [word]
    return sorted(str(path.relative_to(folder)) for path in folder.glob(word))


def python(*arguments, folder):
    """Run Python in a folder with this checkout's package, and return the finished process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "MPLBACKEND": "agg"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the scenarios and the files that the README shows."""
    path = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "scenarios", path / "scenarios")
    for code in blocks("python"):
        if named := re.match(r"# (\w+\.py)\n", code):
            (path / named[1]).write_text(code, encoding="utf-8")
    return path


def test_every_command_is_known():
    """A line of a shell block either sets a machine up or is a simdeploy command."""
    lines = [line for block in blocks("sh") for line in commands(block)]
    assert [line for line in lines if not line.startswith(("simdeploy ", *SET_UP))] == []


@pytest.mark.many_runs
@pytest.mark.parametrize("block", blocks("sh"), ids=first_line)
def test_shell_block_runs(block, folder):
    """The commands of a block succeed one after the other."""
    for line in commands(block):
        if not line.startswith(SET_UP):
            done = run(line, folder)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("code", blocks("python"), ids=first_line)
def test_python_block_runs(code, folder):
    """A block of Python runs as it stands."""
    done = python("-c", code, folder=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.many_runs
@pytest.mark.parametrize(("command", "shown"), OUTPUT.findall(README.read_text(encoding="utf-8")))
def test_outputs_are_real(command, shown, folder):
    """What the README shows below a command is what the command prints, timings aside."""
    if not shown:
        pytest.skip("not written yet: python tests/test_readme.py")
    printed = run(command, folder).stdout
    assert TIMINGS.sub("in … s", printed.strip()) == TIMINGS.sub("in … s", shown.strip())


@pytest.mark.parametrize("target", LINK.findall(README.read_text(encoding="utf-8")))
def test_links_lead_somewhere(target):
    """Every file and folder the README points to exists."""
    assert (ROOT / target).exists()


def test_the_picture_is_light():
    """The picture is a PNG that a page loads at once, and the README shows it."""
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
    assert PICTURE.stat().st_size <= MOST_BYTES
    assert str(PICTURE.relative_to(ROOT)) in README.read_text(encoding="utf-8")


def redraw():
    """Draw the README's picture, in the few colors that it has."""
    from PIL import Image

    PICTURE.parent.mkdir(exist_ok=True)
    python("-m", "simdeploy", "compare", "bad-boot", "--plot", str(PICTURE), folder=ROOT)
    with Image.open(PICTURE) as drawn:
        few = drawn.convert("RGB").quantize(
            256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    few.save(PICTURE, optimize=True)


def rewrite():
    """Put the present output of each marked command into the README."""

    def fresh(match):
        printed = run(match[1], ROOT).stdout.rstrip()
        end = "" if match[2] else "\n"
        return f"<!-- output: {match[1]} -->\n\n```text\n{printed}\n```{end}"

    README.write_text(OUTPUT.sub(fresh, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
    redraw()
