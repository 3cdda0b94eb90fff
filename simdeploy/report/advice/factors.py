"""The article's decision table, rolling or blue-green, computed for one service.

The six factors, and which way each of them points, are those of the article that this simulator
goes with; the sizes at which they point there (a minute, five tasks) are its, too.
"""

from collections.abc import Iterator
from typing import NamedTuple

from simdeploy.advice.expected import GOOD
from simdeploy.advice.recommendation import Recommendation
from simdeploy.report.advice.words import dollars, price
from simdeploy.report.words import duration, listed, quantity
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.strategies import Shifting

ROLLING, BLUE_GREEN, EITHER = "rolling", "blue-green", "either"
#: A rollback that takes less than this is fast (s).
FAST = 60.0
#: Up to so many tasks a service is small.
SMALL = 5
#: Times that differ by less are alike (s).
ALIKE = 5.0
SCHEMA = "schema"


class Factor(NamedTuple):
    """A factor of the table: what it is here, and what that speaks for."""

    name: str
    here: str
    speaks_for: str


def factors(made: Recommendation) -> list[Factor]:
    """Return the factors; none where there is no rolling or no blue-green strategy that ships."""
    return list(_factors(made, *made.sides)) if made.sides else []


def _words(made: Recommendation) -> Vocabulary:
    return Vocabulary(made.good.scenario.platform)


def _factors(made: Recommendation, rolling: str, blue_green: str) -> Iterator[Factor]:
    yield _cost(made, rolling, blue_green)
    yield _speed(made, rolling, blue_green)
    tasks, words = made.good.scenario.service.desired_count, _words(made)
    size = f"{quantity(tasks, words.task)}; small is up to {SMALL}"
    yield Factor("Size", size, ROLLING if tasks <= SMALL else BLUE_GREEN)
    yield _schema(made, rolling, blue_green)
    yield _validation(made, blue_green)
    person = made.good.scenario.operator is not None
    team = "a person on call" if person else "nobody on call in the file"
    yield Factor("Team", team, BLUE_GREEN if person else ROLLING)


def _cost(made: Recommendation, rolling: str, blue_green: str) -> Factor:
    """Return whether the tasks of blue-green cost more than it saves."""
    cheap, dear = (made.costs.parts(name, GOOD).compute for name in (rolling, blue_green))
    own = made.good.scenario.resolved_strategies[blue_green]
    kept = ""
    if isinstance(own, Shifting):
        wait = own.bake_time if own.controller == "ecs" else own.termination_wait
        kept = f"; old {_words(made).tasks} stay {duration(float(wait))}"
    less = made.costs.month(blue_green).mean < made.costs.month(rolling).mean
    here = f"{price(cheap)} a good release against {price(dear)}{kept}"
    side = EITHER if made.costs.level(rolling, blue_green) else BLUE_GREEN if less else ROLLING
    return Factor("Cost", f"{here}; in all {_month(made, rolling, blue_green)}", side)


def _month(made: Recommendation, rolling: str, blue_green: str) -> str:
    slow, quick = (dollars(made.costs.month(name).mean) for name in (rolling, blue_green))
    return f"{slow} a month against {quick}"


def _speed(made: Recommendation, rolling: str, blue_green: str) -> Factor:
    """Return whether blue-green goes back within a minute and rolling does not."""
    slow, quick = _taken_back(made, rolling), _taken_back(made, blue_green)
    if slow is None or quick is None:
        return Factor("Rollback", "not ordered in any run", EITHER)
    here = f"{duration(slow)} against {duration(quick)}"
    if abs(slow - quick) < ALIKE:
        return Factor("Rollback", here, EITHER)
    fast = "; both under a minute" if max(slow, quick) < FAST else ""
    side = BLUE_GREEN if quick < slow else ROLLING
    return Factor("Rollback", f"{here}{fast}", EITHER if fast else side)


def _taken_back(made: Recommendation, name: str) -> float | None:
    """Return how long it takes to take a release back, some time after full traffic (s)."""
    summary = (made.good.strategies[name].drill or {}).get("rollback_after_s")
    return None if summary is None else summary.mean


def _schema(made: Recommendation, rolling: str, blue_green: str) -> Factor:
    """Return what a release costs that changes the schema."""
    kinds = [k for k in made.costs.kinds if SCHEMA in k.lower() and made.costs.likelihood(k)]
    if not kinds:
        return Factor("Schema", "no such release is expected", EITHER)
    costs = [made.costs.mean(name, kinds[0]) for name in (rolling, blue_green)]
    here = f'{dollars(costs[0])} a release of "{kinds[0]}" against {dollars(costs[1])}'
    if abs(costs[0] - costs[1]) < 1.0:
        return Factor("Schema", here, EITHER)
    return Factor("Schema", here, ROLLING if costs[0] < costs[1] else BLUE_GREEN)


def _validation(made: Recommendation, blue_green: str) -> Factor:
    """Return whether more than the health check looks at a release before users do."""
    scenario = made.good.scenario
    carrier = scenario.resolved_strategies[blue_green].carrier
    depth, words = scenario.target_group.health_check.depth, _words(made)
    hooks = len(carrier.hooks)
    gates = [f"{hooks} hook{'s' * (hooks > 1)}"] * bool(hooks)
    gates += ["an approval"] * bool(carrier.approvals)
    if gates:
        return Factor("Validation", f"{listed(gates)} besides the {words.health_check}", BLUE_GREEN)
    seen = "sees failing answers" if depth == "deep" else f"sees only that a {words.task} answers"
    here = f"no gate; the {words.health_check} is {depth}: it {seen}"
    return Factor("Validation", here, ROLLING if depth == "deep" else EITHER)
