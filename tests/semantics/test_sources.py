"""Every rule names its source."""

import ast
import re
from pathlib import Path

import pytest

from simdeploy import semantics
from simdeploy.aws_facts import FACTS

#: A published algorithm or book, or one of the three notes that the package defines.
OTHER = re.compile(r"fdlibm|AS 241|algorithm 955|Source: |\b(?:Definition|Arithmetic|Assumption)\b")
RULES = {
    f"{path.stem}.{node.name}": ast.get_docstring(node)
    for path in sorted(Path(semantics.__file__).parent.glob("*.py"))
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef)
}


@pytest.mark.parametrize("docstring", RULES.values(), ids=RULES)
def test_a_rule_names_its_source(docstring):
    """A docstring has the id of a fact, a published source, or says that there is none."""
    assert OTHER.search(docstring) or any(fact in docstring for fact in FACTS)
