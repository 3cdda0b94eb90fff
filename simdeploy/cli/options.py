"""Options that several commands share, and functions that act on them."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from simdeploy.cli.terminal import compiling, print_error
from simdeploy.files import check_writable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simdeploy.scenario import Scenario as ScenarioModel

Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a name of the gallery.")
]
Format = Annotated[
    Literal["table", "json", "csv", "markdown"],
    typer.Option("--format", metavar="FORMAT", help="table, json, csv or markdown."),
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="The luck of all runs; default: the scenario's.")
]
Runs = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="How many runs; default: the scenario's.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value; may be repeated."),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", envvar="SIMDEPLOY_THREADS", help="Default: all cores."),
]
Picture = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="A .png, .svg or .pdf to write.")
]
Load = Annotated[
    list[Path] | None,
    typer.Option("--load", metavar="FILE.py", help="Strategies of your own; may be repeated."),
]
Engine = Annotated[
    Literal["process", "batch", "cuda"] | None,
    typer.Option(metavar="ENGINE", help="process, batch or cuda (a GPU); same numbers."),
]


#: What stands behind ``--faults`` where nothing is given.
DEFAULT_FAULTS = "default"


def with_default_faults(arguments: Sequence[str]) -> list[str]:
    """Return a command line in which each ``--faults`` has a value: the default rows if none.

    >>> with_default_faults(["compare", "my.yaml", "--faults", "--runs", "50"])
    ['compare', 'my.yaml', '--faults', 'default', '--runs', '50']
    """
    out: list[str] = []
    for word, following in zip(arguments, [*arguments[1:], "-"], strict=False):
        out.append(word)
        if word == "--faults" and following.startswith("-"):
            out.append(DEFAULT_FAULTS)
    return out


def execute(load: Sequence[Path] | None) -> None:
    """Execute the user's files, which register strategies."""
    if load:
        from simdeploy.strategies.user_file import load_file  # noqa: PLC0415

        for path in load:
            load_file(path)


def loaded(
    scenario: str, settings: Sequence[str] | None, load: Sequence[Path] | None
) -> "ScenarioModel":
    """Execute the user's files, whose strategies the scenario may name, then load the scenario."""
    execute(load)
    from simdeploy.scenario import load_scenario  # noqa: PLC0415

    return load_scenario(scenario, overrides=list(settings or ()))


def typed(scenario: str, settings: Sequence[str] | None, load: Sequence[Path] | None) -> str:
    """Return the scenario with its options as the user typed them, for commands to try next."""
    files = [word for path in load or () for word in ("--load", str(path))]
    values = [word for value in settings or () for word in ("--set", value)]
    return shlex.join([scenario, *files, *values])


def announce_compiling() -> None:
    """Make the batch engine print a message while it is compiled."""
    from simdeploy.engines import batch  # noqa: PLC0415  imports NumPy

    batch.announcing = compiling


def checked_picture(plot: Path | None) -> Path | None:
    """Check the suffix of a picture and that it can be written, before anything is simulated."""
    if plot is None:
        return None
    from simdeploy.report.plots.canvas import check_suffix  # noqa: PLC0415

    target = check_suffix(plot)
    check_writable(target)
    return target


def save_picture(figure: "Figure", target: Path) -> None:
    """Write a picture and print its path."""
    from simdeploy.report.plots.canvas import save  # noqa: PLC0415

    print_error(f"wrote {save(figure, target)}")
