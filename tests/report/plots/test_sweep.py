"""Pictures of sweeps: which picture is drawn, what it says, and what cannot be drawn."""

import numpy as np
import pandas as pd
import pytest

from simdeploy.cli.app import main
from simdeploy.errors import SimdeployError
from simdeploy.report.plots.sweep import front, plot_sweep
from simdeploy.report.plots.sweep_marks import SHARES, WORDS, measure_of, short_number
from simdeploy.report.words import NET
from simdeploy.sweeps.aggregates import NUMBERS
from tests.sweeps.common import small

INTERVAL = "target_group.health_check.interval"
DELAY = "target_group.deregistration_delay"
DEPTH = "target_group.health_check.depth"


def frame(design="grid", **knobs):
    """Return a made-up sweep: all combinations of the knobs' values, two strategies."""
    knobs = knobs or {INTERVAL: [7.0, 10.0, 30.0], DELAY: [0.0, 60.0]}
    keys = pd.MultiIndex.from_product([*knobs.values(), ["rolling", "canary"]])
    found = keys.to_frame(index=False, name=[*knobs, "strategy"])
    found["setting"] = np.arange(len(found)) // 2
    found["variant"] = "release"
    size = found.filter(list(knobs)).select_dtypes("number").sum(axis=1).to_numpy(float)
    is_canary = (found["strategy"] == "canary").to_numpy(float)
    columns = {
        f"{metric}_{statistic}": size * (1 + k / 10) + is_canary
        for metric in NUMBERS
        for k, statistic in enumerate(["low", "p05", *WORDS, "high"])
    }
    for share in SHARES:
        columns |= {share: 0.5, f"{share}_low": 0.4, f"{share}_high": 0.6}
    found = pd.concat([found, pd.DataFrame(columns, index=found.index)], axis=1)
    found.attrs = {
        "name": "x", "title": "A title", "design": design, "seed": 1, "horizon_s": 7200.0,
        "runs_each": 100, "units": {name: "" if name == DEPTH else "s" for name in knobs},
    }  # fmt: skip
    return found


def drawn(picture):
    """Return all that a picture says."""
    picture.draw_without_rendering()
    found = (text.get_text() for text in picture.findobj(lambda part: hasattr(part, "get_text")))
    return " | ".join(found)


@pytest.mark.parametrize(
    ("platform", "label"), [("ecs", "most tasks"), ("kubernetes", "most pods")]
)
def test_metrics_have_the_words_of_the_platform(platform, label):
    """A service on Kubernetes has pods; a frame of before says nothing of its platform."""
    given = frame(**{DELAY: [0.0, 30.0, 60.0]})
    assert measure_of(given, "peak_tasks", "mean").label == "most tasks, average"
    given.attrs["platform"] = platform
    assert measure_of(given, "peak_tasks", "mean").label == f"{label}, average"


def test_one_knob_is_curves():
    """Over one knob each strategy is a line with a band, and the axis has the knob's unit."""
    picture = plot_sweep(frame(**{DELAY: [0.0, 30.0, 60.0]}))
    axes = picture.axes[0]
    assert [line.get_label() for line in axes.get_lines()] == ["rolling", "canary"]
    assert axes.get_xlabel() == f"{DELAY} (s)"
    assert axes.get_ylabel() == f"failed requests{NET}, average"
    assert f"A title: failed requests{NET}, average" in drawn(picture)
    assert "100 runs per setting and strategy · seed 1 · band: 9 in 10 runs" in drawn(picture)


def test_two_knobs_are_a_map_per_strategy():
    """Over two knobs each strategy is a map with a number in each cell, on one scale."""
    picture = plot_sweep(frame(), metric="downtime_s", statistic="p95")
    assert [axes.get_title(loc="left") for axes in picture.axes[:2]] == ["rolling", "canary"]
    scales = {image.norm.vmax for axes in picture.axes[:2] for image in axes.get_images()}
    assert len(scales) == 1
    assert f"{INTERVAL} (s)" in drawn(picture)
    assert "downtime (s), 1 in 20 is above" in drawn(picture)
    assert len(picture.axes[0].texts) == 6


def test_two_metrics_are_a_front():
    """Against a second metric every setting is a dot, and the best settings are named."""
    picture = plot_sweep(frame(), metric="downtime_s", against="extra_cost_usd")
    told = drawn(picture)
    assert "downtime (s), average · less is better" in told
    assert "A  rolling\n     interval 7 s\n     deregistration_delay 0 s" in told


@pytest.mark.parametrize("design", ["latin-hypercube", "sobol"])
@pytest.mark.parametrize("knobs", [[DELAY], [DELAY, INTERVAL]])
def test_samples_are_dots(design, knobs):
    """Samples are never joined by lines that no run has gone along."""
    picture = plot_sweep(frame(design), knobs=knobs)
    assert "a dot is one setting" in drawn(picture)
    assert all(line.get_linestyle() == "None" for line in picture.axes[0].get_lines())


