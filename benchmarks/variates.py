"""The variates of a run: how many there are, and drawing as many and nothing else."""

from importlib import import_module
from typing import Any, NamedTuple
from unittest.mock import patch

from simdeploy import draws
from simdeploy.engines.jit.loading import compiled
from simdeploy.engines.process.service import play
from simdeploy.model import accessors
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO

RELEASE = 0


class Variates(NamedTuple):
    """Blocks of four uniform numbers, and lognormal numbers made of some of them."""

    blocks: int
    lognormals: int


def variates(model: Any, replication: int = 0) -> Variates:
    """Count the variates of a run and its baseline, each block once."""
    codes: list[int] = []

    def counted(code: int, *rest: Any) -> float:
        codes.append(code)
        return draws.sample(code, *rest)

    draws.four.cache_clear()
    with patch.object(accessors, "sample", counted):
        play(plain(model, SCENARIO), 1, replication, RELEASE)
    return Variates(draws.four.cache_info().misses, codes.count(draws.LOGNORMAL))


def drawing() -> Any:
    """Return a compiled function of numbers of blocks and lognormals that draws as many.

    Raises
    ------
    ModuleNotFoundError
        Without numba.
    """
    four, sample, code = compiled(draws.four), compiled(draws.sample), draws.LOGNORMAL

    def draw(table: Any, blocks: int, lognormals: int) -> float:
        total = 0.0
        for i in range(max(blocks, lognormals)):
            u, v, w, x = four(1, 2, 0, i, 0)
            total += u + v + w + x
            if i < lognormals:
                total += sample(code, 1.0, 0.5, table, 0, u)
        return total

    return import_module("numba").njit(draw)
