"""The AWS objects that Copilot makes of a manifest: service, tasks, target groups and alarms."""

import re
from collections.abc import Iterator
from typing import Any

from simdeploy.importers import arns, shapes
from simdeploy.importers.adapted import Adapted, Open
from simdeploy.importers.copilot.manifest import Manifest
from simdeploy.importers.fields import Fields
from simdeploy.importers.page import Assumption
from simdeploy.importers.shapes import Part
from simdeploy.importers.templates.nodes import Node

LOAD_BALANCED = "Load Balanced Web Service"
TYPES = (LOAD_BALANCED, "Backend Service", "Worker Service")
#: Types that are no service of ECS.
FOREIGN = {
    "Request-Driven Web Service": "runs on App Runner",
    "Static Site": "is a site on CloudFront",
    "Scheduled Job": "is a job that ends by itself",
}
DEFAULT = "Copilot's default"
#: Seconds of grace and draining, CPU units and MiB, where a manifest says nothing.
GRACE = DRAINING = 60
SIZES = {"cpu": 256, "memory": 512}
ROLLING = {"default": (100, 200), "recreate": (0, 100)}
#: Keys of a target group's health check, what AWS calls them, and whether they are times.
CHECKS = {
    "path": ("HealthCheckPath", False),
    "interval": ("HealthCheckIntervalSeconds", True),
    "timeout": ("HealthCheckTimeoutSeconds", True),
    "healthy_threshold": ("HealthyThresholdCount", False),
    "unhealthy_threshold": ("UnhealthyThresholdCount", False),
}
#: Times of a container's health check, and Copilot's defaults, s.
CONTAINER_CHECK = {
    "interval": ("interval", 10),
    "timeout": ("timeout", 5),
    "start_period": ("startPeriod", 0),
}
RETRIES = 2
#: Alarms that Copilot makes: the metric, and how CloudWatch evaluates it.
ALARMS = {
    "cpu_utilization": ("CPUUtilization", 60),
    "memory_utilization": ("MemoryUtilization", 60),
    "messages_delayed": ("ApproximateNumberOfMessagesDelayed", 60),
}
ARCHITECTURES = {"arm64": "ARM64", "arm": "ARM64"}
SYSTEMS = {"": "LINUX", "windows": "WINDOWS_SERVER_2019_CORE"}
RANGE = re.compile(r"\s*(\d{1,9})\s*-\s*(\d{1,9})\s*")
STOP = re.compile(r"ContainerDefinitions\[(\d{1,3})\]\.StopTimeout")


