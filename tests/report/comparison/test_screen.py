"""The screen of compare: what stands where, how wide and how long it is, and what a pipe gets."""

import re
from math import inf

import numpy as np
import pytest

from simdeploy.api import compare
from simdeploy.report.comparison.rows import watching, way_back
from simdeploy.report.comparison.screen import legend, render_comparison, service_text
from simdeploy.results.detectors import Detector
from tests.results import fabricate as make

RUNS = 1000
NAMES = ("rolling", "blue-green", "canary", "linear", "recreate")
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def five(**settings):
    """Return a comparison of five strategies in which much differs."""
    release = {name: _harmed(61_000.0 / (i + 1), seed=i) for i, name in enumerate(NAMES)}
    release["recreate"] = make.rows(
        RUNS, verdict=["stopped"] * 630 + ["escaped"] * 370, failed_requests=1.4e6,
        outcome=["rolled_back"] * 630 + ["succeeded"] * 370, downtime_s=7080.0, decision_s=900.0,
        detect_s=[1390.0] * 630 + [inf] * 370, deployment_s=inf,
    )  # fmt: skip
    twin = {"linear": make.rows(RUNS, verdict="held", outcome="stuck")}
    scenario = make.scenario(NAMES, runs=RUNS, **settings)
    return compare(scenario, engine=make.engine(release, twin=twin))


def _harmed(failed, seed):
    """Return runs of a bad release whose numbers all spread."""
    times = {"detect_s": 80.0, "decision_s": 140.0, "rollback_s": 290.0 / (seed + 1),
             "deployment_s": 700.0, "downtime_s": failed / 200, "bad_s": 370.0}  # fmt: skip
    spread = {name: make.noise(RUNS, mean, mean / 9, seed) for name, mean in times.items()}
    return make.rows(
        RUNS, failed_requests=make.noise(RUNS, failed, failed / 9, seed), failed_app=failed,
        exposed_requests=make.noise(RUNS, 70_000.0, 5000.0, seed), extra_cost_usd=0.05 + 0.1 * seed,
        failed_before_decision=0.3 * failed, failed_after_decision=0.7 * failed, **spread,
    )  # fmt: skip


FIVE = five()


def terminal(width):
    """Return the lines that a terminal shows."""
    text = render_comparison(FIVE, width=width, is_terminal=True, elapsed=0.31)
    return COLOR.sub("", text).splitlines()


def test_one_screen():
    """Five strategies take at most 100 columns and 30 lines of a terminal."""
    shown = terminal(100)
    assert max(map(len, shown)) <= 100
    assert len(shown) <= 30


def test_title_and_service_come_first():
    """The first line is the title and the service, the second the story."""
    first, second, *_ = terminal(100)
    assert first.startswith("A release that answers errors  ")
    assert first.endswith("checkout-api · 6 tasks · 200 req/s")
    assert second == "Three requests in ten fail. Who notices?"


def test_rows_are_strategies():
    """Every strategy has its row: how it ends, mean ± interval, and the bad day below."""
    shown = "\n".join(terminal(100))
    assert re.search(r"rolling +rolled back 100 % +5m03s ±2s +60,700 ±\d+ ", shown)
    assert re.search(r"1 in 20: +5m\d\ds +71,\d00", shown)


def test_mixed_ends_and_horizon():
    """Runs that end differently, and times cut at the horizon, are told as such."""
    shown = "\n".join(terminal(100))
    assert re.search(r"recreate +rolled back 63 %", shown)
    assert "succeeded 37 %" in shown
    assert "≥" in shown
    assert "> 2h" in shown


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([inf] * 100, "> cut at 2h"),
        ([300.0] * 98 + [inf] * 2, "≥ cut at 2h"),
        ([300.0] * 50 + [inf] * 50, "≥, > cut at 2h"),
        ([300.0] * 100, ""),
    ],
)
def test_the_footnote_explains_the_signs_that_stand_above_it(times, words):
    """A time beyond the horizon, a mean that is cut there, or both are explained; nothing else."""
    release = {"rolling": make.rows(100, deployment_s=times)}
    found = compare(make.scenario(tuple(release)), engine=make.engine(release))
    assert [part for part in legend(found).split(" · ") if "cut" in part] == [words][: bool(words)]


