"""The command ``simdeploy check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simdeploy.cli import options
from simdeploy.cli.terminal import columns, emit, progress

if TYPE_CHECKING:
    from simdeploy.checking import Check

#: Exit code where a budget is broken, or findings are as bad as --fail-on says.
NOT_MET = 1
#: Files of these endings may be what the AWS CLI prints.
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO|FILE...",
        help="A scenario file, a name of the gallery, or what the AWS CLI printed.",
    ),
]
Format = Annotated[
    Literal["text", "json", "sarif", "github", "markdown"],
    typer.Option("--format", metavar="FORMAT", help="text, json, sarif, github or markdown."),
]


def check(
    sources: Sources,
    budget: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Limits on metrics; a broken one ends with 1."),
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning"] | None,
        typer.Option(metavar="SEVERITY", help="End with 1 for findings at least so severe."),
    ] = None,
    format_: Format = "text",
    strategy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Only these, as rolling,canary; may be repeated."),
    ] = None,
    seed: options.Seed = None,
    runs: options.Runs = None,
    settings: options.Settings = None,
    threads: options.Threads = None,
    load: options.Load = None,
) -> None:
    """Find what a service's settings cost, and what mends it; hold a budget."""
    options.execute(load)
    from simdeploy.checking import check as check_all  # noqa: PLC0415

    found = _read(sources, list(settings or ()))
    names = [name.strip() for given in strategy or () for name in given.split(",")]
    options.announce_compiling()
    with progress("checking", unit="findings") as bar:
        result = check_all(
            found.pop("root"),
            budget=budget,
            strategies=names or None,
            runs=runs,
            seed=seed,
            threads=threads,
            progress=bar,
            **found,
        )
    emit(_text(result, format_))
    if result.broken or (fail_on is not None and result.fails_on(fail_on)):
        raise typer.Exit(NOT_MET)


def _read(sources: list[str], settings: list[str]) -> dict[str, Any]:
    """Read a scenario, or import what the AWS CLI printed."""
    from simdeploy.scenario.loading import load_tree  # noqa: PLC0415

    return {"root": load_tree(sources[0], overrides=settings)}


def _text(result: "Check", format_: str) -> str:
    """Return the result in a format."""
    from simdeploy.report.checking import annotations, markdown, text  # noqa: PLC0415

    if format_ == "text":
        return text.render_check(result, columns())
    if format_ == "markdown":
        return markdown.to_markdown(result)
    write = {"json": annotations.to_json, "sarif": annotations.to_sarif}
    return write.get(format_, annotations.to_github)(result)
