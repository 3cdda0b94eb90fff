"""Two strategies on the same luck: what differs, and the stories beside one another."""

import json
import re

import pytest

from simdeploy import load_scenario, simulate
from simdeploy.report.story.side_by_side import (
    Pair,
    pair_to_json,
    pair_to_markdown,
    render_pair,
    verdict,
)
from simdeploy.report.words import elapsed, full_count
from simdeploy.results.timeline import Timeline


def pair(name, a, b, number=0):
    """Return one run of two strategies."""
    scenario = load_scenario(name)
    runs = [simulate(scenario, one, replication=number).timeline for one in (a, b)]
    return Pair(*runs, scenario)


def made(a, b):
    """Return a pair of runs that have nothing but metrics."""
    runs = [Timeline("s", n, 1, 0, 7200.0, metrics=m) for n, m in (("rolling", a), ("canary", b))]
    return Pair(*runs, load_scenario("websockets"))


def test_the_verdict_comes_first_and_says_who_hurts_less():
    """The first sentence is the harm, with the numbers of the metrics."""
    both = pair("shallow-health-check", "rolling", "canary")
    rolling, canary = (full_count(one.metrics["failed_caused"]) for one in both.runs)
    said = verdict(both)
    assert said[0] == f"Canary hurts users less: it fails {canary} requests, rolling {rolling}."
    assert render_pair(both, width=300).startswith(said[0])


def test_the_verdict_of_a_harmless_pair_is_who_ends_it():
    """Where nobody is hurt, the decision and the end are what differs."""
    both = pair("bad-boot", "rolling", "blue-green")
    said = verdict(both)
    decided = [elapsed(0.0, one.metrics["decision_s"]) for one in both.runs]
    assert said[0] == "Neither hurts a user."
    assert said[1] == (
        f"The rollback is decided after {decided[0]} by the circuit breaker with rolling, after "
        f"{decided[1]} by a person with blue-green."
    )
    assert any(text.startswith("All is over after") for text in said)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ({"failed_caused": 596.0}, {"failed_caused": 602.0},
         "They hurt users about as much: 596 and 602 failed requests."),
        ({"failed_caused": 9.0}, {}, "They hurt users about as much: 9 and 0 failed requests."),
        ({"cut_websockets": 591.0}, {"cut_websockets": 24.0},
         "Canary hurts users less: it cuts 24 connections, rolling 591."),
        ({}, {"slow_caused": 300.0},
         "Rolling hurts users less: it slows down no requests, canary 300."),
    ],
)  # fmt: skip
def test_small_differences_are_about_level(a, b, words):
    """Harm differs from ten requests and a twentieth of the larger on, as in comparisons."""
    assert verdict(made(a, b))[0] == words


def test_what_serves_in_the_end_is_told_where_it_differs():
    """Two strategies that end alike need no sentence about it."""
    ends = [{"verdict": "stopped"}, {"verdict": "escaped"}]
    with_both = "with rolling the old revision serves; with canary the bad revision is still live"
    assert verdict(made(*ends))[-1] == f"In the end, {with_both}."
    assert "In the end" not in " ".join(verdict(made(ends[0], ends[0])))


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("bad-boot", "rolling", "recreate"), ("websockets", "rolling", "canary"),
     ("overload-collapse", "rolling", "recreate"), ("feature-flag", "rolling", "feature-flag")],
)  # fmt: skip
def test_both_stories_fit_and_are_in_order(name, a, b, width):
    """No line is too wide, and the clock never goes back in a story."""
    both = pair(name, a, b)
    screen = render_pair(both, width=width, source=name)
    assert max(map(len, screen.splitlines())) <= width
    stories = [screen] if width == 100 else screen.split("hours:minutes:seconds")[1:]
    for story in stories:
        times = re.findall(r"^ (\d\d:\d\d:\d\d)", story, re.MULTILINE)
        assert times == sorted(times)
        assert times


def test_side_by_side_leaves_nothing_out():
    """Every line of both stories is there, with rules on demand and their meaning once below."""
    both = pair("bad-boot", "rolling", "recreate")
    screen = render_pair(both, width=100, why=True)
    words = re.sub(r"\s+", " ", screen)
    for text in (
        "circuit breaker trips",
        "6 old tasks drain",
        "observed: Whether a container",
    ):
        assert text in words
    assert screen.count("observed: Whether a container") == 1


def test_a_pair_as_json_and_markdown():
    """JSON has the verdict and both runs, Markdown the verdict and a column per strategy."""
    both = pair("bad-boot", "rolling", "canary")
    read = json.loads(pair_to_json(both))
    assert read["verdict"] == verdict(both)
    assert [run["strategy"] for run in read["runs"]] == ["rolling", "canary"]
    text = pair_to_markdown(both, why=True)
    assert text.startswith("**Neither hurts a user.")
    assert "| time | rolling | canary |" in text
    assert "Rules: [ecs-" in text
