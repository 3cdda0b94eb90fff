"""The labeled rows under the table: release, watching, way back, cut WebSockets, warnings."""

from collections.abc import Container, Mapping
from itertools import chain

from simdeploy.model.registry import Metric
from simdeploy.report.comparison.cells import COLUMNS, ending_shares
from simdeploy.report.words import duration, grouped, listed, percent, short_count
from simdeploy.results.comparison import DRILLS, Comparison
from simdeploy.results.detectors import Detector, unfair
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.ranking import TOTAL
from simdeploy.results.summary import Summary, carried_by, is_skewed
from simdeploy.strategies.shifting import Shifting

#: Metrics of the table.
TABLED = tuple(column.metric for column in COLUMNS)


def releases(comparison: Comparison) -> str:
    """Return the verdicts on the release, strategies with the same shares together."""
    verdicts = ((name, result.release.verdicts) for name, result in comparison.results)
    groups = grouped((name, ", ".join(ending_shares(shares))) for name, shares in verdicts)
    if len(groups) == 1 and len(comparison.strategies) > 1:
        return f"{next(iter(groups))} with every strategy"
    return " · ".join(f"{shares}: {', '.join(names)}" for shares, names in groups.items())


def watching(comparison: Comparison) -> str:
    """Return which signals watch which strategy and until when; those of all strategies first."""
    detectors = comparison.detectors
    signals = dict.fromkeys(d.signal for watchers in detectors.values() for d in watchers)
    ends = [(signal, _names_by_end(detectors, signal)) for signal in signals]
    holders = grouped(
        (f"{s}{_until(g)}", frozenset(chain.from_iterable(g.values()))) for s, g in ends
    )
    ordered = sorted(holders.items(), key=lambda item: len(item[0]) < len(detectors))
    texts = [f"{listed(texts)}: {_holders(names, list(detectors))}" for names, texts in ordered]
    return " · ".join(texts) or "nothing and nobody"


def _holders(names: Container[str], every: list[str]) -> str:
    held = [name for name in every if name in names]
    if len(held) < len(every):
        return f"{listed(held)} only"
    return "every strategy" if len(every) > 1 else "always"


def _names_by_end(
    detectors: Mapping[str, tuple[Detector, ...]], signal: str
) -> dict[str, list[str]]:
    """Return the strategies that a signal watches, by its end."""
    watchers = ((name, detector) for name, some in detectors.items() for detector in some)
    # Several detectors of a strategy may end at once.
    ends = dict.fromkeys((name, d.until) for name, d in watchers if d.signal == signal)
    return grouped(ends)


def _until(names_by_end: Mapping[str, list[str]]) -> str:
    """Return until when a signal watches, with names only if that differs."""
    if len(names_by_end) == 1:
        return f" {next(iter(names_by_end))}".rstrip()
    *first, (last, _) = sorted(names_by_end.items(), key=lambda item: len(item[1]))
    texts = [f"{until} with {listed(names)}" for until, names in first]
    return f" ({', '.join(texts)}, else {last})"


def cut_websockets(comparison: Comparison) -> str:
    """Return how many WebSockets each strategy cuts; empty if none are open."""
    sockets = comparison.scenario.traffic.websockets
    if sockets is None or not sockets.open:
        return ""
    cut = ((n, result.release.metrics["cut_websockets"].mean) for n, result in comparison.results)
    groups = grouped((name, short_count(mean or 0.0)) for name, mean in cut)
    parts = [f"{amount} with {listed(names)}" for amount, names in groups.items()]
    return f"{parts[0].replace(' ', ' WebSockets ', 1)}, {', '.join(parts[1:])}".rstrip(", ")


def warnings(comparison: Comparison) -> list[str]:
    """Return what weakens the comparison, as far as the table shows it."""
    metrics = [(name, result.release.metrics) for name, result in comparison.results]
    few = (_few_runs(name, summaries) for name, summaries in metrics)
    skewed = (_skewed(name, summaries) for name, summaries in metrics)
    return [*unfair(comparison.scenario), *filter(None, few), *filter(None, skewed)]


