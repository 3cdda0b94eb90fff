"""Counts of a run: how many requests failed and were slow, by cause, as a counter shows them."""

from typing import TYPE_CHECKING

from simdeploy.draws import COUNTED, uniform
from simdeploy.model import sums
from simdeploy.model.fields.types import Result, RunState, ScenarioRecord
from simdeploy.semantics.metrics import counted, share_of, without_dust
from simdeploy.semantics.numeric import poisson

if TYPE_CHECKING:
    from simdeploy.model.fields.types import Column

#: Sum of each cause of ``sums.BY_CHANCE``, in order; the last are the slow requests.
FAILURES = (sums.NO_TARGET, sums.REFUSED, sums.APP, sums.OVERLOAD, sums.SCHEMA, sums.CUT)


def set_chance_rates(s: RunState) -> None:
    """Set which part of the rates is a matter of chance, from now until the next instant."""
    w = s.world
    for j in range(len(FAILURES)):
        w.rates[sums.BY_CHANCE + j] = w.rates[FAILURES[j]] if w.failing_share < 0.5 else 0.0
    w.rates[sums.BY_CHANCE + len(FAILURES)] = w.rates[sums.SLOW] if w.slow_share < 0.5 else 0.0


def chance_count(s: RunState, mean: float, j: int, ordinal: int) -> float:
    """Count of cause ``j`` that is a matter of chance; nothing is drawn where none is expected."""
    return drawn_count(s, mean, j, ordinal) if mean > 0.0 else 0.0


def drawn_count(s: RunState, mean: float, j: int, ordinal: int) -> float:
    """Draw the count of cause ``j`` of which ``mean`` are expected."""
    w = s.world
    return poisson(uniform(w.key0, w.key1, COUNTED, j, ordinal), mean)


def count_of(m: ScenarioRecord, s: RunState, index: int, j: int) -> float:
    """Count of a cause in this run: number ``j`` of the causes, whose sum is at ``index``."""
    w = s.world
    if m.samples_alarms == 0:
        return float(w.sums[index])
    mean = w.sums[sums.BY_CHANCE + j]
    usual = min(mean, w.baseline_sums[sums.BY_CHANCE + j])
    caused = chance_count(s, mean - usual, j, 0)
    anyway = chance_count(s, usual, j, 1)
    return float(max(0.0, w.sums[index] - mean) + caused + anyway)


def baseline_count(m: ScenarioRecord, s: RunState, index: int, j: int) -> float:
    """Count of a cause without a deployment, on the same luck."""
    w = s.world
    total = w.baseline_sums[index]
    if m.samples_alarms == 0:
        return float(total)
    mean = w.baseline_sums[sums.BY_CHANCE + j]
    anyway = chance_count(s, mean, j, 1)
    return float(max(0.0, total - mean) + anyway)


def limited_count(count: float, most: float) -> float:
    """Return a count that is at most ``most``, and 0 where it is but rounding."""
    return without_dust(counted(count, most), most)


def write_counts(m: ScenarioRecord, s: RunState, out: Result) -> None:
    """Write failed and slow requests: their parts add up, and they are at most the requests."""
    w = s.world
    requests = w.sums[sums.REQUESTS] + m.in_flight_at_command
    out.requests = requests
    out.failed_no_target = limited_count(count_of(m, s, sums.NO_TARGET, 0), requests)
    failed = out.failed_no_target
    out.failed_refused = limited_count(count_of(m, s, sums.REFUSED, 1), requests - failed)
    failed += out.failed_refused
    out.failed_app = limited_count(count_of(m, s, sums.APP, 2), requests - failed)
    failed += out.failed_app
    out.failed_overload = limited_count(count_of(m, s, sums.OVERLOAD, 3), requests - failed)
    failed += out.failed_overload
    out.failed_schema = limited_count(count_of(m, s, sums.SCHEMA, 4), requests - failed)
    failed += out.failed_schema
    out.failed_cut = limited_count(count_of(m, s, sums.CUT, 5), requests - failed)
    failed += out.failed_cut
    out.failed_requests = failed
    out.slow_requests = limited_count(count_of(m, s, sums.SLOW, 6), requests - failed)


def baseline_failures(m: ScenarioRecord, s: RunState) -> float:
    """Count of failed requests without a deployment."""
    failed = 0.0
    for j in range(len(FAILURES)):
        failed += baseline_count(m, s, FAILURES[j], j)
    return failed


def failures_of(values: "Column[float]") -> float:
    """Sum of the six causes of failure."""
    total = 0.0
    for j in range(len(FAILURES)):
        total += values[FAILURES[j]]
    return total


def part_of_count(part: float, mean: float, count: float) -> float:
    """Scale what is expected of ``mean`` to the count of the run, where it is a part of it."""
    return scaled_to_count(part, mean, count) if 0.0 <= part <= mean else part


def scaled_to_count(part: float, mean: float, count: float) -> float:
    """Scale what is expected with so many failures to the count of the run."""
    return part if count == mean else count * share_of(part, mean)
