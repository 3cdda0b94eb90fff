"""What is wrong with each release of a chain."""

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from simdeploy.encode.distribution_rows import Draws, put_rows
from simdeploy.encode.latency import Paces
from simdeploy.model import constants
from simdeploy.model.fields.types import ScenarioRecord
from simdeploy.semantics import faults, schema
from simdeploy.semantics.state import NEVER

SINCE = {
    "task_running": faults.TASK_RUNNING,
    "full_traffic": faults.AT_FULL_TRAFFIC,
    "command": faults.AT_COMMAND,
}
KINDS = {
    "boot_crash": faults.BOOT_CRASH,
    "crash": faults.CRASHES,
    "never_listens": faults.NEVER_LISTENS,
    "errors": faults.ERRORS,
    "slow": faults.SLOW,
    "cold_start": faults.COLD_START,
    "silent": faults.SILENT,
    "schema": faults.SCHEMA,
    "side_effects": faults.SIDE_EFFECTS,
    "connections": faults.CONNECTIONS,
}
CHANGES = {
    "expand": schema.EXPAND,
    "mismatch": schema.MISMATCH,
    "migrate": schema.MIGRATE,
    "contract": schema.CONTRACT,
    "destructive": schema.DESTRUCTIVE,
}
APPLIED = {
    "before_command": schema.BEFORE_COMMAND,
    "first_new_task": schema.FIRST_NEW_TASK,
    "full_traffic": schema.FULL_TRAFFIC,
}
#: What hurts while a release comes in, and is over when it is there; schema is judged apart.
PASSING = frozenset({"cold_start", "connections", "schema"})
#: Changes that hurt nobody do not make a release bad.
HARMLESS = frozenset({schema.EXPAND, schema.NO_CHANGE})


def put_release(
    m: ScenarioRecord, draws: Draws, paces: Paces, scenario: Any, k: int, told: Sequence[Any]
) -> None:
    """One release of the chain; number 0 serves at the command."""
    f = m.releases[k]
    f.fault_kinds = reduce(int.__or__, (KINDS[fault.kind] for fault in told), 0)
    f.never_listens_chance = together(one.probability for one in of_kind(told, "never_listens"))
    f.side_effects_per_request = sum(one.per_request for one in of_kind(told, "side_effects"))
    f.connections_per_task = sum(one.per_task for one in of_kind(told, "connections"))
    f.cold_seconds = max((one.for_ for one in of_kind(told, "cold_start")), default=0.0)
    exits = [
        (one.probability, draws.add(one.after), KINDS[one.kind])
        for one in told
        if one.kind in ("boot_crash", "crash")
    ]
    f.n_crash_faults = put_rows(f.crash_faults, exits, "release.faults: boot_crash and crash")
    silent = [draws.add(one.noticed_after) for one in of_kind(told, "silent")]
    f.n_silent = put_rows(f.silent_rows, silent, "release.faults: silent")
    deep = scenario.target_group.health_check.depth == "deep"
    for since, number in SINCE.items():
        errors = [one for one in of_kind(told, "errors") if one.since == since]
        f.n_error_steps[number] = put_rows(
            f.error_steps[number], rungs(errors, deep=deep), "errors: stairs"
        )
    put_schema(m, k, of_kind(told, "schema"))
    put_paces(m, paces, k, told)
    f.is_bad = any(one.kind not in PASSING for one in told) or is_harmful(m, k)


def of_kind(told: Iterable[Any], kind: str) -> list[Any]:
    """The faults of one kind."""
    return [fault for fault in told if fault.kind == kind]


def together(chances: Iterable[float]) -> float:
    """Chance that at least one of several independent things happens."""
    return reduce(faults.combined, chances, 0.0)


def rungs(errors: Sequence[Any], *, deep: bool) -> list[tuple[float, int, float]]:
    """The staircase that several faults of errors climb together, and what checks see of it."""
    times = sorted(
        {
            faults.stair_time(one.from_, one.ramp, k)
            for one in errors
            for k in range(1, faults.stairs_of(one.ramp) + 1)
        }
    )
    return [
        (
            at,
            faults.parts_of(together(share_at(one, at) for one in errors)),
            together(share_at(one, at) for one in errors if is_seen(one, deep=deep)),
        )
        for at in times
    ]


def share_at(fault: Any, at: float) -> float:
    """Share of errors at a time after their origin."""
    stairs = faults.stairs_of(fault.ramp)
    climbed = sum(faults.stair_time(fault.from_, fault.ramp, k) <= at for k in range(1, stairs + 1))
    return float(fault.rate * climbed / stairs)


def is_seen(fault: Any, *, deep: bool) -> bool:
    """Whether health checks see these errors; deep ones do unless told otherwise."""
    told = fault.seen_by_health_check
    return deep if told is None else bool(told)


def put_schema(m: ScenarioRecord, k: int, told: Sequence[Any]) -> None:
    """The schema change of a release."""
    f = m.releases[k]
    f.schema_repaired_after = NEVER
    f.schema_applied = schema.FIRST_NEW_TASK
    for fault in told:
        f.schema_change = CHANGES[fault.change]
        f.touches_share = fault.touches
        f.meets_share = fault.meets
        f.schema_applied = APPLIED[fault.applied]
        f.schema_reversible = fault.reversible
        f.schema_repaired_after = NEVER if fault.repaired_after is None else fault.repaired_after


def is_harmful(m: ScenarioRecord, k: int) -> bool:
    """Whether the schema change hurts somebody, after what earlier releases of the chain did."""
    before = {int(m.releases[j].schema_change) for j in range(1, k)}
    change = schema.effective(
        int(m.releases[k].schema_change), schema.EXPAND in before, schema.MIGRATE in before
    )
    return change not in HARMLESS


def put_paces(m: ScenarioRecord, paces: Paces, k: int, told: Sequence[Any]) -> None:
    """How fast the release serves, warm and cold, for every share of users that a flag exposes."""
    slow = math.prod(one.factor for one in of_kind(told, "slow"))
    cold = math.prod(one.factor for one in of_kind(told, "cold_start"))
    for level in range(constants.FLAG_LEVELS):
        share = float(m.flag_shares[level]) if m.has_flag else 1.0
        warm = 1.0 + share * (slow - 1.0)
        m.releases[k].pace[level] = (
            paces.pace(warm),
            paces.pace(warm * (1.0 + share * (cold - 1.0))),
        )
