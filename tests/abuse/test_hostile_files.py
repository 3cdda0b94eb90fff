"""Files for `--load` that fail in every way: one line with file and line, exit code 2."""

import os
import subprocess
import sys

import pytest

from simdeploy.cli.app import main
from simdeploy.cli.terminal import guarded
from simdeploy.strategies import REGISTRY, user_file
from simdeploy.strategies.user_code import in_words, shown

HEAD = """\
from simdeploy import Strategy, register
from simdeploy import strategies as s

@register
class Mine(Strategy):
    type = "mine"
"""
#: Of a strategy that can be played.
GOOD = "    def plan(self, context):\n        return [s.replace_tasks(50, 100)]\n"
#: Exceptions that cannot be shown, and what is no ``Exception``.
ERRORS = """\
class Silent(Exception):
    def __str__(self): raise ValueError
class Mute(BaseException):
    def __str__(self): raise SystemExit
    __repr__ = __str__
class Number(Exception):
    def __str__(self): return 3
class Hidden(Exception):
    @property
    def __traceback__(self): raise SystemExit
"""
RAISED = [
    ("SystemExit", "SystemExit"),
    ("SystemExit(0)", "SystemExit: 0"),
    ("BaseException('x')", "BaseException: x"),
    ("GeneratorExit", "GeneratorExit"),
    ("StopIteration(1)", "StopIteration: 1"),
    ("BaseExceptionGroup('g', [KeyboardInterrupt()])", "BaseExceptionGroup: g (1 sub-exception)"),
    ("Silent", "Silent"),
    ("Mute", "Mute"),
    ("Number", "Number"),
    ("Hidden", "Hidden"),
    ("ValueError('\\nsecond')", "ValueError: second"),
    ("ValueError('x' * 10**7)", f"ValueError: {'x' * 299}…"),
    ("type('N' * 300, (Exception,), {})", f"{'N' * 59}…"),
    ("MemoryError", "MemoryError"),
]


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """Forget after a test what it has registered and executed."""
    monkeypatch.setattr(user_file, "EXECUTED", set())
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def refused(capsys, path):
    """Load a file and simulate its strategy; return the only line that it prints."""
    setting = ("--set", "strategies.a.type=mine")
    code = main(["run", "bad-boot", "--strategy", "a", "--load", str(path), *setting])
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert "Traceback" not in captured.err
    assert captured.err.count("\n") == 1
    assert len(captured.err) < 1000
    return captured.err.strip()


def written(folder, text):
    """Write a file, as text or bytes."""
    path = folder / "mine.py"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def line_of(path, text):
    """Return the number of the last line of a file that holds a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return max(k for k, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(("raised", "words"), RAISED)
def test_a_file_may_raise_anything(capsys, tmp_path, raised, words):
    """Whatever a file raises is shown with its line, and nothing of it stays registered."""
    path = written(tmp_path, f"{ERRORS}\n{HEAD}{GOOD}\nraise {raised}\n")
    before = dict(REGISTRY)
    line = line_of(path, f"raise {raised}")
    assert refused(capsys, path) == f"{path}:{line}: {words}"
    assert before == REGISTRY


@pytest.mark.parametrize(("raised", "words"), RAISED)
@pytest.mark.parametrize("first", ["", "yield s.wait(1); "], ids=["list", "generator"])
def test_a_plan_may_raise_anything(capsys, tmp_path, first, raised, words):
    """The same in a plan, be it a function or a generator."""
    if first and raised.startswith("StopIteration"):
        pytest.skip("a generator that raises it raises another error, at its first line")
    plan = f"    def plan(self, context):\n        {first}raise {raised}\n"
    path = written(tmp_path, f"{ERRORS}\n{HEAD}{plan}")
    line = line_of(path, f"raise {raised}")
    assert refused(capsys, path) == f"{path}:{line}: strategy Mine: {words}"


@pytest.mark.parametrize("method", ["__init__", "takes", "with_defaults", "resolved", "carrier"])
@pytest.mark.parametrize("raised", ["SystemExit", "1/0", "Mute"])
def test_other_methods_may_raise_anything(capsys, tmp_path, method, raised):
    """A method of the base class that is replaced by one that fails is named by its line."""
    decorated = "    @property\n" if method == "carrier" else ""
    what = "return 1/0" if raised == "1/0" else f"raise {raised}"
    text = f"{decorated}    def {method}(self, *given, **named): {what}\n{GOOD}"
    path = written(tmp_path, f"{ERRORS}\n{HEAD}{text}")
    assert f"{path}:{line_of(path, f'def {method}(')}: " in refused(capsys, path)


@pytest.mark.parametrize("method", ["with_defaults", "resolved"])
def test_methods_that_return_nothing(capsys, tmp_path, method):
    """Where no line of the file is to blame the file is, and what failed is named."""
    path = written(tmp_path, f"{HEAD}    def {method}(self, given): return None\n{GOOD}")
    assert refused(capsys, path).startswith(f"{path}:1: its strategies cannot be simulated: ")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("return [s.wait(1)] * 1_000_000", "plan() returns more steps than there is room for: 256"),
        ("return [s.wait(1)] * 257", "plan() returns more steps than there is room for: 256"),
        ("while True: yield s.wait(1)", "plan() returns more steps than there is room for: 256"),
        ("return self.plan(context)", "RecursionError: maximum recursion depth exceeded"),
        ("return [s.Step([1])]", "plan() step 1: there is no opcode [1]"),
        ("return [s.Step(9, 10**400)]", "plan() step 1: its arguments must be finite numbers; got"),
        ("return ['x' * 10**7]", "plan() returns as step 1 what is none; got 'xxxxxxxx"),
        ("return Rude()", "ValueError: rude"),
        ("return [Rude()]", "ValueError: rude"),
        ("return [s.Step(9, Real(1))]", "ValueError: rude"),
    ],
)
def test_plans_without_measure(capsys, tmp_path, plan, words):
    """Plans too long or too deep, and steps that fail when they are looked at."""
    rude = """\
