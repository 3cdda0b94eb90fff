"""``python -m benchmarks``: one table of ratios measured within one run, and a JSON file.

Rows k to m compare this version with another: a revision of this repository (``--against``), or a
folder that holds the package (``--baseline``).
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import against_rows, engine_rows, start_rows, sweep_rows
from benchmarks.measure import Row
from benchmarks.version import BEFORE_SPEED, VersionError, exported, installed

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
#: Rows that need another version.
AGAINST: dict[str, Callable[[int, Path], Iterable[Row]]] = {
    "k": against_rows.plain_runs,
    "l": against_rows.gallery,
    "m": against_rows.starts,
}
LETTERS = (*GROUPS, *AGAINST)
#: Rows that take minutes, measured only on request.
LONG = frozenset("j")


def main() -> None:
    """Measure the rows of the command line; print a table and write a file."""
    given = arguments()
    console = Console(stderr=True)
    only, root = given.only or [key for key in LETTERS if key not in LONG], None
    if not AGAINST.keys().isdisjoint(only):
        try:
            root = installed(given.baseline) if given.baseline else exported(given.against)
        except VersionError as error:
            if given.only:
                raise SystemExit(str(error)) from None
            console.print(f"{error}; rows {', '.join(AGAINST)} are left out")
            only = [key for key in only if key not in AGAINST]
    rows: list[Row] = []
    for key in only:
        console.print(f"measuring {key} …")
        measured = AGAINST[key](given.rounds, root) if key in AGAINST else GROUPS[key](given.rounds)
        rows += [measured] if isinstance(measured, Row) else measured
    Console(width=130).print(table(rows))
    console.print(words_of(machine()), f"other version: {root}" if root else "")
    given.json.write_text(json.dumps(document(rows), indent=1) + "\n", encoding="utf-8")
    console.print(f"wrote {given.json}")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=keys, help="rows, such as a,b,e (all but j, which is long)")
    parser.add_argument("--against", default=BEFORE_SPEED, help="revision for rows k to m")
    parser.add_argument("--baseline", type=Path, help="folder with a version, instead of one")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per row (default 5)")
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), help="file to write")
    return parser.parse_args()


def keys(text: str) -> list[str]:
    """Parse a list of row letters."""
    letters = text.split(",")
    unknown = [key for key in letters if key not in LETTERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such row: {unknown[0]}; known: {', '.join(LETTERS)}")
    return letters


def table(rows: Iterable[Row], title: str = "simdeploy, ratios within one run") -> Table:
    """Return the rows as a table."""
    output = Table(title=title)
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
    return {"machine": machine(), "rows": [row.to_dict() for row in rows]}


def machine() -> dict[str, object]:
    """Return what is to be known of this machine and its Python."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def words_of(about: dict[str, object]) -> str:
    """Return a description as one line."""
    return ", ".join(f"{key} {value}" for key, value in about.items())


def processor() -> str:
    """Return the model of the processor where the system tells it, else its kind."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
