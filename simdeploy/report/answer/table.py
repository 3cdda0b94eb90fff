"""The table of an answer: columns, cells by their rules, notes, legend."""

from collections.abc import Iterator

from simdeploy.report.answer.causes import fate
from simdeploy.report.answer.facts import Facts, Good, StrategyFacts
from simdeploy.report.answer.model import Cell, Column, Row
from simdeploy.report.answer.wording import KINDS, price
from simdeploy.report.words import duration, listed, percent, short_count
from simdeploy.results.ends import BAD, ENDS, FAILS, GOOD_UNDONE, LIVE, STUCK, UNDONE
from simdeploy.results.summary import Summary

#: A share of runs from which on all are meant, and one below which none is.
ALL, NONE = 0.95, 0.05
#: Steps to which the ± of a table is rounded up, in percent.
MARGINS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100)
#: Cells with a greater ± than this are named with theirs.
WIDE_MARGIN = 0.05
#: Ends that a note on a good release tells already.
TOLD = frozenset({LIVE, GOOD_UNDONE})
DOWNTIME = "downtime_caused"
GOOD_BLOCK = (("live_after", ("live", "after")), ("done_after", ("done", "after")),
              ("extra_cost", ("extra", "cost")))  # fmt: skip
BAD_BLOCK = (
    ("ends", ("ends", "")), ("decided_after", ("decided", "after")),
    ("rollback_time", ("rollback", "time")), ("over_after", ("over", "after")),
)  # fmt: skip
WIDER = ((DOWNTIME, ("as bad as", "outage of")), ("exposed_requests", ("served by", "bad code")))


