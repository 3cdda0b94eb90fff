"""The command ``simdeploy why``: a rule of AWS in plain words."""

from typing import Annotated

import typer

from simdeploy.cli.terminal import columns, emit


def why(
    rule: Annotated[
        str | None, typer.Argument(metavar="RULE", help="Its id, as run --why prints it.")
    ] = None,
) -> None:
    """Say what a rule of AWS is, how sure, and where it is computed; without RULE list all."""
    from simdeploy.report.rules import explain, listing  # noqa: PLC0415

    width = columns()
    emit(listing(width) if rule is None else explain(rule, width=width))
