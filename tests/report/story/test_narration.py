"""The story of one run: order, folding, wording, and the last line."""

import json

import pytest

from simdeploy.report.story import export
from simdeploy.report.story.folding import fold
from simdeploy.report.story.harm_spans import harm_events
from simdeploy.report.story.narration import (
    cost,
    in_causal_order,
    remainder,
    render_story,
    users,
)
from simdeploy.report.story.phrases import PHRASES
from simdeploy.results.timeline import Event, TaskLife, Timeline
from simdeploy.scenario import load_scenario
from simdeploy.scenario.vocabulary import Vocabulary
from tests import timelines
from tests.results import fabricate as make

KINDS = [
    "deployment_started", "task_created", "task_running", "task_registered", "target_healthy",
    "target_unhealthy", "target_draining", "task_stopping", "task_stopped", "task_failed",
    "task_hung", "placement_failed",
    "hook_started", "hook_finished", "approval_answered", "test_traffic_shifted",
    "traffic_shifted", "flag_set", "alarm_raised", "alarm_cleared", "breaker_tripped",
    "operator_decided", "rollback_started", "rollback_finished", "bake_started",
    "termination_started", "deployment_finished", "deployment_stuck", "environment_changed",
]  # fmt: skip


SCENARIO = make.scenario(
    ("rolling",), defaults={}, alarms=[{"name": "slow", "metric": "p99_latency", "threshold": "2s"}]
)


def story(*events, state=(), **metrics):
    """Return the lines between head and last line of a story made of these events."""
    timeline = Timeline("s", "rolling", 1, 0, 7200.0, list(events), [], list(state), metrics)
    return render_story(timeline, SCENARIO).splitlines()[1:-1]


def test_bad_boot_reads_like_a_story():
    """A crash loop is one death with its cause, its burst, one fold, and the breaker."""
    assert render_story(timelines.frozen("bad-boot")) == (
        "rolling · run 17 · seed 1                                    "
        "hours:minutes:seconds after the command\n"
        " 00:00:00  deployment starts: 6 old tasks; floor 6, cap 12: 6 new tasks may start at "
        "once\n"
        " 00:00:44  new task 6 runs and dies 2 s later (boot crash). 1 failure; breaker at 12\n"
        " 00:00:45  5 more die within 3 s. 6 failures; breaker at 12\n"
        "   ⋮       49 s of starting and dying, to 00:01:39: 6 more die; 6 old tasks serve "
        "everything\n"
        " 00:01:39  circuit breaker trips: 12 of 12 failures → rollback to the old revision\n"
        " 00:01:40  new task 13 is gone\n"
        " 00:01:40  rollback is over: no request ever reached the new revision, at rest after 1 s\n"
        " users noticed nothing · decided after 1 min 39 s by the circuit breaker · $0.01 more "
        "than usual, 12\n tasks failed · the old revision serves"
    )


@pytest.mark.parametrize("name", timelines.RUNS)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(name, width):
    """Every story fits into the width that it is told in."""
    assert all(
        len(line) <= width
        for line in render_story(timelines.frozen(name), width=width).splitlines()
    )


@pytest.mark.parametrize("name", timelines.RUNS)
def test_a_story_is_short_and_in_order(name):
    """A story has at most 25 lines, in order of time."""
    lines = render_story(timelines.frozen(name)).splitlines()
    times = [line[1:9] for line in lines if line[1:3].isdigit()]
    assert len(lines) <= 25
    assert times == sorted(times)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_a_sentence(kind):
    """Each kind that an engine gives is told in words, even without any data."""
    assert kind in PHRASES
    told = story(Event(5.0, kind, task=3 if kind.startswith(("task", "target")) else -1))
    minor = kind in {"task_registered", "task_stopping"}
    assert len(told) == (0 if minor else 1)
    assert "_" not in "".join(told)


def test_an_unknown_kind_is_told_by_its_name():
    """A kind that a user's own strategy invents is told by its name."""
    assert story(Event(5.0, "moon_rose")) == [" 00:00:05  moon rose"]


def test_numbers_stand_beside_their_limits():
    """A breaker tells failures of threshold, an alarm value and limit in its metric's unit."""
    breaker = Event(1.0, "breaker_tripped", data={"failures": 3, "threshold": 3})
    slow = Event(2.0, "alarm_raised", data={"alarm": "slow", "value": 0.98, "threshold": 2})
    errors = Event(3.0, "alarm_raised", data={"alarm": "5xx", "value": 0.042, "threshold": 0.01})
    assert story(breaker, slow, errors) == [
        " 00:00:01  circuit breaker trips: 3 of 3 failures",
        " 00:00:02  alarm slow goes off: 98 % of requests take over 2 s, limit 1 %",
        " 00:00:03  alarm 5xx goes off: 4.2 %, limit 1 %",
    ]


