"""Every fact of docs/aws-behavior.md: what the model gives, and which test checks it.

``python -m tests.test_conformance`` writes docs/conformance.md.
"""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from simdeploy.aws_facts import CHAPTERS, FACTS
from simdeploy.aws_facts import NOT_MODELED as OUTSIDE
from tests.conformance import (
    balancer,
    detection,
    health,
    observed,
    scheduler,
    sensitivity,
    shifting,
    tasks,
    watching,
)
from tests.conformance.registry import CHECKS
from tests.probes import play, times

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "conformance.md"
NAMED = re.compile(r"(?<![\w-])(?:ecs|alb|codedeploy|cloudwatch|fargate|ecr)-[a-z0-9-]*[a-z0-9]")
CHECKING = (scheduler, detection, tasks, balancer, health, shifting, watching)

HEAD = """\
# Where the model stands beside AWS

Every fact of [aws-behavior.md](aws-behavior.md), what the model gives for it, and the tests that
hold it to that. Most numbers come from one small service: six tasks, 45 s from the order to
RUNNING (15 s + 27 s of pull + 3 s), the first check 20 s later, 300 s of drain, 5 s of shutdown,
100 requests per second; nothing drawn.

`test_fact[…]` is tests/test_conformance.py::test_fact with the fact's id; other tests stand as
file::test.

This file is made from `tests/conformance`: `python -m tests.test_conformance`.
"""
UNKNOWN = f"""\
## What the unknown numbers are worth

Nobody outside AWS knows these numbers, or they were only measured. The scenario
`{sensitivity.SCENARIO}` (six tasks, three of ten requests fail on the new revision, only an alarm
sees it) with each of them at both ends of what is plausible, {sensitivity.RUNS} runs, means; what
did not happen in a run is left out of its mean. A dash: nothing changes at all.
"""


# What checks a fact.


@cache
def found():
    """Return the test functions that name a fact, by fact: file::test."""
    naming = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                told = ast.get_source_segment(source, function) or ""
                place = f"{path.relative_to(ROOT).as_posix()}::{function.name}"
                for fact in set(NAMED.findall(told)):
                    naming.setdefault(fact, []).append(place)
    return naming


def checking(fact):
    """Return the tests of a fact, as Markdown."""
    own = [f"`test_fact[{fact}]`"] if fact in CHECKS else []
    told = [*own, *(f"`{place}`" for place in found().get(fact, []))]
    return ", ".join(told) or ("–" if fact in OUTSIDE else "no test")


# The document.


def given(fact):
    """Return what the model gives for a fact."""
    return CHECKS[fact]() if fact in CHECKS else f"not modeled: {OUTSIDE[fact]}"


def row(fact):
    """Return a fact as a row."""
    page = f"[AWS]({fact.page})"
    return (
        f"| `{fact.id}` | {page} | {fact.confidence} | {given(fact.id)} | {checking(fact.id)} |\n"
    )


def chapter(title, facts):
    """Return a chapter of facts."""
    head = "| fact | page | confidence | what the model gives | test |\n|---|---|---|---|---|\n"
    return f"## {title}\n\n{head}" + "".join(row(fact) for fact in facts)


def unknown():
    """Return the chapter on what is not published."""
    keys = "".join(f"| `{one.key}` | `{one.fact}` |\n" for one in sensitivity.PARAMETERS)
    fixed = "".join(f"| `{fact}` | {what} |\n" for fact, what in sensitivity.ASSUMED.items())
    tables = "\n".join(sensitivity.section(strategy) for strategy in sensitivity.STRATEGIES)
    return (
        f"{UNKNOWN}\n{tables}\n### The facts behind them\n\n| parameter | fact |\n|---|---|\n{keys}"
        f"\nUnpublished as well, and without a key:\n\n| fact | assumed |\n|---|---|\n{fixed}"
    )


def document():
    """Return docs/conformance.md."""
    count = (
        f"{len(CHECKS)} of {len(FACTS)} facts are computed, {len(OUTSIDE)} are outside the model.\n"
    )
    chapters = [chapter(title, facts) for title, facts in CHAPTERS]
    return "\n".join([HEAD, count, *chapters, observed.chapter(), unknown()])


# Tests.


#: Facts about the spread of many runs.
MANY_RUNS = {
    "cloudwatch-sliding-window",
    "alb-boot-cliff",
    "cloudwatch-alarm-latency",
    "cloudwatch-low-traffic",
    "codedeploy-controller-delay",
}


@pytest.mark.parametrize(
    "fact",
    [pytest.param(f, marks=pytest.mark.many_runs) if f in MANY_RUNS else f for f in FACTS],
)
def test_fact(fact):
    """The model does what the fact says, or says why it has no place for it."""
    if fact in OUTSIDE:
        assert fact not in CHECKS
        assert OUTSIDE[fact]
    else:
        assert CHECKS[fact]()


def test_nothing_else_is_checked():
    """Every check and every exception belongs to a fact, and stands in a module of its chapter."""
    assert sorted({*CHECKS, *OUTSIDE} - FACTS.keys()) == []
    assert sorted(FACTS.keys() - {*CHECKS, *OUTSIDE}) == []
    assert {one.__name__ for one in CHECKING} == {
        function.__module__ for function in CHECKS.values()
    }


def test_every_unknown_number_is_weighed():
    """An unpublished fact has a key whose ends are compared, or an assumption that stands alone."""
    unpublished = {fact.id for fact in FACTS.values() if fact.confidence == "unpublished"}
    weighed = {one.fact for one in sensitivity.PARAMETERS} | sensitivity.ASSUMED.keys()
    assert sorted(unpublished - weighed) == []
    assert sorted(sensitivity.ASSUMED.keys() - unpublished) == []


@pytest.mark.many_runs
@pytest.mark.parametrize("row", observed.ROWS, ids=lambda row: f"{row.metric}-{row.make.__name__}")
def test_beside_what_was_observed(row):
    """The median of the model lies in what was seen, or what its settings leave open."""
    _, median, _ = observed.given(row)
    assert row.low <= median <= row.high


def test_what_is_not_observed_is_held_to_arithmetic():
    """The tests that stand in for an observation exist, and the facts of the others, too."""
    source = (ROOT / "tests" / "engines" / "test_rules_by_hand.py").read_text(encoding="utf-8")
    assert all(f"def {test}(" in source for test in observed.BY_HAND.values())
    assert {row.fact for row in observed.ROWS} <= FACTS.keys()


def test_default_launch_rate():
    """Of 200 tasks the last one starts 5 s after the command (ecs-launch-rate)."""
    run = play(service={"desired_count": 200}, horizon=600)
    assert np.isclose(max(times(run, "task_created", "new")), 5.0)


@pytest.mark.many_runs
def test_publish_delay_matters_most():
    """The publish delay moves the decision by its own 90 s, and nothing moves it more."""
    place = list(sensitivity.METRICS).index("decision_s")
    moved = {}
    for one in sensitivity.PARAMETERS:
        ends = [
            sensitivity.means("blue-green", *sensitivity.overrides(one, value, "blue-green"))[place]
            for value in (one.low, one.high)
        ]
        moved[one.key] = abs(ends[1] - ends[0])
    assert max(moved, key=moved.get) == "alarms.0.publish_delay"
    assert np.isclose(moved["alarms.0.publish_delay"], 90.0, atol=2.0)


@pytest.mark.many_runs
def test_document_is_generated():
    """docs/conformance.md is what ``python -m tests.test_conformance`` writes."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
