"""Calibration from Python: files that AWS's commands print, to a service's own times."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from simdeploy.calibrating import steps
from simdeploy.calibrating.app_log import boots
from simdeploy.calibrating.app_log import split as app_log_files
from simdeploy.calibrating.choosing import choose
from simdeploy.calibrating.controller_steps import measure_controllers
from simdeploy.calibrating.measuring import (
    Measured,
    clock_words,
    looks_of,
    measure_deployments,
    measure_tails,
    name_of,
    shorter_than,
)
from simdeploy.calibrating.result import Calibration, Fit, outliers
from simdeploy.calibrating.sample import Sample
from simdeploy.calibrating.setting import Setting, setting_of
from simdeploy.calibrating.task_steps import measure_polls, measure_tasks
from simdeploy.errors import SimdeployError
from simdeploy.observed import records
from simdeploy.observed.chains import Segment, deployments_of, likely_delay
from simdeploy.observed.reading import read_observed
from simdeploy.observed.records import Observed, TaskTimes
from simdeploy.observed.times import MINUTE
from simdeploy.report.words import quantity

#: Where to find more than an event list holds.
MORE = "list-service-deployments, or a rule of EventBridge, keeps more"
#: Polls of health that are so close, s, narrow the boot down to an interval of the checks.
CLOSE_POLLS = 2.5
NEVER = "what requests saw, percents, propagation of weights, workers"


def calibrate(
    paths: Iterable[str | os.PathLike[str]],
    *,
    service: str | None = None,
    scenario: str | os.PathLike[str] | None = None,
    delay: float | None = None,
    drop: Sequence[str] = (),
    timezone: str | None = None,
    app_log: str | None = None,
) -> Calibration:
    """Fit a service's own times to files that AWS's commands print.

    Parameters
    ----------
    paths
        Any mix of what ``describe-services``, ``describe-tasks``, EventBridge, CodeDeploy,
        ``describe-service-deployments`` and polls of ``describe-target-health`` print.
    service
        Which one, where the files speak of several.
    scenario
        The scenario that it is for: its checks, stages and delay are what the fits are held
        against. By default those that AWS gives a new service.
    delay
        The deregistration delay, s, where it is not that of the scenario.
    drop
        Deployments and tasks to leave out, by their ids.
    timezone
        How times without a zone are read, as ``Europe/Berlin``.
    app_log
        A pattern of the line by which the application says that it is ready; files may then be
        its logs, too.

    Returns
    -------
    Calibration
        A fit per step; ``.write(path)`` puts them into a scenario.

    Raises
    ------
    SimdeployError
        For files without a deployment, of several services, or that contradict the scenario.
    """
    from simdeploy.scenario import load_scenario  # noqa: PLC0415  imports pydantic

    setting = setting_of(load_scenario(scenario) if scenario else None, os.fspath(scenario or ""))
    files, found = [Path(path) for path in paths], []
    if app_log is not None:
        files, logs = app_log_files(files)
        found = boots(logs, app_log)
    observed = read_observed(files, service, timezone) if files else Observed()
    return calibrate_observed(observed, setting, delay=delay, drop=drop, booted=found)


def calibrate_observed(
    observed: Observed,
    setting: Setting,
    *,
    delay: float | None = None,
    drop: Sequence[str] = (),
    booted: Sequence[Sample] = (),
) -> Calibration:
    """Fit the times of records that were read.

    Parameters
    ----------
    observed, setting
        The records, and what the scenario says.
    delay, drop
        As of `calibrate`.
    booted
        Boots that the application's log shows.

    Raises
    ------
    SimdeployError
        As `calibrate`.
    """
    observed, parts, dropped = _without(observed, deployments_of(observed), booted, drop)
    measured = Measured(notes=[str(note) for note in observed.notes] + dropped)
    parts = _exact_enough(parts, observed, measured)
    measured.notes += _other_service(parts, setting)
    measured.clock = looks_of(parts)
    measure_deployments(observed, parts, measured)
    measure_tasks(observed, parts, setting.service.stop_timeout, measured)
    polled = measure_polls(observed, measured)
    measure_controllers(observed, measured)
    measured.samples[steps.BOOT] += [sample for sample in booted if sample.of not in drop]
    bake = _bake(observed)
    used, words = _delay(parts, delay, setting, observed.tasks, bake)
    if used is not None:
        measure_tails(parts, used + (bake or 0.0), measured)
    if not any(measured.samples.values()) and not measured.clock.is_fitted:
        raise SimdeployError(_nothing(observed))
    resolution = max((part.resolution_s for part in parts), default=0.001)
    fits = choose(measured, setting, resolution)
    waited = measured.samples.get(steps.FIRST_CHECK, [])
    boot = _boot_words(observed, parts, setting, polled, waited)
    return Calibration(
        observed.service,
        tuple(fits),
        measured.clock,
        len(parts),
        _span(observed),
        tuple(_unknown(fits, boot)),
        tuple(dict.fromkeys([*measured.notes, *_outliers(fits)])),
        observed.files,
        words,
        setting.name,
    )


def _without(
    observed: Observed, parts: list[Segment], booted: Sequence[Sample], drop: Sequence[str]
) -> tuple[Observed, list[Segment], list[str]]:
    """Return records and deployments without those that are named."""
    from dataclasses import replace  # noqa: PLC0415

    known = {name_of(part) for part in parts} | {task.task_id for task in observed.tasks}
    known |= {sample.of for sample in booted}
    for name in drop:
        if name not in known:
            there = ", ".join(sorted(known)[:10]) or "none"
            raise SimdeployError(f'--drop: no deployment or task "{name[:60]}"; there are: {there}')
    gone = set(drop)
    tasks = tuple(task for task in observed.tasks if task.task_id not in gone)
    kept = [part for part in parts if name_of(part) not in gone]
    return replace(observed, tasks=tasks), kept, [f"{name}: left out by --drop" for name in drop]


def _exact_enough(parts: list[Segment], observed: Observed, into: Measured) -> list[Segment]:
    """Return the deployments whose times are better than a minute.

    Raises
    ------
    SimdeployError
        Where none is.
    """
    kept = [part for part in parts if part.resolution_s < MINUTE]
    events = observed.events
    if events and all(event.resolution_s >= MINUTE for event in events):
        raise SimdeployError(
            f"{', '.join(observed.files)}: times in whole minutes, too coarse for steps of "
            "seconds; the AWS CLI prints them to the millisecond"
        )
    for part in parts:
        if part.resolution_s >= MINUTE:
            into.notes.append(f"deployment {name_of(part)}: times in whole minutes, not used")
    return kept


def _other_service(parts: Sequence[Segment], setting: Setting) -> list[str]:
    """Return a line where deployments start another number of tasks than the scenario has."""
    started = [part.count(records.STARTED) for part in parts if part.is_complete]
    wanted = setting.service.desired_count
    if not setting.name or not started or median(started) == wanted:
        return []
    words = f"{setting.name} has desired_count {wanted}: wrong service or scenario?"
    return [f"deployments started {median(started):g} tasks, {words}"]


def _bake(observed: Observed) -> float | None:
    """Return the bake time, s, that the files say the service has, the latest; None for none."""
    known = [item.bake for item in observed.deployments if item.bake is not None]
    return known[-1] if known else None


def _delay(
    parts: Sequence[Segment],
    delay: float | None,
    setting: Setting,
    tasks: Sequence[TaskTimes] = (),
    bake: float | None = None,
) -> tuple[float | None, str]:
    """Return the deregistration delay, s, and a sentence about it.

    Raises
    ------
    SimdeployError
        Where deployments end before the delay that is given.
    """
    given = delay
    if given is None and setting.name:
        given = setting.target_group.deregistration_delay
    if given is not None:
        short = shorter_than(parts, given)
        if short and 2 * len(short) > len(parts):
            whose = "--delay" if delay is not None else setting.name
            raise SimdeployError(
                f"{whose}: a deregistration delay of {given:g} s, but deployments ended "
                f"{min(short):.0f} s after it began: wrong service or scenario?"
            )
        return given, f"Deregistration delay: {given:g} s, as given."
    found = [likely_delay(part, tasks, bake or 0.0) for part in parts]
    likely = Counter(one for one in found if one is not None)
    if not likely:
        return None, ""
    value, times = likely.most_common(1)[0]
    words = f"{value:g} s fits {times} of {quantity(likely.total(), 'deployment')}"
    if bake is None:
        more = "; a bake time would be part of it; it is not fitted, --delay gives it"
    else:
        more = f" besides the bake time of {bake:g} s" if bake else ""
    return value, f"Deregistration delay: {words}{more}."


def _nothing(observed: Observed) -> str:
    """Return why nothing can be fitted."""
    files = ", ".join(observed.files)
    steady = sum(event.kind == records.STEADY for event in observed.events)
    if observed.events and steady == len(observed.events):
        return f'{files}: {steady} × "has reached a steady state" and no deployment in them; {MORE}'
    return f"{files}: no step of a deployment in them that has both ends; {MORE}"


def _span(observed: Observed) -> tuple[float, float] | None:
    times = [event.at for event in observed.events]
    times += [task.created for task in observed.tasks if task.created is not None]
    times += [item.created for item in observed.deployments if item.created is not None]
    return (min(times), max(times)) if times else None


def _unknown(fits: Sequence[Fit], boot: str) -> list[str]:
    """Return what these files cannot say, a sentence each."""
    ids = {fit.step.id for fit in fits if fit.n}
    said = []
    if "boot" not in ids:
        said.append(boot)
    if "command" not in ids:
        said.append("command → first act: no file says when a deployment was ordered; "
                    "list-service-deployments does")  # fmt: skip
    if not ids & {"start", "container_start"}:
        said.append("pulled → running: behind a load balancer only the events say it")
    elif "start" in ids:
        said.append("how a start divides into provisioning, pull and container start: "
                    "describe-tasks says it")  # fmt: skip
    if "shutdown" not in ids:
        said.append("SIGTERM → exit: describe-tasks of stopped tasks says it, for an hour")
    return [*said, f"never in such files: {NEVER}"]


def _boot_words(
    observed: Observed,
    parts: Sequence[Segment],
    setting: Setting,
    polled: Sequence[Sample],
    waited: Sequence[Sample],
) -> str:
    """Return what is known of the boot: a range by polls, or a bound if no task was unhealthy."""
    interval = setting.target_group.health_check.interval
    close = [sample for sample in polled if sample.high - sample.low <= CLOSE_POLLS]
    if close:
        low = max(0.0, median(sample.low for sample in close) - interval)
        high = median(sample.high for sample in close)
        return (
            f"boot of the application: between {low:.0f} and {high:.0f} s after registration, by "
            f"polls of its health and a check every {interval:g} s"
        )
    words = "boot of the application: not identified"
    grace = setting.service.health_check_grace_period
    if waited and median(sample.low for sample in waited) >= setting.boot_bound():
        return (
            f"{words}; tasks lived longer without passing a check than a grace period of {grace:g} "
            f"s and the checks {setting.whose} allow: --into a scenario that has the service's own"
        )
    if not parts or any(event.kind == records.UNHEALTHY for event in observed.events):
        return words
    check = setting.target_group.health_check
    return (
        f"{words}; below {setting.boot_bound():g} s, or tasks would have been replaced: grace "
        f"period {grace:g} s + {check.unhealthy_threshold} checks × {check.interval:g} s "
        f"{setting.whose}"
    )


def _outliers(fits: Sequence[Fit]) -> list[str]:
    """Return a line for each value far from the others."""
    lines = []
    for fit in fits:
        if fit.step == steps.COMMAND and fit.n < 3:
            continue
        for sample in outliers(fit.samples):
            name = sample.of or clock_words(sample.at)
            lines.append(
                f"{name}: {fit.step.words} took {sample.middle:.0f} s, far from the others; kept, "
                f"--drop {name} leaves it out"
            )
    return lines
