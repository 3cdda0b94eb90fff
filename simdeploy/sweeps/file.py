"""A sweep file: the same as the options of the command line, in YAML, with faults by line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from simdeploy.errors import Fault, ScenarioError
from simdeploy.pydantic_base import Block, fault, refuse
from simdeploy.scenario import builtin_scenarios
from simdeploy.scenario.explaining import explained
from simdeploy.scenario.loading import load_tree
from simdeploy.sweeps.knobs import knob
from simdeploy.sweeps.ranges import RangeError, levels
from simdeploy.units import WHOLE, Quantity

Whole = Annotated[int, Quantity(WHOLE, low=1, high=1e9)]


def _knobs(value: Any) -> Any:
    """Refuse values that no knob takes, each with its own line."""
    if not isinstance(value, Mapping):
        refuse([fault((), "must be a block of path: values", got=value)])
    refuse(one for path, given in value.items() for one in _faults(str(path), given))
    return value


def _faults(path: str, given: Any) -> list[Any]:
    try:
        if isinstance(given, list):
            levels([str(one) for one in given], "values")
        else:
            knob(path, str(given))
    except RangeError as error:
        told = str(error).removeprefix(f"--set {path}: ")
        return [fault((path,), told, got=given, allowed="allowed: 30s, [5s, 10s], 0s:300s:30s")]
    return []


class SweepFile(Block):
    """What a sweep file says; what it leaves out is as on the command line."""

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
    found = explained(SweepFile, root)
    if found.scenario is None or found.scenario in builtin_scenarios():
        return found
    beside = path.parent / found.scenario
    if not beside.is_file():
        line = root.value["scenario"].line
        what = f'no such file, and not in the gallery; got "{found.scenario[:80]}"'
        raise ScenarioError([Fault(str(path), line, "scenario", what)])
    return found.model_copy(update={"scenario": str(beside)})
