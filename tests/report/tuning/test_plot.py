"""The picture and the notebook's view of a search."""

import re

import pytest
from matplotlib.figure import Figure

from simdeploy.report.tuning.sentences import changes, knob_label, value_text
from tests.tuning.common import DELAY, small, uploads

pytestmark = pytest.mark.many_runs


def texts(axes):
    """Return what is written beside the points of a panel."""
    return {text.get_text() for text in axes.texts}


def test_panels():
    """The first objective stands over each of the others, with units, today and every letter."""
    found = uploads()
    figure = found.plot()
    assert len(figure.axes) == 3
    assert figure.axes[0].get_ylabel() == "harm (requests)"
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "back in (h, m, s)", "extra cost of a good release (US$)",
        "deployment of a good release (h, m, s)",
    ]  # fmt: skip
    assert all(texts(axes) == {row.label for row in found.rows} for axes in figure.axes)


def test_letters_are_explained():
    """Below the panels stands what each letter changes, and that less is better."""
    found = uploads()
    lines = found.plot().get_supxlabel().split("\n")
    assert lines[0].startswith("less is better · gray: tried near the front · ")
    named = [line.partition(": ")[0] for line in lines[1:]]
    assert named == [row.label for row in found.rows if row is not found.today]
    more = small(knobs=[f"{DELAY}=0s,120s"], objectives=["harm", "min_headroom"]).plot()
    assert "less is better, but more of " in more.get_supxlabel()


def test_own_axes():
    """Given axes get the first two objectives."""
    axes = Figure().subplots()
    assert uploads().plot(axes) is axes.figure
    assert axes.get_xlabel() == "back in (h, m, s)"
    assert axes.get_legend() is not None


def test_one_objective_has_a_picture():
    """A single objective stands over the names of the settings."""
    figure = small(knobs=[f"{DELAY}=0s,120s"], objectives=["failed_requests"]).plot()
    assert figure.axes[0].get_xlabel() == "setting"


def test_notebook():
    """A notebook shows the front, the sentences and the indices; markup in names is none."""
    html = uploads()._repr_html_()
    assert html.count("<table>") == 2
    assert "the knee of the front." in html
    assert not re.search(
        r"<(?!/?(table|caption|thead|tbody|tr|th|td|p|strong|details|summary)>)", html
    )


def test_changes_in_words():
    """What a row changes is told by today's value and its own."""
    found = uploads()
    row = next(row for row in found.front if row.setting[0] is not None)
    assert any(text.startswith("deregistration delay 30s → ") for text in changes(found, row))


def test_words_of_values():
    """Values have the words of their unit, and knobs few words of their own."""
    assert value_text(2.0, "") == "2"
    assert value_text("deep", "") == "deep"
    assert knob_label("target_group.health_check.interval") == "health check interval"
    assert knob_label("strategies.x.minimum_healthy_percent") == "minimum healthy percent"
