"""Results without an engine: structured arrays and scenarios made by hand."""

import json

import numpy as np

from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.results.metrics import CONDITIONAL, NAMES, TOTAL
from simdeploy.scenario import load_scenario_text

EXTRA = (
    "failed_before_decision",
    "failed_after_decision",
    "downtime_caused",
)
DTYPE = np.dtype(
    [(name, np.float64) for name in (*NAMES, *EXTRA)]
    + [(name, np.int64) for name in ("verdict", "outcome", "signal", "hurts_at_end")]
)
HORIZON = 7200.0


def rows(runs=100, *, verdict="stopped", outcome="rolled_back", **metrics):
    """Return runs in which nothing happens but the given metrics, each a number or an array.

    Without other orders all harm is the deployment's own.
    """
    out = np.zeros(runs, dtype=DTYPE)
    for name in CONDITIONAL:
        out[name] = np.nan
    out["requests"] = 1_440_000.0
    out["min_headroom"] = 1.5
    for name, values in metrics.items():
        out[name] = values
    for name, part in TOTAL.items():
        out[name] = metrics.get(name, out[part])
    out["verdict"] = _numbers(verdict, VERDICTS, runs)
    out["outcome"] = _numbers(outcome, OUTCOMES, runs)
    return out


def _numbers(words, known, runs):
    words = [words] * runs if isinstance(words, str) else words
    return [known.index(word) for word in words]


def noise(runs, mean, spread, seed=1):
    """Return values around a mean, the same for the same seed."""
    return mean + spread * np.random.default_rng(seed).standard_normal(runs)


WATCHED = {
    "alarms": ["checkout-5xx"], "circuit_breaker": {"enable": True, "rollback": True},
}  # fmt: skip


def scenario(strategies=("rolling", "blue-green"), *, faults=("errors",), **blocks):
    """Return a scenario of some strategies: those only named are of the kind the name tells.

    ``faults`` are kinds, ``blocks`` are blocks of the file that replace these.
    """
    base = {
        "name": "fabricated",
        "title": "A release that answers errors",
        "story": "Three requests in ten fail. Who notices?",
        "service": {"name": "checkout-api", "desired_count": 6},
        "traffic": {"rate": 200},
        "alarms": [
            {"name": name, "metric": "any_5xx_rate", "threshold": "1%"}
            for name in ("checkout-5xx", "other-5xx")
        ],
        "operator": {"notices": "5m"},
        "defaults": WATCHED,
        "strategies": _strategies(strategies),
        "runs": 100,
    }
    if "releases" not in blocks:
        base["release"] = {"faults": [{"kind": kind, "rate": 0.3} for kind in faults]}
    return load_scenario_text(json.dumps(base | blocks))


def _strategies(wanted):
    """Return blocks of strategies by name."""
    if isinstance(wanted, dict):
        return wanted
    return {name: {"type": name.replace("-", "_")} for name in wanted}


def engine(release, *, twin=None, drill=45.0):
    """Return a ``simulate_many`` that hands out fabricated rows, as an engine would by number.

    ``release`` and ``twin`` map strategies to rows; a strategy without a twin ships it.
    """

    def simulate_many(made, name, *, seed, lo, hi, variant="release", drill_late=False, **_):
        if variant == "drill":
            back = drill * (2 if drill_late else 1)
            return rows(hi - lo, full_traffic_s=60.0, decision_s=660.0, rollback_s=back)
        if variant == "twin":
            good = rows(hi, verdict="shipped", outcome="succeeded")
            return (twin or {}).get(name, good)[lo:hi]
        return release[name][lo:hi]

    return simulate_many
