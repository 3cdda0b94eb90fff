"""The part of the JSON page on checks: every key and word that a check has."""

from pathlib import Path

import pytest

from simdeploy.checking import check
from simdeploy.checking.budget import BROKEN, GOOD, MET, NOT_APPLICABLE, THIS
from simdeploy.checking.rule import SEVERITIES
from tests.report.answer.test_json_page import keys

PAGE = (Path(__file__).parents[3] / "docs" / "json.md").read_text(encoding="utf-8")
PART = PAGE.partition("## The JSON of a check")[2].partition("## Metrics")[0]


def test_every_key_is_documented():
    """No key of a check with a budget is missing in the part on checks."""
    result = check("stuck-deployment", budget={"over_s": {"p95": 1}}, runs=2)
    found = set(keys(result.to_dict())) | {"verdict", "kept"}
    assert {"as_is", "with_change", "measured", "change"} <= found
    assert [key for key in sorted(found) if f"`{key}`" not in PART] == []


@pytest.mark.parametrize("word", [*SEVERITIES, MET, BROKEN, NOT_APPLICABLE, THIS, GOOD])
def test_every_word_is_documented(word):
    """Severities, states of a limit, and releases."""
    assert f"`{word}`" in PART
