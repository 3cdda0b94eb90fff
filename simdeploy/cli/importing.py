"""The command ``simdeploy import``, and its options, which other commands that import share."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simdeploy.cli.terminal import UsageError, emit
from simdeploy.files import is_file

if TYPE_CHECKING:
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
) -> None:
    """Make a scenario of a service as other tools describe it; they are told by their shape."""
    from simdeploy.importers.aws import import_files, write  # noqa: PLC0415

    found = import_files(
        _without_old_name(files), given(parameter, parameters, env, service, desired_count)
    )
    if str(output) == STANDARD_OUTPUT:
        sys.stdout.write(found.text)
        return
    write(found, output)
    wrote = f"wrote {output}; next: simdeploy compare {shlex.quote(str(output))}"
    emit("\n".join(part for part in (found.summary(), wrote) if part))


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
