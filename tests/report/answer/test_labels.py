"""The labeled sentences: what is left, why, how sure, at what price, and what turns it."""

import numpy as np
import pytest

from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.causes import UNPROVOKED
from simdeploy.report.answer.extracting import SIGNALS, facts
from simdeploy.report.answer.labels import STORIES, WHO
from simdeploy.scenario.gallery import builtin_scenarios
from tests.report.answer.made import RUNS, answered, compared, good, harm, live, said, unhurt
from tests.results import fabricate as make


def label(name, *parts, **settings):
    """Return what stands under a label."""
    return said(answered(*parts, **settings), name)


def test_what_is_left():
    """Rows and side effects are told of all strategies, most first."""
    release = {"rolling": harm(900.0, incompatible_writes=3630.0, side_effects_left=12.0),
               "canary": harm(700.0)}  # fmt: skip
    assert label("Left", release) == (
        "Rows that the version in service cannot read: rolling 3,630, canary none. Side effects of "
        "bad requests: rolling 12, canary none."
    )
    assert label("Left", {"rolling": harm(900.0), "canary": harm(700.0)}) == ""


def test_who_decides():
    """Signals are told with whom they decide and when, and why only a person is left."""
    release = {"rolling": unhurt(), "blue-green": unhurt("operator", 2412.0),
               "canary": unhurt("operator", 2430.0)}  # fmt: skip
    assert label("Why", release) == (
        "The new tasks fail before they serve, so no request reaches them. Who decides, and how "
        "long after the command: the circuit breaker with rolling, 1m40s; a person with blue-green "
        "and canary, 40m12s to 40m30s. CodeDeploy has no circuit breaker: only a person is left to "
        "notice."
    )


def test_every_signal_has_words():
    """Whatever may end a bad release, or undo a good one, is told in words."""
    assert set(WHO) == set(UNPROVOKED) == set(SIGNALS.values())
    text = label("Why", {"rolling": unhurt("progress_deadline"), "canary": unhurt("operator")})
    assert "the progress deadline with rolling, 1m40s; a person with canary, 1m40s." in text


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ({}, "no alarm goes off, and a person acts only once 5 % of requests fail or are slow."),
        ({"operator": None}, "no alarm goes off."),
        (
            {"alarms": [], "defaults": {}, "operator": {"notices_share": "10%"}},
            "no alarm watches, and a person acts only once 10 % of requests fail or are slow.",
        ),
    ],
)
def test_why_nothing_ends_it(blocks, why):
    """Of a bad release that stays live it is said why neither an alarm nor a person ends it."""
    text = label("Why", {"rolling": live(), "canary": live()}, **blocks)
    assert text == f"Nothing ends it: {why}"


def test_that_nothing_watches_is_said_in_the_verdict():
    """Where there is neither an alarm nor a person, the verdict says so, once."""
    nobody = {"alarms": [], "defaults": {}, "operator": None}
    assert "Nothing ends" not in label("Why", {"rolling": live(), "canary": live()}, **nobody)


NOBODY = {"alarms": [], "defaults": {}, "operator": None}


@pytest.mark.parametrize(
    ("rolling", "canary", "why"),
    [
        ({}, {"approval": {}}, "the person who is asked with canary does not say no."),
        ({}, {"hooks": [{"stage": "AfterAllowTraffic", "sees": ["schema"]}]},
         "no test with canary sees it, and nobody is on call."),
        ({"approval": {}}, {"approval": {}}, "the person who is asked does not say no."),
    ],
)  # fmt: skip
def test_who_is_asked_ends_nothing(rolling, canary, why):
    """Where people are asked, or tests run, it is said that they let a bad release pass."""
    kind = "rolling" if not rolling else "blue_green"
    strategies = {"one": {"type": kind, **rolling}, "canary": {"type": "canary", **canary}}
    text = label("Why", dict.fromkeys(strategies, live()), strategies=strategies, **NOBODY)
    assert text.startswith("Nothing ends it: no alarm watches, ")
    assert text.endswith(why)


def test_nothing_ends_it_where_capacity_is_the_verdict():
    """Where the verdict is about capacity, it is the sentence below that says that nobody looks."""
    text = label("Why", {"rolling": live(failed_requests=100_000.0, failed_caused=0.0)}, **NOBODY)
    assert text.startswith("Nothing ends it: no alarm watches, and nobody is on call.")


def test_share_on_bad_code():
    """Where it differs, the share of the traffic that bad code has until it is off is told."""
    release = {"canary": harm(700.0, exposed_requests=1600.0), "rolling": harm(7000.0)}
    told = "Share of the traffic on the bad version until it is off: canary 10 %, rolling 100 %."
    assert told in label("Why", release)
    release["canary"]["exposed_requests"] = 15_000.0
    assert "Share of the traffic" not in label("Why", release)


