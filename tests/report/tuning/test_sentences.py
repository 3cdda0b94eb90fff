"""What tune says: the change, what it buys and costs, and what cannot be said."""

import re

import pytest

from simdeploy.engines import replicate
from simdeploy.report.tuning.export import to_html, to_markdown
from simdeploy.report.tuning.sentences import headline, paste, sentences
from simdeploy.report.tuning.table import render_tuning, sensitivity_table
from simdeploy.scenario import load_scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.merging import override
from simdeploy.sweeps.planning import tree
from tests.tuning.common import BAKE, small, uploads

pytestmark = pytest.mark.many_runs


def said(tuning):
    """Return the sentences by label."""
    return dict(sentences(tuning))


def test_the_change_comes_first():
    """The first line below the title is what to change, named by today's and the new value."""
    found = uploads()
    lines = render_tuning(found).splitlines()
    assert lines[2].startswith(" Change ")
    assert f"setting {found.knee.label}, the knee of the front" in headline(found)
    assert lines.index(lines[2]) < next(k for k, line in enumerate(lines) if " today " in line)


def test_what_the_change_buys_is_the_difference_of_the_rows():
    """Each objective that moves is printed from today's to the knee's mean, on its side once."""
    found = uploads()
    bought, paid = said(found).get("Buys", ""), said(found).get("Costs", "")
    for difference in found.against_today(found.knee):
        name = {"rollback": "way back", "extra_cost": "extra cost"}.get(
            difference.metric, difference.metric
        )
        clear = not found.is_level(difference)
        # The differences are today − knee, so that more than 0 is a gain.
        assert (f"{name} " in bought) == (clear and difference.mean > 0.0), bought
        assert (f"{name} " in paid) == (clear and difference.mean < 0.0), paid


def test_each_change_is_taken_back_alone():
    """A knee of several changes has a part for each, from the same runs with it as today."""
    found = small("shallow-health-check", "canary", budget=150)
    changed = {k for k, value in enumerate(found.knee.setting) if value is not None}
    assert len(changed) > 1
    assert {k for part in found.parts for k in part.knobs} == changed
    assert len(said(found)["Each change"].split("; ")) == len(found.parts)
    part, names = found.parts[0], [goal.name for goal in found.goals]
    means = []
    for left_out in ((), part.knobs):
        root = tree(load_scenario("shallow-health-check"))
        for k, value in enumerate(found.knee.setting):
            if value is not None and k not in left_out:
                root = override(root, f"{found.knobs[k].path}={value}")
        how = {"lo": found.searched, "hi": found.searched + found.runs, "variant": "twin"}
        rows = replicate(validated(root), "canary", seed=found.seed, **how)
        means.append(rows["extra_cost_usd"].mean())
    difference = part.differences[names.index("extra_cost")]
    assert difference.mean == pytest.approx(means[0] - means[1], abs=1e-12)


def test_one_change_has_no_parts():
    """A knee that changes one knob repeats nothing."""
    found = small(knobs=[f"{BAKE}=0s,3m"], budget=100)
    assert found.parts == ()
    assert "Each change" not in said(found)


def test_what_is_pasted_gives_the_setting():
    """The options, in a shell's words, turn today's scenario into the knee's."""
    found = small("shallow-health-check", "canary", budget=150)
    pasted = [option.removeprefix("--set ").strip("'") for option in paste(found)]
    chosen = [value for value in found.knee.setting if value is not None]
    assert [text.partition("=")[2] for text in pasted] == chosen
    assert all(text in to_markdown(found) for text in pasted)


def test_too_few_settings_to_tell():
    """Where no share is firm there is no table of shares, but a budget that would give one."""
    found = small("shallow-health-check", "canary", budget=100)
    text = "\n".join(sensitivity_table(found, 100))
    assert "What moves what: too few settings to tell; try --budget " in text
    assert int(re.search(r"--budget (\d+)", text)[1]) > 100
    assert "± " not in text
    assert "Worth a meeting" not in said(found)
    assert "<td>?</td>" in to_html(found)


def test_nothing_is_recommended_and_idle():
    """A knob that the knee changes is in no list of knobs that do hardly anything."""
    for story, strategy in (("shallow-health-check", "canary"), ("long-requests", "rolling")):
        found = small(story, strategy, budget=150)
        text = " ".join(" ".join(sensitivity_table(found, 1000)).split())
        idle = text.partition("hardly anything: ")[2].split(", ")
        named = headline(found)
        assert not [label for label in idle if f" {label} " in named and label]


def test_today_is_kept():
    """Where nothing buys more than it costs the sentence says so, and nothing is to paste."""
    found = small(knobs=[f"{BAKE}=3m,1h"], budget=100, objectives=["deployment"])
    assert headline(found) == (
        "Keep today's setting: no other that was tried buys more than it costs."
    )
    assert paste(found) == []
    assert said(found).get("Buys") is None
