"""A backtest as text: one deployment with its parts, or a table of several."""

import textwrap

from simdeploy.backtesting.choosing import moment, name_of
from simdeploy.backtesting.percentiles import Percentile
from simdeploy.backtesting.result import (
    AT_THE_EDGE,
    CONTRADICTS,
    FITS,
    TOGETHER,
    Backtest,
    DeploymentResult,
    Stage,
)

BAR = 10
#: Room for a bar beside the numbers.
WIDE = 95
#: Beyond this percent, decimals matter.
NEARLY_ALL = 99.0
#: One look of ECS (s) and how far a difference of a few may be off.
LOOK, ABOUT, MOST_LOOKS = 10.2, 1.5, 3
MOST_NOTES = 3
#: Of a table of several deployments: the columns before the parts, and the width of a part's.
FIXED, CELL = 43, 6
HALF = 0.5


def render_backtest(result: Backtest, width: int) -> str:
    """Return the answer as text of at most ``width`` columns."""
    if len(result.deployments) == 1 and not result.refused:
        blocks = [_one(result, result.deployments[0], width)]
    else:
        blocks = [_several(result, width)]
    notes = [f"Not used: {note}" for note in result.notes[:MOST_NOTES]]
    if len(result.notes) > MOST_NOTES:
        notes.append(f"Not used: {len(result.notes) - MOST_NOTES} more, see --format json")
    lines = "\n".join([*blocks, *_wrapped(notes, width)]).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _one(result: Backtest, one: DeploymentResult, width: int) -> str:
    part = one.segment
    begin, end = moment(part.begin), moment(part.end or part.begin)
    same_day = begin.rpartition(" ")[0] == end.rpartition(" ")[0]
    until = end.rpartition(" ")[2] if same_day else end
    head = f"backtest: {result.service}, deployment {name_of(part)}, {result.strategy}"
    when = f"{begin} → {until} UTC"
    top = [f"{head}, {when}"] if len(head) + len(when) + 2 <= width else [head, when]
    lines = _wrapped([*top, _verdict(one)], width)
    lines += ["", *_rows(one, width), ""]
    lines += _wrapped([*_details(one), *_remarks(result, one)], width)
    return "\n".join(lines)


def _rows(one: DeploymentResult, width: int) -> list[str]:
    stages = [*one.stages, one.whole]
    whole = "whole, from the first act" if one.segment.created is not None else "whole"
    whole = one.whole.name if one.whole.name == TOGETHER else whole
    names = [*(stage.name for stage in one.stages), whole]
    widest = max(len(name) for name in names)
    bar = width >= WIDE
    head = " ".join(f"{name:>6}" for name in ("5 %", "50 %", "95 %"))
    lines = [f"  {'':{widest}}  {'real':>8}   {head}  {'percentile':>10}"]
    for name, stage in zip(names, stages, strict=True):
        simulated = (stage.p5, stage.p50, stage.p95)
        numbers = " ".join(f"{seconds(value)[:-2]:>6}" for value in simulated)
        line = f"  {name:{widest}}  {seconds(stage.real_s):>8}   {numbers}  "
        shown = percent(stage.percentile) + ("!" if stage.percentile.is_flagged else " ")
        lines.append(f"{line}{shown:>10}{'   ' + _bar(stage) if bar else ''}".rstrip())
    return lines


def seconds(value: float) -> str:
    """Write seconds.

    >>> seconds(30.74), seconds(1234.6)
    ('30.7 s', '1,235 s')
    """
    return f"{value:.1f} s" if abs(value) < 999.95 else f"{value:,.0f} s"


def percent(found: Percentile) -> str:
    """Write the share of runs below, with a decimal where it matters.

    >>> percent(Percentile(0.76, 0.7, 0.8, 1000)), percent(Percentile(0.996, 0.99, 0.999, 1000))
    ('76 %', '99.6 %')
    """
    share = 100.0 * found.share
    digits = 1 if NEARLY_ALL < share < 100.0 or 0.0 < share < 100.0 - NEARLY_ALL else 0
    return f"{share:.{digits}f} %".replace("100.0", ">99.9") if digits else f"{share:.0f} %"


def _bar(stage: Stage) -> str:
    place = min(BAR - 1, int(stage.percentile.share * BAR))
    return "─" * place + "●" + "─" * (BAR - 1 - place)


def _verdict(one: DeploymentResult) -> str:
    """Say in a sentence whether the scenario can be right."""
    outside = len(one.flagged)
    if one.verdict == FITS:
        return "Each part is within the simulated runs: no sign that the scenario is wrong."
    parts = f"{outside} of {len(one.stages)} parts"
    if one.verdict == AT_THE_EDGE:
        verb = "is" if outside == 1 else "are"
        return f"{parts} {verb} at the edge of the simulated runs: no proof against the scenario."
    if one.contradicting:
        return f"This deployment contradicts the scenario: {_contradictions(one)} nearly all runs."
    return f"This deployment contradicts the scenario: {parts} are at the edge of its runs."


def _contradictions(one: DeploymentResult) -> str:
    """Say which parts took longer and which shorter than in the runs."""
    said = []
    for word, is_longer in (("longer", True), ("less time", False)):
        names = [
            f'"{s.name}"' for s in one.contradicting if (s.percentile.share > HALF) == is_longer
        ]
        if names:
            said.append(f"{' and '.join(names)} took {word}")
    return f"{', '.join(said)} than in"


