"""Imported files that hold events of deployments, too, and what a calibration makes of them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from simdeploy.calibrating.api import calibrate_observed
from simdeploy.calibrating.into import text_with
from simdeploy.calibrating.measuring import Measured, looks_of, measure_deployments
from simdeploy.calibrating.result import Calibration
from simdeploy.calibrating.setting import setting_of
from simdeploy.errors import SimdeployError
from simdeploy.importers.reading import Document
from simdeploy.observed.chains import deployments_of
from simdeploy.observed.reading import observed_in, read_observed
from simdeploy.observed.records import Observed
from simdeploy.report.words import listed, quantity

#: Every event, task and deployment of AWS has such a time; a file without it need not be read.
MARK = b"At"
LARGEST = 64_000_000


def records_in(paths: Iterable[Path], service: str | None) -> Observed | None:
    """Return what the files say of past deployments; None where they hold none.

    Files of other kinds are passed by.
    """
    usable = [path for path in paths if _holds_records(path, service)]
    return read_observed(usable, service or None) if usable else None


def records_among(documents: Iterable[Document], service: str | None) -> Observed | None:
    """Return what documents say of past deployments; None where they hold no events or tasks."""
    try:
        found = observed_in([(one.file, one.data) for one in documents], service or None)
    except SimdeployError:
        return None
    return found if found.events or found.tasks else None


def _holds_records(path: Path, service: str | None) -> bool:
    try:
        if path.stat().st_size > LARGEST or MARK not in path.read_bytes():
            return False
        found = read_observed([path], service or None)
    except (SimdeployError, OSError):
        return False
    return bool(found.events or found.tasks)


def offer(observed: Observed, held: str = "the files hold") -> str:
    """Return what a calibration would fit, in a sentence; empty where there is no deployment.

    ``held`` says where the events are.
    """
    parts = deployments_of(observed)
    measured = Measured(clock=looks_of(parts))
    measure_deployments(observed, parts, measured)
    found = [
        f"{step.words} (n = {len(samples)})"
        for step, samples in measured.samples.items()
        if samples and step.key
    ]
    if not found:
        return ""
    past = quantity(len(parts), "deployment")
    return f"{held} events of {past}; --calibrate fits {listed(found)} to them"


def calibrated(text: str, observed: Observed | None, file: str) -> tuple[str, Calibration]:
    """Return a scenario's text with the service's own times, and the calibration.

    Parameters
    ----------
    text
        The scenario.
    observed
        What the files say of past deployments.
    file
        The name of the scenario's file, for messages.

    Raises
    ------
    SimdeployError
        Where there is no deployment, or the times contradict the scenario.
    """
    from simdeploy.scenario.loading import load_scenario_text  # noqa: PLC0415  imports pydantic

    if observed is None:
        raise SimdeployError(
            "--calibrate: no events of a deployment; describe-services has the newest 100"
        )
    scenario = load_scenario_text(text, file=file)
    found = calibrate_observed(observed, setting_of(scenario, file))
    changed = text_with(text, found, file)
    load_scenario_text(changed, file=file)
    return changed, found


def verdict(calibration: Calibration) -> str:
    """Return what was fitted, and what differs most, in a sentence or two."""
    from simdeploy.calibrating.showing import page_of  # noqa: PLC0415  only if shown
    from simdeploy.report.calibrating import text  # noqa: PLC0415

    beside_defaults = replace(calibration, scenario="")
    return f"fitted to the events: {text.verdict(page_of(beside_defaults))}"
