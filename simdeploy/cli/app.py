"""The command line: ``simdeploy run | compare | check | recommend | sweep | tune | import | …``.

A command imports its modules when it runs, so that ``simdeploy --help`` answers at once. Exit
codes: 0 done, 2 bad input (one line per fault, no traceback), 130 interrupted.
"""

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simdeploy.cli import ask, check, options, pairs, recommend, scenarios, sweep, tune, why
from simdeploy.cli.terminal import (
    ROOMY,
    UsageError,
    check_choice,
    columns,
    emit,
    guarded,
    is_terminal,
    progress,
)

if TYPE_CHECKING:
    from simdeploy.report.answer.facts import Facts
    from simdeploy.results.comparison import Comparison
    from simdeploy.scenario import Scenario

HELLO = """\
simdeploy: what happens to users, bill and evening if a release is deployed this way or that way
  simdeploy compare bad-boot                          strategies side by side over 1,000 runs
  simdeploy run bad-boot --strategy rolling --why     one run told as a story, with AWS's rules
  simdeploy import aws service.json -o my.yaml        a scenario made of your own ECS service
More: simdeploy scenarios (the gallery) and simdeploy --help"""

app = typer.Typer(
    name="simdeploy",
    help="Simulate deployments as AWS ECS, ALB, CodeDeploy and CloudWatch carry them out.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
importing = typer.Typer(help="Make a scenario of what another tool prints.", rich_markup_mode=None)
app.add_typer(importing, name="import")


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
    loaded = _loaded(scenario, settings, load)
    if pair is not None:
        if strategy is not None:
            raise UsageError("--strategy: not with --compare, which names two")
        how = pairs.How(format_, number, seed, why, options.typed(scenario, settings, load))
        pairs.tell_pair(loaded, pair, how, target)
        return
    names = list(loaded.strategies)
    name = check_choice(strategy, names, "strategy") if strategy is not None else names[0]
    from simdeploy.api import simulate  # noqa: PLC0415

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
    from simdeploy.report.story import export, narration  # noqa: PLC0415

    if format_ == "table":
        return narration.render_story(timeline, scenario, why=why, width=columns())
    if format_ == "markdown":
        return export.to_markdown(timeline, scenario, why=why)
    return export.to_json(timeline) if format_ == "json" else export.to_csv(timeline)


@app.command()
def compare(
    scenario: options.Scenario,
    format_: options.Format = "table",
    seed: options.Seed = None,
    runs: options.Runs = None,
    engine: options.Engine = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    plot: options.Picture = None,
    load: options.Load = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Only these, as rolling,canary; may be repeated."),
    ] = None,
    no_twin: Annotated[bool, typer.Option("--no-twin", help="Leave out the good twin.")] = False,
    no_drill: Annotated[bool, typer.Option("--no-drill", help="Leave out the drill.")] = False,
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="List the values that were not given.")
    ] = False,
    why: Annotated[
        bool,
        typer.Option("--why", help="Measure which assumptions decide, and where the answer turns."),
    ] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Show every column, side by side.")] = False,
) -> None:
    """Set strategies side by side, on the same luck."""
    _check_compare_options(format_, assumptions=assumptions, wide=wide, why=why)
    target = options.checked_picture(plot)
    loaded = _loaded(scenario, settings, load)
    if strategy:
        loaded = loaded.only(name.strip() for given in strategy for name in given.split(","))
    from simdeploy.api import compare as compare_all  # noqa: PLC0415

    _refuse_unplayable(loaded)
    options.announce_compiling()
    began = time.perf_counter()
    with progress(f"simulating {len(loaded.strategies)} strategies") as bar:
        result = compare_all(
            loaded,
            runs=runs,
            seed=seed,
            engine=engine or "batch",
            threads=threads,
            twin=not no_twin,
            drill=not no_drill,
            progress=bar,
        )
    elapsed = time.perf_counter() - began
    source = options.typed(scenario, settings, load)
    known = _facts(result, why=why)
    if format_ == "table":
        emit(_table(result, known, elapsed, source, wide=wide, assumptions=assumptions))
    else:
        from simdeploy.report.answer.export import export  # noqa: PLC0415

        emit(export(result, format_, known))
    if target is not None:
        _plot_comparison(result, target)


