"""simdeploy: what a deployment strategy does to users, bill and evening, before it is chosen.

>>> import simdeploy
>>> scenario = simdeploy.load_scenario("bad-boot")
>>> simdeploy.simulate(scenario, "rolling").metrics["verdict"]
'stopped'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simdeploy.advice import compare_faults
    from simdeploy.advice.recommending import recommend
    from simdeploy.api import compare, compare_change
    from simdeploy.backtesting import backtest
    from simdeploy.calibrating import calibrate
    from simdeploy.checking import check
    from simdeploy.scenario import load_scenario
    from simdeploy.simulating import simulate, simulate_many
    from simdeploy.strategies import Strategy, register
    from simdeploy.sweeps import load_sweep, sweep
    from simdeploy.tuning import tune

    __version__: str

__all__ = [
    "Strategy",
    "__version__",
    "backtest",
    "calibrate",
    "check",
    "compare",
    "compare_change",
    "compare_faults",
    "load_scenario",
    "load_sweep",
    "recommend",
    "register",
    "simulate",
    "simulate_many",
    "sweep",
    "tune",
]

_HOME = {
    "Strategy": "simdeploy.strategies",
    "backtest": "simdeploy.backtesting",
    "calibrate": "simdeploy.calibrating",
    "check": "simdeploy.checking",
    "compare": "simdeploy.api",
    "compare_change": "simdeploy.api",
    "compare_faults": "simdeploy.advice",
    "load_scenario": "simdeploy.scenario",
    "load_sweep": "simdeploy.sweeps",
    "recommend": "simdeploy.advice.recommending",
    "register": "simdeploy.strategies",
    "simulate": "simdeploy.simulating",
    "simulate_many": "simdeploy.simulating",
    "sweep": "simdeploy.sweeps",
    "tune": "simdeploy.tuning",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: importing the package costs nothing."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'simdeploy' has no attribute {name!r}")
    globals()[name] = value
    return value


def _version() -> str:
    """Return the installed version, or "checkout" where the package is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("simdeploy")
    except PackageNotFoundError:
        return "checkout"
