"""The search of ``tune`` against Optuna's, at equal budgets on stories of the gallery.

``python -m benchmarks.search`` (extra ``search``) lets searches play equally many settings
of the first strategy of ten stories, with the default knobs and objectives: ours, the same with
Optuna's TPE after the first sample (``tune --search tpe``), and Optuna's NSGA-II and
multi-objective TPE alone, by their ask-and-tell interface. All see the same runs, the same
repair of settings that AWS refuses, and the same bounds. It prints for each the hypervolume of the
settings that hold the bounds, relative to ours, and the time that the search itself takes for a
setting, beside playing it.

Hypervolumes are of objectives scaled so that the front of all searches together lies between
0 and 1, with 1.1 as the reference.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from simdeploy.results.intervals import Array
from simdeploy.sweeps.knobs import Setting
from simdeploy.sweeps.planning import tree
from simdeploy.tuning.api import tuner
from simdeploy.tuning.result import EVOLUTION, TPE
from simdeploy.tuning.tuner import Tuner

STORIES = (
    "bad-boot", "canary-blind-to-load", "cold-start", "early-drain", "flaky-health-check",
    "long-requests", "overload-collapse", "shallow-health-check", "traffic-spike", "websockets",
)  # fmt: skip
OURS, REFINED = "ours", "ours+TPE"
#: Where the reference of the hypervolume lies; 1 is the worst of the common front.
REFERENCE = 1.1
#: Most asks per setting to play: a search that only repeats itself ends.
MOST_ASKS = 5


class Searched(NamedTuple):
    """What one search found: objectives to minimize (settings x goals), and seconds of its own."""

    points: Array
    own_seconds: float


def play(chosen: Tuner, settings: Sequence[Setting]) -> float:
    """Play settings, and return the seconds that it took."""
    start = time.perf_counter()
    chosen.search.play(settings)
    return time.perf_counter() - start


def allowed(chosen: Tuner) -> Array:
    """Return the objectives of the settings that hold all bounds, settings x goals."""
    settings = list(chosen.search.samples)
    return chosen.search.means(settings)[chosen.search.excess(settings) <= 0.0]


def search_ours(chosen: Tuner, budget: int) -> Searched:
    """Search as ``tune`` does; the settings of its result are not played again."""
    playing = 0.0
    played = chosen.search.play

    def timed(settings: Sequence[Setting]) -> None:
        nonlocal playing
        start = time.perf_counter()
        played(settings[: max(0, budget - len(chosen.search.samples))])
        playing += time.perf_counter() - start

    chosen.search.play = timed  # type: ignore[method-assign]
    start = time.perf_counter()
    chosen.explored()
    return Searched(allowed(chosen), time.perf_counter() - start - playing)


def search_by(sampler: Callable[..., Any]) -> Callable[[Tuner, int], Searched]:
    """Return a search by one of Optuna's samplers, asked for a setting at a time."""

    def search(chosen: Tuner, budget: int) -> Searched:
        import optuna  # noqa: PLC0415  an extra

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        goals = len(chosen.player.goals)
        study = optuna.create_study(
            directions=["minimize"] * goals, sampler=sampler(seed=chosen.player.seed)
        )
        start, playing = time.perf_counter(), play(chosen, [chosen.search.fit.nothing])
        for _ in range(MOST_ASKS * budget):
            if len(chosen.search.samples) >= budget:
                break
            trial = study.ask()
            names = range(len(chosen.player.knobs))
            place = [trial.suggest_float(str(k), 0.0, 1.0 - 1e-9) for k in names]
            setting = chosen.search.fit.setting(place)
            if not chosen.search.is_valid(setting):
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                continue
            playing += play(chosen, [setting])
            trial.set_constraint("bounds", float(chosen.search.excess([setting])[0]))
            study.tell(trial, [float(value) for value in chosen.search.means([setting])[0]])
        return Searched(allowed(chosen), time.perf_counter() - start - playing)

    return search


def searches() -> dict[str, Callable[[Tuner, int], Searched]]:
    """Return the searches by name."""
    from optuna.samplers import NSGAIISampler, TPESampler  # noqa: PLC0415  an extra

    return {
        OURS: search_ours,
        REFINED: search_ours,
        "NSGA-II": search_by(NSGAIISampler),
        "TPE": search_by(TPESampler),
    }


def hypervolumes(found: Sequence[Array]) -> list[float]:
    """Return the hypervolume of each set of points, all scaled by the front of their union.

    >>> import numpy as np
    >>> [round(h, 2) for h in hypervolumes([np.array([[0.0, 1.0], [1.0, 0.0]])])]
    [0.21]
    """
    import moocore  # noqa: PLC0415  an extra

    union = np.vstack(found)
    front = union[moocore.is_nondominated(union)]
    low, high = front.min(axis=0), front.max(axis=0)
    varies = high > low
    if not varies.any():
        return [1.0] * len(found)
    scaled = [(points - low)[:, varies] / (high - low)[varies] for points in found]
    reference = np.full(int(varies.sum()), REFERENCE)
    return [float(moocore.hypervolume(points, ref=reference)) for points in scaled]


def main() -> int:
    """Compare the searches; the exit code is 2 without the extra."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("stories", nargs="*", default=STORIES, help="names of the gallery")
    parser.add_argument("--searches", help="names of those to compare with ours, with commas")
    parser.add_argument("--budget", type=int, default=500, help="settings of each search")
    parser.add_argument("--runs", type=int, default=500, help="runs; a search plays a tenth")
    parser.add_argument("--seeds", type=int, default=2, help="repeats, each with luck of its own")
    given = parser.parse_args()
    try:
        ways = searches()
    except ImportError as error:
        print(f'{error}; pip install "simdeploy[search]"', file=sys.stderr)
        return 2
    if given.searches:
        names = {OURS, *given.searches.split(",")}
        ways = {name: way for name, way in ways.items() if name in names}
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    print(f"{'story':<24}" + "".join(f"{name:>10}" for name in ways) + "   hypervolume, ours = 1")
    for story in given.stories:
        own = dict.fromkeys(ways, 0.0)
        for seed in range(1, given.seeds + 1):
            how = {"runs": given.runs, "seed": seed, "budget": given.budget, "threads": 1}
            found = {
                name: way(
                    tuner(tree(story), **how, search=TPE if name == REFINED else EVOLUTION),
                    given.budget,
                )
                for name, way in ways.items()
            }
            volumes = hypervolumes([result.points for result in found.values()])
            for (name, result), volume in zip(found.items(), volumes, strict=True):
                own[name] += volume / volumes[0] / given.seeds
                seconds[name].append(result.own_seconds / given.budget)
        for name, ratio in own.items():
            ratios[name].append(ratio)
        print(f"{story:<24}" + "".join(f"{ratio:>10.3f}" for ratio in own.values()), flush=True)
    print(f"{'geometric mean':<24}" + "".join(
        f"{statistics.geometric_mean(column):>10.3f}" for column in ratios.values()
    ))  # fmt: skip
    print(f"{'own ms per setting':<24}" + "".join(
        f"{1e3 * statistics.median(column):>10.2f}" for column in seconds.values()
    ))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
