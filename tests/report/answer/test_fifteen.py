"""What the text must get right: each of these was wrong or misleading once."""

import re

import numpy as np
import pytest

from simdeploy import compare, load_scenario
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from simdeploy.report.answer.measured import measured
from simdeploy.report.answer.text import render_comparison
from tests.report.answer.made import (
    RUNS,
    answered,
    cells,
    compared,
    good,
    harm,
    live,
    said,
    undone,
    unhurt,
)
from tests.report.answer.truth import untruths
from tests.results import fabricate as make


def played(name, *settings, runs=20):
    """Return facts and answer of a story as the engine plays it."""
    known = facts(compare(load_scenario(name, overrides=settings), runs=runs))
    return known, answer(known, wide=True)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("bad-boot", "service.base_error_rate=0.1%"),
        ("shallow-health-check", "service.base_error_rate=0.5%"),
        ("bad-boot", "release.faults.boot_crash.probability=30%"),
        ("bad-boot", "traffic.rate=340"),
    ],
)
def test_what_was_untrue_once(name, setting):
    """Settings whose text once contradicted its table are told as they are (1, 2)."""
    assert untruths(*played(name, setting)) == []


def test_table_and_text_are_net():
    """Both count only what the deployment adds to what fails anyway (1)."""
    made = answered({"rolling": harm(9000.0, failed_caused=2000.0),
                     "canary": harm(7700.0, failed_caused=700.0)})  # fmt: skip
    assert cells(made, "rolling")["failed requests mean"] == "2,000"
    assert said(made).startswith(
        "Canary. It fails 700 requests per bad release, beyond the 7,000 that fail anyway; rolling "
        "fails 2.9 times as many."
    )
    assert "failed requests: beyond the 7,000 that fail anyway" in made.legend


def test_slow_requests_are_net_of_slow_requests():
    """What is slow anyway stands beside slow requests, not what fails anyway (1)."""
    slow = {name: {"failed_caused": 0.0, "slow_requests": 700.0 + n, "slow_caused": n}
            for name, n in (("rolling", 800.0), ("canary", 200.0))}  # fmt: skip
    release = {name: harm(500.0, **metrics) for name, metrics in slow.items()}
    text = said(answered(release))
    assert "It slows down 200 requests per bad release, beyond the 700 that are slow anyway" in text


def test_nobody_is_saved_from_nothing():
    """Where nobody is hurt, the verdict does not speak of harm (2)."""
    made = answered({"rolling": unhurt(), "canary": unhurt("operator", 2400.0)})
    assert "No strategy" not in said(made)
    assert said(made).startswith("Rolling. It fails no request, and ends this without a person")


def test_nothing_watches():
    """Where nothing can end it, the advice is an alarm, and no horizon effect is a lead (3)."""
    made = answered({"rolling": live(failed_requests=9e5), "canary": live(failed_requests=8e5)},
                    operator=None, alarms=[], defaults={})  # fmt: skip
    assert said(made) == (
        "No strategy helps here: nothing watches this service, so the bad release stays live. Add "
        "an alarm first."
    )
    assert not any(row.mark == "✓" for row in made.rows)


@pytest.mark.parametrize(
    ("setting", "start"),
    [
        ("traffic.rate=350", "Over capacity before the command: 350 of 360 req/s; 7"),
        ("service.desired_count=1", "Over capacity before the command: 200 of 60 req/s; 99"),
        ("traffic.rate=340", "Close to capacity before the command: 340 of 360 req/s"),
    ],
)
def test_overload_comes_first(setting, start):
    """A service that is short of capacity without a deployment hears that first (4)."""
    known, made = played("bad-boot", setting)
    assert made.verdict[0].startswith(start)
    assert bool(known.ranking.winners) == start.startswith("Close")


def test_one_column_for_the_end():
    """A release that fails users for ever is not headed by success (5)."""
    made = answered({"rolling": live(failed_requests=9e5), "canary": harm(700.0),
                     "linear": harm(800.0, verdict="unrepaired", over_s=np.inf, hurts_at_end=1),
                     "recreate": harm(900.0)}, {"recreate": undone()})  # fmt: skip
    ends = {row.name: cells(made, row.name)["ends"] for row in made.rows}
    assert ends == {"rolling": "live, bad", "canary": "undone: alarm", "linear": "undone, fails",
                    "recreate": "undone: alarm"}  # fmt: skip
    assert "succeeded" not in " ".join((*ends.values(), *made.notes))
    assert cells(made, "rolling")["over after"] == cells(made, "linear")["over after"] == "never"


def test_good_releases_say_how_they_end():
    """A stuck and an undone good release have their words, and a reason (5)."""
    _, made = played("stuck-deployment")
    ends = {row.name: cells(made, row.name)["ends"] for row in made.rows}
    assert ends["rolling"] == "stuck"
    assert ends["recreate"] == "good, undone"
    assert ends["blue-green"] == "live"
    assert made.notes[0] == "100/110 on 6 tasks: at least 6 must be healthy, at most 6 may run"