def _check_compare_options(format_: str, *, assumptions: bool, wide: bool, why: bool) -> None:
    """Refuse options that do not apply to the format."""
    if why and format_ == "csv":
        raise UsageError("--why: not with --format csv, which has no sentences")
    for name, given in (("--assumptions", assumptions), ("--wide", wide)):
        if given and format_ != "table":
            raise UsageError(f"{name}: not with --format {format_}; it changes the table only")


def _refuse_unplayable(scenario: "Scenario") -> None:
    """Refuse a scenario with a strategy that cannot be played, before any is."""
    from simdeploy.engines import encoded  # noqa: PLC0415

    for name in scenario.strategies:
        encoded(scenario, name, "release")


def _facts(result: "Comparison", *, why: bool) -> "Facts":
    """Return the facts of the answer, with what takes runs of its own if ``why`` asks for it."""
    from simdeploy.report.answer.extracting import facts  # noqa: PLC0415

    known = facts(result)
    if not why:
        return known
    from simdeploy.report.answer.measured import measured  # noqa: PLC0415

    return measured(known)


def _table(
    result: "Comparison",
    known: "Facts",
    elapsed: float,
    source: str,
    *,
    wide: bool,
    assumptions: bool,
) -> str:
    from simdeploy.report.answer.assumptions import render_assumptions  # noqa: PLC0415
    from simdeploy.report.answer.text import render_comparison  # noqa: PLC0415

    table = render_comparison(
        result,
        width=columns(ROOMY),
        is_terminal=is_terminal(),
        elapsed=elapsed,
        source=source,
        wide=wide,
        known=known,
    )
    return f"{table}\n{render_assumptions(result.scenario)}" if assumptions else table


def _plot_comparison(result: "Comparison", target: Path) -> None:
    """Draw the same typical run of every strategy, stacked from top to bottom."""
    from simdeploy.api import simulate  # noqa: PLC0415
    from simdeploy.report.answer.answering import answer  # noqa: PLC0415
    from simdeploy.report.answer.extracting import facts  # noqa: PLC0415
    from simdeploy.report.plots.captions import why_this_run  # noqa: PLC0415
    from simdeploy.report.plots.dots import typical_run  # noqa: PLC0415
    from simdeploy.report.plots.figures import plot_compare  # noqa: PLC0415

    chosen = typical_run(result)
    luck = {"seed": result.seed, "replication": chosen}
    runs = [simulate(result.scenario, name, **luck).timeline for name in result.strategies]
    note = why_this_run(chosen, result.runs)
    headline = " ".join(answer(facts(result)).verdict)
    options.save_picture(plot_compare(runs, headline, note), target)


@importing.command()
def aws(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="What the AWS CLI printed; AppSpecs.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The scenario to write.")
    ],
) -> None:
    """Make a scenario of an ECS service, its target groups and its deployment group."""
    from simdeploy.importers.aws import import_files, write  # noqa: PLC0415

    found = import_files(files)
    write(found, output)
    wrote = f"wrote {output}; next: simdeploy compare {shlex.quote(str(output))}"
    emit("\n".join(part for part in (found.summary(), wrote) if part))


for command in (
    check.check,
    recommend.recommend,
    scenarios.scenarios,
    ask.ask,
    why.why,
    sweep.sweep,
    sweep.sweep_plot,
    tune.tune,
):
    app.command()(command)


@app.command()
def schema(load: options.Load = None) -> None:
    """Print the JSON Schema of scenario files."""
    import json  # noqa: PLC0415

    options.execute(load)
    from simdeploy.scenario import json_schema  # noqa: PLC0415

    emit(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _loaded(
    scenario: str, settings: Sequence[str] | None, load: Sequence[Path] | None
) -> "Scenario":
    """Execute the user's files, whose strategies the scenario may name, then load the scenario."""
    options.execute(load)
    from simdeploy.scenario import load_scenario  # noqa: PLC0415

    return load_scenario(scenario, overrides=list(settings or ()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: app(given, prog_name="simdeploy", standalone_mode=False))
