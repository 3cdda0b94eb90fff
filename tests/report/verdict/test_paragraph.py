"""The verdict paragraph: every variant of every sentence, and what it may never say."""

import re
from math import inf, nan

import pytest

from simdeploy.api import compare
from simdeploy.report.verdict.paragraph import paragraph, verdict
from simdeploy.results.verdict_facts import facts
from tests.results import fabricate as make

RUNS = 1000
BANNED = ("zero downtime", "seamless", "instant", "safe", "best practice")


def judged(release, *, twin=None, **settings):
    """Return the facts of fabricated runs."""
    scenario = make.scenario(tuple(release), runs=RUNS, **settings)
    return facts(compare(scenario, engine=make.engine(release, twin=twin)))


def said(known, label=""):
    """Return what the paragraph says under a label."""
    return " ".join(sentence.text for sentence in verdict(known) if sentence.label == label)


def harm(failed, *, spread=0.0, seed=1, **metrics):
    """Return runs of a bad release that is rolled back, with so many failed requests."""
    base = {
        "failed_app": failed, "bad_s": 80.0, "exposed_requests": 16_000.0, "detect_s": 80.0,
        "decision_s": 140.0, "rollback_s": 6.0, "failed_before_decision": 0.9 * failed,
        "failed_after_decision": 0.1 * failed,
    }  # fmt: skip
    return make.rows(RUNS, failed_requests=make.noise(RUNS, failed, spread, seed),
                     **(base | metrics))  # fmt: skip


ROLLING = {"bad_s": 370.0, "rollback_s": 290.0, "failed_before_decision": 16_000.0,
           "failed_after_decision": 45_000.0, "exposed_requests": 70_000.0}  # fmt: skip


def winner():
    """Blue-green beats rolling: noticed alike, but back in seconds instead of minutes."""
    return judged({
        "rolling": harm(61_000.0, spread=4000, extra_cost_usd=0.05, both_alive_s=240.0, **ROLLING),
        "blue-green": harm(7700.0, spread=800, extra_cost_usd=0.36, both_alive_s=3900.0),
    })  # fmt: skip


def unhurt(**metrics):
    """Return runs of a release that dies at boot and hurts nobody."""
    return make.rows(RUNS, decision_s=380.0, detect_s=334.0, rollback_s=0.0, **metrics)


def all_unhurt():
    """Nobody is hurt with either strategy, but their costs differ."""
    return judged({
        "rolling": unhurt(extra_cost_usd=0.05),
        "blue-green": make.rows(RUNS, decision_s=425.0, extra_cost_usd=0.30),
    })  # fmt: skip


def some_unhurt():
    """Only recreate hurts users: it stopped the old tasks first."""
    down = {"failed_requests": 1.4e6, "failed_no_target": 1.4e6, "downtime_s": 7080.0}
    return judged({"rolling": unhurt(), "canary": unhurt(), "recreate": make.rows(RUNS, **down)})


def too_close():
    """Return runs that luck alone parts."""
    return judged({"rolling": harm(7700.0, spread=2000, seed=1),
                   "linear": harm(7720.0, spread=2000, seed=2)})  # fmt: skip


def alike():
    """Return the same runs twice."""
    return judged({"rolling": harm(7700.0), "linear": harm(7700.0)})


def least_exposed():
    """Return fewest failures with the longest time on bad code: a canary."""
    return judged({
        "blue-green": harm(7700.0),
        "canary": harm(1400.0, bad_s=180.0, detect_s=178.0, exposed_requests=3_600.0),
    })  # fmt: skip


def fears_live():
    """Fewest failures, but only because the bad release stays."""
    live = {"verdict": "escaped", "outcome": "succeeded"}
    return judged({"rolling": make.rows(RUNS, failed_requests=900.0, bad_s=80.0, **live),
                   "canary": harm(1400.0)})  # fmt: skip


def lives_unhurt():
    """Nobody fails where the bad release stays; who goes back fails on what it wrote."""
    live = {"verdict": "escaped", "outcome": "succeeded", "exposed_requests": 1.4e6}
    back = {"verdict": "unrepaired", "incompatible_writes": 776.0, "failed_schema": 56_000.0}
    return judged({
        "blue-green": make.rows(RUNS, extra_cost_usd=0.31, both_alive_s=3700.0, **live),
        "canary": harm(56_000.0, **{"failed_app": 0.0, **back}),
    })  # fmt: skip


