"""Stories of what happens around a deployment, of flags, of rollbacks of old code, of health."""

import pytest

from simdeploy.report.story.narration import lines, render_story, users, with_waiting
from simdeploy.report.story.story_context import StoryContext, pods_of
from simdeploy.results.timeline import Event, State, TaskLife, Timeline
from simdeploy.scenario import load_scenario

RATES = [(0.0, 200.0), (60.0, 320.0), (600.0, 200.0)]


def told(scenario, strategy, *events, state=(), **metrics):
    """Return what a story says, line by line without the clock."""
    ordered = sorted(events, key=lambda e: e.t)
    timeline = Timeline("s", strategy, 1, 0, 7200.0, ordered, [], list(state), metrics)
    return [line.text for line in lines(timeline, scenario)]


def test_restarted_containers_have_the_number_of_their_pod():
    """A container that follows in a pod has its number; two that fail at once follow on both."""

    def life(task, start, end, first="provisioning"):
        return TaskLife(task, "new", [(start, start, first), (start, end, "booting")], "boot_crash")

    lives = [life(7, 0, 10), life(8, 0, 10), life(9, 10, 30, "restarting")]
    lives += [life(10, 10, 40, "restarting"), life(11, 30, 50, "restarting")]
    assert pods_of(lives) == {9: 7, 10: 8, 11: 7}
    events = [Event(one.stages[-1][1], "task_failed", one.task, "new") for one in lives]
    story = StoryContext(Timeline("s", "r", 1, 0, 7200.0, events, lives, platform="kubernetes"))
    assert [story.number(event) for event in events] == [1, 2, 1, 2, 1]


@pytest.mark.parametrize(
    ("platform", "texts"),
    [
        ("ecs", ["new task 1 is healthy", "new task 1 drains", "operator decides"]),
        ("kubernetes",
         ["new pod 1 is ready", "new pod 1 leaves the endpoints", "person on call decides"]),
    ],
)  # fmt: skip
def test_words_of_the_platform(platform, texts):
    """A story takes the words of its run's platform."""
    kinds = ("target_healthy", "target_draining")
    events = [Event(20.0 + i, kind, 7, "new") for i, kind in enumerate(kinds)]
    events.append(Event(90.0, "operator_decided"))
    timeline = Timeline("s", "r", 1, 0, 7200.0, events, platform=platform)
    told = [line.text.removesuffix(" to go back") for line in lines(timeline)]
    assert told == texts


def test_new_tasks_without_traffic_are_no_old_tasks():
    """Six old tasks serve everything where a seventh, new, is healthy behind weight 0."""

    def row(t, healthy):
        return State(t, 200.0, 0.0, 0.0, 0.0, 600.0, healthy, 6.0, healthy - 6.0)

    events = [Event(50.0, "target_healthy", task=6, revision="new")]
    rows = [row(0.0, 6.0), row(50.0, 7.0)]
    story = StoryContext(Timeline("s", "r", 1, 0, 7200.0, events, [], rows, {}))
    assert story.users(60.0, 70.0) == story.users(0.0, 70.0) == "6 old tasks serve everything"


def last(scenario, strategy, *events, **metrics):
    """Return the last line of a story."""
    timeline = Timeline("s", strategy, 1, 0, 7200.0, list(events), [], [], metrics)
    return render_story(timeline, scenario, width=200).splitlines()[-1]


def weather(name, t=0.0, phase="begin", **data):
    """Return an event of the environment as an engine tells it."""
    data = {"event": name, "phase": phase} | data
    return Event(t, "environment_changed", data=data)


def rates(*pairs):
    """Return a state in which the traffic changes, and the events of it."""
    state = [(t, rate, 0.0, 0.0, 0.0, 360.0, 6, 6, 0) for t, rate in pairs]
    events = [weather("traffic", t, rate=rate) for t, rate in pairs[1:]]
    return {"state": state}, events


def test_traffic_is_told_beside_the_usual():
    """A rush is told with its rate and how much that is of the usual, and so is its end."""
    state, events = rates(*RATES)
    assert told(load_scenario("traffic-spike"), "rolling", *events, **state) == [
        "traffic grows to 320 requests/s, 1.6 × the usual",
        "traffic falls to 200 requests/s, as usual again",
    ]


