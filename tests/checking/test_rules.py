"""Every finding: where it holds, where it does not, and that its change makes it go away."""

import pytest

from simdeploy.checking.registry import NOT_OF_PODS, ORDER, RULES, rules_of
from simdeploy.checking.rule import SEVERITIES
from simdeploy.checking.subject import Subject
from simdeploy.scenario import load_scenario_text

from .cases import BOOT, CASES, HALF, made

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def held(case, settings):
    """Return what a rule says of a case's strategy under settings."""
    return RULES[case.id].condition(Subject(made(*settings), case.strategy))


@each_case
def test_holds_at_the_boundary(case):
    """The rule holds for the settings that have it, with a sentence and a place."""
    found = held(case, case.has)
    assert found is not None
    assert found.why
    assert found.paths[0]


@each_case
def test_does_not_hold_beside_the_boundary(case):
    """The rule does not hold for the settings beside it."""
    assert held(case, case.has_not) is None


@each_case
def test_the_change_makes_it_go_away(case):
    """With its change the scenario is valid, and the rule holds no more."""
    found = held(case, case.has)
    assert found.change
    assert held(case, (*case.has, *found.change)) is None


def test_every_rule_has_a_case():
    """No finding is without a scenario that has it; two, of files and of pods, have tests below."""
    assert {case.id for case in CASES} == set(ORDER) - {"no-previous", "bounds-idle"}
    assert list(RULES) == list(ORDER)
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)


@pytest.mark.parametrize(("previous", "holds"), [(False, True), (True, False), (None, False)])
def test_no_previous(previous, holds):
    """Only imported files can lack a previous revision."""
    found = RULES["no-previous"].condition(Subject(made(), "rolling", previous))
    assert (found is not None) == holds


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("max_surge: 1", "max_surge changes nothing"),
        ("max_surge: 1, max_unavailable: 0", "max_surge and max_unavailable change nothing"),
        ("max_surge: 1, pods_as_weights: true", ""),
        ("scale_with_weight: true", ""),
    ],
)
def test_bounds_beside_a_router(keys, why):
    """Bounds of traffic steps say something only where traffic follows the pods, as in Argo."""
    steps = "steps: [{percent: 10, wait: 2m}, {percent: 100}]"
    told = f"name: web\nplatform: kubernetes\nstrategies: {{it: {{type: traffic_steps, {steps}, "
    scenario = load_scenario_text(f"{told}{keys}}}}}")
    found = RULES["bounds-idle"].condition(Subject(scenario, "it"))
    assert (found.why if found else "").endswith(why)
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("on_deadline: none", "neither a deadline nor an alarm sees pods that never become ready"),
        ("on_deadline: undo", ""),
    ],
)
def test_a_deadline_that_undoes_a_release_notices_it(keys, why):
    """On Kubernetes a pipeline may undo what makes no progress, so that nobody has to notice."""
    strategies = f"strategies: {{it: {{type: kubernetes_rolling, {keys}}}}}"
    scenario = load_scenario_text(f"name: web\nplatform: kubernetes\n{strategies}")
    found = rules_of("kubernetes")["no-operator"].condition(Subject(scenario, "it"))
    assert (found.why if found else "").endswith(why)
    assert bool(found) == bool(why)


def test_clients_of_pods_leave_before_any_answer():
    """No load balancer of AWS answers for pods, so that none has an idle timeout to name."""
    scenario = load_scenario_text(
        "name: web\nplatform: kubernetes\n"
        "alarms: [{name: a, metric: any_5xx_rate, threshold: 1%}]\n"
        "strategies: {it: {type: kubernetes_rolling, alarms: [a]}}"
    )
    found = rules_of("kubernetes")["alarm-blind-overload"].condition(Subject(scenario, "it"))
    assert found.why == (
        "clients leave after 10s, before they are answered: a router logs a 4xx (nginx a 499), and "
        "the alarms count 5xx alone"
    )


def test_rules_are_in_the_words_of_the_platform():
    """Rules on Kubernetes are those that pods can break, and no text keeps a name of a word."""
    pods = rules_of("kubernetes")
    assert pods["over-capacity"].title == "more requests than all pods can serve"
    assert RULES["over-capacity"].title == "more requests than all tasks can serve"
    assert set(pods) == set(ORDER) - NOT_OF_PODS
    for rule in (*pods.values(), *RULES.values()):
        assert "{" not in rule.title + rule.holds + rule.mends


