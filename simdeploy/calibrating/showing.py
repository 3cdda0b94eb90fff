"""A calibration as text, JSON, YAML and a picture."""

import json
import math
from typing import TYPE_CHECKING, Any

from simdeploy.calibrating.block import block, span_words
from simdeploy.calibrating.result import Calibration, Fit
from simdeploy.report.calibrating.page import Page, Row
from simdeploy.report.words import quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def page_of(calibration: Calibration) -> Page:
    """Return what is shown of a calibration."""
    times = [quantity(calibration.deployments, "deployment")] if calibration.deployments else []
    times += [span_words(list(calibration.span or ()))]
    name = calibration.service or "service"
    return Page(
        f"{name}: {', '.join(part for part in times if part)}",
        calibration.scenario,
        tuple(_row(fit) for fit in calibration.fits),
        tuple(block(calibration)),
        calibration.delay_words,
        calibration.unknown,
        calibration.notes,
    )


def _row(fit: Fit) -> Row:
    before = fit.before
    kind, _, why = fit.why.partition(": ")
    return Row(
        fit.step.words,
        fit.n,
        fit.quantile(0.5),
        fit.quantile(0.95),
        before.quantile(0.5) if before else None,
        before.quantile(0.95) if before else None,
        kind,
        "; ".join(part for part in (why, fit.note) if part),
        tuple(path for path, _ in fit.keys),
        tuple((s.low, s.high) for s in fit.samples if not s.is_open),
        fit.quantile(0.05),
        before.quantile(0.05) if before else None,
    )


def text(calibration: Calibration, width: int = 100) -> str:
    """Return table, block and open questions for a terminal of a width."""
    from simdeploy.report.calibrating.text import render  # noqa: PLC0415  only if shown

    return render(page_of(calibration), width)


def picture(calibration: Calibration, ax: "Axes | None" = None) -> "Figure":
    """Return the picture of the steps."""
    from simdeploy.report.calibrating.plot import draw  # noqa: PLC0415  imports matplotlib

    return draw(page_of(calibration), ax)


def records_of(calibration: Calibration) -> list[dict[str, Any]]:
    """Return a record per step, of plain values; a null stands for what there is not."""
    records = []
    for fit in calibration.fits:
        row = _row(fit)
        records.append(
            {
                "step": fit.step.id,
                "words": fit.step.words,
                "n": fit.n,
                "n_open": len(fit.samples) - fit.n,
                "median_s": _rounded(row.median),
                "p95_s": _rounded(row.p95),
                "before_median_s": _rounded(row.before_median),
                "before_p95_s": _rounded(row.before_p95),
                "why": fit.why,
                "note": fit.note,
                "widened": bool(fit.fitted and fit.fitted.is_widened),
                "keys": dict(fit.keys),
                "samples": [_sample(fit, k) for k in range(len(fit.samples))],
            }
        )
    return records


def _sample(fit: Fit, k: int) -> dict[str, Any]:
    sample = fit.samples[k]
    return {
        "of": sample.of,
        "at": sample.at,
        "low_s": sample.low,
        "high_s": None if math.isinf(sample.high) else sample.high,
        "paired_in_order": sample.is_paired_in_order,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def to_json(calibration: Calibration) -> str:
    """Return everything as JSON."""
    clock = calibration.clock
    document = {
        "service": calibration.service,
        "files": list(calibration.files),
        "deployments": calibration.deployments,
        "looks": {
            "tick_s": clock.tick,
            "jitter_s": clock.jitter,
            "n": clock.steps,
            "fitted": clock.is_fitted,
        },
        "steps": records_of(calibration),
        "delay": calibration.delay_words,
        "unknown": list(calibration.unknown),
        "notes": list(calibration.notes),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def to_yaml(calibration: Calibration) -> str:
    """Return the block to paste."""
    return "\n".join(block(calibration) or ["{}"])
