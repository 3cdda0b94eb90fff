"""The words of a platform, a row per word: every sentence about a scenario is written by them.

A sentence takes a word by its name, as ``f"{words.task} 3"``, or is a template with the name in
braces, which `Vocabulary.fill` fills. On Kubernetes both say ``pod`` where ECS has a ``task``.
"""

import re
from typing import overload

from simdeploy.model.registry import METRICS, Metric, by_name
from simdeploy.scenario.kubernetes import KUBERNETES

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Word:
    """A word of ECS, and what Kubernetes has for it; as an attribute, that of the platform."""

    def __init__(self, ecs: str, kubernetes: str) -> None:
        self.ecs = ecs
        self.kubernetes = kubernetes

    @overload
    def __get__(self, words: None, owner: type) -> "Word": ...
    @overload
    def __get__(self, words: "Vocabulary", owner: type) -> str: ...
    def __get__(self, words: "Vocabulary | None", owner: type) -> "Word | str":
        """Return the word of a vocabulary's platform; of the class, the row itself."""
        if words is None:
            return self
        return self.kubernetes if words.platform == KUBERNETES else self.ecs


class Vocabulary:
    """The words of a platform; one of AWS's own, ``custom``, has those of ECS.

    Parameters
    ----------
    platform
        As the scenario names it.

    Examples
    --------
    >>> Vocabulary("ecs").task, Vocabulary("kubernetes").fill("no {task} can be {placed}")
    ('task', 'no pod can be scheduled')
    """

    platform_name = Word("ECS", "Kubernetes")

    task = Word("task", "pod")
    tasks = Word("tasks", "pods")
    #: What fails and is counted: a container of a pod is started again in its pod.
    attempt = Word("task", "container")
    more = Word("more", "more containers")

    placed = Word("placed", "scheduled")
    provisioning = Word("provisioning, pulling", "scheduling, pulling")
    stop = Word("stop", "terminate")
    stops = Word("stops", "terminates")
    told_to_stop = Word("is told to stop", "gets SIGTERM")
    are_told_to_stop = Word("are told to stop", "get SIGTERM")
    dies = Word("dies", "crashes")
    die = Word("die", "crash")
    dying = Word("dying", "crashing")
    runs_and_dies = Word("runs and dies", "runs and crashes")
    run_and_die = Word("run and die", "run and crash")
    dead = Word("dead", "crashed")

    health_check = Word("health check", "readiness probe")
    health_checks = Word("health checks", "readiness probes")
    checks = Word("checks", "probes")
    healthy = Word("healthy", "ready")
    unhealthy = Word("unhealthy", "not ready")
    turns_unhealthy = Word("turns unhealthy", "is no longer ready")
    turn_unhealthy = Word("turn unhealthy", "are no longer ready")

    #: A target is what the load balancer knows of a task; a pod is an endpoint once it is ready.
    registers = Word("registers with the load balancer", "has started")
    register = Word("register", "have started")
    there_to_answer = Word("is there to answer", "is ready to answer")
    eligible = Word("eligible tasks", "ready pods")
    drains = Word("drains", "leaves the endpoints")
    drain = Word("drain", "leave the endpoints")
    draining = Word("draining, stopping", "terminating")
    #: What is left for connections of a task that ends.
    end_of_connections = Word(
        "{delay} of draining is all they get",
        "the termination of their pod, {delay} at most, is all they get",
    )
    #: What sends requests, and logs a client that leaves before it is answered.
    test_listener = Word("test listener points", "preview Service points")
    clients_leave = Word(
        "before the load balancer answers ({idle}): it logs a 460, a 4xx",
        "before they are answered: a router logs a 4xx (nginx a 499)",
    )

    bounds = Word("floor {floor}, cap {cap}", "at least {floor} available, at most {cap} in all")
    install_timeout = Word("install timeout", "time limit of new pods")
    #: A controller of Kubernetes is called an operator, too; here it is a person.
    operator = Word("operator", "person on call")
    operators_command = Word("operator's command", "command of the person on call")
    target_5xx_rate = Word("target 5xx rate", "5xx rate of the pods")
    no_signal = Word(
        "no breaker, and no alarm on unhealthy targets",
        "and no progress deadline that undoes the release",
    )
    no_watch = Word("neither breaker nor alarm", "neither a deadline nor an alarm")

    def __init__(self, platform: str) -> None:
        self.platform = platform

    def fill(self, text: str) -> str:
        """Return a text with the words in place of their names; other braces stay."""
        return PLACEHOLDER.sub(lambda found: _word(self, found[1]) or found[0], text)

    def metric(self, name: str) -> Metric:
        """Return a metric with its unit, title and meaning in the words of the platform."""
        known = OF_PODS if self.platform == KUBERNETES else {}
        return known.get(name) or METRIC[name]

    def unit(self, name: str, otherwise: str) -> str:
        """Return the unit of a metric in the words of the platform, else the given one."""
        return self.metric(name).unit if name in METRIC else otherwise


METRIC = by_name(*METRICS)
#: Metrics that Kubernetes has other words for.
OF_PODS = by_name(
    Metric("failed_no_target", "requests", "… no endpoint", "Answered 503: no ready pod."),
    Metric("both_alive_s", "s", "Both alive", "Seconds with pods of both revisions alive."),
    Metric("min_healthy_tasks", "pods", "Least ready pods", "Fewest ready pods."),
    Metric("peak_tasks", "pods", "Most pods", "Most pods alive, starting and terminating too."),
    Metric("failed_tasks", "containers", "Failed containers", "Containers that failed."),
    Metric(
        "task_seconds_old",
        "pod-seconds",
        "Old pod-seconds",
        "Seconds that pods of the old revision were alive, added up.",
    ),
    Metric(
        "task_seconds_new",
        "pod-seconds",
        "New pod-seconds",
        "Seconds that pods of the new revision were alive, added up.",
    ),
    Metric("cost_usd", "USD", "Cost", "What all pods cost until the horizon."),
    Metric(
        "all_healthy_s",
        "s",
        "All ready after",
        "From the command until all pods desired of the revision then deployed are ready.",
    ),
)
#: All rows by name.
ROWS = {name: row for name, row in vars(Vocabulary).items() if isinstance(row, Word)}


def _word(words: Vocabulary, name: str) -> str:
    row = ROWS.get(name)
    return "" if row is None else row.__get__(words, Vocabulary)
