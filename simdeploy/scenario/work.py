"""How much there is to do in a run, before any is played: its instants at most.

What happens at regular distances until the horizon could go on for ever: looks of the scheduler,
evaluations of alarms, health checks of tasks. Engines leave out most of it, but not always, so a
scenario that could have more than `MOST_INSTANTS` is refused.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import Path, fault
from simdeploy.scenario.detection import Alarm
from simdeploy.scenario.load_balancer import HealthCheck
from simdeploy.scenario.service import Service
from simdeploy.scenario.vocabulary import Vocabulary

#: Instants that a run may have at most; thirty years have as many looks every 10.2 s.
MOST_INSTANTS = 100_000_000
#: An alarm is judged every minute, or every period if that is shorter (s).
MINUTE = 60.0
#: Length of a usual run (s): one that is too long is at fault itself.
USUAL = 7200.0
#: Where the time between two checks of a task stands, and between two probes of a pod.
CHECKED: Path = ("target_group", "health_check", "interval")
PROBED: Path = ("service", "readiness", "period")
WORDS = {
    "looks": "looks of the scheduler",
    "evaluations": "evaluations of alarms",
    "checks": "{health_checks}",
}


class Instants(NamedTuple):
    """What a run of some length can have at most, by what it is of."""

    looks: float
    evaluations: float
    checks: float


def instants(
    horizon: float, service: Service, check: HealthCheck, alarms: Sequence[Alarm]
) -> Instants:
    """Return how many looks, evaluations of alarms and health checks a run can have at most.

    Parameters
    ----------
    horizon
        Length of the run, s.
    service
        Its looks are `scheduler_tick` apart, and each of its tasks is checked.
    check, alarms
        How often tasks are checked, and alarms judged.
    """
    looks = horizon / service.scheduler_tick if service.scheduler_tick > 0.0 else 0.0
    evaluations = sum(horizon / min(alarm.period, MINUTE) for alarm in alarms)
    return Instants(looks, evaluations, horizon / check.interval * service.desired_count)


def too_many_instants(
    horizon: float, service: Service, check: HealthCheck, alarms: Sequence[Alarm], platform: str
) -> Iterator[InitErrorDetails]:
    """Find the setting by which a run could have more than `MOST_INSTANTS`.

    That is the horizon where a run of `USUAL` length would have few enough.
    """
    counts = instants(horizon, service, check, alarms)
    if sum(counts) <= MOST_INSTANTS:
        return
    worst = max(Instants._fields, key=lambda name: getattr(counts, name))
    times = sum(counts) / MOST_INSTANTS
    if worst == "evaluations" or times * USUAL <= horizon:
        path: Path = ("horizon",)
        got, bound = horizon, f"at most {int(horizon / times):,} s"
    else:
        path, got = {
            "looks": (("service", "scheduler_tick"), service.scheduler_tick),
            "checks": (PROBED if service.readiness is not None else CHECKED, check.interval),
        }[worst]
        bound = f"at least {1.05 * got * times:.2g} s"
    number = f"{getattr(counts, worst):,.0f} {Vocabulary(platform).fill(WORDS[worst])}"
    what = f"{number} in a run, of {MOST_INSTANTS:,} instants that are played at most"
    yield fault(path, what, got=got, allowed=f"allowed: {bound}")
