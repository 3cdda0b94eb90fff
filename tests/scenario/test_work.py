"""How many instants a run can have at most, counted before it is played."""

import pytest

from simdeploy.errors import ScenarioError
from simdeploy.scenario import load_scenario_text
from simdeploy.scenario.work import MOST_INSTANTS, instants

BASE = "name: a\nplatform: custom\nstrategies: {r: {type: rolling}}\n"


def counted(text):
    """Return the instants of a scenario's runs."""
    found = load_scenario_text(BASE + text)
    return instants(found.horizon, found.service, found.target_group.health_check, found.alarms)


def test_looks_evaluations_and_checks_until_the_horizon():
    """An hour has 360 looks, 60 or 360 evaluations of an alarm, and 120 checks of each task."""
    text = (
        "horizon: 1h\n"
        "service: {scheduler_tick: 10s, desired_count: 7}\n"
        "target_group: {health_check: {interval: 30s}}\n"
        "alarms:\n"
        "  - {name: a, metric: any_5xx_rate, threshold: 1%, period: 5m}\n"
        "  - {name: b, metric: any_5xx_rate, threshold: 1%, period: 10s}\n"
    )
    assert counted(text) == (360.0, 60.0 + 360.0, 120.0 * 7)


def test_a_scheduler_that_acts_at_once_does_not_look():
    """A tick of 0 makes no looks at regular distances."""
    assert counted("service: {scheduler_tick: 0s}").looks == 0.0


def test_the_bound_that_a_refusal_states_is_accepted():
    """What the message allows is allowed, and a little beyond it is not."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario_text(BASE + "horizon: 2e9\nservice: {scheduler_tick: 0}")
    allowed = str(caught.value).rpartition("at most ")[2].removesuffix(" s").replace(",", "")
    text = "horizon: {}\nservice: {{scheduler_tick: 0}}"
    assert sum(counted(text.format(allowed))) <= MOST_INSTANTS
    with pytest.raises(ScenarioError, match="health checks"):
        counted(text.format(int(allowed) + 10))


def test_many_alarms_over_a_long_time_are_refused():
    """Nine alarms are judged 300 million times in 2e9 s; only a shorter horizon has fewer."""
    alarms = ", ".join(f"{{name: a{k}, metric: any_5xx_rate, threshold: 1%}}" for k in range(9))
    text = "horizon: 2e9\nservice: {desired_count: 0, scheduler_tick: 0}\nalarms: ["
    with pytest.raises(ScenarioError, match="horizon: 300,000,000 evaluations of alarms in a run"):
        counted(f"{text}{alarms}]")


def test_probes_of_pods_are_refused_at_their_own_key():
    """On Kubernetes a pod has readiness probes; their period stands in the service."""
    text = (
        "name: a\nplatform: kubernetes\nstrategies: {r: {type: recreate}}\n"
        "service: {desired_count: 5000, readiness: {period: 50ms, timeout: 10ms}}"
    )
    with pytest.raises(ScenarioError, match=r"service\.readiness\.period: .* readiness probes"):
        load_scenario_text(text)
