"""The contest: the winner and its rival."""

from simdeploy.api import compare
from simdeploy.report.verdict.wording import contest
from simdeploy.results.verdict_facts import facts
from tests.results import fabricate as make


def held(verdicts=None, **harms):
    """Return the contest of strategies by their failed requests, one number or one per run."""
    verdicts = verdicts or {}
    release = {
        n: make.rows(failed_requests=f, verdict=verdicts.get(n, "stopped"))
        for n, f in harms.items()
    }
    found = compare(make.scenario(tuple(release)), engine=make.engine(release))
    known = contest(facts(found))
    return known and (known.best.name, known.other.name, known.but)


def test_winner_against_the_next():
    """The winner is held against the next best."""
    assert held(recreate=900, rolling=500, canary=100) == ("canary", "rolling", "")


def test_winner_that_stays_live_against_who_stops():
    """A winner under which the bad release stays live is held against a strategy that stops it."""
    live = {"canary": "escaped", "rolling": "escaped"}
    assert held(live, canary=100, rolling=500, recreate=900) == ("canary", "recreate", "live")


def test_winner_against_the_better_bad_day():
    """Whoever has the better bad day than the winner is its rival."""
    rare = [1000.0] * 90 + [40_000.0] * 10
    assert held(rolling=rare, canary=9700.0) == ("rolling", "canary", "bad_day")


def test_unhurt_has_no_rival():
    """Who hurts nobody is held against the next best."""
    assert held(rolling=0, canary=100) == ("rolling", "canary", "")


def test_one_has_no_contest():
    """A single strategy is held against nobody."""
    assert held(rolling=900) is None