def test_a_cause_is_named_once():
    """The second death by the same cause does not name it again."""
    deaths = [
        Event(t, "task_failed", i, "new", data={"cause": "boot_crash"})
        for i, t in enumerate((10.0, 200.0))
    ]
    running = [Event(e.t - 2, "task_running", e.task, "new") for e in deaths]
    told = "".join(story(*running, *deaths, Event(100.0, "traffic_shifted", data={"percent": 10})))
    assert told.count("boot crash") == 1
    assert "new task 2 runs and dies 2 s later" in told


def test_a_hook_is_one_line():
    """A hook's end tells its start too; a failed hook names the rollback it causes."""
    start = Event(10.0, "hook_started", data={"stage": "AfterAllowTestTraffic"})
    end = Event(70.0, "hook_finished", data={"stage": "AfterAllowTestTraffic", "passed": False})
    back = Event(70.0, "rollback_started", data={"reason": "hook"})
    assert story(start, end, back) == [
        " 00:01:10  hook AfterAllowTestTraffic fails after 1 min → rollback to the old revision"
    ]


def test_many_shifts_are_folded():
    """Ten equal steps are the first, one fold and the last."""
    lines = render_story(timelines.frozen("linear")).splitlines()
    assert [line[11:] for line in lines if "%" in line or "all traffic" in line] == [
        "new revision gets 10 % of the traffic",
        "7 more steps, 1 min apart, to 00:08:40: 20 % … 80 %",
        "new revision gets 90 % of the traffic",
        "new revision gets all traffic",
    ]


def test_waves_are_folded():
    """Of many equal waves two are told, the others counted."""
    told = render_story(timelines.frozen("large"))
    words = "5 min 14 s of the same, to 00:08:37: 16 more healthy, 16 more gone; no request fails"
    assert words in told


def test_few_repeats_need_no_fold():
    """Two more bursts of the same are told as such, not as no seconds of something."""
    crowd = [Event(t, "target_unhealthy", i, "old") for i, t in enumerate(range(0, 400, 100))]
    told = story(*crowd, Event(900.0, "traffic_shifted", data={"percent": 10}))
    assert "⋮" not in "".join(told)
    assert len(told) == 5


def test_a_long_story_is_folded_further():
    """What goes without saying is left out before a story is longer than a screen."""
    calm = ("task_running", "target_waiting", "target_healthy")
    events = []
    for start in range(0, 3000, 200):
        events += [Event(start + 20.0 * i, kind, start, "new") for i, kind in enumerate(calm)]
        events.append(Event(start + 100.0, "alarm_cleared"))
    assert len(fold(events)) == 30
    assert {beat.kind for beat in fold(events)} == {"target_healthy", "alarm_cleared"}


def test_causes_come_before_effects():
    """Within an instant the environment comes first, harm last, and orders before their tasks."""
    events = [
        Event(5.0, "task_created", 9, "old"), Event(5.0, "users_hurt"), Event(5.0, "alarm_cleared"),
        Event(5.0, "task_created", 8, "new"), Event(5.0, "environment_changed"),
        Event(5.0, "rollback_started"), Event(0.0, "environment_changed"),
        Event(0.0, "deployment_started"), Event(0.0, "task_created", 1, "new"),
    ]  # fmt: skip
    assert [f"{e.kind} {e.revision}".strip() for e in in_causal_order(events)] == [
        "deployment_started", "environment_changed", "task_created new", "environment_changed",
        "alarm_cleared", "task_created new", "rollback_started", "users_hurt", "task_created old",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((1.0, 0.2), "100 % of requests fail at first, 20 % at the end"),
        ((0.04, 0.3, 0.2), "4 % of requests fail at first, at worst 30 %, 20 % at the end"),
        ((0.1, 0.3, 0.1), "10 % of requests fail, at worst 30 %, to the end"),
        ((0.3, 0.3), "30 % of requests fail, to the end"),
    ],
)
def test_what_lasts_to_the_end_is_told_as_it_is_then(shares, words):
    """Harm that lasts is not told by its first or its worst moment alone."""
    rows = [(600.0 * i, 200, 200 * share, 0, 0, 360, 6, 6, 6) for i, share in enumerate(shares)]
    assert story(state=rows) == [f" 00:00:00  {words}"]


