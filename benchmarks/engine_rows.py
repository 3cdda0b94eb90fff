"""Rows a to e and i: the engines against each other, against mere draws, and against SimPy."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np
import simpy

from benchmarks.measure import Row, ratios, seconds
from benchmarks.scenarios import random_rolling, sized
from benchmarks.variates import drawing, variates
from simdeploy import load_scenario
from simdeploy.draws import STEPS, four
from simdeploy.engines import encoded
from simdeploy.engines.batch import run_many
from simdeploy.engines.process.service import Service, baseline, play
from simdeploy.model.fields.plain import plain
from simdeploy.model.fields.scenario import SCENARIO
from simdeploy.scenario import Scenario, builtin_scenarios

RELEASE = 0
#: Uniform and normal numbers per task: pull, boot, interface; phase of the checks, what fails.
NORMALS, UNIFORMS = 3, 2


def batch(model: Any, runs: int, threads: int = 1) -> Any:
    """Play runs by the batch engine."""
    return run_many(model, 1, 0, runs, RELEASE, threads)


def process(model: Any, runs: int) -> None:
    """Play runs by the process engine, the model made plain beforehand."""
    for k in range(runs):
        play(model, 1, k, RELEASE)


def batch_over_process(number: int) -> Row:
    """Row a."""
    models = [encoded(one, "rolling", "release") for one in random_rolling(30)]
    objects = [plain(one, SCENARIO) for one in models]
    many, few = 400, 2
    batch(models[0], 2)
    found = ratios(
        lambda: [process(one, few) for one in objects],
        lambda: [batch(one, many) for one in models],
        number,
        many / few,
    )
    return Row("a", "batch engine against the process engine, rolling, 2 to 20 tasks", found, 2000)


def over_draws(number: int) -> Iterator[Row]:
    """Row b: against NumPy drawing as many numbers per task, and against the engine's own draws."""
    yield over_numpy(number)
    scenarios = random_rolling(30)
    models = [encoded(one, "rolling", "release") for one in scenarios]
    runs = 400
    found = [variates(one) for one in models]
    blocks, lognormals = (runs * sum(counts) for counts in zip(*found, strict=True))
    draw, table = drawing(), np.zeros((1, STEPS + 1))
    draw(table, 2, 1)
    yield Row(
        "b",
        "batch engine against its own draws alone",
        ratios(
            lambda: [batch(one, runs) for one in models],
            lambda: draw(table, blocks, lognormals),
            number,
        ),
        3,
        at_most=True,
        note=f"{blocks / 30 / runs:.0f} blocks and {lognormals / 30 / runs:.0f} lognormals a run",
    )


def over_numpy(number: int) -> Row:
    """Return the row against NumPy drawing as many numbers per task."""
    scenarios = random_rolling(30)
    models = [encoded(one, "rolling", "release") for one in scenarios]
    runs = 400
    tasks = sum(attempts(m, runs) for m in models)
    generator = np.random.Generator(np.random.SFC64(1))

    def draw() -> None:
        for _ in range(NORMALS):
            generator.lognormal(size=tasks)
        for _ in range(UNIFORMS):
            generator.random(tasks)

    found = ratios(lambda: [batch(one, runs) for one in models], draw, number)
    return Row(
        "b", "batch engine against NumPy drawing the same variates", found, 2.5, at_most=True
    )


def attempts(model: Any, runs: int) -> int:
    """Tasks in so many runs, of both revisions: every one draws its own luck."""
    rows = batch(model, runs)
    return int(rows["failed_tasks"].sum()) + 2 * int(model.desired_count) * runs


def per_task(number: int) -> Row:
    """Row c."""
    few, many = (encoded(sized(n), "rolling", "release") for n in (6, 1000))
    batch(many, 1)
    found = ratios(lambda: batch(many, 12), lambda: batch(few, 2000), number, 6 * 2000 / 12000)
    return Row("c", "time per task with 1,000 tasks against 6", found, 1.5, at_most=True)


def two_threads(number: int) -> Row:
    """Row d."""
    model = encoded(load_scenario("happy-path"), "rolling", "release")
    found = ratios(
        lambda: batch(model, 40_000),
        lambda: batch(model, 40_000, 2),
        number,
        clock=time.perf_counter,
    )
    return Row("d", "one thread against two", found, 1.8, note="for a quiet machine")


def gallery(number: int) -> Iterator[Row]:
    """Row e, for the median scenario and for the worst."""
    names = builtin_scenarios()
    found = {name: median(one_story(load_scenario(name), number)) for name in names}
    for name in sorted(found, key=found.__getitem__):
        print(f"  {name:32} {found[name]:6.0f} ×")
    worst = min(found, key=found.__getitem__)
    typical = tuple(found.values())
    yield Row("e", "batch engine against the process engine, median of the gallery", typical, 150)
    yield Row("e", "the same, worst scenario", (found[worst],), 100, note=worst)


def one_story(scenario: Scenario, number: int) -> tuple[float, ...]:
    """Ratios of a scenario, all its strategies together."""
    models = [encoded(scenario, name, "release") for name in scenario.strategies]
    objects = [plain(one, SCENARIO) for one in models]
    [process(one, 1) for one in objects]
    once = seconds(lambda: [process(one, 1) for one in objects])
    many = max(5, int(60 * min(1.0, 0.3 / once)))
    return ratios(
        lambda: [process(one, 1) for one in objects],
        lambda: [batch(one, many) for one in models],
        min(number, 3),
        many,
    )


def against_simpy(number: int) -> Row:
    """Row i."""
    model = plain(encoded(load_scenario("happy-path"), "rolling", "release"), SCENARIO)
    runs = 30
    usual = [baseline(model, 1, k).points for k in range(runs)]
    events = counted(model, usual[0])

    def ours() -> None:
        four.cache_clear()
        for k in range(runs):
            Service(model, 1, k, RELEASE, usual[k]).run()

    def bare() -> None:
        clock = simpy.Environment()
        for k in range(6):
            clock.process(sleeper(clock, runs * events // 6, k))
        clock.run()

    what = f"process engine per event against a bare SimPy loop ({events} events a run)"
    return Row("i", what, ratios(ours, bare, number), 10, at_most=True)


def sleeper(clock: simpy.Environment, naps: int, offset: int) -> Iterator[simpy.Event]:
    """A process that does nothing but wait."""
    for _ in range(naps):
        yield clock.timeout(1.0 + 0.1 * offset)


def counted(model: Any, points: Any) -> int:
    """Events of one run."""
    service = Service(model, 1, 0, RELEASE, points)
    count = 0
    step = service.clock.step

    def counting() -> None:
        nonlocal count
        count += 1
        step()

    service.clock.step = counting  # type: ignore[method-assign]
    service.run()
    return count
