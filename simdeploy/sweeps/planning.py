"""The plan of a sweep: knobs, design, strategies; everything is checked before anything runs."""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simdeploy import __version__
from simdeploy.api import Progress
from simdeploy.engines import encoded
from simdeploy.errors import SimdeployError
from simdeploy.results.comparison import has_faults
from simdeploy.scenario import Scenario, dump_scenario
from simdeploy.scenario.loading import load_tree
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node, read_text
from simdeploy.simulating import HIGHEST_SEED
from simdeploy.sweeps.chunks import Chunk, Chunking
from simdeploy.sweeps.designs import Design, make_design
from simdeploy.sweeps.identity import digest, fingerprint, of_scenario
from simdeploy.sweeps.knobs import Knob, checked, parse_knob, readings, refuse_reserved, unit
from simdeploy.sweeps.ranges import Levels, levels
from simdeploy.sweeps.work_items import Arm, WorkItem

Values = str | Sequence[Any]
#: A file, a name of the gallery, a scenario, or its tree.
ScenarioSource = str | os.PathLike[str] | Scenario | Node
#: Settings sampled to decide whether a knob's readings are numbers, and whether all is playable.
PROBES = 64
MOST_RUNS = 10**9
#: Version of the folder's layout; a folder of another version cannot be resumed.
FORMAT = 2


