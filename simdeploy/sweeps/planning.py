"""From what was asked to a plan: knobs, design, strategies; all checked before anything runs."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from simdeploy.engines import encoded
from simdeploy.errors import SimdeployError
from simdeploy.scenario import Scenario, dump_scenario
from simdeploy.scenario.loading import load_tree
from simdeploy.scenario.merging import override
from simdeploy.scenario.reading import Node, read_text
from simdeploy.sweeps.chunks import Cut
from simdeploy.sweeps.designs import Design, design
from simdeploy.sweeps.identity import digest, fingerprint, of_scenario, package_version
from simdeploy.sweeps.knobs import Knob, checked, knob, readings, refuse_reserved, unit
from simdeploy.sweeps.ranges import Levels, levels
from simdeploy.sweeps.work_items import Unit
from simdeploy.sweeps.writing import Job

Values = str | Sequence[Any]
#: Settings looked at to learn whether a knob's readings are numbers, and whether all is playable.
PROBES = 64
HIGHEST_SEED = 2**53
MOST_RUNS = 10**9
#: Layout of the folder; another one cannot be resumed.
FORMAT = 1


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
    keep: bool

    @property
    def units(self) -> tuple[Unit, ...]:
        """What is played at each setting."""
        return tuple(Unit(name, variant) for name in self.strategies for variant in self.variants)

    @property
    def cut(self) -> Cut:
        """How the sweep is cut."""
        return Cut(len(self.design), len(self.units), self.runs, self.keep)

    def check(self, tell: Callable[[int, int], None] | None = None) -> None:
        """Check each setting as a scenario is.

        Raises
        ------
        SimdeployError
            For the first setting that is none, with the knobs' values and every fault.
        """
        for number in range(len(self.design)):
            self._scenario(number)
            if tell:
                tell(number + 1, len(self.design))
        for number in self._probes:
            self._playable(number)

    def _scenario(self, number: int) -> Scenario:
        place = f"setting {number}"
        paths, setting = self.design.paths, self.design.setting(number)
        scenario = checked(self.root, paths, setting, place)
        gone = [name for name in self.strategies if name not in scenario.strategies]
        if gone:
            raise SimdeployError(f"{place}: no strategy {gone[0]}")
        return scenario

    def _playable(self, number: int) -> None:
        scenario = self._scenario(number)
        for name in self.strategies:
            try:
                encoded(scenario, name, "release")
            except SimdeployError as error:
                told = self.design.setting(number)
                raise SimdeployError(f"setting {number} {told}: {name}: {error}") from None

    @cached_property
    def _probes(self) -> list[int]:
        """Some settings, evenly spread, the first and the last among them."""
        last = len(self.design) - 1
        return sorted({round(k * last / (PROBES - 1)) for k in range(PROBES)})

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Per knob, whether its readings are numbers or texts."""
        paths = self.design.paths
        known = [
            readings(self._scenario(k), paths, self.design.setting(k)) for k in self._probes
        ]  # fmt: skip
        return tuple(
            "text" if any(isinstance(one[k], str) for one in known) else "number"
            for k in range(len(paths))
        )

    def manifest(self, engine: str = "batch") -> dict[str, Any]:
        """Return what the sweep is, as plain data; ``digest`` is a hash of all the rest.

        Engines on a processor give the same bytes; a GPU may differ in the last digits.
        """
        import pyarrow as pa  # noqa: PLC0415  only what writes or reads pays for it

        told = {
            "format": FORMAT, "version": package_version(), "model": fingerprint(),
            "writer": f"pyarrow {pa.__version__}",
            "name": self.first.name, "title": self.first.title,
            "scenario": of_scenario(self.first), "seed": self.seed, "runs": self.runs,
            "strategies": list(self.strategies), "variants": list(self.variants),
            "design": self.design.kind, "settings": len(self.design), "sample": self._sample(),
            "knobs": [self._knob(one, kind)
                      for one, kind in zip(self.design.knobs, self.kinds, strict=True)],
            "arithmetic": "GPU" if engine == "cuda" else "processor",
            "keep_runs": self.keep, "parts": self.cut.parts, "horizon_s": self.first.horizon,
        }  # fmt: skip
        return told | {"digest": digest(told)}

    def _sample(self) -> str:
        places = self.design.places
        return "" if places is None else hashlib.sha256(places.tobytes()).hexdigest()[:16]

    def _knob(self, one: Knob, kind: str) -> dict[str, Any]:
        told = {
            "path": one.path,
            "kind": kind,
            "unit": unit(self.first, one.path, one.choice.at(0.0)),
        }
        if isinstance(one.choice, Levels):
            return told | {"values": list(one.choice.values)}
        low, high, given = one.choice
        return told | {"low": f"{low}{given}", "high": f"{high}{given}"}

    def job(self, out: Path, digest_: str, engine: str) -> Job:
        """Return the plan as a job for a folder."""
        return Job(
            self.root, self.design, self.units, self.runs, self.seed, self.kinds, out, digest_,
            fingerprint(), self.keep, engine,
        )  # fmt: skip


