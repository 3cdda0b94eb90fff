"""Plans and states of Terraform: right values, what is known after apply, and which is meant."""

import json

import pytest

from simdeploy.errors import ImportShapeError
from simdeploy.importers.aws import import_files
from simdeploy.importers.options import Options
from simdeploy.scenario import load_scenario_text

from .shapes import ROOT
from .terraform_shapes import (
    ARN,
    alarm,
    configured,
    plan,
    raw,
    reference,
    resource,
    service,
    state,
    target,
    task,
)

INPUT = ROOT / "tests" / "importers" / "inputs" / "terraform-plan.json"
BALANCED = {"load_balancer": [{"target_group_arn": True}], "task_definition": True}
DIRECT = {
    "task_definition": reference("aws_ecs_task_definition.this.arn"),
    "load_balancer": [{"target_group_arn": reference("aws_lb_target_group.this.arn")}],
}


def checks(scenario):
    """Return interval, timeout and thresholds of the health check."""
    check = scenario.target_group.health_check
    return check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold


def refused(imported, content):
    """Import what must be refused and return the message."""
    with pytest.raises(ImportShapeError) as caught:
        imported(content)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def imported(save):
    """Import plans and states, which say themselves how many tasks run."""
    return lambda *contents: import_files(save(*contents))


@pytest.fixture
def found():
    """Import a plan with modules, indexes and values that are known after apply."""
    return import_files([INPUT])


def test_a_plan_has_its_values(found):
    """Every value of a plan whose right values were worked out by hand is right."""
    scenario = load_scenario_text(found.text)
    rolling = scenario.resolved_strategies["rolling"]
    assert (found.service_name, scenario.service.desired_count) == ("api", 5)
    assert (scenario.service.task.vcpu, scenario.service.task.memory_gb) == (1, 2)
    assert scenario.service.task.architecture == "arm64"
    assert (rolling.minimum_healthy_percent, rolling.maximum_percent) == (80, 150)
    assert (rolling.circuit_breaker.enable, rolling.circuit_breaker.rollback) == (True, False)
    assert scenario.service.health_check_grace_period == 40
    assert scenario.service.stop_timeout == 25
    assert checks(scenario) == (30, 5, 3, 3)
    assert scenario.target_group.deregistration_delay == 20
    (watched,) = scenario.alarms
    assert (watched.name, watched.datapoints, watched.of, watched.period) == ("api-5xx", 2, 2, 60)


def test_what_is_known_after_apply_is_said(found):
    """A value that a plan does not know is assumed, with its address."""
    said = {one.path: one.source_words for one in found.assumptions}
    why = said["target_group.health_check.timeout"]
    assert "aws_lb_target_group.this.health_check[0].timeout: known after apply" in why
    assert "from api" in found.text


def test_all_forms_say_the_same(loaded):
    """A plan, a state and a raw state of the same resources make the same scenario."""
    arn = f"{ARN}/api/1"
    balancer = {"container_name": "web", "container_port": 80}
    known = (
        service(task_definition="api:3", load_balancer=[{**balancer, "target_group_arn": arn}]),
        task(),
        target(arn=arn),
    )
    config = {"resources": [configured("aws_ecs_service", "this", **DIRECT)]}
    planned = plan(
        service(), task(), target(), unknown={"aws_ecs_service.this": BALANCED}, config=config
    )
    scenarios = [loaded(planned), loaded(state(*known)), loaded(raw(*known)), loaded(plan(*known))]
    assert checks(scenarios[0]) == (10, 4, 3, 3)
    assert scenarios[0].service.stop_timeout == 20
    assert all(scenario == scenarios[0] for scenario in scenarios)


