"""How much memory a search will take, before anything is played.

A search compares each setting with those before it, so that it keeps the goals of every run of
every setting. The settings of the result are played with ten times as many runs.
"""

from simdeploy.errors import SimdeployError
from simdeploy.results.room import ROOM, ROW, shown
from simdeploy.tuning.search import CANDIDATES
from simdeploy.tuning.tuner import LEAST_RUNS, SEARCHED

#: Bytes of a setting beside its runs, and of a goal of a run.
SETTING, GOAL = 1_000, 8


def check_room(
    runs: int, budget: int, *, goals: int, variants: int, knobs: int, threads: int
) -> None:
    """Refuse a search that does not fit into memory (`results.room.ROOM`).

    Parameters
    ----------
    runs, budget
        Runs of a setting of the result, and how many settings are searched.
    goals, variants, knobs
        How many objectives, variants of each run, and knobs there are.
    threads
        How many settings are played at the same time.

    Raises
    ------
    SimdeployError
        With what would be allowed.
    """
    played = (CANDIDATES + knobs) * goals * GOAL + threads * variants * ROW
    least = SETTING + goals * GOAL * LEAST_RUNS
    needed = budget * (SETTING + goals * GOAL * max(LEAST_RUNS, runs // SEARCHED)) + runs * played
    if needed <= ROOM:
        return
    about = f"{budget:,} settings, {shown(runs)} runs of each, need {needed / 1e6:,.0f} MB"
    most = (ROOM - budget * SETTING) // (budget * goals * GOAL // SEARCHED + played)
    if most >= LEAST_RUNS * SEARCHED:
        allowed = f"--runs {most:,}, or more with a smaller --budget"
    else:
        allowed = f"--budget {max(0, ROOM - LEAST_RUNS * SEARCHED * played) // least:,}"
    raise SimdeployError(f"{about}; allowed: {ROOM / 1e6:,.0f} MB, that is {allowed}")
