"""More of a cause never gives less of its effect: drains, errors, checks, faults."""

from itertools import pairwise
from math import inf

from hypothesis import assume
from hypothesis import strategies as st

from simdeploy.engines import run_one
from simdeploy.model.registry import FAULT_KINDS, VERDICTS
from simdeploy.scenario import Scenario
from tests.generate import FREE, faults, rolling, scenarios, shifting
from tests.metamorphic.common import changed, never, play, search

ROUNDING = 1e-6
BAD = ("stopped", "escaped", "unrepaired")


@st.composite
def undisturbed(draw, times=FREE):
    """Return a scenario in which nothing happens but one good deployment, with room for all."""
    told = draw(scenarios(times))
    told.pop("releases", None)
    told.pop("operator", None)
    told["release"] = {"faults": []}
    told["environment"] = {"events": []}
    service = told["service"]
    service |= {"desired_count": max(1, service["desired_count"]), "capacity_rps": 60.0}
    rate = 15.0 * service["desired_count"]
    kept = {k: v for k, v in told["traffic"].items() if k in ("long_requests", "client_timeout")}
    told["traffic"] = {**kept, "sampled": False, "rate": rate}
    return told


@st.composite
def drains(draw):
    """Return an undisturbed scenario with long requests, and two times to drain.

    Draining tasks keep no place from others: where they do, a longer drain leaves fewer tasks to
    serve for longer, each of which then has more requests to lose. Nor does a check fail by chance,
    and bytes flow: silent requests are cut as idle, whatever drains. A task can carry all traffic:
    the last one to drain would otherwise queue more the longer it does, and all of that is cut.
    """
    told = draw(undisturbed())
    told["service"]["capacity_rps"] = 4 * told["traffic"]["rate"]
    told["service"].pop("slots", None)
    told["service"]["draining_counts_to_maximum"] = False
    told["target_group"]["health_check"] |= {"unhealthy_threshold": 1000, "depth": "shallow"}
    told["alarms"] = []
    for strategy in told["strategies"].values():
        strategy["alarms"] = []
    long = {"share": 0.2, "duration": draw(FREE.delay(1, 90)), "streams": True}
    told["traffic"]["long_requests"] = long
    return told, *sorted((draw(FREE.fixed(0, 60)), draw(FREE.fixed(0, 60))))


def test_a_longer_drain_cuts_no_more():
    """Of the requests in flight at deregistration, more are done after a longer delay."""

    def check(drawn):
        told, short, long = drawn
        wrong = []
        for name in told["strategies"]:
            cut = [
                play(changed(told, "target_group.deregistration_delay", delay), name)["failed_cut"]
                for delay in (short, long)
            ]
            if (cut[1] > cut[0] * (1 + 1e-9) + ROUNDING).any():
                wrong.append(f"{name}: {short} s cut {cut[0]}, {long} s cut {cut[1]}")
        return wrong

    search(drains(), 10, check)


@st.composite
def error_rates(draw):
    """Return a scenario with errors that only an alarm of errors sees, and two rates."""
    told = draw(undisturbed())
    errors = [a for a in told["alarms"] if "xx_rate" in a["metric"] or a["metric"] == "burn_rate"]
    assume(errors)
    told["alarms"] = errors
    for strategy in told["strategies"].values():
        strategy["alarms"] = [alarm["name"] for alarm in errors]
        for block in (strategy, strategy.get("deploy", {})):
            block.pop("hooks", None)
            block.pop("approval", None)
    low, high = sorted(draw(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=2)))
    block = {"kind": "errors", "from": draw(FREE.fixed(0, 120)), "seen_by_health_check": False}
    return told, [{**block, "rate": low}], [{**block, "rate": high}]


def test_more_errors_are_not_decided_later():
    """An alarm of errors that breaches with few errors breaches with more."""

    def check(drawn):
        told, low, high = drawn
        wrong = []
        for name in told["strategies"]:
            few, many = (
                play(changed(told, "release.faults", f), name)["decision_s"] for f in (low, high)
            )
            if any(never(b) > never(a) for a, b in zip(few, many, strict=True)):
                wrong.append(f"{name}: {few} with few errors, {many} with many")
        return wrong

    search(error_rates(), 10, check)


