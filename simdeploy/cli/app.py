"""The command line: ``simdeploy run | compare | check | recommend | sweep | tune | import | …``.

A command imports its modules when it runs, so that ``simdeploy --help`` answers at once. Exit
codes: 0 done, 1 a limit is not met, 2 bad input (a line per fault, no traceback), 130 interrupted.
"""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from simdeploy.cli import (
    ask,
    backtest,
    calibrate,
    check,
    comparing,
    importing,
    live,
    options,
    pairs,
    recommend,
    scenarios,
    sweep,
    tune,
    why,
)
from simdeploy.cli.terminal import (
    UsageError,
    check_choice,
    columns,
    emit,
    guarded,
    start_quickly,
)

HELLO = """\
simdeploy: what happens to users, bill and evening if a release is deployed this way or that way
  simdeploy compare bad-boot                          strategies side by side over 1,000 runs
  simdeploy run bad-boot --strategy rolling --why     one run told as a story, with AWS's rules
  simdeploy import service.json -o my.yaml            a scenario made of your own ECS service
More: simdeploy scenarios (the gallery) and simdeploy --help"""

app = typer.Typer(
    name="simdeploy",
    help="Simulate deployments as AWS ECS, ALB, CodeDeploy and CloudWatch carry them out.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def hello(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Say what this is and what to try, if no command is named."""
    if version:
        from simdeploy import __version__  # noqa: PLC0415  reads the package's metadata

        missing = __version__ == "checkout"
        emit(f"simdeploy {'from a checkout that is not installed' if missing else __version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        emit(HELLO)


@app.command()
def run(
    scenario: options.Scenario,
    strategy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which one; default: the first.")
    ] = None,
    number: Annotated[
        int, typer.Option("--run", min=0, metavar="N", help="Which run to tell.")
    ] = 0,
    pair: Annotated[
        str | None,
        typer.Option("--compare", metavar="A,B", help="Two strategies on the same luck."),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Add the AWS rule behind each line.")] = False,
    format_: options.Format = "table",
    seed: options.Seed = None,
    runs: options.Runs = None,
    engine: options.Engine = None,
    settings: options.Settings = None,
    threads: options.Threads = None,  # noqa: ARG001  one run keeps to any limit
    plot: options.Picture = None,
    load: options.Load = None,
) -> None:
    """Tell one run as a story: what happens, when, and why."""
    _check_run_options(format_, why=why, engine=engine, runs=runs, number=number)
    target = options.checked_picture(plot)
    loaded = options.loaded(scenario, settings, load)
    if pair is not None:
        if strategy is not None:
            raise UsageError("--strategy: not with --compare, which names two")
        how = pairs.How(format_, number, seed, why, options.typed(scenario, settings, load))
        pairs.tell_pair(loaded, pair, how, target)
        return
    names = list(loaded.strategies)
    name = check_choice(strategy, names, "strategy") if strategy is not None else names[0]
    from simdeploy.simulating import simulate  # noqa: PLC0415

    result = simulate(loaded, name, seed=seed, replication=number)
    emit(_run_text(result.timeline, loaded, format_, why=why))
    if target is not None:
        from simdeploy.report.plots.figures import plot_run  # noqa: PLC0415

        options.save_picture(plot_run(result.timeline), target)


def _check_run_options(
    format_: str, *, why: bool, engine: str | None, runs: int | None, number: int
) -> None:
    """Refuse options that do not apply to a single run or its format."""
    if engine not in {None, "process"}:
        raise UsageError(f"--engine {engine}: it keeps no timeline; a single run needs process")
    if why and format_ in {"json", "csv"}:
        raise UsageError(f"--why: not with --format {format_}, whose events always name their rule")
    if runs is not None and number >= runs:
        raise UsageError(f"--run {number}: with --runs {runs} the runs are 0 to {runs - 1}")


def _run_text(timeline: Any, scenario: Any, format_: str, *, why: bool) -> str:
    if format_ == "table":
        from simdeploy.report.story import narration  # noqa: PLC0415

        return narration.render_story(timeline, scenario, why=why, width=columns())
    from simdeploy.report.story import export  # noqa: PLC0415

    if format_ == "markdown":
        return export.to_markdown(timeline, scenario, why=why)
    return export.to_json(timeline) if format_ == "json" else export.to_csv(timeline)


app.command("import")(importing.import_)
app.command(live.NAME)(live.import_live)
for command in (
    comparing.compare,
    calibrate.calibrate,
    check.check,
    recommend.recommend,
    scenarios.scenarios,
    ask.ask,
    why.why,
    sweep.sweep,
    sweep.sweep_plot,
    tune.tune,
    backtest.backtest,
):
    app.command()(command)


@app.command()
def schema(load: options.Load = None) -> None:
    """Print the JSON Schema of scenario files."""
    import json  # noqa: PLC0415

    options.execute(load)
    from simdeploy.scenario import json_schema  # noqa: PLC0415

    emit(json.dumps(json_schema(), indent=2, ensure_ascii=False))


class Command(TyperCommand):
    """A command whose first line names arguments as its help does: FILE..., not {FILE...}..."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words behind the command's name."""
        return [plain_piece(piece) for piece in super().collect_usage_pieces(ctx)]


def plain_piece(piece: str) -> str:
    """Return how an argument is written, without what typer puts around it.

    >>> plain_piece("{FILE...}..."), plain_piece("[FILE...]..."), plain_piece("[[SCENARIO]]")
    ('FILE...', '[FILE...]', '[SCENARIO]')
    """
    if piece.startswith("[["):
        piece = piece[1:-1]
    if "..." in piece.removesuffix("..."):
        piece = piece.removesuffix("...")
    return piece[1:-1] if piece.startswith("{") else piece


for registered in app.registered_commands:
    registered.cls = Command


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line and return its exit code."""
    start_quickly()
    typed = live.joined(sys.argv[1:] if arguments is None else arguments)
    given = options.with_default_faults(typed)
    return guarded(lambda: app(given, prog_name="simdeploy", standalone_mode=False))