def test_an_output_of_another_module(loaded):
    """A reference is followed through a module's variable and another module's output, by key."""
    config = {
        "module_calls": {
            "edge": {
                "module": {
                    "outputs": {"groups": {"expression": reference("aws_lb_target_group.each")}}
                }
            },
            "api": {
                "expressions": {"group": reference('module.edge.groups["blue"].arn')},
                "module": {
                    "resources": [
                        configured(
                            "aws_ecs_service",
                            "this",
                            load_balancer=[{"target_group_arn": reference("var.group")}],
                        )
                    ]
                },
            },
        }
    }
    address = 'module.api["x"].aws_ecs_service.this[0]'
    content = plan(
        service("api", "this", 'module.api["x"]', 0),
        target("admin", "each", "module.edge", "admin", deregistration_delay="77"),
        target("blue", "each", "module.edge", "blue", deregistration_delay="11"),
        unknown={address: BALANCED},
        config=config,
    )
    assert loaded(content).target_group.deregistration_delay == 11


def test_instances_go_by_their_keys(save):
    """Of resources made with for_each, the service's own key is meant."""
    keys = ("cart", "shop")
    services = [service(key, "each", "", key) for key in keys]
    targets = [
        target(key, "each", "", key, deregistration_delay=str(delay))
        for key, delay in zip(keys, (40, 50), strict=True)
    ]
    tasks = [
        task(key, "each", "", key, cpu=cpu) for key, cpu in zip(keys, ("256", "2048"), strict=True)
    ]
    each = {
        "task_definition": reference("aws_ecs_task_definition.each", "each.key"),
        "load_balancer": [{"target_group_arn": reference("aws_lb_target_group.each", "each.key")}],
    }
    config = {"resources": [configured("aws_ecs_service", "each", **each)]}
    unknown = {one["address"]: BALANCED for one in services}
    paths = save(plan(*services, *targets, *tasks, unknown=unknown, config=config))
    for name in ("shop", 'aws_ecs_service.each["shop"]'):
        scenario = load_scenario_text(import_files(paths, Options(service=name)).text)
        assert scenario.service.name == "shop"
        assert scenario.service.task.vcpu == 2
        assert scenario.target_group.deregistration_delay == 50


def test_several_services_are_listed(imported):
    """Without a choice the services are named."""
    message = refused(imported, state(service("cart", "a"), service("shop", "b")))
    assert "cart, shop" in message


def test_a_block_that_is_made_by_dynamic(loaded):
    """A dynamic block has no expressions; the module's variable of its name leads further."""
    config = {
        "resources": [],
        "module_calls": {
            "api": {
                "expressions": {"load_balancers": reference("aws_lb_target_group.web[0].arn")},
                "module": {"resources": [configured("aws_ecs_service", "this")]},
            }
        },
    }
    content = plan(
        service("api", "this", "module.api"),
        target("admin", "admin", deregistration_delay="88"),
        target("web", "web", "", 0, deregistration_delay="22"),
        unknown={"module.api.aws_ecs_service.this": BALANCED},
        config=config,
    )
    assert loaded(content).target_group.deregistration_delay == 22


def test_modules_in_modules(loaded):
    """What a module makes for each of a map is looked up in the expression of that map."""
    inner = {
        "for_each_expression": reference("var.services"),
        "expressions": {"load_balancer": reference("each.value.load_balancer", "each.value")},
        "module": {"resources": [configured("aws_ecs_service", "this")]},
    }
    config = {
        "module_calls": {
            "ecs": {
                "expressions": {"services": reference('module.alb.groups["api"].arn')},
                "module": {"module_calls": {"service": inner}},
            },
            "alb": {
                "module": {
                    "outputs": {"groups": {"expression": reference("aws_lb_target_group.this")}}
                }
            },
        }
    }
    inside = 'module.ecs.module.service["shop"]'
    content = plan(
        service("api", "this", inside, 0),
        target("admin", "this", "module.alb", "admin", deregistration_delay="88"),
        target("api", "this", "module.alb", "api", deregistration_delay="21"),
        unknown={f"{inside}.aws_ecs_service.this[0]": BALANCED},
        config=config,
    )
    assert loaded(content).target_group.deregistration_delay == 21