def fails_anyway():
    """A service that loses requests without any deployment too."""
    return judged({"rolling": harm(9000.0, failed_caused=2000.0),
                   "canary": harm(7700.0, failed_caused=700.0)})  # fmt: skip


def slow_way_back():
    """Level on harm; the cheapest takes longest to go back from a good release."""
    names = ("rolling", "canary")
    release = {n: unhurt(extra_cost_usd=c) for n, c in zip(names, (0.05, 0.3), strict=True)}
    engine = make.engine(release)

    def many(made, name, **how):
        rows = engine(made, name, **how)
        if how.get("variant") == "drill" and name == "canary":
            rows["rollback_s"] = 6.0
        return rows

    return facts(compare(make.scenario(names, runs=RUNS), engine=many))


def fears_bad_day():
    """Fewest on average, but a tenth of the runs is a disaster."""
    rare = make.noise(RUNS, 1000.0, 10.0)
    rare[:100] = 40_000.0
    return judged({"rolling": make.rows(RUNS, failed_requests=rare, bad_s=80.0),
                   "blue-green": make.rows(RUNS, failed_requests=7700.0, bad_s=80.0)})  # fmt: skip


def live_forever():
    """Nobody ever goes back."""
    live = {"verdict": "escaped", "outcome": "succeeded", "bad_s": 7000.0}
    return judged({"rolling": make.rows(RUNS, failed_requests=61_000.0, **live),
                   "canary": make.rows(RUNS, failed_requests=60_000.0, **live)})  # fmt: skip


def damage_stays():
    """Let the bad revision go and its rows stay."""
    left = {"verdict": "unrepaired", "incompatible_writes": 412.0}
    return judged({"rolling": harm(61_000.0, **left), "canary": harm(9000.0, **left)})


def person_only():
    """Nothing but a person watches."""
    strategies = {name: {"type": name} for name in ("rolling", "recreate")}
    release = {"rolling": harm(9000.0, detect_s=1380.0), "recreate": harm(8000.0, detect_s=1500.0)}
    scenario = make.scenario(strategies, runs=RUNS, defaults={})
    return facts(compare(scenario, engine=make.engine(release)))


def nothing_ships():
    """Even a good release gets stuck."""
    stuck = make.rows(RUNS, verdict="held", outcome="stuck")
    return judged({"rolling": stuck, "recreate": stuck}, faults=())


def twin_undone():
    """Let a nervous canary undo good releases too."""
    twin = {"canary": make.rows(RUNS, verdict=["false_rollback"] * 400 + ["shipped"] * 600)}
    release = {"rolling": harm(9000.0), "blue-green": harm(7700.0), "canary": harm(100.0)}
    return judged(release, twin=twin)


def twin_stuck():
    """Let rolling get stuck with every release."""
    stuck = make.rows(RUNS, verdict="held", outcome="stuck")
    return judged({"rolling": stuck, "canary": harm(90.0)}, twin={"rolling": stuck})


def single():
    """Take only one strategy."""
    return judged({"rolling": harm(9000.0)})


def good_release():
    """Return a good release under which one strategy loses requests."""
    shipped = {"verdict": "shipped", "outcome": "succeeded"}
    down = {"failed_requests": 24_000.0, "failed_no_target": 24_000.0, "downtime_s": 120.0}
    return judged({"rolling": make.rows(RUNS, **shipped),
                   "recreate": make.rows(RUNS, **shipped, **down)}, faults=())  # fmt: skip


EVERY = [
    winner, all_unhurt, some_unhurt, too_close, alike, fears_bad_day, live_forever,
    damage_stays, person_only, nothing_ships, twin_undone, twin_stuck, single, good_release,
    least_exposed, fears_live, lives_unhurt, fails_anyway, slow_way_back,
]  # fmt: skip


