"""The command ``simdeploy tune``."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simdeploy.cli import options
from simdeploy.cli.estimates import announce_long
from simdeploy.cli.terminal import columns, emit, is_terminal, print_error, progress

if TYPE_CHECKING:
    from simdeploy.tuning import Tuning
    from simdeploy.tuning.tuner import Tuner

Progress = Callable[[int, int], None]

#: Exit code where no setting satisfies the constraints.
NOT_MET = 1


def tune(
    scenario: options.Scenario,
    strategy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose settings; default: the first.")
    ] = None,
    knob: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUES",
            help="What to turn: PATH=lo:hi or PATH=a,b,c. May be repeated; default: the health "
            "check, drain, pace and alarm settings that the strategy has.",
        ),
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC",
            help="What to make small: harm, rollback, extra_cost, deployment (the default four), "
            "false_rollback, a metric of the release, or twin.METRIC of its good twin. May be "
            "repeated; the first ranks first.",
        ),
    ] = None,
    constraint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BOUND",
            help="Such as 'downtime_s p99 <= 1'; mean, p50, p95 or p99. May be repeated.",
        ),
    ] = None,
    budget: Annotated[
        int, typer.Option(metavar="SETTINGS", help="How many settings to play.")
    ] = 2000,
    search: Annotated[
        str,
        typer.Option(
            metavar="evolution|tpe",
            help="How settings are chosen after the first sample: in rounds around the best, or by "
            "Optuna's TPE, which finds somewhat better ones and takes longer (extra search).",
        ),
    ] = "evolution",
    format_: options.Format = "table",
    seed: options.Seed = None,
    runs: options.Runs = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    plot: options.Picture = None,
    load: options.Load = None,
) -> None:
    """Search for the settings that no other beats."""
    target = options.checked_picture(plot)
    options.execute(load)
    from simdeploy.scenario.loading import load_tree  # noqa: PLC0415
    from simdeploy.tuning import tune as tune_all  # noqa: PLC0415
    from simdeploy.tuning.api import tuner  # noqa: PLC0415

    root = load_tree(scenario, overrides=list(settings or ()))
    count = Count()
    options.announce_compiling()
    how: dict[str, Any] = {"knobs": knob or (), "runs": runs, "seed": seed, "budget": budget,
                           "search": search, "threads": threads}  # fmt: skip
    goals = (objective or (), constraint or ())
    # Whatever is refused is, before anything is said of the time.
    _announce(tuner(root, strategy, goals=goals, **how), threads)
    began = time.perf_counter()
    try:
        with progress(f"tuning {scenario}", unit="settings") as bar:
            result = tune_all(
                root,
                strategy,
                objectives=goals[0],
                constraints=goals[1],
                progress=count.before(bar),
                **how,
            )
    except KeyboardInterrupt:
        print_error(count.state())
        raise
    source = options.typed(scenario, settings, load)
    emit(_text(result, format_, time.perf_counter() - began, source))
    if target is not None:
        options.save_picture(result.plot(), target)
    if result.knee is None:
        raise typer.Exit(NOT_MET)


def _announce(search: "Tuner", threads: int | None) -> None:
    """Say first what takes more than an hour: most of it are the settings that are searched."""
    runs = len(search.player.variants) * search.searched * search.budget
    announce_long(search.scenario, runs, strategies=[search.player.strategy], threads=threads,
                  shorter="--budget")  # fmt: skip


class Count:
    """Counts the settings played, for the message of an interrupted search."""

    def __init__(self) -> None:
        self.done, self.total = 0, 0

    def before(self, bar: Progress | None) -> Progress:
        """Return a callback that counts and then calls the bar, if any."""

        def progress(done: int, total: int) -> None:
            self.done, self.total = done, total
            if bar is not None:
                bar(done, total)

        return progress

    def state(self) -> str:
        """Return a sentence on what an interrupted search has played."""
        if not self.done:
            return "nothing was played yet"
        return (
            f"{self.done:,} of {self.total:,} settings were played; a search keeps nothing until "
            f"its end, so nothing is lost that the same command does not find again; a smaller "
            f"--budget answers sooner"
        )


def _text(result: "Tuning", format_: str, elapsed: float, source: str) -> str:
    if format_ != "table":
        from simdeploy.report.tuning import export  # noqa: PLC0415

        return export.export(result, format_)
    from simdeploy.report.tuning.table import render_tuning  # noqa: PLC0415

    return render_tuning(
        result, width=columns(), is_terminal=is_terminal(), elapsed=elapsed, source=source
    )
