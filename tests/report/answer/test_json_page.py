"""The page that documents the JSON: every key that a comparison has, every metric and word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simdeploy.model.registry import METRICS
from simdeploy.results.ranking import CRITERIA, NO_WINNER, REASONS
from simdeploy.results.summary import DECIDERS
from tests.report.answer.test_export import compared

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
#: Keys that are names: of strategies, of verdicts and outcomes, of metrics.
NAMED = {"strategies", "metrics", "verdicts", "outcomes", "by_verdict", "left_out"}


def keys(value: Any, *, named: bool = False) -> Iterator[str]:
    """Yield all keys of nested maps and lists, but those that are names."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not named:
                yield key
            yield from keys(item, named=not named and key in NAMED and isinstance(item, dict))
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_every_key_is_documented():
    """No key of a comparison with twin, drill and rare harm is missing on the page."""
    found = set(keys(compared().to_dict())) - {metric.name for metric in METRICS}
    assert {"strategies", "share_fewer", "decided_by", "parted_by", "p50_ci95"} <= found
    assert [key for key in sorted(found) if f"`{key}`" not in PAGE] == ["p95_ci95", "p99_ci95"]


@pytest.mark.parametrize("word", [*DECIDERS, *NO_WINNER, *REASONS, *CRITERIA])
def test_every_word_of_the_answer_is_documented(word):
    """Who decides, why there is no winner, why one is left out, and what parts groups."""
    assert f"`{word}`" in PAGE


def test_every_metric_is_documented():
    """Name, unit and meaning of each metric stand in the table, in their order."""
    rows = [f"| `{m.name}` | {m.unit} | {m.meaning} |" for m in METRICS]
    assert PAGE.endswith("\n".join(rows) + "\n")
