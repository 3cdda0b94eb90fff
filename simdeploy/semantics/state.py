"""Named tuples that rules take and return; at most eight fields each."""

from typing import NamedTuple

#: Revisions, by their number in the engines.
OLD = 0
NEW = 1

#: Health of a target, as the load balancer sees it.
INITIAL = 0
HEALTHY = 1
UNHEALTHY = 2

#: Time of an event that does not happen: later than every horizon.
NEVER = float("inf")


class Fleet(NamedTuple):
    """Tasks as the scheduler counts them, of the revision being deployed and of the other.

    ``starting`` tasks are created but not yet healthy, ``sick`` ones are unhealthy past their grace
    period. ``draining`` counts tasks of both revisions that are being stopped.
    """

    starting: int
    healthy: int
    sick: int
    other_starting: int
    other_healthy: int
    other_sick: int
    draining: int


class Pending(NamedTuple):
    """What keeps the scheduler from acting on failed tasks at once.

    ``target`` and ``other`` count failed tasks of both revisions that ECS does not want to replace
    yet. ``may_force``: a sick task may be stopped now, before its successor starts.
    """

    target: int
    other: int
    may_force: bool


class Orders(NamedTuple):
    """Numbers of tasks that the scheduler stops and starts in one reconciliation."""

    stop_sick: int
    stop_surplus: int
    stop_other_sick: int
    stop_other_starting: int
    stop_other_healthy: int
    start: int
    start_other: int


class Progress(NamedTuple):
    """Pods of a rolling update on Kubernetes: new and old ones, and how many of both serve."""

    new: int
    old: int
    ready: int
    available: int


class Breaker(NamedTuple):
    """Circuit breaker of one deployment.

    ``stage`` is 1 until a task of the deployment has been RUNNING, then 2. ``threshold`` is the
    number of failures that trips it.
    """

    enabled: bool
    stage: int
    failures: int
    threshold: int
    tripped: bool


class Share(NamedTuple):
    """Requests per second that one cohort of identical targets receives, by outcome."""

    served: float
    overload: float
    app: float
    schema: float
    slow: float


class Shape(NamedTuple):
    """State of a schema change in the database that both revisions share."""

    change: int
    new_rows: bool
    old_gone: bool
    repaired: bool
