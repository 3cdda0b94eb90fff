"""What findings are simulated in: a good release, and releases that fail in the usual ways."""

from simdeploy.checking.rule import Situation

GOOD = Situation("a good release", twin=True)
#: Rows of faults (`simdeploy.advice.fault_rows`).
CRASH = Situation("a release that crashes at boot", row="crash at boot")
ERRORS_5 = Situation("a release with 5 % errors", row="errors 5 %")
ERRORS_30 = Situation("a release with 30 % errors", row="errors 30 %")
WRONG_PORT = Situation("a release on the wrong port", row="wrong port")
#: A dependency that everything needs is away for two minutes.
BLIP_FROM, BLIP_UNTIL = 60, 180
BLIP = Situation(
    "a good release while a dependency is down for 2m",
    (f"environment.events.+={{kind: dependency_down, from: {BLIP_FROM}s, until: {BLIP_UNTIL}s}}",),
    twin=True,
)


#: A release that all tasks together cannot carry, by so much.
OVERLOAD = 1.1
OVERLOADED = Situation(f"a release so slow that it needs {100 * OVERLOAD:.0f} % of the capacity")


def overloaded(utilization: float) -> Situation:
    """Return that release for a service that is busy for a share of its capacity."""
    factor = OVERLOAD / utilization
    faults = f"[{{kind: slow, factor: {factor:.4g}}}]"
    words = f"a release {factor:.2g} times as slow ({100 * OVERLOAD:.0f} % of the capacity)"
    return Situation(words, (f"release={{faults: {faults}}}",))
