"""Samples of what CodeDeploy and alarms take: hops between lifecycle events, hooks, reactions."""

from itertools import pairwise

from simdeploy.calibrating import steps
from simdeploy.calibrating.measuring import Measured
from simdeploy.calibrating.sample import between
from simdeploy.observed import records
from simdeploy.observed.records import Observed

#: A hook without a function ends at once, s (observed, 2018: 0.4 to 0.7 s).
WITHOUT_FUNCTION = 1.0
#: A hop that is longer, s, is a wait: the minutes of a canary, or a person who is asked.
LONGEST_HOP = 60.0
#: A rollback that comes later than this after an alarm, s, has another cause.
REACTION = 120.0
STAGES = (
    "BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic",
    "AfterAllowTraffic",
)  # fmt: skip


def measure_controllers(observed: Observed, into: Measured) -> None:
    """Add hops from one lifecycle event to the next, hooks, and from an alarm to the rollback."""
    for deployment in observed.deployments:
        resolution = deployment.resolution_s
        timed = sorted(
            (event for event in deployment.lifecycle if event.start and event.end),
            key=lambda event: event.start or 0.0,
        )
        for event, after in pairwise(timed):
            hop = between(event.end or 0.0, after.start or 0.0, resolution, deployment.id)
            if hop.middle <= LONGEST_HOP and (after.start or 0.0) >= (event.end or 0.0):
                into.add(steps.HOP, hop)
        for event in timed:
            hook = between(event.start or 0.0, event.end or 0.0, resolution, deployment.id)
            if event.name in STAGES and hook.middle > WITHOUT_FUNCTION:
                into.add(steps.HOOK._replace(words=f"hook {event.name}"), hook)
    back = [event for event in observed.events if event.kind == records.ROLLING_BACK]
    for change in observed.alarm_changes:
        first = next((e for e in back if change.at <= e.at <= change.at + REACTION), None)
        if change.new == "ALARM" and first is not None:
            exact = max(change.resolution_s, first.resolution_s)
            into.add(steps.ALARM, between(change.at, first.at, exact, change.alarm))
