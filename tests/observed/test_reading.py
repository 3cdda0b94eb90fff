"""Files of the six kinds, in any order and mix."""

import json
import random
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from simdeploy.errors import ImportShapeError, SimdeployError
from simdeploy.observed.chains import deployments_of
from simdeploy.observed.reading import read_observed

BASE = 1_760_000_000.123
ROWS = [
    (0.0, "(service web) has reached a steady state."),
    (100.25, "(service web) has started 2 tasks: (task 0a1) (task 0b2)."),
    (131.0, "(service web) registered 2 targets in (target-group web)"),
    (172.5, "(service web) has stopped 2 running tasks: (task 0c3) (task 0d4)."),
    (182.75, "(service web) deregistered 2 targets in (target-group web)"),
    (182.754, "(service web, taskSet ecs-svc/1) has begun draining connections on 2 tasks."),
    (244.0, "(service web) (deployment ecs-svc/2) deployment completed."),
    (244.004, "(service web) has reached a steady state."),
]


def moment(at):
    """Return a time as a datetime, exact to a microsecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round((BASE + at) * 1e6))


def iso(at, hours=0):
    """Return a time in ISO form, in a zone or as Z."""
    if not hours:
        return moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return (
        moment(at).astimezone(timezone(timedelta(hours=hours))).isoformat(timespec="milliseconds")
    )


def services(rows=tuple(ROWS), write=iso, name="web"):
    """Return what describe-services prints."""
    events = [
        {"id": f"e{i}", "createdAt": write(at), "message": text}
        for i, (at, text) in enumerate(rows)
    ]
    return {"services": [{"serviceName": name, "events": events[::-1]}]}


@pytest.fixture
def read(tmp_path):
    """Return a function that reads data, or text, as files."""

    def read_all(*contents, **options):
        paths = []
        for i, content in enumerate(contents):
            path = tmp_path / f"events-{i}"
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
            paths.append(path)
        return read_observed(paths, **options)

    return read_all


def test_services(read):
    """describe-services gives the events in order of time, and one deployment."""
    found = read(services())
    assert [event.message for event in found.events] == [text for _, text in ROWS]
    assert found.service == "web"
    assert [part.deployment_id for part in deployments_of(found)] == ["2"]
    assert found.notes == ()


def test_any_order_and_form_of_time(read):
    """Shuffled, doubled, in other zones and as milliseconds, the same comes out."""
    plain = read(services())
    luck = random.Random(3)
    forms = [
        iso,
        lambda at: iso(at, 2),
        lambda at: round((BASE + at) * 1000),
        lambda at: iso(at, -5),
    ]
    rows = [
        {"id": f"e{i}", "createdAt": luck.choice(forms)(at), "message": text}
        for i, (at, text) in enumerate([*ROWS, *ROWS])
        for i in [i % len(ROWS)]
    ]
    luck.shuffle(rows)
    mixed = read({"services": [{"serviceName": "web", "events": rows[:5]}]}, rows[5:])
    assert repr(mixed.events) == repr(plain.events)
    assert mixed == plain


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{iso(at)}\t{text}" for at, text in ROWS),
        "\n".join(f"|  {iso(at, 2)}  |  {text}  |" for at, text in ROWS),
        "\n".join(f'INFO[0001] {text}  timestamp="{moment(at)}"' for at, text in ROWS),
        "\n".join(f"[{iso(at)}] web/default {text}" for at, text in ROWS),
        json.dumps([[iso(at), text] for at, text in ROWS]),
        json.dumps({"events": [{"createdAt": BASE + at, "message": text} for at, text in ROWS]}),
        "\n".join(json.dumps({"createdAt": iso(at), "message": text}) for at, text in ROWS),
        "services:\n- serviceName: web\n  events:\n"
        + "".join(f"  - createdAt: '{iso(at)}'\n    message: '{text}'\n" for at, text in ROWS),
    ],
    ids=["text", "table", "ecs-cli", "log", "pairs", "events", "json-lines", "yaml"],
)
def test_forms_of_a_list_of_events(read, text):
    """Events are read as the CLI and other tools print them: text, tables, logs, pairs, YAML."""
    expected = [(e.at, e.kind, e.message) for e in read(services()).events]
    found = read(text)
    assert [(e.at, e.kind, e.message) for e in found.events] == expected
    assert found.notes == ()


def task(**times):
    """Return a task of describe-tasks; times in seconds after the base."""
    return {
        "taskArn": "arn:aws:ecs:eu-west-1:1:task/main/0a1",
        "group": "service:web",
        "startedBy": "ecs-svc/2",
        "stopCode": "ServiceSchedulerInitiated",
    } | {key: iso(at) for key, at in times.items()}


def test_tasks(read):
    """describe-tasks gives the times of a task, and EventBridge completes them."""
    first = task(createdAt=101, pullStartedAt=110, pullStoppedAt=118)
    later = {"detail-type": "ECS Task State Change", "detail": task(createdAt=101, startedAt=121)}
    found = read({"tasks": [first]}, later)
    (one,) = found.tasks
    assert (one.task_id, one.service, one.deployment_id) == ("0a1", "web", "2")
    times = (one.created, one.pull_started, one.pull_stopped, one.started)
    assert times == pytest.approx([BASE + at for at in (101, 110, 118, 121)])
    assert one.stopped is None


def test_a_pull_that_runs_backwards_is_named(read):
    """A pull that ended before it began is left out, and the task is named."""
    found = read({"tasks": [task(createdAt=101, pullStartedAt=118, pullStoppedAt=110)]})
    (one,) = found.tasks
    assert (one.created, one.pull_started, one.pull_stopped) == (one.created, None, None)
    assert [note.what for note in found.notes] == [
        "task 0a1: pullStoppedAt is before pullStartedAt; both are left out"
    ]


def test_many_times_that_run_backwards(read):
    """Where more than a fifth of the tasks run backwards, the file is refused."""
    tasks = [task(createdAt=101, startedAt=121) | {"taskArn": f"task/{i}"} for i in range(7)]
    for one in tasks[:2]:
        one["startedAt"] = iso(50)
    with pytest.raises(ImportShapeError, match="2 of 7 tasks have times that run backwards"):
        read({"tasks": tasks})


def test_event_bridge(read):
    """Records of EventBridge give events, the rollback only in the reason of the failure."""
    record = {
        "detail-type": "ECS Deployment State Change",
        "time": "2025-10-09T08:53:21Z",
        "resources": ["arn:aws:ecs:eu-west-1:1:service/main/web"],
        "detail": {
            "eventName": "SERVICE_DEPLOYMENT_FAILED",
            "deploymentId": "ecs-svc/2",
            "updatedAt": iso(200),
            "reason": "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.",
        },
    }
    found = read(record)
    said = [(event.kind, event.deployment_id, event.service) for event in found.events]
    assert said == [("failed", "2", "web"), ("rolling_back", "1", "web")]
    assert found.events[0].resolution_s == 0.001


def test_event_bridge_in_cloudwatch_logs(read):
    """CloudWatch Logs keeps a record of EventBridge as a text in an event of its own."""
    record = {
        "detail-type": "ECS Service Action",
        "time": "2025-10-09T08:53:21Z",
        "resources": ["arn:aws:ecs:eu-west-1:1:service/main/web"],
        "detail": {"eventName": "SERVICE_STEADY_STATE", "createdAt": iso(244)},
    }
    found = read({"events": [{"timestamp": 1, "message": json.dumps(record)}]})
    assert [event.kind for event in found.events] == ["steady"]


def test_both_sources_of_one_event(read):
    """What the list of events and EventBridge both say is one event."""
    record = {
        "detail-type": "ECS Deployment State Change",
        "resources": ["arn:aws:ecs:eu-west-1:1:service/main/web"],
        "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED", "deploymentId": "ecs-svc/2",
                   "updatedAt": iso(243)},
    }  # fmt: skip
    found = read(services(), record)
    assert [event.kind for event in found.events].count("completed") == 1


def call(name="UpdateService", **asked):
    """Return a record of CloudTrail."""
    return {"eventName": name, "eventTime": "2025-10-09T08:53:20Z", "eventID": "c1",
            "requestParameters": {"service": "web", **asked}}  # fmt: skip


def test_cloud_trail(read):
    """A call that deploys is a command, one that changes the number of tasks only scales."""
    records = {"Records": [call(forceNewDeployment=True), call(desiredCount=4) | {"eventID": "c2"}]}
    assert sorted(event.kind for event in read(records).events) == ["command", "scaled"]


def test_cloud_trail_lookup(read):
    """lookup-events keeps the record as a text."""
    record = json.dumps(call(taskDefinition="web:2"))
    looked_up = {"Events": [{"EventName": "Any", "EventTime": 1, "CloudTrailEvent": record}]}
    assert [event.kind for event in read(looked_up).events] == ["command"]


def test_code_deploy(read):
    """get-deployment and its targets give one deployment with its lifecycle events."""
    info = {"deploymentId": "d-1", "status": "Succeeded", "createTime": iso(0),
            "startTime": iso(1), "completeTime": iso(400)}  # fmt: skip
    steps = [
        {"lifecycleEventName": "Install", "startTime": iso(2), "endTime": iso(90)},
        {"lifecycleEventName": "AfterInstall", "startTime": iso(91), "endTime": iso(80)},
    ]
    target = {"deploymentTargetType": "ECSTarget", "ecsTarget": {
        "deploymentId": "d-1", "targetId": "main:web", "lifecycleEvents": steps}}  # fmt: skip
    found = read({"deploymentInfo": info}, {"deploymentTargets": [target]})
    (one,) = found.deployments
    assert (one.source, one.id, one.status) == ("codedeploy", "d-1", "Succeeded")
    assert one.created == pytest.approx(BASE)
    assert [step.name for step in one.lifecycle] == ["Install"]
    assert [note.what for note in found.notes] == [
        "AfterInstall: endTime is before startTime; it is left out"
    ]


def test_service_deployments(read):
    """describe-service-deployments gives times, failures and the rollback."""
    one = {
        "serviceDeploymentArn": "arn:aws:ecs:eu-west-1:1:service-deployment/main/web/Xy1",
        "serviceArn": "arn:aws:ecs:eu-west-1:1:service/main/web",
        "createdAt": iso(0), "startedAt": iso(1.6), "finishedAt": iso(300),
        "stoppedAt": "0001-01-01T00:00:00Z",
        "status": "ROLLBACK_SUCCESSFUL",
        "deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3},
        "rollback": {"reason": "Service deployment rolled back because of the circuit breaker."},
    }  # fmt: skip
    (found,) = read({"serviceDeployments": [one]}).deployments
    assert (found.service, found.status, found.failures) == ("web", "ROLLBACK_SUCCESSFUL", 3)
    assert found.rollback.startswith("Service deployment rolled back")
    assert found.finished == pytest.approx(BASE + 300)


def test_polls(read):
    """Polls of target health need the time that the poller adds."""
    target = {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "initial"}}
    health = {"TargetHealthDescriptions": [target]}
    found = read(json.dumps({"at": iso(5)} | health) + "\n" + json.dumps(health))
    (poll,) = found.polls
    assert (poll.target, poll.state) == ("10.0.0.1:80", "initial")
    assert [note.what for note in found.notes] == [
        "a poll of target health without its time; add it as at"
    ]


def test_alarm_history(read):
    """Only changes of state count in the history of an alarm."""
    items = [
        {"AlarmName": "5xx", "Timestamp": iso(9), "HistoryItemType": "StateUpdate",
         "HistorySummary": "Alarm updated from OK to ALARM"},
        {"AlarmName": "5xx", "Timestamp": iso(10), "HistoryItemType": "Action",
         "HistorySummary": "Successfully executed action"},
    ]  # fmt: skip
    (change,) = read({"AlarmHistoryItems": items}).alarm_changes
    assert (change.alarm, change.old, change.new) == ("5xx", "OK", "ALARM")


def test_several_services(read):
    """Files of several services need a choice, and only what is there can be chosen."""
    both = services(), services(name="api", rows=[(0, "(service api) has reached a steady state.")])
    with pytest.raises(SimdeployError, match="several services in these files: api, web"):
        read(*both)
    assert {event.service for event in read(*both, service="web").events} == {"web"}
    with pytest.raises(SimdeployError, match='--service: no "shop" in these files; there are: api'):
        read(*both, service="shop")


def test_times_with_and_without_a_zone(read):
    """A mix of times with and without a zone is refused until the zone is said."""
    plain = services(write=lambda at: iso(at).removesuffix("Z"))
    with pytest.raises(SimdeployError, match="--timezone"):
        read(services(), plain)
    found = read(services(), plain, timezone="UTC")
    assert [event.at for event in found.events] == [event.at for event in read(plain).events]


def test_times_in_the_future(read):
    """What is later than tomorrow was not observed."""
    found = read(services(), now=BASE + 200 - 86_400)
    assert [event.message for event in found.events] == [text for at, text in ROWS if at < 200]
    assert "is in the future" in str(found.notes[0])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("{}", "holds none of what can be read: service events"),
        ("[1, 2]", "holds none of what can be read: service events"),
        ("hello there", "holds neither|is no JSON"),
        ('{"services": [', "is no JSON"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[" * 5_000, "nested too deeply|is no JSON"),
        ('{"services": []}', "no events, tasks or deployments in it"),
        ("3 minutes ago (service web) has reached a steady state.", "a time without a date before"),
        ("22:19:56 (service web) has reached a steady state.", "a time without a date before"),
    ],
)
def test_files_that_hold_nothing(read, text, why):
    """A file from which nothing can be read is refused with the reason."""
    with pytest.raises(SimdeployError, match=why):
        read(text)


def test_files_that_cannot_be_read(tmp_path):
    """A missing file and one that is no text are refused by name."""
    with pytest.raises(ImportShapeError, match="cannot be read"):
        read_observed([tmp_path / "none.json"])
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(ImportShapeError, match="binary: is"):
        read_observed([tmp_path / "binary"])


def test_unknown_wordings_are_noted(read):
    """A wording that is not known is kept as such and said."""
    found = read(services(rows=[(0, "(service web) has painted 2 tasks.")]))
    assert [event.kind for event in found.events] == ["other"]
    assert found.notes[0].what == 'the wording is not known: "(service web) has painted 2 tasks."'


#: Longest time (s of CPU) of a file with thousands of records.
SOON = 2.0
TASK = "(service web) has started 1 tasks: (task {:032x})."
RECORDS = {
    "other messages within a second": [
        {"createdAt": BASE + k / 1e4, "message": TASK.format(k)} for k in range(6000)
    ],
    "one message within a second": [
        {"createdAt": BASE + k / 1e4, "message": TASK.format(0), "id": f"e{k}"}
        for k in range(6000)
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_thousands_of_events_at_once(name, tmp_path):
    """What a file holds at one instant is compared with what says the same, not with all."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"events": RECORDS[name]}), encoding="utf-8")
    began = time.process_time()
    assert len(read_observed([path]).events) == 6000
    assert time.process_time() - began < SOON


