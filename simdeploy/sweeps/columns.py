"""The columns of a sweep's files: one row per setting and strategy, or per run."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import CONDITIONAL
from simdeploy.results.summary import wilson
from simdeploy.sweeps.aggregates import NUMBERS
from simdeploy.sweeps.knobs import Reading
from simdeploy.sweeps.statistics import STATISTICS, Figures
from simdeploy.sweeps.work_items import Unit

WORDS = {"verdict": VERDICTS, "outcome": OUTCOMES}


class Keys(NamedTuple):
    """What rows are of: settings from ``first`` on with their knobs' readings, each with units.

    ``kinds`` says per knob whether its column is of ``number`` or ``text``.
    """

    first: int
    paths: Sequence[str]
    kinds: Sequence[str]
    units: Sequence[Unit]
    read: Sequence[Sequence[Reading]]

    def columns(self, counts: Sequence[int]) -> dict[str, Any]:
        """Return the columns that name rows, ``counts`` of them per setting and unit."""
        repeats = np.array(counts).reshape(len(self.read), len(self.units))
        settings = np.repeat(np.arange(len(self.read)), repeats.sum(axis=1))
        columns: dict[str, Any] = {"setting": pa.array(settings + self.first)}
        for k, (path, kind) in enumerate(zip(self.paths, self.kinds, strict=True)):
            known = pa.array([_typed(one[k], kind) for one in self.read], _TYPES[kind])
            columns[path] = known.take(pa.array(settings))
        places = np.repeat(np.tile(np.arange(len(self.units)), len(self.read)), repeats.ravel())
        for name in Unit._fields:
            columns[name] = _words(*_coded([getattr(one, name) for one in self.units], places))
        return columns


def table(keys: Keys, found: Sequence[Figures]) -> pa.Table:
    """Return a part's rows: the figures of each setting and unit."""
    columns = keys.columns([1] * len(found))
    columns["runs"] = pa.array([one.runs for one in found], pa.int64())
    statistics = np.stack([one.statistics for one in found])
    for i, name in enumerate(NUMBERS):
        if name in CONDITIONAL:
            columns[f"{name}_n"] = pa.array([int(one.defined[i]) for one in found])
            columns[f"{name}_n_censored"] = pa.array([int(one.censored[i]) for one in found])
        for j, what in enumerate(STATISTICS):
            columns[f"{name}_{what}"] = _floats(statistics[:, i, j])
    for what, words in WORDS.items():
        columns |= _shares(what, words, found)
    return pa.table(columns)


def _floats(values: NDArray[np.float64]) -> pa.Array:
    """Return a column in which NaN is null."""
    return pa.array(values, mask=np.isnan(values))


def _shares(what: str, words: Sequence[str], found: Sequence[Figures]) -> dict[str, pa.Array]:
    """Return each share with its Wilson interval."""
    columns = {}
    for k, word in enumerate(words):
        known = [wilson(int(getattr(one, f"{what}s")[k]), one.runs) for one in found]
        columns[f"{what}_{word}"] = pa.array([one.share for one in known])
        columns[f"{what}_{word}_low"] = pa.array([one.ci95[0] for one in known])
        columns[f"{what}_{word}_high"] = pa.array([one.ci95[1] for one in known])
    return columns


def runs_table(keys: Keys, rows: Sequence[NDArray[np.void]], lo: int) -> pa.Table:
    """Return every run of a piece; a metric that did not happen is null, an open one infinite."""
    counts = [len(one) for one in rows]
    columns = keys.columns(counts)
    columns["replication"] = pa.array(np.concatenate([lo + np.arange(n) for n in counts]))
    for name in NUMBERS:
        columns[name] = _floats(np.concatenate([one[name] for one in rows]))
    for what, words in WORDS.items():
        places = np.concatenate([one[what] for one in rows])
        columns[what] = _words(places, words)
    return pa.table(columns)


def _words(places: NDArray[np.int64], words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16)), pa.array(words))


def _coded(names: Sequence[str], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Return words once each, and the place of each row's word among them."""
    words = list(dict.fromkeys(names))
    return np.array([words.index(name) for name in names])[places], words


_TYPES = {"number": pa.float64(), "text": pa.string()}


def _typed(value: Reading, kind: str) -> Reading:
    if value is None or kind == "number":
        return None if isinstance(value, str) else value
    return f"{value:g}" if isinstance(value, float) else value
