"""Squeezed time: a monotone map from seconds to the width of a picture.

Time is cut at every event. A stretch of ``dt`` seconds gets the width ``dt`` up to 30 s and
grows only with its logarithm beyond; while users suffer the limit is 300 s, so that an outage keeps
its length. No quiet stretch takes more than 8 % of the picture, and no squeezed outage more than
30 %.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simdeploy.results.timeline import State, Timeline

BEND = 30.0
BEND_IN_HARM = 300.0
QUIET_SHARE = 0.08
NAMED_FROM = 120.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time between two neighboring cuts (s), and whether users suffer in it."""

    start: float
    end: float
    harm: bool

    @property
    def seconds(self) -> float:
        """Its true length (s)."""
        return self.end - self.start

    @property
    def quiet(self) -> bool:
        """Whether it is squeezed, as nothing happens in it."""
        return not self.harm and self.seconds > BEND

    @property
    def long_harm(self) -> bool:
        """Whether it is an outage so long that it is squeezed, too."""
        return self.harm and self.seconds > BEND_IN_HARM


class Timescale:
    """The map of one picture: ``scale(t)`` is the position of ``t``, 0 to 1."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = tuple(stretches)
        widths = _capped([_width(s) for s in stretches], [s.long_harm for s in stretches], 0.3)
        widths = _capped(widths, [s.quiet for s in stretches], QUIET_SHARE)
        self._times = np.array([stretches[0].start, *(s.end for s in stretches)])
        self._places = np.concatenate(([0.0], np.cumsum(widths))) / sum(widths)

    def __call__(self, t: ArrayLike) -> NDArray[np.float64]:
        """Return the positions of times; those outside of the picture lie on its edges."""
        return np.interp(np.asarray(t, dtype=np.float64), self._times, self._places)

    def squeezed(self) -> list[Stretch]:
        """Return the stretches that need a label because they are drawn too short."""
        limit = {False: NAMED_FROM, True: BEND_IN_HARM}
        return [s for s in self.stretches if s.seconds > limit[s.harm]]


def timescale(timelines: Iterable[Timeline]) -> Timescale:
    """Return the map that several runs share: a position is the same moment in all of them."""
    runs = list(timelines)
    cuts = sorted({t for run in runs for t in _cuts(run)})
    hurt = [span for run in runs for span in _hurt(run)]
    pairs = [(a, b) for a, b in pairwise(cuts) if b - a > 1e-9]
    stretches = [Stretch(a, b, _inside(a, b, hurt)) for a, b in pairs]
    return Timescale(stretches or [Stretch(0.0, 1.0, harm=False)])


def _cuts(run: Timeline) -> set[float]:
    """Return every instant of the run at which something happens."""
    times = {0.0, run.horizon, *(event.t for event in run.events), *(row[0] for row in run.state)}
    times |= {t for life in run.tasks for stage in life.stages for t in stage[:2]}
    return {t for t in times if 0.0 <= t <= run.horizon}


def hurts_in(run: Timeline, stretch: Stretch) -> bool:
    """Return whether users of this run suffer in a stretch of a shared scale."""
    return _inside(stretch.start, stretch.end, _hurt(run))


def _hurt(run: Timeline) -> list[tuple[float, float]]:
    """Return when at least 1 % of requests fail or capacity is short of demand."""
    return [(state.t, end) for state, end in run.states() if _hurts(state)]


def _hurts(state: State) -> bool:
    failing = state.failing_rps >= 0.01 * state.offered_rps > 0
    return failing or state.capacity_rps < state.offered_rps


def _inside(start: float, end: float, spans: list[tuple[float, float]]) -> bool:
    middle = (start + end) / 2
    return any(a <= middle < b for a, b in spans)


def _width(stretch: Stretch) -> float:
    bend = BEND_IN_HARM if stretch.harm else BEND
    over = stretch.seconds / bend
    return stretch.seconds if over <= 1 else bend + bend * log(over)


def _capped(widths: list[float], may: list[bool], share: float) -> list[float]:
    """Limit the widest of some stretches to a share of the whole, if there is anything else."""
    order = sorted((i for i, allowed in enumerate(may) if allowed), key=lambda i: -widths[i])
    total = sum(widths)
    for k in range(len(order) + 1):
        others = total - sum(widths[i] for i in order[:k])
        room = 1 - k * share
        if others <= 0 or room < share:
            return widths
        cap = share * others / room
        if k == len(order) or widths[order[k]] <= cap:
            return [min(w, cap) if i in order[:k] else w for i, w in enumerate(widths)]
    return widths
