"""The house rules that no linter knows: public names, docstrings, sizes, what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import simdeploy
from simdeploy.scenario import builtin_scenarios, load_scenario

ROOT = Path(__file__).resolve().parents[1]
#: Written by a program from the tables of fields.
GENERATED = {"initial.py"}
MODULES = sorted(path for path in (ROOT / "simdeploy").rglob("*.py") if path.name not in GENERATED)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PUBLIC = [
    "Strategy",
    "__version__",
    "backtest",
    "calibrate",
    "check",
    "compare",
    "compare_change",
    "compare_faults",
    "load_scenario",
    "load_sweep",
    "recommend",
    "register",
    "simulate",
    "simulate_many",
    "sweep",
    "tune",
]
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
PROSE = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "scenarios").rglob("*.yaml")),
    *sorted((ROOT / "simdeploy").rglob("*.py")),
]
PROMISES = ("zero downtime", "zero-downtime", "seamless", "best practice")

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
each_test_file = pytest.mark.parametrize("path", TESTS, ids=lambda p: str(p.relative_to(ROOT)))


def functions(path):
    """Return every function of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def code_lines(function):
    """Return how many lines a function has below its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def is_one_sentence(text):
    """Return whether a text is one sentence with a period at its end; details may stand below."""
    text = text.partition("\n\n")[0]
    return bool(text) and text.endswith(".") and ". " not in " ".join(text.split())


def test_public_names():
    """The package offers exactly these names, and each of them exists."""
    assert sorted(simdeploy.__all__) == PUBLIC
    assert [name for name in PUBLIC if not hasattr(simdeploy, name)] == []


def test_public_names_stay():
    """Whatever was imported before, a public name is the function or class, never a module."""
    code = (
        "import pkgutil, importlib, types, simdeploy\n"
        "for found in pkgutil.walk_packages(simdeploy.__path__, 'simdeploy.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
        "names = {n: getattr(simdeploy, n) for n in simdeploy.__all__}\n"
        "print([n for n, value in names.items() if isinstance(value, types.ModuleType)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@each_module
def test_modules_say_what_they_hold(path):
    """Every module has a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@each_module
def test_modules_are_short(path):
    """No module is longer than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@each_module
def test_functions_are_short(path):
    """No function is longer than 60 lines."""
    long = {f.name: code_lines(f) for f in functions(path) if code_lines(f) > LONGEST_FUNCTION}
    assert long == {}


@each_test_file
def test_tests_say_what_they_check(path):
    """Every test has a docstring of one sentence."""
    tests = [f for f in functions(path) if f.name.startswith("test_")]
    silent = [f.name for f in tests if not is_one_sentence(ast.get_docstring(f) or "")]
    assert silent == []


@pytest.mark.parametrize("path", PROSE, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_promised(path):
    """No text claims what a simulation cannot show."""
    text = " ".join(path.read_text(encoding="utf-8").lower().split())
    assert [promise for promise in PROMISES if promise in text] == []


@pytest.mark.parametrize("module", ["simdeploy", "simdeploy.cli.app"])
def test_import_is_cheap(module):
    """Nobody pays for the compiler, the plots or the process engine before using them."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"numba", "simpy", "matplotlib", "scipy"}
    assert sorted(heavy & set(done.stdout.split())) == []


@pytest.mark.parametrize("name", builtin_scenarios())
def test_gallery_is_ready_to_teach(name):
    """Every scenario of the gallery loads by its name and has a title, a story and a question."""
    scenario = load_scenario(name)
    assert scenario.name == name
    assert all((scenario.title, scenario.story, scenario.questions))