def test_references_in_circles(loaded):
    """A configuration that was tampered with does not keep the reader going round."""
    numbers = range(40)
    given = {f"v{i}": reference(*(f"module.m.o{j}" for j in numbers)) for i in numbers}
    outputs = {f"o{i}": {"expression": reference(*(f"var.v{j}" for j in numbers))} for i in numbers}
    balancer = [{"target_group_arn": reference("module.m.o1", "module.m")}]
    config = {
        "module_calls": {"m": {"expressions": given, "module": {"outputs": outputs}}},
        "resources": [configured("aws_ecs_service", "this", load_balancer=balancer)],
    }
    content = plan(service(), unknown={"aws_ecs_service.this": BALANCED}, config=config)
    assert loaded(content).service.desired_count == 4


def test_a_target_group_that_cannot_be_told(imported):
    """Where several differ, and locals hide which is meant, none is guessed."""
    config = {
        "module_calls": {
            "api": {
                "expressions": {
                    "load_balancer": reference(
                        "aws_lb_target_group.a.arn", "aws_lb_target_group.b.arn"
                    )
                },
                "module": {"resources": [configured("aws_ecs_service", "this")]},
            }
        }
    }
    content = plan(
        service("api", "this", "module.api"),
        target("a", "a"),
        target("b", "b", deregistration_delay="5"),
        unknown={"module.api.aws_ecs_service.this": BALANCED},
        config=config,
    )
    message = refused(imported, content)
    assert "(module.api.aws_ecs_service.this.load_balancer)" in message
    assert "which of the target groups a, b" in message


def test_a_target_group_of_elsewhere(loaded, words):
    """A target group that is not in the plan is assumed, and the others are not taken for it."""
    config = {
        "resources": [
            configured(
                "aws_ecs_service",
                "this",
                load_balancer=[{"target_group_arn": reference("data.aws_lb_target_group.x.arn")}],
            )
        ]
    }
    content = plan(
        service(),
        target("admin", "admin", "module.admin", deregistration_delay="88"),
        unknown={"aws_ecs_service.this": BALANCED},
        config=config,
    )
    assert loaded(content).target_group.deregistration_delay == 300
    assert "target_group.deregistration_delay" in words(content)


def test_a_data_source_is_read(loaded):
    """A target group that Terraform looked up has its values in the prior state."""
    looked_up = target(
        "web", "web", "", None, "data", arn=f"{ARN}/web/1", deregistration_delay="33"
    )
    known = [{"container_name": "web", "target_group_arn": f"{ARN}/web/1"}]
    prior = {"values": {"root_module": {"resources": [looked_up]}}}
    content = plan(service(load_balancer=known), prior_state=prior)
    assert loaded(content).target_group.deregistration_delay == 33


def test_the_count_of_autoscaling(loaded, words):
    """Without a count, the least number that autoscaling keeps is assumed, and said."""
    scaled = resource(
        "aws_appautoscaling_target",
        "this",
        resource_id="service/prod/api",
        scalable_dimension="ecs:service:DesiredCount",
        min_capacity=3,
        max_capacity=12,
    )
    content = plan(service(desired_count=None), scaled)
    assert loaded(content).service.desired_count == 3
    assert "autoscaling" in words(content)["service.desired_count"]


def test_no_count_at_all(imported):
    """A service without a count runs no task at AWS, so that the number is asked for."""
    message = refused(imported, plan(service(desired_count=None)))
    assert "(aws_ecs_service.this.desired_count)" in message


def test_counts_of_the_command_line(save):
    """The number of tasks can be said instead."""
    paths = save(plan(service(desired_count=None)))
    assert "desired_count: 9" in import_files(paths, Options(desired_count=9)).text


