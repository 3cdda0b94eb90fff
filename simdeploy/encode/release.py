"""What is wrong with each release of a chain: one encode function per kind of fault."""

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple

from simdeploy.encode.distribution_rows import Draws, code, put_rows
from simdeploy.encode.encoders import Encoders
from simdeploy.encode.environment import rates
from simdeploy.encode.latency import Paces
from simdeploy.model import constants, delays
from simdeploy.model.fields.types import Release, ScenarioRecord
from simdeploy.model.registry import FAULT_KINDS, FaultKind
from simdeploy.scenario import Scenario
from simdeploy.scenario.faults import Errors, Schema
from simdeploy.semantics import faults, schema
from simdeploy.semantics.state import NEVER

SINCE = {
    "task_running": faults.TASK_RUNNING,
    "full_traffic": faults.AT_FULL_TRAFFIC,
    "command": faults.AT_COMMAND,
}
#: Changes that hurt nobody do not make a release bad.
HARMLESS = frozenset({schema.EXPAND, schema.NO_CHANGE})


class Encoding(NamedTuple):
    """What the encode function of a fault kind writes to, and what else it needs."""

    record: ScenarioRecord
    release: Release
    draws: Draws
    paces: Paces
    scenario: Scenario


#: Encode functions of fault kinds.
FAULTS: Encoders[Encoding] = Encoders()


def put_release(
    m: ScenarioRecord, draws: Draws, paces: Paces, scenario: Scenario, k: int, blocks: Sequence[Any]
) -> None:
    """Encode release ``k`` of the chain with its faults; number 0 serves at the command."""
    f = m.releases[k]
    kinds = [FAULT_KINDS[fault.kind] for fault in blocks]
    f.fault_kinds = mask_of(kinds)
    f.flagged_kinds = mask_of(kind for kind in kinds if kind.behind_flag)
    f.is_silent = any(kind.silent for kind in kinds)
    FAULTS.encode(Encoding(m, f, draws, paces, scenario), blocks)
    put_startup(f, draws, scenario, k)
    f.is_bad = any(not kind.passing for kind in kinds) or is_harmful(m, k)


def put_startup(f: Release, draws: Draws, scenario: Scenario, k: int) -> None:
    """Encode the stages of a start of release ``k``; what it does not set is the service's."""
    f.provisioning_row = delays.PROVISIONING
    f.pull_row = delays.PULL
    f.container_start_row = delays.CONTAINER_START
    f.boot_row = delays.BOOT
    own = scenario.chain[k - 1].startup if k > 0 else None
    if own is None:
        return
    if own.provisioning is not None:
        f.provisioning_row = draws.add(own.provisioning)
    if own.container_start is not None:
        f.container_start_row = draws.add(own.container_start)
    if own.boot is not None:
        f.boot_row = draws.add(own.boot)
    if own.pull is not None:
        f.pull_row = draws.add(own.pull)
    elif own.image_mb is not None or own.pull_mb_per_s is not None:
        usual = scenario.service.startup
        speed = usual.pull_mb_per_s if own.pull_mb_per_s is None else own.pull_mb_per_s
        f.pull_row = draws.add(speed.into(usual.image_mb if own.image_mb is None else own.image_mb))


def mask_of(kinds: Iterable[FaultKind]) -> int:
    """Return kinds of faults as a bit mask."""
    return reduce(int.__or__, (kind.mask for kind in kinds), 0)


