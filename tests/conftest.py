"""What all tests share: the kernel is compiled once, and Hypothesis repeats itself in CI."""

import os

import pytest
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


#: A test that plays more runs of a strategy has the mark ``many_runs``: without JIT it takes long.
FEW_RUNS = 20


class RunLimit:
    """Lets the batch engine play at most `FEW_RUNS` runs at once unless the test has the mark."""

    def __init__(self, run_many):
        self.run_many = run_many
        self.limit = None

    def __call__(self, model, seed, lo, hi, *rest):
        """Play runs, or fail where the test has no mark for so many."""
        if self.limit is not None and hi - lo > self.limit:
            pytest.fail(f"plays {hi - lo} runs of a strategy: mark the test many_runs", False)
        return self.run_many(model, seed, lo, hi, *rest)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Limit the runs of a test without the mark."""
    from simdeploy.engines import batch

    if not isinstance(batch.run_many, RunLimit):
        batch.run_many = RunLimit(batch.run_many)
    limit = batch.run_many
    limit.limit = None if item.get_closest_marker("many_runs") else FEW_RUNS
    try:
        return (yield)
    finally:
        limit.limit = None


def pytest_configure(config):
    """Before workers start, compile what they would otherwise all compile at the same time.

    The first of them would only begin; machine code is kept on disk, from where workers load it.
    """
    from simdeploy.engines.jit.loading import is_compiling

    if _starts_workers(config) and is_compiling():
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
