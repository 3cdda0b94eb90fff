"""Random matrices of faults: random comparisons of the same strategies, one per row."""

from functools import cache

import numpy as np

from simdeploy.advice.fault_matrix import FaultMatrix
from simdeploy.advice.fault_rows import FaultRow
from simdeploy.scenario.events import Environment
from simdeploy.scenario.reading import Node
from tests.report.answer.drawn import NAMES, RELEASES, RUNS, drawn_with

WORDS = ("none", "crash at boot", "errors 5 %", "slow x3", "wrong port", "leak", "12 o'clock")


@cache
def matrix_of(seed):
    """Return a random matrix, the same for the same seed."""
    rng = np.random.default_rng(seed)
    most = len(NAMES) if rng.random() < 0.1 else 5
    names = list(rng.permutation(NAMES[:most])[: rng.integers(1, most + 1)])
    watched = bool(rng.random() < 0.9)
    rows, comparisons = [], {}
    for word in WORDS[: rng.integers(1, len(WORDS) + 1)]:
        kind = 0 if rng.random() < 0.2 else int(rng.integers(1, len(RELEASES)))
        found = drawn_with(rng, names, kind, watched=watched)
        comparisons[word] = found
        release = found.scenario.release
        rows.append(FaultRow(word, release, Environment(), None, Node({}, "drawn", 0)))
    scenario = next(iter(comparisons.values())).scenario
    return FaultMatrix(scenario, RUNS, 1, tuple(rows), comparisons)