def test_clear_winner_is_told_by_how_much():
    """The winner comes with the paired difference, its interval, and in how many runs."""
    told = said(winner())
    assert told.startswith("Blue-green hurts fewest users: 7,660 failed requests against 60,800")
    assert re.search(r"53,\d00 fewer \(95 %: 5\d,\d00 to 53,\d00\)", told)
    assert "fewer in 1,000 of 1,000 runs with the same luck" in told


def test_why_names_noticing_and_going_back():
    """The mechanism: noticed alike, but the way back differs, and the failures fall after it."""
    told = said(winner(), "Why")
    assert "both are noticed after about 1m20s" in told
    assert "going back takes blue-green 6s and rolling 4m50s" in told
    assert "74 % of the failures with rolling fall after the decision" in told


def test_price_is_dollars_and_time():
    """The price is what the winner costs more, and how long both revisions run."""
    told = said(winner(), "Price")
    assert told == ("$0.31 more per deployment than rolling; both revisions run side by side for "
                    "1h05m, not 4m.")  # fmt: skip


def test_flips_at_the_break_even_of_noticing():
    """The winner flips when it is noticed so much later that its failures make up for the rest."""
    told = said(winner(), "Flips when")
    # 53,110 requests more fail with rolling; blue-green fails 6,930 in 80 s until it is noticed.
    assert told.startswith("blue-green alone is noticed 10m13s later (it fails 5,200 a minute")
    assert told.endswith("not when rolling is noticed sooner: 45,000 fail after its decision.")


@pytest.mark.parametrize(
    ("kind", "full", "words"),
    [
        # 6,300 more fail with rolling; the canary fails 12 a second at 10 %, 120 at 100 %.
        ("canary", 1140.0, "canary alone is noticed 8m45s later (it fails 720 a minute until "),
        # After 2 of 8m45s, 1,440 failures, comes the rest at ten times the rate: 40 s.
        ("canary", 260.0, "canary alone is noticed 2m40s later (it fails 720 a minute, 7,200 once"),
        ("linear", 260.0, ""),
    ],
)
def test_steps_make_failures_faster(kind, full, words):
    """A canary fails at one rate until it gets all traffic; more steps have no rate to tell."""
    part = {"bad_s": 80.0, "exposed_requests": 1600.0, "failed_before_decision": 960.0}
    release = {"rolling": harm(7300.0), "canary": harm(1000.0, **part)}
    good = make.rows(RUNS, verdict="shipped", outcome="succeeded", full_traffic_s=full)
    strategies = {"rolling": {"type": "rolling"}, "canary": {"type": kind}}
    engine = make.engine(release, twin={"canary": good})
    known = facts(compare(make.scenario(strategies, runs=RUNS), engine=engine))
    assert said(known, "Flips when").startswith(words)
    assert bool(said(known, "Flips when")) == bool(words)


def test_nobody_fails_whichever():
    """Where nobody is hurt the rule of three says what that allows to say, and cost decides."""
    assert said(all_unhurt()) == (
        "Nobody fails a request, whichever you choose (none in 1,000 runs, so in fewer than 3 of "
        "1,000). Choose on cost: rolling is cheapest ($0.05 above usual running; blue-green $0.30)."
    )
    assert said(all_unhurt(), "Why") == (
        "no request reaches the bad revision; it is given up with rolling after 6m20s and "
        "blue-green after 7m05s."
    )


def test_who_is_never_given_up_is_told_apart():
    """A decision that no run has seen by the horizon has no time to be told."""
    release = {"rolling": make.rows(RUNS, decision_s=inf), "canary": unhurt()}
    assert said(judged(release), "Why") == (
        "no request reaches the bad revision; it is given up with canary after 6m20s, but not "
        "given up with rolling within 2h."
    )
    assert "it is not given up with rolling within 2h." in said(
        judged({"rolling": make.rows(RUNS, decision_s=inf)}), "Why"
    )


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (2, "after 6m34s (in 0.2 % of runs not within 2h)"),
        (870, "only in 13 % of runs within 2h"),
    ],
)
def test_some_decisions_are_not_made_in_time(late, words):
    """How many runs are still undecided at the horizon stands beside the time, or for it."""
    times = [380.0] * (RUNS - late) + [inf] * late
    known = judged({"rolling": make.rows(RUNS, decision_s=times)})
    assert said(known, "Why").endswith(f"it is given up with rolling {words}.")


