"""``python -m benchmarks.growth``: how the time of a run grows with size, as an exponent.

Each series times something at several sizes, round after round, in CPU time. An exponent is the
slope of a line through the logarithms, by least squares; ``the end`` is that between the last two
sizes, which tells more of what comes beyond. The time at size 0 is taken off where a thing can be
left out, such as alarms. A size that would take longer than ``--limit`` seconds is left out, which
the note says.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import linear_regression
from typing import NamedTuple

from rich.console import Console

from benchmarks.__main__ import document, table
from benchmarks.measure import Row, Work, seconds
from simdeploy import compare, load_scenario, sweep
from simdeploy.engines import encoded
from simdeploy.engines.batch import run_many

#: What is timed at least, s: shorter work is repeated.
LEAST = 0.05
#: Greatest exponents: of tasks, whose states are looked through, and of all else.
OF_TASKS, LINEAR = 1.2, 1.05
TASKS = (6, 20, 60, 200, 600, 1000, 2000, 5000)
RELEASE = 0


class Series(NamedTuple):
    """Something to be timed at several sizes; ``make`` prepares the work of a size."""

    what: str
    sizes: Sequence[int]
    make: Callable[[int], Work]
    target: float = LINEAR
    #: Whether the time at size 0 is taken off.
    from_zero: bool = False


class Fit(NamedTuple):
    """Exponents of one round."""

    all: float
    end: float


def fitted(sizes: Sequence[int], times: Sequence[float]) -> Fit:
    """Return the exponents of times at sizes.

    >>> fitted([1, 10, 100], [2.0, 20.0, 2000.0])
    Fit(all=1.5, end=2.0)
    """
    x, y = [math.log(size) for size in sizes], [math.log(t) for t in times]
    slope = linear_regression(x, y).slope
    return Fit(round(slope, 12), round((y[-1] - y[-2]) / (x[-1] - x[-2]), 12))


def timed(work: Work) -> float:
    """Return the CPU time of a piece of work, repeated until it can be measured, s."""
    once = seconds(work)
    if once >= LEAST:
        return once
    times = math.ceil(LEAST / max(once, 1e-5))
    return seconds(lambda: [work() for _ in range(times)]) / times


def measured(series: Series, number: int, limit: float) -> Row:
    """Time a series in rounds; return the row of its exponents."""
    works, left_out = [], []
    for size in series.sizes:
        work = series.make(size)
        if works and expected(series, works, size) > limit:
            left_out.append(size)
            continue
        works.append((size, work, timed(work)))
    zero = series.make(0) if series.from_zero else None
    fits = []
    sizes = [size for size, _, _ in works]
    for _ in range(number):
        base = timed(zero) if zero else 0.0
        fits.append(fitted(sizes, [max(timed(work) - base, 1e-9) for _, work, _ in works]))
    ends = [fit.end for fit in fits]
    note = f"{sizes[0]:,} to {sizes[-1]:,}; the end: {min(ends):.2f} … {max(ends):.2f}"
    if left_out:
        note += f"; {left_out[0]:,} takes too long"
    values = tuple(fit.all for fit in fits)
    return Row("", series.what, values, series.target, at_most=True, unit="", note=note)


def expected(series: Series, works: Sequence[tuple[int, Work, float]], size: int) -> float:
    """Return what a size will take if it goes on as between the last two, s."""
    sizes, times = [size for size, _, _ in works], [t for _, _, t in works]
    grown = fitted(sizes[-2:], times[-2:]).end if len(sizes) > 1 else series.target
    return float(times[-1] * (size / sizes[-1]) ** grown)


def runs_of(scenario: str, overrides: Sequence[str], runs: int = 1) -> Work:
    """Return the work of playing a scenario's rolling deployment."""
    model = encoded(load_scenario(scenario, overrides=list(overrides)), "rolling", "release")
    return lambda: run_many(model, 1, 0, runs, RELEASE, 1)


def of_tasks(scenario: str, rate: float) -> Callable[[int], Work]:
    """Return what makes a scenario of so many tasks, each offered so many requests a second."""

    def make(n: int) -> Work:
        return runs_of(scenario, [f"service.desired_count={n}", f"traffic.rate={rate * n:g}"])

    return make


def of_alarms(n: int) -> Work:
    """Return runs with a failing release and so many alarms, none of which acts."""
    rule = "metric: any_5xx_rate, threshold: 100%, period: 60s, datapoints: 3, of: 3"
    alarms = ", ".join(f"{{name: alarm-{k}, {rule}}}" for k in range(n))
    names = ", ".join(f"alarm-{k}" for k in range(n))
    faults = "[{kind: errors, rate: 5%}]"
    given = [f"alarms=[{alarms}]", f"defaults.alarms=[{names}]", f"release.faults={faults}"]
    return runs_of("happy-path", [*given, "operator=null"], runs=20)


def of_events(n: int) -> Work:
    """Return runs with so many spikes of traffic, one after the other."""
    spike = "{{kind: traffic_spike, factor: 1.1, from: {0}s, until: {1}s}}"
    spikes = ", ".join(spike.format(60 + 30 * k, 75 + 30 * k) for k in range(n))
    return runs_of("happy-path", [f"environment.events=[{spikes}]"], runs=20)


def of_strategies(n: int) -> Work:
    """Return a comparison of so many strategies that are called differently."""
    rolling = "{type: rolling, minimum_healthy_percent: 100, maximum_percent: 200}"
    names = ", ".join(f"rolling-{k}: {rolling}" for k in range(n))
    made = load_scenario("happy-path", overrides=["questions=[]", f"strategies={{{names}}}"])
    return lambda: compare(made, runs=200, threads=1)


def of_settings(n: int) -> Work:
    """Return a sweep of so many settings."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            values = {"target_group.deregistration_delay": [10 + k for k in range(n)]}
            sweep("happy-path", values, out=folder, runs=100, strategies=["rolling"], threads=1)

    return work


def series(most: int) -> Iterator[Series]:
    """Yield everything that is timed, tasks up to ``most``."""
    tasks = [n for n in TASKS if n <= most]
    for what, scenario, rate in (
        ("tasks, a good release", "happy-path", 33.0),
        ("tasks, a crash loop", "bad-boot-no-breaker", 33.0),
        ("tasks, overload", "overload-collapse", 50.0),
    ):
        yield Series(what, tasks, of_tasks(scenario, rate), OF_TASKS)
    yield Series("runs", (10, 100, 1000, 10_000), lambda n: runs_of("happy-path", [], n))
    yield Series("settings of a sweep", (8, 32, 128, 512), of_settings)
    yield Series("alarms", (1, 2, 5, 10), of_alarms, from_zero=True)
    yield Series("environment events", (5, 10, 20, 50, 100, 200), of_events, from_zero=True)
    yield Series("strategies compared", (2, 8, 32), of_strategies)


def main() -> None:
    """Measure all series; print a table and write a file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--most", type=int, default=TASKS[-1], help="tasks at most")
    parser.add_argument("--rounds", type=int, default=3, help="rounds per series (default 3)")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds per size (default 10)")
    parser.add_argument("--json", type=Path, help="file to write")
    given = parser.parse_args()
    rows = []
    for one in series(given.most):
        start = time.perf_counter()
        rows.append(measured(one, given.rounds, given.limit))
        Console(stderr=True).print(f"{one.what}: {time.perf_counter() - start:.0f} s")
    Console(width=130).print(table(rows, "simdeploy, exponents of growth"))
    if given.json:
        given.json.write_text(json.dumps(document(rows), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