def test_hundreds_of_deployments(tmp_path):
    """The time of many deployments grows with their number: each looks for its own command."""
    rows, orders = [], []
    for k in range(400):
        begin = BASE + k * 3600
        rows += [(begin + at - 100, text.replace("ecs-svc/2", f"ecs-svc/{k}")) for at, text in ROWS]
        orders.append({"id": f"ecs-svc/{k}", "createdAt": begin - 9})
    events = [{"createdAt": at, "message": text} for at, text in rows]
    path = tmp_path / "events.json"
    path.write_text(
        json.dumps({"serviceName": "web", "events": events, "deployments": orders}),
        encoding="utf-8",
    )
    began = time.process_time()
    parts = deployments_of(read_observed([path]))
    assert time.process_time() - began < SOON
    assert len(parts) == 400
    assert all(part.begin - part.created == pytest.approx(9.25) for part in parts)


def test_thousands_of_looks(tmp_path):
    """Looks at one service deployment are gathered once each, in order."""
    arn = {"serviceDeploymentArn": "a/1", "createdAt": BASE, "lifecycleStage": "BAKE_TIME"}
    looks = [{"at": BASE + 2 * k, "serviceDeployments": [arn]} for k in range(3000)]
    path = tmp_path / "looks.json"
    path.write_text(json.dumps(looks[::-1] + looks[:9]), encoding="utf-8")
    began = time.process_time()
    (one,) = read_observed([path], now=BASE + 1e5).deployments
    assert time.process_time() - began < SOON
    assert [look.at for look in one.looks] == [BASE + 2 * k for k in range(3000)]