def test_traffic_without_a_state_is_told_as_a_rate():
    """Where nothing is known of the traffic before, the new rate is told alone."""
    assert told(None, "rolling", weather("traffic", 5.0, rate=9000.0)) == [
        "traffic changes to 9,000 requests/s"
    ]


def test_a_day_of_traffic_is_folded():
    """Of the many changes of a day the first and the last are told, and no usual is claimed."""
    state, events = rates((0.0, 200.0), *((4000.0 + 100 * i, 210.0 + i) for i in range(6)))
    assert told(load_scenario("happy-path"), "rolling", *events, **state) == [
        "traffic grows to 210 requests/s",
        "4 more changes of the traffic, to 01:13:20: between 211 and 214 requests/s",
        "traffic grows to 215 requests/s",
    ]


def test_an_alarm_without_a_reason_says_what_it_sees():
    """An alarm that goes off below its limit is not told as if the limit were passed."""
    data = {"alarm": "checkout-5xx", "value": 0.0, "threshold": 0.01}
    assert told(load_scenario("happy-path"), "rolling", Event(5.0, "alarm_raised", data=data)) == [
        "alarm checkout-5xx goes off although it sees 0 %"
    ]


@pytest.mark.parametrize(
    ("scenario", "event", "words"),
    [
        ("slow-registry", weather("slow_registry", factor=20.0),
         "the registry is slow: pulling the image takes 20 times as long"),
        ("flaky-health-check", weather("flaky_health_checks"),
         "from now on 20 % of health checks fail for no reason"),
        ("deep-check-dependency-blip", weather("dependency_down", 360.0, "end"),
         "the dependency is back"),
        ("early-drain", weather("health_signal_missing"),
         "the health signal is missing: tasks count as healthy before they answer"),
    ],
)  # fmt: skip
def test_the_environment_is_told_in_words(scenario, event, words):
    """Events of the environment have sentences of their own, with their numbers."""
    assert told(load_scenario(scenario), "rolling", event) == [words]


def test_the_end_of_what_is_looked_at_is_no_event():
    """A registry that is slow until the horizon is not told as quick again."""
    assert told(None, "rolling", weather("slow_registry", 7200.0, "end")) == []


RED = weather("alarm_already_red", alarm="checkout-5xx", until=300.0)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ("rolling", "ECS goes without alarms to the end"),
        ("canary", "CodeDeploy stops"),
        ("canary-red-ignored", "CodeDeploy acts on it only once it was quiet"),
        ("blue-green", "CodeDeploy stops"),
    ],
)  # fmt: skip
def test_a_red_alarm_is_named_with_what_becomes_of_it(strategy, words):
    """The alarm is named, and whether the controller goes without it."""
    found = told(load_scenario("alarm-already-red"), strategy, RED)
    assert found == [f"alarm checkout-5xx is red already: {words}"]


def test_ecs_bakes_without_the_red_alarm():
    """ECS does not watch an alarm that was red at the command, however often it goes off."""
    known = load_scenario("alarm-already-red")
    bake = Event(130.0, "bake_started", data={"wait": 180.0})
    raised = {"alarm": "checkout-5xx", "value": 0.04, "threshold": 0.01}
    assert told(known, "rolling", RED, bake, Event(600.0, "alarm_raised", data=raised))[1:] == [
        "bake time: for 3 min more ECS waits, without alarms",
        "alarm checkout-5xx goes off: 4 %, limit 1 %; ECS goes without alarms",
    ]


def test_an_alarm_that_is_red_under_another_controller_has_no_effect_named():
    """A controller of one's own decides by itself what a red alarm does."""
    start = Event(0.0, "deployment_started", data={"controller": "custom"})
    data = {"alarm": "5xx", "value": 0.04, "threshold": 0.01, "already": True}
    words = "alarm 5xx is red already: 4 %, limit 1 %"
    assert told(None, "own", start, Event(0.0, "alarm_raised", data=data))[-1] == words


FLAG = [
    Event(0.0, "deployment_started", data={"strategy": "feature_flag", "old_tasks": 6}),
    Event(130.0, "bake_started", data={"wait": 180.0}),
    Event(314.0, "flag_set", data={"percent": 1.0}),
    Event(766.0, "rollback_started", data={"reason": "alarm"}),
    Event(768.0, "flag_set", data={"percent": 0.0}),
]


