"""Functions that are compiled alone: types by annotations, names, and errors that name a rule."""

import os
import shutil
import subprocess
import sys

import pytest

import simdeploy
from simdeploy.engines import batch
from simdeploy.errors import SimdeployError

pytest.importorskip("numba")
if not batch.is_compiling():
    pytest.skip("about machine code", allow_module_level=True)

from numba import types

from simdeploy.engines.jit import declaring as subject
from simdeploy.engines.jit.source_rewriting import CALLEES
from simdeploy.model.fields.plain import CLASSES, RunState
from simdeploy.semantics.state import Pending


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (int, types.int64),
        (float, types.float64),
        (bool, types.boolean),
        (type(None), types.none),
        (tuple[int, float], types.Tuple((types.int64, types.float64))),
        (tuple[bool, bool], types.UniTuple(types.boolean, 2)),
        (Pending, types.NamedTuple((types.int64, types.int64, types.boolean), Pending)),
        (RunState, subject.state_type()),
    ],
)
def test_types_of_annotations(annotation, expected):
    """Numbers are of 64 bits; a tuple with names is a type of its own."""
    assert subject.type_of(annotation) == expected


def test_types_of_records():
    """A record's class stands for the record."""
    assert subject.type_of(CLASSES["Result"]) == subject.recorded(subject.RESULT)


def test_an_annotation_that_is_no_type_of_machine_code():
    """The error names it."""
    with pytest.raises(SimdeployError, match=r"list\[int\] has no type in machine code"):
        subject.type_of(list[int])


def test_names_in_machine_code():
    """A function that has one type keeps its name; others get a hash of theirs."""
    name, whole = f"{CALLEES}.semantics.capacity.reconcile", (types.int64,)
    other = subject.build_name(name, whole)
    assert other.startswith("semantics.capacity.reconcile.")
    assert other == subject.build_name(name, whole, abi_tags=["v1"], uid=7)
    assert other != subject.build_name(name, (types.float64,))


#: Rules that are added to those of stopping.
MORE = """

def counted(k: int) -> float:
    return 1.0 * k


def halved(x: float) -> int:
    return 0.5 * x
"""


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("return now + hex(delay)", "hex"),
        # Numba would round these down, and plain Python would not.
        ("return now + counted(delay)", "drain.counted is called with float64, not int64"),
        (
            "return halved(now + delay)",
            "drain.halved cannot be compiled: returns float64",
        ),
    ],
)
def test_a_rule_that_cannot_be_compiled(tmp_path, rule, message):
    """The last line of the build names the rule, and what is wrong with it."""
    copy = shutil.copytree(simdeploy.__path__[0], tmp_path / "copy" / "simdeploy")
    drain = copy / "semantics" / "drain.py"
    text = drain.read_text().replace("return now + delay", rule)
    drain.write_text(text + MORE)
    program = (
        "from simdeploy.engines.jit import functions\n"
        "keys = list(functions.function_keys(functions.core_sources()))\n"
        "functions.compiled([key for key in keys if key.startswith('semantics.drain.')], keys)\n"
    )
    environment = {"PYTHONPATH": str(copy.parent), "SIMDEPLOY_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert "simdeploy.semantics.drain." in last
    assert message in last
