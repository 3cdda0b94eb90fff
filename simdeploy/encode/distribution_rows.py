"""Parts of a scenario record: distributions, lists of limited length, codes, copied fields."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from simdeploy.distributions import Distribution
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants, delays
from simdeploy.model.fields.types import ScenarioRecord


class Draws:
    """The distributions of a model, by row; quantiles where a distribution needs them."""

    def __init__(self, m: ScenarioRecord) -> None:
        self.m = m
        self.next = delays.ALARMS
        self.tables = 0

    def add(self, distribution: Distribution) -> int:
        """Put a distribution into the next free row, and return the row."""
        row = self.next
        self.next += 1
        self.put(row, distribution)
        return row

    def put(self, row: int, distribution: Distribution) -> None:
        """Put a distribution into its row.

        Raises
        ------
        NotSimulatedError
            For more rows, or more tables of quantiles, than there is room for.
        """
        code, a, b, quantiles = distribution.flat()
        if row >= constants.DISTS or self.tables >= constants.QUANTILES:
            raise NotSimulatedError("so many alarms, hooks and faults with a distribution")
        table = self.tables if quantiles is not None else 0
        self.m.distributions[row] = (code, a, b, table)
        if quantiles is not None:
            self.m.quantile_tables[table] = quantiles
            self.tables += 1


def put_rows(place: Any, rows: Sequence[Any], what: str) -> int:
    """Write rows into their place; how many.

    Raises
    ------
    NotSimulatedError
        For more rows than there is room for.
    """
    if len(rows) > len(place):
        raise NotSimulatedError(f"{what}: more than {len(place)}")
    for k, row in enumerate(rows):
        place[k] = row
    return len(rows)


def code(rules: ModuleType, word: str) -> int:
    """Return the number by which rules know a word of the file: ``MISSING`` for ``missing``."""
    return int(getattr(rules, word.upper()))


def copy(to: object, source: object, *names: str) -> None:
    """Copy fields that are called the same on both sides."""
    for name in names:
        setattr(to, name, getattr(source, name))
