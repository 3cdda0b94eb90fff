"""The story of every strategy of the gallery: times, counts and clocks."""

import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from simdeploy import load_scenario, simulate
from simdeploy.report.story.folding import Beat, fold
from simdeploy.report.story.narration import in_causal_order, lines, render_story, with_waiting
from simdeploy.report.words import elapsed
from simdeploy.scenario import builtin_scenarios
from simdeploy.scenario.model import Scenario
from tests.generate import scenarios

GALLERY = builtin_scenarios()
TO = re.compile(r"to (\d\d):(\d\d):(\d\d)")
#: What a fold counts, by its noun.
COUNTED = {
    "die": "task_failed", "are killed": "task_failed", "do not start": "task_failed",
    "fail": "task_failed", "count as failed": "task_failed", "dead": "task_failed",
    "healthy": "target_healthy", "gone": "task_stopped", "unhealthy": "target_unhealthy",
    "bad moments": "users_hurt", "bad moment": "users_hurt",
}  # fmt: skip
MORE = re.compile(rf"(\d+) more ({'|'.join(COUNTED)})(?=[,;. (]|$)")
TASKS = re.compile(r"^(\d+)(?: more)? (?:old|new) tasks ")

each_story = pytest.mark.parametrize("name", GALLERY)


@cache
def played(name):
    """Return the first run of every strategy of a scenario."""
    scenario = load_scenario(name)
    return scenario, [simulate(scenario, strategy).timeline for strategy in scenario.strategies]


def told(name, *, minor=False):
    """Yield the lines of each strategy's story."""
    scenario, runs = played(name)
    for run in runs:
        yield run, lines(run, scenario, minor=minor)


def seconds(text):
    """Return the time up to which a fold goes, as it is printed; None for other lines."""
    found = TO.search(text)
    if found is None:
        return None
    hours, minutes, rest = map(int, found.groups())
    return 3600 * hours + 60 * minutes + rest


@each_story
@pytest.mark.parametrize("minor", [False, True])
def test_printed_times_never_decrease(name, minor):
    """No line is before the one above it, nor before the end of a fold above it."""
    for run, story in told(name, minor=minor):
        last = 0
        for line in story:
            assert int(line.t) >= last, (run.strategy, line)
            last = max(last, int(line.t), (seconds(line.text) or 0) if line.folded else 0)


@each_story
def test_folds_end_where_they_say(name):
    """The time to which a fold goes is that of its last event."""
    for run, story in told(name):
        for line in story:
            if line.folded:
                assert seconds(line.text) == int(line.end), (run.strategy, line)


@each_story
def test_counts_are_those_of_the_events(name):
    """A number in a sentence counts the events, or the tasks of the events, behind it."""
    for run, story in told(name):
        for line in story:
            for count, noun in MORE.findall(line.text):
                kinds = [event.kind for event in line.events]
                assert int(count) == kinds.count(COUNTED[noun]), (run.strategy, line)
            for count in TASKS.findall(line.text):
                tasks = {event.task for event in line.events}
                assert int(count) == len(tasks), (run.strategy, line)


@each_story
def test_no_event_is_counted_twice(name):
    """Every event is part of one line at most."""
    for run, story in told(name):
        shown = [id(event) for line in story for event in line.events]
        assert len(shown) == len(set(shown)), run.strategy


@each_story
def test_whoever_dies_is_counted_among_those_that_started(name):
    """A line that says how many tasks are running counts those that a later line says to die."""
    for run, story in told(name):
        ran = [e for e in run.events if e.kind == "task_running"]
        for line in story:
            if line.folded or line.events[0].kind != "task_running":
                continue
            counted = {event.task for event in line.events}
            here = [e for e in ran if line.t <= e.t <= line.end]
            among = {e.task for e in here if e.revision == line.events[0].revision}
            assert counted == among, (run.strategy, line)


@each_story
def test_deaths_in_the_story_are_all_deaths(name):
    """The deaths that lines count add up to the tasks that failed."""
    for run, story in told(name):
        deaths = sum(e.kind == "task_failed" for line in story for e in line.events)
        assert deaths == sum(e.kind == "task_failed" for e in run.events), run.strategy


