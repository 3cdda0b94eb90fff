"""The command ``simdeploy check``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from simdeploy.cli import importing, options
from simdeploy.cli.estimates import announce_long
from simdeploy.cli.terminal import columns, emit, progress

if TYPE_CHECKING:
    from simdeploy.checking import Check
    from simdeploy.importers.options import Options

#: Exit code where a budget is broken, or findings are as bad as --fail-on says.
NOT_MET = 1
#: Blocks whose assumed values the numbers rest on.
DECIDING = ("service.", "traffic.")
Format = Annotated[
    Literal["text", "json", "sarif", "github", "markdown"],
    typer.Option("--format", metavar="FORMAT", help="text, json, sarif, github or markdown."),
]


def check(
    sources: importing.Sources,
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
    parameter: importing.Parameter = None,
    parameters: importing.Parameters = None,
    env: importing.Environment = None,
    service: importing.Service = None,
    desired_count: importing.DesiredCount = None,
) -> None:
    """Find what a service's settings cost, and what mends it; hold a budget."""
    options.execute(load)
    given = importing.given(parameter, parameters, env, service, desired_count)
    from simdeploy.checking import check as check_all  # noqa: PLC0415

    found = _read(sources, list(settings or ()), given)
    if strategy:
        found["strategies"] = [name.strip() for given in strategy for name in given.split(",")]
    options.announce_compiling()
    with progress("checking", unit="findings") as bar:
        result = check_all(
            **found,
            budget=budget,
            runs=runs,
            seed=seed,
            threads=threads,
            progress=bar,
            announce=partial(announce_long, threads=threads),
        )
    emit(_text(result, format_))
    if result.broken or (fail_on is not None and result.fails_on(fail_on)):
        raise typer.Exit(NOT_MET)


def _read(sources: list[str], settings: list[str], given: "Options") -> dict[str, Any]:
    """Read a scenario, or import other tools' files; return arguments of ``check``."""
    from simdeploy.scenario.loading import load_text_tree, load_tree  # noqa: PLC0415

    if not importing.checked(sources, given):
        return {"scenario": load_tree(sources[0], overrides=settings)}
    from simdeploy.checking.places import Origin  # noqa: PLC0415
    from simdeploy.importers.aws import import_files  # noqa: PLC0415
    from simdeploy.importers.page import UNKNOWN  # noqa: PLC0415
    from simdeploy.importers.places import has_previous, in_imported  # noqa: PLC0415

    found = import_files(sources, given)
    root = load_text_tree(found.text, file=found.files[0], overrides=settings)
    assumed = [a.path for a in found.assumptions if a.source_words.startswith(UNKNOWN)]
    deciding = tuple(path for path in assumed if path.startswith(DECIDING))
    origin = Origin(in_imported(found), has_previous(found.inventory), deciding)
    described = [name for name in root.value["strategies"].value if name not in found.added]
    return {"scenario": root, "origin": origin, "strategies": described or None}


def _text(result: "Check", format_: str) -> str:
    """Return the result in a format."""
    from simdeploy.report.checking import annotations, markdown, text  # noqa: PLC0415

    if format_ == "text":
        return text.render_check(result, columns())
    if format_ == "markdown":
        return markdown.to_markdown(result)
    write = {"json": annotations.to_json, "sarif": annotations.to_sarif}
    return write.get(format_, annotations.to_github)(result)
