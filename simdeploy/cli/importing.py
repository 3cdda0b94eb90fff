"""The command ``simdeploy import``, and its options, which other commands that import share."""

import shlex
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simdeploy.cli.terminal import UsageError, columns, emit
from simdeploy.files import is_file

if TYPE_CHECKING:
    from simdeploy.importers.imported import Imported
    from simdeploy.importers.options import Options

#: Words that once said what kind of files follow; their shape says it.
OLD_NAMES = ("aws",)
STANDARD_OUTPUT = "-"

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="What the AWS CLI printed, AppSpecs, service definitions; recognized by shape.",
    ),
]
Parameter = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A template's parameter; may be repeated."),
]
Parameters = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A template's parameters, as the AWS CLI takes them."),
]
Environment = Annotated[
    str | None, typer.Option("--env", metavar="NAME", help="The environment of a manifest.")
]
Service = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which of several services: name, logical id, address."),
]
DesiredCount = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How many tasks usually run, whatever the files say."),
]


def given(
    parameter: list[str] | None,
    parameters: list[Path] | None,
    env: str | None,
    service: str | None,
    desired_count: int | None,
) -> "Options":
    """Return what the command line says about the files."""
    from simdeploy.importers.options import Options  # noqa: PLC0415
    from simdeploy.importers.options import parameters as read_all  # noqa: PLC0415

    values = read_all(parameter or (), parameters or ())
    return Options(values, env, service, desired_count)


def import_(
    files: Files,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The scenario to write; - is standard output."
        ),
    ],
    parameter: Parameter = None,
    parameters: Parameters = None,
    env: Environment = None,
    service: Service = None,
    desired_count: DesiredCount = None,
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Fit the service's times to the events in the files."),
    ] = False,
) -> None:
    """Make a scenario of a service as other tools describe it; they are told by their shape."""
    from simdeploy.importers.aws import import_files, write  # noqa: PLC0415

    files = _without_old_name(files)
    found = import_files(files, given(parameter, parameters, env, service, desired_count))
    found, said = _with_times(found, files, output, is_wanted=calibrate)
    if str(output) == STANDARD_OUTPUT:
        sys.stdout.write(found.text)
        return
    write(found, output)
    wrote = f"wrote {output}; next: simdeploy compare {shlex.quote(str(output))}"
    said = textwrap.fill(said, columns(), break_on_hyphens=False)
    emit("\n".join(part for part in (found.summary(), said, wrote) if part))


def _with_times(
    found: "Imported", files: list[Path], output: Path, *, is_wanted: bool
) -> "tuple[Imported, str]":
    """Return the scenario with the service's own times, if they are wanted, and what is said."""
    from simdeploy.calibrating import imported  # noqa: PLC0415
    from simdeploy.report.calibrating.text import verdict  # noqa: PLC0415

    observed = imported.records_in(files, found.service_name)
    if not is_wanted:
        return found, imported.offer(observed) if observed is not None else ""
    from simdeploy.calibrating.showing import page_of  # noqa: PLC0415

    text, calibration = imported.calibrated(found.text, observed, str(output))
    return replace(found, text=text), f"fitted to the events: {verdict(page_of(calibration))}"


def is_imported(sources: Sequence[str]) -> bool:
    """Return whether sources are other tools' files: several, or one of such a shape."""
    if len(sources) > 1:
        return True
    from simdeploy.importers.recognizing import is_known  # noqa: PLC0415

    path = Path(sources[0])
    return is_file(path) and is_known(path)


def _without_old_name(files: list[Path]) -> list[Path]:
    """Drop the word that once said what kind of files follow, unless a file has that name."""
    if str(files[0]) not in OLD_NAMES or is_file(files[0]):
        return files
    if len(files) == 1:
        raise UsageError("import: name at least one file")
    return files[1:]
