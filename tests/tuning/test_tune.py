"""The search end to end on stories whose answer is known."""

import json

import numpy as np
import pytest

from simdeploy import load_scenario, tune
from simdeploy.api import compare
from simdeploy.errors import SimdeployError
from simdeploy.tuning import api, knobs
from tests.tuning.common import BAKE, DELAY, SMALL, WAIT, small, uploads

pytestmark = pytest.mark.many_runs


def changed(row, found):
    """Return what a row sets, by the last word of the path."""
    pairs = zip(found.knobs, row.setting, strict=True)
    return {knob.path.rpartition(".")[2]: value for knob, value in pairs if value is not None}


def test_the_drain_saves_uploads():
    """Less harm than today's needs a longer drain, and nothing else moves harm."""
    found = uploads()
    least = min(found.front, key=lambda row: row.means[0])
    assert float(changed(least, found)["deregistration_delay"][:-1]) >= 120
    assert least.means[0] < 0.2 * found.today.means[0]
    harm = found.sensitivity[0]
    assert harm[0].total > 0.95
    assert harm[1].total < 0.05


def test_a_longer_drain_costs():
    """The settings that save uploads cost more: the front is a trade."""
    found = uploads()
    harm, cost = ([float(row.means[k]) for row in found.front] for k in (0, 2))
    assert harm == sorted(harm)
    assert cost[0] > cost[-1]


def test_the_knee_gives_up_no_harm():
    """Harm ranks first: the knee has no more of it than today's setting."""
    found = uploads()
    assert found.knee in found.front
    assert found.knee.means[0] <= found.today.means[0] + found.resolution[0]


def test_figures_are_those_of_the_engine():
    """Today's figures are what the same runs give without a search."""
    found = uploads()
    played = compare(
        load_scenario("long-requests"), runs=found.searched + found.runs, seed=1, drill=False
    )
    rows = played.strategies["rolling"].rows[found.searched :]
    values = rows["failed_caused"] + rows["slow_caused"]
    assert found.today.values[0] == pytest.approx(values, abs=1e-6)
    assert found.today.values[3] == pytest.approx(rows["deployment_s"])


def test_what_today_gives_up_is_paired():
    """A difference to today is the mean of differences run by run, with their interval."""
    found = uploads()
    row = found.front[0]
    gap = found.against_today(row)[0]
    each = found.today.values[0] - row.values[0]
    assert gap.mean == pytest.approx(each.mean())
    assert gap.n_pairs == found.runs
    assert gap.ci95[0] < each.mean() < gap.ci95[1]


def test_no_member_of_the_front_is_beaten():
    """No row that is shown beats another one that is shown."""
    values = np.array([row.means for row in uploads().front])
    assert not any((a <= b).all() and (a < b).any() for a in values for b in values if a is not b)


def test_what_changes_nothing_stays_as_today():
    """A knob without an effect is left where it is in every row."""
    found = small(knobs=[f"{DELAY}=0s,30s,120s", "target_group.health_check.healthy_threshold=2:5"])
    assert {row.setting[1] for row in found.front} == {None}


def test_equal_inputs_equal_bytes():
    """Neither threads nor time are in the result: JSON is the same to the byte."""
    how = {"knobs": {DELAY: "0s,60s,120s", BAKE: "0s,3m"}, "budget": 100, "runs": 40}
    one, other = small(threads=1, **how), small(threads=3, **how)
    assert one.to_json() == other.to_json()
    assert small(seed=2, **how).to_json() != one.to_json()


def test_json_is_plain():
    """Everything is in the JSON, without NaN or infinity."""
    told = json.loads(uploads().to_json())
    assert told["objectives"] == ["harm", "rollback", "extra_cost", "deployment"]
    assert set(told["knobs"]) == {DELAY, BAKE}
    assert told["knee"] in {row["label"] for row in told["front"]}
    assert set(told["sensitivity"]["harm"][DELAY]) == {"first", "first_ci", "total", "total_ci"}
    assert told["worth_a_meeting"]


def test_frames():
    """The front comes as a frame with today's setting, and so does everything that was tried."""
    found = uploads()
    frame = found.to_frame()
    assert frame.index[0] == "today"
    assert frame.loc["today", DELAY] == 30.0
    assert frame["knee"].sum() == 1
    tried = found.to_frame("tried")
    assert len(tried) == len(found.tried.settings)
    assert {DELAY, BAKE, "harm", "keeps_constraints"} <= set(tried.columns)
    with pytest.raises(ValueError, match="front"):
        found.to_frame("all")