@pytest.mark.parametrize(("interval", "holds"), [("36s", True), ("37s", False)])
def test_a_task_that_answers_in_time_needs_no_grace(interval, holds):
    """The second check fails at 3 s + interval: only before the boot of 40 s ends is that so."""
    settings = ("service.health_check_grace_period=0s", *BOOT)
    settings += (f"target_group.health_check.interval={interval}",)
    rule = RULES["grace-short"]
    assert (rule.condition(Subject(made(*settings), "rolling")) is not None) == holds


def test_a_drain_that_requests_need_asks_for_room():
    """Where requests take as long as tasks drain, a larger maximum is the change."""
    long = "traffic.long_requests={share: 1%, duration: 90s, streams: true}"
    settings = (*HALF, long, "target_group.deregistration_delay=90s")
    found = RULES["no-room"].condition(Subject(made(*settings), "rolling"))
    assert found.change == ("strategies.rolling.maximum_percent=200",)
    assert RULES["no-room"].condition(Subject(made(*settings, *found.change), "rolling")) is None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (("defaults.alarms=[]",), ("defaults.alarms.+=checkout-5xx",)),
        (
            ("defaults.alarms=[]", "alarms=[]"),
            (
                "alarms.+={name: any-5xx, metric: any_5xx_rate, threshold: 1%}",
                "defaults.alarms.+=any-5xx",
            ),
        ),
        (
            ("strategies.rolling.alarms=[]", "alarms.checkout-5xx.threshold=3%"),
            (
                "alarms.+={name: any-5xx, metric: any_5xx_rate, threshold: 1%}",
                "strategies.rolling.alarms.+=any-5xx",
            ),
        ),
        (
            ("defaults.alarms=[]", "alarms=[]", "service.base_error_rate=3%"),
            (
                "alarms.+={name: any-5xx, metric: any_5xx_rate, threshold: 6%}",
                "defaults.alarms.+=any-5xx",
            ),
        ),
    ],
)
def test_an_alarm_is_added_where_it_belongs(settings, expected):
    """One of the scenario's that fits, else a new one above what fails every day."""
    assert RULES["no-alarm"].condition(Subject(made(*settings), "rolling")).change == expected


def test_an_alarm_that_is_red_at_the_command():
    """The change is to wait until the alarm is OK: the event is gone, the others stay."""
    noise = "{kind: alarm_noise, alarm: checkout-5xx, probability: 1%}"
    red = "{kind: alarm_already_red, alarm: checkout-5xx}"
    settings = (f"environment.events=[{red}, {noise}]",)
    found = RULES["alarm-red"].condition(Subject(made(*settings), "canary"))
    assert "CodeDeploy deploys nothing" in found.why
    after = made(*settings, *found.change)
    assert [event.tag() for event in after.environment.events] == ["alarm_noise"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (("traffic.rate=16",), ("strategies.canary.wait=6m",)),
        (("traffic.rate=0.5",), ("strategies.canary.percent=28", "strategies.canary.wait=1h")),
        (("traffic.rate=0.01",), ()),
        (("traffic.rate=0",), ()),
    ],
)
def test_a_first_step_that_sees_enough(settings, expected):
    """A longer wait up to an hour, then a larger share; where neither is enough, no change."""
    assert RULES["canary-small"].condition(Subject(made(*settings), "canary")).change == expected


@pytest.mark.parametrize(
    ("settings", "change", "words"),
    [
        (("service.ignores_sigterm=true",), ("service.ignores_sigterm=false",), "handle SIGTERM"),
        (
            ("service.ignores_sigterm=true", "service.shutdown=40s"),
            ("service.ignores_sigterm=false", "service.stop_timeout=40s"),
            "handle SIGTERM",
        ),
        (("service.shutdown=121s",), (), "shut down within 120 s, Fargate's longest"),
        (
            ("service.shutdown=121s", "service.launch_type=ec2"),
            ("service.stop_timeout=2m1s",),
            "",
        ),
    ],
)
def test_a_task_that_is_killed(settings, change, words):
    """SIGTERM is to be handled, the time-out to be longer, as far as Fargate has it."""
    found = RULES["stop-short"].condition(Subject(made(*settings), "rolling"))
    assert (found.change, found.in_words) == (change, words)