class Rude:
    def __repr__(self): raise SystemExit
    def __iter__(self): raise ValueError("rude")
class Real(float):
    def __ge__(self, other): raise ValueError("rude")
    __le__ = __ge__
"""
    path = written(tmp_path, f"{rude}{HEAD}    def plan(self, context):\n        {plan}\n")
    error = refused(capsys, path).replace("SystemExit", "ValueError: rude")
    assert error.startswith(f"{path}:")
    assert f": strategy Mine: {words}" in error


def test_a_plan_is_not_awaited(capsys, tmp_path):
    """A coroutine is refused, without a warning of Python's."""
    path = written(tmp_path, f"{HEAD}    async def plan(self, context):\n        return []\n")
    assert refused(capsys, path) == f"{path}:7: strategy Mine: plan() must not be async"


@pytest.mark.parametrize(
    "field",
    [
        "x: 'Nothing' = 3",
        "x: 'int[' = 3",
        "x: 5 = 5",
        "x: '__import__(\"sys\").exit()' = 5",
        "model_config = {'extra': 'nope'}",
        "x: int = __import__('pydantic').Field(3, alias=5)",
        "x: int = __import__('pydantic').Field(default_factory=lambda: 1/0)",
        "x = 1",
        "alarms = 5",
        "def __new__(cls, *a, **k): return 3",
        "@__import__('pydantic').model_validator(mode='after')\n    def v(self): return None",
        "@__import__('pydantic').model_validator(mode='after')\n    def v(self): 1/0",
        "@__import__('pydantic').model_validator(mode='after')\n    def v(self): raise SystemExit",
    ],
)
def test_fields_that_cannot_be(capsys, tmp_path, field):
    """Annotations that nothing resolves, and models that pydantic refuses, with file and line."""
    path = written(tmp_path, f"{HEAD}    {field}\n{GOOD}")
    where = refused(capsys, path).partition(f"{path}:")[2].split(":")[0]
    assert 4 <= int(where) <= 8


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("alarms: int = 5", "alarms: must be a list of names of alarms; got 5"),
        ("alarms: tuple = (3,)", "alarms: must be a list of names of alarms; got "),
        ("hooks = 5", "hooks: must be a tuple of Hook; got 5"),
        ("hooks = ('a',)", "hooks: must be a tuple of Hook; got "),
        ("approval = 'bob'", 'approval: must be an Approval or None; got "bob"'),
        ("circuit_breaker = True", "circuit_breaker: must be a CircuitBreaker; got true"),
        ("circuit_breaker = None", "circuit_breaker: must be a CircuitBreaker; got null"),
        ("bake_time = 'long'", 'bake_time: must be seconds from 0, or "auto"; got "long"'),
        ("bake_time = -5", 'bake_time: must be seconds from 0, or "auto"; got -5'),
        ("bake_time = float('nan')", 'bake_time: must be seconds from 0, or "auto"; got '),
        ("test_listener = 'yes'", 'test_listener: must be true or false; got "yes"'),
        ("first_deployment = []", "first_deployment: must be true or false; got "),
        ("codedeploy_red_alarm = 5", "codedeploy_red_alarm: must be stop or ignore; got 5"),
        ("carrier = 5", "carrier: must be a strategy; got 5"),
        ("controller = []", "controller: unknown controller; got "),
        ("flag_propagation = 5", "flag_propagation: must be a distribution; got 5"),
    ],
)
def test_attributes_of_wrong_types(capsys, tmp_path, line, words):
    """Each attribute of the base class is refused by name where it has a wrong value."""
    path = written(tmp_path, f"{HEAD}    {line}\n{GOOD}")
    assert f"strategies.a.{words}" in refused(capsys, path)