def test_ecs_shifts_the_traffic(loaded):
    """Minutes of Terraform are texts, and both target groups and the hook are found."""
    native = {
        "strategy": "CANARY",
        "bake_time_in_minutes": "7",
        "canary_configuration": [{"canary_percent": 12.5, "canary_bake_time_in_minutes": "9"}],
        "linear_configuration": [],
        "lifecycle_hook": [{"lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"]}],
    }
    balancer = {"container_name": "web", "advanced_configuration": [{"role_arn": "x"}]}
    more = {
        "target_group_arn": True,
        "alternate_target_group_arn": True,
        "test_listener_rule": True,
    }
    expressions = {
        "target_group_arn": reference("aws_lb_target_group.blue.arn"),
        "advanced_configuration": [
            {"alternate_target_group_arn": reference("aws_lb_target_group.green.arn")}
        ],
    }
    hook = {
        "hook_target_arn": reference("aws_lambda_function.smoke.arn"),
        "lifecycle_stages": {"constant_value": ["POST_TEST_TRAFFIC_SHIFT"]},
    }
    config = {
        "resources": [
            configured(
                "aws_ecs_service",
                "this",
                load_balancer=[expressions],
                deployment_configuration=[{"lifecycle_hook": [hook]}],
            )
        ]
    }
    unknown = {
        "load_balancer": [{"target_group_arn": True, "advanced_configuration": [more]}],
        "deployment_configuration": [{"lifecycle_hook": [{"hook_target_arn": True}]}],
    }
    content = plan(
        service(load_balancer=[balancer], deployment_configuration=[native]),
        target("blue", "blue", deregistration_delay="15"),
        target("green", "green", deregistration_delay="15"),
        target("other", "other"),
        resource("aws_lambda_function", "smoke", function_name="smoke-tests"),
        unknown={"aws_ecs_service.this": unknown},
        config=config,
    )
    scenario = loaded(content)
    canary = scenario.resolved_strategies["canary"]
    assert (canary.controller, canary.percent, canary.wait) == ("ecs", 12.5, 540)
    assert canary.bake_time == 420
    assert [hook.stage for hook in canary.hooks] == ["POST_TEST_TRAFFIC_SHIFT"]
    assert scenario.target_group.deregistration_delay == 15


def code_deploy(**values):
    """Return a service under CodeDeploy, with blue, green and the deployment group."""
    ours = service(
        deployment_controller=[{"type": "CODE_DEPLOY"}],
        load_balancer=[{"container_name": "web", "target_group_arn": f"{ARN}/blue/1"}],
    )
    pair = {"target_group": [{"name": "blue"}, {"name": "green"}], "prod_traffic_route": [{}]}
    group = {
        "app_name": "api",
        "deployment_group_name": "api",
        "deployment_config_name": "CodeDeployDefault.OneAtATime",
        "ecs_service": [{"cluster_name": "prod", "service_name": "api"}],
        "alarm_configuration": [{"alarms": ["api-5xx"], "enabled": True}],
        "blue_green_deployment_config": [
            {
                "deployment_ready_option": [{"action_on_timeout": "CONTINUE_DEPLOYMENT"}],
                "terminate_blue_instances_on_deployment_success": [
                    {"action": "TERMINATE", "termination_wait_time_in_minutes": 5}
                ],
            }
        ],
        "load_balancer_info": [
            {"target_group_pair_info": [{**pair, "test_traffic_route": [{"listener_arns": ["x"]}]}]}
        ],
    }
    made = resource("aws_codedeploy_deployment_group", "this", **{**group, **values})
    blue, green = (target(name, name, arn=f"{ARN}/{name}/1") for name in ("blue", "green"))
    return ours, blue, green, made, alarm()


def test_a_deployment_group(loaded):
    """CodeDeploy's group gives strategy, waits and alarms; the provider's default is not ECS's."""
    scenario = loaded(plan(*code_deploy(), target("other", "other")))
    strategy = scenario.resolved_strategies["blue-green"]
    assert (strategy.controller, strategy.termination_wait) == ("code_deploy", 300)
    assert checks(scenario) == (10, 4, 3, 3)
    (watched,) = scenario.alarms
    assert (watched.period, watched.datapoints, watched.of) == (30, 3, 3)


def test_a_configuration_of_ones_own(loaded):
    """A deployment configuration is found by the reference of the group."""
    own = resource(
        "aws_codedeploy_deployment_config",
        "slow",
        deployment_config_name="slow",
        compute_platform="ECS",
        traffic_routing_config=[
            {"type": "TimeBasedLinear", "time_based_linear": [{"interval": 3, "percentage": 20}]}
        ],
    )
    config = {
        "resources": [
            configured(
                "aws_codedeploy_deployment_group",
                "this",
                deployment_config_name=reference("aws_codedeploy_deployment_config.slow.id"),
            )
        ]
    }
    unknown = {"aws_codedeploy_deployment_group.this": {"deployment_config_name": True}}
    parts = code_deploy(deployment_config_name=None)
    scenario = loaded(plan(*parts, own, unknown=unknown, config=config))
    linear = scenario.resolved_strategies["linear"]
    assert (linear.percent, linear.every) == (20, 180)


