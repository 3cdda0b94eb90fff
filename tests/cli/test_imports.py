"""What a command imports: nothing that takes long in vain, so that an answer comes at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Packages that take long to import.
HEAVY = {
    "llvmlite", "matplotlib", "numba", "numpy", "pandas", "pyarrow", "pydantic", "rich", "ruamel",
    "scipy", "simpy",
}  # fmt: skip
#: Our own that only comparisons need.
OF_COMPARISONS = {"simdeploy.api", "simdeploy.results.comparison", "simdeploy.results.summary"}
HEAVY |= OF_COMPARISONS | {"numpy.polynomial"}
#: What every scenario needs.
READING = {"numpy", "pydantic", "ruamel"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], set()),
        (["run", "bad-boot"], READING | {"simpy"}),
        (
            ["compare", "bad-boot", "--runs", "20"],
            READING | OF_COMPARISONS | {"llvmlite", "numpy.polynomial", "scipy"},
        ),
    ],
    ids=["help", "run", "compare"],
)
def test_commands_import_what_they_need(arguments, needed):
    """Of the packages that take long, a command imports at most those it needs."""
    absent = HEAVY - needed
    code = (
        f"import sys; from simdeploy.cli.app import main; code = main({arguments!r});"
        f"print(sorted({absent!r} & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr.strip().endswith("[]")


@pytest.mark.parametrize(("own", "told"), [(None, "1"), ("2", "2")])
def test_a_run_starts_no_thread(own, told):
    """One run is one thread, as libraries would start one per core; a user's own number holds."""
    code = (
        "import os, pathlib, sys; from simdeploy.cli.app import main;"
        "code = main(['run', 'bad-boot']); tasks = pathlib.Path('/proc/self/task');"
        "number = os.environ['OPENBLAS_NUM_THREADS'];"
        "threads = len(list(tasks.iterdir())) if tasks.exists() else 1;"
        "print(number, threads, file=sys.stderr); sys.exit(code)"
    )
    outside = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    given = {} if own is None else {"OPENBLAS_NUM_THREADS": own}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True,
        env=outside | given,
    )  # fmt: skip
    number, threads = done.stderr.split()
    assert number == told
    assert int(threads) <= int(told)
