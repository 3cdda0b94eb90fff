"""How fast tasks serve: tables by pace, that is by how much slower than the old revision."""

import numpy as np

from simdeploy.encode import latency_tables
from simdeploy.errors import NotSimulatedError
from simdeploy.model import constants
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.scenario import Scenario
from simdeploy.semantics.alarms import P99

#: A pace's requests in flight end, as good as all of them, when so few are left.
REACH = 1e-9


class Paces:
    """The paces of a model; each factor has its tables once."""

    def __init__(self, m: ScenarioRecord, scenario: Scenario) -> None:
        self.m = m
        self.service = scenario.service
        self.check_timeout = scenario.target_group.health_check.timeout
        self.idle = scenario.target_group.idle_timeout
        self.long = scenario.traffic.long_requests
        self.known: dict[float, int] = {}
        self.reach = scenario.horizon
        self.timeout = scenario.traffic.client_timeout
        self.in_turn = scenario.target_group.algorithm == "round_robin"
        self.edges = latency_tables.edges(self.time(1.0), self.timeout)
        m.latency_edges[:] = self.edges
        self.put_reach()
        self.pace(1.0)

    def pace(self, factor: float) -> int:
        """The number of a pace; its tables are made when it is asked for first.

        Raises
        ------
        NotSimulatedError
            For more paces than there is room for.
        """
        if factor not in self.known:
            if len(self.known) >= constants.PACES:
                raise NotSimulatedError("releases: so many that are slow in different ways")
            self.known[factor] = len(self.known)
            self.m.n_paces = len(self.known)
            self.put(self.known[factor], factor)
        return self.known[factor]

    def put(self, k: int, factor: float) -> None:
        """Write the tables of one pace."""
        m, service = self.m, self.service
        time = self.time(factor)
        queue = self.queue(time)
        m.capacity[k] = self.capacity(factor)
        m.request_seconds[k] = latency_tables.cut_per_rps(time, 0.0)
        m.wait_growth[k] = latency_tables.wait_growth(time, queue)
        m.slow_shares[k] = latency_tables.slow_table(time, queue, service.slo_latency)
        m.late_shares[k] = latency_tables.late_table(time, queue)
        m.latency_tails[k] = latency_tables.latency_tails(time, queue, self.edges)
        m.check_timeout_chance[k] = negligible(
            float(latency_tables.slower_than(time, self.check_timeout))
        )
        for j in range(m.n_alarms):
            if m.alarms[j].metric == P99:
                limit = float(m.alarms[j].threshold)
                m.alarms[j].slower_share[k] = latency_tables.slow_table(time, queue, limit)
        m.in_flight_after[k] = self.in_flight(time)

    def queue(self, time: latency_tables.RequestTime) -> latency_tables.Queue:
        """The line in which requests of a time wait."""
        service = self.service
        factor = latency_tables.wait_factor(time, service.desired_count, in_turn=self.in_turn)
        return latency_tables.Queue(service.workers, factor, self.timeout)

    def time(self, factor: float) -> latency_tables.RequestTime:
        """The time that a request takes at a pace."""
        service = self.service
        given = service.capacity_rps if "capacity_rps" in service.model_fields_set else None
        return latency_tables.request_time(service.request_time, service.workers, given, factor)

    def capacity(self, factor: float) -> float:
        """Requests/s that a task can serve; long requests may occupy workers, too."""
        usual = float(self.service.capacity_rps) / factor
        long = self.long
        if long.share == 0.0 or not long.occupies_worker:
            return usual
        workers = self.service.workers
        mean = (1.0 - long.share) * workers / usual + long.share * self.long_left(0.0)
        return float(workers / mean)

    def in_flight(self, time: latency_tables.RequestTime) -> latency_tables.Floats:
        """E[(S - t)+] over usual and long requests, by the times of ``latency_tables.grid``."""
        usual = latency_tables.cut_table(time, self.reach)
        if self.long.share == 0.0:
            return usual
        long = np.array([self.long_left(t) for t in latency_tables.grid(self.reach)])
        return (1.0 - self.long.share) * usual + self.long.share * long

    def put_reach(self) -> None:
        """Find how far the tables have to go: twice as far as requests are in flight."""
        time = self.time(1.0)
        reach, least = 1.0, REACH * self.left(time, 0.0)
        while reach < self.reach and self.left(time, reach) > least:
            reach *= 2.0
        self.reach = self.m.in_flight_reach = min(2.0 * reach, self.reach)

    def left(self, time: latency_tables.RequestTime, after: float) -> float:
        """E[(S - after)+] over usual and long requests: in flight per request/s."""
        usual = latency_tables.cut_per_rps(time, after)
        if self.long.share == 0.0:
            return usual
        return float((1.0 - self.long.share) * usual + self.long.share * self.long_left(after))

    def long_left(self, after: float) -> float:
        """E[(L - after)+] of long requests, which end at the idle time-out unless they stream."""
        time = latency_tables.scaled(self.long.duration, 1.0)
        if self.long.streams:
            return float(latency_tables.cut_per_rps(time, after))
        if after >= self.idle:
            return 0.0
        return float(
            latency_tables.cut_per_rps(time, after) - latency_tables.cut_per_rps(time, self.idle)
        )

    @property
    def idle_cut(self) -> float:
        """Share of all requests that the balancer gives up at its idle time-out."""
        if self.long.share == 0.0 or self.long.streams:
            return 0.0
        time = latency_tables.scaled(self.long.duration, 1.0)
        return float(self.long.share * latency_tables.slower_than(time, self.idle))

    @property
    def begun(self) -> float:
        """Requests in flight per request/s in steady state."""
        return self.left(self.time(1.0), 0.0)


def negligible(chance: float) -> float:
    """A chance of less than one in a million checks is none: it would only cost events."""
    return chance if chance >= 1e-6 else 0.0


def put_levels(m: ScenarioRecord, scenario: Scenario) -> None:
    """Latencies at which something changes for who arrives, s."""
    levels = {float(scenario.service.slo_latency), float(scenario.traffic.client_timeout)}
    if m.queued_checks:
        levels.add(float(m.check_timeout))
    alarms = [m.alarms[k] for k in range(m.n_alarms)]
    levels |= {float(alarm.threshold) for alarm in alarms if alarm.metric == P99}
    m.n_wait_bounds = len(levels)
    m.wait_bounds[: len(levels)] = np.sort(np.array(list(levels)))
