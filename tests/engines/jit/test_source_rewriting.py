"""The text of twins: what is decorated, redirected, and left as it is."""

import pytest

from simdeploy.engines.jit import source_rewriting
from simdeploy.semantics import lognormal

SOURCE = '''"""Text."""
from __future__ import annotations
import math
import simdeploy.semantics.cost as cost
from simdeploy.model import sums
from simdeploy.draws import unit
from simdeploy.results import metrics
LIMIT = 3
class Pair: ...
def f(x, y=1):
    return unit(x, LIMIT, 4, True, 2.0, max(x, 5), sums.CUT)
'''

CALLEES = [
    '"""Text."""',
    "from __future__ import annotations",
    "from numba import njit as __njit__",
    "from simdeploy.engines.jit.flat_linking import FlatCompiler as __flat__",
    "import math",
    "import simdeploy._callees.semantics.cost as cost",
    "from simdeploy._callees.model import sums",
    "from simdeploy._callees.draws import unit",
    "from simdeploy.results import metrics",
    "LIMIT = 3",
    "from simdeploy.engines.kernel.some import Pair",
    "",
    f"@{source_rewriting.CALLEE}",
    "def f(x, y=1):",
    "    return unit(x, int(LIMIT), int(4), bool(True), 2.0, max(x, int(5)), int(sums.CUT))",
]

ENTRIES = [
    *CALLEES[:3],
    "import simdeploy._callees.engines.kernel.some as __callees__",
    "from simdeploy.engines.jit.state_pointer import pack as __pack__",
    *CALLEES[4:12],
    f"@{source_rewriting.ENTRY}",
    "def f(x, y=1):",
    "    return __callees__.f(x, y)",
]


DEVICE = [
    *CALLEES[:2],
    "from numba import cuda as __cuda__",
    CALLEES[4],
    *(line.replace(source_rewriting.CALLEES, source_rewriting.DEVICE) for line in CALLEES[5:12]),
    "@__cuda__.jit(device=True)",
    *CALLEES[13:],
]


@pytest.mark.parametrize(
    ("root", "lines"),
    [
        (source_rewriting.CALLEES, CALLEES),
        (source_rewriting.ENTRIES, ENTRIES),
        (source_rewriting.DEVICE, DEVICE),
    ],
    ids=["callee", "entry", "device"],
)
def test_the_source_of_a_twin(root, lines):
    """Functions are decorated, classes come from the plain module, imports lead to twins."""
    whole = {"LIMIT", "sums.CUT"}
    source = source_rewriting.twin_source(SOURCE, "simdeploy.engines.kernel.some", root, whole)
    assert source.splitlines() == lines


@pytest.mark.parametrize(
    ("root", "decorator"),
    [
        (source_rewriting.CALLEES, source_rewriting.CALLEE),
        (source_rewriting.DEVICE, source_rewriting.ON_DEVICE),
    ],
    ids=["callee", "device"],
)
def test_decorators_are_for_plain_python(root, decorator):
    """What remembers results in plain Python is not there in a twin."""
    source = "@lru_cache(maxsize=9)\ndef f(x):\n    return x"
    twin = source_rewriting.twin_source(source, "simdeploy.draws", root)
    assert twin.splitlines()[-3:] == [f"@{decorator}", "def f(x):", "    return x"]


@pytest.mark.parametrize(
    ("root", "imports"),
    [
        (source_rewriting.CALLEES, CALLEES[2:4]),
        (source_rewriting.ENTRIES, ENTRIES[2:3]),
        (source_rewriting.DEVICE, DEVICE[2:3]),
    ],
    ids=["callee", "entry", "device"],
)
def test_a_table_is_an_array_in_a_twin(root, imports):
    """What is annotated as a table is taken from the plain module, as an array."""
    name = "simdeploy.semantics.lognormal"
    lines = source_rewriting.twin_source("CUBICS: Table = made()", name, root).splitlines()
    array_of = f"from {source_rewriting.__name__} import array_of as __array_of__"
    assert lines[:2] == [array_of, imports[0]]
    assert lines[-1] == f"CUBICS = __array_of__('{name}', 'CUBICS')"


def test_an_array_holds_the_numbers_of_its_table():
    """It has a row for each row of the plain module's table, to the last bit."""
    found = source_rewriting.array_of(lognormal.__name__, "CUBICS")
    assert found.tolist() == [list(row) for row in lognormal.CUBICS]


def test_a_module_of_text_only_has_a_twin():
    """A module without statements is no special case."""
    source = source_rewriting.twin_source(
        '"""Text."""', "simdeploy.draws", source_rewriting.CALLEES
    )
    assert source.splitlines() == ['"""Text."""', *CALLEES[2:4]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("simdeploy.draws", True),
        ("simdeploy.semantics.capacity", True),
        ("simdeploy.drawstring", False),
        ("math", False),
    ],
)
def test_imports_that_lead_to_twins(name, expected):
    """Only rules, draws and what the batch engine runs have twins."""
    assert source_rewriting.is_twinned(name) is expected