@pytest.mark.parametrize(
    ("share", "said_so"), [(1.0, ""), (0.91, "Canary beats rolling in 910 of 1,000 runs, by ")]
)
def test_how_sure(share, said_so):
    """The order is told with the runs it holds in, unless it is plain."""
    gap = np.where(np.arange(RUNS) < share * RUNS, 1900.0, -100.0)
    rolling = harm(1000.0)
    rolling["failed_requests"] = rolling["failed_caused"] = 1000.0 + gap
    text = label("Sure?", {"canary": harm(1000.0), "rolling": rolling})
    assert text.startswith(said_so)
    assert bool(text) == bool(said_so)


def test_rare_harm_is_warned_of():
    """A mean that few runs carry is told with their number."""
    rare = make.rows(RUNS, failed_requests=[9000.0] * 7 + [0.0] * (RUNS - 7), decision_s=140.0,
                     signal=2)  # fmt: skip
    text = label("Sure?", {"rolling": rare, "canary": harm(7000.0)})
    assert "With rolling few runs carry the mean, 7 of 1,000; a worse run may be missing." in text


def test_price_of_old_tasks():
    """The winner that keeps old tasks is told with how long and for how much."""
    text = label("Price", {"canary": harm(700.0), "rolling": harm(9000.0)}, {"canary": good(0.33)})
    assert text == "Canary keeps 6 old tasks for 1h per release: $0.33, against $0.01 with rolling."
    assert label("Price", {"rolling": harm(700.0), "recreate": harm(9000.0)}) == ""


def test_another_story():
    """A story of the gallery that turns the answer is named, by the kind of fault."""
    runs, crash = {"rolling": unhurt(), "canary": unhurt()}, {"faults": [{"kind": "boot_crash"}]}
    text = said(answered(runs, release=crash, name="bad-boot"), "Otherwise")
    assert text.startswith("A failure that only shows after the checks: simdeploy compare shallow")


@pytest.mark.parametrize(
    ("faults", "source", "text"),
    [
        ([], "my.yaml", "This release is good; bad ones decide"),
        (["errors"], "my.yaml", "Other faults of this service"),
        ([], "", ""),
        (["errors"], "", ""),
    ],
)
def test_the_faults_of_a_service_of_ones_own(faults, source, text):
    """No story of the gallery is about it; the command is the one that was typed, with --faults."""
    rows = harm(900.0) if faults else good()
    found = compared({"rolling": rows, "canary": rows}, faults=faults)
    told = dict(answer(facts(found, source=source)).sentences).get("Otherwise", "")
    whole = f"{text}: simdeploy compare my.yaml --faults."
    assert told.startswith(whole) if text else "--faults" not in told


def test_a_good_release_of_the_gallery_names_its_own_faults():
    """A chain does not: a row of faults replaces one release."""
    runs = {"rolling": good(), "canary": good()}
    text = said(answered(runs, faults=(), name="happy-path"), "Otherwise")
    assert "simdeploy compare happy-path --faults." in text
    chain = answered(runs, name="expand-contract", releases=[{"faults": []}, {"faults": []}])
    assert "--faults" not in said(chain, "Otherwise")


def test_stories_are_in_the_gallery():
    """A command to try next must work."""
    for text in STORIES.values():
        assert text.rpartition(" ")[2] in builtin_scenarios()


def test_the_drill():
    """How quickly a live release is taken back is told where strategies differ."""
    text = label("Otherwise", {"rolling": good(), "canary": good()}, faults=())
    assert "To take back" not in text


def test_defaults_are_counted():
    """How many values are at their defaults is told, with the option that lists them."""
    text = label("Assumed", {"rolling": harm(700.0), "canary": harm(900.0)})
    assert text.endswith(
        " values are at their defaults: --assumptions; which of them decide: --why."
    )


def test_causes_are_told_with_whom():
    """Requests that no task answers are explained, those that fail by the fault are not."""
    down = make.rows(RUNS, failed_requests=40_000.0, failed_no_target=40_000.0)
    text = label("Why", {"rolling": harm(900.0), "canary": down})
    assert text.endswith("Requests fail because no task is there to answer (canary).")
    assert "application" not in text


def test_headroom_of_a_good_release():
    """Where nobody is hurt by a good release, the least capacity left is told."""
    text = label("Why", {"rolling": good(min_headroom=1.87), "canary": good()}, faults=())
    assert text == "Healthy tasks can always carry 1.5 times the traffic."