def test_a_flag_is_set_and_taken_back():
    """A flag is told in whole percents; going back sets it back and moves no task."""
    gone = [(0.0, 200.0, 0.0, 0.0, 1.0, 360.0, 6, 0, 6)]
    assert told(load_scenario("feature-flag"), "feature-flag", *FLAG, state=gone)[1:] == [
        "bake time: for 3 min more the alarms watch",
        "feature flag is set to 1 %",
        "the flag is set back (alarm)",
        "feature flag is off",
    ]


def test_behind_a_flag_the_new_code_stays():
    """After a flag is set back the new code stays; without a flag the old revision serves."""
    known = load_scenario("feature-flag")
    end = last(known, "feature-flag", *FLAG, verdict="stopped")
    assert end.endswith("· the new code stays, its flag is off")
    assert last(known, "feature-flag", verdict="stopped").endswith("· the old revision serves")


def test_going_back_after_the_end_is_a_deployment_of_the_old_code():
    """After a rollback began, listener, shares and waits are about the old revision."""
    events = [
        Event(100.0, "traffic_shifted", data={"percent": 100.0}),
        Event(200.0, "task_created", 12, "old"),
        Event(200.0, "rollback_started", data={"reason": "operator"}),
        Event(250.0, "test_traffic_shifted"),
        Event(260.0, "traffic_shifted", data={"percent": 90.0}),
        Event(300.0, "termination_started", data={"wait": 3600.0}),
        Event(310.0, "traffic_shifted", data={"percent": 0.0}),
    ]
    assert told(None, "canary", *events) == [
        "new revision gets all traffic",
        "rollback to the old revision starts (ordered by the operator)",
        "old task 1 starts",
        "test listener points to the old revision",
        "old revision gets 10 % of the traffic back",
        "last shift is ordered; the new tasks stay for 1 h more",
        "all traffic is back on the old revision",
    ]


def life(task, *stages, revision="new"):
    """Return the events of one task, each a time and a kind."""
    return [Event(t, kind, task, revision) for t, kind in stages]


def test_a_booting_task_is_not_called_unhealthy():
    """A target that was never healthy fails its first checks; else it turns unhealthy."""
    events = life(1, (0.0, "task_created"), (54.0, "target_unhealthy"), (64.0, "target_healthy"),
                  (90.0, "target_unhealthy"))  # fmt: skip
    assert [event.kind for event in with_waiting(events)][1::2] == [
        "target_waiting",
        "target_unhealthy",
    ]
    assert told(None, "rolling", *events)[1:] == [
        "new task 1 fails its first checks", "new task 1 is healthy", "new task 1 turns unhealthy",
    ]  # fmt: skip


def test_only_those_count_that_are_healthy_now():
    """Whoever died is not counted as healthy, and more than are wanted is told as that."""
    start = Event(0.0, "deployment_started", data={"old_tasks": 2, "desired": 2})
    events = [
        *life(1, (10.0, "target_healthy"), (100.0, "task_failed")),
        *life(2, (10.0, "target_healthy")),
        *life(3, (200.0, "target_healthy")),
        *life(4, (300.0, "target_healthy")),
    ]
    found = [x for x in told(None, "rolling", start, *events) if "healthy" in x]
    assert [line.rsplit(": ")[-1] for line in found] == ["2 of 2", "2 of 2", "3 where 2 are wanted"]


def test_the_next_release_counts_from_zero():
    """The healthy tasks of a release are the old tasks of the next release."""
    events = [
        Event(0.0, "deployment_started", data={"old_tasks": 1, "desired": 1}),
        *life(1, (10.0, "target_healthy")),
        Event(50.0, "deployment_started", data={"release": 2}),
        *life(2, (60.0, "target_healthy")),
    ]
    assert told(None, "rolling", *events)[-1] == "new task 2 is healthy: 1 of 1"


