"""The recommendation's tables: cost by strategy and its parts, cost by kind of release."""

from typing import NamedTuple

from simdeploy.advice.expected import GOOD
from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.advice.words import dollars, interval, of_100

#: Parts of a cost, as columns.
PARTS = {
    "failed": ("failed", "requests"),
    "other": ("other", "harm"),
    "hours": ("hours", "of work"),
    "compute": ("", "compute"),
    "fixed": ("", "fixed"),
}


class Table(NamedTuple):
    """A table of texts: headers in two lines, and rows whose first cell is a name."""

    title: str
    headers: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def by_strategy(made: Recommendation) -> Table:
    """Return what a month costs with each strategy, by its parts."""
    costs, sums = made.costs, part_sums(made)
    shown = [part for part in PARTS if part in {"failed", "hours", "compute"}
             or any(values[part] for values in sums.values())]  # fmt: skip
    heads = [("", ""), ("", "a month"), ("95 %", "interval"), *(PARTS[part] for part in shown)]
    heads += [("a good", "release"), ("a bad", "release")]
    rows = []
    for name in made.ordered:
        month, (good, bad) = costs.month(name), costs.good_and_bad(name)
        parts = [dollars(sums[name][part]) for part in shown]
        mark = mark_of(made, name)
        least = "≥ " if any(costs.is_at_least(name, kind) for kind in costs.kinds) else ""
        cells = [f"{least}{dollars(month.mean)}", interval(month), *parts, dollars(good)]
        rows.append((f"{mark} {name}", *cells, dollars(bad) if costs.bad else "–"))
    return Table("", tuple(heads), tuple(rows))


def mark_of(made: Recommendation, name: str) -> str:
    """Return a check mark for the winner, a cross for what does not ship, else a blank."""
    if name not in made.ranked:
        return "✗"
    return "✓" if name == made.winner else " "


def part_sums(made: Recommendation) -> dict[str, dict[str, float]]:
    """Return the parts of what a month costs, by strategy (USD)."""
    sums = {name: dict.fromkeys(PARTS, 0.0) for name in made.ordered}
    for row in made.rows():
        for part in PARTS:
            sums[row["strategy"]][part] += row[part]
    return sums


def by_kind(made: Recommendation) -> Table:
    """Return what each kind of release costs a month with each strategy."""
    costs, times = made.costs, made.costs.mix.releases_per_month
    heads = [("in 100", "releases"), *(("", name) for name in made.ordered)]
    rows = []
    for kind in (GOOD, *costs.kinds):
        weight = costs.likelihood(kind)
        if not weight:
            continue
        cells = []
        for name in made.ordered:
            least = "≥ " if costs.is_at_least(name, kind) else ""
            cells.append(f"{least}{dollars(times * weight * costs.mean(name, kind))}")
        rows.append((kind, of_100(weight), *cells))
    if made.costs.mix.prices.fixed_per_month:
        rows.append(("fixed", "", *(dollars(costs.fixed(name)) for name in made.ordered)))
    return Table("A month's cost by kind of release", (("", ""), *heads), tuple(rows))
