"""Terraform's names of AWS's fields, resource by resource, and AWS's objects made with them.

A block of Terraform is a list of objects; where there can be one at most, AWS has the object. A
path such as ``health_check.0.interval`` leads through lists and objects.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Table: TypeAlias = Mapping[str, "str | One | Many | Here"]


class One(NamedTuple):
    """A block that stands at most once: AWS has an object."""

    path: str
    table: Table


class Many(NamedTuple):
    """A block that may be repeated: AWS has a list."""

    path: str
    table: Table


class Here(NamedTuple):
    """Fields that AWS has in an object of their own, and Terraform beside the others."""

    table: Table


BREAKER: Table = {"enable": "enable", "rollback": "rollback"}
COMPUTED = "deployment_configuration"
_OWN = f"{COMPUTED}.0"
#: What stands in that block.
NATIVE: Table = {
    "strategy": f"{_OWN}.strategy",
    "bakeTimeInMinutes": f"{_OWN}.bake_time_in_minutes",
    "canaryConfiguration": One(
        f"{_OWN}.canary_configuration",
        {
            "canaryPercent": "canary_percent",
            "canaryBakeTimeInMinutes": "canary_bake_time_in_minutes",
        },
    ),
    "linearConfiguration": One(
        f"{_OWN}.linear_configuration",
        {"stepPercent": "step_percent", "stepBakeTimeInMinutes": "step_bake_time_in_minutes"},
    ),
    "lifecycleHooks": Many(
        f"{_OWN}.lifecycle_hook",
        {"hookTargetArn": "hook_target_arn", "lifecycleStages": "lifecycle_stages"},
    ),
}
DEPLOYMENT: Table = {
    "maximumPercent": "deployment_maximum_percent",
    "minimumHealthyPercent": "deployment_minimum_healthy_percent",
    "deploymentCircuitBreaker": One("deployment_circuit_breaker", BREAKER),
    "alarms": One(
        "alarms", {"alarmNames": "alarm_names", "enable": "enable", "rollback": "rollback"}
    ),
    **NATIVE,
}
BALANCER: Table = {
    "targetGroupArn": "target_group_arn",
    "containerName": "container_name",
    "containerPort": "container_port",
    "loadBalancerName": "elb_name",
    "advancedConfiguration": One(
        "advanced_configuration",
        {
            "alternateTargetGroupArn": "alternate_target_group_arn",
            "productionListenerRule": "production_listener_rule",
            "testListenerRule": "test_listener_rule",
        },
    ),
}
SERVICE: Table = {
    "serviceName": "name",
    "taskDefinition": "task_definition",
    "desiredCount": "desired_count",
    "launchType": "launch_type",
    "schedulingStrategy": "scheduling_strategy",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "deploymentController": One("deployment_controller", {"type": "type"}),
    "capacityProviderStrategy": Many(
        "capacity_provider_strategy",
        {"capacityProvider": "capacity_provider", "base": "base", "weight": "weight"},
    ),
    "deploymentConfiguration": Here(DEPLOYMENT),
    "loadBalancers": Many("load_balancer", BALANCER),
    "vpcLatticeConfigurations": Many(
        "vpc_lattice_configurations", {"targetGroupArn": "target_group_arn"}
    ),
}
TASK_DEFINITION: Table = {
    "family": "family",
    "taskDefinitionArn": "arn",
    "cpu": "cpu",
    "memory": "memory",
    "requiresCompatibilities": "requires_compatibilities",
    "networkMode": "network_mode",
    "runtimePlatform": One(
        "runtime_platform",
        {
            "cpuArchitecture": "cpu_architecture",
            "operatingSystemFamily": "operating_system_family",
        },
    ),
    "containerDefinitions": "container_definitions",
}
TARGET_GROUP: Table = {
    "TargetGroupName": "name",
    "TargetGroupArn": "arn",
    "Protocol": "protocol",
    "TargetType": "target_type",
    "HealthCheckPath": "health_check.0.path",
    "HealthCheckIntervalSeconds": "health_check.0.interval",
    "HealthCheckTimeoutSeconds": "health_check.0.timeout",
    "HealthyThresholdCount": "health_check.0.healthy_threshold",
    "UnhealthyThresholdCount": "health_check.0.unhealthy_threshold",
}
_UNHEALTHY = "target_group_health.0.unhealthy_state_routing.0.minimum_healthy_targets"
_ROUTING = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
TARGET_ATTRIBUTES: Table = {
    "deregistration_delay.timeout_seconds": "deregistration_delay",
    "slow_start.duration_seconds": "slow_start",
    "stickiness.enabled": "stickiness.0.enabled",
    "load_balancing.algorithm.type": "load_balancing_algorithm_type",
    f"{_ROUTING}.count": f"{_UNHEALTHY}_count",
    f"{_ROUTING}.percentage": f"{_UNHEALTHY}_percentage",
}
BALANCER_ATTRIBUTES: Table = {"idle_timeout.timeout_seconds": "idle_timeout"}
_METRIC: Table = {"MetricName": "metric_name", "Namespace": "namespace"}
ALARM: Table = {
    "AlarmName": "alarm_name",
    **_METRIC,
    "Statistic": "statistic",
    "ExtendedStatistic": "extended_statistic",
    "Period": "period",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison_operator",
    "TreatMissingData": "treat_missing_data",
    "Metrics": Many(
        "metric_query",
        {
            "Id": "id",
            "Expression": "expression",
            "Period": "period",
            "MetricStat": Here(
                {
                    "Metric": One("metric", _METRIC),
                    "Period": "metric.0.period",
                    "Stat": "metric.0.stat",
                }
            ),
        },
    ),
}
_ROUTE: Table = {"listenerArns": "listener_arns"}
GROUP: Table = {
    "applicationName": "app_name",
    "deploymentGroupName": "deployment_group_name",
    "computePlatform": "compute_platform",
    "deploymentConfigName": "deployment_config_name",
    "ecsServices": Many(
        "ecs_service", {"serviceName": "service_name", "clusterName": "cluster_name"}
    ),
    "alarmConfiguration": One("alarm_configuration", {"enabled": "enabled", "alarms": "alarms"}),
    "autoRollbackConfiguration": One(
        "auto_rollback_configuration", {"enabled": "enabled", "events": "events"}
    ),
    "autoScalingGroups": "autoscaling_groups",
    "ec2TagFilters": "ec2_tag_filter",
    "deploymentStyle": One(
        "deployment_style",
        {"deploymentType": "deployment_type", "deploymentOption": "deployment_option"},
    ),
    "blueGreenDeploymentConfiguration": One(
        "blue_green_deployment_config",
        {
            "deploymentReadyOption": One(
                "deployment_ready_option",
                {
                    "actionOnTimeout": "action_on_timeout",
                    "waitTimeInMinutes": "wait_time_in_minutes",
                },
            ),
            "terminateBlueInstancesOnDeploymentSuccess": One(
                "terminate_blue_instances_on_deployment_success",
                {
                    "action": "action",
                    "terminationWaitTimeInMinutes": "termination_wait_time_in_minutes",
                },
            ),
        },
    ),
    "loadBalancerInfo": One(
        "load_balancer_info",
        {
            "targetGroupPairInfoList": Many(
                "target_group_pair_info",
                {
                    "targetGroups": Many("target_group", {"name": "name"}),
                    "prodTrafficRoute": One("prod_traffic_route", _ROUTE),
                    "testTrafficRoute": One("test_traffic_route", _ROUTE),
                },
            )
        },
    ),
}
CONFIG: Table = {
    "deploymentConfigName": "deployment_config_name",
    "computePlatform": "compute_platform",
    "trafficRoutingConfig": One(
        "traffic_routing_config",
        {
            "type": "type",
            "timeBasedCanary": One(
                "time_based_canary",
                {"canaryPercentage": "percentage", "canaryInterval": "interval"},
            ),
            "timeBasedLinear": One(
                "time_based_linear",
                {"linearPercentage": "percentage", "linearInterval": "interval"},
            ),
        },
    ),
}
SCALING: Table = {"MinCapacity": "min_capacity", "MaxCapacity": "max_capacity"}