def plan(
    scenario: Any,
    knobs: Mapping[str, Values],
    *,
    runs: int | None = None,
    seed: int | None = None,
    strategies: Sequence[str] | None = None,
    kind: str = "grid",
    samples: int | None = None,
    twin: bool = False,
    keep: bool = False,
) -> Plan:
    """Make a plan; knobs of a single value are a part of the scenario.

    Raises
    ------
    SimdeployError
        For knobs, designs, strategies and numbers that cannot be used.
    """
    found = [_knob_of(path, values) for path, values in knobs.items()]
    root = _fixed(tree(scenario), [one for one in found if _is_single(one)])
    varied = [one for one in found if not _is_single(one)]
    refuse_reserved(varied)
    luck = None if seed is None else _whole("--seed", seed, 0, HIGHEST_SEED)
    made = design(kind, varied, samples=samples, seed=_seed_of(root, luck))
    first = checked(root, made.paths, made.setting(0), "setting 0")
    return Plan(
        root, made, first, _strategies(first, strategies), _variants(first, twin=twin),
        first.runs if runs is None else _whole("--runs", runs, 1, MOST_RUNS),
        first.seed if luck is None else luck, keep,
    )  # fmt: skip


def tree(scenario: Any) -> Node:
    """Return the tree of a scenario given as one, as a file or as a name of the gallery."""
    if isinstance(scenario, Node):
        return scenario
    if isinstance(scenario, Scenario):
        return read_text(dump_scenario(scenario), scenario.name)
    return load_tree(scenario)


def _knob_of(path: str, values: Values) -> Knob:
    if isinstance(values, str):
        return knob(path, values)
    return Knob(path, levels([_text(one) for one in values], f"--set {path}"))


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


def _is_single(one: Knob) -> bool:
    return isinstance(one.choice, Levels) and len(one.choice.values) == 1


def _fixed(root: Node, knobs: Sequence[Knob]) -> Node:
    for one in knobs:
        root = override(root, f"{one.path}={one.choice.at(0.0)}")
    return root


def _seed_of(root: Node, given: int | None) -> int:
    """Return the seed of samples, before there is a setting to ask; a bad one is told later."""
    node = root.value.get("seed")
    own = node.value if node is not None and isinstance(node.value, int) else 1
    return own if given is None else given


def _whole(what: str, given: int, low: int, high: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise SimdeployError(f"{what} must be a whole number from {low:,} to {high:,}; got {given}")
    return given


def _strategies(first: Scenario, wanted: Sequence[str] | None) -> tuple[str, ...]:
    known = list(first.strategies)
    for name in wanted or ():
        if name not in known:
            raise SimdeployError(f'unknown strategy "{name[:60]}"; known: {", ".join(known)}')
    return tuple(name for name in known if not wanted or name in wanted)


def _variants(first: Scenario, *, twin: bool) -> tuple[str, ...]:
    """Return what is played of each strategy; a release without faults is its own twin."""
    faulty = any(release.faults for release in first.chain)
    return ("release", "twin") if twin and faulty else ("release",)
