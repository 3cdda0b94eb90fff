"""AWS's shapes for the tests: the shipped files, and one object of each kind with every field."""

import json
from pathlib import Path

from simdeploy.importers.options import Options

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT = ROOT / "scenarios" / "checkout-api"
FILES = [*sorted(CHECKOUT.glob("*.json")), CHECKOUT / "appspec.yaml"]
ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
BLUE = f"{ARN}:targetgroup/blue/73e2d6bc24d8a067"
GREEN = f"{ARN}:targetgroup/green/9f1b40ce8a52d7e3"
BALANCER = {"targetGroupArn": BLUE, "containerName": "web", "containerPort": 80}
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:check"
ROLE = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"


def shipped(name):
    """Return a shipped JSON file's content."""
    return json.loads((CHECKOUT / name).read_text(encoding="utf-8"))


def usual(*contents):
    """Return the options of objects or texts: six tasks where none of them says how many."""
    text = " ".join(map(str, contents))
    says = "desiredCount" in text
    return Options(desired_count=None if says else 6)


def service(**changes):
    """Return the input of create-service."""
    return {"serviceName": "shop", "taskDefinition": "shop:1", "desiredCount": 4, **changes}


def deploying(**configuration):
    """Return the input of create-service with a deploymentConfiguration."""
    return service(deploymentConfiguration=configuration)


def task(**changes):
    """Return the input of register-task-definition."""
    return {
        "family": "shop",
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [{"name": "web", "image": "shop:1"}],
        **changes,
    }


def target(**changes):
    """Return the input of create-target-group."""
    return {"Name": "blue", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", **changes}


def group(**changes):
    """Return the input of create-deployment-group."""
    return {
        "applicationName": "shop",
        "deploymentGroupName": "shop-prod",
        "serviceRoleArn": ROLE,
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "ecsServices": [{"serviceName": "shop", "clusterName": "prod"}],
        **changes,
    }


def config(kind, **steps):
    """Return the input of create-deployment-config."""
    routing = {"type": kind, kind[0].lower() + kind[1:]: steps} if steps else {"type": kind}
    return {
        "deploymentConfigName": "mine",
        "computePlatform": "ECS",
        "trafficRoutingConfig": routing,
    }


def alarm(**changes):
    """Return the input of put-metric-alarm."""
    return {
        "AlarmName": "too-many-5xx",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 60.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def attributes(**values):
    """Return the output of describe-target-group-attributes; dots are written as __."""
    pairs = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    return {"Attributes": pairs}


def appspec(*stages, task_definition="<TASK_DEFINITION>"):
    """Return an AppSpec as JSON."""
    properties = {"TaskDefinition": task_definition}
    return {
        "version": 0.0,
        "Resources": [{"Shop": {"Type": "AWS::ECS::Service", "Properties": properties}}],
        "Hooks": [{stage: LAMBDA} for stage in stages],
    }


FULL_SERVICE = service(
    healthCheckGracePeriodSeconds=90,
    schedulingStrategy="REPLICA",
    launchType="FARGATE",
    deploymentController={"type": "ECS"},
    loadBalancers=[
        {
            "targetGroupArn": BLUE,
            "containerName": "web",
            "containerPort": 80,
            "advancedConfiguration": {"alternateTargetGroupArn": GREEN, "roleArn": ROLE},
        }
    ],
    deploymentConfiguration={
        "strategy": "CANARY",
        "bakeTimeInMinutes": 15,
        "canaryConfiguration": {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": 4},
        "minimumHealthyPercent": 50,
        "maximumPercent": 150,
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": False,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 7},
        },
        "alarms": {"alarmNames": ["too-many-5xx"], "enable": True, "rollback": True},
        "lifecycleHooks": [
            {
                "targetType": "AWS_LAMBDA",
                "hookTargetArn": LAMBDA,
                "roleArn": ROLE,
                "lifecycleStages": ["POST_SCALE_UP"],
            }
        ],
        "earlySuccessCriteria": {"enable": False},
    },
)
FULL_TASK = task(
    cpu=".5 vCPU",
    memory="1 GB",
    runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    containerDefinitions=[
        {"name": "log", "image": "log:1", "stopTimeout": 2, "essential": False},
        {
            "name": "web",
            "image": "shop:1",
            "stopTimeout": 100,
            "healthCheck": {
                "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
                "interval": 10,
                "timeout": 3,
                "retries": 2,
                "startPeriod": 60,
            },
        },
    ],
    requiresCompatibilities=["FARGATE"],
)
FULL_TARGET = target(
    HealthCheckIntervalSeconds=15,
    HealthCheckTimeoutSeconds=4,
    HealthyThresholdCount=3,
    UnhealthyThresholdCount=4,
    TargetType="ip",
)
FULL_GROUP = group(
    deploymentConfigName="mine",
    alarmConfiguration={"enabled": True, "alarms": [{"name": "too-many-5xx"}]},
    autoRollbackConfiguration={
        "enabled": True,
        "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
    },
    deploymentStyle={
        "deploymentType": "BLUE_GREEN",
        "deploymentOption": "WITH_TRAFFIC_CONTROL",
    },
    blueGreenDeploymentConfiguration={
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": 15,
        },
        "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 5},
    },
    loadBalancerInfo={
        "targetGroupPairInfoList": [
            {
                "targetGroups": [{"name": "blue"}, {"name": "green"}],
                "prodTrafficRoute": {"listenerArns": [f"{ARN}:listener/app/shop/1/2"]},
                "testTrafficRoute": {"listenerArns": [f"{ARN}:listener/app/shop/1/3"]},
            }
        ]
    },
)
