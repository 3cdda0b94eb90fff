"""What all tests share: the kernel is compiled once, and Hypothesis repeats itself in CI."""

import os

from hypothesis import HealthCheck, settings

#: In CI the same examples at every run, and no limit of time on a busy machine.
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "here"))


def pytest_configure(config):
    """Before workers start, compile what they would otherwise all compile at the same time.

    The first of them would only begin; machine code is kept on disk, from where workers load it.
    """
    if _starts_workers(config) and not os.environ.get("NUMBA_DISABLE_JIT"):
        _compile()


def _starts_workers(config):
    is_worker = hasattr(config, "workerinput")
    wanted = getattr(config.option, "numprocesses", None) and not config.option.collectonly
    return bool(wanted) and not is_worker


def _compile():
    """Play one run of every variant by the batch engine."""
    from simdeploy.engines import replicate
    from simdeploy.scenario import load_scenario

    replicate(load_scenario("happy-path"), "rolling", seed=1, lo=0, hi=1, threads=1)
