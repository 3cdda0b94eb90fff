"""A backtest as JSON."""

import json
from typing import Any

from simdeploy.backtesting.result import Backtest, DeploymentResult, Stage

DIGITS = 3


def to_json(result: Backtest, *, several: bool) -> str:
    """Return one deployment as an object, or several as a list with the tests of uniformity."""
    about = {
        "scenario": result.scenario,
        "strategy": result.strategy,
        "service": result.service,
        "runs": result.runs,
        "seed": result.seed,
    }
    notes = {"not_used": [str(note) for note in result.notes]}
    if not several:
        return _dumped(about | _deployment(result.deployments[0]) | notes)
    tests = [
        {"name": test.name, "deployments": test.deployments, "p_value": test.p_value}
        for test in result.uniformity()
    ]
    deployments = [_deployment(one) for one in result.deployments]
    rest = {"uniformity": tests, "not_compared": list(result.refused)}
    return _dumped(about | {"deployments": deployments} | rest | notes)


def _dumped(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)


def _deployment(one: DeploymentResult) -> dict[str, Any]:
    part = one.segment
    return {
        "deployment": part.deployment_id or None,
        "begin": part.begin,
        "end": part.end,
        "outcome": "rolled_back" if part.is_rolled_back else "succeeded",
        "verdict": one.verdict,
        "stages": [_stage(stage) for stage in one.stages],
        "whole": _stage(one.whole),
        "runs_left_out": one.left_out,
        "unknown": list(one.unknown),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    found = stage.percentile
    return {
        "name": stage.name,
        "real_s": round(stage.real_s, DIGITS),
        "p5": round(stage.p5, DIGITS),
        "p50": round(stage.p50, DIGITS),
        "p95": round(stage.p95, DIGITS),
        "percentile": round(100.0 * found.share, DIGITS),
        "interval": [round(100.0 * found.low, DIGITS), round(100.0 * found.high, DIGITS)],
        "flagged": found.is_flagged,
        "contradicts": found.is_contradicted,
    }
