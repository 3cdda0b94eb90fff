"""What a picture says in words: why this run, and each strategy's figures in it."""

import math
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from simdeploy.errors import visible
from simdeploy.report.words import duration, full_count, short_count
from simdeploy.results.timeline import Timeline

#: Characters of a line above a picture.
LINE = 112
#: Harm of a run that is named beside its failed requests, where there is any.
BESIDE = (
    ("cut_websockets", "connections cut"),
    ("slow_caused", "slow"),
    ("side_effects_left", "wrong answers left"),
    ("incompatible_writes", "rows the other version cannot read"),
)


def run_figures(metrics: Mapping[str, Any]) -> str:
    """Return a run's harm and times in few words.

    >>> run_figures({"failed_caused": 866.0, "decision_s": 180.7, "user_onset_s": 79.1,
    ...              "rollback_s": 38.4})
    '866 failed · decided 1m42s after the first failure · back in 38s'
    """
    failed = _number(metrics, "failed_caused")
    parts = [f"{short_count(failed)} failed" if failed >= 0.5 else "none failed"]
    parts += [
        f"{short_count(_number(metrics, name))} {words}"
        for name, words in BESIDE
        if _number(metrics, name) >= 0.5
    ]
    return " · ".join([*parts, *_times(metrics)])


def _times(metrics: Mapping[str, Any]) -> list[str]:
    decision = _number(metrics, "decision_s", math.nan)
    if not math.isfinite(decision):
        live = _number(metrics, "full_traffic_s", math.nan)
        done = _number(metrics, "deployment_s", math.nan)
        times = (("live after", live), ("done after", done))
        return [f"{words} {duration(t)}" for words, t in times if math.isfinite(t)]
    onset = _number(metrics, "user_onset_s", math.nan)
    texts = [f"decided after {duration(decision)}"]
    if onset < decision:
        texts = [f"decided {duration(decision - onset)} after the first failure"]
    back = _number(metrics, "rollback_s", math.nan)
    if math.isfinite(back):
        texts.append(f"back in {duration(back)}" if back > 0.0 else "nothing to take back")
    return texts


def _number(metrics: Mapping[str, Any], name: str, missing: float = 0.0) -> float:
    value = metrics.get(name, missing)
    return float(value) if isinstance(value, int | float) else missing


def why_this_run(replication: int, runs: int) -> str:
    """Return which run of a comparison is drawn, and why.

    >>> why_this_run(149, 1000)
    'run 149 of 1,000: of all runs nearest to the middle of every strategy; same luck for all'
    """
    chosen = f"run {replication:,} of {full_count(runs)}"
    return f"{chosen}: of all runs nearest to the middle of every strategy; same luck for all"


def wrapped(text: str, line: int = LINE) -> str:
    """Return a text in lines."""
    return "\n".join(textwrap.wrap(visible(text), line, break_on_hyphens=False))


def most_failing(timelines: Iterable[Timeline]) -> float:
    """Return the highest rate of failing requests (requests/s) in some runs."""
    rates = (state.failing_rps for timeline in timelines for state, _ in timeline.states())
    return max(rates, default=0.0)
