"""Values of Kubernetes: quantities, probes, preStop hooks, bounds, and keys that it has not."""

import re
from collections.abc import Iterator
from typing import Any

from simdeploy.importers.fields import Fields
from simdeploy.importers.page import (
    Assumption,
    Section,
    Value,
    assumed,
    either,
    given,
    seconds,
)
from simdeploy.pydantic_base import did_you_mean

DEFAULT = "Kubernetes' default"
MOST = 1_000_000
_QUANTITY = re.compile(
    r"\+?((?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(?:[eE][+-]?\d{1,2})?)((?:[kKMGTPE]i?|[num])?)"
)
#: What a suffix of a quantity stands for.
UNITS = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "E": 1e18, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
    "Ei": 2.0**60,
}  # fmt: skip
SLEEP = re.compile(r"\s*(?:/(?:usr/)?bin/)?sleep\s+(\d{1,6}(?:\.\d{1,3})?)(s?)\s*;?\s*")
#: Keys that Kubernetes has, by the object in which they stand.
KNOWN: dict[str, frozenset[str]] = {
    "spec": frozenset({
        "replicas", "minReadySeconds", "progressDeadlineSeconds", "strategy", "selector",
        "template", "paused", "revisionHistoryLimit",
    }),
    "strategy": frozenset({"type", "rollingUpdate"}),
    "rollout": frozenset({
        "replicas", "minReadySeconds", "progressDeadlineSeconds", "progressDeadlineAbort",
        "strategy", "selector", "template", "workloadRef", "paused", "revisionHistoryLimit",
        "restartAt", "rollbackWindow", "analysis",
    }),
    "rollout strategy": frozenset({"canary", "blueGreen"}),
    "canary": frozenset({
        "canaryService", "stableService", "steps", "trafficRouting", "maxUnavailable", "maxSurge",
        "analysis", "antiAffinity", "canaryMetadata", "stableMetadata", "scaleDownDelaySeconds",
        "scaleDownDelayRevisionLimit", "abortScaleDownDelaySeconds", "dynamicStableScale",
        "pingPong", "minPodsPerReplicaSet", "replicaProgressThreshold",
    }),
    "blueGreen": frozenset({
        "activeService", "previewService", "previewReplicaCount", "autoPromotionEnabled",
        "autoPromotionSeconds", "maxUnavailable", "scaleDownDelaySeconds",
        "scaleDownDelayRevisionLimit", "prePromotionAnalysis", "postPromotionAnalysis",
        "antiAffinity", "previewMetadata", "activeMetadata", "abortScaleDownDelaySeconds",
    }),
    "step": frozenset({
        "setWeight", "pause", "experiment", "analysis", "setCanaryScale", "setHeaderRoute",
        "setMirrorRoute", "replicaProgressThreshold", "plugin",
    }),
    "rollingUpdate": frozenset({"maxSurge", "maxUnavailable"}),
    "container": frozenset({
        "name", "image", "imagePullPolicy", "command", "args", "workingDir", "ports", "env",
        "envFrom", "resources", "resizePolicy", "volumeMounts", "volumeDevices", "livenessProbe",
        "readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath",
        "terminationMessagePolicy", "securityContext", "stdin", "stdinOnce", "tty",
        "restartPolicy", "restartPolicyRules",
    }),
    "probe": frozenset({
        "httpGet", "tcpSocket", "exec", "grpc", "initialDelaySeconds", "periodSeconds",
        "timeoutSeconds", "successThreshold", "failureThreshold", "terminationGracePeriodSeconds",
    }),
    "lifecycle": frozenset({"preStop", "postStart", "stopSignal"}),
}  # fmt: skip

#: Objects of Argo Rollouts.
OF_ARGO = ("rollout", "rollout strategy", "canary", "blueGreen", "step")


def unknown_keys(item: Fields, kind: str, path: str) -> Iterator[Assumption]:
    """Yield the keys of an object that Kubernetes, or Argo, does not have there."""
    for key in item.data:
        if key not in KNOWN[kind]:
            hint = did_you_mean(str(key), KNOWN[kind])
            owner = "Argo" if kind in OF_ARGO else "Kubernetes"
            yield Assumption(f"{path}.{key}", "", f"is no key that {owner} has there; {hint}")