def test_spans_agree_with_the_clock():
    """The clock leaves out parts of a second, and so does what lies between two of its times."""
    rows = [(0.4, 200, 200, 0, 0, 360, 6, 6, 6), (99.9, 200, 0, 0, 0, 360, 6, 6, 6)]
    assert story(state=rows)[-1] == " 00:01:39  requests fail no more, after 1 min 39 s"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"floor": 6, "cap": 12}, "6 new tasks may start at once"),
        ({"floor": 6, "cap": 7}, "1 new task may start at once"),
        ({"floor": 3, "cap": 6}, "3 old tasks may stop first"),
        ({"floor": 6, "cap": 6}, "ECS may neither start nor stop a task"),
    ],
)
def test_the_first_line_tells_what_the_bounds_allow(bounds, words):
    """Floor and cap are told with what ECS may do first."""
    start = Event(0.0, "deployment_started", data={"old_tasks": 6, "desired": 6, **bounds})
    assert story(start)[0].endswith(words)


def test_users_are_hurt_from_state():
    """Harm is told where the state shows it: how much, at worst how much, and how long."""
    rows = [
        (0.0, 200, 0, 0, 0, 360, 6, 6, 6),
        (10.0, 200, 60, 0, 1, 360, 6, 6, 6),
        (20.0, 200, 120, 0, 1, 360, 6, 6, 6),
        (70.0, 200, 0, 0, 0, 360, 6, 6, 6),
    ]
    assert story(state=rows) == [
        " 00:00:10  30 % of requests fail, at worst 60 %",
        " 00:01:10  requests fail no more, after 1 min",
    ]


def test_harm_is_beyond_what_is_usual():
    """What failed before the command is no harm; the rest is, and ends when only that is left."""
    rows = [
        (0.0, 200, 10, 0, 0, 360, 6, 6, 6),
        (10.0, 200, 60, 0, 1, 360, 6, 6, 6),
        (70.0, 200, 10, 0, 0, 360, 6, 6, 6),
    ]
    start = Event(0.0, "deployment_started", data={"usually_failing": 0.05})
    assert story(start, state=rows)[1:] == [
        " 00:00:10  25 % of requests fail beyond the usual 5 %",
        " 00:01:10  requests fail no more than usual, after 1 min",
    ]


def test_harm_without_end_has_no_end():
    """Harm that lasts to the horizon is never told as over."""
    timeline = Timeline(
        "s", "rolling", 1, 0, 100.0, state=[(0.0, 10.0, 10.0, 0.0, 0.0, 0.0, 0, 0, 0)]
    )
    assert [event.kind for event in harm_events(timeline)] == ["users_hurt"]


def test_why_names_rules_beside_lines():
    """With why a line ends with the ids of its rules, and each says below once what it is."""
    told = render_story(timelines.frozen("bad-boot"), why=True, width=200)
    assert "1 failure; breaker at 12 [ecs-breaker-exits]" in told
    assert "(simdeploy why RULE says more)" in told
    assert told.count("] documented: The floor is rounded up") == 1


def test_why_tolerates_a_rule_without_fact():
    """A rule that no fact stands behind, such as a user's own, is only named."""
    timeline = Timeline("s", "rolling", 1, 0, 7200.0, [Event(5.0, "moon_rose", rule="my-own")])
    told = render_story(timeline, SCENARIO, why=True)
    assert "moon rose [my-own]" in told
    assert "[my-own] a rule of your own" in told


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, "users noticed nothing"),
        ({"failed_requests": 0.2, "requests": 100.0}, "users noticed nothing"),
        (
            {"failed_requests": 7676.0, "requests": 1.44e6, "downtime_s": 38.4},
            "users: 7,676 of 1.44 M requests failed, as bad as an outage of 38 s",
        ),
        ({"cut_websockets": 1.0}, "users: 1 WebSocket cut"),
        ({"slow_requests": 1200.0, "slow_s": 6.0}, "users: 1,200 requests slow"),
    ],
)
def test_what_users_noticed(metrics, words):
    """The first clause of the last line counts what users met."""
    assert users(metrics) == words


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, "no extra cost"),
        ({"extra_cost_usd": 0.05, "failed_tasks": 9.0}, "$0.05 more than usual, 9 tasks failed"),
        ({"extra_cost_usd": -0.12}, "$0.12 saved"),
        ({"extra_cost_usd": float("nan")}, "no extra cost"),
    ],
)
def test_what_it_cost(metrics, words):
    """The second clause is money, above normal running."""
    assert cost(metrics, Vocabulary("ecs")) == words


