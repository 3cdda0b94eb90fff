"""Matrices of faults made by hand, one comparison per row."""

from simdeploy.advice.fault_matrix import FaultMatrix
from simdeploy.advice.fault_rows import FaultRow, default_rows
from simdeploy.scenario.reading import Node
from tests.report.answer.made import RUNS, compared, good, harm, live, undone, unhurt


def row_of(name, comparison, about=""):
    """Return a row with the release of a comparison."""
    scenario = comparison.scenario
    return FaultRow(name, scenario.release, scenario.environment, None, Node({}, "made", 0), about)


def matrix_of(**comparisons):
    """Return a matrix of comparisons by the names of their rows, ``_`` for a blank."""
    named = {name.replace("_", " "): found for name, found in comparisons.items()}
    rows = tuple(row_of(name, found) for name, found in named.items())
    scenario = next(iter(named.values())).scenario
    return FaultMatrix(scenario, RUNS, 1, rows, named)


def two(rolling, blue_green, twin=None, **settings):
    """Return a comparison of rolling and blue-green."""
    return compared({"rolling": rolling, "blue-green": blue_green}, twin, **settings)


def usual():
    """Return a matrix in which rolling is best once, blue-green twice, and both once."""
    person = {"signal": "operator", "after": 2400.0}
    return matrix_of(
        none=two(good(), good(cost=0.31), faults=()),
        crash_at_boot=two(unhurt(), unhurt(**person), release={"faults": [{"kind": "boot_crash"}]}),
        errors=two(harm(13_000.0), harm(2_000.0)),
        leak=two(harm(5_000.0), harm(600.0)),
    )


__all__ = ["default_rows", "good", "harm", "live", "matrix_of", "two", "undone", "unhurt", "usual"]
