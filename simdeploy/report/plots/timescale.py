"""Squeezed time: a monotone map from seconds to the width of a picture.

Cut at everything that happens. A stretch of ``dt`` seconds gets the width ``dt`` up to 30 s and
grows only with its logarithm beyond; where users suffer the bend comes at 300 s, so that an outage
keeps its length. No single quiet stretch takes more than 8 % of the picture, and no squeezed outage
more than 30 %.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.report.states import Row, held
from simdeploy.results.timeline import Timeline

BEND = 30.0
BEND_IN_HARM = 300.0
QUIET_SHARE = 0.08
TOLD_FROM = 120.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds between two neighboring cuts, and whether users suffer in them."""

    start: float
    end: float
    harm: bool

    @property
    def seconds(self) -> float:
        """Its true length."""
        return self.end - self.start

    @property
    def quiet(self) -> bool:
        """Whether the picture squeezes it without losing anything."""
        return not self.harm and self.seconds > BEND

    @property
    def long_harm(self) -> bool:
        """Whether it is an outage so long that it would crowd out how it began."""
        return self.harm and self.seconds > BEND_IN_HARM


class Timescale:
    """The map of one picture: ``scale(t)`` is the place of ``t`` between 0 and 1."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = tuple(stretches)
        widths = _capped([_width(s) for s in stretches], [s.long_harm for s in stretches], 0.3)
        widths = _capped(widths, [s.quiet for s in stretches], QUIET_SHARE)
        self._times = np.array([stretches[0].start, *(s.end for s in stretches)])
        self._places = np.concatenate(([0.0], np.cumsum(widths))) / sum(widths)

    def __call__(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the places of times; times outside the picture lie on its edges."""
        return np.interp(np.asarray(t, dtype=np.float64), self._times, self._places)

    def squeezed(self) -> list[Stretch]:
        """Return the stretches that are told in words because they are drawn too short."""
        limit = {False: TOLD_FROM, True: BEND_IN_HARM}
        return [s for s in self.stretches if s.seconds > limit[s.harm]]


def timescale(timelines: Iterable[Timeline]) -> Timescale:
    """Return the map shared by ``timelines``: the same place is the same moment in all of them."""
    runs = list(timelines)
    cuts = sorted({t for run in runs for t in _cuts(run)})
    hurt = [spell for run in runs for spell in _hurt(run)]
    pairs = [(a, b) for a, b in pairwise(cuts) if b - a > 1e-9]
    stretches = [Stretch(a, b, _inside(a, b, hurt)) for a, b in pairs]
    return Timescale(stretches or [Stretch(0.0, 1.0, harm=False)])


def _cuts(run: Timeline) -> set[float]:
    """Return every instant at which something happens, within the run's window."""
    times = {0.0, run.horizon, *(event.t for event in run.events), *(row[0] for row in run.state)}
    times |= {t for one in run.tasks for stage in one.stages for t in stage[:2]}
    return {t for t in times if 0.0 <= t <= run.horizon}


def hurts_in(run: Timeline, stretch: Stretch) -> bool:
    """Return whether users of this run suffer in a stretch of a picture that several runs share."""
    return _inside(stretch.start, stretch.end, _hurt(run))


def _hurt(run: Timeline) -> list[tuple[float, float]]:
    """Return when at least 1 % of requests fail or capacity is short of demand."""
    return [(row[0], end) for row, end in held(run) if _hurts(row)]


def _hurts(row: Row) -> bool:
    return row[2] >= 0.01 * row[1] > 0 or row[5] < row[1]


def _inside(start: float, end: float, spells: list[tuple[float, float]]) -> bool:
    middle = (start + end) / 2
    return any(a <= middle < b for a, b in spells)


def _width(stretch: Stretch) -> float:
    bend = BEND_IN_HARM if stretch.harm else BEND
    over = stretch.seconds / bend
    return stretch.seconds if over <= 1 else bend + bend * log(over)


def _capped(widths: list[float], may: list[bool], share: float) -> list[float]:
    """Cut the widest of some stretches to a share of the whole, if there is anything else."""
    order = sorted((i for i, allowed in enumerate(may) if allowed), key=lambda i: -widths[i])
    total = sum(widths)
    for k in range(len(order) + 1):
        rest = total - sum(widths[i] for i in order[:k])
        room = 1 - k * share
        if rest <= 0 or room < share:
            return widths
        cap = share * rest / room
        if k == len(order) or widths[order[k]] <= cap:
            return [min(w, cap) if i in order[:k] else w for i, w in enumerate(widths)]
    return widths
