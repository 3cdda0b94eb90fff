"""Rows of faults: the default file, the reader of a user's file, a row laid over a scenario."""

from pathlib import Path

import pytest

from simdeploy.advice.fault_rows import (
    DEFAULT,
    default_rows,
    default_text,
    load_fault_rows,
    needed_capacity,
    title,
    with_fault,
)
from simdeploy.errors import ScenarioError, SimdeployError
from simdeploy.scenario import Scenario, builtin_scenarios, load_scenario
from tests.small import small

ONE = ("expand-contract",)  # the scenarios of the gallery with a chain of releases


def rows_of(tmp_path, text):
    """Return the rows of a file with this text."""
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return load_fault_rows(file)


def faults_of(tmp_path, text):
    """Return the faults that the reader finds in a text, as line, path and message."""
    with pytest.raises(ScenarioError) as caught:
        rows_of(tmp_path, text)
    return [(found.line, found.path, found.message) for found in caught.value.faults]


def row(name):
    """Return a default row."""
    return next(each for each in default_rows() if each.name == name)


def test_the_default_rows_are_those_that_the_documents_list():
    """Twelve rows in the order of their size; the good releases among them are three."""
    assert [each.name for each in default_rows()] == [
        "none", "crash at boot", "errors 1 %", "errors 5 %", "errors 30 %", "slow x1.5", "slow x3",
        "wrong port", "leak", "schema mismatch", "registry gone", "no capacity",
    ]  # fmt: skip
    good = [each.name for each in default_rows() if each.is_good]
    assert good == ["none", "registry gone", "no capacity"]
    assert row("leak").horizon == 4 * 3600


def test_the_default_file_reads_back_as_a_file_of_a_user(tmp_path):
    """What a user prints, saves and names gives the same rows."""
    rows = rows_of(tmp_path, default_text())
    assert [each[:4] for each in rows] == [each[:4] for each in default_rows()]
    assert DEFAULT.is_file()


@pytest.mark.parametrize("name", [n for n in builtin_scenarios() if n not in ONE])
def test_a_row_changes_release_events_and_horizon_alone(name):
    """On every scenario of the gallery with one release: its own events stay, all else is equal."""
    scenario = load_scenario(name)
    for each in default_rows():
        laid = with_fault(scenario, each)
        own = scenario.environment.events
        assert laid.release.faults == each.release.faults
        assert laid.environment.events[: len(own)] == own
        assert len(laid.environment.events) == len(own) + len(each.environment.events)
        assert laid.horizon == max(scenario.horizon, each.horizon or 0.0)
        changed = {"release", "environment", "horizon", "questions"}
        assert laid.model_dump(exclude=changed) == scenario.model_dump(exclude=changed)


def test_a_row_without_a_release_is_a_good_one(tmp_path):
    """Keys that a row leaves out, or sets to null, change nothing; the release becomes good."""
    text = "faults:\n  - {name: calm}\n  - {name: null things, release: null, environment: null}\n"
    scenario = load_scenario("bad-boot")
    for each in rows_of(tmp_path, text):
        assert each.is_good
        laid = with_fault(scenario, each)
        assert laid.release.faults == ()
        assert laid.horizon == scenario.horizon
    assert scenario.release.faults


def test_questions_about_another_release_are_left_out():
    """They also may name strategies that were not chosen."""
    scenario = load_scenario("happy-path").only(["canary"])
    assert scenario.questions
    assert with_fault(scenario, row("errors 5 %")).questions == ()


def test_a_chain_of_releases_is_refused():
    """A row replaces one release; which of several would be bad is not said."""
    with pytest.raises(SimdeployError, match="a chain: give one release"):
        with_fault(load_scenario("expand-contract"), row("none"))


