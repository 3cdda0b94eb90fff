"""The wordings of ECS's service events, to kinds.

Collected from public outputs, 2015 to 2026; the envelope before the wording names the service, for
CodeDeploy also the task set. AWS has changed wordings over the years, hence the forms beside each
other.
"""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from simdeploy.observed import records

SERVICE = r"(?P<service>[^\s,()]{1,255})"
#: "(service web)", "(service web, taskSet ecs-svc/1)", "service (web)" as in the documentation.
BRACKETED = re.compile(rf"\(service {SERVICE}(?:, ?taskSet (?P<set>[^\s)]+))?\)\s*")
DOCUMENTED = re.compile(rf"service \({SERVICE}\)\s*")
#: "service web has started …", as the console shows it.
BARE = re.compile(rf"service {SERVICE}\s+")
#: A wording without a name: "service was unable to …".
NAMELESS = re.compile(r"service\s+")
DEPLOYMENT = re.compile(r"\(deployment (?P<id>[^\s)]+)\)\s*")
BEGIN = re.compile(r"\(service [^\s)]|\bservice \(|\bservice [^\s,()]+ ")

#: Ids have a digit: "place a task because" names none.
TASK = re.compile(r"\btask (?=[A-Za-z-]*\d)([A-Za-z0-9-]{1,64})(?![\w:/])")
GROUP = re.compile(r"in \(?(?:target-group|elb) ([^\s)]+)\)?")
REASON = re.compile(r"(?:due to|with) \((?:reason|error) (.*?)\)\.?\s*$|Reason: (.*?)\.?\s*$")
COUNT = re.compile(r"(\d{1,6}) (?:running |pending |\(AZ )?(?:tasks?|targets?|instances?)\b")
REPLACED = re.compile(r"replaced (\d{1,6}) tasks? due to an unhealthy status")
TARGET = re.compile(r"\((?:task|instance) ([^\s)]+)\)")
BACK_TO = re.compile(r".*?rolling back to (?:deployment(?:Id)? )?", re.IGNORECASE)
MANY = r"\d{1,6}"
FAILED_START = (
    r"ResourceInitializationError|Cannot(?:Pull|Start|Create|Stop)\w*|TaskFailedToStart"
    r"|SpotInterruptionError|OutOfMemoryError|ContainerRuntime\w*"
)
NO_ROOM = (
    r"Capacity is unavailable|You've reached the limit|RESOURCE:|No Container Instances were found"
    r"|The (?:vCPU|CPU|memory) .*limit|.*provisioning capacity limit"
)


class Wording(NamedTuple):
    """How a kind of event is written after the envelope."""

    kind: str
    pattern: re.Pattern[str]


def _wording(kind: str, pattern: str) -> Wording:
    return Wording(kind, re.compile(pattern, re.IGNORECASE))