def test_level_on_cost_too():
    """Equal harm and equal cost leave no choice to make."""
    told = said(judged({"rolling": unhurt(), "linear": unhurt()}))
    assert told.endswith("Rolling and linear cost the same.")


def test_what_going_back_does_not_end_is_said():
    """Who cannot go back since the data is other now is named with that, and it decides nothing."""
    left = {"verdict": "unrepaired", "failed_app": 0.0, "failed_schema": 61_000.0}
    why = "after going back, requests still fail with {}: the old revision cannot read the data as"
    apart = judged({"rolling": harm(61_000.0, **left), "canary": harm(9000.0)})
    assert said(apart, "Why").startswith("both are noticed after about 1m20s")
    assert why.format("rolling") in said(apart, "Why")
    both = judged({n: harm(f, **left) for n, f in (("rolling", 61_000.0), ("canary", 60_900.0))})
    assert said(both, "Why").startswith(why.format("every strategy"))


def test_some_are_unhurt():
    """Who hurts nobody is named, and so is what the others do, and by what."""
    told = said(some_unhurt())
    assert "Nobody fails a request with rolling or canary (none in 1,000 runs, so" in told
    assert "Recreate fails 1.4 M requests (downtime 1h58m)." in told
    assert "no task is there to answer" in said(some_unhurt(), "Why")


def test_only_one_is_unhurt():
    """A single strategy that hurts nobody wins without a choice on cost."""
    told = said(judged({"rolling": unhurt(), "recreate": harm(9000.0)}))
    assert told.startswith("Nobody fails a request with rolling (none")
    assert "cost" not in told


def test_slow_requests_are_harm_too():
    """Where nobody fails, who slows down fewest wins, and nobody is said to fail."""
    slow = make.rows(RUNS, slow_requests=5000.0)
    told = said(judged({"rolling": unhurt(), "linear": slow}))
    assert told.startswith("Nobody fails a request, whichever you choose")
    assert "Rolling hurts fewest users: no slow requests against 5,000 with linear" in told


def test_slow_without_any_deployment_is_no_harm():
    """Requests that are slow anyway part nobody: the strategies are level."""
    usual = {"slow_requests": 2650.0, "slow_caused": -2.9}
    known = judged({"rolling": unhurt(slow_requests=2660.0, slow_caused=0.0),
                    "linear": unhurt(**usual)})  # fmt: skip
    assert said(known).startswith("Nobody fails a request, whichever you choose")
    assert "slow" not in paragraph(known)


SILENT = [{"kind": "silent", "noticed_after": 1800}]


def exposing(rolling, canary, *, faults, **metrics):
    """Return the facts of two strategies whose bad code serves so many, and fails none."""
    served = {"rolling": (3000.0, rolling), "canary": (600.0, canary)}
    release = {
        name: make.rows(RUNS, bad_s=seconds, exposed_requests=requests, **metrics)
        for name, (seconds, requests) in served.items()
    }
    return judged(release, releases=[{"faults": faults}])


def test_right_answers_of_bad_code_harm_nobody():
    """Until a leak kills a task its answers are right: who serves them is level."""
    leak = [{"kind": "crash", "after": 1800}]
    told = said(exposing(9.0, 2.0, faults=leak))
    assert "Rolling and canary cost the same." in told
    assert "bad code" not in told


def test_bad_code_without_failures_is_harm():
    """A silent fault hurts by the requests that bad code serves."""
    silent = exposing(9.0, 2.0, faults=SILENT)
    assert ("Canary hurts fewest users: 2 requests served by bad code against 9 with rolling, "
            "7 fewer, and fewer in 1,000 of 1,000 runs") in said(silent)  # fmt: skip


def test_too_close_to_call():
    """A difference that includes zero names no winner, and has no price and no flip."""
    told = said(too_close())
    assert told.startswith(
        "Too close to call between rolling and linear (7,590 to 7,680 failed requests): "
    )
    assert re.search(r"may as well be zero \(95 %: −\d+ to \d+\)", told)
    assert said(too_close(), "Price") == said(too_close(), "Flips when") == ""


