"""When users begin and cease to be hurt."""

from simdeploy.report.story.harm_spans import harm_events
from simdeploy.results.timeline import Timeline


def told(*rows, horizon=1000.0):
    """Return (t, kind, how) of the harm in (t, failing share, slow share) rows."""
    state = [(t, 100.0, 100.0 * fail, slow, 0.0, 100.0, 6.0, 6.0, 0.0) for t, fail, slow in rows]
    events = harm_events(Timeline("x", "rolling", 1, 0, horizon, state=state))
    return [(e.t, e.kind, e.data["how"]) for e in sorted(events, key=lambda e: e.t)]


def test_a_spell_begins_and_ends():
    """At least one request in a hundred has to fail."""
    assert told((0, 0.0, 0), (100, 0.3, 0), (200, 0.005, 0)) == [
        (100, "users_hurt", "fail"),
        (200, "users_well", "fail"),
    ]


def test_short_pauses_do_not_count():
    """A pause of some seconds does not end a spell."""
    rows = [(100, 0.3, 0), (200, 0, 0), (210, 0.3, 0), (300, 0, 0)]
    assert [t for t, *_ in told(*rows)] == [100, 300]


def test_a_spell_may_last():
    """Harm that lasts to the horizon has no end."""
    assert told((100, 0.04, 0)) == [(100, "users_hurt", "fail")]


def test_slow_requests_are_told_alone_only():
    """Where requests fail, the slow requests among the rest are not told too."""
    assert told((100, 0.3, 0.2), (200, 0, 0.2), (400, 0, 0)) == [
        (100, "users_hurt", "fail"),
        (200, "users_well", "fail"),
    ]


def test_slowness_may_come_before_failure():
    """A service that is slow long before it fails is told as that."""
    assert told((0, 0, 0.5), (100, 0.9, 0), (200, 0, 0)) == [
        (0, "users_hurt", "are slow"),
        (100, "users_hurt", "fail"),
        (200, "users_well", "fail"),
    ]