def _details(one: DeploymentResult) -> list[str]:
    """Say how the flagged parts differ, and how often a right scenario has such parts."""
    said = [_detail(stage) for stage in one.flagged]
    if any(stage.percentile.needs_runs for stage in one.flagged):
        said.append(
            "So few runs cannot say whether that contradicts the scenario: add --runs 1000."
        )
    if one.verdict == AT_THE_EDGE:
        chance = 100 * (1.0 - 0.9 ** len(one.stages))
        said.append(
            f"With {len(one.stages)} parts, {chance:.0f} of 100 deployments have a part at the "
            "edge (!: outside of 5 to 95 % of the runs) though the scenario is right."
        )
    return said


def _detail(stage: Stage) -> str:
    """Say how a part differs, and how sure its percentile is."""
    found = stage.percentile
    longer = found.share > HALF
    share, (low, high) = found.share, (found.low, found.high)
    if not longer:
        share, low, high = 1.0 - share, 1.0 - high, 1.0 - low
    apart = abs(stage.real_s - stage.p50)
    looks = round(apart / LOOK)
    about = ""
    if 0 < looks <= MOST_LOOKS and abs(apart - looks * LOOK) <= ABOUT:
        about = f", about {looks if looks > 1 else 'one'} look{'s' if looks > 1 else ''} of ECS"
    of_runs = f"all {found.runs:,} runs" if share >= 1.0 else f"{100 * share:.1f} % of the runs"
    return (
        f'"{stage.name}" took {seconds(stage.real_s)}, {"longer" if longer else "shorter"} than '
        f"{of_runs} ({100 * low:.1f}–{100 * high:.1f} %) and {seconds(apart)} "
        f"{'more' if longer else 'less'} than their median{about}."
    )


def _remarks(result: Backtest, one: DeploymentResult) -> list[str]:
    ran = f"{one.whole.percentile.runs:,} simulated runs of {result.scenario}, seed {result.seed}"
    if one.left_out:
        kind = "completed" if one.segment.is_rolled_back else "rolled back"
        ran += f"; {one.left_out:,} more were {kind} and do not count"
    said = [f"{ran}. Not in these events: {', '.join(one.unknown)}."]
    if one.segment.az_moves:
        said.append("A task was moved between zones meanwhile; its times cannot be told apart.")
    if one.verdict == CONTRADICTS and not one.segment.is_rolled_back:
        said.append("simdeploy calibrate fits a scenario's times to such events.")
    if result.others:
        more = f"{result.others} more deployment{'s' if result.others > 1 else ''}"
        said.append(f"{more} in these events: --all compares them, too.")
    return said


def _several(result: Backtest, width: int) -> str:
    """Return a table: a row per deployment with the percentile of each part."""
    # The longest lists first: what only some deployments have keeps its place among the parts.
    longest = sorted(result.deployments, key=lambda one: -len(one.stages))
    names = list(dict.fromkeys(s.name for one in longest for s in one.stages))
    names = names[: (width - FIXED) // CELL]
    marks = {name: f"({k})" for k, name in enumerate(names, 1)}
    count = len(result.deployments)
    head = f"backtest: {result.service}, {count} deployments, {result.strategy}"
    head = head.replace(" 1 deployments", " 1 deployment")
    lines = [*_wrapped([head, _together(result), _uniform(result)], width), ""]
    lines.append(
        f"  {'begin (UTC)':20} {'whole':>8}  {'percentile':>10}"
        + "".join(f"{mark:>{CELL}}" for mark in marks.values())
    )
    for one in result.deployments:
        by_name = {stage.name: stage.percentile for stage in one.stages}
        cells = [_cell(by_name[name]) if name in by_name else "" for name in names]
        lines.append(
            f"  {moment(one.segment.begin):20} {seconds(one.whole.real_s):>8}  "
            f"{_cell(one.whole.percentile):>10}{''.join(f'{cell:>{CELL}}' for cell in cells)}"
        )
    lines += ["", "Percentiles (%) of the parts; !: outside of 5 to 95 %."]
    lines += [*(f"  {mark} {name}" for name, mark in marks.items()), ""]
    lines += _wrapped(_refused(result), width)
    return "\n".join(lines)


def _cell(found: Percentile) -> str:
    return percent(found).removesuffix(" %") + ("!" if found.is_flagged else " ")


def _together(result: Backtest) -> str:
    """Say how many of the deployments fit."""
    verdicts = [one.verdict for one in result.deployments]
    contradicting = verdicts.count(CONTRADICTS)
    count, runs = len(verdicts), f"{result.runs:,} simulated runs of {result.scenario}"
    if not contradicting:
        return f"None of the {count} contradicts the scenario ({runs}, seed {result.seed})."
    expected = sum(1.0 - 0.99 ** len(one.stages) for one in result.deployments)
    return (
        f"{contradicting} of {count} contradict{'s' if contradicting == 1 else ''} the scenario "
        f"({runs}, seed {result.seed}); by chance alone it would be about {expected:.1g}."
    )


def _uniform(result: Backtest) -> str:
    """Say whether the percentiles are spread as those of a right scenario."""
    tests = result.uniformity()
    if not tests:
        return ""
    wrong = [test for test in tests if not test.is_uniform]
    whole = tests[-1]
    if not wrong:
        return (
            f"Their percentiles are spread evenly (Kolmogorov-Smirnov, whole: p = "
            f"{whole.p_value:.2f}), as those of a right scenario are."
        )
    said = "; ".join(f'"{test.name}" p = {test.p_value:.2g}' for test in wrong)
    return (
        f"Their percentiles are not spread evenly (Kolmogorov-Smirnov): {said}. There the "
        "scenario is off, in the same direction each time or in its spread."
    )


def _refused(result: Backtest) -> list[str]:
    return [f"Not compared: {why}" for why in result.refused]


def _wrapped(paragraphs: list[str], width: int) -> list[str]:
    return [line for text in paragraphs if text for line in textwrap.wrap(text, width)]
