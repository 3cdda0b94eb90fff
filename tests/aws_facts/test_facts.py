"""The list of facts: complete, well-formed, and the same in code, document and rules."""

import re
from pathlib import Path

import pytest

from simdeploy.aws_facts import CHAPTERS, FACTS, table
from simdeploy.aws_facts.fact import Confidence

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(
    r"\b(?:ecs|alb|codedeploy|cloudwatch|fargate|ecr)-[a-z0-9]+(?:-[a-z0-9]+)*\b(?!/)"
)
SOURCES = sorted(
    path for path in (ROOT / "simdeploy").rglob("*.py") if path.parent.name != "aws_facts"
)
AWS = (
    "https://docs.aws.amazon.com/",
    "https://docs.amazonaws.cn/",
    "https://aws.amazon.com/",
)


def test_ids_are_unique_kebab_case():
    """No two facts share an id, and ids are words joined by hyphens."""
    ids = [fact.id for _, chapter in CHAPTERS for fact in chapter]
    assert len(ids) == len(FACTS)
    assert [fact for fact in ids if not NAMED.fullmatch(fact)] == []


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())
def test_fact_is_well_formed(fact):
    """A fact has a sentence, an AWS page and one of four confidences."""
    assert fact.text.endswith(".")
    assert fact.title.endswith(".")
    assert fact.text.startswith(fact.title)
    assert fact.page.startswith(AWS)
    assert fact.seen == "" or fact.seen.startswith("https://")
    assert fact.confidence in Confidence.__args__


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())
def test_unpublished_facts_say_so(fact):
    """Where nobody outside AWS knows, the text says so and what is assumed."""
    admits = re.search(r"not published|not\s+stated|No page says", fact.text) is not None
    assert admits == (fact.confidence == "unpublished")


def test_document_is_the_list():
    """docs/aws-behavior.md is what ``python -m simdeploy.aws_facts`` prints."""
    assert (ROOT / "docs" / "aws-behavior.md").read_text(encoding="utf-8") == table()


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_named_facts_exist(path):
    """Every fact that a rule or an engine names is in the list."""
    named = set(NAMED.findall(path.read_text(encoding="utf-8")))
    assert sorted(named - FACTS.keys()) == []