def test_alike():
    """Equal runs are level, not too close."""
    assert said(alike()).startswith("Level: rolling and linear hurt users alike; each fails 7,700")


def test_fewest_failures_win_over_time_on_bad_code():
    """A canary is long on bad code, for few: failed requests decide, and exposure says why."""
    assert said(least_exposed()).startswith(
        "Canary hurts fewest users: 1,400 failed requests against 7,700 with blue-green"
    )
    assert "bad code gets 10 % of the requests with canary and 100 % with blue-green" in said(
        least_exposed(), "Why"
    )


def test_depends_on_who_stops_it():
    """Fewer failures with a bad release left live is not clearly better than stopping it."""
    assert said(fears_live()) == (
        "Depends what you fear: rolling fails fewer requests (900 against 1,400 with canary), but "
        "leaves the bad release live, and canary stops it."
    )


def test_nobody_fails_while_it_stays():
    """A release that hurts only those who go back is told as that, and as still live."""
    told = said(lives_unhurt())
    assert "Nobody fails a request with blue-green (none in 1,000 runs" in told
    assert "but the bad release stays live. Canary fails 56,000 requests" in told
    assert said(lives_unhurt(), "Flips when") == (
        "blue-green has to go back too: with canary the old revision fails on what the new one "
        "wrote."
    )


def test_harm_is_what_the_deployment_causes():
    """What fails without any deployment is told apart and counted against nobody."""
    told = said(fails_anyway())
    assert told.startswith("Canary hurts fewest users: 700 failed requests against 2,000")
    assert told.endswith("7,000 requests fail without any deployment.")


def test_flips_where_the_cheapest_is_slow_to_go_back():
    """Level on harm, the way back from a good release may be worth the price."""
    assert said(slow_way_back(), "Flips when") == (
        "going back must be quick (10m after full traffic: canary 6s, rolling 45s)."
    )


def test_depends_on_the_bad_day():
    """Fewer on average, but a worse bad day: that is the reader's choice."""
    told = said(fears_bad_day())
    assert "rolling fails fewer requests on average (4,900 against 7,700 with blue-green)" in told
    assert told.endswith("1 run in 20 fails more than 40,000, with blue-green more than 7,700.")


def test_none_saves_from_what_stays_live():
    """Where no strategy takes the release back, that comes first."""
    told = said(live_forever())
    assert told.startswith("None of them saves you: after 2h the bad revision is still live")
    assert "nobody decided to go back with canary or rolling" in said(live_forever(), "Why")
    left = said(live_forever(), "Not fixed")
    assert left == "the bad release stays live in 100 % of runs with every strategy."


def test_none_saves_from_damage():
    """A rollback that leaves broken rows behind saves nobody, and the rows are counted."""
    assert "the bad revision goes, but after 2h users still fail" in said(damage_stays())
    left = said(damage_stays(), "Not fixed")
    assert "412 rows that the serving code cannot read, with every strategy" in left


def test_none_saves_but_a_person():
    """Without an automatic signal the harm ends only when a person acts."""
    told = said(person_only())
    assert "no automatic signal watches; it ends when a person acts, 23m to 25m after" in told


def test_nobody_decided():
    """Where only a person watches and none decided, that is said."""
    scenario = make.scenario(("rolling",), runs=RUNS, defaults={})
    release = {"rolling": make.rows(RUNS, failed_requests=9.0)}
    known = facts(compare(scenario, engine=make.engine(release)))
    assert "nobody decided to go back." in said(known)


def test_nothing_ships():
    """Where even a good release does not arrive there is nobody to rank."""
    assert said(nothing_ships()) == "None of them ships even a good release."
    assert [sentence.label for sentence in verdict(nothing_ships())] == ["", "Why"]
    assert said(nothing_ships(), "Why") == (
        "with every strategy ECS may neither start nor stop a task."
    )


@pytest.mark.parametrize(
    ("good", "told"),
    [
        (0, "Rolling does not ship even a good release."),
        (560, "Rolling ships even a good release only in 56 % of runs."),
    ],
)
def test_one_alone_does_not_ship(good, told):
    """A single strategy is called by its name."""
    rows = make.rows(RUNS, verdict=["shipped"] * good + ["false_rollback"] * (RUNS - good))
    assert said(judged({"rolling": rows}, faults=())) == told


