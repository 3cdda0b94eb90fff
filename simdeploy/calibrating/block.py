"""Fitted keys as YAML: a block to paste, with n and dates as comments."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from simdeploy.calibrating.result import Calibration, Fit

WIDTH = 96
INDENT = "  "
MARK = "calibrated"


def flow(value: Any) -> str:
    """Return a value as YAML that may stand within a line.

    >>> flow({"distribution": "lognormal", "median": 31.3, "p95": 40.0})
    '{distribution: lognormal, median: 31.3, p95: 40}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def comment(fit: Fit, calibration: Calibration) -> str:
    """Return n, the dates of the samples and the step, for a comment."""
    ended = [sample for sample in fit.samples if not sample.is_open]
    dates = span_words([sample.at for sample in ended if sample.at]) or span_words(
        list(calibration.span or ())
    )
    n = f"n = {fit.n}" if fit.n else f"n = {calibration.clock.steps}"
    return ", ".join(part for part in (f"{MARK}: {fit.step.words}", n, dates) if part)


def span_words(times: Sequence[float]) -> str:
    """Return the first and the last day of some times, in UTC.

    >>> span_words([1783000000.0, 1785500000.0]), span_words([1780000000.0, 1785500000.0])
    ('2 to 31 Jul 2026', '28 May to 31 Jul 2026')
    """
    if not times:
        return ""
    first, last = (datetime.fromtimestamp(at, UTC) for at in (min(times), max(times)))
    end = f"{last.day} {last:%b %Y}"
    if first.date() == last.date():
        return end
    same = " %b" if (first.year, first.month) != (last.year, last.month) else ""
    year = " %Y" if first.year != last.year else ""
    return f"{first.day}{first.strftime(same + year)} to {end}"


def block(calibration: Calibration) -> list[str]:
    """Return the fitted keys as lines of YAML, nested, a comment above each."""
    tree: dict[str, Any] = {}
    for fit in calibration.fits:
        for path, value in fit.keys:
            keys = path.split(".")
            inner = tree
            for key in keys[:-1]:
                inner = inner.setdefault(key, {})
            inner[keys[-1]] = (value, comment(fit, calibration))
    return list(_lines(tree, ""))


def _lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    said = ""
    for key, item in tree.items():
        if isinstance(item, dict):
            yield f"{indent}{key}:"
            yield from _lines(item, indent + INDENT)
            continue
        value, words = item
        if words != said:
            yield f"{indent}# {words}"
        said = words
        yield from leaf(key, value, indent)


def leaf(key: str, value: Any, indent: str) -> list[str]:
    """Return a key and its value; long lists go on in the next lines."""
    return textwrap.wrap(
        f"{key}: {flow(value)}", WIDTH, initial_indent=indent,
        subsequent_indent=indent + 2 * INDENT, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