@each_story
def test_the_clocks_are_those_of_the_tables(name):
    """Decided, users back and at rest are told by the clocks of the metrics."""
    scenario, runs = played(name)
    for run in runs:
        text = render_story(run, scenario, width=1000)
        decision, back = run.metrics["decision_s"], run.metrics["rollback_s"]
        assert ("decided after" in text) == (decision < run.horizon)
        assert "rollback is done" not in text
        assert "of full outage" not in text
        for found in re.findall(r"users back (.*?) after the decision", text):
            assert found == elapsed(decision, decision + back)
        ends = [e.t for e in run.events if e.kind == "rollback_finished"]
        for found in re.findall(
            r"at rest after (.*?)(?: from the decision)?(?=$)", text, re.MULTILINE
        ):
            assert found == elapsed(decision, ends[0])


@each_story
def test_whoever_boots_is_no_incident(name):
    """A task that still boots is not said to fail checks, and whoever does not boot is not."""
    _, runs = played(name)
    lives = {run.strategy: {life.task: life for life in run.tasks} for run in runs}
    for run, story in told(name):
        for line in story:
            if line.events[0].kind != "target_waiting":
                continue
            booting = [
                any(what == "booting" and t <= e.t <= end
                    for t, end, what in lives[run.strategy][e.task].stages)
                for e in line.events
            ]  # fmt: skip
            if "still booting" in line.text:
                assert all(booting)
            elif name != "wrong-port":
                assert not all(booting)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_stories_by_chance_are_in_order_and_count_right(told):
    """What holds for the gallery holds for whatever both engines play."""
    scenario = Scenario.model_validate(told)
    for strategy in scenario.strategies:
        run = simulate(scenario, strategy).timeline
        story, last = lines(run, scenario), 0
        for line in story:
            assert int(line.t) >= last
            last = max(last, int(line.t), (seconds(line.text) or 0) if line.folded else 0)
            kinds = [event.kind for event in line.events]
            for count, noun in MORE.findall(line.text):
                assert int(count) == kinds.count(COUNTED[noun])
        deaths = sum(e.kind == "task_failed" for line in story for e in line.events)
        assert deaths == sum(e.kind == "task_failed" for e in run.events)
        assert max(map(len, render_story(run, scenario, width=80, why=True).splitlines())) <= 80


def test_a_port_that_nobody_listens_on_is_not_booting():
    """Tasks that never listen fail their first checks; that they boot would be an excuse."""
    scenario, runs = played("wrong-port")
    text = render_story(runs[0], scenario, width=200)
    assert "6 new tasks fail their first checks (3 s from first to last): 2 of 2 in a row" in text
    assert "still booting" not in text


def test_a_deployment_that_is_stuck_says_so():
    """The bounds of ECS are told once it acts, and that they forbid everything."""
    scenario, runs = played("stuck-deployment")
    texts = [line.text for line in lines(runs[0], scenario)]
    assert texts[0].endswith("floor 6, cap 6: ECS may neither start nor stop a task")
    assert texts[1].startswith("deployment is stuck")
    scenario, runs = played("big-fleet")
    first = lines(runs[0], scenario)[0].text
    assert first.endswith("floor 200, cap 220: 20 new tasks may start at once")


def test_first_and_last_are_apart():
    """How far the first and the last of many tasks are apart is not told as a limit."""
    scenario, runs = played("happy-path")
    text = render_story(runs[0], scenario, width=200)
    assert "6 new tasks are running (3 s from first to last)" in text


def test_a_loop_is_cut_where_a_line_stands():
    """What users notice in the middle of a crash loop stands between two folds of it."""
    scenario, runs = played("overload-collapse")
    texts = [line.text for line in lines(runs[0], scenario)]
    well = next(i for i, text in enumerate(texts) if text.startswith("requests fail no more"))
    assert any("of starting and failing" in text for text in texts[well:])
    assert Beat.of(runs[0].events[:1]).rules == (runs[0].events[0].rule,)
    events = in_causal_order(with_waiting(runs[0].events))
    loops = [beat for beat in fold(events) if beat.kind == "loop"]
    assert all(a.end <= b.t for a, b in pairwise(loops))
