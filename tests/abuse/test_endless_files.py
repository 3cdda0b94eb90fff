"""Files for `--load` that never end, or end the process: one line in time, exit code 2."""

import os
import re
import subprocess
import sys
import time

import pytest

from simdeploy.cli.app import main
from simdeploy.strategies import REGISTRY, user_file, user_time
from tests.abuse.test_hostile_files import GOOD, HEAD

LOOP = "is not over after 0.2 s; a file or a method may take so long at most"
LEFT = "os._exit: this would end the process without a word"
VALIDATOR = """\
    @__import__('pydantic').model_validator(mode='after')
    def v(self):
"""
SWALLOWS = """\
def on():
    try:
        while True: pass
    except BaseException: on()
on()
"""
SETTING = ("--set", "strategies.a.type=mine")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Wait less than a minute, and forget after a test what it has registered and executed."""
    monkeypatch.setattr(user_file, "EXECUTED", set())
    monkeypatch.setattr(user_time, "SECONDS", 0.2)
    monkeypatch.setattr(user_time, "PAUSE", 0.5)
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)
    assert os._exit is user_time._leave


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("x = 1\nwhile True: x += 1\n", 2, LOOP),
        ("while True:\n    try:\n        while True: pass\n    except Exception: pass\n", 3, LOOP),
        ("import os\nos._exit(0)\n", 2, LEFT),
        ("import sys, os\ntry: os._exit(0)\nfinally: sys.exit(3)\n", 3, "SystemExit: 3"),
        (f"{HEAD}    def plan(self, context):\n        while True: pass\n", 8, LOOP),
        (f"import os\n{HEAD}    def plan(self, context):\n        os._exit(0)\n", 9, LEFT),
        (f"{HEAD}{VALIDATOR}        while True: pass\n{GOOD}", 9, LOOP),
    ],
)
def test_code_without_an_end(capsys, tmp_path, content, line, words):
    """A loop in a file or a method, and leaving by force, are named by their line."""
    path = tmp_path / "mine.py"
    path.write_text(content)
    began = time.monotonic()
    code = main(["run", "bad-boot", "--strategy", "a", "--load", str(path), *SETTING])
    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1)
    assert f"{path}:{line}: " in error
    assert words in error
    assert time.monotonic() - began < 30


def test_code_that_is_quick_is_left_alone(capsys, tmp_path, monkeypatch):
    """No exception arrives where the code was over in time; a process of its own may leave."""
    monkeypatch.setattr(user_time, "SECONDS", 5.0)
    path = tmp_path / "mine.py"
    fork = "import os\nchild = os.fork()\nif not child: os._exit(7)\n"
    wait = "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
    path.write_text(f"{fork}{wait}{HEAD}{GOOD}")
    assert main(["run", "bad-boot", "--strategy", "a", "--load", str(path), *SETTING]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("how", ["time.sleep(1000)", SWALLOWS], ids=["sleeps", "swallows"])
def test_what_nothing_ends(tmp_path, how):
    """Where no exception helps the process is ended, after the line and with exit code 2."""
    path = tmp_path / "mine.py"
    path.write_text(f"import time\n{how}\n")
    code = (
        "import sys\n"
        "from simdeploy.strategies import user_time\n"
        "user_time.SECONDS, user_time.PAUSE = 0.2, 0.05\n"
        "from simdeploy.cli.app import main\n"
        f"sys.exit(main(['run', 'bad-boot', '--load', {str(path)!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 2
    assert re.fullmatch(rf"{re.escape(str(path))}:\d+: {re.escape(LOOP)}\n", done.stderr)


TRACED = """
import sys, time
from simdeploy.strategies import user_time

user_time.SECONDS, user_time.PAUSE = {seconds}, 0.05
try:
    with user_time.Limited("mine.py"):
        time.sleep(0.3)
        for _ in range(100_000):
            pass
except user_time.TookTooLongError:
    print("too long")

def called():
    return "over"

sys.settrace(lambda *_: None)
print(called())
"""


@pytest.mark.parametrize(("seconds", "said"), [(60.0, []), (0.1, ["too long"])])
def test_nothing_is_on_its_way_after_the_limit(seconds, said):
    """Code after it runs under a tracer, too: Python 3.11 hung there."""
    done = subprocess.run(
        [sys.executable, "-c", TRACED.format(seconds=seconds)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.split("\n")[:-1] == [*said, "over"], done.stderr
