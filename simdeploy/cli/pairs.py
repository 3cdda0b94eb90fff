"""``simdeploy run --compare a,b``: two strategies on the same luck."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simdeploy.cli import options
from simdeploy.cli.terminal import UsageError, check_choice, columns, emit

if TYPE_CHECKING:
    from simdeploy.report.story.side_by_side import Pair
    from simdeploy.scenario import Scenario


class How(NamedTuple):
    """How to tell a pair: format, number and seed of the run, with rules, scenario as typed."""

    format: str
    number: int
    seed: int | None
    why: bool
    source: str


def tell_pair(scenario: "Scenario", given: str, how: How, picture: Path | None) -> None:
    """Print what differs between two strategies in one run, and both stories.

    Raises
    ------
    UsageError
        If ``given`` does not name two different strategies of the scenario; for CSV.
    """
    from simdeploy.report.story.side_by_side import Pair, verdict  # noqa: PLC0415
    from simdeploy.simulating import simulate  # noqa: PLC0415

    if how.format == "csv":
        raise UsageError("--compare: not with --format csv; use json")
    names = [name.strip() for name in given.split(",") if name.strip()]
    if len(dict.fromkeys(names)) != len(names) or len(names) != 2:
        raise UsageError(f'--compare {given[:60]}: takes two strategies, as in "rolling,canary"')
    for name in names:
        check_choice(name, list(scenario.strategies), "strategy")
    runs = [
        simulate(scenario, name, seed=how.seed, replication=how.number).timeline for name in names
    ]
    pair = Pair(runs[0], runs[1], scenario)
    emit(_text(pair, how))
    if picture is not None:
        from simdeploy.report.plots.figures import plot_compare  # noqa: PLC0415

        options.save_picture(plot_compare(runs, verdict(pair)[0]), picture)


def _text(pair: "Pair", how: How) -> str:
    from simdeploy.report.story import side_by_side  # noqa: PLC0415

    if how.format == "json":
        return side_by_side.pair_to_json(pair)
    if how.format == "markdown":
        return side_by_side.pair_to_markdown(pair, why=how.why)
    return side_by_side.render_pair(pair, why=how.why, width=columns(), source=how.source)
