"""The command ``simdeploy import live``: a running service instead of files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simdeploy.cli import importing

#: The command's two words, which are one name where commands are looked up.
WORDS = ("import", "live")
NAME = " ".join(WORDS)


def import_live(
    cluster: Annotated[str, typer.Option(metavar="NAME", help="The cluster: its name or ARN.")],
    service: Annotated[str, typer.Option(metavar="NAME", help="The service: its name or ARN.")],
    output: importing.Output,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="What AWS does not keep, such as the AppSpec."),
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="NAME", help="The region; default: as the AWS CLI's.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="The profile; default: as the AWS CLI's.")
    ] = None,
    assumptions: importing.Assumptions = False,
    calibrate: importing.Calibrate = False,
) -> None:
    """Make a scenario of a running service, by calls to AWS that only read."""
    from simdeploy.calibrating.imported import records_among  # noqa: PLC0415
    from simdeploy.importers.aws import import_documents  # noqa: PLC0415
    from simdeploy.importers.live import documents, session  # noqa: PLC0415
    from simdeploy.importers.reading import documents as read  # noqa: PLC0415

    importing.check_output(output)
    beside = [document for file in files or () for document in read(file)]
    answers = [*documents(session(region, profile), cluster, service), *beside]
    found = import_documents(answers)
    observed = records_among(answers, found.service_name)
    found, said = importing.with_times(
        found, observed, output, is_wanted=calibrate, held="AWS keeps"
    )
    importing.save(found, output, in_full=assumptions, said=said)


def joined(arguments: Sequence[str]) -> list[str]:
    """Return a command line in which the words of this command are one.

    A file that is called ``live`` can be imported as ``./live``.

    >>> joined(["import", "live", "--cluster", "prod"])
    ['import live', '--cluster', 'prod']
    """
    if tuple(arguments[:2]) == WORDS:
        return [NAME, *arguments[2:]]
    return list(arguments)
