"""The runbook: per strategy the signal, who decides, the command, and what stays broken."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from simdeploy.advice.commands import Command, commands, pod_commands
from simdeploy.advice.costs import LEFT, MACHINE, NONE, PERSON, WORK
from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.words import (
    capitalized,
    duration,
    grouped,
    listed,
    one_decimal,
    percent,
    short_count,
)
from simdeploy.scenario.kubernetes import KUBERNETES

#: Who ends bad releases, by the kind of work that is left.
WHO = {MACHINE: "a machine ends {}", PERSON: "a person ends {}", LEFT: "nobody ends {} in time",
       NONE: "{} hurt nobody and stay"}  # fmt: skip
#: A share of releases below this is left out.
FEW = 0.005


class Page(NamedTuple):
    """What to do with some strategies that need the same."""

    strategies: tuple[str, ...]
    signal: str
    decides: str
    commands: tuple[Command, ...]
    back: str
    broken: str


def runbook(made: Recommendation) -> list[Page]:
    """Return the pages, the cheapest strategy first; alike ones share a page."""
    entries = [(name, _page(made, name)) for name in made.ranked]
    return [Page(tuple(names), *page) for page, names in grouped(entries).items()]


def _page(made: Recommendation, name: str) -> tuple[Any, ...]:
    scenario = made.good.scenario
    strategy = scenario.resolved_strategies[name]
    return (
        _signal(made, name),
        _decides(made, name),
        pod_commands(strategy, scenario.service.name)
        if scenario.platform == KUBERNETES
        else commands(strategy, scenario.service.name),
        _back(made, name),
        _broken(made, name),
    )


def _signal(made: Recommendation, name: str) -> str:
    """Return what watches a strategy by itself."""
    watching = [str(d) for d in made.good.detectors[name] if d.automatic]
    return (
        f"{capitalized(listed(watching))}." if watching else "None: nothing watches it by itself."
    )


def _decides(made: Recommendation, name: str) -> str:
    """Return who ends bad releases, how often, and how long a person takes."""
    shares = work_shares(made, name)
    parts = [words.format(percent(shares[work])) for work, words in WHO.items()
             if shares[work] >= FEW]  # fmt: skip
    told = f"Of the bad releases {listed(parts)}." if parts else ""
    operator = made.good.scenario.operator
    if operator is None:
        return f"{told} No person on call is in the file.".strip()
    takes = duration(operator.notices.quantile(0.5) + operator.decides.quantile(0.5))
    return f"{told} The person on call takes about {takes} to notice and decide.".strip()


def work_shares(made: Recommendation, name: str) -> dict[str, float]:
    """Return the share of bad releases by the kind of work that they leave."""
    costs, total = made.costs, made.costs.bad
    shares = dict.fromkeys(WORK, 0.0)
    for kind in costs.kinds:
        counts = np.bincount(costs.played[name, kind].work, minlength=len(WORK))
        part = costs.likelihood(kind) / total if total else 0.0
        for work, count in zip(WORK, counts.tolist(), strict=True):
            shares[work] += part * count / counts.sum()
    return shares


def _back(made: Recommendation, name: str) -> str:
    """Return how long users wait for the old version, soon after the shift and at the end."""
    drill = made.good.strategies[name].drill or {}
    soon, late = (drill.get(key) for key in ("rollback_after_s", "rollback_late_s"))
    after = duration(made.good.scenario.drill_after)
    parts = []
    if soon and soon.mean is not None:
        parts.append(f"{duration(soon.mean)} if ordered {after} after full traffic")
    if late and late.mean is not None:
        parts.append(f"{duration(late.mean)} after the end of the deployment")
    return f"Users are back on the old version in {listed(parts)}." if parts else ""


def _broken(made: Recommendation, name: str) -> str:
    """Return what stays broken once the release is back, by kind of release."""
    return " ".join(_left(made, name))


def _left(made: Recommendation, name: str) -> Iterator[str]:
    costs = made.costs
    kinds = [k for k in costs.kinds if costs.likelihood(k)]
    wrong = {k: float(costs.played[name, k].wrong.mean()) for k in kinds}
    left = {k: n for k, n in wrong.items() if n >= 0.5}
    hurt = {k: share for k in kinds if (share := costs.open_share(name, k)) >= FEW}
    failed = sum(costs.likelihood(k) * float(costs.played[name, k].failed.mean()) for k in kinds)
    if costs.bad and failed > 0:
        yield f"The {_count(failed / costs.bad)} requests that a bad release fails on average."
    if left:
        parts = [f"{short_count(n)} with {_quoted([k])}" for k, n in left.items()]
        yield f"Rows and side effects that are wrong: {listed(parts)}; somebody has to repair them."
    if hurt:
        parts = [f"{percent(share)} of {_quoted([k])}" for k, share in hurt.items()]
        yield f"Not back by the horizon: {listed(parts)}."
    yield "Whatever the release sent, wrote or migrated stays: a rollback takes back code only."


def _count(n: float) -> str:
    return short_count(n) if n >= 1 else one_decimal(n)


def _quoted(kinds: Sequence[str]) -> str:
    return listed([f'"{kind}"' for kind in kinds])