@pytest.mark.parametrize(
    ("runs", "words"), [(100, "may miss what happens in fewer than 3 % of runs"), (1000, "")]
)
def test_few_runs_may_miss_rare_harm(runs, words):
    """Three in n runs or fewer are missed by one comparison in 20: (1 - 3 / n)^n is 5 %."""
    times = np.linspace(250.0, 350.0, runs)
    release = {"rolling": make.rows(runs, deployment_s=times)}
    found = compare(make.scenario(tuple(release), runs=runs), engine=make.engine(release))
    assert [part for part in legend(found).split(" · ") if "miss" in part] == [words][: bool(words)]


def test_a_chain_of_releases_says_whose_deployment_is_told():
    """The column on the deployment is about the last release of a chain, and says so."""
    release = {"rolling": make.rows(100, deployment_s=300.0)}
    chain = make.scenario(tuple(release), releases=[{}, {}, {}])
    found = compare(chain, engine=make.engine(release))
    assert legend(found).endswith(" · Deployment: the last release tried, of 3")


def test_wide_terminal_is_not_used_up():
    """A wider terminal shows the same 100 columns."""
    assert terminal(180) == terminal(100)


def test_narrow_terminal_says_what_it_hides():
    """At 80 columns two columns are hidden, and named."""
    shown = terminal(80)
    assert max(map(len, shown)) <= 80
    assert any("2 columns hidden (Served by bad code, Extra cost), --wide" in x for x in shown)
    assert not any("Extra" in line for line in shown[:6])


def test_very_narrow_terminal_cuts_no_number():
    """Where nothing fits, lines are longer than the screen rather than cut."""
    assert "…" not in "".join(terminal(40))


def test_pipe_has_no_color_no_next_no_time():
    """Without a terminal the text is plain and the same each time."""
    text = render_comparison(FIVE, elapsed=0.31)
    assert "\x1b" not in text
    assert "Next" not in text
    assert text == render_comparison(FIVE, elapsed=9.9)
    last = text.splitlines()[-1]
    assert re.fullmatch(
        r"1,000 runs × 5 strategies · seed 1 · \d+ values .* \(--assumptions\)", last
    )


def test_way_back_is_told_where_there_is_room():
    """A short table leaves room for the drill, soon and at the very end."""
    release = {n: make.rows(10) for n in ("rolling", "canary")}
    found = compare(make.scenario(tuple(release), runs=10), engine=make.engine(release))
    told = " ".join(render_comparison(found).split())
    assert "Way back 10m after full traffic: 45s with every strategy · " in told
    assert "at the very end: rolling 1m30s, canary 1m30s (by AllAtOnce 5m sooner)" in told


@pytest.mark.parametrize(
    ("strategy", "way"),
    [
        ({"type": "blue_green"}, "1m30s"),
        ({"type": "canary", "wait": "2m"}, "1m30s (by AllAtOnce 2m sooner)"),
        ({"type": "canary", "controller": "ecs"}, "1m30s"),
        ({"type": "linear", "percent": 25, "every": "1m"}, "1m30s (by AllAtOnce 3m sooner)"),
    ],
)
def test_codedeploy_may_go_back_by_one_shift(strategy, way):
    """Only where CodeDeploy shifts by steps is AllAtOnce sooner, by the waits between the steps."""
    scenario = make.scenario({"s": strategy}, runs=10)
    found = compare(scenario, engine=make.engine({"s": make.rows(10)}))
    assert way_back(found).endswith(f"at the very end: s {way}")


def test_a_way_back_that_never_was_takes_no_time():
    """Who undoes good releases too has no drill, and is named for that instead of with a time."""
    twin = {"canary": make.rows(10, verdict="false_rollback", decision_s=200.0)}
    release = {n: make.rows(10) for n in ("rolling", "canary")}
    engine = make.engine(release, twin=twin)
    found = compare(make.scenario(tuple(release), runs=10), engine=engine)
    assert way_back(found) == (
        "10m after full traffic: rolling 45s · at the very end: rolling 1m30s · no good "
        "release gets that far with canary"
    )
    twin["rolling"] = twin["canary"]
    found = compare(make.scenario(tuple(release), runs=10), engine=engine)
    assert way_back(found) == "nothing to go back from: no good release stays live"