def test_unequal_detectors_are_told_with_the_line_to_paste():
    """Who has no alarm where others have some is told in the verdict (6)."""
    strategies = {"rolling": {"type": "rolling", "alarms": []}, "canary": {"type": "canary"}}
    made = answered({n: harm(700.0) for n in strategies}, strategies=strategies)
    assert made.verdict[-1] == (
        "Unfair: rolling has no alarm here, canary alarm checkout-5xx: "
        "--set strategies.rolling.alarms=[checkout-5xx]."
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_nothing_vanishes(width):
    """At any width all strategies, columns, notes and sentences are there, within the width (7)."""
    found = compared({n: harm(1000.0 * (k + 1)) for k, n in enumerate(("rolling", "canary"))})
    text = render_comparison(found, width=width)
    made = answer(facts(found), wide=width >= 120)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    assert all(" ".join(t.split()) in flat for _, t in made.sentences)
    assert all(" ".join(v.split()) in flat for v in made.verdict)
    assert all(cell.text in flat for row in made.rows for cell in row.cells)
    assert flat.count("±") == 1


def test_cuts_rank_before_cents():
    """Cut connections decide where no request fails, whatever they cost (8)."""
    release = {n: good(cost, cut_websockets=cut) for n, cost, cut in
               (("rolling", 0.01, 591.0), ("blue-green", 0.31, 29.0))}  # fmt: skip
    made = answered(release, faults=())
    assert said(made).startswith("Blue-green. It cuts 29 connections per release and fails no req")
    assert cells(made, "rolling")["connections cut mean"] == "591"


def test_significant_is_not_important():
    """Of 596 and 644, better in 58 % of runs, neither wins (9)."""
    wins = np.where(np.arange(RUNS) < 580, 1.0, -1.0)
    gap = np.where(wins > 0, 600.0, -714.0)
    release = {"rolling": _runs(596.0),
               "canary": _runs(596.0 + gap)}  # fmt: skip
    found = compared(release)
    assert found.ranking.winners == ("rolling", "canary")
    assert "about level" not in said(answer(facts(found)))


def _runs(failed):
    return make.rows(RUNS, failed_requests=failed, failed_app=1.0, decision_s=140.0,
                     rollback_s=6.0, user_onset_s=60.0, over_s=200.0, signal=2)  # fmt: skip


def test_a_release_that_works_is_left_live():
    """Where going back is the harm, the lesson is not to go back (10)."""
    schema = {"faults": [{"kind": "schema", "change": "mismatch"}]}
    stays = {"hurts_at_end": 0, "over_s": 300.0, "user_onset_s": np.nan}
    fails = {"verdict": "unrepaired", "hurts_at_end": 1, "over_s": np.inf, "failed_app": 0.0,
             "failed_schema": 55_000.0, "incompatible_writes": 1200.0}  # fmt: skip
    made = answered({"blue-green": live(**stays), "canary": harm(55_000.0, **fails)},
                    release=schema)  # fmt: skip
    assert "Going back is the harm here: once this release is live, leave it live." in said(made)
    assert "stays live" not in said(made)
    assert cells(made, "blue-green")["ends"] == "live"
    assert made.columns[0].block == "this release"


def test_words_of_the_table():
    """An equivalent is called one, and a decision is no notice (11)."""
    made = answered({"rolling": harm(900.0, downtime_s=90.0), "canary": harm(700.0)}, wide=True)
    titles = {column.title for column in made.columns}
    assert {"as bad as outage of", "decided after", "rollback time", "over after"} <= titles
    assert not re.search("[Dd]owntime|[Nn]oticed", " ".join((*titles, *made.legend)))


def test_why_a_canary_is_slower_to_notice():
    """An alarm that cannot see the first step's errors is named as the cause (12)."""
    strategies = ("canary", "blue-green")
    made = answered({n: harm(700.0) for n in strategies},
                    release={"faults": [{"kind": "errors", "rate": "5%"}]})  # fmt: skip
    assert (
        "At 10 % of the traffic canary's errors are 0.5 % of all requests, not above the alarm's "
        "1 %, until the next step after 5m."
    ) in said(made, "Why")


@pytest.mark.many_runs
def test_the_assumption_that_decides_is_named():
    """What makes most of a decisive number is named, and the value that turns the order (13)."""
    known = measured(facts(compare(load_scenario("shallow-health-check"), runs=100)))
    made = answer(known)
    assert "alarms.checkout-5xx.publish_delay (30s to 2m) makes " in said(made, "Assumed")
    assert "With release.faults.errors.rate at about " in said(made, "Otherwise")
    patient = answer(measured(facts(compare(load_scenario("bad-boot"), runs=100))))
    start = "operator.patience (30m) makes most of blue-green's time to decide (30m of the 40m"
    assert said(patient, "Assumed").startswith(start)