@FAULTS.takes("never_listens")
def put_never_listens(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the chance that a task never listens."""
    to.release.never_listens_chance = together(fault.probability for fault in blocks)


@FAULTS.takes("container_check_fails")
def put_container_checks(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the chance that a task's container check cannot pass."""
    to.release.cannot_pass_chance = together(fault.probability for fault in blocks)


@FAULTS.takes("side_effects")
def put_side_effects(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode events per request."""
    to.release.side_effects_per_request = sum(fault.per_request for fault in blocks)


@FAULTS.takes("connections")
def put_connections(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode connections per task."""
    to.release.connections_per_task = sum(fault.per_task for fault in blocks)


@FAULTS.takes("throttle")
def put_throttle(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the tightest of the limits."""
    to.release.admitted_rate = min((fault.rps_per_task for fault in blocks), default=0.0)


@FAULTS.takes("boot_crash", "crash")
def put_crashes(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the ways to exit, in file order: the first shares its draw with no other."""
    rows = [
        (fault.probability, to.draws.add(fault.after), FAULT_KINDS[fault.kind].mask)
        for fault in blocks
    ]
    to.release.n_crash_faults = put_rows(
        to.release.crash_faults, rows, "release.faults: boot_crash and crash"
    )


@FAULTS.takes("silent")
def put_silent(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the times until silent faults are noticed."""
    rows = [to.draws.add(fault.noticed_after) for fault in blocks]
    to.release.n_silent = put_rows(to.release.silent_rows, rows, "release.faults: silent")


@FAULTS.takes("errors")
def put_errors(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the error ramps, by the origin that they count from."""
    deep = to.scenario.target_group.health_check.depth == "deep"
    for since, number in SINCE.items():
        errors = [fault for fault in blocks if fault.since == since]
        to.release.n_error_steps[number] = put_rows(
            to.release.error_steps[number], rungs(errors, deep=deep), "errors: stairs"
        )


def together(chances: Iterable[float]) -> float:
    """Chance that at least one of several independent events happens."""
    return reduce(faults.combined, chances, 0.0)


def rungs(errors: Sequence[Any], *, deep: bool) -> list[tuple[float, int, float]]:
    """The staircase that several faults of errors climb together, and what checks see of it."""
    times = sorted(
        {
            faults.step_time(error.from_, error.ramp, k)
            for error in errors
            for k in range(1, faults.steps_of(error.ramp) + 1)
        }
    )
    return [
        (
            at,
            faults.parts_of(together(share_at(error, at) for error in errors)),
            together(share_at(error, at) for error in errors if is_seen(error, deep=deep)),
        )
        for at in times
    ]


def share_at(fault: Errors, at: float) -> float:
    """Share of errors at a time after their origin."""
    stairs = faults.steps_of(fault.ramp)
    climbed = sum(faults.step_time(fault.from_, fault.ramp, k) <= at for k in range(1, stairs + 1))
    return float(fault.rate * climbed / stairs)


def is_seen(fault: Errors, *, deep: bool) -> bool:
    """Whether health checks see these errors; deep ones do unless set otherwise."""
    seen = fault.seen_by_health_check
    return deep if seen is None else bool(seen)


@FAULTS.takes("schema")
def put_schema(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode the schema change."""
    f = to.release
    f.schema_repaired_after = NEVER
    f.schema_applied = schema.FIRST_NEW_TASK
    for fault in blocks:
        f.schema_change = code(schema, fault.change)
        f.touches_share = fault.touches
        f.meets_share = fault.meets
        f.rows_read = rows_read(to.scenario, fault)
        f.schema_applied = code(schema, fault.applied)
        f.schema_reversible = fault.reversible
        f.schema_repaired_after = NEVER if fault.repaired_after is None else fault.repaired_after


def rows_read(scenario: Scenario, fault: Schema) -> float:
    """Rows in the old shape that are read: by default those written in an hour before."""
    if fault.rows_read is not None:
        return float(fault.rows_read)
    return 3600.0 * rates(scenario)[0][1] * fault.touches


def is_harmful(m: ScenarioRecord, k: int) -> bool:
    """Whether the schema change hurts somebody, after what earlier releases of the chain did."""
    before = {int(m.releases[j].schema_change) for j in range(1, k)}
    change = schema.effective(
        int(m.releases[k].schema_change), schema.EXPAND in before, schema.MIGRATE in before
    )
    return change not in HARMLESS


@FAULTS.takes("slow", "cold_start")
def put_paces(to: Encoding, blocks: Sequence[Any]) -> None:
    """Encode how fast the release serves, warm and cold, for every level of a feature flag."""
    m = to.record
    slow = math.prod(fault.factor for fault in blocks if fault.kind == "slow")
    cold = [fault for fault in blocks if fault.kind == "cold_start"]
    slower = math.prod(fault.factor for fault in cold)
    to.release.cold_seconds = max((fault.for_ for fault in cold), default=0.0)
    for level in range(constants.FLAG_LEVELS):
        share = float(m.flag_shares[level]) if m.has_flag else 1.0
        warm = 1.0 + share * (slow - 1.0)
        to.release.pace[level] = (
            to.paces.pace(warm),
            to.paces.pace(warm * (1.0 + share * (slower - 1.0))),
        )