def test_a_setting_that_undoes_good_releases_does_not_win():
    """An alarm below what the service fails anyway is red: CodeDeploy stops, whatever comes."""
    scenario = load_scenario("shallow-health-check", overrides=["service.base_error_rate=0.5%"])
    path = "alarms.checkout-5xx.threshold"
    found = tune(scenario, "blue-green", knobs=[f"{path}=0.1%,0.2%,1%,5%"], **SMALL)
    shown = {row.readings[0] for row in found.front}
    assert shown
    assert not shown & {0.001, 0.002}
    tried = found.to_frame("tried")
    assert not tried[tried[path].isin(["0.1%", "0.2%"])]["keeps_constraints"].any()


def test_a_bad_release_needs_its_twin():
    """Without the twin a bad scenario is refused; a good one is its own twin."""
    with pytest.raises(SimdeployError, match="without its good twin"):
        tune("bad-boot", twin=False)
    assert tune("long-requests", twin=False, knobs=[f"{DELAY}=0s,60s"], **SMALL).knee is not None


def test_a_constraint_holds_in_every_row():
    """Whoever asks for few cut uploads sees only settings that cut few."""
    found = small(knobs=[f"{DELAY}=0s:300s:30s"], constraints=["failed_requests mean <= 10"])
    assert found.front
    assert all(found.keeps(row) for row in found.front)
    assert not found.keeps(found.today)
    assert found.broken(found.today)[0][1] > 10


def test_nothing_keeps_the_constraints():
    """Where nothing keeps a constraint there is no front, but the nearest setting."""
    found = small(knobs=[f"{BAKE}=0s,3m"], constraints=["deployment_s <= 10s"])
    assert (found.front, found.knee) == ((), None)
    assert found.nearest[0].setting == ("0s",)


def test_one_objective():
    """With a single objective the front is a point."""
    found = small(knobs=[f"{DELAY}=0s:300s:30s"], objectives=["failed_requests"])
    assert len(found.front) == 1
    assert found.knee is found.front[0]


def test_a_termination_wait_buys_the_way_back():
    """Blue-green's old tasks cost money until they end; without them the way back is long."""
    found = small(strategy="blue-green", knobs=[f"{WAIT}=0s,5m,15m,1h"])
    rows = {row.readings[0]: row.means for row in found.rows}
    waits = sorted(rows)
    assert rows[waits[0]][1] > rows[waits[-1]][1]
    assert rows[waits[0]][2] < rows[waits[-1]][2]


def test_a_configuration_by_name_is_spelled_out():
    """Turning a canary's percent keeps the wait of its configuration."""
    scenario = load_scenario("bad-boot")
    path = "strategies.canary.percent"
    root = api.tree(scenario)
    one = knobs.parse_knob(f"{path}=5,20")
    spelled = api._with_config_written_out(root, scenario, "canary", [one])
    block = spelled.plain()["strategies"]["canary"]
    assert (block["percent"], block["wait"]) == (10.0, 300.0)
    assert "config" not in block
    assert api._with_config_written_out(root, scenario, "canary", []) is root


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"strategy": "roling"}, 'did you mean "rolling"'),
        ({"knobs": ["a.b=1:5"]}, 'no "a" there'),
        ({"knobs": [f"{DELAY}=0s,30s", f"{DELAY}=1s,2s"]}, "stands twice"),
        ({"knobs": [f"{DELAY}=0s,2h"]}, "out of AWS's range"),
        ({"knobs": [f"{DELAY}=0s,soon"]}, 'must be a time ≥ 0; got "soon"'),
        ({"knobs": [f"{WAIT}=0s,1h"]}, "--strategy blue-green tunes that"),
        ({"objectives": ["harms"]}, 'did you mean "harm"'),
        ({"constraints": ["harm"]}, "must be METRIC"),
        ({"budget": 5}, "--budget must be from 100"),
        ({"runs": 5}, "--runs must be from 20"),
        ({"seed": -1}, "--seed must be from 0"),
    ],
)
def test_bad_input_is_told_before_anything_runs(how, told, monkeypatch):
    """What cannot be searched is refused in words, and nothing is played."""
    monkeypatch.setattr(api, "replicate", None)
    with pytest.raises(SimdeployError) as caught:
        tune("long-requests", **{"strategy": "rolling", **how})
    assert told in str(caught.value)


def test_progress():
    """Progress rises to the end and never beyond it."""
    seen = []
    small(knobs=[f"{DELAY}=0s,60s"], progress=lambda done, total: seen.append((done, total)))
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert all(one <= total for one, total in seen)


def test_wild_settings_do_not_hide_good_ones():
    """Among all default knobs, most of them noisy, a longer drain is found to save uploads."""
    found = small(budget=500, runs=300)
    assert len(found.knobs) == 13
    assert found.front[0].means[0] < 0.7 * found.today.means[0]
    assert found.knee.means[0] <= found.today.means[0] + found.resolution[0]
