"""Sentences about a tuning, and its names and values in words."""

import math
import re
import shlex
from collections.abc import Callable, Sequence

from simdeploy.model.registry import ALARM_METRICS
from simdeploy.report.words import (
    capitalized,
    duration,
    listed,
    money,
    percent,
    short_count,
    spaced,
)
from simdeploy.results.paired import Difference
from simdeploy.tuning.goals import HARMS, Constraint, Goal
from simdeploy.tuning.knobs import Knob
from simdeploy.tuning.result import TPE, Part, SettingResult, Tuning
from simdeploy.tuning.sensitivity import Index

#: Shares of an objective's variance from which on a knob matters, and matters most.
PART, MAIN = 0.05, 0.25
#: Half of the widest interval of a share of variance that is printed.
FIRM = 0.15
#: Changes that the headline names.
NAMED = 3
FORMATTERS: dict[str, Callable[[float], str]] = {
    "s": duration,
    "USD": money,
    "share": percent,
    "requests": lambda value: short_count(value if abs(value) >= 0.5 else 0.0),
}
SHORT = {
    "target_group.health_check.interval": "health check interval",
    "target_group.health_check.timeout": "health check timeout",
    "service.health_check_grace_period": "grace period",
    "service.readiness.period": "readiness probe period",
    "service.readiness.timeout": "readiness probe timeout",
    "service.readiness.successes": "readiness probe successes",
    "service.readiness.failures": "readiness probe failures",
}


def formatter_of_unit(unit: str) -> Callable[[float], str]:
    """Return the function that formats values of a unit."""
    return FORMATTERS.get(unit, _three_figures)


def _three_figures(value: float) -> str:
    """Return a number in three figures, without an exponent."""
    return short_count(value) if abs(value) >= 1000 else f"{value:.3g}"


def knob_label(path: str) -> str:
    """Return a knob's path in few words.

    >>> knob_label("alarms.checkout-5xx.of"), knob_label("strategies.canary.wait")
    ('checkout-5xx: of periods', 'wait')
    """
    if path in SHORT:
        return SHORT[path]
    parts = path.split(".")
    word = spaced(parts[-1])
    if parts[0] == "alarms" and len(parts) == 3:
        return f"{parts[1]}: {'of periods' if word == 'of' else word}"
    return word


def value_text(value: float | str | None, unit: str) -> str:
    """Return a knob's value in words.

    >>> value_text(90.0, "s"), value_text(66.0, "%"), value_text(0.005, "share")
    ('1m30s', '66 %', '0.5 %')
    >>> value_text(3.0, ""), value_text(None, "")
    ('3', '–')
    """
    if value is None or isinstance(value, str):
        return "–" if value is None else value
    if unit == "s":
        return duration(value)
    if unit == "share":
        # As exact as what is pasted: `percent` would round 0.15 %.
        return f"{100.0 * value:.4g} %"
    return f"{value:g} %" if unit == "%" else f"{value:g}"


def changes(tuning: Tuning, row: SettingResult) -> list[str]:
    """Return what a row changes: ``bake time 5m → 0s``."""
    values = zip(tuning.knobs, tuning.units, tuning.today.readings, row.readings, strict=True)
    return [
        f"{knob_label(knob.path)} {value_text(now, unit)} → {value_text(new, unit)}"
        for knob, unit, now, new in values
        if now != new
    ]


def settings(tuning: Tuning, row: SettingResult) -> list[str]:
    """Return the options of the command line that turn today's setting into this row's."""
    pairs = zip(tuning.knobs, row.setting, strict=True)
    changed = [f"{knob.path}={value}" for knob, value in pairs if value is not None]
    return [word for change in changed for word in ("--set", change)]


def paste(tuning: Tuning) -> list[str]:
    """Return the options that turn today's setting into the knee, ready for a shell."""
    if tuning.knee is None or tuning.knee is tuning.today:
        return []
    words = settings(tuning, tuning.knee)[1::2]
    return [f"--set {shlex.quote(word)}" for word in words]


def changed_knobs(tuning: Tuning) -> list[int]:
    """Return the places of the knobs that the knee changes."""
    setting = tuning.knee.setting if tuning.knee is not None else ()
    return [k for k, value in enumerate(setting) if value is not None]


def is_firm(index: Index) -> bool:
    """Return whether an index is known well enough to be printed."""
    low, high = index.total_ci
    return high - low <= 2.0 * FIRM


def more_settings(tuning: Tuning) -> str:
    """Return a budget that would tell: half-widths shrink with the root of the settings."""
    widths = [t[k].total_ci for t in tuning.sensitivity if t for k in range(len(tuning.knobs))]
    widest = max((high - low) / 2.0 for low, high in widths)
    needed = tuning.budget * (widest / FIRM) ** 2
    step = 10.0 ** math.floor(math.log10(needed))
    return f"--budget {math.ceil(needed / step) * step:.0f}"