def test_one_alone_does_not_save():
    """A single strategy that leaves users hurt is called by its name too."""
    scenario = make.scenario(("rolling",), runs=RUNS, defaults={})
    release = {"rolling": make.rows(RUNS, failed_requests=9.0)}
    known = facts(compare(scenario, engine=make.engine(release)))
    assert said(known).startswith("Rolling does not save you: no automatic signal watches")


def test_hardly_anything_ships():
    """Where a good release arrives now and then, the shares say how often."""
    shaky = make.rows(RUNS, verdict=["shipped"] * 560 + ["false_rollback"] * 440)
    undone = make.rows(RUNS, verdict="false_rollback")
    known = judged({"rolling": undone, "canary": shaky, "linear": undone}, faults=())
    assert said(known) == (
        "None of them ships even a good release reliably: canary does in 56 % of runs and rolling "
        "and linear in none."
    )


def test_who_undoes_good_releases_is_not_ranked():
    """A strategy that takes back good releases cannot win by harm, and the reader is told."""
    assert said(twin_undone()).startswith("Blue-green hurts fewest users")
    assert said(twin_undone(), "Not ranked") == ("canary undoes good releases too in 40 % of runs.")


def test_who_gets_stuck_is_not_ranked():
    """A strategy that never ends hurts nobody and wins nothing."""
    assert said(twin_stuck(), "Not ranked") == (
        "rolling hurts nobody but gets stuck with any release: ECS may neither start nor stop a "
        "task."
    )


def test_single_strategy_is_told_not_ranked():
    """A single strategy is not compared with anything."""
    assert said(single()) == "Rolling fails 9,000 requests (downtime 0s)."


def test_good_release():
    """A good release has no detection to explain; what fails is told by its cause."""
    assert "Nobody fails a request with rolling" in said(good_release())
    why = said(good_release(), "Why")
    assert why == ("with rolling, healthy tasks can always carry 1.5 × the traffic; "
                   "requests fail with recreate because no task is there to answer.")  # fmt: skip


def test_some_runs_end_badly():
    """Two shares of bad ends are told with their names, the worse share first."""
    mixed = judged({
        "rolling": harm(900.0, verdict=["escaped"] * 370 + ["stopped"] * 630),
        "canary": harm(90.0, verdict=["escaped"] * 10 + ["stopped"] * 990),
    })  # fmt: skip
    told = said(mixed, "Not fixed")
    assert told == (
        "the bad release stays live in 37 % of runs with rolling and in 1 % with canary."
    )


def test_side_effects_of_some_strategies():
    """What only some leave behind is told with their names and the range."""
    sent = judged({"rolling": harm(900.0, side_effects_left=900.0), "canary": harm(90.0)})
    assert said(sent, "Not fixed") == "900 side effects of bad requests, with rolling."


def test_times_still_open_are_over():
    """A time that some run has not seen end is a lower bound, and told with its share."""
    open_ = [300.0] * 800 + [inf] * 100 + [nan] * 100
    known = judged({"rolling": harm(900.0, rollback_s=open_), "canary": harm(90.0)})
    assert "rolling over 17m47s (in 90 % of runs)" in said(known, "Why")


@pytest.mark.parametrize("case", EVERY)
def test_no_word_promises_more_than_the_runs(case):
    """No variant uses a word that promises what no simulation can."""
    told = paragraph(case()).lower()
    assert [word for word in BANNED if word in told] == []


@pytest.mark.parametrize("case", EVERY)
def test_every_variant_reads_as_sentences(case):
    """Every sentence is there, ends with one period, and holds no raw number or null."""
    for sentence in verdict(case()):
        assert sentence.text.endswith(".")
        assert not re.search(r"nan|inf\b|None\b(?! of)|\.\.|;\.|  |\d{5}", sentence.text)


@pytest.mark.parametrize("case", EVERY)
def test_verdict_is_a_pure_function(case):
    """Equal facts give equal words."""
    known = case()
    assert paragraph(known) == paragraph(known)
