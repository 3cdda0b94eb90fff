"""CloudWatch alarms: which of them stop a deployment, and what they watch in a scenario's words.

A scenario's alarms watch rates and latencies of the whole service; CloudWatch's watch any metric.
What has no counterpart, or what no engine plays yet, is left out by name, never silently.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from simdeploy.importers.fields import Fields
from simdeploy.importers.inventory import Inventory, has_balancer
from simdeploy.importers.page import Assumption, Section, Value, assumed, duration, either, given
from simdeploy.importers.service import slug, traffic_block
from simdeploy.model.registry import ALARM_METRICS

TARGET, BALANCER = "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"
REQUESTS, LATENCY = "RequestCount", "TargetResponseTime"
ABOVE = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
MISSING = {
    "missing": "missing",
    "notBreaching": "not_breaching",
    "breaching": "breaching",
    "ignore": "ignore",
}
#: CloudWatch's evaluation windows, in the scenario's words.
WINDOWS = {"SlidingWindow": "sliding", "WallClockWindow": "wall_clock"}
#: A rate divided by the error budget, such as ``(m1 / m2) / 0.001``, is a burn rate.
BUDGET = re.compile(r"/\s*\(?\s*(0?\.0\d{1,6})")
NOT_DESCRIBED = "not in these files (aws cloudwatch describe-alarms)"


class Watch(NamedTuple):
    """An alarm in the scenario's words; ``why_not`` says why it is left out."""

    name: str
    section: Section
    why_not: str = ""


class Meaning(NamedTuple):
    """What a CloudWatch alarm watches: a metric and its threshold in the scenario's words."""

    metric: str
    threshold: str | float
    words: str = ""
    slo: float | None = None


def service_alarms(inventory: Inventory) -> list[str] | None:
    """Return the alarms of the service's deploymentConfiguration; None without a service."""
    if inventory.deployment is None or inventory.controller == "CODE_DEPLOY":
        return None
    alarms = inventory.deployment.object("alarms")
    return alarms.texts("alarmNames") if alarms.flag("enable") else []


def group_alarms(inventory: Inventory) -> list[str] | None:
    """Return the alarms of the deployment group; None without a deployment group."""
    if inventory.group is None:
        return None
    alarms = inventory.group.object("alarmConfiguration")
    names = [alarm.text("name") for alarm in alarms.objects("alarms")]
    return [name for name in names if name] if alarms.flag("enabled") else []


def watches(inventory: Inventory) -> list[Watch]:
    """Return every alarm that stops some deployment, played or not, under unique names."""
    named = [*(service_alarms(inventory) or []), *(group_alarms(inventory) or [])]
    described = {alarm.text("AlarmName"): alarm for alarm in inventory.alarms}
    by_name: dict[str, Watch] = {}
    for name in dict.fromkeys(named):
        alarm = described.get(name)
        watch = _undescribed(name) if alarm is None else _described(name, alarm, inventory)
        by_name.setdefault(watch.name, watch)
    return list(by_name.values())


def played(inventory: Inventory, names: list[str]) -> list[str]:
    """Return the names, as the scenario has them, of those alarms that are not left out."""
    usable = {watch.name for watch in watches(inventory) if not watch.why_not}
    return [name for name in dict.fromkeys(map(slug, names)) if name in usable]


def caveats(inventory: Inventory) -> Iterator[Assumption]:
    """List the alarms that are left out, and what their absence means."""
    for watch in watches(inventory):
        if watch.why_not:
            yield Assumption(f"alarms.{watch.name}", "", f"left out: {watch.why_not}")
    if all(watch.why_not for watch in watches(inventory)):
        yield Assumption("alarms", "", "none watches; a broken release that starts goes unnoticed")


def _undescribed(name: str) -> Watch:
    """Guess what an alarm watches of which only the name is known, if that says 5xx."""
    if not re.search(r"5xx|5\d\d|error", name, re.IGNORECASE) or "budget" in name.lower():
        return Watch(slug(name), Section({}), f"what it watches is {NOT_DESCRIBED}")
    words = {
        "metric": assumed("any_5xx_rate", f"by its name; {NOT_DESCRIBED}"),
        "threshold": assumed("1%", NOT_DESCRIBED),
        "period": assumed("60s", NOT_DESCRIBED),
        "datapoints": assumed(1, NOT_DESCRIBED),
        "of": assumed(1, NOT_DESCRIBED),
        "missing": assumed("not_breaching", NOT_DESCRIBED),
        "window": assumed("sliding", NOT_DESCRIBED),
    }
    return Watch(slug(name), Section({"name": given(slug(name)), **words}))


