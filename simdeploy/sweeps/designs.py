"""Which settings of the knobs are played: all, or a sample that fills their ranges evenly."""

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
#: Settings of a sample at most.
MOST = 10_000_000


@dataclass(frozen=True)
class Design:
    """Settings by their number; none is kept that can be worked out."""

    kind: str
    knobs: tuple[Knob, ...]
    places: NDArray[np.float64] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The knobs' paths."""
        return tuple(one.path for one in self.knobs)

    def __len__(self) -> int:
        """How many settings there are."""
        if self.places is not None:
            return len(self.places)
        if self.kind == "grid":
            return prod(self._sizes)
        return 1 + sum(self._sizes)

    @property
    def _sizes(self) -> list[int]:
        return [len(_levels(one)) for one in self.knobs]

    def setting(self, number: int) -> Setting:
        """Return a setting: the last knob varies fastest, as in nested loops."""
        if self.places is not None:
            row = self.places[number]
            return tuple(k.choice.at(float(u)) for k, u in zip(self.knobs, row, strict=True))
        if self.kind == "grid":
            return self._of_grid(number)
        return self._one_moved(number)

    def settings(self, first: int, last: int) -> tuple[Setting, ...]:
        """Return settings ``first`` to ``last``."""
        return tuple(self.setting(number) for number in range(first, last))

    def __iter__(self) -> Iterator[Setting]:
        """Return all settings, one after the other."""
        return (self.setting(number) for number in range(len(self)))

    def _of_grid(self, number: int) -> Setting:
        values: list[str] = []
        for one in reversed(self.knobs):
            number, place = divmod(number, len(_levels(one)))
            values.append(_levels(one)[place])
        return tuple(reversed(values))

    def _one_moved(self, number: int) -> Setting:
        """Return the scenario's own setting as the first, then each value of each knob."""
        values: list[str | None] = [None] * len(self.knobs)
        number -= 1
        for i, one in enumerate(self.knobs):
            if 0 <= number < len(_levels(one)):
                values[i] = _levels(one)[number]
            number -= len(_levels(one))
        return tuple(values)


def _levels(one: Knob) -> tuple[str, ...]:
    return one.choice.values if isinstance(one.choice, Levels) else ()


def design(kind: str, knobs: Sequence[Knob], *, samples: int | None, seed: int) -> Design:
    """Make a design.

    Parameters
    ----------
    kind
        One of `DESIGNS`.
    knobs
        What is varied. Designs that sample take ranges without a step, too.
    samples
        How many settings to sample; for Sobol a power of two.
    seed
        Equal seeds give equal samples.

    Raises
    ------
    SimdeployError
        Where kind, knobs and samples do not go together.
    """
    _refuse(kind, knobs, samples)
    if kind not in SAMPLED:
        return Design(kind, tuple(knobs))
    return Design(kind, tuple(knobs), _sample(kind, len(knobs), samples or 0, seed))


def _refuse(kind: str, knobs: Sequence[Knob], samples: int | None) -> None:
    if kind not in DESIGNS:
        raise SimdeployError(f'unknown design "{kind[:40]}"; known: {", ".join(DESIGNS)}')
    if not knobs:
        raise SimdeployError("nothing to sweep: no --set has more than one value")
    paths = [one.path for one in knobs]
    twice = next((path for i, path in enumerate(paths) if path in paths[:i]), None)
    if twice is not None:
        raise SimdeployError(f"--set {twice}: stands twice")
    if kind in SAMPLED:
        _refuse_sample(kind, samples)
        return
    if samples is not None:
        raise SimdeployError(f"--samples: only with --design {' or '.join(SAMPLED)}")
    for one in knobs:
        if not isinstance(one.choice, Levels):
            low, high, unit = one.choice
            told = f"{low}{unit}:{high}{unit}"
            raise SimdeployError(f"--set {one.path}: a {kind} needs a step: {told}:STEP")


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

    if kind == "latin-hypercube":
        return np.asarray(qmc.LatinHypercube(knobs, rng=seed).random(samples))
    return np.asarray(qmc.Sobol(knobs, rng=seed).random(samples))
