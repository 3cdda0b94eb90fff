"""The command ``simdeploy recommend``."""

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simdeploy.cli import importing, options
from simdeploy.cli.terminal import UsageError, columns, emit, is_terminal, print_error, progress

if TYPE_CHECKING:
    from simdeploy.advice.recommendation import Recommendation

#: Estimates of less time (s) are not printed.
WORTH_TELLING = 20.0
#: Permission of the owner to execute a file.
EXECUTABLE = 0o100
#: Prices of a picture.
TWO = 2

Format = Annotated[
    Literal["text", "markdown", "json", "csv"],
    typer.Option("--format", metavar="FORMAT", help="text, markdown, json or csv."),
]


def _print_advice(wanted: bool) -> None:
    """Print the packaged file of likelihoods and prices, and stop."""
    if wanted:
        from simdeploy.advice.mix import default_text  # noqa: PLC0415

        emit(default_text())
        raise typer.Exit


def recommend(
    sources: importing.Sources,
    advice: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your likelihoods, prices and hours; a copy of the next"),
    ] = None,
    print_advice: Annotated[  # noqa: ARG001  its callback prints
        bool,
        typer.Option(
            "--print-advice",
            is_eager=True,
            callback=_print_advice,
            help="Print the file of what is assumed, to edit.",
        ),
    ] = False,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows of faults of your own.")
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Only these, as rolling,canary; may be repeated."),
    ] = None,
    runbook: Annotated[
        bool, typer.Option("--runbook", help="Add what to do when a release has to go back.")
    ] = False,
    rollback_script: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a script that takes a release back."),
    ] = None,
    format_: Format = "text",
    seed: options.Seed = None,
    runs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Runs of each kind of release; default: 500."),
    ] = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    plot: options.Picture = None,
    over: Annotated[
        str | None,
        typer.Option(metavar="PRICES", help="Two prices to draw: failed_request,engineer_hour."),
    ] = None,
    load: options.Load = None,
    parameter: importing.Parameter = None,
    parameters: importing.Parameters = None,
    env: importing.Environment = None,
    service: importing.Service = None,
    desired_count: importing.DesiredCount = None,
) -> None:
    """Say which strategy costs this service least, over a mix of releases."""
    if runbook and format_ != "text":
        raise UsageError(f"--runbook: not with --format {format_}; it adds to the text only")
    target, prices = options.checked_picture(plot), _two(over, plot)
    options.execute(load)
    from simdeploy.advice.recommending import RUNS, seconds_needed  # noqa: PLC0415
    from simdeploy.advice.recommending import recommend as advise  # noqa: PLC0415

    given = importing.given(parameter, parameters, env, service, desired_count)
    loaded = importing.loaded(sources, list(settings or ()), given)
    if rollback_script is not None and loaded.platform == "kubernetes":
        raise UsageError("--rollback-script: is for AWS; on Kubernetes: kubectl rollout undo")
    if rollback_script is not None:
        _write_script(rollback_script, loaded.service.name)
    if strategy:
        loaded = loaded.only(name.strip() for names in strategy for name in names.split(","))
    options.announce_compiling()
    runs = RUNS if runs is None else runs
    _announce(seconds_needed(loaded, advice=advice, faults=faults, runs=runs), runs)
    began = time.perf_counter()
    with progress(f"simulating {len(loaded.strategies)} strategies") as bar:
        made = advise(
            loaded,
            advice=advice,
            faults=faults,
            runs=runs,
            seed=seed,
            threads=threads,
            progress=bar,
        )
    emit(_text(made, format_, time.perf_counter() - began, runbook=runbook))
    if target is not None:
        options.save_picture(made.plot(prices), target)


def _two(over: str | None, plot: Path | None) -> tuple[str, str] | None:
    """Return the two prices of the picture; None for those by default."""
    if over is None:
        return None
    if plot is None:
        raise UsageError("--over: only with --plot FILE")
    names = [name.strip() for name in over.split(",")]
    if len(names) != TWO:
        raise UsageError(f"--over: two prices, as failed_request,engineer_hour; got {over[:60]}")
    return names[0], names[1]


def _announce(seconds: float, runs: int) -> None:
    """Tell how long much work takes, before it begins."""
    if seconds < WORTH_TELLING:
        return
    from simdeploy.report.words import duration  # noqa: PLC0415

    print_error(f"about {duration(seconds)} of work with {runs:,} runs; less with --runs")


def _write_script(target: Path, service: str) -> None:
    """Write the rollback script of a service; whoever owns it may execute it."""
    from simdeploy.advice.rollback_script import rollback_script  # noqa: PLC0415
    from simdeploy.files import write_text  # noqa: PLC0415

    write_text(target, rollback_script(service), mode=EXECUTABLE)
    print_error(f"wrote {target}; try: bash {shlex.quote(str(target))} --help")


def _text(made: "Recommendation", format_: str, elapsed: float, *, runbook: bool) -> str:
    if format_ != "text":
        from simdeploy.report.advice.export import export  # noqa: PLC0415

        return export(made, format_)
    from simdeploy.report.advice.text import render_recommendation  # noqa: PLC0415

    return render_recommendation(
        made,
        width=columns(),
        is_terminal=is_terminal(),
        elapsed=elapsed,
        with_runbook=runbook,
    )