def _described(name: str, alarm: Fields, inventory: Inventory) -> Watch:
    meaning = _meaning(alarm, inventory)
    comparison = alarm.text("ComparisonOperator")
    if meaning is None or comparison not in ABOVE:
        return Watch(slug(name), Section({}), f"{_summary(alarm)} has no counterpart here")
    if ALARM_METRICS[meaning.metric].of_balancer and not has_balancer(inventory):
        why = f"{_summary(alarm)} is a load balancer's, and the service has none"
        return Watch(slug(name), Section({}), why)
    return Watch(slug(name), _section(slug(name), alarm, meaning))


def _section(name: str, alarm: Fields, meaning: Meaning) -> Section:
    of = alarm.whole("EvaluationPeriods", 1, 10_000) or 1
    missing = alarm.word("TreatMissingData", MISSING)
    keys: dict[str, Value] = {
        "name": given(name),
        "metric": Value(meaning.metric, meaning.words, assumed=bool(meaning.words)),
        "threshold": given(meaning.threshold),
        "period": given(duration(_period(alarm))),
        "datapoints": given(alarm.whole("DatapointsToAlarm", 1, of) or of),
        "of": given(of),
        "missing": given(MISSING[missing]) if missing else assumed("missing"),
        "window": either(_window(alarm), "sliding"),
    }
    if meaning.slo is not None:
        keys["slo"] = given(meaning.slo)
    return Section(keys)


def _window(alarm: Fields) -> str | None:
    """Return how the evaluated range moves, None if the alarm does not say."""
    window = alarm.object("EvaluationWindow")
    named = [word for key, word in WINDOWS.items() if window.get(key) is not None]
    if window.data and len(named) != 1:
        raise alarm.error("EvaluationWindow", f"must have one of {', '.join(WINDOWS)}")
    return named[0] if named else None


def _meaning(alarm: Fields, inventory: Inventory) -> Meaning | None:
    names = _metrics(alarm)
    if names == {LATENCY}:
        return _latency(alarm)
    if names == {"CPUUtilization"}:
        return Meaning("cpu", _threshold(alarm))
    if REQUESTS in names and names - {REQUESTS} and names <= {REQUESTS, TARGET, BALANCER}:
        return _rate(alarm, _kind(names))
    if names and names <= {TARGET, BALANCER}:
        return _count(alarm, _kind(names), inventory)
    return None


def _kind(names: set[str]) -> str:
    if {TARGET, BALANCER} <= names:
        return "any_5xx_rate"
    return "target_5xx_rate" if TARGET in names else "elb_5xx_rate"


def _rate(alarm: Fields, kind: str) -> Meaning:
    """Read a quotient: of the error budget, in percent, or as a share."""
    expression = " ".join(m.text("Expression") or "" for m in alarm.objects("Metrics"))
    threshold = _threshold(alarm)
    if budget := BUDGET.search(expression):
        return Meaning("burn_rate", threshold, slo=round(1 - float(budget[1]), 9))
    percent = threshold if "100" in expression else 100 * threshold
    return Meaning(kind, f"{min(percent, 100):g}%")


def _count(alarm: Fields, kind: str, inventory: Inventory) -> Meaning | None:
    """Turn a number of errors per period into a rate, by the traffic that is assumed."""
    if alarm.text("Statistic") not in (None, "Sum"):
        return None
    rate = float(traffic_block(inventory).keys["rate"].written)  # type: ignore[union-attr]
    count, period = _threshold(alarm), _period(alarm)
    share = min(1.0, count / (period * rate))
    words = f"more than {count:g} in {duration(period)}, at {rate:g} requests/s"
    return Meaning(kind, f"{100 * share:.3g}%", words)


def _latency(alarm: Fields) -> Meaning | None:
    stats = [alarm.text("ExtendedStatistic"), *(stat.text("Stat") for stat in _stats(alarm))]
    return Meaning("p99_latency", duration(_threshold(alarm))) if "p99" in stats else None


def _stats(alarm: Fields) -> list[Fields]:
    return [metric.object("MetricStat") for metric in alarm.objects("Metrics")]


def _metrics(alarm: Fields) -> set[str]:
    """Return the names of all CloudWatch metrics that an alarm looks at."""
    metrics = [alarm, *(stat.object("Metric") for stat in _stats(alarm))]
    return {name for metric in metrics if (name := metric.text("MetricName"))}


def _summary(alarm: Fields) -> str:
    names = ", ".join(sorted(_metrics(alarm))) or "what it watches"
    return f"{names} {alarm.text('ComparisonOperator') or ''}".strip()[:80]


def _threshold(alarm: Fields) -> float:
    value = alarm.number("Threshold", 0, 1e12)
    if value is None:
        raise alarm.expected("Threshold", "a number")
    return value


def _period(alarm: Fields) -> float:
    places = (alarm, *alarm.objects("Metrics"), *_stats(alarm))
    periods = [place.number("Period", 1, 86_400) for place in places]
    return max((period for period in periods if period is not None), default=60.0)
