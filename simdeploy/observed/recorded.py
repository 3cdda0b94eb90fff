"""Deployments by what ECS or CodeDeploy keeps of them, each with the events that lie within it.

The events of a deployment that shifts traffic do not tell where it begins and ends: the service is
steady in between, while both revisions run. Its record does.
"""

from simdeploy.observed import records
from simdeploy.observed.chains import (
    COMMAND_WITHIN,
    DEPLOYMENT,
    OUTSIDE,
    Segment,
    stopped_means,
)
from simdeploy.observed.records import DeploymentTimes, Event, Observed

CODE_DEPLOY = "codedeploy"
NATIVE = "service deployment"
#: ECS writes "completed" and "steady" within a look or so of the end that the record gives, s.
AFTER_END = 15.0
#: States of a deployment of CodeDeploy that did not reach its end.
GIVEN_UP = frozenset({"Failed", "Stopped"})


def recorded_deployments(observed: Observed, source: str) -> list[Segment]:
    """Return the deployments that one source has records of, in order of time.

    Parameters
    ----------
    source
        `CODE_DEPLOY` or `NATIVE`.
    """
    found = [item for item in observed.deployments if item.source == source and _begin(item)]
    return [_segment(item, observed.events) for item in found]


def _begin(item: DeploymentTimes) -> float:
    """Return when a deployment began, as far as it is known; 0 where it is not."""
    starts = [step.start for step in item.lifecycle if step.start is not None]
    return item.created or min(starts, default=0.0)


def _segment(item: DeploymentTimes, events: tuple[Event, ...]) -> Segment:
    begin, end = _begin(item), item.finished
    until = float("inf") if end is None else end + AFTER_END
    own = tuple(e for e in events if begin <= e.at <= until and e.kind not in OUTSIDE)
    if events and events[0].at > begin + COMMAND_WITHIN:
        own = ()  # the list begins within the deployment
    draining = (e.task_set for e in own if e.kind == records.DRAINING and e.task_set)
    return Segment(
        DEPLOYMENT,
        own,
        item.service,
        item.id,
        next(draining, ""),
        begin,
        end,
        max([item.resolution_s, *(event.resolution_s for event in own)]),
        created=item.created,
        is_rolled_back=bool(item.rollback) or item.status in GIVEN_UP,
        stopped_means=stopped_means(own),
        record=item,
    )