def headline(tuning: Tuning) -> str:
    """Return what to change, in one sentence: the knee's changes of today's setting."""
    if tuning.knee is None:
        return _nothing_keeps(tuning)
    if tuning.knee is tuning.today:
        return "Keep today's setting: no other that was tried buys more than it costs."
    changed = changes(tuning, tuning.knee)
    more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    first = ", ".join(changed[:NAMED]) if more else listed(changed)
    return f"Change {first}{more}: setting {tuning.knee.label}, the knee of the front."


def _split(
    tuning: Tuning, differences: Sequence[Difference]
) -> tuple[list[Difference], list[Difference]]:
    """Return the differences new − old that buy something, and those that cost something."""
    clear = [d for d in differences if not tuning.is_level(d)]
    costs = [d for d in clear if goal_of(tuning, d).sign * (d.mean or 0.0) > 0.0]
    return [d for d in clear if d not in costs], costs


def goal_of(tuning: Tuning, difference: Difference) -> Goal:
    """Return the objective of a difference."""
    return next(goal for goal in tuning.goals if goal.name == difference.metric)


def _knee_differences(tuning: Tuning, *, costs: bool) -> str:
    """Return what the knee buys or costs against today's setting: from → to, by how much."""
    knee = tuning.knee
    if knee is None or knee is tuning.today:
        return ""
    bought, paid = _split(tuning, [d.swapped() for d in tuning.against_today(knee)])
    texts = []
    for difference in paid if costs else bought:
        goal = goal_of(tuning, difference)
        write = formatter_of_unit(goal.unit)
        at = tuning.goals.index(goal)
        now, new = (float(row.means[at]) for row in (tuning.today, knee))
        margin = _margin(goal, difference)
        of = f", {release_of(tuning, goal)}" if release_of(tuning, goal) else ""
        texts.append(
            f"{sentence_title(goal)} {write(now)} → {write(new)}{unit_of(goal)} "
            f"({amount(goal, difference)}{margin}{of})"
        )
    if texts:
        return f"{'; '.join(texts)}."
    return "nothing that these runs can tell." if bought or paid else ""


def unit_of(goal: Goal) -> str:
    """Return the word that follows a number of a goal."""
    return " requests" if goal.unit == "requests" else ""


def _margin(goal: Goal, difference: Difference) -> str:
    low, high = difference.ci95 or (0.0, 0.0)
    half = (high - low) / 2
    return f" ± {formatter_of_unit(goal.unit)(half)}" if half >= goal.noticeable else ""


def amount(goal: Goal, difference: Difference) -> str:
    """Return a difference with its sign: ``−36``, ``+29s``."""
    mean = difference.mean or 0.0
    return f"{'−' if mean < 0.0 else '+'}{formatter_of_unit(goal.unit)(abs(mean))}"


def release_of(tuning: Tuning, goal: Goal) -> str:
    """Return which release an objective is of, where both are played."""
    if not tuning.faulty or goal.field in HARMS:
        return "this release and a good one" if tuning.faulty else ""
    return "this release" if goal.variant == "release" else "a good release"


def _each_change(tuning: Tuning) -> str:
    """Return what each change of the knee does by itself, taken back alone."""
    return "; ".join(_one_change(tuning, part) for part in tuning.parts)


def _one_change(tuning: Tuning, part: Part) -> str:
    knee = tuning.knee
    if knee is None:
        return ""
    named = [
        f"{knob_label(tuning.knobs[k].path)} "
        f"{value_text(tuning.today.readings[k], tuning.units[k])} → "
        f"{value_text(knee.readings[k], tuning.units[k])}"
        for k in part.knobs
    ]
    bought, paid = _split(tuning, part.differences)
    moved = [
        f"{sentence_title(goal_of(tuning, d))} {amount(goal_of(tuning, d), d)}"
        f"{unit_of(goal_of(tuning, d))}"
        for d in (*bought, *paid)
    ]
    return f"{listed(named)}: {', '.join(moved) or 'nothing by itself'}"


def sentence_title(goal: Goal) -> str:
    """Return an objective's title within a sentence."""
    return "way back" if goal.name == "rollback" else goal.title[0].lower() + goal.title[1:]


def _nothing_keeps(tuning: Tuning) -> str:
    rules = listed([rule.text for rule in tuning.constraints])
    text = f"No setting of {len(tuning.tried.settings):,} keeps all constraints ({rules})."
    if not tuning.nearest:
        return f"{text} None comes nearer than today's."
    return f"{text} The nearest has {_broken(tuning.broken(tuning.nearest[0])) or 'all but luck'}."


