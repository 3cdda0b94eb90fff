"""The AWS command that takes a release back, by controller and phase of the deployment.

Sources, below https://docs.aws.amazon.com/cli/latest/reference/: ``deploy/stop-deployment``,
``deploy/create-deployment``, ``ecs/list-service-deployments``, ``ecs/stop-service-deployment``,
``ecs/update-service``, ``elbv2/modify-listener``. Facts: ecs-stop-deployment,
codedeploy-rollback-after-success. Words in capitals stand for what a scenario does not know.
"""

import shlex
from typing import NamedTuple

from simdeploy.strategies import (
    FeatureFlag,
    KubernetesRolling,
    Recreate,
    Strategy,
    TrafficSteps,
)


class Command(NamedTuple):
    """A command, the phase in which it is the right one, and whether the old tasks still run."""

    phase: str
    line: str
    warm: bool


def commands(strategy: Strategy, service: str, cluster: str = "CLUSTER") -> tuple[Command, ...]:
    """Return the commands of a strategy, in the order of its phases.

    Parameters
    ----------
    strategy
        One with its defaults filled in.
    service, cluster
        Names, which are quoted for the shell.
    """
    name, of_cluster = shlex.quote(service), shlex.quote(cluster)
    flag = (Command("at once", "turn the flag off: no deployment", warm=True),)
    first = flag if isinstance(strategy, FeatureFlag) else ()
    made = {
        "code_deploy": (
            Command(
                "until the termination wait ends",
                "aws deploy stop-deployment --deployment-id DEPLOYMENT_ID --auto-rollback-enabled",
                warm=True,
            ),
            Command(
                "after it",
                "aws deploy create-deployment --application-name APPLICATION "
                "--deployment-group-name GROUP --revision file://previous-revision.json",
                warm=False,
            ),
        ),
        "ecs": (
            Command(
                "until the deployment ends, bake time included",
                "aws ecs stop-service-deployment --stop-type ROLLBACK --service-deployment-arn "
                f'"$(aws ecs list-service-deployments --cluster {of_cluster} --service {name} '
                "--status PENDING IN_PROGRESS --query 'serviceDeployments[0].serviceDeploymentArn' "
                '--output text)"',
                warm=strategy.type not in {"rolling", "recreate"},
            ),
            Command(
                "after it",
                f"aws ecs update-service --cluster {of_cluster} --service {name} "
                "--task-definition PREVIOUS_TASK_DEFINITION_ARN --force-new-deployment",
                warm=False,
            ),
        ),
        "custom": (
            Command(
                "while the old tasks run",
                "aws elbv2 modify-listener --listener-arn LISTENER_ARN "
                "--default-actions Type=forward,TargetGroupArn=OLD_TARGET_GROUP_ARN",
                warm=True,
            ),
            Command("after it", "your pipeline, with the previous revision", warm=False),
        ),
    }
    return (*first, *made[strategy.carrier.controller])


def pod_commands(strategy: Strategy, deployment: str) -> tuple[Command, ...]:
    """Return the commands of a strategy on Kubernetes, in the order of its phases.

    Parameters
    ----------
    strategy
        One with its defaults filled in.
    deployment
        Name of the Deployment, which is quoted for the shell.
    """
    flag = (Command("at once", "turn the flag off: no deployment", warm=True),)
    first = flag if isinstance(strategy, FeatureFlag) else ()
    if isinstance(strategy.carrier, KubernetesRolling | Recreate):
        name = shlex.quote(f"deployment/{deployment}")
        return (*first, Command("at any time", f"kubectl rollout undo {name}", warm=False))
    if isinstance(strategy.carrier, TrafficSteps) and strategy.carrier.pods_as_weights:
        argo = f"kubectl argo rollouts {{}} {shlex.quote(deployment)}"
        return (
            Command("until it is over", argo.format("abort"), warm=True),
            Command("after it", argo.format("undo"), warm=False),
        )
    return (
        *first,
        Command("while the old pods run", "your router: all traffic to the old pods", warm=True),
        Command("after it", "your pipeline, with the previous revision", warm=False),
    )
