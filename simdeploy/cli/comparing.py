"""The command ``simdeploy compare``: strategies side by side, many faults, before and after."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from simdeploy.cli import options
from simdeploy.cli.estimates import announce_long
from simdeploy.cli.terminal import ROOMY, UsageError, columns, emit, is_terminal, progress

if TYPE_CHECKING:
    from simdeploy.report.answer.facts import Facts
    from simdeploy.results.comparison import Comparison
    from simdeploy.scenario import Scenario

#: The word of ``--faults`` that prints the default rows.
LIST = "list"


class _Output(NamedTuple):
    """How a result is written: in which format, and into which picture, if any."""

    format_: str
    target: Path | None


def compare(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a name of the gallery.")
    ] = "",
    new: Annotated[
        str,
        typer.Argument(metavar="[NEW]", help="A second one: the first is before it, this after."),
    ] = "",
    format_: options.Format = "table",
    seed: options.Seed = None,
    runs: options.Runs = None,
    engine: options.Engine = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    plot: options.Picture = None,
    load: options.Load = None,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="[FILE|list]",
            help="Many faults, one after the other, instead of the scenario's release: the "
            "default ones, or those of a file; list prints the default file. 200 runs each.",
        ),
    ] = None,
    before: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUE",
            help="How it was before: the scenario with this value beside it as it is now. May be "
            "repeated.",
        ),
    ] = None,
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
    if faults == LIST:
        _print_rows()
        return
    if not scenario:
        raise UsageError(_needs_scenario(faults))
    flags = {"--assumptions": assumptions, "--why": why, "--wide": wide, "--no-twin": no_twin,
             "--no-drill": no_drill}  # fmt: skip
    how: dict[str, Any] = {"runs": runs, "seed": seed, "engine": engine or "batch"}
    how["threads"] = threads
    out = _Output(format_, options.checked_picture(plot))
    names = None if strategy is None else [n.strip() for each in strategy for n in each.split(",")]
    if faults is not None:
        _refuse(flags | {"a second scenario": bool(new), "--before": bool(before)}, "--faults")
        loaded = _only(options.loaded(scenario, settings, load), names)
        _compare_faults(loaded, faults, options.typed(scenario, settings, load), out, how)
    elif new or before:
        _refuse(flags | {"--plot": plot is not None, "--before": bool(new and before)},
                "two scenarios" if new else "--before")  # fmt: skip
        sides = [options.loaded(scenario, [*(settings or ()), *(before or ())], load),
                 options.loaded(new or scenario, settings, ())]  # fmt: skip
        _compare_change(sides, names, out, how)
    else:
        _check_options(format_, assumptions=assumptions, wide=wide, why=why)
        loaded = _only(options.loaded(scenario, settings, load), names)
        how |= {"twin": not no_twin, "drill": not no_drill}
        source = options.typed(scenario, settings, load)
        _compare_strategies(loaded, source, out, how, flags)


def _only(scenario: "Scenario", names: Iterable[str] | None) -> "Scenario":
    return scenario if names is None else scenario.only(names)


def _refuse(given: dict[str, bool], beside: str) -> None:
    """Refuse what cannot stand beside an option."""
    for name, applies in given.items():
        if applies:
            raise UsageError(f"{name}: not with {beside}")


def _print_rows() -> None:
    """Print the file of the default rows of faults."""
    from simdeploy.advice.fault_rows import default_text  # noqa: PLC0415

    emit(default_text())


def _compare_strategies(
    scenario: "Scenario", source: str, out: _Output, how: dict[str, Any], flags: dict[str, bool]
) -> None:
    """Play the strategies of a scenario, and print the answer."""
    from simdeploy.api import compare as compare_all  # noqa: PLC0415

    _refuse_unplayable(scenario)
    _announce(scenario, how, listed=out.format_ not in {"table", "csv"})
    began = time.perf_counter()
    with progress(f"simulating {len(scenario.strategies)} strategies") as bar:
        result = compare_all(scenario, progress=bar, **how)
    elapsed = time.perf_counter() - began
    known = _facts(result, source, why=flags["--why"])
    if out.format_ == "table":
        emit(_table(result, known, elapsed, source, wide=flags["--wide"],
                    assumptions=flags["--assumptions"]))  # fmt: skip
    else:
        from simdeploy.report.answer.export import export  # noqa: PLC0415

        emit(export(result, out.format_, known))
    if out.target is not None:
        _plot_comparison(result, out.target)


def _announce(scenario: "Scenario", how: dict[str, Any], *, listed: bool) -> None:
    """Say first what takes more than an hour; refuse what does not fit."""
    from simdeploy.api import checked_size  # noqa: PLC0415

    total = checked_size(scenario, how["runs"], twin=how["twin"], drill=how["drill"], listed=listed)
    options.announce_compiling()
    announce_long(scenario, total, engine=how["engine"], threads=how["threads"])


def _compare_faults(
    scenario: "Scenario", faults: str, source: str, out: _Output, how: dict[str, Any]
) -> None:
    """Play the faults of a file, or the default ones, and print the matrix."""
    from simdeploy.advice.fault_matrix import compare_faults, planned  # noqa: PLC0415

    rows = None if faults == options.DEFAULT_FAULTS else faults
    total = planned(scenario, rows, how["runs"])
    options.announce_compiling()
    announce_long(scenario, total, engine=how["engine"], threads=how["threads"])
    began = time.perf_counter()
    with progress(f"simulating {total:,} runs", unit="runs") as bar:
        matrix = compare_faults(scenario, rows, progress=bar, **how)
    elapsed = time.perf_counter() - began
    if out.format_ == "table":
        from simdeploy.report.faults.text import render_faults  # noqa: PLC0415

        emit(render_faults(matrix, width=columns(ROOMY), is_terminal=is_terminal(),
                           elapsed=elapsed, source=source))  # fmt: skip
    else:
        from simdeploy.report.faults.export import export  # noqa: PLC0415

        emit(export(matrix, out.format_))
    if out.target is not None:
        options.save_picture(matrix.plot(), out.target)


def _compare_change(
    sides: "list[Scenario]", names: list[str] | None, out: _Output, how: dict[str, Any]
) -> None:
    """Play the strategies that two scenarios share, and print what differs."""
    from simdeploy.api import checked_change, compare_change  # noqa: PLC0415

    for side in sides:
        _refuse_unplayable(side)
    common = [name for name in names or sides[1].strategies if name in sides[0].strategies]
    if common:
        both = [side.only(common) for side in sides]
        listed = out.format_ not in {"table", "csv", "markdown"}
        total = checked_change(both[0], both[1], how["runs"], listed=listed)
        options.announce_compiling()
        announce_long(both[1], total, engine=how["engine"], threads=how["threads"])
    began = time.perf_counter()
    with progress("simulating before and after") as bar:
        change = compare_change(*sides, strategies=names, progress=bar, **how)
    elapsed = time.perf_counter() - began
    if out.format_ == "table":
        from simdeploy.report.change.text import render_change  # noqa: PLC0415

        emit(render_change(change, width=columns(ROOMY), is_terminal=is_terminal(),
                           elapsed=elapsed))  # fmt: skip
    else:
        from simdeploy.report.change.export import export  # noqa: PLC0415

        emit(export(change, out.format_))


def _needs_scenario(faults: str | None) -> str:
    """Return that a scenario is missing; what stands behind ``--faults`` may have been meant."""
    if faults in {None, options.DEFAULT_FAULTS}:
        return "Missing argument 'SCENARIO': a file, or a name of the gallery"
    return f"Missing argument 'SCENARIO' before --faults: simdeploy compare {faults} --faults"


def _check_options(format_: str, *, assumptions: bool, wide: bool, why: bool) -> None:
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


def _facts(result: "Comparison", source: str, *, why: bool) -> "Facts":
    """Return the facts of the answer, with what takes runs of its own if ``why`` asks for it."""
    from simdeploy.report.answer.extracting import facts  # noqa: PLC0415

    known = facts(result, source=source)
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
    from simdeploy.report.answer.answering import answer  # noqa: PLC0415
    from simdeploy.report.answer.extracting import facts  # noqa: PLC0415
    from simdeploy.report.plots.captions import why_this_run  # noqa: PLC0415
    from simdeploy.report.plots.dots import typical_run  # noqa: PLC0415
    from simdeploy.report.plots.figures import plot_compare  # noqa: PLC0415
    from simdeploy.simulating import simulate  # noqa: PLC0415

    chosen = typical_run(result)
    luck = {"seed": result.seed, "replication": chosen}
    runs = [simulate(result.scenario, name, **luck).timeline for name in result.strategies]
    note = why_this_run(chosen, result.runs)
    headline = " ".join(answer(facts(result)).verdict)
    options.save_picture(plot_compare(runs, headline, note), target)
