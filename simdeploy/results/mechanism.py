"""What only the events of a run tell: who decides to go back, and whether tasks start anew for it.

Many runs have numbers and no events. So that a verdict can say why, two runs of a strategy are
played in full: one of those that decide early and one of those that decide late. What they agree
on is told, the rest is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simdeploy.results.timeline import Timeline

#: Shares of the runs with a decision before which the two runs decided.
LOOKED_AT = (0.1, 0.9)
Play = Callable[[int], Timeline]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """``signal``: breaker, alarm, install_timeout or operator; empty where runs differ.

    ``restart`` is how long the way back waits for tasks of the old revision that start anew; None
    where the old tasks still run. ``flag``: a feature flag is the way back. ``red``: the alarm was
    red before the deployment.
    """

    signal: str = ""
    restart: float | None = None
    flag: bool = False
    red: bool = False


NOTHING = Mechanism()


def mechanism(rows: NDArray[np.void], play: Play) -> Mechanism:
    """Return what the runs that decide early and late have in common.

    Parameters
    ----------
    rows
        All runs of a strategy.
    play
        Plays a replication in full.
    """
    told = [play(number) for number in telling(rows["decision_s"])]
    signals = {signal(timeline) for timeline in told}
    if len(signals) != 1:
        return NOTHING
    waits = [wait for timeline in told if (wait := restart(timeline)) is not None]
    return Mechanism(
        signals.pop(),
        sum(waits) / len(waits) if len(waits) == len(told) else None,
        all(map(flagged, told)),
        all(map(red, told)),
    )


def telling(decisions: NDArray[np.float64]) -> Sequence[int]:
    """Return which runs to look at: an early and a late one of those with a decision."""
    decided = np.flatnonzero(np.isfinite(decisions))
    if not len(decided):
        return ()
    ordered = decided[np.argsort(decisions[decided], kind="stable")]
    places = [int(share * (len(ordered) - 1) + 0.5) for share in LOOKED_AT]
    return sorted({int(ordered[place]) for place in places})


def signal(timeline: Timeline) -> str:
    """Return what the first rollback is ordered by."""
    return next((str(e.data.get("reason", "")) for e in _rollbacks(timeline)), "")


def restart(timeline: Timeline) -> float | None:
    """Return how long after the order the last task that starts anew for it is healthy."""
    ordered = next((e.t for e in _rollbacks(timeline)), None)
    if ordered is None:
        return None
    old = [e for e in timeline.events if e.revision == "old" and e.t >= ordered]
    born = {e.task for e in old if e.kind == "task_created"}
    ready = [e.t for e in old if e.kind == "target_healthy" and e.task in born]
    return max(ready) - ordered if ready else None


def flagged(timeline: Timeline) -> bool:
    """Return whether the first rollback sets a feature flag back, and replaces no task."""
    ordered = next((e.t for e in _rollbacks(timeline)), None)
    return ordered is not None and any(
        e.kind == "flag_set" and e.t >= ordered and not e.data.get("percent")
        for e in timeline.events
    )


def red(timeline: Timeline) -> bool:
    """Return whether an alarm orders the rollback that was not raised since the command."""
    first = next((e.kind for e in timeline.events
                  if e.kind in {"alarm_raised", "rollback_started"}), "")  # fmt: skip
    return signal(timeline) == "alarm" and first == "rollback_started"


def _rollbacks(timeline: Timeline) -> list[Any]:
    return [e for e in timeline.events if e.kind == "rollback_started"]
