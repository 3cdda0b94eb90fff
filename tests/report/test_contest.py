"""Who is held against whom."""

from simdeploy.compare import compare
from simdeploy.report.contest import contest
from simdeploy.results.facts import facts
from tests.results import fabricate as make


def held(**harms):
    """Return the contest of strategies by their (bad_s, failed_requests)."""
    release = {n: make.rows(bad_s=b, failed_requests=f) for n, (b, f) in harms.items()}
    found = compare(make.scenario(tuple(release)), _simulate_many=make.engine(release))
    known = contest(facts(found))
    return known and (known.best.name, known.other.name, known.but)


def test_winner_against_the_next():
    """The winner is held against the next best."""
    assert held(recreate=(90, 900), rolling=(80, 500), canary=(70, 100)) == (
        "canary",
        "rolling",
        "",
    )


def test_winner_against_who_fails_less():
    """Whoever fails fewer requests than the winner is its rival."""
    found = held(recreate=(90, 900), rolling=(70, 500), canary=(80, 100))
    assert found == ("rolling", "canary", "failures")


def test_unhurt_has_no_rival():
    """Who hurts nobody is held against the next best."""
    assert held(rolling=(0, 0), canary=(80, 100)) == ("rolling", "canary", "")


def test_one_has_no_contest():
    """A single strategy is held against nobody."""
    assert held(rolling=(80, 900)) is None
