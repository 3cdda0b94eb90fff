"""The labeled rows under the table: what became of the release, who watched, the way back."""

from typing import Any

from simdeploy.report.comparison.cells import COLUMNS, ends
from simdeploy.report.words import count, duration, listed, percent
from simdeploy.results.comparison import DRILLS
from simdeploy.results.detectors import Detector, unfair
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.summary import FEW


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
    holders: dict[tuple[str, ...], list[str]] = {}
    for signal in dict.fromkeys(one.signal for found in known.values() for one in found):
        names = tuple(n for n, found in known.items() if any(d.signal == signal for d in found))
        holders.setdefault(names, []).append(f"{signal}{_parted(_ends(known, signal))}")
    everybody = "every strategy" if len(known) > 1 else "always"
    ordered = sorted(holders.items(), key=lambda item: len(item[0]) < len(known))
    told = [
        f"{listed(signals)}: {f'{listed(names)} only' if len(names) < len(known) else everybody}"
        for names, signals in ordered
    ]
    return " · ".join(told) or "nothing and nobody"


def _ends(known: dict[str, tuple[Detector, ...]], signal: str) -> dict[str, list[str]]:
    """Return whom a signal watches, by its end."""
    ends: dict[str, list[str]] = {}
    for name, found in known.items():
        for until in dict.fromkeys(one.until for one in found if one.signal == signal):
            ends.setdefault(until, []).append(name)
    return ends


def _parted(ends: dict[str, list[str]]) -> str:
    """Return until when a signal watches; the names only where that parts the strategies."""
    if len(ends) == 1:
        return f" {next(iter(ends))}".rstrip()
    *first, (last, _) = sorted(ends.items(), key=lambda item: len(item[1]))
    told = [f"{until} with {listed(names)}" for until, names in first]
    return f" ({', '.join(told)}, else {last})"


def cut(comparison: Any) -> str:
    """Return how many WebSockets each strategy cuts; empty where none are open."""
    sockets = comparison.scenario.traffic.websockets
    if sockets is None or not sockets.open:
        return ""
    told: dict[str, list[str]] = {}
    for name, one in comparison.results:
        told.setdefault(count(one.release.metrics["cut_websockets"].mean), []).append(name)
    parts = [f"{amount} with {listed(names)}" for amount, names in told.items()]
    return f"{parts[0].replace(' ', ' WebSockets ', 1)}, {', '.join(parts[1:])}".rstrip(", ")


def weaknesses(comparison: Any) -> list[str]:
    """Return what weakens the comparison: warnings, in words, as far as the table shows it."""
    thin = [
        line for name, one in comparison.results for line in _thin(name, one.release.metrics)
    ]  # fmt: skip
    return [*unfair(comparison.scenario), *thin]


def _thin(name: str, metrics: Any) -> list[str]:
    """Return which means of the table few runs carry."""
    known = [(c.title.lower(), metrics[c.metric].n) for c in COLUMNS
             if BY_NAME[c.metric].kind == "conditional"]  # fmt: skip
    told = [f"{title} from {n} of {metrics['downtime_s'].runs:,}" for title, n in known
            if 0 < n < FEW]  # fmt: skip
    return [f"{name}: few runs carry a mean ({', '.join(told)})"] if told else []


def way_back(comparison: Any) -> str:
    """Return the drill: how long it takes to go back from a good release, soon and late."""
    labels = (f"{duration(comparison.scenario.drill_after)} after full traffic", "at the very end")
    parts = [
        f"{label}: {told}"
        for label, metric in zip(labels, DRILLS, strict=True)
        if (told := _drilled(comparison, metric))
    ]
    never = [name for name, one in comparison.results
             if one.drill and not any(one.drill[metric].n for metric in DRILLS)]  # fmt: skip
    if never and not parts:
        return "nothing to go back from: no good release stays live"
    rest = [f"no good release gets that far with {listed(never, 'or')}"] if never else []
    return " · ".join([*parts, *rest])


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