def test_a_row_that_does_not_fit_names_its_own_line(tmp_path):
    """The container's check cannot fail where there is none; an alarm must have its name."""
    text = """\
faults:
  - name: no check
    release: {faults: [{kind: container_check_fails}]}
  - name: noise
    environment: {events: [{kind: alarm_noise, alarm: nix, probability: 1%}]}
"""
    scenario = load_scenario("happy-path")
    lines = []
    for each in rows_of(tmp_path, text):
        with pytest.raises(ScenarioError) as caught:
            with_fault(scenario, each)
        (found,) = caught.value.faults
        assert found.file.endswith("mine.yaml")
        lines.append((found.line, found.path))
    assert lines == [(3, "release.faults.0"), (5, "environment.events.0.alarm")]


def test_faults_of_a_file_have_line_and_path(tmp_path):
    """All at once, each with what is allowed."""
    text = """\
faults:
  - name: a
    release: {faults: [{kind: errors, rate: 200%}]}
  - name: a
    horizont: 3
  - {release: {}}
  - {name: ""}
"""
    found = faults_of(tmp_path, text)
    assert [(line, path) for line, path, _ in found] == [
        (3, "faults.0.release.faults.0.rate"), (5, "faults.1.horizont"), (6, "faults.2.name"),
        (7, "faults.3.name"),
    ]  # fmt: skip
    assert 'did you mean "horizon"?' in found[1][2]
    assert "1 to 30 characters" in found[3][2]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "is empty; it needs faults, a list of rows"),
        ("3", 1, "must be a block of keys"),
        ("faults: []", 1, "must have 1 to 50 rows; got 0"),
        ("faults: 3", 1, "must be a list; got 3"),
        ("faulds: []", 1, "is required"),
        ("faults:\n- {name: a}\n- {name: a}", 3, 'another row has this name; got "a"'),
        ("faults: [", 1, "is not YAML"),
    ],
)
def test_a_file_that_is_no_list_of_rows(tmp_path, text, line, message):
    """Whatever is wrong is told in one line, without a traceback."""
    found = faults_of(tmp_path, text)
    assert found[0][0] == line
    assert message in found[0][2]


def test_the_example_of_the_documents_fits_a_service(tmp_path):
    """The rows of docs/faults.md read, and can be laid over the gallery's service."""
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    first, second = rows_of(tmp_path, page.partition("```yaml\n")[2].partition("```")[0])
    scenario = load_scenario("happy-path")
    laid = with_fault(scenario, first)
    assert (laid.release.startup.boot.value, len(laid.release.faults)) == (20.0, 1)
    assert with_fault(scenario, second).horizon == 3 * 3600
    assert second.is_good


def test_a_missing_file_is_not_looked_for_in_the_gallery():
    """Rows are never in the gallery, so the message does not list it."""
    with pytest.raises(ScenarioError) as caught:
        load_fault_rows("nowhere.yaml")
    assert str(caught.value) == "nowhere.yaml: no such file"


def test_slow_rows_say_what_they_need():
    """200 req/s at three times the request time need 600 of 360: 167 %; halves need 83 %."""
    scenario = load_scenario("happy-path")
    assert needed_capacity(row("slow x3"), scenario) == pytest.approx(200 * 3 / (6 * 60))
    assert title(row("slow x1.5"), scenario) == "slow x1.5 (needs 83 % of capacity)"
    assert title(row("errors 5 %"), scenario) == "errors 5 %"


def test_what_a_slow_release_needs_counts_at_the_highest_rate():
    """Steps and a daily wave count by their peak; without traffic nothing is needed."""
    scenario = load_scenario("happy-path")
    steps = [{"at": 0, "rate": 10}, {"at": 60, "rate": 90}]
    for traffic, rate in (({"steps": steps}, 90), ({"daily": {"low": 10, "high": 180}}, 180)):
        told = scenario.model_dump(by_alias=True, exclude_unset=True) | {"traffic": traffic}
        own = Scenario.model_validate(told)
        assert needed_capacity(row("slow x3"), own) == pytest.approx(rate * 3 / 360)
    assert needed_capacity(row("slow x3"), small(traffic={"rate": 0})) is None
    assert needed_capacity(row("slow x3"), small(service={"load_balancer": False})) is None
