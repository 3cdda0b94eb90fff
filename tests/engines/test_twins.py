"""The text of twins: what is decorated, redirected, and left as it is."""

import pytest

from simdeploy.engines import twins

SOURCE = '''"""Text."""
from __future__ import annotations
import math
import simdeploy.semantics.cost as cost
from simdeploy.draws import unit
from simdeploy.results import metrics
LIMIT = 3
class Pair: ...
def f(x, y=1):
    return unit(x, LIMIT, 4, True, 2.0, metrics, max(x, 5))
'''

CALLEES = [
    '"""Text."""',
    "from __future__ import annotations",
    "from numba import njit as __njit__",
    "import math",
    "import simdeploy._callees.semantics.cost as cost",
    "from simdeploy._callees.draws import unit",
    "from simdeploy.results import metrics",
    "LIMIT = 3",
    "from simdeploy.engines.kernel.some import Pair",
    "",
    f"@{twins.CALLEE}",
    "def f(x, y=1):",
    "    return unit(x, int(LIMIT), int(4), bool(True), 2.0, metrics, max(x, int(5)))",
]

ENTRIES = [
    *CALLEES[:3],
    "import simdeploy._callees.engines.kernel.some as __callees__",
    "from simdeploy.engines.packed import pack as __pack__",
    *CALLEES[3:10],
    f"@{twins.ENTRY}",
    "def f(x, y=1):",
    "    return __callees__.f(x, y)",
]


DEVICE = [
    *CALLEES[:2],
    "from numba import cuda as __cuda__",
    CALLEES[3],
    *(line.replace(twins.CALLEES, twins.DEVICE) for line in CALLEES[4:10]),
    "@__cuda__.jit(device=True)",
    *CALLEES[11:],
]


@pytest.mark.parametrize(
    ("root", "lines"),
    [(twins.CALLEES, CALLEES), (twins.ENTRIES, ENTRIES), (twins.DEVICE, DEVICE)],
    ids=["callee", "entry", "device"],
)
def test_the_source_of_a_twin(root, lines):
    """Functions are decorated, classes come from the plain module, imports lead to twins."""
    source = twins.twin_source(SOURCE, "simdeploy.engines.kernel.some", root, {"LIMIT"})
    assert source.splitlines() == lines


def test_a_module_of_text_only_has_a_twin():
    """A module without statements is no special case."""
    source = twins.twin_source('"""Text."""', "simdeploy.draws", twins.CALLEES)
    assert source.splitlines() == ['"""Text."""', "from numba import njit as __njit__"]


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
    assert twins.is_twinned(name) is expected
