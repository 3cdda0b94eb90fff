"""What findings are simulated in: a good release, and releases that fail in the usual ways."""

from simdeploy.checking.rule import Situation

GOOD = Situation("a good release", twin=True)


def bad(words: str, *faults: str, events: tuple[str, ...] = ()) -> Situation:
    """Return a release with these faults, written as in a scenario file."""
    return Situation(words, (f"release={{faults: [{', '.join(faults)}]}}", *events))


CRASH = bad("a release that crashes at boot", "{kind: boot_crash, probability: 100%, after: 2s}")
ERRORS_5 = bad("a release with 5 % errors", "{kind: errors, rate: 5%}")
ERRORS_30 = bad("a release with 30 % errors", "{kind: errors, rate: 30%}")
WRONG_PORT = bad("a release on the wrong port", "{kind: never_listens, probability: 100%}")
#: A dependency that everything needs is away for two minutes.
BLIP_FROM, BLIP_UNTIL = 60, 180
BLIP = Situation(
    "a good release while a dependency is down for 2m",
    (f"environment.events.+={{kind: dependency_down, from: {BLIP_FROM}s, until: {BLIP_UNTIL}s}}",),
    twin=True,
)


def slower(factor: float) -> Situation:
    """Return a release that takes so many times as long for every request."""
    return bad(f"a release {factor:.2g} times as slow", f"{{kind: slow, factor: {factor:.4g}}}")
