"""``check``: findings, each with its consequence simulated, and a budget."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from simdeploy.api import Progress, RunCounter
from simdeploy.checking.budget import GOOD, THIS, Given, judged, read_budget
from simdeploy.checking.finding import Finding, findings, holding
from simdeploy.checking.places import Origin, in_tree
from simdeploy.checking.playing import Player
from simdeploy.checking.registry import RULES
from simdeploy.checking.result import Check
from simdeploy.checking.rule import SEVERITIES, Situation
from simdeploy.engines import encoded
from simdeploy.errors import SimdeployError
from simdeploy.results.comparison import has_faults
from simdeploy.results.summary import Variant, summarize_variant
from simdeploy.scenario import Scenario
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.kubernetes import KUBERNETES
from simdeploy.scenario.vocabulary import Vocabulary
from simdeploy.simulating import HIGHEST_SEED
from simdeploy.sweeps.planning import ScenarioSource, tree

#: Runs behind each number of a finding; of a service with many tasks fewer, so that tasks × runs
#: stay below a number. Runs per strategy of a budget are the scenario's.
RUNS, LEAST_RUNS, TASK_RUNS = 300, 20, 12_000
MOST_RUNS = 100_000
#: Is told a scenario and how many runs of it there will be.
Announce = Callable[[Scenario, int], None]
#: The scenario's own release.
AS_IT_STANDS = Situation("this release")
GOOD_RELEASE = Situation("a good release", twin=True)


def check(
    scenario: ScenarioSource,
    *,
    budget: Given | None = None,
    strategies: Sequence[str] | None = None,
    runs: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    origin: Origin | None = None,
    announce: Announce | None = None,
) -> Check:
    """Check the settings of a service, and a budget.

    Parameters
    ----------
    scenario
        What ``load_scenario`` returns, a file, or a name of the gallery.
    budget
        A file, or a mapping ``{metric: {"p95": limit}}``, with ``this_release``, ``good_release``
        and ``strategies`` as keys above metrics.
    strategies
        Names of the strategies to check; by default all.
    runs
        Runs behind each number of a finding; by default 300, with more than 40 tasks fewer. Of a
        budget, by default the scenario's.
    origin
        Where the scenario comes from, if it is imported.
    announce
        Called with the scenario and about how many runs there will be, before the first.

    Raises
    ------
    SimdeployError
        For a faulty scenario or budget, and for an unknown strategy.
    """
    root = tree(scenario)
    whole = validated(root)
    names = list(whole.strategies if strategies is None else whole.only(strategies).strategies)
    limits = None if budget is None else read_budget(budget, whole.strategies, names)
    player = Player(
        root,
        _within(
            "runs", usual_runs(whole.service.desired_count) if runs is None else runs, 1, MOST_RUNS
        ),
        _within("seed", whole.seed if seed is None else seed, 0, HIGHEST_SEED),
        threads,
    )
    checked = whole.only(names)
    for name in names:
        # Before anything is played, refuse what cannot be.
        encoded(checked, name, "release")
    origin = origin or Origin(in_tree(root))
    held = list(holding(checked, origin.previous))
    arms = dict.fromkeys((limit.strategy, limit.release) for limit in limits or ())
    budgeted = whole.runs if runs is None else runs
    many = Player(
        root, _within("runs", budgeted, 1, MOST_RUNS) if arms else 1, player.seed, threads
    )
    count = RunCounter(len(held) + len(arms), progress)
    if announce is not None:
        measured = sum(len(holds.strategies) for holds in held)
        announce(checked, 2 * measured * player.runs + len(arms) * many.runs)
    found = findings(held, player, origin.locate, partial(count.add, 1))
    variants = _variants(many, list(arms), count)
    bad = has_faults(checked)
    return Check(
        checked,
        player.runs,
        player.seed,
        tuple(sorted(found, key=_severity)),
        tuple(questions(checked, origin)),
        None
        if limits is None
        else tuple(
            judged(
                limit, variants[limit.strategy, limit.release], is_bad=bad and limit.release == THIS
            )
            for limit in limits
        ),
        many.runs if limits is not None else 0,
    )


def usual_runs(tasks: int) -> int:
    """Return how many runs are behind each number, by the tasks of the service.

    >>> usual_runs(6), usual_runs(200), usual_runs(10_000)
    (300, 60, 20)
    """
    return max(LEAST_RUNS, min(RUNS, TASK_RUNS // max(tasks, 1)))


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise SimdeployError(f"{what} must be from {least:,} to {most:,}; got {value:,}")
    return int(value)


def _severity(finding: Finding) -> tuple[int, float, int]:
    """Order findings: the worst first, then those that cost most, then as documented."""
    size = finding.headline.size if finding.headline else 0.0
    return SEVERITIES.index(finding.severity), -round(size, 2), list(RULES).index(finding.id)


def _variants(
    player: Player, arms: Sequence[tuple[str, str]], count: RunCounter
) -> dict[tuple[str, str], Variant]:
    """Return the summaries of strategies and releases, each played once."""
    variants = {}
    for name, release in arms:
        rows = player.rows(GOOD_RELEASE if release == GOOD else AS_IT_STANDS, (), name)
        variants[name, release] = summarize_variant(rows, player.scenario.horizon)
        count.add(1)
    return variants


def questions(scenario: Scenario, origin: Origin) -> Iterator[str]:
    """Yield what cannot be decided from a file."""
    if origin.assumed:
        listed = ", ".join(origin.assumed)
        yield f"Are these right? They are assumed, and the numbers rest on them: {listed}."
    yield "Is a script for the rollback in the repository, and has it been tried?"
    if not origin.previous and scenario.platform != KUBERNETES:
        yield "Is the ARN of the task definition before written down at each release?"
    if scenario.service.load_balancer and scenario.target_group.health_check.depth == "deep":
        check = Vocabulary(scenario.platform).health_check
        yield f"Does the {check} depend on something that users could do without?"
    if scenario.operator is None:
        yield "Who notices a deployment that hangs, and how soon?"