@dataclass(frozen=True)
class Plan:
    """A sweep before it is carried out."""

    root: Node
    design: Design
    #: The scenario at the first setting.
    first: Scenario
    strategies: tuple[str, ...]
    variants: tuple[str, ...]
    runs: int
    seed: int
    keep_runs: bool

    @property
    def arms(self) -> tuple[Arm, ...]:
        """What is played at each setting."""
        return tuple(Arm(name, variant) for name in self.strategies for variant in self.variants)

    @cached_property
    def chunking(self) -> Chunking:
        """How the sweep is divided."""
        return Chunking(len(self.design), len(self.arms), self.runs, self.keep_runs)

    def work_item(self, chunk: Chunk, engine: str) -> WorkItem:
        """Return how to play a chunk."""
        return WorkItem(
            self.root,
            self.design.paths,
            self.design.settings(chunk.first, chunk.last),
            chunk.first,
            self.arms,
            self.seed,
            chunk.lo,
            chunk.hi,
            is_complete=len(self.chunking.chunks(chunk.part)) == 1,
            keep_runs=self.keep_runs,
            version=fingerprint(),
            engine=engine,
        )

    def check(self, progress: Progress | None = None) -> None:
        """Validate the scenario at each setting.

        Raises
        ------
        SimdeployError
            For the first invalid setting, with the knobs' values and every fault.
        """
        for number in range(len(self.design)):
            self._scenario(number)
            if progress:
                progress(number + 1, len(self.design))
        for number in self._probes:
            self._check_playable(number)

    def _scenario(self, number: int) -> Scenario:
        place = f"setting {number}"
        paths, setting = self.design.paths, self.design.setting(number)
        scenario = checked(self.root, paths, setting, place)
        missing = [name for name in self.strategies if name not in scenario.strategies]
        if missing:
            raise SimdeployError(f"{place}: no strategy {missing[0]}")
        return scenario

    def _check_playable(self, number: int) -> None:
        scenario = self._scenario(number)
        for name in self.strategies:
            try:
                encoded(scenario, name, "release")
            except SimdeployError as error:
                setting = self.design.setting(number)
                raise SimdeployError(f"setting {number} {setting}: {name}: {error}") from None

    @cached_property
    def _probes(self) -> list[int]:
        """Numbers of evenly spread settings, including the first and the last."""
        last = len(self.design) - 1
        return sorted({round(k * last / (PROBES - 1)) for k in range(PROBES)})

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Per knob, whether its readings are numbers or texts."""
        paths = self.design.paths
        samples = [readings(self._scenario(k), paths, self.design.setting(k)) for k in self._probes]
        return tuple(
            "text" if any(isinstance(sample[k], str) for sample in samples) else "number"
            for k in range(len(paths))
        )

    def manifest(self, engine: str = "batch") -> dict[str, Any]:
        """Return the sweep's identity as plain data; ``digest`` is a hash of all other entries.

        Engines on a processor give the same bytes; a GPU may differ in the last digits.
        """
        import pyarrow as pa  # noqa: PLC0415  only what writes or reads pays for it

        entries = {
            "format": FORMAT, "version": __version__, "model": fingerprint(),
            "writer": f"pyarrow {pa.__version__}",
            "name": self.first.name, "title": self.first.title,
            "scenario": of_scenario(self.first), "seed": self.seed, "runs": self.runs,
            "strategies": list(self.strategies), "variants": list(self.variants),
            "design": self.design.kind, "settings": len(self.design), "sample": self._sample(),
            "knobs": [self._knob(knob, kind)
                      for knob, kind in zip(self.design.knobs, self.kinds, strict=True)],
            "arithmetic": "GPU" if engine == "cuda" else "processor",
            "keep_runs": self.keep_runs, "parts": self.chunking.parts,
            "horizon_s": self.first.horizon, "platform": self.first.platform,
        }  # fmt: skip
        return entries | {"digest": digest(entries)}

    def _sample(self) -> str:
        places = self.design.places
        return "" if places is None else hashlib.sha256(places.tobytes()).hexdigest()[:16]

    def _knob(self, knob: Knob, kind: str) -> dict[str, Any]:
        base_unit = unit(self.first, knob.path, knob.choice.at(0.0))
        entry = {"path": knob.path, "kind": kind, "unit": base_unit}
        if isinstance(knob.choice, Levels):
            return entry | {"values": list(knob.choice.values)}
        low, high, unit_ = knob.choice
        return entry | {"low": f"{low}{unit_}", "high": f"{high}{unit_}"}


def plan(
    scenario: ScenarioSource,
    knobs: Mapping[str, Values],
    *,
    runs: int | None = None,
    seed: int | None = None,
    strategies: Sequence[str] | None = None,
    design: str = "grid",
    samples: int | None = None,
    twin: bool = False,
    keep_runs: bool = False,
) -> Plan:
    """Make a plan; knobs with a single value change the scenario itself.

    Raises
    ------
    SimdeployError
        For knobs, designs, strategies and numbers that cannot be used.
    """
    all_knobs = [_knob_of(path, values) for path, values in knobs.items()]
    root, varied = tree(scenario), []
    for knob in all_knobs:
        if isinstance(knob.choice, Levels) and len(knob.choice.values) == 1:
            root = override(root, f"{knob.path}={knob.choice.values[0]}")
        else:
            varied.append(knob)
    refuse_reserved(varied)
    if seed is not None:
        _check_whole("--seed", seed, 0, HIGHEST_SEED)
    settings = make_design(design, varied, samples=samples, seed=_seed_of(root, seed))
    first = checked(root, settings.paths, settings.setting(0), "setting 0")
    names, variants = _strategies(first, strategies), _variants(first, twin=twin)
    if runs is not None:
        _check_whole("--runs", runs, 1, MOST_RUNS)
    return Plan(
        root,
        settings,
        first,
        names,
        variants,
        first.runs if runs is None else runs,
        first.seed if seed is None else seed,
        keep_runs,
    )


def tree(scenario: ScenarioSource) -> Node:
    """Return the tree of a scenario, of its file, or of a name of the gallery."""
    if isinstance(scenario, Node):
        return scenario
    if isinstance(scenario, Scenario):
        return read_text(dump_scenario(scenario), scenario.name)
    return load_tree(scenario)


def _knob_of(path: str, values: Values) -> Knob:
    if isinstance(values, str):
        return parse_knob(path, values)
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        values = [values]
    return Knob(path, levels([_text(value) for value in values], f"--set {path}"))


def _text(value: Any) -> str:
    """Write a value as YAML in one line.

    >>> _text(5.0), _text("5s"), _text([1, 2]), _text(True)
    ('5', '5s', '[1, 2]', 'true')
    """
    if isinstance(value, str):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def _seed_of(root: Node, given: int | None) -> int:
    """Return the seed of samples, from the unvalidated tree; `checked` reports an invalid seed."""
    node = root.value.get("seed")
    own = node.value if node is not None and isinstance(node.value, int) else 1
    return own if given is None else given


def _check_whole(what: str, given: int, low: int, high: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise SimdeployError(f"{what} must be a whole number from {low:,} to {high:,}; got {given}")


def _strategies(first: Scenario, wanted: Sequence[str] | None) -> tuple[str, ...]:
    known = list(first.strategies)
    for name in wanted or ():
        if name not in known:
            raise SimdeployError(f'unknown strategy "{name[:60]}"; known: {", ".join(known)}')
    return tuple(name for name in known if not wanted or name in wanted)


def _variants(first: Scenario, *, twin: bool) -> tuple[str, ...]:
    """Return the variants of each strategy to play; a release without faults is its own twin."""
    return ("release", "twin") if twin and has_faults(first) else ("release",)