def test_one_at_a_time_is_a_panel_per_knob():
    """Where one knob at a time was moved, each has a panel of its own settings."""
    table = frame("one-at-a-time", **{DELAY: [0.0, 60.0], DEPTH: ["deep", "shallow"]})
    picture = plot_sweep(table)
    assert [axes.get_xlabel() for axes in picture.axes] == [f"{DELAY} (s)", DEPTH]
    assert picture.axes[0].get_lines()[0].get_xdata().tolist() == [0.0, 60.0]
    assert [label.get_text() for label in picture.axes[1].get_xticklabels()] == ["deep", "shallow"]


def test_a_knob_that_is_not_drawn_is_averaged():
    """Over one of two knobs a line is the mean over the other knob, and says so."""
    picture = plot_sweep(frame(), knobs=[DELAY])
    assert picture.axes[0].get_lines()[0].get_xdata().tolist() == [0.0, 60.0]
    assert "line: mean over the other knobs, band: their range" in drawn(picture)


def test_shares_stand_between_zero_and_one():
    """A share has its Wilson interval as a band, on an axis from 0 to 1."""
    picture = plot_sweep(frame(**{DELAY: [0.0, 60.0]}), metric="verdict_false_rollback")
    assert "share of runs false rollback" in drawn(picture)
    low, high = picture.axes[0].get_ylim()
    assert low < 0.0
    assert high > 1.0


def test_what_is_infinite_or_missing_is_drawn_at_the_horizon_or_not_at_all():
    """A censored quantile stands at the horizon, and null has no mark."""
    table = frame(**{DELAY: [0.0, 30.0, 60.0]})
    table.loc[0, "recover_s_p95"] = np.inf
    table.loc[2, "recover_s_p95"] = np.nan
    line = plot_sweep(table, metric="recover_s", statistic="p95").axes[0].get_lines()[0]
    assert line.get_ydata()[0] == 7200.0
    assert np.isnan(line.get_ydata()[1])
    drawn(plot_sweep(table, metric="recover_s", statistic="p95", against="cost_usd"))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"metric": "downtime"}, 'unknown metric "downtime"; known: requests'),
        ({"statistic": "p42"}, 'unknown statistic "p42"; known: mean'),
        ({"knobs": ["a.b"]}, f"no knob a.b; known: {INTERVAL}"),
        ({"against": "cost"}, 'unknown metric "cost"'),
    ],
)
def test_refused(how, told):
    """What is not there is told with what is."""
    with pytest.raises(SimdeployError) as error:
        plot_sweep(frame(), **how)
    assert told in str(error.value)


def test_three_knobs_are_too_many():
    """More than two knobs need a choice."""
    with pytest.raises(SimdeployError, match="name them with --knob"):
        plot_sweep(frame(**{INTERVAL: [7.0], DELAY: [0.0], DEPTH: ["deep"]}))


def test_front():
    """Points that another point beats in one metric without losing in the other are left out."""
    x, y = np.array([1.0, 1.0, 2.0, 3.0, np.nan]), np.array([5.0, 4.0, 4.0, 1.0, 0.0])
    assert front(x, y).tolist() == [1, 3]
    assert front(x, y, (True, False)).tolist() == [3]


@pytest.mark.parametrize(("value", "told"), [(9999.0, "9,999"), (0.5, "0.5"), (-2e9, "-2G")])
def test_numbers_are_brief(value, told):
    """Numbers in cells and on axes have few letters."""
    assert short_number(value) == told


def test_sweep_plot(capsys, tmp_path, monkeypatch):
    """The command draws a folder, by default into a file of its name."""
    small(tmp_path / "mine", runs=5)
    monkeypatch.chdir(tmp_path)
    assert main(["sweep-plot", "mine"]) == 0
    assert (tmp_path / "mine.png").stat().st_size > 10_000
    assert main(["sweep-plot", "mine", "-o", "a.svg", "--strategy", "recreate"]) == 0
    assert capsys.readouterr().err == "wrote mine.png\nwrote a.svg\n"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["missing"], "missing: no such folder"),
        (["mine", "-o", "a.gif"], "a.gif: a picture is .png, .svg, .pdf"),
        (["mine", "-o", "no/a.png"], "no folder no"),
        (["mine", "--strategy", "roling"], 'unknown strategy "roling"'),
    ],
)
def test_sweep_plot_refused(typed, told, capsys, tmp_path, monkeypatch):
    """An unusable folder, file or name ends with exit code 2 and one line."""
    small(tmp_path / "mine", runs=2)
    monkeypatch.chdir(tmp_path)
    assert main(["sweep-plot", *typed]) == 2
    assert told in capsys.readouterr().err
