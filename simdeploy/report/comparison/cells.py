"""Cells of a comparison: mean ± half of its interval, the share of runs, a bad day."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from simdeploy.report.words import NONE, duration, money, percent, short_count, spaced
from simdeploy.results.comparison import Comparison
from simdeploy.results.intervals import Share
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.ranking import TOTAL
from simdeploy.results.summary import Summary

Formatter = Callable[[float], str]


class Column(NamedTuple):
    """A column: its header in at most two lines, and its metric."""

    header: str
    metric: str

    @property
    def title(self) -> str:
        """The header in one line."""
        return self.header.replace("-\n", "").replace("\n", " ")


#: Harm is that which the deployment causes, beyond what fails without one.
COLUMNS = (
    Column("Downtime", "downtime_caused"),
    Column("Failed\nrequests", "failed_caused"),
    Column("Noticed\nafter", "detect_s"),
    Column("Rolled\nback in", "rollback_s"),
    Column("Served by\nbad code", "exposed_requests"),
    Column("Deploy-\nment", "deployment_s"),
    Column("Extra\ncost", "extra_cost_usd"),
)
#: A bad day is shown if it is worse than the mean by this share.
WORSE = 0.05
#: Columns that a narrow terminal hides.
SPARE = ("exposed_requests", "extra_cost_usd")


class Cell(NamedTuple):
    """A number in words; parts that do not apply are empty."""

    mean: str
    margin: str = ""
    share: str = ""
    bad_day: str = ""

    def lines(self, *, stacked: bool) -> tuple[str, str, str]:
        """Return mean, what stands below it, and bad day; ``stacked``: the ± is below the mean."""
        if stacked:
            return self.mean, f"{self.margin} {self.share}".strip(), self.bad_day
        return f"{self.mean} {self.margin}".strip(), self.share, self.bad_day

    @property
    def text(self) -> str:
        """Mean, ± and share in one line."""
        return " ".join(part for part in (self.mean, self.margin, self.share) if part)


def formatter_of(metric: str) -> Formatter:
    """Return the function that formats values of a metric."""
    unit = BY_NAME[TOTAL.get(metric, metric)].unit
    return {"s": duration, "USD": money}.get(unit, short_count)


def cell(metric: str, summary: Summary, horizon: float, *, never: str = "–") -> Cell:
    """Return a summary in words.

    Parameters
    ----------
    horizon
        Where the runs end (s); a censored time is "> 2h".
    never
        Text for a metric that no run has.
    """
    write = formatter_of(metric)
    if summary.n == 0 or summary.mean is None:
        return Cell(never)
    # None: all runs together have less than half of a unit.
    is_none = abs(summary.mean) * summary.runs < 0.5
    if BY_NAME[TOTAL.get(metric, metric)].kind == "always" and is_none and write is not money:
        return Cell(NONE)
    share = "" if summary.n == summary.runs else f"in {percent(summary.share)}"
    if summary.n_censored == summary.n:
        return Cell(f"> {duration(horizon)}", share=share)
    mean, margin = mean_and_margin(write, summary.mean, summary.half_width)
    mean = f"{'≥' if summary.restricted else ''}{mean}"
    return Cell(mean, margin, share, _bad_day(write, summary, horizon))


def mean_and_margin(write: Formatter, mean: float, half: float) -> tuple[str, str]:
    """Return a mean and its ±, in figures that the interval justifies.

    The ± is empty if it is smaller than the last figure of the mean.

    >>> mean_and_margin(duration, 2727.0, 213.0), mean_and_margin(short_count, 60_783.0, 245.0)
    (('45m', '±4m'), ('60,800', '±200'))
    >>> mean_and_margin(duration, 299.2, 0.3)
    ('4m59s', '')
    """
    if write is duration and mean >= 600 and half >= 60:
        return duration(60 * round(mean / 60)), f"±{duration(60 * round(half / 60))}"
    step = _last_figure(write, abs(mean))
    return write(mean), f"±{write(_coarse(half, step))}" if half >= step / 2 else ""


def _last_figure(write: Formatter, mean: float) -> float:
    """Return the unit of the last figure written of a mean."""
    if write is money:
        return 0.001 if mean < 0.00995 else 0.01
    if mean < 9.95:
        return 0.1
    if write is duration:
        return 1.0 if mean < 3600 else 60.0
    return float(10 ** max(0, len(str(int(mean))) - (3 if mean < 999_500 else 2)))


def _coarse(half: float, step: float) -> float:
    """Return a half-width in two figures, or in whole steps of the mean's last figure."""
    if half < 10 * step:
        return step * round(half / step + 1e-9)
    return float(round(half, min(0, 2 - len(str(int(half))))))


def _bad_day(write: Formatter, summary: Summary, horizon: float) -> str:
    if summary.p95 is None or summary.mean is None:
        return ""
    if summary.p95 == float("inf"):
        return f"> {duration(horizon)}"
    text = write(summary.p95)
    usual = text == write(summary.mean) or summary.p95 < summary.mean + WORSE * abs(summary.mean)
    return "" if usual else text


def cells(
    comparison: Comparison,
    name: str,
    columns: tuple[Column, ...] = COLUMNS,
    *,
    bad_days: bool = True,
) -> list[Cell]:
    """Return the row of one strategy, with or without its bad days."""
    result = comparison.strategies[name]
    horizon = comparison.scenario.horizon
    never = "never" if result.release.verdicts["escaped"].share > 0 else "–"
    metrics = result.release.metrics
    row = [cell(c.metric, metrics[c.metric], horizon, never=never) for c in columns]
    # Bad days are worth a line if any differs outside the spare columns.
    pairs = zip(row, columns, strict=True)
    differs = any(entry.bad_day for entry, column in pairs if column.metric not in SPARE)
    return row if bad_days and differs else [entry._replace(bad_day="") for entry in row]


def ending_shares(outcomes: Mapping[str, Share]) -> list[str]:
    """Return verdicts or outcomes with their shares of runs, commonest first.

    Those below 0.1 % are left out; the ``>99.9 %`` of another entry implies them.
    """
    ordered = sorted(outcomes.items(), key=lambda item: -item[1].share)
    texts = [(spaced(word), percent(share.share)) for word, share in ordered if share.share]
    return [f"{word} {share}" for word, share in texts if share != "<0.1 %"]
