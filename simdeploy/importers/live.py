"""``simdeploy import live``: a running service, asked of AWS by calls that only read.

What AWS answers is what the AWS CLI prints, so that the same readers take it. boto3 is an extra.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from simdeploy.errors import ImportShapeError
from simdeploy.importers.reading import Document

INSTALL = "needs boto3: pip install 'simdeploy[aws]'"
#: Makes the client of a service of AWS by its name.
Clients: TypeAlias = Callable[[str], Any]
Answer: TypeAlias = dict[str, Any]
#: What the AWS CLI calls a service, where boto3 has another name.
CLI = {"codedeploy": "deploy"}
#: How many names CodeDeploy takes at once.
MOST = 100
COUNT = "ecs:service:DesiredCount"


def session(region: str | None = None, profile: str | None = None) -> Clients:
    """Return what makes clients, with credentials and region as the AWS CLI would find them.

    Parameters
    ----------
    region
        The region; by default what the environment or the profile says.
    profile
        A profile of AWS's shared files.

    Raises
    ------
    ImportShapeError
        If boto3 is not installed, or there is no such profile or region.
    """
    try:
        import boto3  # noqa: PLC0415  an extra
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    except ImportError:
        raise ImportShapeError("simdeploy import live", INSTALL) from None
    try:
        made = boto3.Session(region_name=region, profile_name=profile)
    except BotoCoreError as error:
        raise ImportShapeError("simdeploy import live", _said(error)) from None

    def client(name: str) -> Any:
        try:
            return made.client(name)
        except BotoCoreError as error:
            raise ImportShapeError("simdeploy import live", _said(error)) from None

    return client


def documents(clients: Clients, cluster: str, service: str) -> list[Document]:
    """Return what AWS says of a service and of all that it names.

    Parameters
    ----------
    clients
        Makes clients.
    cluster
        The cluster's name or ARN.
    service
        The service's name or ARN.

    Raises
    ------
    ImportShapeError
        If there is no such service, or if AWS refuses a call; the error names the call.
    """
    return list(_Asking(clients, cluster).about(service))


class _Asking:
    """Calls about one service; each answer becomes a document."""

    def __init__(self, clients: Clients, cluster: str) -> None:
        self.clients = clients
        self.cluster = cluster

    def about(self, name: str) -> Iterator[Document]:
        """Yield the answers about a service."""
        ask = {"cluster": self.cluster, "services": [name]}
        answer = self._call("ecs", "describe_services", **ask)
        if not answer.get("services"):
            why = "; ".join(str(one.get("reason")) for one in answer.get("failures", []))
            what = f'no service "{name}" in cluster "{self.cluster}"{why and f" ({why})"}'
            raise ImportShapeError("aws ecs describe-services", what)
        yield _document("ecs", "describe_services", answer)
        service = answer["services"][0]
        task = next((one["taskDefinition"] for one in _runs(service)), None)
        if task:
            yield self._asked("ecs", "describe_task_definition", taskDefinition=task)
        groups = list(self._groups(service)) if _controller(service) == "CODE_DEPLOY" else []
        for group in groups:
            yield _document("codedeploy", "get_deployment_group", {"deploymentGroupInfo": group})
            yield from self._config(group.get("deploymentConfigName", ""))
        yield from self._balancing(service, groups)
        yield from self._alarms(service, groups)
        yield from self._scaling(service)

    def _groups(self, service: Answer) -> Iterator[Answer]:
        """Yield the deployment groups of a service; CodeDeploy has no index by service."""
        named = self._pages("codedeploy", "list_applications", "applications")
        for names in _chunks(named):
            asked = {"applicationNames": names}
            answer = self._call("codedeploy", "batch_get_applications", **asked)
            for application in answer.get("applicationsInfo", []):
                if application.get("computePlatform") == "ECS":
                    yield from self._of_application(application["applicationName"], service)

    def _of_application(self, application: str, service: Answer) -> Iterator[Answer]:
        asked = {"applicationName": application}
        named = self._pages("codedeploy", "list_deployment_groups", "deploymentGroups", **asked)
        for names in _chunks(named):
            asked_names = {**asked, "deploymentGroupNames": names}
            answer = self._call("codedeploy", "batch_get_deployment_groups", **asked_names)
            for group in answer.get("deploymentGroupsInfo", []):
                if any(_is_its(each, service) for each in group.get("ecsServices", [])):
                    yield group

    def _config(self, name: str) -> Iterator[Document]:
        if name and not name.startswith("CodeDeployDefault."):
            asked = {"deploymentConfigName": name}
            yield self._asked("codedeploy", "get_deployment_config", **asked)

    def _balancing(self, service: Answer, groups: list[Answer]) -> Iterator[Document]:
        """Yield target groups with their attributes, and those of the first one's balancer."""
        arns = list(dict.fromkeys(_target_arns(service)))
        targets: list[Answer] = []
        if arns:
            targets = self._targets(TargetGroupArns=arns)
        there = {target["TargetGroupName"] for target in targets}
        if missing := [name for name in _target_names(groups) if name not in there]:
            targets += self._targets(Names=missing)
        if targets:
            yield _document("elbv2", "describe_target_groups", {"TargetGroups": targets})
        for target in targets:
            asked = {"TargetGroupArn": target["TargetGroupArn"]}
            answer = self._call("elbv2", "describe_target_group_attributes", **asked)
            yield _document("elbv2", "describe_target_group_attributes", {**asked, **answer})
        for arn in [arn for target in targets for arn in target.get("LoadBalancerArns", [])][:1]:
            asked = {"LoadBalancerArn": arn}
            answer = self._call("elbv2", "describe_load_balancer_attributes", **asked)
            yield _document("elbv2", "describe_load_balancer_attributes", {**asked, **answer})

    def _targets(self, **asked: list[str]) -> list[Answer]:
        answer = self._call("elbv2", "describe_target_groups", **asked)
        return list(answer.get("TargetGroups", []))

    def _alarms(self, service: Answer, groups: list[Answer]) -> Iterator[Document]:
        names = list(dict.fromkeys(_alarm_names(service, groups)))
        for some in _chunks(names):
            answer = self._call("cloudwatch", "describe_alarms", AlarmNames=some)
            if answer.get("MetricAlarms"):
                yield _document("cloudwatch", "describe_alarms", answer)

    def _scaling(self, service: Answer) -> Iterator[Document]:
        cluster = service["clusterArn"].rpartition("/")[2]
        answer = self._call(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{cluster}/{service['serviceName']}"],
            ScalableDimension=COUNT,
        )
        if answer.get("ScalableTargets"):
            yield _document("application-autoscaling", "describe_scalable_targets", answer)

    def _asked(self, service: str, call: str, **asked: Any) -> Document:
        return _document(service, call, self._call(service, call, **asked))

    def _pages(self, service: str, call: str, key: str, **asked: Any) -> list[str]:
        found: list[str] = []
        token: str | None = None
        while True:
            more = {"nextToken": token} if token else {}
            answer = self._call(service, call, **asked, **more)
            found += answer.get(key, [])
            token = answer.get("nextToken")
            if not token:
                return found

    def _call(self, service: str, call: str, **asked: Any) -> Answer:
        """Call AWS once.

        Raises
        ------
        ImportShapeError
            If AWS refuses the call or cannot be reached.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return dict(getattr(self.clients(service), call)(**asked))
        except (BotoCoreError, ClientError) as error:
            raise ImportShapeError(_command(service, call), _said(error)) from None


def _said(error: Exception) -> str:
    """Return what AWS, or its client, says went wrong, in one line."""
    return " ".join(str(error).split())[:400]


def _command(service: str, call: str) -> str:
    return f"aws {CLI.get(service, service)} {call.replace('_', '-')}"


def _document(service: str, call: str, answer: Answer) -> Document:
    data = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    return Document(_command(service, call), "", _plain(data))


def _plain(value: Any) -> Any:
    """Return an answer with JSON's types only, as the AWS CLI prints it: times become texts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else str(value)


