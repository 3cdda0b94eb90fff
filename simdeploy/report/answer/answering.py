"""The answer to a comparison: a pure function of its facts."""

from simdeploy.report.answer.facts import Facts
from simdeploy.report.answer.labels import labels
from simdeploy.report.answer.model import Answer
from simdeploy.report.answer.table import Table, legend
from simdeploy.report.answer.verdict import verdict


def answer(facts: Facts, *, wide: bool = False) -> Answer:
    """Return the answer.

    Parameters
    ----------
    wide
        Whether the table has the columns that a narrow terminal has no room for.
    """
    table = Table(facts, wide=wide)
    n = len(facts.strategies)
    runs = f"{facts.runs:,} run{'' if facts.runs == 1 else 's'}"
    footer = f"{runs} × {n} strateg{'y' if n == 1 else 'ies'} · seed {facts.seed}"
    if facts.approximate:
        footer += " · percentiles within 0.4 %"
    return Answer(
        tuple(sentence for sentence in verdict(facts) if sentence),
        table.columns,
        table.rows,
        tuple(legend(table)),
        tuple(table.notes),
        tuple(labels(facts)),
        footer,
    )
