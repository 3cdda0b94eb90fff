"""Designs: which settings of the knobs are played, all or an even sample of their ranges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from simdeploy.errors import SimdeployError
from simdeploy.sweeps.knobs import Knob, Setting
from simdeploy.sweeps.ranges import Levels

DESIGNS = ("grid", "latin-hypercube", "sobol", "one-at-a-time")
SAMPLED = ("latin-hypercube", "sobol")
#: Most settings of a sweep.
MOST = 10_000_000


@dataclass(frozen=True)
class Design:
    """The settings of a sweep by number; each is computed when it is asked for."""

    kind: str
    knobs: tuple[Knob, ...]
    places: NDArray[np.float64] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The knobs' paths."""
        return tuple(knob.path for knob in self.knobs)

    def __len__(self) -> int:
        """Number of settings."""
        return _count(self.kind, self.knobs) if self.places is None else len(self.places)

    def setting(self, number: int) -> Setting:
        """Return a setting: the last knob varies fastest, as in nested loops."""
        if self.places is not None:
            place = self.places[number]
            return tuple(k.choice.at(float(u)) for k, u in zip(self.knobs, place, strict=True))
        if self.kind == "grid":
            return self._grid_setting(number)
        return self._one_at_a_time(number)

    def settings(self, first: int, last: int) -> tuple[Setting, ...]:
        """Return settings ``first`` to ``last``."""
        return tuple(self.setting(number) for number in range(first, last))

    def __iter__(self) -> Iterator[Setting]:
        """Yield all settings in order."""
        return (self.setting(number) for number in range(len(self)))

    def _grid_setting(self, number: int) -> Setting:
        values: list[str] = []
        for knob in reversed(self.knobs):
            number, place = divmod(number, len(_levels(knob)))
            values.append(_levels(knob)[place])
        return tuple(reversed(values))

    def _one_at_a_time(self, number: int) -> Setting:
        """Return the scenario's own setting for number 0, then each value of each knob."""
        values: list[str | None] = [None] * len(self.knobs)
        number -= 1
        for i, knob in enumerate(self.knobs):
            if 0 <= number < len(_levels(knob)):
                values[i] = _levels(knob)[number]
            number -= len(_levels(knob))
        return tuple(values)


def _levels(knob: Knob) -> tuple[str, ...]:
    return knob.choice.values if isinstance(knob.choice, Levels) else ()


def _count(kind: str, knobs: Sequence[Knob]) -> int:
    """Return the number of settings of a design that is no sample, without making any."""
    sizes = [len(_levels(knob)) for knob in knobs]
    return prod(sizes) if kind == "grid" else 1 + sum(sizes)


def make_design(kind: str, knobs: Sequence[Knob], *, samples: int | None, seed: int) -> Design:
    """Make a design.

    Parameters
    ----------
    kind
        A name in `DESIGNS`.
    knobs
        What is varied. Sampled designs accept ranges without a step, too.
    samples
        Number of settings of a sampled design; for Sobol a power of two.
    seed
        Equal seeds give equal samples.

    Raises
    ------
    SimdeployError
        Where kind, knobs and samples are incompatible, or make more than `MOST` settings.
    """
    _refuse(kind, knobs, samples)
    places = _sample(kind, len(knobs), samples or 0, seed) if kind in SAMPLED else None
    return Design(kind, tuple(knobs), places)


def _refuse(kind: str, knobs: Sequence[Knob], samples: int | None) -> None:
    if kind not in DESIGNS:
        raise SimdeployError(f'unknown design "{kind[:40]}"; known: {", ".join(DESIGNS)}')
    if not knobs:
        raise SimdeployError("nothing to sweep: no --set has more than one value")
    paths = [knob.path for knob in knobs]
    twice = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise SimdeployError(f"--set {twice}: stands twice")
    if kind in SAMPLED:
        _refuse_sample(kind, samples)
        return
    if samples is not None:
        raise SimdeployError(f"--samples: only with --design {' or '.join(SAMPLED)}")
    for knob in knobs:
        if not isinstance(knob.choice, Levels):
            low, high, unit = knob.choice
            span = f"{low}{unit}:{high}{unit}"
            raise SimdeployError(f"--set {knob.path}: a {kind} needs a step: {span}:STEP")
    count = _count(kind, knobs)
    if count > MOST:
        sizes = " × ".join(f"{len(_levels(knob)):,}" for knob in knobs)
        raise SimdeployError(
            f"--design {kind}: {sizes} values make {count:,} settings; allowed: {MOST:,}; "
            f"--design {SAMPLED[0]} --samples N plays some of them"
        )


def _refuse_sample(kind: str, samples: int | None) -> None:
    if samples is None:
        raise SimdeployError(f"--design {kind}: needs --samples, the number of settings")
    if not 1 <= samples <= MOST:
        raise SimdeployError(f"--samples must be from 1 to {MOST:,}; got {samples}")
    if kind == "sobol" and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        raise SimdeployError(
            f"--samples {samples}: a Sobol sequence is even only for powers of two; "
            f"allowed: {below} or {2 * below}"
        )


def _sample(kind: str, knobs: int, samples: int, seed: int) -> NDArray[np.float64]:
    """Return places from 0 to 1, settings × knobs."""
    from scipy.stats import qmc  # noqa: PLC0415  only a sample pays for it

    sampler = qmc.LatinHypercube if kind == "latin-hypercube" else qmc.Sobol
    return np.asarray(sampler(knobs, rng=seed).random(samples))
