"""What means nothing changes nothing: faults of size zero, another order, unwatched alarms."""

from operator import itemgetter

from hypothesis import strategies as st

from tests.generate import FREE, alarms, scenarios
from tests.metamorphic.common import FIELDS, apart, changed, play, search, unequal

KIND = itemgetter("kind")
#: Faults that never make a difference, at most one of a kind.
NOTHING = [
    {"kind": "boot_crash", "probability": 0.0, "after": 3.0},
    {"kind": "never_listens", "probability": 0.0},
    {"kind": "crash", "probability": 0.0, "after": 60.0},
    {"kind": "errors", "rate": 0.0, "ramp": 100.0},
    {"kind": "slow", "factor": 1.0},
    {"kind": "cold_start", "factor": 1.0, "for": 60.0},
    {"kind": "cold_start", "factor": 3.0, "for": 0.0},
    {"kind": "side_effects", "per_request": 0.0},
    {"kind": "schema", "change": "expand"},
    {"kind": "schema", "change": "mismatch", "touches": 0.0},
    {"kind": "schema", "change": "contract", "touches": 0.0},
]


@st.composite
def with_nothing_wrong(draw):
    """Return a scenario with a good release, and faults of size zero."""
    told = draw(scenarios(FREE))
    told.pop("releases", None)
    told["release"] = {"faults": []}
    nothing = draw(st.lists(st.sampled_from(NOTHING), min_size=1, unique_by=lambda f: f["kind"]))
    return told, nothing


def test_a_fault_of_size_zero_is_none():
    """A release whose faults can never make a difference is a good one in every number."""

    def check(drawn):
        told, nothing = drawn
        other = changed(told, "release.faults", nothing)
        names = told["strategies"]
        found = {name: unequal(play(told, name), play(other, name)) for name in names}
        return {name: fields for name, fields in found.items() if fields}

    search(with_nothing_wrong(), 12, check)


def in_order(draw, items, key):
    """Draw a permutation that keeps items of the same key in their order."""
    shuffled = draw(st.permutations(range(len(items))))
    places = {}
    for at in sorted(shuffled):
        places.setdefault(key(items[at]), []).append(items[at])
    return [places[key(items[at])].pop(0) for at in shuffled]


@st.composite
def reordered(draw):
    """Return a scenario, and the same in another order and with alarms that nobody watches.

    Faults of a kind, and events of a kind, keep their order: the luck of each is drawn by its
    number among its kind.
    """
    told = draw(scenarios(FREE))
    other = dict(told)
    for name in ("release", "releases"):
        if name in told:
            given = told[name] if name == "releases" else [told[name]]
            mixed = [
                {**r, "faults": in_order(draw, r["faults"], lambda f: f["kind"])} for r in given
            ]
            other[name] = mixed if name == "releases" else mixed[0]
    events = in_order(draw, told["environment"]["events"], KIND)
    other["environment"] = {"events": events}
    names = draw(st.permutations(list(told["strategies"])))
    other["strategies"] = {name: told["strategies"][name] for name in names}
    unwatched = [draw(alarms(FREE, f"unwatched-{k}")) for k in range(draw(st.integers(1, 2)))]
    other["alarms"] = draw(st.permutations([*told["alarms"], *unwatched]))
    return told, other


def test_order_and_unwatched_alarms_mean_nothing():
    """Neither the order of faults, events, strategies and alarms nor an unwatched alarm matters."""

    def check(drawn):
        told, other = drawn
        pairs = [(play(told, name), play(other, name)) for name in told["strategies"]]
        return [text for one, two in pairs for text in apart(one, two, FIELDS)]

    search(reordered(), 8, check)
