"""Small tuples that rules take and give; at most eight fields each."""

from typing import NamedTuple

#: Revisions, by their number in the engines.
OLD = 0
NEW = 1

#: Health of a target, as the load balancer sees it.
INITIAL = 0
HEALTHY = 1
UNHEALTHY = 2

#: "Never": later than every horizon.
NEVER = float("inf")


class Fleet(NamedTuple):
    """Active tasks as the scheduler counts them: the revision being deployed, and the other one.

    ``starting`` are created but not yet healthy, ``sick`` are unhealthy past their grace period;
    ``draining`` counts tasks of both revisions that were told to stop and are not gone.
    """

    starting: int
    healthy: int
    sick: int
    other_starting: int
    other_healthy: int
    other_sick: int
    draining: int


class Orders(NamedTuple):
    """What the scheduler does in one look: tasks to stop and to start, of either revision."""

    stop_sick: int
    stop_surplus: int
    stop_other_sick: int
    stop_other_starting: int
    stop_other_healthy: int
    start: int
    start_other: int


class Breaker(NamedTuple):
    """The circuit breaker of one deployment.

    ``stage`` is 1 until a task of the deployment has been RUNNING, then 2; ``threshold`` is the
    number of failures that trips it.
    """

    enabled: bool
    stage: int
    failures: int
    threshold: int
    tripped: bool


class Share(NamedTuple):
    """Requests per second that one cohort of alike targets receives, by what becomes of them."""

    served: float
    overload: float
    app: float
    schema: float
    slow: float


class Shape(NamedTuple):
    """What a schema change has done so far to the data both revisions share."""

    change: int
    new_rows: bool
    old_gone: bool
    repaired: bool
