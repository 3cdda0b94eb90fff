"""How long Argo's analyses take, where their templates are among the files."""

from collections.abc import Mapping, Sequence

from simdeploy.importers.fields import Fields
from simdeploy.importers.kubernetes.durations import seconds_of
from simdeploy.importers.kubernetes.values import MOST
from simdeploy.importers.page import Assumption, Item, Section, assumed, given, seconds

KINDS = ("AnalysisTemplate", "ClusterAnalysisTemplate")
#: What one measurement takes where nothing else is said.
ONE = "30s"
NOTICES = "what it notices is in no file; set sees"


class OpenLengthError(Exception):
    """Why the duration of an analysis is not in the files."""


def section(analysis: Fields, templates: Mapping[str, Fields], path: str) -> Section | Assumption:
    """Return the test that an analysis is, or why it is left out."""
    try:
        length = _length(analysis, templates)
    except OpenLengthError as why:
        return Assumption(path, "", f"{why}; the analysis is left out")
    one = "one measurement; how long it takes is not in the files"
    keys: dict[str, Item] = {"duration": given(seconds(length)) if length else assumed(ONE, one)}
    return Section(keys, (NOTICES,))


def _length(analysis: Fields, templates: Mapping[str, Fields]) -> float:
    """Return the seconds of the longest of an analysis's templates, which run side by side."""
    names = [one.text("templateName") or "" for one in analysis.objects("templates")]
    if not names:
        raise OpenLengthError("it names no template")
    missing = [name for name in names if name not in templates]
    if missing:
        raise OpenLengthError(f"AnalysisTemplate {missing[0][:60]} is not among the files")
    return max(_of_template(templates[name]) for name in names)


def _of_template(template: Fields) -> float:
    metrics = template.object("spec").objects("metrics")
    if not metrics:
        raise OpenLengthError("its template has no metrics")
    return max(_of_metric(metric) for metric in metrics)


def _of_metric(metric: Fields) -> float:
    """Return the seconds of a metric: the first measurement is at once, the next an interval later.

    Source: Argo Rollouts, "Analysis & Progressive Delivery".
    """
    delay, interval = (_time(metric, key) for key in ("initialDelay", "interval"))
    count = metric.get("count")
    if count is None:
        if interval:
            raise OpenLengthError("it measures without end")
        return delay
    if not (isinstance(count, int) or (isinstance(count, str) and count.isdecimal())):
        raise OpenLengthError("how often it measures is filled in later")
    if not 0 < int(count) <= MOST:
        raise OpenLengthError("it measures without end")
    return delay + (int(count) - 1) * interval


def _time(metric: Fields, key: str) -> float:
    value = metric.get(key)
    if value is None:
        return 0.0
    found = seconds_of(str(value))
    if found is None or found > MOST:
        raise OpenLengthError(f"its {key} is filled in later")
    return found


def chosen(items: Sequence[Fields]) -> dict[str, Fields]:
    """Return the templates among objects, by name."""
    found: dict[str, Fields] = {}
    for item in items:
        if item.get("kind") in KINDS:
            found.setdefault(item.object("metadata").text("name") or "", item)
    return found
