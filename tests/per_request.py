"""An oracle: one request after the other, in plain Python that shares no code with the model.

Tasks have ``workers`` each and serve in order of arrival. A balancer hands every request to a task
in rotation, in turn or at random. A client waits for ``timeout`` seconds; a task that does not
cancel works for those who have left all the same.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

#: What becomes of a request.
OK, LATE, CUT, NO_TARGET = "ok", "late", "cut", "no target"
#: How long a request takes, from a source of random numbers, s.
Service = Callable[[random.Random], float]


class Outcome(NamedTuple):
    """A request: when it arrived, what became of it, and its latency if it was answered, s."""

    at: float
    what: str
    latency: float


class Away(NamedTuple):
    """A task that receives nothing between two times, and serves its line meanwhile."""

    task: int
    start: float
    end: float


class End(NamedTuple):
    """A task that receives nothing from ``start`` on; what is not answered at ``cut`` is lost."""

    task: int
    start: float
    cut: float


class Fleet(NamedTuple):
    """The tasks, and how requests get to them."""

    tasks: int
    workers: int
    service: Service
    timeout: float
    at_random: bool = False
    cancels: bool = False
    away: Sequence[Away] = ()
    ends: Sequence[End] = ()
    starts: Sequence[float] = ()


class Task:
    """Workers, by the time at which each is free next; who comes first is served first."""

    def __init__(self, workers: int, cut: float, start: float) -> None:
        self.free = [start] * workers
        self.cut = cut

    def handle(self, at: float, takes: float, fleet: Fleet) -> Outcome:
        """Serve a request that arrives; say what becomes of it."""
        begin = max(at, self.free[0])
        end = begin + takes
        late = end - at > fleet.timeout + 1e-9
        if late and fleet.cancels:
            return Outcome(at, LATE, 0.0)
        if begin < self.cut:
            heappop(self.free)
            heappush(self.free, min(end, self.cut))
        if end > self.cut and at + fleet.timeout > self.cut:
            return Outcome(at, CUT, 0.0)
        return Outcome(at, LATE, 0.0) if late else Outcome(at, OK, end - at)


def poisson(rate: float, until: float, luck: random.Random) -> Iterator[float]:
    """Arrivals at random, at a rate per second."""
    at = luck.expovariate(rate)
    while at < until:
        yield at
        at += luck.expovariate(rate)


def stepped(
    steps: Sequence[tuple[float, float]], until: float, luck: random.Random
) -> Iterator[float]:
    """Arrivals at random at rates that change: (from when, rate), the first from 0 on."""
    ends = [at for at, _ in steps[1:]] + [until]
    for (start, rate), end in zip(steps, ends, strict=True):
        yield from (start + at for at in poisson(rate, end - start, luck))


def in_rotation(fleet: Fleet, at: float) -> list[int]:
    """Tasks that receive requests at a time."""
    starts = list(fleet.starts) or [0.0] * fleet.tasks
    gone = {a.task for a in fleet.away if a.start <= at < a.end}
    gone |= {e.task for e in fleet.ends if e.start <= at}
    return [k for k in range(fleet.tasks) if k not in gone and starts[k] <= at]


def play(fleet: Fleet, arrivals: Iterator[float], luck: random.Random) -> list[Outcome]:
    """Serve all arrivals; outcomes in their order."""
    cuts = {e.task: e.cut for e in fleet.ends}
    starts = list(fleet.starts) or [0.0] * fleet.tasks
    tasks = [Task(fleet.workers, cuts.get(k, float("inf")), starts[k]) for k in range(fleet.tasks)]
    changes = sorted(
        {a.start for a in fleet.away}
        | {a.end for a in fleet.away}
        | {e.start for e in fleet.ends}
        | set(starts)
        | {0.0}
    )
    outcomes, turn, routed = [], 0, in_rotation(fleet, 0.0)
    for at in arrivals:
        while changes and changes[0] <= at:
            routed = in_rotation(fleet, changes.pop(0))
        if not routed:
            outcomes.append(Outcome(at, NO_TARGET, 0.0))
            continue
        turn += 1
        k = luck.choice(routed) if fleet.at_random else routed[turn % len(routed)]
        outcomes.append(tasks[k].handle(at, fleet.service(luck), fleet))
    return outcomes


def count(outcomes: list[Outcome], what: str, start: float = 0.0, end: float = 1e99) -> int:
    """How many requests that arrived between two times came to this."""
    return sum(o.what == what and start <= o.at < end for o in outcomes)


def percentile(outcomes: list[Outcome], share: float = 0.99) -> float:
    """Latency that a share of the answered requests does not exceed, s."""
    answered = sorted(o.latency for o in outcomes if o.what == OK)
    return answered[min(int(share * len(answered)), len(answered) - 1)] if answered else 0.0


def slower(outcomes: list[Outcome], limit: float) -> int:
    """How many were answered, but later than a limit."""
    return sum(o.what == OK and o.latency > limit for o in outcomes)


def constant(seconds: float) -> Service:
    """Every request takes the same time."""
    return lambda _: seconds


def exponential(mean: float) -> Service:
    """Request times are exponential."""
    return lambda luck: luck.expovariate(1.0 / mean)


def lognormal(median: float, sigma: float) -> Service:
    """Request times are lognormal."""
    return lambda luck: median * 2.718281828459045 ** luck.gauss(0.0, sigma)
