"""The columns of a sweep's files: one row per setting and strategy, or per run."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.intervals import wilson
from simdeploy.results.metrics import CONDITIONAL
from simdeploy.sweeps.aggregates import NUMBERS, STATISTICS, Statistics
from simdeploy.sweeps.knobs import Reading
from simdeploy.sweeps.work_items import Arm

WORDS = {"verdict": VERDICTS, "outcome": OUTCOMES}


class Keys(NamedTuple):
    """The keys of rows: settings from ``first`` on with the readings of their knobs, and arms.

    ``kinds`` is ``number`` or ``text`` per knob: the type of its column.
    """

    first: int
    paths: Sequence[str]
    kinds: Sequence[str]
    arms: Sequence[Arm]
    readings: Sequence[Sequence[Reading]]

    def columns(self, counts: Sequence[int]) -> dict[str, Any]:
        """Return the key columns of ``counts`` rows per setting and arm."""
        settings, arms = len(self.readings), len(self.arms)
        repeats = np.array(counts).reshape(settings, arms)
        places = np.repeat(np.arange(settings), repeats.sum(axis=1))
        columns: dict[str, Any] = {"setting": pa.array(places + self.first)}
        for k, (path, kind) in enumerate(zip(self.paths, self.kinds, strict=True)):
            values = pa.array([_typed(setting[k], kind) for setting in self.readings], _TYPES[kind])
            columns[path] = values.take(pa.array(places))
        arm_places = np.repeat(np.tile(np.arange(arms), settings), repeats.ravel())
        for name in Arm._fields:
            columns[name] = _words(*_coded([getattr(arm, name) for arm in self.arms], arm_places))
        return columns


def statistics_table(keys: Keys, rows: Sequence[Statistics]) -> pa.Table:
    """Return the rows of a part: the statistics of each setting and arm."""
    columns = keys.columns([1] * len(rows))
    columns["runs"] = pa.array([row.runs for row in rows], pa.int64())
    values = np.stack([row.values for row in rows])
    for i, name in enumerate(NUMBERS):
        if name in CONDITIONAL:
            columns[f"{name}_n"] = pa.array([int(row.defined[i]) for row in rows])
            columns[f"{name}_n_censored"] = pa.array([int(row.censored[i]) for row in rows])
        for j, statistic in enumerate(STATISTICS):
            columns[f"{name}_{statistic}"] = pa.array(values[:, i, j], from_pandas=True)
        columns[f"{name}_carried_by"] = pa.array([int(row.carried_by[i]) for row in rows])
        columns[f"{name}_skewed"] = pa.array([bool(row.skewed[i]) for row in rows])
    for name, words in WORDS.items():
        columns |= _shares(name, words, rows)
    return pa.table(columns)


def _shares(name: str, words: Sequence[str], rows: Sequence[Statistics]) -> dict[str, pa.Array]:
    """Return the share of each word with its Wilson interval."""
    columns = {}
    for k, word in enumerate(words):
        shares = [wilson(int(getattr(row, f"{name}s")[k]), row.runs) for row in rows]
        columns[f"{name}_{word}"] = pa.array([share.share for share in shares])
        columns[f"{name}_{word}_low"] = pa.array([share.ci95[0] for share in shares])
        columns[f"{name}_{word}_high"] = pa.array([share.ci95[1] for share in shares])
    return columns


def runs_table(keys: Keys, runs: Sequence[NDArray[np.void]], lo: int) -> pa.Table:
    """Return every run of a chunk as a row; a metric that did not happen is null."""
    counts = [len(rows) for rows in runs]
    columns = keys.columns(counts)
    columns["replication"] = pa.array(np.concatenate([lo + np.arange(n) for n in counts]))
    for name in NUMBERS:
        # NaN becomes null.
        columns[name] = pa.array(np.concatenate([rows[name] for rows in runs]), from_pandas=True)
    for name, words in WORDS.items():
        columns[name] = _words(np.concatenate([rows[name] for rows in runs]), words)
    return pa.table(columns)


def _words(places: NDArray[np.int64], words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int16)), pa.array(words))


def _coded(names: Sequence[str], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the distinct names, and of each row the place of its name among them."""
    words = list(dict.fromkeys(names))
    return np.array([words.index(name) for name in names])[places], words


_TYPES = {"number": pa.float64(), "text": pa.string()}


def _typed(value: Reading, kind: str) -> Reading:
    if value is None or kind == "number":
        return None if isinstance(value, str) else value
    return f"{value:g}" if isinstance(value, float) else value
