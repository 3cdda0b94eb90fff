"""Rows k to m: this version against another, on plain runs, on the gallery, and at the start."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any, NamedTuple

from benchmarks.instants import instants
from benchmarks.measure import Row
from benchmarks.scenarios import random_rolling, rolling_overrides
from benchmarks.version import ROOT, Pair, environment
from simdeploy.scenario import builtin_scenarios, load_scenario

#: Runs of each plain scenario in a round, by engine.
PLAIN = 30
RUNS, PROCESS_RUNS = 400, 2
#: What the other version may take per case and round, s.
SLICE = 0.01
#: Tasks of a story that is not about size.
SIX = 6
FIRST = """
from simdeploy import load_scenario
from simdeploy.engines import replicate
replicate(load_scenario("happy-path"), "rolling", seed=1, lo=0, hi=1, threads=1)
"""


class Case(NamedTuple):
    """A scenario by name, a strategy, and changes of the scenario."""

    scenario: str
    strategy: str
    overrides: tuple[str, ...] = ()


def loaded(pair: Pair, name: str, cases: Sequence[Case]) -> tuple[list[Case], list[Any], int]:
    """Load what both versions know; return it, what is known of each case, and equal ones."""
    both = pair.ask("load", name=name, cases=cases)
    shared = [case for case, *known in zip(cases, *both, strict=True) if None not in known]
    before, now = pair.ask("load", name=name, cases=shared)
    equal = sum(a["digest"] == b["digest"] for a, b in zip(before, now, strict=True))
    return shared, now, equal


def plain_runs(number: int, root: Path) -> Iterator[Row]:
    """Row k: plain runs on one thread and on two, and against the process engine of both."""
    cases = [Case("happy-path", "rolling", tuple(one)) for one in rolling_overrides(PLAIN)]
    with Pair(root) as pair:
        shared, _, equal = loaded(pair, "plain", cases)
        runs = [RUNS] * len(shared)
        pair.ask("play", name="plain", runs=runs)
        once = pair.rounds(number, "play", name="plain", runs=runs)
        two = pair.rounds(number, "play", name="plain", runs=[4 * RUNS] * len(shared), threads=2)
        few = [PROCESS_RUNS] * len(shared)
        process = pair.rounds(min(number, 3), "play", name="plain", runs=few, engine="process")
    note = f"{instants(random_rolling(PLAIN)).words()}; {same(equal, len(shared))}"
    rate = median(sum(runs) / sum(now["cpu"]) for _, now in once)
    yield Row("k", "plain runs against the other version", quotients(once, "cpu"), 8, note=note)
    yield Row("k", "the same on two threads, by the clock", quotients(two, "wall"), 8)
    yield Row("k", "plain runs a second of one core", (rate / 1e6,), 0.5, unit="M/s",
              note="for a quiet core")  # fmt: skip
    scale = RUNS / PROCESS_RUNS
    for k, words in ((1, "this version's"), (0, "the other version's")):
        pairs = zip(process, once, strict=False)
        found = tuple(scale * sum(a[k]["cpu"]) / sum(b[1]["cpu"]) for a, b in pairs)
        yield Row("k", f"plain runs against {words} process engine", found, 2000)


def same(equal: int, cases: int) -> str:
    """Return how many cases have the same numbers in both versions.

    >>> same(30, 30), same(29, 30)
    ('the same numbers in all 30 cases', 'the same numbers in 29 of 30 cases')
    """
    return (
        f"the same numbers in {f'all {cases}' if equal == cases else f'{equal} of {cases}'} cases"
    )


def quotients(rounds: Sequence[tuple[Any, Any]], clock: str) -> tuple[float, ...]:
    """Return the time of all cases in the other version over that in this one, per round."""
    return tuple(sum(before[clock]) / sum(now[clock]) for before, now in rounds)


def gallery_cases() -> list[Case]:
    """Return every scenario of the gallery with each of its strategies."""
    names = {name: list(load_scenario(name).strategies) for name in builtin_scenarios()}
    return [Case(name, strategy) for name, found in names.items() for strategy in found]


def gallery(number: int, root: Path) -> Iterator[Row]:
    """Row l: the mean time per run over the gallery, and its slowest story of six tasks."""
    with Pair(root) as pair:
        cases, known, equal = loaded(pair, "gallery", gallery_cases())
        first = pair.before.ask("play", name="gallery", runs=[4] * len(cases))
        runs = [max(2, min(500, round(SLICE / (t / 4)))) for t in first["cpu"]]
        rounds = pair.rounds(number, "play", name="gallery", runs=runs)
    per_run = [[per(one, runs) for one in both] for both in rounds]
    means = tuple(sum(before) / sum(now) for before, now in per_run)
    yield Row("l", "mean time per run over the gallery, against the other version", means, 2.5,
              note=same(equal, len(cases)))  # fmt: skip
    for k, words in ((1, "this version"), (0, "the other version")):
        times = [[1e3 * both[k][i] for both in per_run] for i in range(len(cases))]
        small = [i for i, about in enumerate(known) if about["tasks"] <= SIX]
        worst = max(small, key=lambda i: median(times[i]))
        what = f"slowest story of at most six tasks, a run in {words}"
        note = f"{cases[worst].scenario}, {cases[worst].strategy}; for a quiet core"
        yield Row("l", what, tuple(times[worst]), 0.5, at_most=True, unit="ms", note=note)


def per(answer: dict[str, list[float]], runs: Sequence[int]) -> list[float]:
    """Return seconds per run of each case."""
    return [seconds / n for seconds, n in zip(answer["cpu"], runs, strict=True)]


def starts(number: int, root: Path) -> Iterator[Row]:
    """Row m: the first run in a new process, machine code at hand."""
    both = (environment(root), environment(ROOT))
    [first_call(one) for one in both]
    rounds = [[first_call(one) for one in both] for _ in range(number)]
    found = tuple(before / now for before, now in rounds)
    yield Row("m", "CPU time of a first call, against the other version", found, 1)
    now = tuple(now for _, now in rounds)
    yield Row("m", "CPU time of a first call", now, 0.6, at_most=True, unit="s")


def first_call(variables: dict[str, str]) -> float:
    """Return the CPU time of a process that plays one run, s."""
    before = children()
    subprocess.run([sys.executable, "-c", FIRST], env=variables, check=True, cwd="/")
    return children() - before


def children() -> float:
    """Return the CPU time of all processes that were started and have ended, s."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
