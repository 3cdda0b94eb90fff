"""``python -m benchmarks``: one table of ratios, each measured within one run, and a JSON file."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import engine_rows, start_rows, sweep_rows
from benchmarks.measure import Row

GROUPS: dict[str, Callable[[int], Row | Iterable[Row]]] = {
    "a": engine_rows.batch_over_process,
    "b": engine_rows.over_draws,
    "c": engine_rows.per_task,
    "d": engine_rows.two_threads,
    "e": engine_rows.gallery,
    "f": start_rows.starts,
    "g": sweep_rows.sweep_over_pool,
    "h": sweep_rows.summing_up,
    "i": engine_rows.against_simpy,
    "j": lambda _: sweep_rows.memory(),
}
#: Rows that take minutes, measured only on request.
LONG = frozenset("j")


def main() -> None:
    """Measure the rows of the command line; print a table and write a file."""
    given = arguments()
    console = Console(stderr=True)
    rows: list[Row] = []
    for key in given.only:
        console.print(f"measuring {key} …")
        measured = GROUPS[key](given.rounds)
        rows += [measured] if isinstance(measured, Row) else measured
    Console(width=130).print(table(rows))
    given.json.write_text(json.dumps(document(rows), indent=1) + "\n", encoding="utf-8")
    console.print(f"wrote {given.json}")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    usual = [key for key in GROUPS if key not in LONG]
    parser.add_argument("--only", type=keys, default=usual, help="rows, such as a,b,e (j: minutes)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per row (default 5)")
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), help="file to write")
    return parser.parse_args()


def keys(text: str) -> list[str]:
    """Parse a list of row letters."""
    letters = text.split(",")
    unknown = [key for key in letters if key not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such row: {unknown[0]}; known: {', '.join(GROUPS)}")
    return letters


def table(rows: Iterable[Row]) -> Table:
    """Return the rows as a table."""
    output = Table(title="simdeploy, ratios within one run")
    for name in ("", "what", "median", "least … greatest", "target", ""):
        output.add_column(name, justify="left" if name in ("", "what") else "right")
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        output.add_row(
            row.key,
            row.what + (f" ({row.note})" if row.note else ""),
            f"{row.median:.3g} {row.unit}",
            f"{min(row.values):.3g} … {max(row.values):.3g}",
            f"{sign} {row.target:g} {row.unit}",
            row.verdict(),
        )
    return output


def document(rows: Iterable[Row]) -> dict[str, object]:
    """Return the rows and the machine they were measured on, for JSON."""
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
    return {"machine": machine, "rows": [row.to_dict() for row in rows]}


if __name__ == "__main__":
    main()
