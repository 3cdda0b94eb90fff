"""The command ``simdeploy import``, and its options, which other commands that import share."""

import shlex
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simdeploy.cli.terminal import UsageError, columns, emit, print_error
from simdeploy.files import check_writable, is_file, is_folder

if TYPE_CHECKING:
    from simdeploy.importers.imported import Imported
    from simdeploy.importers.options import Options
    from simdeploy.observed.records import Observed
    from simdeploy.scenario import Scenario as ScenarioModel

#: Words that once said what kind of files follow; their shape says it.
OLD_NAMES = ("aws",)
STANDARD_OUTPUT = "-"

ONLY_IMPORTED = "--parameter, --parameters, --env, --service or --desired-count"

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SCENARIO|FILE...",
        help="A scenario file, a name of the gallery, or files as import takes them.",
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="What the AWS CLI printed, templates, plans, AppSpecs, manifests of Kubernetes; "
        "recognized by shape.",
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FILE", help="The scenario to write; - is standard output."
    ),
]
Assumptions = Annotated[
    bool, typer.Option("--assumptions", help="List every value that no file gives.")
]
Calibrate = Annotated[
    bool, typer.Option("--calibrate", help="Fit the service's times to the events that are there.")
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
    typer.Option(
        min=1, metavar="N", help="How many tasks or pods usually run, whatever the files say."
    ),
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
    output: Output,
    parameter: Parameter = None,
    parameters: Parameters = None,
    env: Environment = None,
    service: Service = None,
    desired_count: DesiredCount = None,
    assumptions: Assumptions = False,
    calibrate: Calibrate = False,
) -> None:
    """Make a scenario of a service as other tools describe it."""
    from simdeploy.importers.aws import import_files  # noqa: PLC0415

    check_output(output)
    options = given(parameter, parameters, env, service, desired_count)
    files = _without_old_name(files)
    found = import_files(files, options)
    from simdeploy.calibrating.imported import records_in  # noqa: PLC0415

    observed = records_in(files, found.service_name)
    found, said = with_times(found, observed, output, is_wanted=calibrate)
    save(found, output, in_full=assumptions, said=said)


def check_output(output: Path) -> None:
    """Refuse a scenario's name that cannot be written, before anything is read or asked."""
    if str(output) != STANDARD_OUTPUT:
        check_writable(output)


def with_times(
    found: "Imported",
    observed: "Observed | None",
    output: Path,
    *,
    is_wanted: bool,
    held: str = "the files hold",
) -> "tuple[Imported, str]":
    """Return the scenario with the service's own times, if they are wanted, and what is said.

    ``held`` says where the events are.
    """
    from simdeploy.calibrating import imported  # noqa: PLC0415

    if not is_wanted:
        return found, imported.offer(observed, held) if observed is not None else ""
    text, calibration = imported.calibrated(found.text, observed, str(output))
    open_ = tuple(one for one in found.assumptions if one.path not in calibration.keys)
    return replace(found, text=text, assumptions=open_), imported.verdict(calibration)


def save(found: "Imported", output: Path, *, in_full: bool, said: str = "") -> None:
    """Write a scenario, to a file or the standard output, and say what was assumed.

    ``said`` is what else there is to say of it.
    """
    from simdeploy.importers.imported import write  # noqa: PLC0415

    if str(output) == STANDARD_OUTPUT:
        emit(found.text)
        print_error(_messages(found, "", in_full=in_full, said=said))
        return
    write(found, output)
    emit(_messages(found, str(output), in_full=in_full, said=said))


def _messages(found: "Imported", output: str, *, in_full: bool, said: str) -> str:
    """Return what the files leave open, then what was assumed as a command to paste."""
    listed = found.summary() if in_full else found.notes()
    above = [line for row in [*listed.splitlines(), said] for line in wrapped(row)]
    wrote = f"wrote {output}; " if output else ""
    count = len(found.assumed)
    values = f"{count} value{'s' if count > 1 else ''}"
    if count and not in_full:
        wrote += f"{values} assumed (all: --assumptions); "
    next_step = f"next{', with yours' if found.to_set() else ''}:"
    command = ["simdeploy", "compare", output or "FILE"]
    settings = [f"  --set {shlex.quote(each)}" for each in found.to_set()]
    last = wrapped(wrote + next_step)
    return "\n".join([*above, *last, " \\\n".join([shlex.join(command), *settings])])


def wrapped(row: str) -> list[str]:
    """Return a row of a list in the width of the output."""
    indent = row[: len(row) - len(row.lstrip())]
    return textwrap.wrap(
        row.strip(), columns(), initial_indent=indent, subsequent_indent=f"{indent}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def checked(sources: Sequence[str], options: "Options") -> bool:
    """Return whether sources are to be imported, and refuse options that are for imports alone.

    Raises
    ------
    UsageError
        If the source is a scenario, which has neither parameters nor several services.
    """
    if is_imported(sources):
        return True
    from simdeploy.importers.options import Options  # noqa: PLC0415

    if options != Options():
        raise UsageError(f"{sources[0]}: a scenario takes no {ONLY_IMPORTED}; --set changes it")
    return False


def loaded(sources: Sequence[str], settings: Sequence[str], options: "Options") -> "ScenarioModel":
    """Return the scenario of a file or name, or that of other tools' files."""
    from simdeploy.scenario import load_scenario, load_scenario_text  # noqa: PLC0415

    if not checked(sources, options):
        return load_scenario(sources[0], overrides=settings)
    from simdeploy.importers.aws import import_files  # noqa: PLC0415

    found = import_files(sources, options)
    scenario = load_scenario_text(found.text, file=found.files[0], overrides=settings)
    if count := len(found.assumed):
        print_error(f"{count} values assumed; `simdeploy import` writes a scenario that marks them")
    return scenario


def is_imported(sources: Sequence[str]) -> bool:
    """Return whether sources are other tools' files: several, or one of such a shape."""
    if len(sources) > 1:
        return True
    from simdeploy.importers.recognizing import is_known  # noqa: PLC0415

    path = Path(sources[0])
    return (is_file(path) or is_folder(path)) and is_known(path)


def _without_old_name(files: list[Path]) -> list[Path]:
    """Drop the word that once said what kind of files follow, unless a file has that name."""
    if str(files[0]) not in OLD_NAMES or is_file(files[0]):
        return files
    if len(files) == 1:
        raise UsageError("import: name at least one file")
    return files[1:]
