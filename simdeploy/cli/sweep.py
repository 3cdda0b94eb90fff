"""The commands ``simdeploy sweep`` and ``simdeploy sweep-plot``."""

import shlex
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simdeploy.cli import options
from simdeploy.cli.estimates import announce_long
from simdeploy.cli.terminal import UsageError, check_choice, emit, print_error, progress

if TYPE_CHECKING:
    from simdeploy.sweeps import Sweep

GO_ON = "go on with the same command and --resume"
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUES",
        help="What to vary: PATH=5s,10s,30s or PATH=0s:300s:30s (both ends included). "
        "A single value changes the scenario. May be repeated.",
    ),
]
Strategies = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Only this one; may be repeated.")
]


def sweep(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="[SCENARIO]", help="A file or a name; may stand in --file."),
    ] = None,
    settings: Values = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new or empty folder for the results.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="The same in a file.")
    ] = None,
    design: Annotated[
        str | None,
        typer.Option(
            metavar="DESIGN", help="grid (default), latin-hypercube, sobol or one-at-a-time."
        ),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="Settings to sample; not for a grid.")
    ] = None,
    strategy: Strategies = None,
    runs: options.Runs = None,
    seed: options.Seed = None,
    twin: Annotated[bool, typer.Option("--twin", help="Play the good twin, too.")] = False,
    keep_runs: Annotated[
        bool, typer.Option("--keep-runs", help="Write every run, too, not only the figures.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was interrupted.")
    ] = False,
    threads: options.Threads = None,
    engine: options.Engine = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Let the workers of a dask cluster play."),
    ] = None,
    load: options.Load = None,
) -> None:
    """Play many settings many times; write a folder of figures."""
    if out is None:
        raise UsageError("sweep needs --out DIR, a folder for the results")
    if load and scheduler is not None:
        raise UsageError("--load: not with --scheduler; workers do not have your strategies")
    options.execute(load)
    sizes = {"design": design, "samples": samples, "runs": runs, "seed": seed}
    flags = {"twin": twin or None, "keep_runs": keep_runs or None}
    given = sizes | flags | {"strategies": strategy}
    source, knobs, arguments = _merged(scenario, settings or [], file, given)
    how = {"resume": resume, "threads": threads, "scheduler": scheduler}
    _carry_out(source, knobs, out, arguments | how | {"engine": engine or "batch"})


def _merged(
    scenario: str | None, settings: Sequence[str], file: Path | None, given: Mapping[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return scenario, knobs and arguments; the command line overrides the file."""
    arguments: dict[str, Any] = {}
    knobs: dict[str, Any] = {}
    if file is not None:
        from simdeploy.sweeps.file import load_file  # noqa: PLC0415

        parsed = load_file(file)
        scenario = scenario or parsed.scenario
        knobs |= parsed.knobs
        arguments = {name: getattr(parsed, name) for name in given}
    arguments |= {name: value for name, value in given.items() if value is not None}
    if scenario is None:
        raise UsageError("sweep needs a SCENARIO: a file, or a name of the gallery")
    typed = [_split(setting) for setting in settings]
    paths = [path for path, _ in typed]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"--set {path}: stands twice")
    knobs |= typed
    return scenario, knobs, {name: value for name, value in arguments.items() if value is not None}


def _split(setting: str) -> tuple[str, str]:
    path, equals, values = setting.partition("=")
    if not equals or not path.strip():
        raise UsageError(f"--set {setting[:80]}: must be path=values, such as runs=5s,10s")
    return path.strip(), values


def _carry_out(source: str, knobs: Mapping[str, Any], out: Path, how: dict[str, Any]) -> None:
    from simdeploy.sweeps import SweepStoppedError  # noqa: PLC0415
    from simdeploy.sweeps import sweep as sweep_all  # noqa: PLC0415

    options.announce_compiling()
    _announce(source, knobs, how)
    began = time.perf_counter()
    try:
        checking = partial(progress, "checking settings", unit="settings")
        with progress(f"sweeping {source}", unit="runs") as bar:
            done = sweep_all(source, knobs, out=out, progress=bar, checking=checking, **how)
    except SweepStoppedError as error:
        raise SweepStoppedError(f"{error}; {GO_ON}") from None
    except KeyboardInterrupt:
        _print_state(out)
        raise
    emit(_summary(done, time.perf_counter() - began))


def _announce(source: str, knobs: Mapping[str, Any], how: Mapping[str, Any]) -> None:
    """Say first what takes more than an hour on this machine."""
    from simdeploy.sweeps.planning import plan  # noqa: PLC0415

    if how["scheduler"] is not None:
        return
    sizes = ("runs", "seed", "strategies", "design", "samples", "twin")
    found = plan(source, knobs, **{name: how[name] for name in sizes if name in how})
    announce_long(
        found.first,
        found.chunking.total,
        strategies=found.strategies,
        engine=how["engine"],
        threads=how["threads"],
        shorter="--runs or fewer settings",
    )


def _print_state(out: Path) -> None:
    """Print how much of an interrupted sweep is done, if it was begun."""
    from simdeploy.errors import SimdeployError  # noqa: PLC0415
    from simdeploy.sweeps.api import state_of  # noqa: PLC0415

    try:
        print_error(f"{out}: {state_of(out)}; {GO_ON}")
    except SimdeployError:
        return


def _summary(done: "Sweep", elapsed: float) -> str:
    strategies = f"{len(done.strategies)} strateg{'y' if len(done.strategies) == 1 else 'ies'}"
    rate = f" at {done.played / elapsed:,.0f} runs/s" if done.played else ""
    wrote = (
        f"wrote {done.folder}: {done.settings:,} settings × {strategies} × {done.runs:,} runs; "
        f"{done.played:,} played in {elapsed:.1f} s{rate}"
    )
    plot = f"next: simdeploy sweep-plot {shlex.quote(str(done.folder))}"
    return "\n".join([wrote, *_recomputed(done.damaged), *done.thin_means(), plot])


def _recomputed(damaged: Sequence[str]) -> list[str]:
    """Return a line that names damaged files, the first three of many."""
    if not damaged:
        return []
    more = f" and {len(damaged) - 3:,} more" if len(damaged) > 3 else ""
    return [f"written anew, since damaged or of another sweep: {', '.join(damaged[:3])}{more}"]


def sweep_plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="A .png, .svg or .pdf to write."),
    ] = None,
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="A metric, or a share such as verdict_shipped.")
    ] = "failed_caused",
    statistic: Annotated[
        str, typer.Option(metavar="NAME", help="mean, p05, p50, p95, p99, min, max or sd.")
    ] = "mean",
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="A second metric: draw the Pareto front.")
    ] = None,
    knob: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Over which knob; once or twice.")
    ] = None,
    strategy: Strategies = None,
) -> None:
    """Draw a sweep: curves, a heat map, or a Pareto front."""
    target = output or Path(f"{folder.resolve().name}.png")
    options.checked_picture(target)
    from simdeploy.report.plots.sweep import plot_sweep  # noqa: PLC0415
    from simdeploy.sweeps import load_sweep  # noqa: PLC0415

    frame = load_sweep(folder)
    for name in strategy or ():
        check_choice(name, sorted(set(frame["strategy"].astype(str))), "strategy")
    if strategy:
        frame = frame[frame["strategy"].isin(strategy)]
    picture = plot_sweep(frame, metric=metric, statistic=statistic, against=against, knobs=knob)
    options.save_picture(picture, target)