def test_pipe_is_one_screen_too():
    """Without a terminal there is one screen as well: the rest is in the other formats."""
    shown = render_comparison(FIVE).splitlines()
    assert len(shown) <= 30
    assert max(map(len, shown)) <= 100


def test_terminal_tells_the_time():
    """On a terminal the footer says how long it took."""
    assert terminal(100)[-1].startswith("1,000 runs × 5 strategies in 0.3s · seed 1 · ")


def test_detectors_row_is_always_there():
    """Who watched, and what became of the release, is told at any width."""
    for width in (80, 100):
        shown = "\n".join(terminal(width))
        assert "Watching" in shown
        assert "Release" in shown
        assert "operator: every strategy" in " ".join(shown.split())


def test_next_is_named_where_there_is_room():
    """A short table leaves room for the commands to try next, as the user names the scenario."""
    release = {n: make.rows(10) for n in ("rolling", "canary")}
    found = compare(make.scenario(tuple(release), runs=10), engine=make.engine(release))
    shown = render_comparison(found, is_terminal=True)
    assert "simdeploy run fabricated --strategy rolling" in shown
    shown = render_comparison(found, is_terminal=True, source="my.yaml --set traffic.rate=3")
    assert "simdeploy run my.yaml --set traffic.rate=3 --strategy rolling" in shown


def test_detectors_are_grouped():
    """What watches all is told once with its ends, what watches some is told with their names."""
    told = " ".join(render_comparison(FIVE).split())
    assert ("alarm checkout-5xx (until bake ends with rolling and recreate, else until termination "
            "wait ends) and operator: every strategy") in told  # fmt: skip
    assert "breaker while tasks start: rolling and recreate only" in told


class Watched:
    """A comparison of which only the detectors are known."""

    def __init__(self, **detectors):
        self.detectors = detectors


BREAKER = Detector("breaker", "while tasks start")
HOOK, OTHER = Detector("hook AfterAllowTestTraffic"), Detector("hook BeforeAllowTraffic")
PERSON = Detector("operator")


@pytest.mark.parametrize(
    ("detectors", "words"),
    [
        ({"rolling": (BREAKER, PERSON), "canary": (HOOK, HOOK, PERSON)},
         ("operator: every strategy · breaker while tasks start: rolling only · "
         "hook AfterAllowTestTraffic: canary only")),
        ({"rolling": (BREAKER,), "canary": (HOOK, OTHER), "linear": (HOOK, OTHER)},
         ("breaker while tasks start: rolling only · "
         "hook AfterAllowTestTraffic and hook BeforeAllowTraffic: canary and linear only")),
        ({"rolling": (BREAKER, PERSON), "recreate": (BREAKER, PERSON)},
         "breaker while tasks start and operator: every strategy"),
        ({"rolling": (Detector("alarm slow", "until bake ends"),),
          "canary": (Detector("alarm slow", "until termination wait ends"),), "linear": ()},
         ("alarm slow (until bake ends with rolling, else until termination wait ends): "
         "rolling and canary only")),
    ],
)  # fmt: skip
def test_nobody_is_told_to_watch_twice(detectors, words):
    """Every signal and every strategy is named once, signals of the same strategies together."""
    assert watching(Watched(**detectors)) == words


def test_warnings_are_shown():
    """What weakens the comparison stands under the table."""
    strategies = {"rolling": {"type": "rolling", "alarms": []}, "canary": {"type": "canary"}}
    release = {name: make.rows(100) for name in strategies}
    found = compare(make.scenario(strategies), engine=make.engine(release))
    assert "Warning  rolling sets its own alarms" in render_comparison(found)


def test_thin_means_are_told_in_words():
    """A mean of the table that few runs carry is named by its title."""
    few = [60.0] * 7 + [float("nan")] * 93
    release = {name: make.rows(100, detect_s=few) for name in ("rolling", "canary")}
    found = compare(make.scenario(tuple(release)), engine=make.engine(release))
    text = render_comparison(found)
    assert "Warning  rolling: few runs carry a mean (noticed after from 7 of 100)" in text
    assert "detect_s" not in text


