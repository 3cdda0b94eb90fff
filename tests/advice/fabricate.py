"""Costs without an engine: runs made by hand, and random ones."""

import numpy as np

from simdeploy.advice.amounts import Runs
from simdeploy.advice.costs import WORK
from simdeploy.advice.expected import GOOD, Costs
from simdeploy.advice.mix import read_advice

KINDS = ("errors 5 %", "leak", "schema mismatch")


def runs(n=4, *, work="none", is_open=False, **amounts):
    """Return equal runs, or runs of the given arrays, in which nothing else happens."""
    names = ("failed", "outage_minutes", "wrong", "cut", "slow", "money")
    given = {name: np.asarray(amounts.get(name, 0.0), dtype=float) for name in names}
    numbers = {name: np.broadcast_to(values, (n,)) for name, values in given.items()}
    places = np.full(n, WORK.index(work)) if isinstance(work, str) else np.asarray(work)
    return Runs(**numbers, work=places, open=np.broadcast_to(np.asarray(is_open), (n,)))


def costs(played, **given):
    """Return the costs of runs under the defaults, changed by a mapping like a team's file."""
    strategies = dict.fromkeys(name for name, _ in played)
    kinds = dict.fromkeys(kind for _, kind in played if kind != GOOD)
    return Costs(played, read_advice(given, kinds, strategies).mix)


def random_played(seed, strategies=("rolling", "blue-green", "canary"), n=40):
    """Return random runs of every kind: harm of all sizes, rare harm, cheap and dear ones."""
    rng = np.random.default_rng(seed)
    played = {}
    for strategy in strategies:
        for kind in (GOOD, *KINDS):
            scale = 10.0 ** rng.uniform(-1, 4) * (0.0 if kind == GOOD else 1.0)
            hit = rng.random(n) < rng.choice([0.05, 0.5, 1.0])
            works = (
                [0, 4]
                if kind == GOOD and rng.random() < 0.1
                else [0]
                if kind == GOOD
                else [0, 1, 2, 3]
            )
            played[strategy, kind] = runs(
                n,
                failed=hit * rng.gamma(2.0, scale, n),
                outage_minutes=hit * rng.gamma(2.0, scale / 1000.0, n),
                wrong=rng.poisson(rng.choice([0, 3]), n).astype(float),
                cut=rng.poisson(rng.choice([0, 5]), n).astype(float),
                slow=rng.gamma(1.0, scale / 10.0 + 1e-9, n),
                money=np.full(n, rng.uniform(0.0, 1.0)),
                work=rng.choice(works, n),
                is_open=rng.random(n) < rng.choice([0.0, 0.2]),
            )
    return played


def random_given(seed):
    """Return a random file of a team, as a mapping, with some values left out."""
    rng = np.random.default_rng(seed)
    given = {
        "releases_per_month": float(np.round(10.0 ** rng.uniform(0, 2.5), 2)),
        "likelihoods": {
            kind: float(p) for kind, p in zip(KINDS, rng.dirichlet([1, 1, 1, 8])[:3], strict=True)
        },
        "prices": {
            "engineer_hour": float(rng.uniform(20, 200)),
            "wrong_answer": float(rng.choice([0.0, 0.1, 2.0])),
            "cut_connection": float(rng.choice([0.0, 0.05])),
            "slow_request": float(rng.choice([0.0, 0.001])),
            "fixed_per_month": {"blue-green": float(rng.choice([0.0, 18.0]))},
        },
    }
    price = (
        {"outage_minute": 50.0}
        if rng.random() < 0.3
        else {"failed_request": 10.0 ** rng.uniform(-4, 0)}
    )
    given["prices"] |= {name: float(value) for name, value in price.items()}
    for key in list(given):
        if rng.random() < 0.25:
            del given[key]
    return given
