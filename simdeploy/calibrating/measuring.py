"""Records of AWS to samples of steps: which two times a step lies between, and how exactly."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice, pairwise

from simdeploy.calibrating import steps
from simdeploy.calibrating.clock import Clock, fit_clock
from simdeploy.calibrating.sample import Sample, between
from simdeploy.calibrating.steps import Step
from simdeploy.observed import chains, records
from simdeploy.observed.chains import Segment
from simdeploy.observed.records import Event, Observed

#: What happens at looks.
AT_LOOKS = (
    records.STARTED, records.REGISTERED, records.STOPPED, records.DEREGISTERED, records.COMPLETED,
)  # fmt: skip
#: What breaks the order in which tasks are registered.
BREAKS = (
    records.START_FAILED, records.STOPPED_PENDING, records.UNHEALTHY, records.FAILED,
    records.ROLLING_BACK, records.NO_CAPACITY, records.THROTTLED,
)  # fmt: skip
#: Events this close are one look (s).
SAME_LOOK = 1.5
CODE_DEPLOY = "codedeploy"


@dataclass
class Measured:
    """Samples by step, the looks, and what could not be measured and why."""

    clock: Clock = field(default_factory=Clock)
    samples: dict[Step, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)

    def add(self, step: Step, sample: Sample) -> None:
        """Add a sample."""
        self.samples[step].append(sample)


def name_of(part: Segment) -> str:
    """Return how a deployment is called: its id, else when it began."""
    return part.deployment_id or clock_words(part.begin)


def clock_words(at: float) -> str:
    """Return a time as people write it, in UTC.

    >>> clock_words(1753980070.4)
    '2025-07-31T16:41:10Z'
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def looks_of(parts: Sequence[Segment]) -> Clock:
    """Return the looks that the deployments' events show."""
    found: list[float] = []
    for part in parts:
        times = sorted({event.at for event in part.of(*AT_LOOKS)})
        looks = [at for k, at in enumerate(times) if k == 0 or at - times[k - 1] > SAME_LOOK]
        found += [later - earlier for earlier, later in pairwise(looks)]
    return fit_clock(found, max((part.resolution_s for part in parts), default=0.001))


def measure_deployments(observed: Observed, parts: Sequence[Segment], into: Measured) -> None:
    """Add what deployments show: command, start, registration to order, the look after it."""
    is_code_deploy = any(d.source == CODE_DEPLOY for d in observed.deployments)
    last = max((event.at for event in observed.events), default=0.0)
    for part in parts:
        name = name_of(part)
        if part.is_overlapped:
            into.notes.append(f"deployment {name}: another was ordered before its end; what lies "
                              "between command and first act is left out")  # fmt: skip
        elif part.created is not None:
            into.add(steps.COMMAND, between(part.created, part.begin, part.resolution_s, name))
        if part.is_cut_left:
            into.notes.append(f"deployment {name}: these events begin within it; only steps with "
                              "both ends are used")  # fmt: skip
        _add_looks(part, into)
        if part.is_cut_left or part.az_moves:
            continue
        _add_starts(part, last, into)
        if not is_code_deploy:
            _add_orders(part, into)


def expanded(part: Segment, kind: str) -> list[float]:
    """Return when each task or target of a kind's events was counted, up to a service's most."""
    every = (e.at for e in part.of(kind) for _ in range(max(e.count, len(e.task_ids), 0)))
    return list(islice(every, records.MOST_TASKS))


def _until(part: Segment) -> float:
    """Return when the order of tasks is broken for the first time: at a failure, at a rollback."""
    return min((event.at for event in part.of(*BREAKS)), default=math.inf)


def _add_starts(part: Segment, last: float, into: Measured) -> None:
    """Add started → registered, first with first; what had not come at the end is left open."""
    until = _until(part)
    started = [at for at in expanded(part, records.STARTED) if at < until]
    registered = [at for at in expanded(part, records.REGISTERED) if at < until]
    name = name_of(part)
    for begin, end in zip(started, registered, strict=False):
        if end > begin:
            sample = between(begin, end, part.resolution_s, name, into.clock.tick)
            into.add(steps.STARTING, sample._replace(is_paired_in_order=len(started) > 1))
    if part.end is None and math.isinf(until) and registered:
        for begin in started[len(registered) :]:
            into.add(steps.STARTING, Sample(last - begin, math.inf, name, begin))


def orders_of(part: Segment, tick: float) -> list[float]:
    """Return when each old task was ordered to stop, as far as the events say."""
    if part.stopped_means == chains.ORDER:
        return expanded(part, records.STOPPED)
    left = expanded(part, records.DEREGISTERED) or expanded(part, records.DRAINING)
    return [at - tick for at in left]


def _add_orders(part: Segment, into: Measured) -> None:
    """Add registered → healthy: the order to stop an old task comes at the look after it."""
    until = _until(part)
    registered = [at for at in expanded(part, records.REGISTERED) if at < until]
    ordered = [at for at in orders_of(part, into.clock.tick) if at < until]
    pairs = list(zip(registered, ordered, strict=False))
    if any(order <= begin for begin, order in pairs):
        return  # it stops old tasks first: the order says nothing of health
    for begin, order in pairs:
        sample = between(begin, order, part.resolution_s, name_of(part), into.clock.tick)
        into.add(steps.FIRST_CHECK, sample._replace(is_paired_in_order=len(pairs) > 1))


def _add_looks(part: Segment, into: Measured) -> None:
    """Add order → deregistered, where the events have the order."""
    if part.stopped_means != chains.ORDER or part.is_cut_left:
        return
    left = expanded(part, records.DEREGISTERED)
    for order, gone in zip(expanded(part, records.STOPPED), left, strict=False):
        if gone >= order:
            into.add(steps.LOOK, between(order, gone, part.resolution_s, name_of(part)))


def measure_tails(parts: Sequence[Segment], delay: float, into: Measured) -> None:
    """Add what comes after the deregistration delay, given in s, until "completed"."""
    for part in parts:
        tail = chains.tail_s(part, delay)
        if tail is not None and tail >= 0.0 and not part.is_rolled_back:
            into.add(steps.TAIL, Sample(tail, tail, name_of(part), part.begin))


def shorter_than(parts: Sequence[Segment], delay: float) -> list[float]:
    """Return the times, s, from "deregistered" to the end that are shorter than the delay."""
    short = []
    for part in parts:
        tail = chains.tail_s(part, delay)
        if tail is not None and tail < -part.resolution_s:
            short.append(tail + delay)
    return short


def next_start(events: Sequence[Event], at: float, within: float) -> Event | None:
    """Return the first start after a time."""
    found = (e for e in events if e.kind == records.STARTED and at < e.at <= at + within)
    return next(found, None)


def failed_starts(events: Sequence[Event]) -> Iterator[tuple[Event, Event, Event | None, int]]:
    """Yield start, failure, next start, and the number of the failure since the last success."""
    number = 0
    start: Event | None = None
    for k, event in enumerate(events):
        if event.kind in (records.REGISTERED, records.COMPLETED, records.STEADY):
            number = 0
        elif event.kind == records.STARTED:
            start = event
        elif event.kind == records.START_FAILED and start is not None:
            number += 1
            after = (e for e in events[k + 1 :] if e.kind == records.STARTED)
            yield start, event, next(after, None), number
            start = None
