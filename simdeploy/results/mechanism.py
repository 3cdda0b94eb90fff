"""How a strategy rolls back: what orders it, and whether old tasks start again for it.

Only events show that, and the batch engine records none. Therefore two runs of a strategy are
played in full, with an early and with a late decision, and what they have in common is reported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.timeline import Event, Timeline

#: The two runs, as quantiles of the time of the decision.
SAMPLED = (0.1, 0.9)
Play = Callable[[int], Timeline]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """``signal``: breaker, alarm, install_timeout or operator; empty where runs differ.

    ``restart`` is how long the rollback waits for new tasks of the old revision (s); None where the
    old tasks still run. ``flag``: a feature flag is set back instead of replacing tasks. ``red``:
    the alarm was red before the deployment.
    """

    signal: str = ""
    restart: float | None = None
    flag: bool = False
    red: bool = False


NOTHING = Mechanism()


def mechanism(rows: NDArray[np.void], play: Play) -> Mechanism:
    """Return what a run with an early decision and a run with a late decision have in common.

    Parameters
    ----------
    rows
        All runs of a strategy.
    play
        Plays a replication in full.
    """
    timelines = [play(number) for number in sampled_runs(rows["decision_s"])]
    signals = {signal(timeline) for timeline in timelines}
    if len(signals) != 1:
        return NOTHING
    waits = [wait for timeline in timelines if (wait := restart(timeline)) is not None]
    return Mechanism(
        signals.pop(),
        sum(waits) / len(waits) if len(waits) == len(timelines) else None,
        all(map(flagged, timelines)),
        all(map(red, timelines)),
    )


def sampled_runs(decisions: NDArray[np.float64]) -> Sequence[int]:
    """Return the numbers of an early and a late run of those with a decision."""
    decided = np.flatnonzero(np.isfinite(decisions))
    if not len(decided):
        return ()
    ordered = decided[np.argsort(decisions[decided], kind="stable")]
    places = [int(share * (len(ordered) - 1) + 0.5) for share in SAMPLED]
    return sorted({int(ordered[place]) for place in places})


def signal(timeline: Timeline) -> str:
    """Return the reason of the first rollback."""
    first = _first_rollback(timeline)
    return str(first.data.get("reason", "")) if first else ""


def restart(timeline: Timeline) -> float | None:
    """Return how long after the order the last new task of the old revision is healthy (s)."""
    first = _first_rollback(timeline)
    if first is None:
        return None
    old = [e for e in timeline.events if e.revision == "old" and e.t >= first.t]
    new = {e.task for e in old if e.kind == "task_created"}
    ready = [e.t for e in old if e.kind == "target_healthy" and e.task in new]
    return max(ready) - first.t if ready else None


def flagged(timeline: Timeline) -> bool:
    """Return whether the first rollback sets a feature flag back, and replaces no task."""
    first = _first_rollback(timeline)
    sets = [e for e in timeline.events if e.kind == "flag_set" and not e.data.get("percent")]
    return first is not None and any(e.t >= first.t for e in sets)


def red(timeline: Timeline) -> bool:
    """Return whether the rollback is ordered by an alarm that was red before the command."""
    kinds = (e.kind for e in timeline.events if e.kind in {"alarm_raised", "rollback_started"})
    first = next(kinds, "")
    return signal(timeline) == "alarm" and first == "rollback_started"


def _first_rollback(timeline: Timeline) -> Event | None:
    return next((e for e in timeline.events if e.kind == "rollback_started"), None)
