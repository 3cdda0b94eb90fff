"""Plans and states of Terraform for the tests, as Terraform writes them."""

import json

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"


def resource(kind, label, module="", index=None, mode="managed", /, **values):
    """Return an instance of a resource, as it stands in planned values."""
    key = "" if index is None else f"[{json.dumps(index)}]"
    address = f"{module}{'.' if module else ''}{kind}.{label}{key}"
    found = {"address": address, "mode": mode, "type": kind, "name": label, "values": values}
    return found if index is None else {**found, "index": index}


def modules(resources):
    """Return a root module with a child module for each address that is not the root's."""

    def module_of(one):
        return one["address"].rpartition(f"{one['type']}.")[0].rstrip(".")

    children = dict.fromkeys(module_of(one) for one in resources)
    return {
        "resources": [one for one in resources if not module_of(one)],
        "child_modules": [
            {"address": name, "resources": [one for one in resources if module_of(one) == name]}
            for name in children
            if name
        ],
    }


def plan(*resources, unknown=None, config=None, **more):
    """Return a plan; what is unknown is said by address, the configuration is a root module."""
    changes = [
        {
            "address": one["address"],
            "change": {
                "actions": ["create"],
                "after": one["values"],
                "after_unknown": (unknown or {}).get(one["address"], {}),
            },
        }
        for one in resources
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": modules(resources)},
        "resource_changes": changes,
        "configuration": {"root_module": config or {}},
        **more,
    }


def state(*resources):
    """Return what `terraform show -json` prints of a state."""
    values = {"root_module": modules(resources)}
    return {"format_version": "1.0", "terraform_version": "1.9.0", "values": values}


def raw(*resources):
    """Return a state as Terraform stores it."""
    return {
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": 3,
        "lineage": "a",
        "resources": [
            {
                "module": one["address"].rpartition(f".{one['type']}.")[0],
                "mode": one["mode"],
                "type": one["type"],
                "name": one["name"],
                "instances": [
                    {
                        **({"index_key": one["index"]} if "index" in one else {}),
                        "attributes": one["values"],
                    }
                ],
            }
            for one in resources
        ],
    }


def reference(*names):
    """Return an expression that refers to something."""
    return {"references": list(names)}


def configured(kind, name, **expressions):
    """Return a resource of a configuration."""
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "expressions": expressions,
    }


def service(name="api", label="this", module="", index=None, /, **values):
    """Return a service with a load balancer."""
    own = {
        "name": name,
        "desired_count": 4,
        "launch_type": "FARGATE",
        "load_balancer": [{"container_name": "web", "container_port": 80}],
    }
    return resource("aws_ecs_service", label, module, index, **{**own, **values})


def target(name="api", label="this", module="", index=None, mode="managed", /, **values):
    """Return a target group that is checked every 10 s."""
    check = {"interval": 10, "timeout": 4, "healthy_threshold": 3, "unhealthy_threshold": 3}
    own = {"name": name, "protocol": "HTTP", "deregistration_delay": "30", "health_check": [check]}
    return resource("aws_lb_target_group", label, module, index, mode, **{**own, **values})


def task(family="api", label="this", module="", index=None, /, **values):
    """Return a task definition of one container."""
    containers = [{"name": "web", "image": "web:1", "stopTimeout": 20}]
    own = {"family": family, "cpu": "512", "memory": "1024"}
    own["container_definitions"] = json.dumps(containers)
    return resource("aws_ecs_task_definition", label, module, index, **{**own, **values})


def alarm(name="api-5xx", label="errors", /, **values):
    """Return an alarm on failed answers."""
    own = {
        "alarm_name": name,
        "namespace": "AWS/ApplicationELB",
        "metric_name": "HTTPCode_Target_5XX_Count",
        "statistic": "Sum",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 12,
        "period": 30,
        "evaluation_periods": 3,
        "datapoints_to_alarm": 0,
        "treat_missing_data": "missing",
        "metric_query": [],
    }
    return resource("aws_cloudwatch_metric_alarm", label, **{**own, **values})
