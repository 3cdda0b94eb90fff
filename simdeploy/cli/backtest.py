"""The command ``simdeploy backtest``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simdeploy.cli import options
from simdeploy.cli.estimates import announce_long
from simdeploy.cli.terminal import UsageError, columns, emit, progress

if TYPE_CHECKING:
    from simdeploy.scenario import Scenario

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", metavar="FORMAT", help="text or json.")
]


def backtest(
    scenario: options.Scenario,
    events: Annotated[
        list[Path],
        typer.Argument(metavar="EVENTS...", help="What AWS keeps: events, tasks, deployments."),
    ],
    deployment: Annotated[
        str | None, typer.Option(metavar="ID", help="Its id; default: the latest.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All deployments in the events.")] = False,
    runs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Default: 1000, fewer for more than 20 tasks."),
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Default: what is recorded, else the first rolling one."),
    ] = None,
    service: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which, where the files hold several.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of times without one: Europe/Berlin, +02:00."),
    ] = None,
    format_: Format = "text",
    seed: options.Seed = None,
    settings: options.Settings = None,
    load: options.Load = None,
) -> None:
    """Hold a past deployment against the simulated distribution."""
    if all_ and deployment is not None:
        raise UsageError("--all: not with --deployment, which names one")
    loaded = options.loaded(scenario, settings, load)
    from simdeploy.backtesting import backtest as hold_against  # noqa: PLC0415

    with progress("simulating", unit="runs") as bar:
        result = hold_against(
            loaded,
            events,
            strategy=strategy,
            deployment=deployment,
            all_deployments=all_,
            service=service,
            timezone=timezone,
            runs=runs,
            seed=seed,
            progress=bar,
            announce=_announce,
        )
    if format_ == "json":
        from simdeploy.backtesting.export import to_json  # noqa: PLC0415

        emit(to_json(result, several=all_))
        return
    from simdeploy.backtesting.text import render_backtest  # noqa: PLC0415

    emit(render_backtest(result, columns()))


def _announce(scenario: "Scenario", strategy: str, runs: int) -> None:
    """Say first what takes more than an hour."""
    announce_long(scenario, runs, strategies=[strategy], engine="process")
