"""The scenarios that come with the package, by name and by the question that each asks."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
OTHERS = "Others"
#: Which question each scenario of the gallery asks, both in the order of the listing.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "Does it start?": (
        "happy-path", "bad-boot", "bad-boot-no-breaker", "exits-not-counted", "wrong-port",
        "container-check-cannot-pass", "grace-too-short", "slow-registry", "registry-down",
        "no-capacity", "stuck-deployment", "single-task",
    ),
    "Does anyone notice?": (
        "shallow-health-check", "canary-blind-to-load", "low-traffic-canary",
        "alarm-blind-to-overload", "alarm-already-red", "cpu-alarm", "flaky-health-check",
        "deep-check-dependency-blip", "hung-task", "silent-fault", "memory-leak-after-completion",
        "friday-evening",
    ),
    "What gets cut?": (
        "long-requests", "websockets", "sigterm-ignored", "early-drain",
        "overload-at-half-capacity", "overload-collapse", "traffic-spike", "cold-start",
        "connections-exhausted",
    ),
    "What stays broken?": (
        "schema-mismatch", "destructive-migration", "contract-too-early", "expand-contract",
        "rollback-needs-registry", "rollback-button-broken",
    ),
    "What does it cost?": ("big-fleet", "feature-flag", "1-10-100"),
}  # fmt: skip


@cache
def gallery_folder() -> Path:
    """Return the folder of the gallery: inside an installed package, or in the checkout."""
    inside = PACKAGE / "gallery"
    return inside if inside.is_dir() else PACKAGE.parent / "scenarios"


def builtin_scenarios() -> dict[str, Path]:
    """Return the scenarios of the gallery, by name; files to extend are not among them."""
    return {path.stem: path for path in sorted(gallery_folder().glob("*.yaml"))}


def by_question(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return scenarios under the question that each asks, those without a question at the end.

    >>> by_question(["mine", "slow-registry", "bad-boot"])
    {'Does it start?': ('bad-boot', 'slow-registry'), 'Others': ('mine',)}
    """
    left = dict.fromkeys(names)
    asked = {ask: tuple(n for n in listed if n in left) for ask, listed in QUESTIONS.items()}
    with_question = {name for listed in asked.values() for name in listed}
    asked[OTHERS] = tuple(name for name in left if name not in with_question)
    return {ask: listed for ask, listed in asked.items() if listed}