def quantity(item: Fields, key: str) -> float | None:
    """Return a quantity such as ``750m`` or ``1536Mi`` in cores or bytes.

    Raises
    ------
    ImportShapeError
        For what is no such quantity.
    """
    value = item.get(key)
    if value is None:
        return None
    match = _QUANTITY.fullmatch(str(value)) if not isinstance(value, bool) else None
    if match is None or match[2] not in UNITS or not float(match[1]):
        raise item.expected(key, "a quantity, such as 750m, 0.5, 512Mi or 1G")
    return float(match[1]) * UNITS[match[2]]


def task_block(container: Fields) -> Section:
    """Return the size of a pod: what its serving container requests, by default its limits.

    Source: "Resource Management for Pods and Containers".
    """
    return Section(
        {
            "vcpu": _requested(container, "cpu", 1.0, 1),
            "memory_gb": _requested(container, "memory", 2.0**30, 2),
        },
        ("prices are Fargate's; set vcpu_hour_usd and gb_hour_usd to your own",),
    )


def _requested(container: Fields, key: str, unit: float, default: int) -> Value:
    resources = container.object("resources")
    for block, words in (("requests", ""), ("limits", "the limit: nothing is requested")):
        amount = quantity(resources.object(block), key)
        if amount is not None:
            return given(round(amount / unit, 6), words)
    return assumed(default, "not in these files; simdeploy's default")


def readiness_block(probe: Fields) -> Section:
    """Return a readiness probe."""
    period = probe.number("periodSeconds", 1, MOST)
    timeout = probe.number("timeoutSeconds", 1, MOST) or 1.0
    shortened = min(timeout, period or 10.0)
    words = "" if shortened == timeout else "at most the period: probes follow one another"
    return Section(
        {
            "initial_delay": _seconds(probe, "initialDelaySeconds", "0s", 0),
            "period": either(seconds(period), "10s", DEFAULT),
            "timeout": given(seconds(shortened), words)
            if probe.get("timeoutSeconds")
            else either(None, "1s", DEFAULT),
            "successes": either(probe.whole("successThreshold", 1, MOST), 1, DEFAULT),
            "failures": either(probe.whole("failureThreshold", 1, MOST), 3, DEFAULT),
            "depth": given("shallow", "it only connects")
            if probe.has("tcpSocket")
            else either(None, "deep", "not in the files: whether it sees errors"),
        }
    )


def startup_block(probe: Fields) -> Section:
    """Return a startup probe."""
    return Section(
        {
            "initial_delay": _seconds(probe, "initialDelaySeconds", "0s", 0),
            "period": _seconds(probe, "periodSeconds", "10s", 1),
            "failures": either(probe.whole("failureThreshold", 1, MOST), 3, DEFAULT),
        }
    )


def _seconds(item: Fields, key: str, default: str, low: int) -> Any:
    return either(seconds(item.number(key, low, MOST)), default, DEFAULT)


def pre_stop(container: Fields) -> tuple[float | None, str]:
    """Return the seconds of a preStop hook, None without one, and what is not known of it.

    A hook that sleeps says how long it takes; any other does not.
    """
    hook = container.object("lifecycle").object("preStop")
    if not hook.data:
        return None, ""
    if hook.has("sleep"):
        return hook.object("sleep").number("seconds", 0, MOST) or 0.0, ""
    words = hook.object("exec").texts("command") if hook.has("exec") else []
    for text in (" ".join(words), words[-1] if words else ""):
        if match := SLEEP.fullmatch(text):
            return float(match[1]), ""
    return 0.0, "how long this preStop hook takes is not in the files"


def bound(item: Fields, key: str) -> int | str | None:
    """Return ``maxSurge`` or ``maxUnavailable``: pods, or a share with a percent sign.

    Raises
    ------
    ImportShapeError
        For what is neither.
    """
    value = item.get(key)
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,4}%", value):
        return f"{int(value[:-1])}%"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    raise item.expected(key, 'a number of pods, or a share such as "25%"')
