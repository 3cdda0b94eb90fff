"""``simdeploy compare SCENARIO --faults``: many faults under every strategy of a service."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simdeploy.cli import options
from simdeploy.cli.terminal import ROOMY, UsageError, columns, emit, is_terminal, progress

if TYPE_CHECKING:
    from simdeploy.scenario import Scenario

#: The word for printing the default rows, and what a file is given for.
LIST = "list"


def print_rows() -> None:
    """Print the file of the default rows."""
    from simdeploy.advice.fault_rows import default_text  # noqa: PLC0415

    emit(default_text())


def refuse_options(given: dict[str, bool]) -> None:
    """Refuse options of a comparison that a matrix of faults cannot honor."""
    for name, applies in given.items():
        if applies:
            raise UsageError(f"{name}: not with --faults")


def compare_faults(
    scenario: "Scenario",
    faults: str,
    *,
    source: str,
    format_: str,
    target: Path | None,
    how: dict[str, Any],
) -> None:
    """Play the faults of a file, or the default ones, and print the matrix."""
    from simdeploy.advice.fault_matrix import compare_faults as compare_all  # noqa: PLC0415
    from simdeploy.advice.fault_matrix import planned  # noqa: PLC0415

    rows = None if faults == options.DEFAULT_FAULTS else faults
    total = planned(scenario, rows, how["runs"])
    options.announce_compiling()
    began = time.perf_counter()
    with progress(f"simulating {total:,} runs", unit="runs") as bar:
        matrix = compare_all(scenario, rows, progress=bar, **how)
    elapsed = time.perf_counter() - began
    if format_ == "table":
        from simdeploy.report.faults.text import render_faults  # noqa: PLC0415

        emit(render_faults(matrix, width=columns(ROOMY), is_terminal=is_terminal(),
                           elapsed=elapsed, source=source))  # fmt: skip
    else:
        from simdeploy.report.faults.export import export  # noqa: PLC0415

        emit(export(matrix, format_))
    if target is not None:
        options.save_picture(matrix.plot(), target)