def test_failed_containers_on_kubernetes():
    """A pod stays where its container fails, so that containers are counted."""
    text = cost({"failed_tasks": 3.0}, Vocabulary("kubernetes"))
    assert text == "no extra cost, 3 containers failed"


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"verdict": "shipped"}, "the new revision is live"),
        ({"verdict": "escaped"}, "the bad revision is still live"),
        ({"verdict": "stopped", "outcome": "succeeded"}, "the last release serves"),
        (
            {"verdict": "stopped", "incompatible_writes": 412.0},
            "the old revision serves, 412 rows it cannot read",
        ),
        (
            {"verdict": "held", "deployment_s": float("inf")},
            "a good release is not live, not over after 2 h",
        ),
        ({}, "nothing is left"),
    ],
)
def test_what_is_left(metrics, words):
    """The last clause tells the revision, unreadable rows, and what is not over."""
    assert remainder(metrics, 7200.0) == words


def test_json_has_neither_nan_nor_infinity():
    """Null and censored numbers are null in JSON, and the censored numbers are named."""
    timeline = timelines.frozen("stuck")
    timeline.metrics["rollback_s"] = float("nan")
    text = export.to_json(timeline)
    assert '"deployment_s": null' in text
    assert '"rollback_s": null' in text
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["censored"] == ["deployment_s", "full_traffic_s"]


def test_csv_has_a_row_per_event():
    """CSV has one row per event; what only some events have is JSON in the last column."""
    rows = export.to_csv(timelines.frozen("stuck")).splitlines()
    assert rows[0] == "t,kind,task,revision,rule,data"
    assert rows[2] == '0.0,deployment_stuck,,,ecs-stuck-deployment,"{""floor"": 6, ""cap"": 6}"'


def test_markdown_is_a_table_below_its_result():
    """Markdown says the end first, in bold, then the lines as a table."""
    text = export.to_markdown(timelines.frozen("shallow"), why=True)
    assert text.startswith("**blue-green, run 3:** users: 13,285 of")
    assert "| time | what happens | why |\n| --- | --- | --- |" in text


def test_minor_events_are_folded_away():
    """What follows from a neighbor at once is only told on demand."""
    events = timelines.frozen("happy-rolling").events
    kinds = {beat.kind for beat in fold(events)}
    assert "task_registered" not in kinds
    assert "task_registered" in {beat.kind for beat in fold(events, minor=True)}


def test_tasks_without_a_fleet_are_numbered_by_revision():
    """The first new task is number 1, whatever its attempt number."""
    event = Event(50.0, "task_running", 41, "new")
    assert story(event) == [" 00:00:50  new task 1 is running"]
    assert TaskLife(1, "new").stages == []


def baked(strategy, name):
    """Return the line of an event of a strategy that waits for an hour."""
    start = Event(0.0, "deployment_started", data={"old_tasks": 6, "strategy": strategy})
    return story(start, Event(90.0, name, data={"wait": 3600.0}))[1].strip()


def test_bake_is_told_with_or_without_old_tasks():
    """While ECS bakes, a native deployment keeps its old tasks, and a rolling update has none."""
    rolling = baked("rolling", "bake_started")
    assert rolling == "00:01:30  bake time: for 1 h more ECS waits"
    native = baked("blue_green", "bake_started")
    assert native == "00:01:30  bake time: for 1 h more ECS waits, the old tasks stay"


def test_termination_wait_keeps_the_old_tasks():
    """CodeDeploy keeps the old tasks from the last shift's order on."""
    told = baked("blue_green", "termination_started")
    assert told == "00:01:30  last shift is ordered; the old tasks stay for 1 h more"


def test_bake_that_is_over_at_once_is_not_told():
    """A way back that waits for no alarm does not bake."""
    end = Event(90.0, "rollback_finished")
    told = "".join(story(Event(90.0, "bake_started", data={"wait": 180.0}), end))
    assert "bake" not in told


def test_alarm_without_a_value_tells_its_limit():
    """An alarm is told with what it measures, its limit and its periods."""
    scenario = load_scenario("happy-path")
    event = Event(90.0, "alarm_raised", data={"alarm": "checkout-5xx", "threshold": 0.01})
    timeline = Timeline("s", "rolling", 1, 0, 7200.0, [event])
    told = render_story(timeline, scenario)
    assert "alarm checkout-5xx goes off: 5xx rate over 1 % in 1 min" in told


def test_failing_and_slow_are_told_apart():
    """Requests that fail are not folded into those that are slow."""
    state = [(0.0, 100.0, 0.0, 0.5, 0.0, 100.0, 6.0, 6.0, 0.0),
             (30.0, 100.0, 100.0, 0.0, 0.0, 100.0, 6.0, 6.0, 0.0)]  # fmt: skip
    told = story(state=state)
    assert [line[11:].strip() for line in told] == [
        "50 % of requests are slow", "100 % of requests fail, to the end",
    ]  # fmt: skip
