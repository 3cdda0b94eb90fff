"""The notebooks: short, public names only, outputs stored and free of anything of one machine.

``python tests/test_notebooks.py`` executes them and stores their outputs anew; in CI, nbmake
executes them without storing.
"""

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest

import simdeploy

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_CELLS = 15
MOST_BYTES = 500_000
#: Paths, addresses of objects, times of execution: what would differ on another machine.
OF_ONE_MACHINE = re.compile(r"/home/|/root|/tmp|/work|C:\\|0x[0-9a-f]{6,}|in \d+(\.\d+)? ?m?s\b")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells(path, kind="code"):
    """Return the cells of a notebook that are code."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def texts(path):
    """Return what the outputs of a notebook say, pictures aside."""
    for cell in cells(path):
        for output in cell.outputs:
            yield output.get("text", "")
            yield from (text for kind, text in output.get("data", {}).items() if "text/" in kind)


def test_there_is_one():
    """The first notebook exists, because the README points to it."""
    assert "01-first-comparison.ipynb" in [path.name for path in NOTEBOOKS]


@each
def test_notebooks_are_short(path):
    """A notebook has at most 15 cells, and begins with words."""
    found = nbformat.read(path, as_version=4)
    nbformat.validate(found)
    assert len(found.cells) <= MOST_CELLS
    assert found.cells[0].cell_type == "markdown"
    assert path.stat().st_size < MOST_BYTES


@each
def test_notebooks_use_public_names_only(path):
    """From simdeploy a notebook takes what `simdeploy.__all__` offers, and nothing private."""
    tree = ast.parse("\n\n".join(cell.source for cell in cells(path)))
    nodes = list(ast.walk(tree))
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module.startswith("simdeploy")]
    assert [n.module for n in froms if n.module != "simdeploy"] == []
    assert {alias.name for n in froms for alias in n.names} <= set(simdeploy.__all__)
    plain = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    assert [name for name in plain if name.startswith("simdeploy")] == []
    assert [n.attr for n in nodes if isinstance(n, ast.Attribute) and n.attr.startswith("_")] == []


@each
def test_outputs_are_stored(path):
    """Whoever reads it without running it sees results: cells are executed in order."""
    found = cells(path)
    assert [cell.execution_count for cell in found] == list(range(1, len(found) + 1))
    kinds = {kind for cell in found for output in cell.outputs for kind in output.get("data", {})}
    assert {"image/png", "text/html"} <= kinds
    assert [o for cell in found for o in cell.outputs if o.output_type in ("error", "stream")] == []


@each
def test_outputs_are_of_no_machine(path):
    """No path, no address, no time of execution is stored."""
    assert [
        OF_ONE_MACHINE.search(text)[0] for text in texts(path) if OF_ONE_MACHINE.search(text)
    ] == []
    found = nbformat.read(path, as_version=4)
    assert found.metadata == METADATA
    assert [cell.metadata for cell in found.cells if cell.metadata] == []


def execute(path):
    """Execute a notebook and store its outputs, without anything of this machine."""
    import nbclient

    found = nbformat.read(path, as_version=4)
    os.environ["PYTHONPATH"] = str(ROOT)
    nbclient.NotebookClient(
        found, timeout=600, record_timing=False, resources={"metadata": {"path": "/"}}
    ).execute()
    found.metadata = METADATA
    for cell in found.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            plain(output)
    nbformat.write(found, path)


def plain(output):
    """Leave out the plain text where there is a picture: it has an object's size or address."""
    output.pop("metadata", None)
    if output.output_type in ("display_data", "execute_result"):
        output["metadata"] = {}
        if "image/png" in output.data:
            output.data.pop("text/plain", None)


if __name__ == "__main__":
    for notebook in NOTEBOOKS:
        execute(notebook)
