"""What cannot be held against a scenario: a line that says why, and exit code 2."""

import json

import pytest

from tests.observed import writing

STEADY = "(service web) has reached a steady state."


def refused(outcome):
    """Return the single line of an error."""
    code, out, err = outcome
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_no_events(case, ran):
    """Files without events of a service are refused with what to save."""
    path = case.write({"tasks": [{"taskArn": "task/1", "createdAt": 1_760_000_000}]})
    assert "no service events in it; save what aws ecs describe-services prints" in refused(
        ran(path)
    )


def test_nothing_in_them(case, ran):
    """An empty list of events is refused."""
    assert "no events, tasks or deployments in it" in refused(ran(case.write([])))


def test_steady_states_only(case, ran):
    """A service that stood still for 100 events says nothing; others keep deployments longer."""
    path = case.write([(writing.EPOCH + 21_600 * k, STEADY) for k in range(100)])
    error = refused(ran(path))
    assert "100 × steady state, no deployment in them" in error
    assert "list-service-deployments" in error
    assert "EventBridge" in error


def test_scaling_only(case, ran):
    """Tasks that were only started are no deployment."""
    rows = [
        (writing.EPOCH, STEADY),
        (writing.EPOCH + 9, "(service web) has started 2 tasks: (task 0a1) (task 0b2)."),
        (writing.EPOCH + 99, STEADY),
    ]
    assert "3 events, no deployment in them (scaling only)" in refused(ran(case.write(rows)))


def test_several_services(case, ran):
    """Files of two services need a choice, and only what is there can be chosen."""
    first = case.write(case.pairs())
    rows = [(at, text.replace("service web", "service api")) for at, text in case.pairs()]
    second = case.write(writing.described(rows, service="api"), "api.json")
    assert "several services in these files: api, web" in refused(ran(first, second))
    error = refused(ran(first, second, "--service", "shop"))
    assert 'no "shop" in these files; there are: api, web' in error
    assert ran(first, second, "--service", "web")[0] == 0


def test_a_deployment_that_is_not_there(case, ran):
    """An unknown id names those that are there."""
    error = refused(ran(case.write(case.pairs(2)), "--deployment", "42"))
    assert 'no whole deployment "42"' in error
    assert "1000000000001, 1000000000002" in error


def test_a_list_that_begins_within_the_deployment(case, ran):
    """A deployment without its begin cannot be compared."""
    error = refused(ran(case.write(case.pairs()[2:])))
    assert "no whole deployment in it: 1000000000001 begins before the first event" in error


def test_a_deployment_that_is_not_over(case, ran):
    """One without its end cannot either."""
    assert "is not over at the last event" in refused(ran(case.write(case.pairs()[:-2])))


def test_times_to_the_minute(case, ran):
    """Times as the console shows them are too coarse."""
    lines = [f"{writing.iso(at)[:16]} {text}" for at, text in case.pairs()]
    assert "times to the minute are too coarse" in refused(ran(case.write("\n".join(lines))))


@pytest.mark.parametrize("when", ["3 minutes ago", "09:14:03"])
def test_times_without_a_date(case, ran, when):
    """A time without a date, or relative to now, is none."""
    text = "\n".join(f"{when} {text}" for _, text in case.pairs())
    assert "a time without a date before" in refused(ran(case.write(text)))


def test_times_with_and_without_a_zone(case, ran):
    """A mix needs --timezone, and with it the answer is the same as without the mix."""
    rows = case.pairs()
    lines = [
        writing.iso(at, "" if k % 2 else "Z") + " " + text for k, (at, text) in enumerate(rows)
    ]
    path = case.write("\n".join(lines))
    assert "--timezone" in refused(ran(path))
    assert "must be a name such as Europe/Berlin" in refused(ran(path, "--timezone", "Nowhere"))
    mixed = ran(path, "--timezone", "UTC", "--format", "json")
    plain = ran(case.write(rows), "--format", "json")
    assert mixed == plain


def test_absent_and_future_times(case, ran):
    """AWS's "never" and times to come are no observations."""
    data = writing.described(case.pairs())
    events = data["services"][0]["events"]
    for stamp in ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2150-01-01T00:00:00Z"):
        events.append({"id": stamp, "createdAt": stamp, "message": STEADY})
    code, out, _ = ran(case.write(data))
    assert code == 0
    assert "Not used:" in out
    assert "is in the future" in out


def test_an_event_twice_counts_once(case, ran):
    """The same id in two files, or twice in a file, is one event."""
    data = writing.described(case.pairs())
    once = ran(case.write(data), "--format", "json")
    data["services"][0]["events"] *= 2
    again = ran(case.write(data), case.write(data, "again.json"), "--format", "json")
    assert once[0] == 0
    assert again == once


