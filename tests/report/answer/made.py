"""Comparisons made by hand, for tests of the answer."""

from math import inf, nan

from simdeploy.api import compare
from simdeploy.model.registry import SIGNALS
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from tests.results import fabricate as make

RUNS = 1000


def harm(failed, *, spread=0.0, seed=1, signal="alarm", runs=RUNS, **metrics):
    """Return runs of a bad release that is rolled back, with so many failed requests."""
    base = {
        "failed_app": failed, "bad_s": 80.0, "exposed_requests": 16_000.0, "user_onset_s": 60.0,
        "decision_s": 140.0, "rollback_s": 6.0, "over_s": 200.0, "deployment_s": 200.0,
        "signal": SIGNALS.index(signal),
    }  # fmt: skip
    rows = make.noise(runs, failed, spread, seed)
    return make.rows(runs, failed_requests=rows, **(base | metrics))


def unhurt(signal="breaker", after=100.0, **metrics):
    """Return runs of a bad release that hurts nobody until it is undone."""
    return make.rows(RUNS, decision_s=after, rollback_s=0.0, over_s=after + 20.0,
                     deployment_s=after + 20.0, failed_tasks=6,
                     signal=SIGNALS.index(signal), **metrics)  # fmt: skip


def live(**metrics):
    """Return runs in which a bad release stays live to the horizon."""
    base = {"decision_s": inf, "over_s": inf, "hurts_at_end": 1, "user_onset_s": 60.0,
            "bad_s": 7000.0, "exposed_requests": 1.4e6, "verdict": "escaped",
            "outcome": "succeeded"}  # fmt: skip
    return make.rows(RUNS, **(base | metrics))


def good(cost=0.01, after=90.0, **metrics):
    """Return runs of a good release that ships."""
    base = {"verdict": "shipped", "outcome": "succeeded", "full_traffic_s": after,
            "deployment_s": after + 200.0, "extra_cost_usd": cost, "decision_s": nan}  # fmt: skip
    return make.rows(RUNS, **(base | metrics))


def undone(**metrics):
    """Return runs of a good release that an alarm takes back."""
    base = {"verdict": "false_rollback", "outcome": "rolled_back", "decision_s": 150.0,
            "signal": SIGNALS.index("alarm"), "failed_requests": 40_000.0,
            "failed_no_target": 40_000.0}  # fmt: skip
    return make.rows(RUNS, **(base | metrics))


def compared(release, twin=None, /, **settings):
    """Return the comparison of runs by strategy; good releases ship unless ``twin`` has others."""
    strategies = settings.pop("strategies", tuple(release))
    scenario = make.scenario(strategies, runs=RUNS, **settings)
    faulty = scenario.release.faults or scenario.releases
    goods = {name: good() for name in release} | (twin or {}) if faulty else None
    return compare(scenario, engine=make.engine(release, twin=goods))


def answered(release, twin=None, /, *, wide=False, **settings):
    """Return the answer to runs by strategy."""
    return answer(facts(compared(release, twin, **settings)), wide=wide)


def said(made, label=""):
    """Return the verdict, or what stands under a label."""
    if not label:
        return " ".join(made.verdict)
    return " ".join(text for known, text in made.sentences if known == label)


def cells(made, name):
    """Return a row of the table by the titles of its columns, without notes."""
    row = next(row for row in made.rows if row.name == name)
    return {c.title: cell.text for c, cell in zip(made.columns, row.cells, strict=True)}
