"""What stands in a cell of a comparison: mean ± its interval, the share of runs, a bad day."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from simdeploy.report.words import NONE, count, duration, money, percent
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.summary import Share, Summary

Writer = Callable[[float], str]


class Column(NamedTuple):
    """A column in words: its header in at most two lines, and the metric under it."""

    header: str
    metric: str

    @property
    def title(self) -> str:
        """The header in one line."""
        return self.header.replace("-\n", "").replace("\n", " ")


COLUMNS = (
    Column("Downtime", "downtime_s"),
    Column("Failed\nrequests", "failed_requests"),
    Column("Noticed\nafter", "detect_s"),
    Column("Rolled\nback in", "rollback_s"),
    Column("Served by\nbad code", "exposed_requests"),
    Column("Deploy-\nment", "deployment_s"),
    Column("Extra\ncost", "extra_cost_usd"),
)
#: A bad day is told where it is worse than the mean by this share.
WORSE = 0.05
#: Columns that a narrow terminal does without.
SPARE = ("exposed_requests", "extra_cost_usd")


class Cell(NamedTuple):
    """A number in words; what there is nothing to say of is empty."""

    mean: str
    pm: str = ""
    share: str = ""
    bad_day: str = ""

    def lines(self, *, stacked: bool) -> tuple[str, str, str]:
        """Return the mean with its ±, what belongs between, and the bad day."""
        if stacked:
            return self.mean, " ".join(part for part in (self.pm, self.share) if part), self.bad_day
        return " ".join(part for part in (self.mean, self.pm) if part), self.share, self.bad_day


def writer(metric: str) -> Writer:
    """Return how amounts of a metric are written."""
    return {"s": duration, "USD": money}.get(BY_NAME[metric].unit, count)


def nothing(summary: Summary) -> bool:
    """Return whether all runs together have less than half of one: none in all runs."""
    return summary.mean is not None and abs(summary.mean) * summary.runs < 0.5


def cell(metric: str, summary: Summary, horizon: float, *, never: str = "–") -> Cell:
    """Return a summary in words.

    Parameters
    ----------
    metric
        Its name, for the unit.
    summary
        The numbers.
    horizon
        Where the runs were cut (s); a censored time is "> 2h".
    never
        What to say where it happened in no run.
    """
    write = writer(metric)
    if summary.n == 0 or summary.mean is None:
        return Cell(never)
    if BY_NAME[metric].kind == "always" and nothing(summary) and write is not money:
        return Cell(NONE)
    share = "" if summary.n == summary.runs else f"in {percent(summary.share)}"
    if summary.n_censored == summary.n:
        return Cell(f"> {duration(horizon)}", share=share)
    mean, pm = known(write, summary.mean, summary.half_width)
    mean = f"{'≥' if summary.restricted else ''}{mean}"
    return Cell(mean, pm, share, _bad_day(write, summary, horizon))


def known(write: Writer, mean: float, half: float) -> tuple[str, str]:
    """Return a mean and its ±, neither more exact than the runs tell.

    The ± is left out where it is smaller than the last figure of the mean.

    >>> known(duration, 2727.0, 213.0), known(duration, 299.2, 0.3), known(count, 60_783.0, 245.0)
    (('45m', '±4m'), ('4m59s', ''), ('60,800', '±200'))
    """
    if write is duration and mean >= 600 and half >= 60:
        return duration(60 * round(mean / 60)), f"±{duration(60 * round(half / 60))}"
    step = _last_figure(write, abs(mean))
    return write(mean), f"±{write(_coarse(half, step))}" if half >= step / 2 else ""


def _last_figure(write: Writer, mean: float) -> float:
    """Return what one step of the last figure written is worth."""
    if write is money:
        return 0.001 if mean < 0.00995 else 0.01
    if mean < 9.95:
        return 0.1
    if write is duration:
        return 1.0 if mean < 3600 else 60.0
    return float(10 ** max(0, len(str(int(mean))) - (3 if mean < 999_500 else 2)))


def _coarse(half: float, step: float) -> float:
    """Return a half-width in two figures, or in whole steps of the mean's last one."""
    if half < 10 * step:
        return step * round(half / step + 1e-9)
    return float(round(half, min(0, 2 - len(str(int(half))))))


def _bad_day(write: Writer, summary: Summary, horizon: float) -> str:
    if summary.p95 is None or summary.mean is None:
        return ""
    if summary.p95 == float("inf"):
        return f"> {duration(horizon)}"
    told = write(summary.p95)
    usual = told == write(summary.mean) or summary.p95 < summary.mean + WORSE * abs(summary.mean)
    return "" if usual else told


def cells(
    comparison: Any, name: str, columns: tuple[Column, ...] = COLUMNS, *, bad_days: bool = True
) -> list[Cell]:
    """Return the row of one strategy, with or without its bad days."""
    result = comparison.strategies[name]
    horizon = comparison.scenario.horizon
    escaped = result.release.verdicts["escaped"].share > 0
    row = [
        cell(c.metric, result.release.metrics[c.metric], horizon, never="never" if escaped else "–")
        for c in columns
    ]
    if bad_days and _worth_a_line(row, columns):
        return row
    return [one._replace(bad_day="") for one in row]


def _worth_a_line(row: list[Cell], columns: tuple[Column, ...]) -> bool:
    """Return whether a bad day differs in more than its price, which is a cent or two."""
    return any(one.bad_day for one, c in zip(row, columns, strict=True) if c.metric not in SPARE)


def ends(outcomes: Mapping[str, Share]) -> list[str]:
    """Return how the runs end, commonest first, each with its share.

    An end that hardly a run has is left out: the ``>99.9 %`` of another one tells of it.
    """
    known = sorted(outcomes.items(), key=lambda item: -item[1].share)
    told = [(word.replace("_", " "), percent(one.share)) for word, one in known if one.share]
    return [f"{word} {share}" for word, share in told if share != "<0.1 %"]