def loop(failing, pause=False):
    """Return what a story says of a crash loop in the end, when such a share of requests fails."""
    deaths = [
        Event(t, "task_failed", i, "new", data={"cause": "crash"})
        for i, t in enumerate(range(100, 500, 60))
    ]
    state = [(0.0, 200.0, 0.0, 0.0, 1.0, 300.0, 5, 0, 6),
             (300.0, 200.0, 200.0 * failing, 0.0, 1.0, 300.0, 5, 0, 6)]  # fmt: skip
    if pause:
        state += [
            (t, 200.0, fails, 0.0, 1.0, 300.0, 5, 0, 6) for t, fails in ((400, 0), (405, 200))
        ]
    folds = [x for x in told(None, "rolling", *deaths, state=state) if " more die; " in x]
    return folds[-1]


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        (0.0, "no request fails"), (0.004, "fewer than 1 % of requests fail"),
        (0.3, "up to 30 % of requests fail"), (1.0, "everything fails"),
    ],
)  # fmt: skip
def test_a_fold_says_who_suffers(failing, words):
    """A fold claims that nothing fails, or everything, only if that is so all the time."""
    assert loop(failing).endswith(words)


def test_a_pause_of_failures_is_not_everything():
    """Where all requests fail but for some seconds, a fold does not say that everything fails."""
    assert loop(1.0, pause=True).endswith("up to 100 % of requests fail")


def test_a_long_life_ends_after_its_time():
    """A task that served for long dies after that time; a task that just started runs and dies."""
    events = [Event(43.0, "task_running", 1, "new"),
              Event(2268.0, "task_failed", 1, "new", data={"cause": "crash"})]  # fmt: skip
    assert told(None, "rolling", *events)[-1] == "new task 1 dies after 37 min 5 s (crash)"


def test_tasks_that_cannot_be_started_do_not_die():
    """Without a registry nothing runs that could die."""
    failed = [Event(t, "task_failed", i, "old", data={"cause": "start_failed"})
              for i, t in enumerate([100.0, 101.0, 102.0, 200.0, 300.0, 400.0, 500.0])]  # fmt: skip
    text = " | ".join(told(None, "rolling", *failed))
    assert "2 more do not start within 1 s" in text
    assert "of starting in vain, to 00:08:20: 4 more do not start" in text
    assert "die" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("silent-fault", "users: 336,533 answers wrong, which nobody saw at once"),
        ("memory-leak-after-completion", "users: none failed, 336,533 requests on bad code"),
    ],
)
def test_bad_answers_are_no_nothing(name, words):
    """Where bad code served without failing, users did not meet nothing."""
    assert users({"exposed_requests": 336_533.0}, load_scenario(name)) == words


def test_what_failed_tells_enough():
    """Where requests failed, the others on bad code are left to the table."""
    told = users({"exposed_requests": 9e3, "failed_requests": 7.0, "requests": 1e4})
    assert told == "users: 7 of 10,000 requests failed"


def test_a_person_who_says_no_undoes_it():
    """The question names its stage, and the answer the rollback that follows from it."""
    stage = {"stage": "AfterAllowTestTraffic"}
    events = [
        Event(91.0, "approval_asked", data=stage),
        Event(391.0, "approval_answered", data={**stage, "answer": "no"}),
        Event(391.0, "rollback_started", data={"reason": "approval"}),
    ]
    assert told(None, "blue-green", *events) == [
        "a person is asked (AfterAllowTestTraffic)",
        "the person says no, or nothing in time → rollback to the old revision",
    ]


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        (["crash"], "of starting and dying, to 00:07:40: 6 more die"),
        (["unhealthy"], "of starting and failing, to 00:07:40: 6 more count as failed"),
        (["killed"], "of starting and being killed, to 00:07:40: 6 more are killed"),
        (["unhealthy", "crash"], "of starting and failing, to 00:07:40: 5 more fail"),
    ],
)
def test_a_loop_is_called_by_what_ends_it(causes, words):
    """Tasks that exit die; those that checks judge count as failed, also if they get well."""
    deaths = [
        Event(t, "task_failed", i, "new", data={"cause": causes[i % len(causes)]})
        for i, t in enumerate(range(100, 500, 60))
    ]
    assert words in " ".join(told(None, "rolling", *deaths))


def test_recreate_of_one_task_is_singular():
    """One task stops."""
    start = Event(0.0, "deployment_started", data={"old_tasks": 1, "strategy": "recreate"})
    assert told(None, "recreate", start) == [
        "deployment starts: 1 old task stops before any new one starts"
    ]
