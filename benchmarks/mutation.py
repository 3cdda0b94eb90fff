"""Mutation testing: the share of small edits of rules and model that their own tests notice.

``python -m benchmarks.mutation`` (extra ``mutation``) copies the project to a temporary folder and
lets mutmut edit one place at a time, without compilation; the unit tests of the edited package
then have to fail. It prints killed and surviving mutants per module, and the edit of each
survivor. Mutants that cannot be told from the original are listed in ``equivalent_mutants.toml``
with a reason each, and do not count. The exit code is 1 where too few die.

Mutants are numbered within their function. ``--tenths 3`` tries those whose number ends in one of
three digits, spread over all functions: of 10,000 mutants that die to 90 %, three tenths give the
share to within 1.1 points, in a third of the time.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
#: What is mutated, and by which tests.
PAIRS = {
    "semantics": ("simdeploy/semantics", "tests/semantics"),
    "model": ("simdeploy/model", "tests/model"),
}
#: Tests that compare a function with its compiled self see no edit, since both have it; tests that
#: compare a generated file with its source fail on mutmut's copy before any edit takes effect.
IGNORED = ("tests/semantics/test_compiled.py", "tests/model/fields/test_generating.py")
#: What that last test is about: it writes files while one develops, and no number comes from it.
UNTOUCHED = "simdeploy/model/fields/generating.py"
COPIED = ("simdeploy", "tests", "scenarios", "docs", "README.md", "pyproject.toml")
#: Without compilation NumPy's records warn of overflow where machine code wraps around.
WARNINGS = "ignore:overflow encountered:RuntimeWarning"
SETTINGS = """
[tool.mutmut]
source_paths = ["{source}"]
do_not_mutate = ["{untouched}"]
also_copy = ["simdeploy", "scenarios", "docs", "README.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-W", "{warnings}", {ignored}]
pytest_add_cli_args_test_selection = ["{tests}"]
timeout_multiplier = 15.0
"""
NAME = re.compile(r"(?P<module>[\w.]+)\.x(?:_|ǁ\w+ǁ)(?P<function>\w+)__mutmut_\d+")
DEAD = frozenset({"killed", "timeout", "segfault"})
NOT_TRIED = "not checked"
#: Last digits of the numbers of mutants, in the order in which tenths are added.
DIGITS = "5281709364"


class Mutant(NamedTuple):
    """One edit of one function: what it replaces, by what, and what became of it."""

    function: str
    before: str
    after: str
    status: str


def parse_results(text: str) -> dict[str, str]:
    """Return the status of every mutant from what ``mutmut results --all true`` prints."""
    pairs = (line.strip().rpartition(": ") for line in text.splitlines())
    return {name: status for name, _, status in pairs if NAME.fullmatch(name)}


def parse_edit(diff: str) -> tuple[str, str]:
    """Return the replaced and the new code of a unified diff, each on one line."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    sides = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    before, after = (" ".join(side) for side in sides)
    return before, after


def function_of(name: str) -> str:
    """Return the function that a mutant edits, with its module.

    >>> function_of("simdeploy.semantics.capacity.x_orders__mutmut_96")
    'simdeploy.semantics.capacity.orders'
    """
    match = NAME.fullmatch(name)
    return f"{match['module']}.{match['function']}" if match else name


def read_equivalent() -> dict[tuple[str, str, str], str]:
    """Return the reason why each listed mutant cannot be told from the original."""
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutant"]
    return {(row["function"], row["before"], row["after"]): row["reason"] for row in rows}


def mutmut(folder: Path, *words: str) -> str:
    """Run a command of mutmut in a folder and return what it prints.

    Raises
    ------
    SystemExit
        Where the command fails, with the end of its output.
    """
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "HYPOTHESIS_PROFILE": "ci"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words],
        cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"mutmut {words[0]} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def copy_project(folder: Path, source: str, tests: str) -> None:
    """Copy the project into a folder, with mutmut's settings for one package."""
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, folder / name, ignore=ignored)
        else:
            shutil.copy(path, folder / name)
    ignored_tests = ", ".join(f'"--ignore={path}"' for path in IGNORED)
    settings = SETTINGS.format(
        source=source, tests=tests, warnings=WARNINGS, ignored=ignored_tests, untouched=UNTOUCHED
    )
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(settings)


def chosen(tenths: int) -> list[str]:
    """Return mutmut's patterns for so many tenths of all mutants; none for all.

    >>> chosen(2), chosen(10)
    (['*__mutmut_*[52]'], [])
    """
    return [] if tenths == len(DIGITS) else [f"*__mutmut_*[{DIGITS[:tenths]}]"]


def mutate(source: str, tests: str, workers: int, tenths: int = 10) -> list[Mutant]:
    """Try mutants of a package; those that a failing test kills carry no edit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_project(folder, source, tests)
        mutmut(folder, "run", "--max-children", str(workers), *chosen(tenths))
        found = parse_results(mutmut(folder, "results", "--all", "true"))
        tried = {name: status for name, status in found.items() if status != NOT_TRIED}

        def described(mutant: str) -> Mutant:
            killed = tried[mutant] == "killed"
            edit = ("", "") if killed else parse_edit(mutmut(folder, "show", mutant))
            return Mutant(function_of(mutant), *edit, tried[mutant])

        # Each edit is printed by a process of its own, of a second or two.
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(described, tried))


def report(mutants: list[Mutant], equivalent: dict[tuple[str, str, str], str]) -> float:
    """Print mutants per module and the edits that no test killed; return the share that die.

    An endless loop is a kill; a busy machine may time out others, so their edits are printed too.
    """
    listed = [mutant for mutant in mutants if mutant[:3] in equivalent]
    others = [mutant for mutant in mutants if mutant[:3] not in equivalent]
    survivors = [mutant for mutant in others if mutant.status not in DEAD]
    total, lived, same = (
        Counter(mutant.function.rpartition(".")[0] for mutant in group)
        for group in (mutants, survivors, listed)
    )
    print(f"{'module':<36}{'killed':>8}{'survived':>10}{'equivalent':>12}")
    for module in sorted(total):
        killed = total[module] - lived[module] - same[module]
        print(f"{module:<36}{killed:>8}{lived[module]:>10}{same[module]:>12}")
    for mutant in (mutant for mutant in others if mutant.status != "killed"):
        print(f"\n{mutant.function} ({mutant.status})\n- {mutant.before}\n+ {mutant.after}")
    share = 1.0 - len(survivors) / len(others) if others else 0.0
    print(f"\n{share:.1%} of {len(others)} mutants die; {len(listed)} are equivalent")
    return share


def main() -> int:
    """Mutate the packages that were asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutation")
    parser.add_argument("--only", choices=PAIRS, help="one package instead of all")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument(
        "--tenths", type=int, default=10, choices=range(1, 11), help="share of mutants to try"
    )
    parser.add_argument("--least", type=float, default=0.85, help="share of mutants to kill")
    args = parser.parse_args()
    equivalent = read_equivalent()
    shares = []
    for name, (source, tests) in PAIRS.items():
        if args.only in (None, name) and (ROOT / tests).is_dir():
            shares.append(report(mutate(source, tests, args.workers, args.tenths), equivalent))
    return 0 if shares and min(shares) >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