def metric_of(name: str) -> Metric:
    """Return the metric of a column; what a deployment causes of a metric is measured alike."""
    return BY_NAME[TOTAL.get(name, name)]


def _few_runs(name: str, metrics: Mapping[str, Summary]) -> str:
    """Return a warning for means of the table that few runs carry; empty without any."""
    carriers = {c: carried_by(metrics[c.metric], metric_of(c.metric)) for c in COLUMNS}
    titles = grouped((column.title.lower(), n) for column, n in carriers.items() if n)
    runs = metrics["downtime_s"].runs
    means = [f"{listed(names)} from {n} of {runs:,}" for n, names in titles.items()]
    if not means:
        return ""
    harm = any(summary.carried_by for summary in map(metrics.get, TABLED) if summary)
    unseen = "; a worse run may be missing" if harm else ""
    return f"{name}: few runs carry a mean ({', '.join(means)}){unseen}"


def _skewed(name: str, metrics: Mapping[str, Summary]) -> str:
    """Return a warning for means of the table in which some runs weigh too much."""
    skewed = [c for c in COLUMNS if is_skewed(metrics[c.metric], metric_of(c.metric))]
    titles = [column.title.lower() for column in skewed]
    return f"{name}: a few bad runs weigh most, ± is too small ({listed(titles)})" if titles else ""


def way_back(comparison: Comparison) -> str:
    """Return the drill: how long it takes to roll back a good release, early and late."""
    labels = (f"{duration(comparison.scenario.drill_after)} after full traffic", "at the very end")
    parts = [
        f"{label}: {times}"
        for label, metric in zip(labels, DRILLS, strict=True)
        if (times := _drilled(comparison, metric))
    ]
    drills = [(name, result.drill) for name, result in comparison.results if result.drill]
    never = [name for name, drill in drills if not any(drill[metric].n for metric in DRILLS)]
    if never and not parts:
        return "nothing to go back from: no good release stays live"
    without = [f"no good release gets that far with {listed(never, 'or')}"] if never else []
    return " · ".join([*parts, *without])


def _drilled(comparison: Comparison, metric: str) -> str:
    """Return the drill's times, equal times together, in file order."""
    horizon = comparison.scenario.horizon
    drills = ((name, result.drill) for name, result in comparison.results if result.drill)
    times = [(n, _drill_time(drill[metric], horizon)) for n, drill in drills]
    if DRILLS[metric]:
        times = [(n, f"{time}{_by_one_switch(comparison, n)}" if time else "") for n, time in times]
    groups = grouped((name, time) for name, time in times if time)
    if len(groups) == 1 and len(next(iter(groups.values()))) == len(comparison.strategies) > 1:
        return f"{next(iter(groups))} with every strategy"
    return ", ".join(f"{listed(names)} {time}" for time, names in groups.items())


def _by_one_switch(comparison: Comparison, name: str) -> str:
    """Return how much sooner AllAtOnce is where CodeDeploy deploys the old revision again.

    The model takes the configuration of the deployment; by hand another one may be chosen
    (codedeploy-rollback-after-success). Blue-green has no more than one shift.
    """
    strategy = comparison.scenario.strategies[name]
    if not isinstance(strategy, Shifting) or strategy.controller != "code_deploy":
        return ""
    waits = sum(seconds for _, seconds in strategy.shifts())
    return f" (by AllAtOnce {duration(waits)} sooner)" if waits > 0.0 else ""


def _drill_time(summary: Summary, horizon: float) -> str:
    if summary.mean is None:
        return ""
    if summary.n_censored == summary.n:
        return f"> {duration(horizon)}"
    share = "" if summary.n == summary.runs else f" (in {percent(summary.share)})"
    return f"{duration(summary.mean)}{share}"