@pytest.mark.parametrize("value", ["5", "[]", f"'{'m' * 300}'"])
def test_types_that_are_no_names(capsys, tmp_path, value):
    """A strategy's type is a text of at most 60 letters."""
    path = written(tmp_path, HEAD.replace('"mine"', value) + GOOD)
    words = "strategy Mine: type must be a text of at most 60 letters; got "
    assert refused(capsys, path).startswith(f"{path}:4: {words}")


def test_a_class_with_a_long_name(capsys, tmp_path):
    """A name of 300 letters is cut in an error."""
    path = written(tmp_path, HEAD.replace("Mine", "M" * 300) + GOOD.replace("[", "5 #"))
    assert f"strategy {'M' * 59}…: plan() must return a list of steps" in refused(capsys, path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\nx = '\xe4'\n", ":2: (unicode error) 'utf-8' codec can't decode byte"),
        (b"# -*- coding: nonsense -*-\nx = 1\n", ":1: unknown encoding: nonsense"),
        ("x = 1\n".encode("utf-16"), ":1: source code string cannot contain null bytes"),
        (b"x = 1\ny = \0\n", ":2: source code string cannot contain null bytes"),
        (b"x = " + b"(" * 500 + b")" * 500, ":1: too many nested parentheses"),
        (b"x = " + b"-" * 200_000 + b"1", ":1: is too deeply nested to be compiled"),
        (b"def f(): return f()\nf()\n", ":1: RecursionError: "),
        (b"#" * 10_000_001, ": cannot be read: it is longer than 10,000,000 bytes"),
    ],
)
def test_content_that_is_no_python(capsys, tmp_path, content, words):
    """Bytes that are no text of Python are named, with a line where there is one."""
    path = written(tmp_path, content)
    assert refused(capsys, path).startswith(f"{path}{words}")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom", "/dev/null", "/dev/stdin"])
@pytest.mark.skipif(sys.platform == "win32", reason="no devices here")
def test_devices_are_not_read(path):
    """What never ends is not read at all, in a process that has little memory."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, 2 * 10**9))\n"
        "from simdeploy.cli.app import main\n"
        f"sys.exit(main(['run', 'bad-boot', '--load', {path!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"x = 1\n", capture_output=True, timeout=60, check=False
    )
    what = f"{path}: cannot be read: it is a device or a pipe\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", what)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_without_a_writer(capsys, tmp_path):
    """Nobody is waited for."""
    os.mkfifo(tmp_path / "mine.py")
    words = f"{tmp_path / 'mine.py'}: cannot be read: it is a device or a pipe"
    assert refused(capsys, tmp_path / "mine.py") == words


def test_names_that_name_no_file(capsys, tmp_path):
    """Names that are too long, empty, or point to themselves, and a folder."""
    loop = tmp_path / "loop.py"
    loop.symlink_to(loop)
    for path in (tmp_path, "", loop, "n" * 300 + ".py"):
        assert ": cannot be read: " in refused(capsys, path)


def test_a_registry_that_a_file_has_spoiled(capsys, tmp_path):
    """What is put into the registry by hand and is no strategy is refused and forgotten."""
    before = dict(REGISTRY)
    path = written(tmp_path, "from simdeploy.strategies import REGISTRY\nREGISTRY['mine'] = 3\n")
    assert refused(capsys, path).startswith(f"{path}:1: REGISTRY is for subclasses of Strategy")
    assert before == REGISTRY


def test_an_interrupt_stays_one(capsys, tmp_path):
    """Who presses Ctrl-C while a file is executed gets what Ctrl-C means."""
    path = written(tmp_path, "raise KeyboardInterrupt\n")
    assert main(["run", "bad-boot", "--load", str(path)]) == 130
    assert capsys.readouterr().err == "interrupted; nothing is left half-written\n"


def test_values_are_shown_in_few_letters():
    """Long values are cut before they are written out."""
    assert len(shown("y" * 10**7)) <= 60
    assert shown((9, 1.0, 0.0)) == "(9, 1.0, 0.0)"
    assert in_words(KeyError("x")) == "KeyError: 'x'"


def test_errors_without_a_file_are_our_own():
    """Where no file was executed an unexpected error is raised, so that it can be reported."""
    assert not user_file.EXECUTED
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: 1 / 0)