def _controller(service: Answer) -> str:
    return str(service.get("deploymentController", {}).get("type", "ECS"))


def _runs(service: Answer) -> Iterator[Answer]:
    """Yield what names a task definition: the service, or its task sets, the primary one first."""
    sets = service.get("taskSets", [])
    primary = [one for one in sets if one.get("status") == "PRIMARY"]
    yield from (one for one in (service, *primary, *sets) if one.get("taskDefinition"))


def _is_its(deployed: Answer, service: Answer) -> bool:
    cluster = service["clusterArn"].rpartition("/")[2]
    wanted = (service["serviceName"], cluster)
    return (deployed.get("serviceName"), deployed.get("clusterName")) == wanted


def _target_arns(service: Answer) -> Iterator[str]:
    for holder in (service, *service.get("taskSets", [])):
        for balancer in holder.get("loadBalancers", []):
            more = balancer.get("advancedConfiguration", {})
            for arn in (balancer.get("targetGroupArn"), more.get("alternateTargetGroupArn")):
                if arn:
                    yield arn


def _target_names(groups: list[Answer]) -> Iterator[str]:
    for group in groups:
        for pair in group.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", []):
            yield from (target["name"] for target in pair.get("targetGroups", []))


def _alarm_names(service: Answer, groups: list[Answer]) -> Iterator[str]:
    yield from service.get("deploymentConfiguration", {}).get("alarms", {}).get("alarmNames", [])
    for group in groups:
        alarms = group.get("alarmConfiguration", {}).get("alarms", [])
        yield from (alarm["name"] for alarm in alarms)


def _chunks(names: list[str]) -> Iterator[list[str]]:
    yield from (names[i : i + MOST] for i in range(0, len(names), MOST))