def _broken(broken: Sequence[tuple[Constraint, float]]) -> str:
    return listed([f"{_value(rule, value)} (asked: {rule.text})" for rule, value in broken])


def _value(rule: Constraint, value: float) -> str:
    statistic = "" if rule.statistic == "mean" else f" {rule.statistic}"
    return f"{rule.goal.name}{statistic} {formatter_of_unit(rule.goal.unit)(value)}"


def sentences(tuning: Tuning) -> list[tuple[str, str]]:
    """Return the sentences, each with its label (the first has none)."""
    broken = "" if tuning.knee is None else _broken(tuning.broken(tuning.today))
    pairs = [
        ("", headline(tuning)),
        ("Buys", _knee_differences(tuning, costs=False)),
        ("Costs", _knee_differences(tuning, costs=True)),
        ("Each change", _each_change(tuning)),
        ("Today breaks", broken and f"{broken}."),
        ("Level", _level(tuning)),
        ("Mind", _mind(tuning)),
        ("Worth a meeting", worth_a_meeting(tuning)),
    ]
    return [(word, text) for word, text in pairs if text]


def _level(tuning: Tuning) -> str:
    """Return the rows of the front that are level with today's in every objective."""
    front = [(row, tuning.against_today(row)) for row in tuning.front if row is not tuning.today]
    level = [row.label for row, gaps in front if all(map(tuning.is_level, gaps))]
    verb = "differs" if len(level) == 1 else "differ"
    return f"{listed(level)} {verb} from today's by nothing that matters." if level else ""


def _mind(tuning: Tuning) -> str:
    if tuning.knee is None or tuning.knee is tuning.today:
        return ""
    text = "only this story was played; try a setting in others before you use it."
    if tuning.scenario.service.base_error_rate or not _lowers_threshold(tuning):
        return text
    return (
        f"{text} This service fails no request by itself, so a low alarm threshold costs nothing "
        "here; set service.base_error_rate before you lower yours."
    )


def _lowers_threshold(tuning: Tuning) -> bool:
    """Return whether a row of the front lowers the threshold of an alarm on failing requests."""
    rates = {
        alarm.name
        for alarm in tuning.scenario.alarms
        if ALARM_METRICS[alarm.metric].threshold == "share"
    }
    thresholds = [
        k for k, knob in enumerate(tuning.knobs)
        if knob.path.endswith(".threshold") and knob.path.split(".")[1] in rates
    ]  # fmt: skip
    pairs = [
        (row.readings[k], tuning.today.readings[k]) for row in tuning.front for k in thresholds
    ]
    return any(isinstance(a, float) and isinstance(b, float) and a < b for a, b in pairs)


def worth_a_meeting(tuning: Tuning) -> str:
    """Return the knobs that matter most and for which objectives."""
    known = [index for table in tuning.sensitivity if table for index in table]
    if known and not any(is_firm(index) and index.total >= PART for index in known):
        return ""
    if not tuning.meeting:
        return "none: no knob moves an objective by more than the noise of the search."
    return f"{'; '.join(_matters(tuning, knob) for knob in tuning.meeting)}."


def _matters(tuning: Tuning, knob: Knob) -> str:
    at = tuning.knobs.index(knob)
    parts = [
        (table[at].total, sentence_title(goal))
        for goal, table in zip(tuning.goals, tuning.sensitivity, strict=True)
        if table is not None and table[at].total_ci[0] > PART
    ]
    main = [part for part in parts if part[0] >= MAIN] or parts
    return f"{knob_label(knob.path)} ({', '.join(name for _, name in sorted(main, reverse=True))})"


def legend(tuning: Tuning) -> str:
    """Return the meaning of the objectives."""
    meanings = [f"{goal.title.lower()}: {goal.meaning}" for goal in tuning.goals]
    return "; ".join(re.sub(r"\.$", "", text[0].lower() + text[1:]) for text in meanings) + "."


def footer(tuning: Tuning, elapsed: float | None = None) -> str:
    """Return settings, runs and seed of the search, and the elapsed time (s) if given."""
    took = "" if elapsed is None else f" in {elapsed:.0f} s"
    took += " by TPE" if tuning.search == TPE else ""
    return (
        f"{len(tuning.tried.settings):,} settings × {tuning.searched:,} runs searched{took} · "
        f"figures: {tuning.runs:,} other runs each · seed {tuning.seed}"
    )


def title(tuning: Tuning) -> str:
    """Return scenario and strategy that were tuned."""
    return capitalized(f"{tuning.scenario.title or tuning.scenario.name}: tuning {tuning.strategy}")