def test_rare_harm_is_told_in_words():
    """A harm that few runs carry is named by its title, with what it means."""
    few = [900.0] * 7 + [0.0] * 93
    release = {
        "rolling": make.rows(100, failed_requests=few, downtime_s=few),
        "canary": make.rows(100),
    }
    found = compare(make.scenario(tuple(release)), engine=make.engine(release))
    text = " ".join(render_comparison(found).split())
    told = "Warning rolling: few runs carry a mean (downtime and failed requests from 7 of 100); "
    assert f"{told}a worse run may be missing" in text
    assert "Warning canary" not in text


def test_cut_websockets_are_counted_where_they_are_open():
    """Who cuts how many WebSockets has its own line, and is told with the choice on cost."""
    release = {
        n: make.rows(100, cut_websockets=k, extra_cost_usd=c)
        for n, k, c in (("rolling", 590, 0.05), ("canary", 29, 0.4), ("linear", 29, 0.5))
    }
    socketed = make.scenario(tuple(release), traffic={"rate": 200, "websockets": {"open": 600}})
    text = render_comparison(compare(socketed, engine=make.engine(release)))
    assert "Cut      590 WebSockets with rolling, 29 with canary and linear" in text
    assert "but rolling cuts 590 WebSockets, the others 29." in " ".join(text.split())
    plain = make.scenario(tuple(release))
    assert "\nCut " not in render_comparison(compare(plain, engine=make.engine(release)))


def test_a_long_paragraph_gives_way_to_the_table():
    """Where nothing else is left to leave out, the flip and the price go, and then the bad days."""
    release = {f"rolling-{i}-of-many": _harmed(61_000.0 / (i + 1), seed=i) for i in range(9)}
    strategies = {name: {"type": "rolling"} for name in release}
    found = compare(make.scenario(strategies, runs=RUNS), engine=make.engine(release))
    shown = render_comparison(found)
    assert len(shown.splitlines()) <= 30
    assert "Flips when" not in shown


def test_nobody_watches():
    """Without any detector that is said."""
    scenario = make.scenario(("rolling",), operator=None, faults=(), defaults={})
    found = compare(scenario, drill=False, engine=make.engine({"rolling": make.rows(100)}))
    text = render_comparison(found)
    assert "Watching nothing and nobody" in text
    assert "Way back" not in text
    assert "1 strategy" in text


def test_long_names_are_folded():
    """A long strategy name takes two lines, not the room of the numbers."""
    release = {"rolling-no-alarm": make.rows(100, failed_requests=make.noise(100, 900.0, 90.0))}
    strategies = {name: {"type": "rolling"} for name in release}
    found = compare(make.scenario(strategies), engine=make.engine(release))
    assert re.search(r"\nrolling-no- .*\nalarm ", render_comparison(found))


@pytest.mark.parametrize(
    ("traffic", "told"),
    [
        ({"rate": 200}, "200 req/s"),
        ({"steps": [{"at": 0, "rate": 200}, {"at": "10m", "rate": 320}]}, "200 to 320 req/s"),
        ({"steps": [{"at": 0, "rate": 200}]}, "200 req/s"),
        ({"daily": {"low": 100, "high": 200}}, "6 tasks"),
    ],
)
def test_service_line(traffic, told):
    """The service is told with its rate, where that is not a whole day's."""
    assert service_text(make.scenario(traffic=traffic)).endswith(told)


def test_long_title_takes_its_own_line():
    """A title that leaves no room for the service stands above it."""
    release = {"rolling": make.rows(10)}
    scenario = make.scenario(("rolling",), runs=10, title="x" * 90, story="")
    shown = render_comparison(compare(scenario, engine=make.engine(release))).splitlines()
    assert shown[:2] == ["x" * 90, "checkout-api · 6 tasks · 200 req/s"]


def test_markup_in_a_title_is_text():
    """Square brackets of a title are printed as they stand."""
    scenario = make.scenario(("rolling",), runs=10, title="[bold]x[/bold]")
    found = compare(scenario, engine=make.engine({"rolling": make.rows(10)}))
    assert render_comparison(found).startswith("[bold]x[/bold]")
