"""Sweep files: the options of ``simdeploy sweep`` in YAML, with faults by line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simdeploy.errors import Fault, ScenarioError
from simdeploy.files import is_file
from simdeploy.pydantic_base import Block, fault, refuse
from simdeploy.scenario import builtin_scenarios
from simdeploy.scenario.explaining import explained
from simdeploy.scenario.loading import load_tree
from simdeploy.sweeps.knobs import parse_knob
from simdeploy.sweeps.ranges import RangeError, levels
from simdeploy.units import WHOLE, Quantity

Whole = Annotated[int, Quantity(WHOLE, low=1, high=1e9)]


def _knobs(value: Any) -> Any:
    """Validate the values of all knobs; each fault has its own line."""
    if not isinstance(value, Mapping):
        refuse([fault((), "must be a block of path: values", got=value)])
    refuse(found for path, given in value.items() for found in _faults(str(path), given))
    return value


def _faults(path: str, given: Any) -> list[Any]:
    try:
        if isinstance(given, list):
            levels([str(item) for item in given], "values")
        else:
            parse_knob(path, str(given))
    except RangeError as error:
        why = str(error).removeprefix(f"--set {path}: ")
        return [fault((path,), why, got=given, allowed="allowed: 30s, [5s, 10s], 0s:300s:30s")]
    return []


class SweepFile(Block):
    """A sweep file; keys that it leaves out have the defaults of the command line."""

    scenario: str | None = Field(None, description="A file, from this one, or of the gallery.")
    knobs: Annotated[dict[str, Any], BeforeValidator(_knobs)] = Field(
        {}, alias="set", description="Per path its values."
    )
    design: Literal["grid", "latin-hypercube", "sobol", "one-at-a-time"] = Field(
        "grid", description="Which settings are played."
    )
    samples: Whole | None = Field(None, description="Settings to sample.")
    strategies: tuple[str, ...] | None = Field(None, description="Which ones; null: all.")
    runs: Whole | None = Field(None, description="Runs per setting and strategy.")
    seed: Annotated[int, Quantity(WHOLE, high=2**53)] | None = Field(None, description="Luck.")
    twin: bool = Field(False, description="Play the good twin, too.")
    keep_runs: bool = Field(False, description="Write every run, too.")


def load_file(path: Path) -> SweepFile:
    """Read a sweep file.

    Raises
    ------
    ScenarioError
        With all faults at once, each with file, line and path.
    """
    root = load_tree(path)
    parsed = explained(SweepFile, root)
    if parsed.scenario is None or parsed.scenario in builtin_scenarios():
        return parsed
    beside = path.parent / parsed.scenario
    if not is_file(beside):
        line = root.value["scenario"].line
        what = f'no such file, and not in the gallery; got "{parsed.scenario[:80]}"'
        raise ScenarioError([Fault(str(path), line, "scenario", what)])
    return parsed.model_copy(update={"scenario": str(beside)})