@st.composite
def outages(draw):
    """Return an undisturbed scenario with a dependency that fails while old tasks are healthy."""
    told = draw(undisturbed())
    group = told["target_group"]
    check = group["health_check"]
    check |= {"depth": "deep", "timeout": 2.0, "interval": draw(FREE.fixed(5, 30))}
    check["unhealthy_threshold"] = draw(st.integers(2, 4))
    check.pop("first_check", None)
    told["environment"]["events"] = [
        {"kind": "dependency_down", "from": draw(FREE.fixed(0, 60))},
    ]
    name = draw(st.sampled_from(list(told["strategies"])))
    told["strategies"] = {name: told["strategies"][name]}
    return told


def test_checks_twice_as_often_notice_no_later():
    """With two or more failures needed, half the interval turns targets unhealthy no later."""

    def first(told, interval):
        told = changed(told, "target_group.health_check.interval", interval)
        run = run_one(Scenario.model_validate(told), next(iter(told["strategies"])), seed=3)
        begin = told["environment"]["events"][0]["from"]
        events = [e for e in run.timeline.events if e.kind == "target_unhealthy"]
        return min((e.t for e in events if e.t >= begin and e.revision == "old"), default=inf)

    def check(told):
        interval = told["target_group"]["health_check"]["interval"]
        seldom, often = first(told, interval), first(told, interval / 2)
        return [] if often <= seldom + ROUNDING else f"every {interval} s: {seldom}, half: {often}"

    search(outages(), 10, check)


#: Faults of what a new task answers; others keep it from answering at all.
ANSWERS = ("errors", "silent", "side_effects")


@st.composite
def one_fault_more(draw):
    """Return a scenario with a release, and the same with one fault more."""
    told = draw(scenarios(FREE))
    told.pop("releases", None)
    told["horizon"] = min(told["horizon"], 900.0)
    told["service"]["desired_count"] = min(told["service"]["desired_count"], 4)
    first = draw(st.lists(faults(FREE), max_size=2, unique_by=lambda fault: fault["kind"]))
    more = draw(faults(FREE).filter(lambda f: f["kind"] not in [one["kind"] for one in first]))
    kinds = {fault["kind"] for fault in (*first, more)}
    if "container_check_fails" in kinds and not told["service"].get("container_health_check"):
        told["service"]["container_health_check"] = {}
    return changed(told, "release", {"faults": first}), more


def test_a_fault_never_ships_more():
    """A fault makes no release good: what did not ship as good does not with one more fault."""

    def check(drawn):
        told, more = drawn
        wrong = []
        worse = changed(told, "release.faults", [*told["release"]["faults"], more])
        for name in told["strategies"]:
            one, other = play(told, name), play(worse, name)
            bad = [VERDICTS[v] in BAD for v in one["verdict"]]
            still = [VERDICTS[v] in BAD for v in other["verdict"]]
            if any(b and not s for b, s in zip(bad, still, strict=True)):
                wrong.append(f"{name}: {one['verdict']} and {other['verdict']}")
            if not FAULT_KINDS[more["kind"]].passing and any(
                VERDICTS[v] == "shipped" for v in other["verdict"]
            ):
                wrong.append(f"{name}: a bad release has shipped")
        return wrong

    search(one_fault_more(), 10, check)


@st.composite
def unwatched(draw):
    """Return a scenario in which nobody takes back, with faults of answers, and one more."""
    told = draw(undisturbed())
    told["alarms"] = []
    told["service"].pop("load_balancer", None)  # without it blue_green is refused
    kinds = {"rolling": rolling, "blue_green": shifting}
    name = draw(st.sampled_from(sorted(kinds)))
    strategy = {"type": name, **draw(kinds[name](FREE))}
    for key in ("circuit_breaker", "hooks", "approval"):
        strategy.pop(key, None)
    told["strategies"] = {"it": strategy}
    answers = faults(FREE).filter(lambda fault: fault["kind"] in ANSWERS)
    kinds = st.lists(answers, min_size=1, max_size=2, unique_by=lambda fault: fault["kind"])
    found = [{**f, "seen_by_health_check": False} if f["kind"] == "errors" else f
             for f in draw(kinds)]  # fmt: skip
    return told, found


def test_a_fault_never_lowers_the_time_on_bad_code():
    """Where nobody takes a release back, one fault more is no second less on bad code."""

    def check(drawn):
        told, found = drawn
        times = [
            play(changed(told, "release.faults", found[:k]), "it")["bad_s"]
            for k in range(len(found) + 1)
        ]
        return [f"{a} and {b}" for a, b in pairwise(times) if (b < a - ROUNDING).any()]

    search(unwatched(), 10, check)
