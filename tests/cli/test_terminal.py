"""The command line with real engines, in a pipe and on a terminal of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simdeploy.cli import terminal
from tests import interruptible
from tests.test_readme import TIMINGS

ROOT = Path(__file__).parents[2]
COLOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LOOKS = ("COLUMNS", "LINES", "NO_COLOR", "TERM", "FORCE_COLOR", "SIMDEPLOY_THREADS")
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def environment(**more):
    """Return the environment without what changes how output looks."""
    kept = {key: value for key, value in os.environ.items() if key not in LOOKS}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"} | more


def piped(*arguments, **more):
    """Run a command with pipes for a terminal, and return the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "simdeploy", *arguments],
        env=environment(**more),
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def on_terminal(*arguments, width=100, until=None, **more):
    """Run a command on a terminal of a width, and return all that appears there.

    A command that shows what ``until`` matches is killed there.
    """
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    command = [sys.executable, "-m", "simdeploy", *arguments]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**more), cwd=ROOT
    ) as process:
        os.close(theirs)
        shown, expected = b"", 0
        for part in iter(lambda: read(ours), b""):
            shown += part
            told = COLOR.sub("", shown.decode(errors="replace"))
            if until is not None and expected == 0 and re.search(until, told):
                process.kill()
                expected = -signal.SIGKILL
    os.close(ours)
    assert process.returncode == expected, shown
    return shown.decode().replace("\r\n", "\n")


def read(descriptor):
    """Return what a terminal shows next; nothing where the program is done."""
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux tells the end of a terminal so
        return b""


def compared(*more):
    """Return a comparison that takes a moment."""
    return ("compare", "shallow-health-check", "--runs", "20", *more)


def test_a_pipe_gets_plain_text():
    """In a pipe: no color, no next commands, no time, no bar, at most 100 columns and 40 lines."""
    done = piped(*compared())
    assert (done.returncode, done.stderr) == (0, "")
    assert not COLOR.search(done.stdout)
    assert not TIMINGS.search(done.stdout)
    lines = done.stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert "\nNext " not in done.stdout


@needs_pty
@pytest.mark.parametrize("width", [100, 80])
def test_a_terminal_gets_its_width(width):
    """On a terminal there are colors, and no line is wider than it."""
    shown = on_terminal(*compared(), width=width)
    assert COLOR.search(shown)
    assert max(len(COLOR.sub("", line)) for line in shown.splitlines()) <= width
    names = [line for line in COLOR.sub("", shown).splitlines() if "rolling  " in line]
    assert len(names) == (2 if width == 80 else 1)


@needs_pty
def test_no_color_is_honored():
    """With NO_COLOR no color is set; bold and dim are none."""
    shown = on_terminal(*compared(), NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*(3[0-9]|4[0-9]|9[0-9])m", shown)


@needs_pty
def test_a_dumb_terminal_gets_plain_text():
    """A terminal that knows no escapes gets none."""
    assert not COLOR.search(on_terminal(*compared(), TERM="dumb"))


@needs_pty
def test_the_story_keeps_to_the_terminal():
    """The story of a run is folded at the terminal's width."""
    shown = on_terminal("run", "bad-boot", width=60)
    assert max(len(COLOR.sub("", line)) for line in shown.splitlines()) <= 60


PAGES = [[], ["compare"], ["run"], ["import"], ["import", "aws"], ["scenarios"], ["schema"]]


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_help_is_plain_and_complete(page):
    """Every page fits 80 columns, without boxes or colors, and tells each of its options."""
    done = piped(*page, "--help", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert done.stdout.isascii()
    silent = [line for line in lines if re.fullmatch(r"  -\S+( \S+)?", line)]
    assert silent == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["comapre"], "Did you mean 'compare'?"),
        (["compare"], "Missing argument 'SCENARIO'"),
        (["compare", "bad-boot", "--runs", "0"], "greater than or equal to 1"),
        (["compare", "bad-boot", "--no-such-thing"], "No such option: --no-such-thing"),
        (["compare", "bad-bot"], 'did you mean "bad-boot"?'),
        (["compare", "bad-boot", "--set", "service.desired_cuont=3"], "service.desired_cuont"),
        (["import"], "Missing argument"),
        (["import", "aws", "gone.json", "-o", "x.yaml"], "gone.json"),
        (["import", "aws", "scenarios/checkout-api/service.json"], "--output"),
    ],
)
def test_mistakes_end_with_two(arguments, words):
    """A mistake is told without a traceback, nothing is printed, and the exit code is 2."""
    done = piped(*arguments)
    assert (done.returncode, done.stdout) == (terminal.BAD_INPUT, "")
    assert "Traceback" not in done.stderr
    assert words in done.stderr


def test_a_reader_who_leaves_help_is_no_error():
    """`simdeploy --help | head -0` ends without a traceback."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        done = subprocess.run(  # noqa: PLW1510  the test looks at it
            [sys.executable, "-m", "simdeploy", "--help"],
            stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
        )  # fmt: skip
    assert done.stderr == b""


def test_both_engines_print_the_same():
    """Whichever engine plays, every figure on the screen is the same."""
    batch, process = (piped(*compared("--runs", "5", "--engine", e)) for e in ("batch", "process"))
    assert batch.stdout == process.stdout


def test_settings_change_the_result():
    """A value set on the command line is a value of the scenario."""
    done = piped("compare", "happy-path", "--runs", "5", "--set", "service.desired_count=12")
    assert "12 tasks" in done.stdout


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_folder_that_is_not_there_is_told_first(command, tmp_path):
    """Where the picture cannot go, nothing is simulated."""
    done = piped(command, "bad-boot", "--plot", str(tmp_path / "no" / "x.png"))
    assert (done.returncode, done.stdout) == (terminal.BAD_INPUT, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told():
    """Output that cannot be written ends with 2 and a line."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(  # noqa: PLW1510  the test looks at it
            [sys.executable, "-m", "simdeploy"], stdout=full, stderr=subprocess.PIPE, cwd=ROOT
        )
    assert (done.returncode, done.stderr.count(b"\n")) == (terminal.BAD_INPUT, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_an_interrupted_comparison_ends_at_once():
    """Ctrl-C in the middle of many runs is one line, the last, and 130."""
    asked = ("compare", "shallow-health-check", "--runs", "200000", "--engine", "process")
    with interruptible.start(*asked, env=environment()) as process:
        try:
            time.sleep(2)
            process.send_signal(signal.SIGINT)
            told, error = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, told) == (130, "")
    assert error.splitlines()[-1] == "interrupted; nothing is left half-written"


def test_compiling_is_announced_on_a_terminal_only(capsys, monkeypatch):
    """Whoever waits at a terminal reads why; a log stays as it is."""
    with terminal.compiling():
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with terminal.compiling():
        pass
    assert terminal.COMPILING in capsys.readouterr().err


def test_a_command_starts_quickly():
    """Garbage is searched for seldom and never on the way out; no plugins are looked for."""
    code = (
        "import atexit, gc, os; before = atexit._ncallbacks();"
        "from simdeploy.cli.app import main; main(['--version']); main(['--version']);"
        "print(gc.get_threshold()[0], atexit._ncallbacks() - before, gc.isenabled(),"
        "os.environ['PYDANTIC_DISABLE_PLUGINS'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(), cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == f"{terminal.NEW_OBJECTS} 1 True __all__"
