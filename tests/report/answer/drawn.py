"""Random results: comparisons whose runs are drawn, as far as one number allows another."""

from functools import cache
from math import inf, nan

import numpy as np

from simdeploy.api import compare
from simdeploy.model.registry import SIGNALS
from simdeploy.results.ranking import HARM
from tests.results import fabricate as make

RUNS = 30
NAMES = ("rolling", "blue-green", "canary", "linear", "recreate", "rolling-100-150", "canary_2",
         "blue-green-ecs", "rolling-50-100", "linear-5")  # fmt: skip
RELEASES = (
    [],
    [{"kind": "errors", "rate": 0.3}],
    [{"kind": "errors", "rate": 0.05}],
    [{"kind": "slow", "factor": 3}],
    [{"kind": "boot_crash"}],
    [{"kind": "silent", "noticed_after": "30m"}],
    [{"kind": "side_effects"}, {"kind": "errors", "rate": 0.1}],
    [{"kind": "schema", "change": "mismatch"}],
)
WATCHED = {"alarms": ["checkout-5xx"], "circuit_breaker": {"enable": True, "rollback": True}}
MACHINES = ("breaker", "alarm", "install_timeout", "hook", "progress_deadline")


def kind_of(name):
    """Return the type of a strategy of that name."""
    kinds = ("rolling", "blue_green", "canary", "linear", "recreate")
    return next(kind for kind in kinds if name.startswith(kind.replace("_", "-")))


def drawn(seed):
    """Return a random comparison, the same for the same seed."""
    rng = np.random.default_rng(seed)
    most = len(NAMES) if rng.random() < 0.1 else 5
    names = list(rng.permutation(NAMES[:most])[: rng.integers(1, most + 1)])
    kind = int(rng.integers(len(RELEASES)))
    return drawn_with(rng, names, kind, watched=bool(rng.random() < 0.8))


def drawn_with(rng, names, kind, *, watched):
    """Return a random comparison of these strategies, of a release of `RELEASES`."""
    scenario = _scenario(tuple(map(str, names)), kind, watched=watched)
    names, faults = list(scenario.strategies), RELEASES[kind]
    luck = rng.lognormal(0.0, 0.3, RUNS)
    anyway = rng.choice([0.0, 0.0, 0.0, 900.0, 30_000.0])
    hard = 10.0 ** rng.uniform(0.0, 5.5)
    bad = bool(faults)
    release = {n: _runs(rng, luck, anyway, hard, bad=bad) for n in names}
    twin = {n: _good(rng, rng.random() < 0.8) for n in names} if faults else None
    found = compare(
        scenario, engine=make.engine(release, twin=twin, drill=rng.uniform(20.0, 200.0))
    )
    # The other metrics' differences are in no sentence, and take most of the time.
    found.__dict__["differences"] = found._paired(HARM)
    return found


@cache
def _scenario(names, kind, *, watched):
    """Return a scenario of some strategies, with or without anybody who watches."""
    settings = {"release": {"faults": RELEASES[kind]}, "runs": RUNS}
    settings |= {} if watched else {"operator": None, "alarms": [], "defaults": {}}
    return make.scenario({name: {"type": kind_of(name)} for name in names}, **settings)


def _runs(rng, luck, anyway, hard, *, bad):
    """Return runs of one strategy."""
    ends = _ends(rng, bad=bad)
    harm = {metric: _harm(rng, luck, hard) if rng.random() < p else np.zeros(RUNS)
            for metric, p in zip(HARM, (0.7, 0.7, 0.2, 0.2, 0.3), strict=True)}  # fmt: skip
    caused = harm["failed_caused"] - (5.0 if rng.random() < 0.1 else 0.0)
    signal = rng.choice(["alarm", "breaker", "operator", "mixed"])
    words = rng.choice(["alarm", "operator"], RUNS) if signal == "mixed" else [signal] * RUNS
    decided = np.isin(ends["verdict"], ("stopped", "unrepaired", "false_rollback"))
    decision = np.where(decided, 100.0 * rng.uniform(0.5, 20.0) * luck, inf if bad else nan)
    hurt = (harm["failed_caused"] > 0.5) & (rng.random() < 0.8)
    going_on = np.isin(ends["verdict"], ("unrepaired",)) | (
        (ends["verdict"] == "escaped") & (rng.random() < 0.6))  # fmt: skip
    over = np.where(going_on, inf, np.where(decided, decision + 90.0, 300.0))
    return make.rows(
        RUNS, verdict=list(ends["verdict"]), outcome=list(ends["outcome"]),
        failed_requests=caused + anyway, failed_app=np.maximum(caused, 0.0) + anyway,
        failed_caused=caused, slow_requests=harm["slow_caused"], slow_caused=harm["slow_caused"],
        exposed_requests=harm["exposed_requests"], incompatible_writes=harm["incompatible_writes"],
        cut_websockets=harm["cut_websockets"], downtime_s=np.maximum(caused, 0.0) / 200.0,
        downtime_caused=np.maximum(caused, 0.0) / 200.0, bad_s=600.0 * bool(bad),
        decision_s=decision, rollback_s=np.where(decided, rng.uniform(5.0, 300.0), nan),
        user_onset_s=np.where(hurt, 50.0, nan), over_s=over, hurts_at_end=going_on,
        deployment_s=400.0, full_traffic_s=120.0, extra_cost_usd=rng.uniform(-0.01, 0.5),
        signal=np.where(decided, [SIGNALS.index(word) for word in words], 0),
        side_effects_left=harm["exposed_requests"] / 10.0, mixed_s=rng.uniform(0.0, 300.0),
        failed_tasks=rng.integers(0, 9),
    )  # fmt: skip


def _harm(rng, luck, hard):
    """Return a kind of harm: the same luck as others, luck of its own, or rare."""
    size = hard * rng.choice([1.0, 1.0, 1.02, 1.3, 3.0, 20.0])
    shape = rng.integers(4)
    if shape == 0:
        return size * luck
    if shape == 1:
        return size * luck * rng.lognormal(0.0, 0.2, RUNS)
    return size * (rng.random(RUNS) < 0.1) if shape == 2 else np.full(RUNS, size)


def _ends(rng, *, bad):
    """Return verdict and outcome of each run."""
    bad_ends = {"stopped": "rolled_back", "escaped": "succeeded", "unrepaired": "rolled_back"}
    good_ends = {"shipped": "succeeded", "false_rollback": "rolled_back", "held": "stuck"}
    every = bad_ends if bad else good_ends
    weights = rng.choice([0.0, 0.0, 0.03, 1.0], 3)
    weights[0 if not bad or rng.random() < 0.6 else 1] += 3.0
    verdicts = rng.choice(list(every), RUNS, p=weights / weights.sum())
    return {"verdict": verdicts, "outcome": [every[word] for word in verdicts]}


def _good(rng, ships):
    """Return runs of a good release, which ships or not."""
    share = 1.0 if ships else rng.random()
    ok = rng.random(RUNS) < share
    return make.rows(
        RUNS, verdict=list(np.where(ok, "shipped", "false_rollback")),
        outcome=list(np.where(ok, "succeeded", "rolled_back")), full_traffic_s=rng.uniform(60, 600),
        deployment_s=rng.uniform(600, 4000), extra_cost_usd=rng.choice([0.01, 0.012, 0.31, 0.33]),
        signal=np.where(ok, 0, SIGNALS.index("alarm")), decision_s=np.where(ok, nan, 150.0),
        failed_caused=np.where(ok, 0.0, 500.0), failed_requests=np.where(ok, 0.0, 500.0),
    )  # fmt: skip