class Table:
    """Columns, rows and notes of a table, made once."""

    def __init__(self, facts: Facts, *, wide: bool = False) -> None:
        self.facts = facts
        self.metric = facts.deciding
        self.notes: list[str] = []
        #: Printed means by what they are called, with their relative ±.
        self.margins: list[tuple[str, str, float]] = []
        self.columns = tuple(_columns(facts, self.metric, wide=wide))
        self.rows = tuple(self._row(strategy) for strategy in facts.rows)

    def _row(self, strategy: StrategyFacts) -> Row:
        ranking = self.facts.ranking
        mark = "✓" if strategy.name in ranking.winners else ""
        mark = "✗" if strategy.name in ranking.left_out else mark
        return Row(strategy.name, mark, tuple(self.cell(strategy, c) for c in self.columns))

    def cell(self, strategy: StrategyFacts, column: Column) -> Cell:
        """Return the number of a column in words."""
        name = column.metric
        if name.endswith("_p95"):
            p95 = strategy.metrics[name.removesuffix("_p95")].p95 or 0.0
            return Cell(short_count(p95 if p95 >= 0.5 else 0.0))
        if name in {*KINDS, DOWNTIME}:
            return Cell(self._amount(strategy, name))
        return getattr(self, f"_{name}")(strategy)  # type: ignore[no-any-return]

    def _amount(self, strategy: StrategyFacts, metric: str) -> str:
        summary, mean = strategy.metrics[metric], max(0.0, strategy.metrics[metric].mean or 0.0)
        write = duration if metric == DOWNTIME else short_count
        if mean < 0.5:
            return "< 1" if strategy.worst.get(metric, 0.0) >= 0.5 else write(0.0)
        title = "outage" if metric == DOWNTIME else KINDS[metric].header
        return self._margin(strategy, title, summary, write(mean))

    def _margin(self, strategy: StrategyFacts, title: str, summary: Summary, text: str) -> str:
        if summary.mean:
            self.margins.append((strategy.name, title, summary.half_width / abs(summary.mean)))
        return text

    def _time(self, strategy: StrategyFacts, title: str, summary: Summary, runs: float) -> Cell:
        """Return a mean time over a share of the runs, with a note where it is not all of them."""
        if summary.mean is None or runs < NONE:
            return Cell("never")
        if summary.n_censored == summary.n:
            return Cell(f"> {duration(self.facts.scenario.horizon)}")
        text = f"{'≥ ' if summary.restricted else ''}{duration(summary.mean)}"
        self._margin(strategy, title, summary, text)
        return Cell(text, self._noted(_mixed(strategy) if runs < ALL else ""))

    def _noted(self, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        if text not in self.notes:
            self.notes.append(text)
        return (self.notes.index(text) + 1,)

    def _ends(self, strategy: StrategyFacts) -> Cell:
        word, share = strategy.end, strategy.ends[strategy.end]
        if word == UNDONE and strategy.signal:
            word = f"{UNDONE}: {strategy.signal}"
        mixed = share < ALL or (word == UNDONE and len(strategy.signals) > 1)
        text = word if share >= ALL else f"{word} {percent(share)}"
        return Cell(text, self._noted(_mixed(strategy) if mixed else ""))

    def _decided_after(self, strategy: StrategyFacts) -> Cell:
        waited = strategy.decided
        share = (waited.n - waited.n_censored) / waited.runs
        summary = strategy.decided if share >= ALL else strategy.decided_in
        if not self.facts.bad and strategy.end == LIVE:
            return Cell("–")
        return self._time(strategy, "decided after", summary, share)

    def _rollback_time(self, strategy: StrategyFacts) -> Cell:
        if not strategy.rollback.n:
            return Cell("–")
        share = strategy.rollback.share
        return self._time(strategy, "rollback time", strategy.rollback, max(NONE, share))

    def _over_after(self, strategy: StrategyFacts) -> Cell:
        if strategy.end in {FAILS, BAD, STUCK}:
            return Cell("never", self._noted(_mixed(strategy) if strategy.over.n else ""))
        if not strategy.over.n:
            return Cell("–" if strategy.end == LIVE else "never")
        return self._time(strategy, "over after", strategy.over, strategy.over.share)

    def _ships(self, strategy: StrategyFacts) -> Good | None:
        good = strategy.good
        return good if good and good.ships >= ALL else None

    def _live_after(self, strategy: StrategyFacts) -> Cell:
        if good := self._ships(strategy):
            return self._time(strategy, "live after", good.live, 1.0)
        ships = strategy.good.ships if strategy.good else 0.0
        share = percent(ships) if ships >= NONE else "never"
        return Cell(share, self._noted(fate(self.facts, strategy)))

    def _done_after(self, strategy: StrategyFacts) -> Cell:
        good = self._ships(strategy)
        return self._time(strategy, "done after", good.done, 1.0) if good else Cell("–")

    def _extra_cost(self, strategy: StrategyFacts) -> Cell:
        return Cell(price(strategy) if self._ships(strategy) else "–")

    def _taken_back(self, strategy: StrategyFacts) -> Cell:
        drill = strategy.drill
        if not self._ships(strategy) or drill is None or drill.mean is None:
            return Cell("–")
        return self._time(strategy, "taken back", drill, max(NONE, drill.share))


def _columns(facts: Facts, metric: str, *, wide: bool) -> Iterator[Column]:
    """Return the columns: of a bad release in two blocks, of a good one in a single block."""
    block = "this release" if facts.works else "this bad release"
    block = block if facts.bad else ""
    title = KINDS[metric].header
    yield Column(block, ("mean", ""), metric, title)
    yield Column(block, ("bad day", ""), f"{metric}_p95", title)
    if metric != "failed_caused":
        yield Column(block, ("failed", "requests"), "failed_caused")
    some = BAD_BLOCK if facts.bad else BAD_BLOCK[:1]
    if facts.bad or any(s.end not in TOLD or s.ends[s.end] < ALL for s in facts.rows):
        yield from (Column(block, header, name) for name, header in some)
    wider = [pair for pair in WIDER if pair[0] != metric and (facts.bad or pair[0] == DOWNTIME)]
    yield from (Column(block, header, name) for name, header in wider if wide)
    if not all(strategy.good for strategy in facts.rows):
        return
    chain = len(facts.scenario.chain)
    good = "a good release" if chain == 1 else f"{chain} good releases"
    last = {"live_after": ("live after", "(last)")} if chain > 1 else {}
    for name, header in GOOD_BLOCK:
        yield Column(good if facts.bad else "", last.get(name, header), name)
    if not facts.bad and any(strategy.drill for strategy in facts.rows):
        back = ("taken back", f"{duration(facts.scenario.drill_after)} later")
        yield Column("", back, "taken_back")


def _mixed(strategy: StrategyFacts) -> str:
    """Return how the runs of a strategy end, and what those fail, where the ends differ."""
    ordered = sorted(strategy.ends, key=lambda word: (-strategy.ends[word], ENDS.index(word)))
    parts: list[str] = []
    for word in ordered:
        how = f"{word} in {percent(strategy.ends[word])}{'' if parts else ' of runs'}"
        failed = strategy.failed_by_end[word]
        differs = len(ordered) > 1 and max(strategy.failed_by_end.values()) >= 0.5
        parts.append(f"{how} ({short_count(max(0.0, failed))} failed)" if differs else how)
    signals = sorted(strategy.signals.items(), key=lambda item: -item[1])
    if len(signals) > 1:
        first, *others = [f"by {word} in {percent(n)}" for word, n in signals]
        decided = listed([f"{first} of {'runs' if len(ordered) == 1 else 'these'}", *others])
        parts = [f"{UNDONE} {decided}"] if len(ordered) == 1 else [*parts, f"undone {decided}"]
    return f"{strategy.name}: {', '.join(parts)}"


def legend(table: Table) -> list[str]:
    """Return what the words and numbers of a table mean."""
    facts, names = table.facts, {column.metric for column in table.columns}
    cells = [cell for row in table.rows for cell in row.cells]
    texts = {cell.text for cell in cells}
    noted = any(c.notes and c.text[:1].isdigit() and c.text[-1:] != "%" for c in cells)
    clock = "the first failed request" if facts.from_failure else "the command"
    horizon, anyway = duration(facts.scenario.horizon), short_count(facts.failing_anyway)
    parts = {
        _means(table): True,
        f"failed requests: beyond the {anyway} that fail anyway": facts.failing_anyway >= 0.5,
        "bad day: 1 run in 20 is worse": True,
        f"decided: after {clock}": "decided_after" in names,
        "live: all traffic is on the new version; over, live, done: after the command": facts.bad,
        "live: all traffic is on the new version; times: after the command": not facts.bad,
        f"mean 0: in none of {facts.runs:,} run{'' if facts.runs == 1 else 's'}": "0" in texts,
        f"never: not within {horizon}": "never" in texts,
        "times with a note: means of the runs that have them": noted,
        f"≥, >: some runs are cut at {horizon}": any(text[:1] in {"≥", ">"} for text in texts),
        f"{FAILS}: the old version serves again, and users still fail": (
            any(text.startswith(FAILS) for text in texts)
        ),
    }
    return [text for text, applies in parts.items() if applies and text]


def _means(table: Table) -> str:
    """Return what the table's means are, and their ±."""
    runs = table.facts.runs
    if runs == 1:
        return "a single run"
    named = [entry for entry in table.margins if entry[2] > WIDE_MARGIN]
    rest = [entry[2] for entry in table.margins if entry[2] <= WIDE_MARGIN]
    wide = [f"{name}'s {title} {_rounded(part)}" for name, title, part in named[:2]]
    if len(named) > len(wide):
        return f"means of {runs:,} runs, up to {_rounded(max(e[2] for e in named))}"
    extra = f" ({', '.join(wide)})" if wide else ""
    return f"means of {runs:,} runs, {_rounded(max(rest, default=0.0))}{extra}"


def _rounded(part: float) -> str:
    """Return a relative ± in percent, rounded up.

    >>> _rounded(0.011), _rounded(0.08), _rounded(1.7)
    ('±2 %', '±8 %', 'over ±100 %')
    """
    fitting = [step for step in MARGINS if 100 * part <= step + 1e-9]
    return f"±{fitting[0]} %" if fitting else "over ±100 %"