def test_another_number_of_tasks(case, ran):
    """A deployment that started more tasks than the scenario has is another service."""
    path = case.write(case.pairs())
    error = refused(ran(path, settings=["service.desired_count=3"]))
    assert "wrong service or scenario? deployment 1000000000001 started 2 tasks" in error
    assert "service.desired_count: 3" in error


def test_a_delay_that_is_too_long(case, ran):
    """What was over before the scenario's delay cannot have waited for it."""
    path = case.write(case.pairs())
    error = refused(ran(path, settings=["target_group.deregistration_delay=90s"]))
    assert "wrong service or scenario? deregistered → completed took" in error
    assert "less than the scenario's target_group.deregistration_delay: 90s" in error


def test_blue_green_against_rolling(case, ran):
    """Events of a rolling deployment say nothing about blue-green, nor the reverse."""
    path = case.write(case.pairs())
    error = refused(ran(path, "--strategy", "blue-green"))
    assert "no deployment of CodeDeploy in it, which blue_green under controller" in error
    assert "choose another with --strategy" in error
    error = refused(ran(path, "--strategy", "custom"))
    assert "replaced tasks in place" in error
    assert "custom is blue_green" in error
    rows = [(at, text.replace("(service web)", "(service web, taskSet ecs-svc/9)"))
            if "started" in text else (at, text) for at, text in case.pairs()]  # fmt: skip
    assert "started task sets, as CodeDeploy's blue-green does" in refused(ran(case.write(rows)))


def test_stopping_first_against_starting_first(case, ran):
    """Old tasks that left before new ones came do not fit a scenario that starts first."""
    path = case.write(case.pairs(strategy="stop-first"))
    error = refused(ran(path))
    assert 'comes "old task told to go" before "first task started"' in error
    assert "the other way round" in error


def test_without_a_load_balancer(case, ran):
    """Targets that were deregistered need a load balancer."""
    path = case.write(case.pairs())
    case.without_blue_green()
    error = refused(ran(path, settings=["service.load_balancer=false"]))
    assert "deregister targets, the scenario says service.load_balancer: false" in error


def test_a_rollback_against_a_good_release(case, ran):
    """A deployment that was rolled back needs a scenario that is, too."""
    rows = [
        (writing.EPOCH - 99, STEADY),
        (writing.EPOCH, "(service web) has started 2 tasks: (task 0a1) (task 0b2)."),
        (writing.EPOCH + 300, "(service web) (deployment ecs-svc/2) deployment failed: sick."),
        (writing.EPOCH + 300, "(service web) rolling back to deployment ecs-svc/1."),
        (writing.EPOCH + 310, "(service web) has stopped 2 pending tasks: (task 0a1)."),
        (writing.EPOCH + 360, "(service web) (deployment ecs-svc/1) deployment completed."),
    ]  # fmt: skip
    path = case.write(rows)
    error = refused(ran(path, runs=40))
    assert "was rolled back, which 0 of 40 simulated runs are; give the scenario" in error
    fault = "release.faults=[{kind: boot_crash, after: 2s}]"
    breaker = "strategies.rolling.circuit_breaker={enable: true, rollback: true}"
    code, out, _ = ran(path, settings=[fault, breaker], runs=40)
    assert code == 0
    assert "first task started → given up" in out


def test_a_good_release_against_a_fault(case, ran):
    """A deployment that was completed needs a scenario whose runs are, too."""
    fault = "release.faults=[{kind: boot_crash, after: 2s}]"
    breaker = "strategies.rolling.circuit_breaker={enable: true, rollback: true}"
    path = case.write(case.pairs())
    error = refused(ran(path, settings=[fault, breaker], runs=10))
    assert "was completed, which 0 of 10 simulated runs are; without the scenario's faults" in error
    assert ran(path, settings=[fault, breaker, "release.faults=[]"], runs=10)[0] == 0


def test_options_that_contradict(case, ran):
    """--all and an id exclude each other, and a strategy has to be there."""
    path = case.write(case.pairs())
    assert "--all: not with --deployment" in refused(ran(path, "--all", "--deployment", "1"))
    assert "unknown strategy 'green'" in refused(ran(path, "--strategy", "green"))


def test_no_file(case, ran):
    """A file that does not exist is named."""
    assert "none.json: cannot be read" in refused(ran(case.folder / "none.json"))


def test_a_pull_that_runs_backwards_is_named(case, ran):
    """A task whose times contradict each other is named, and the events are used without it."""
    task = {"taskArn": "arn:aws:ecs:eu-west-1:1:task/main/0a1", "group": "service:web",
            "createdAt": writing.iso(writing.EPOCH),
            "pullStartedAt": writing.iso(writing.EPOCH + 9),
            "pullStoppedAt": writing.iso(writing.EPOCH + 5)}  # fmt: skip
    tasks = case.write(json.dumps({"tasks": [task]}), "tasks.json")
    code, out, _ = ran(case.write(case.pairs()), tasks)
    assert code == 0
    assert "task 0a1: pullStoppedAt is before pullStartedAt" in " ".join(out.split())
