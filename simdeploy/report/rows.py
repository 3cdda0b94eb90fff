"""The labeled rows under the table: what became of the release, who watched, the way back."""

from typing import Any

from simdeploy.comparison import DRILLS
from simdeploy.report.cells import ends
from simdeploy.report.words import duration, listed, percent
from simdeploy.results.detectors import Detector


def releases(comparison: Any) -> str:
    """Return what became of the release, strategies of the same fate together."""
    told = {name: ", ".join(ends(one.release.verdicts)) for name, one in comparison.results}
    fates = list(dict.fromkeys(told.values()))
    if len(fates) == 1 and len(told) > 1:
        return f"{fates[0]} with every strategy"
    return " · ".join(f"{fate}: {', '.join(n for n, t in told.items() if t == fate)}"
                      for fate in fates)  # fmt: skip


def watching(comparison: Any) -> str:
    """Return which signals watch which strategy, and until when; what watches all comes first."""
    known: dict[str, tuple[Detector, ...]] = comparison.detectors
    signals = list(dict.fromkeys(one.signal for found in known.values() for one in found))
    told = {signal: _ends(known, signal) for signal in signals}
    common = [s for s, ends in told.items() if sum(map(len, ends.values())) == len(known)]
    everybody = "every strategy" if len(known) > 1 else "always"
    parts = [f"{listed([f'{s}{_parted(told[s])}' for s in common])}: {everybody}"] if common else []
    parts += [_some(signal, ends) for signal, ends in told.items() if signal not in common]
    return " · ".join(parts) or "nothing and nobody"


def _ends(known: dict[str, tuple[Detector, ...]], signal: str) -> dict[str, list[str]]:
    """Return whom a signal watches, by its end."""
    ends: dict[str, list[str]] = {}
    for name, found in known.items():
        for one in found:
            if one.signal == signal:
                ends.setdefault(one.until, []).append(name)
    return ends


def _parted(ends: dict[str, list[str]]) -> str:
    """Return until when a signal watches; the names only where that parts the strategies."""
    if len(ends) == 1:
        return f" {next(iter(ends))}".rstrip()
    *first, (last, _) = sorted(ends.items(), key=lambda item: len(item[1]))
    told = [f"{until} with {listed(names)}" for until, names in first]
    return f" ({', '.join(told)}, else {last})"


def _some(signal: str, ends: dict[str, list[str]]) -> str:
    told = [f"{f'{until}: ' if until else ''}{listed(names)}" for until, names in ends.items()]
    return f"{signal}{' ' if next(iter(ends)) else ': '}{', '.join(told)} only"


def way_back(comparison: Any) -> str:
    """Return the drill: how long it takes to go back from a good release, soon and late."""
    labels = (f"{duration(comparison.scenario.drill_after)} after full traffic", "at the very end")
    parts = [
        f"{label}: {told}"
        for label, metric in zip(labels, DRILLS, strict=True)
        if (told := _drilled(comparison, metric))
    ]
    return " · ".join(parts)


def _drilled(comparison: Any, metric: str) -> str:
    """Return the drill's times, equal ones together, in file order."""
    told: dict[str, list[str]] = {}
    for name, one in comparison.results:
        if one.drill and one.drill[metric].mean is not None:
            told.setdefault(_took(one.drill[metric], comparison), []).append(name)
    if len(told) == 1 and len(next(iter(told.values()))) == len(comparison.strategies) > 1:
        return f"{next(iter(told))} with every strategy"
    return ", ".join(f"{listed(names)} {took}" for took, names in told.items())


def _took(one: Any, comparison: Any) -> str:
    if one.n_censored == one.n:
        return f"> {duration(comparison.scenario.horizon)}"
    return duration(one.mean) + ("" if one.n == one.runs else f" (in {percent(one.share)})")
