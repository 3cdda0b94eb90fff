"""Interim ranking."""

from typing import NamedTuple


class Order(NamedTuple):
    groups: tuple
    winners: tuple
    left_out: tuple
    no_winner: str


def order(facts):
    ships = {n: 1.0 if s.good is None else s.good.ships for n, s in facts.strategies.items()}
    out = tuple(n for n in ships if ships[n] < 0.95)
    left = [s for n, s in facts.strategies.items() if n not in out]
    groups = []
    while left:
        group = left
        for metric in facts.harms:
            best = min(group, key=lambda s: s.mean(metric))
            group = [s for s in group if s is best or facts.level(metric, best, s)]
        for attr, sign in (("left", 1), ("by_itself", -1)):
            if attr == "by_itself" and (not facts.bad or facts.works):
                continue
            best = min(group, key=lambda s: sign * getattr(s, attr))
            group = [s for s in group if abs(getattr(s, attr) - getattr(best, attr)) < 0.05]
        cost = lambda s: round((s.good.cost.mean or 0) / 0.01) if s.good else 0
        live = lambda s: round((s.good.live.mean or 0) / 5) if s.good else 0
        groups.append(tuple(s.name for s in sorted(group, key=lambda s: (cost(s), live(s)))))
        left = [s for s in left if s not in group]
    watched = any(s.alarms or s.hooks for s in facts.scenario.resolved_strategies.values())
    no = ""
    if not groups:
        no = "nothing_ships"
    elif facts.over_capacity:
        no = "over_capacity"
    elif len(facts.strategies) == 1:
        no = "one_strategy"
    elif (
        facts.bad
        and not watched
        and facts.scenario.operator is None
        and all(s.open == 1 for s in facts.strategies.values())
    ):
        no = "nothing_watches"
    return Order(tuple(groups), () if no else groups[0], out, no)


def level(d, worst):
    floor = {"extra_cost_usd": 0.01}.get(d.metric, 10.0)
    if d.mean is None or d.level or abs(d.mean) < floor or abs(d.mean) < 0.05 * worst:
        return True
    fewer, more = d.share_fewer or 0.0, d.share_more or 0.0
    return max(fewer, more) < 0.75 * (fewer + more)