class Services:
    """Makes the AWS objects of a manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        node = manifest.at("name")
        value = manifest.value(node)
        if not isinstance(value, str) or not value:
            manifest.refuse(node or manifest.root, "name: must be a text")
        self.name = value
        self.kind = self._kind()

    def _kind(self) -> str:
        node = self.manifest.at("type")
        kind = node.value if node is not None and isinstance(node.value, str) else None
        if node is not None and kind in FOREIGN:
            self.manifest.refuse(
                node, f"type: a {kind} {FOREIGN[str(kind)]}; only services of ECS are modeled"
            )
        if kind not in TYPES:
            self.manifest.refuse(
                node or self.manifest.root, f"type: must be one of {', '.join(TYPES)}"
            )
        return str(kind)

    def parts(self) -> Iterator[Part]:
        """Yield the objects."""
        targets = list(self._targets())
        yield self._part(shapes.TASK_DEFINITION, self._task())
        for target, attributes in targets:
            yield self._part(shapes.TARGET_GROUP, target)
            yield self._part(shapes.TARGET_ATTRIBUTES, attributes)
        names: list[str] = []
        for name, alarm in self._alarms():
            names.append(name)
            if alarm is not None:
                yield self._part(shapes.ALARM, alarm)
        scaling = self._scaling()
        if scaling is not None:
            yield self._part(shapes.SCALING, scaling)
        service = self._service([target for target, _ in targets], names)
        service.notes += tuple(self.manifest.notes)
        yield self._part(shapes.SERVICE, service)

    def _part(self, kind: str, found: Adapted) -> Part:
        return Part(kind, Fields(self.manifest.document, (self.name,), found))

    def _made(self, whole: Node | None = None, /, **entries: Any) -> Adapted:
        """Return an object of values, all of which stand at one place."""
        whole = whole or self.manifest.root
        return self.manifest.made(whole, {key: (value, None) for key, value in entries.items()})

    def _default(self, path: str, value: str) -> None:
        """Keep that a value stands in no file."""
        self.manifest.notes.append(Assumption(path, value, DEFAULT))

    def _service(self, targets: list[Adapted], alarms: list[str]) -> Adapted:
        manifest = self.manifest
        found: dict[str, tuple[Any, Node | None]] = {
            "serviceName": (self.name, manifest.at("name")),
            "taskDefinition": (arns.task_definition(self.name), None),
            "deploymentConfiguration": (self._deployment(alarms), manifest.at("deployment")),
            **self._count(),
        }
        if targets:
            container = self._container_name()
            balancers = [
                self._made(
                    targetGroupArn=target["TargetGroupArn"],
                    containerName=container,
                )
                for target in targets
            ]
            found["loadBalancers"] = (balancers, manifest.at("http"))
            found["healthCheckGracePeriodSeconds"] = self._grace()
        return manifest.made(manifest.root, found)

    def _container_name(self) -> Any:
        """Return the container that the balancer sends requests to."""
        http = self.manifest.at("http")
        node = http.child("target_container") if http is not None else None
        old = http.child("targetContainer") if http is not None else None
        return self.manifest.value(node or old) or self.name

    def _grace(self) -> tuple[Any, Node | None]:
        for key in ("http", "nlb"):
            check = self.manifest.at(key, "healthcheck")
            node = check.child("grace_period") if check is not None else None
            if node is not None:
                return self.manifest.seconds(node, f"{key}.healthcheck.grace_period"), node
        self._default("service.health_check_grace_period", f"{GRACE}s")
        return GRACE, None

    def _deployment(self, alarms: list[str]) -> Adapted:
        node = self.manifest.at("deployment", "rolling")
        word = "default" if node is None else self.manifest.value(node)
        is_known = isinstance(word, Open) or (isinstance(word, str) and word in ROLLING)
        if node is not None and not is_known:
            self.manifest.refuse(node, "deployment.rolling: must be one of default, recreate")
        low, high = (word, word) if isinstance(word, Open) else ROLLING[word]
        if node is None:
            self._default("strategies.rolling.minimum_healthy_percent", str(low))
            self._default("strategies.rolling.maximum_percent", str(high))
        breaker = self._made(node, enable=True, rollback=True)
        at = self.manifest.at("deployment", "rollback_alarms")
        watched = self._made(at, enable=True, rollback=True, alarmNames=alarms) if alarms else None
        return self._made(
            node,
            minimumHealthyPercent=low,
            maximumPercent=high,
            deploymentCircuitBreaker=breaker,
            alarms=watched,
        )

    def _count(self) -> dict[str, tuple[Any, Node | None]]:
        """Return how many tasks run, and on what."""
        node = self.manifest.at("count")
        fargate: dict[str, tuple[Any, Node | None]] = {"launchType": ("FARGATE", node)}
        if node is None or not isinstance(node.value, dict):
            return {"desiredCount": (self.manifest.value(node), node), **fargate}
        spot = node.child("spot")
        if spot is not None and spot.value is not None:
            provider = self._made(spot, capacityProvider="FARGATE_SPOT", weight=1)
            count = self.manifest.value(spot)
            return {"desiredCount": (count, spot), "capacityProviderStrategy": ([provider], spot)}
        start = node.child("range", "spot_from")
        first = self.manifest.value(start)
        if not isinstance(first, int) or isinstance(first, bool):
            return fargate
        providers = [self._made(start, capacityProvider="FARGATE_SPOT", weight=1)]
        if first > 1:
            base = self._made(start, capacityProvider="FARGATE", weight=0, base=first - 1)
            providers = [base, *providers]
        return {"capacityProviderStrategy": (providers, start)}

    def _scaling(self) -> Adapted | None:
        """Return the bounds of autoscaling."""
        count = self.manifest.at("count")
        node = count.child("range") if count is not None else None
        if node is None or node.value is None:
            return None
        if isinstance(node.value, dict):
            low, high = (self.manifest.value(node.child(key)) for key in ("min", "max"))
        else:
            match = RANGE.fullmatch(str(node.value))
            if match is None:
                self.manifest.refuse(node, "count.range: must be two numbers, such as 2-10")
            low, high = int(match[1]), int(match[2])
        resource = f"service/cluster/{self.name}"
        return self._made(node, ResourceId=resource, MinCapacity=low, MaxCapacity=high)

    def _task(self) -> Adapted:
        manifest = self.manifest
        sizes: dict[str, tuple[Any, Node | None]] = {}
        for key, default in SIZES.items():
            node = manifest.at(key)
            sizes[key] = (default if node is None else manifest.value(node), node)
            if node is None:
                path = "service.task." + ("vcpu" if key == "cpu" else "memory_gb")
                self._default(path, f"{default / 1024:g}")
        containers = self._containers()
        return manifest.made(
            manifest.root,
            {
                "family": (self.name, manifest.at("name")),
                "taskDefinitionArn": (arns.task_definition(self.name), None),
                **sizes,
                "runtimePlatform": (self._platform(), manifest.at("platform")),
                "requiresCompatibilities": (["FARGATE"], None),
                "containerDefinitions": (containers, manifest.at("image")),
            },
        )

    def _platform(self) -> Adapted | None:
        node = self.manifest.at("platform")
        if node is None:
            return None
        if isinstance(node.value, dict):
            family, word = (
                str(self.manifest.value(node.child(key)) or "")
                for key in ("osfamily", "architecture")
            )
        else:
            family, _, word = str(node.value).partition("/")
        return self._made(
            node,
            cpuArchitecture=ARCHITECTURES.get(word.lower(), "X86_64"),
            operatingSystemFamily=SYSTEMS.get(family.lower(), family.upper()),
        )

    def _containers(self) -> list[Adapted]:
        manifest = self.manifest
        found = [self._container(self.name, manifest.block("image"))]
        for name, node in manifest.block("sidecars").mapping.items():
            found.append(self._container(name, node))
        overrides = manifest.at("taskdef_overrides")
        for rule in overrides.items if overrides is not None else ():
            self._override(rule, found)
        return found

    def _override(self, rule: Node, containers: list[Adapted]) -> None:
        """Change a container's time to stop; say what else a rule changes."""
        path, value = rule.child("path"), rule.child("value")
        match = STOP.fullmatch(str(path.value)) if path is not None else None
        if match and value is not None and int(match[1]) < len(containers):
            container = containers[int(match[1])]
            container["stopTimeout"] = self.manifest.value(value)
            container.places["stopTimeout"] = self.manifest.place(value)
        elif path is not None:
            words = f"taskdef_overrides changes {str(path.value)[:60]}, which is not read"
            self.manifest.notes.append(Assumption("service.task", "", words))

    def _container(self, name: str, node: Node) -> Adapted:
        essential = self.manifest.value(node.child("essential"))
        return self.manifest.made(
            node,
            {
                "name": (name, None),
                "essential": (essential, node.child("essential")),
                "portMappings": (self._ports(node), node.child("port")),
                "healthCheck": (self._container_check(node.child("healthcheck")), None),
            },
        )

    def _ports(self, node: Node) -> list[Adapted] | None:
        """Return the port of a container, such as 8080 or 8080/tcp."""
        port = node.child("port")
        value = str(self.manifest.value(port)).partition("/")[0]
        if port is None or not (value.isascii() and value.isdigit()):
            return None
        return [self._made(port, containerPort=value)]

    def _container_check(self, node: Node | None) -> Adapted | None:
        if node is None or not isinstance(node.value, dict):
            return None
        found: dict[str, tuple[Any, Node | None]] = {}
        for key, (name, default) in CONTAINER_CHECK.items():
            below = node.child(key)
            value = self.manifest.seconds(below, f"healthcheck.{key}")
            found[name] = (default if value is None else value, below)
        retries = node.child("retries")
        value = self.manifest.value(retries)
        found["retries"] = (RETRIES if value is None else value, retries)
        command = node.child("command")
        if command is not None:
            texts = [str(item.value) for item in command.items] or [str(command.value)]
            found["command"] = (texts, command)
        return self.manifest.made(node, found)

    def _targets(self) -> Iterator[tuple[Adapted, Adapted]]:
        """Yield target groups and their attributes, the main rule's first."""
        manifest = self.manifest
        http = manifest.at("http")
        is_off = http is None or http.value is False
        if is_off and self.kind == LOAD_BALANCED and manifest.at("nlb") is None:
            http, is_off = Node({}, manifest.root.line), http is not None
        if http is not None and not is_off:
            yield self._target(http, self.name, "HTTP", is_main=True)
            rules = http.child("additional_rules")
            for i, rule in enumerate(rules.items if rules is not None else ()):
                yield self._target(rule, f"{self.name}-{i + 1}", "HTTP", is_main=False)
        nlb = manifest.at("nlb")
        if nlb is not None:
            port = str(manifest.value(nlb.child("port")) or "")
            protocol = port.partition("/")[2].upper() or "TCP"
            yield self._target(nlb, f"{self.name}-nlb", protocol, is_main=False)

    def _target(
        self, node: Node, name: str, protocol: str, *, is_main: bool
    ) -> tuple[Adapted, Adapted]:
        arn = arns.target_group(name)
        found: dict[str, tuple[Any, Node | None]] = {
            "TargetGroupName": (name, None),
            "TargetGroupArn": (arn, None),
            "Protocol": (protocol, None),
            "TargetType": ("ip", None),
        }
        check = node.child("healthcheck")
        for key, (field, is_time) in CHECKS.items():
            below = check.child(key) if check is not None else None
            read = self.manifest.seconds(below, f"healthcheck.{key}") if is_time else None
            value = read if is_time else self.manifest.value(below)
            found[field] = (value, below)
        delay = node.child("deregistration_delay")
        drained = self.manifest.seconds(delay, "deregistration_delay")
        if drained is None:
            drained = DRAINING
            if is_main:
                self._default("target_group.deregistration_delay", f"{DRAINING}s")
        pairs = [self._made(delay, Key="deregistration_delay.timeout_seconds", Value=drained)]
        sticky = node.child("stickiness")
        if sticky is not None and sticky.value is True:
            pairs.append(self._made(sticky, Key="stickiness.enabled", Value="true"))
        return self.manifest.made(node, found), self._made(
            node, TargetGroupArn=arn, Attributes=pairs
        )

    def _alarms(self) -> Iterator[tuple[str, Adapted | None]]:
        """Yield names of alarms that roll back, and those that Copilot makes itself."""
        node = self.manifest.at("deployment", "rollback_alarms")
        for item in node.items if node is not None else ():
            value = self.manifest.value(item)
            if isinstance(value, str):
                yield value, None
        for key, value in node.mapping.items() if node is not None else ():
            if key not in ALARMS:
                self.manifest.refuse(
                    value, f"deployment.rollback_alarms: must be of {', '.join(ALARMS)}"
                )
            metric, period = ALARMS[key]
            name = f"{self.name}-{key.replace('_', '-')}"
            yield (
                name,
                self._made(
                    value,
                    AlarmName=name,
                    Namespace="AWS/ECS",
                    MetricName=metric,
                    ComparisonOperator="GreaterThanOrEqualToThreshold",
                    Statistic="Average",
                    Period=period,
                    DatapointsToAlarm=2,
                    EvaluationPeriods=3,
                    Threshold=self.manifest.value(value),
                ),
            )
