"""Pictures: the time scale is monotone and honest, lanes hold all tasks, files are whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from simdeploy.report.plots import figures
from simdeploy.report.plots.canvas import save
from simdeploy.report.plots.lanes import (
    STYLE_OF,
    lane_heights,
    lane_labels,
    lanes_of,
    shapes_of,
    styles_in,
)
from simdeploy.report.plots.panels import draw_failing, marked, stairs
from simdeploy.report.plots.timescale import Stretch, Timescale, timescale
from simdeploy.results.timeline import STAGES, Timeline
from tests import timelines


def stretches(*lengths, harm=False):
    """Return consecutive stretches of these lengths."""
    ends = np.cumsum(lengths)
    return [Stretch(end - n, end, harm) for n, end in zip(lengths, ends, strict=True)]


@given(st.lists(st.tuples(st.floats(0.01, 1e4), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_time_never_runs_back(parts):
    """The map of time is monotone, from 0 to 1, whatever happens when."""
    made, now = [], 0.0
    for length, harm in parts:
        made.append(Stretch(now, now + length, harm))
        now += length
    places = Timescale(made)(np.linspace(0, now, 200))
    assert places[0] == pytest.approx(0)
    assert places[-1] == pytest.approx(1)
    assert (np.diff(places) >= -1e-12).all()


def test_short_stretches_keep_their_length():
    """Up to 30 s a second is a second."""
    assert Timescale(stretches(10, 30))(10.0) == pytest.approx(0.25)


def test_no_quiet_stretch_takes_more_than_its_share():
    """Hours of nothing take at most 8 % of a picture."""
    scale = Timescale(stretches(20, 20, 7000, 20))
    assert np.diff(scale([40, 7040]))[0] <= 0.0801


def test_an_outage_keeps_its_length():
    """An outage of five minutes is drawn ten times as long as 30 s are."""
    made = [Stretch(0, 30, harm=False), Stretch(30, 330, harm=True)]
    assert Timescale(made)(30.0) == pytest.approx(1 / 11)


def test_a_picture_of_nothing_still_has_a_scale():
    """A run in which nothing happens is one stretch from edge to edge."""
    scale = timescale([Timeline("s", "rolling", 1, 0, 7200.0)])
    assert scale([0, 7200]).tolist() == [0.0, 1.0]


def test_strategies_share_one_scale():
    """The scale of several runs is cut at what happens in any of them."""
    bad_boot, shallow = timelines.frozen("bad-boot"), timelines.frozen("shallow")
    both = timescale([bad_boot, shallow])
    cuts = {stretch.end for stretch in both.stretches}
    shifted = next(e.t for e in shallow.events if e.kind == "traffic_shifted")
    tripped = next(e.t for e in bad_boot.events if e.kind == "breaker_tripped")
    assert {shifted, tripped} <= cuts


def test_a_crash_loop_is_a_comb():
    """The next attempt starts on the lane of the dead task: 13 tasks, 6 lanes."""
    found = [lane for lane in lanes_of(timelines.frozen("bad-boot")) if lane.revision == "new"]
    assert len(found) == 6
    assert sum(len(lane.lives) for lane in found) == 13


def test_many_tasks_share_a_band():
    """26 old and 26 new tasks are two bands with their counts."""
    found = lanes_of(timelines.frozen("large"))
    assert lane_labels(found) == ["old × 26", "new × 3", "new × 23"]
    assert all(height > 1.5 for height in lane_heights(found))


def test_a_band_holds_every_task():
    """The height of a band's shapes at a time is the number of tasks alive."""
    old, *_ = lanes_of(timelines.frozen("large"))
    drawn = shapes_of(old, 0.0, 26.0, 7200.0)
    heights = [y for shape in drawn for _, y in shape.corners]
    assert max(heights) - min(heights) == pytest.approx(0.9 * 26)


def test_lanes_end_at_the_horizon():
    """Nothing is drawn beyond the run's window."""
    timeline = timelines.frozen("happy-rolling")
    drawn = [s for lane in lanes_of(timeline) for s in shapes_of(lane, 0, 1, 100.0)]
    assert max(t for shape in drawn for t, _ in shape.corners) == 100.0


def test_every_stage_has_a_texture():
    """No stage of a task's life is left without a look."""
    assert set(STYLE_OF) == set(STAGES)
    assert "failed" in styles_in([timelines.frozen("bad-boot")])


def test_stairs_join_equal_neighbors():
    """Equal neighbors are one step, since seams show otherwise."""
    timeline = timelines.frozen("bad-boot")
    assert len(stairs(timeline, timescale([timeline]), lambda state: state.capacity_rps)) == 1


def test_the_way_back_is_marked_once():
    """The shift back to the old revision is the rollback's mark, not a shift of its own."""
    kinds = [event.kind for event in marked(timelines.frozen("shallow"))]
    assert kinds.count("traffic_shifted") == 1
    assert {"alarm_raised", "rollback_started"} <= set(kinds)


@pytest.mark.parametrize("name", timelines.RUNS)
def test_every_run_can_be_drawn(name, tmp_path):
    """Each shape of run gives a picture with three labeled panels."""
    figure = figures.plot_run(timelines.frozen(name))
    panels = figure.axes[0].child_axes
    assert len(panels) == 3
    assert panels[1].get_ylabel() == "requests/s"
    assert panels[2].get_xlabel().startswith("time after the command")
    assert save(figure, tmp_path / "run.png").stat().st_size > 5000


def test_a_run_is_drawn_into_given_axes():
    """With axes the picture goes there, and no other figure is made."""
    figure = Figure()
    axes = figure.subplots()
    assert figures.plot_run(timelines.frozen("stuck"), ax=axes) is figure
    assert len(axes.child_axes) == 3


def test_strategies_stand_under_one_another(tmp_path):
    """A comparison has lanes, traffic and failures per strategy, and one time axis."""
    runs = [timelines.frozen("bad-boot"), timelines.frozen("shallow")]
    figure = figures.plot_compare(runs, "Rolling. It fails $1 and $2.", "run 1 of 2")
    panels = figure.axes[0].child_axes
    assert len(panels) == 6
    assert [bool(panel.get_xticks().size) for panel in panels] == [False] * 5 + [True]
    assert panels[2].get_ylim() == panels[5].get_ylim()
    assert [text.get_text() for text in figure.texts] == [
        "Rolling. It fails $1 and $2.", "run 1 of 2",
    ]  # fmt: skip
    assert panels[0].get_title("left").startswith(f"{runs[0].strategy}: ")
    assert save(figure, tmp_path / "both.svg").read_text().startswith("<?xml")


def test_a_failing_canary_has_a_height():
    """Heights are roots: a hundredth of the highest rate takes a tenth of the strip."""
    run = timelines.frozen("shallow")
    rate = max(state.failing_rps for state, _ in run.states())
    axes = Figure().subplots()
    draw_failing(axes, run, timescale([run]), 100 * rate)
    top = max(path.vertices[:, 1].max() for c in axes.collections for path in c.get_paths())
    assert top / axes.get_ylim()[1] == pytest.approx(0.1 / 1.05)


def test_nobody_fails_without_a_strip():
    """Where no request fails there is no strip of failures."""
    figure = figures.plot_compare([timelines.frozen("happy-rolling")])
    assert len(figure.axes[0].child_axes) == 2


def test_squeezed_time_is_in_the_legend():
    """Gray and red ground are explained where they occur."""
    figure = figures.plot_run(timelines.frozen("shallow"))
    named = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert "squeezed: nothing changes" in named
