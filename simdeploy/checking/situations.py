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


def slower(factor: float) -> Situation:
    """Return a release that takes so many times as long for every request."""
    faults = f"[{{kind: slow, factor: {factor:.4g}}}]"
    return Situation(f"a release {factor:.2g} times as slow", (f"release={{faults: {faults}}}",))