def test_the_balancer_of_the_listener(loaded):
    """The idle time-out is that of the load balancer whose rule forwards to the target group."""
    config = {
        "resources": [
            configured("aws_ecs_service", "this", **DIRECT),
            configured("aws_alb_listener", "a", load_balancer_arn=reference("aws_alb.web.arn")),
            configured(
                "aws_lb_listener_rule",
                "r",
                listener_arn=reference("aws_alb_listener.a.arn"),
                action=[{"target_group_arn": reference("aws_lb_target_group.this.arn")}],
            ),
        ]
    }
    content = plan(
        service(),
        target(),
        resource("aws_alb", "web", name="web", idle_timeout=240),
        resource("aws_lb", "other", name="other", idle_timeout=10),
        resource("aws_alb_listener", "a", port=443),
        resource("aws_lb_listener_rule", "r", priority=1),
        unknown={"aws_ecs_service.this": BALANCED},
        config=config,
    )
    assert loaded(content).target_group.idle_timeout == 240


def test_containers_that_are_known_after_apply(loaded, words):
    """Without container definitions the size of the task is still there."""
    content = plan(
        service(),
        task(container_definitions=None),
        unknown={"aws_ecs_task_definition.this": {"container_definitions": True}},
    )
    assert loaded(content).service.task.vcpu == 0.5
    assert words(content)["service.stop_timeout"].startswith("30s")


def test_what_goes_and_what_is_deposed_is_skipped(loaded):
    """A resource that the plan deletes, and the old half of a replaced one, say nothing."""
    content = plan(service(), unknown={"aws_ecs_service.this": {"launch_type": True}})
    gone = {"address": "aws_ecs_service.old", "change": {"actions": ["delete"]}}
    deposed = {
        "address": "aws_ecs_service.this",
        "deposed": "4e6d",
        "change": {"actions": ["delete"], "after_unknown": {"desired_count": True}},
    }
    content["resource_changes"] += [gone, deposed]
    assert loaded(content).service.desired_count == 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (plan(service(desired_count="many")), "(aws_ecs_service.this.desired_count): must be a"),
        (plan(service(desired_count=0)), "(aws_ecs_service.this.desired_count)"),
        (
            plan(service(alarms=[{"enable": "perhaps"}])),
            "(aws_ecs_service.this.alarms[0].enable)",
        ),
        (
            plan(service(task_definition="api"), task(container_definitions="{")),
            "(aws_ecs_task_definition.this.container_definitions)",
        ),
        (
            plan(service(task_definition="api"), task(container_definitions="7")),
            "must be a list of containers",
        ),
        (
            plan(
                service(task_definition="api"),
                task(container_definitions=json.dumps([{"name": "web", "stopTimeout": "long"}])),
            ),
            "(aws_ecs_task_definition.this.container_definitions[0].stopTimeout)",
        ),
        (raw(resource("aws_ecs_service", "this", id="x")), "nothing but an id"),
        ({**raw(service()), "version": 3}, "a state of version 3"),
        ({**plan(service()), "format_version": "2.0"}, "format_version 2.0 is not known"),
        (state(), "this state has no resource of AWS"),
        ({"format_version": "1.0"}, "this state has no resource of AWS"),
        (plan(), "this plan leaves no resource of AWS"),
        (plan(resource("aws_s3_bucket", "b", bucket="b")), "has no ECS service"),
        ({**plan(), "planned_values": {"root_module": {"resources": 7}}}, "must be a list"),
    ],
)
def test_what_is_refused(imported, content, expected):
    """Every error names the file, and the address and attribute where there is one."""
    message = refused(imported, content)
    assert "file-0.json" in message
    assert expected in message
