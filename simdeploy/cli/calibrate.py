"""The command ``simdeploy calibrate``."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simdeploy.cli import options
from simdeploy.cli.terminal import UsageError, columns, emit, print_error
from simdeploy.files import check_writable

if TYPE_CHECKING:
    from simdeploy.calibrating import Calibration

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="What describe-services, describe-tasks, EventBridge, CodeDeploy, "
        "describe-service-deployments and polls of describe-target-health print, in any mix.",
    ),
]
Format = Annotated[
    Literal["table", "json", "yaml"],
    typer.Option("--format", metavar="FORMAT", help="table, json, or yaml: the block to paste."),
]


def calibrate(
    files: Files,
    service: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which, where the files hold several.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="SCENARIO", help="Write the fitted keys into this scenario's file."),
    ] = None,
    delay: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The deregistration delay; default: the scenario's."),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Leave out a deployment or a task; may be repeated."),
    ] = None,
    app_log: Annotated[
        str | None,
        typer.Option(
            metavar="REGEX",
            help="The line by which the application says that it is ready; files may be its logs.",
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of times without one: Europe/Berlin, +02:00."),
    ] = None,
    format_: Format = "table",
    plot: options.Picture = None,
) -> None:
    """Fit a service's own times to what AWS keeps of its deployments."""
    target = options.checked_picture(plot)
    if into is not None and not into.is_file():
        raise UsageError(f"--into {into}: no such file; make one with simdeploy import aws")
    if into is not None:
        check_writable(into)
    from simdeploy.calibrating import calibrate as fit  # noqa: PLC0415

    result = fit(
        files, service=service, scenario=into, delay=_delay(delay), drop=drop or (),
        timezone=timezone, app_log=app_log,
    )  # fmt: skip
    emit(_text(result, format_))
    if target is not None:
        options.save_picture(result.plot(), target)
    if into is not None:
        written = result.write(into)
        next_ = f"simdeploy compare {shlex.quote(str(into))}"
        print_error(f"wrote {len(written)} keys into {into}; next: {next_}")


def _delay(text: str | None) -> float | None:
    """Return the delay in seconds."""
    if text is None:
        return None
    from simdeploy.units import TIME, Quantity, UnitError  # noqa: PLC0415

    try:
        return float(Quantity(TIME)(text))
    except UnitError as error:
        raise UsageError(f'--delay: {error}; got "{text[:40]}"') from None


def _text(result: "Calibration", format_: str) -> str:
    from simdeploy.calibrating import showing  # noqa: PLC0415

    if format_ == "table":
        return showing.text(result, columns())
    return showing.to_json(result) if format_ == "json" else showing.to_yaml(result)