#: The first that fits counts.
WORDINGS = (
    _wording(records.AZ_STARTED, rf"has started {MANY} tasks? .*\bto AZ Rebalance"),
    _wording(records.AZ_STOPPED, rf"(?:has )?stopped {MANY} running tasks? .*\bto AZ Rebalance"),
    _wording(records.STARTED, rf"has started {MANY} tasks?\b"),
    _wording(records.REGISTERED, rf"registered {MANY} (?:targets?|instances?) in\b"),
    _wording(records.DEREGISTERED, rf"deregistered {MANY} (?:targets?|instances?) in\b"),
    _wording(records.DRAINING, rf"has begun draining connections on {MANY} tasks?\b"),
    _wording(records.STOPPED, rf"(?:has )?stopped {MANY} running tasks?\b"),
    _wording(records.STOPPED_PENDING, rf"(?:has )?stopped {MANY} pending tasks?\b"),
    _wording(records.FAILED, r"deployment failed\b"),
    _wording(records.COMPLETED, r"deployment completed\b"),
    _wording(records.STEADY, r"has reached a steady state\b"),
    _wording(records.ROLLING_BACK, r"rolling back to (?:deployment(?:Id)? )?"),
    _wording(records.UNHEALTHY, r"(?:\([a-z]+ [^)]*\) ?)*is (?:unhealthy|not healthy) in\b"),
    _wording(records.UNHEALTHY, r"\(task [^)]*\) failed container health checks"),
    _wording(records.AGENT, r".*encountered error \"?AGENT\"?|.*agent (?:is )?(?:not )?connected"),
    _wording(
        records.START_FAILED,
        rf"(?:was unable to (?:place|start) a task\. Reason:|failed to launch a task with \(error) "
        rf"(?:{FAILED_START})",
    ),
    _wording(
        records.NO_CAPACITY,
        rf"was unable to place a task because no container instance met"
        rf"|was unable to place a task\. Reason: (?:{NO_ROOM})"
        rf"|could not launch {MANY} tasks?\b|.*No Container Instances were found"
        rf"|.*provisioning capacity limit",
    ),
    _wording(records.START_IMPAIRED, r"is unable to consistently start tasks successfully"),
    _wording(records.THROTTLED, r"operations are being throttled"),
    _wording(records.STUCK, r"was unable to stop or start tasks during a deployment"),
    _wording(records.PROTECTED, r"(?:was |is )?unable to scale in due to"),
    _wording(records.AZ_UNBALANCED, r"is not AZ balanced"),
    _wording(records.AZ_BALANCED, r"is AZ balanced"),
    _wording(records.ROLE, r".*unable to assume (?:the )?(?:service )?role|.*assume the role"),
    _wording(records.SCALED, r"(?:has )?(?:updated|set) (?:computed)?desired ?count"),
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a message says."""

    kind: str
    service: str = ""
    task_set: str = ""
    deployment_id: str = ""
    count: int = -1
    task_ids: tuple[str, ...] = ()
    replaced: int = 0
    reason: str = ""
    target_group: str = ""


def bare_id(name: str) -> str:
    """Return the id of a deployment without its prefix.

    >>> bare_id("ecs-svc/123")
    '123'
    """
    return name.rpartition("/")[2]


def find_message(line: str) -> int:
    """Return where a message of a service begins in a line of text; -1 for none."""
    match = BEGIN.search(line)
    return match.start() if match else -1


def read_message(message: str) -> Reading:
    """Return what a message says; its kind is ``other`` for a wording that is not known.

    >>> said = read_message("(service web) has started 2 tasks: (task 0a1) (task 0b2).")
    >>> said.kind, said.service, said.count, said.task_ids
    ('started', 'web', 2, ('0a1', '0b2'))
    """
    message = " ".join(message.split())
    for envelope in (BRACKETED, DOCUMENTED, BARE, NAMELESS):
        match = envelope.match(message)
        if match is None:
            continue
        rest = message[match.end() :]
        named = match.groupdict()
        deployment = DEPLOYMENT.match(rest)
        body = rest[deployment.end() :] if deployment else rest
        kind = _kind(body)
        if kind != records.OTHER or envelope is not BARE:
            said = Reading(kind, named.get("service") or "", bare_id(named.get("set") or ""))
            return _details(said, body, deployment["id"] if deployment else "")
    return Reading(records.OTHER)


def _kind(body: str) -> str:
    return next((kind for kind, pattern in WORDINGS if pattern.match(body)), records.OTHER)


def _details(said: Reading, body: str, deployment: str) -> Reading:
    """Add counts and names from the text after the envelope."""
    count, replaced = COUNT.search(body), REPLACED.search(body)
    reason, group = REASON.search(body), GROUP.search(body)
    if said.kind == records.ROLLING_BACK:
        deployment = BACK_TO.sub("", body).strip(" ().")
    why = next((text for text in reason.groups() if text), "") if reason else ""
    if said.kind == records.UNHEALTHY and "failed container health checks" in body:
        why = "failed container health checks"
    if said.kind == records.FAILED:
        why = body.partition(":")[2].strip(" .")
    return replace(
        said,
        deployment_id=bare_id(deployment),
        count=int(count[1]) if count else -1,
        task_ids=_tasks(body),
        replaced=int(replaced[1]) if replaced else 0,
        reason=why,
        target_group=bare_group(group[1].rstrip(".")) if group else "",
    )


def _tasks(body: str) -> tuple[str, ...]:
    """Return the tasks, or instances, that a message names, each once."""
    names = [match[1] for match in TASK.finditer(body)] or TARGET.findall(body)
    return tuple(dict.fromkeys(names))


def bare_group(name: str) -> str:
    """Return the name of a target group from its ARN.

    >>> bare_group("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/0a1")
    'web'
    """
    return name.rpartition("targetgroup/")[2].partition("/")[0]
