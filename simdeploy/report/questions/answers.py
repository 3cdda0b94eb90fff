"""The answers to a scenario's questions, computed from its runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite, isinf, nan

import numpy as np
from numpy.typing import NDArray

from simdeploy.api import compare
from simdeploy.errors import SimdeployError
from simdeploy.model.registry import OUTCOMES, VERDICTS
from simdeploy.report.answer.answering import answer
from simdeploy.report.answer.extracting import facts
from simdeploy.results.comparison import DRILLS, Comparison, StrategyResult, drilled
from simdeploy.results.level import SMALL, floor_of
from simdeploy.results.metrics import BY_NAME
from simdeploy.results.room import check_kept
from simdeploy.scenario import Scenario
from simdeploy.scenario.questions import WORDS, Question, Wrong
from simdeploy.scenario.vocabulary import Vocabulary

#: A number is right within this part of the answer.
NEAR = 0.25
#: Less than half of a request is none.
NONE = 0.5
#: All that is played where the time of a drill is asked for.
VARIANTS = ("release", "twin", *DRILLS)
#: Quantiles by the name of a statistic.
QUANTILES = {"p50": 0.5, "p95": 0.95}
#: The unit of shares of runs, which no metric has.
RUNS = "of 100 runs"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question.

    Attributes
    ----------
    figures
        The asked number by strategy, in file order: infinite where no run has come to an end by
        the horizon, NaN where it does not exist in any run.
    right
        The strategies that a choice may name: the best, and those level with it; for a number
        that of the question.
    unit
        The unit of the figures.
    noun
        The same in the words of the platform.
    run
        The replication of the strategy that is told whose number is nearest to the answer.
    horizon
        How long the runs go on (s).
    """

    question: Question
    figures: Mapping[str, float]
    right: tuple[str, ...]
    unit: str
    run: int
    horizon: float
    noun: str = ""

    @property
    def number(self) -> float:
        """The number that answers the question, or the figure of the strategy that does."""
        return self.figures[self.right[0]]

    def accepts(self, guess: float | str) -> bool:
        """Return whether a guess is right: a strategy, or a number within 25 % of the answer."""
        if isinstance(guess, str):
            return guess in self.right
        return near(guess, self.number, NONE if self.unit != "USD" else 0.0)

    def misconception(self, guess: float | str) -> str:
        """Return what a wrong guess stands for; empty where nobody wrote that down."""
        if isinstance(guess, str):
            return self.question.wrong_choices.get(guess, "")
        close = [one for one in self.question.wrong_numbers if near(guess, one.is_, 0.0)]
        best = min(close, key=lambda one: _ratio(guess, one), default=None)
        return best.because if best else ""


def near(guess: float, right: float, none: float) -> bool:
    """Return whether a number is within 25 % of another one; what is below ``none`` is nothing.

    >>> near(75, 100, 0.5), near(74, 100, 0.5), near(0, 0.3, 0.5), near(1, 0, 0.5)
    (True, False, True, False)
    """
    if isinf(guess) or isinf(right):
        return guess == right
    if max(guess, right) < none or guess == right:
        return True
    return abs(guess - right) <= NEAR * right


def _ratio(guess: float, one: Wrong) -> float:
    return abs(guess - one.is_)


@dataclass(frozen=True, slots=True)
class Asked:
    """A scenario's questions with their answers, and the sentence of the answer that says why."""

    scenario: Scenario
    seed: int
    runs: int
    answers: tuple[Answer, ...]
    why: str


def answers(
    scenario: Scenario,
    *,
    runs: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Asked:
    """Return the answers to all questions of a scenario; nothing of them is written down.

    Parameters
    ----------
    runs, seed
        Replications and seed; by default the scenario's own.
    threads
        How many threads to use; by default all cores.

    Raises
    ------
    SimdeployError
        If a question's number exists in no run, so that there is no answer; for more runs than are
        kept.
    """
    asked = {question.metric for question in scenario.questions}
    planned(scenario, runs)
    result = compare(
        scenario,
        runs=runs,
        seed=seed,
        threads=threads,
        twin=bool(asked & DRILLS.keys()),
        drill=bool(asked & DRILLS.keys()),
    )
    given = tuple(_answer(result, question, i) for i, question in enumerate(scenario.questions))
    sentences = answer(facts(result)).sentences
    why = " ".join(text for label, text in sentences if label == "Why")
    return Asked(scenario, result.seed, result.runs, given, why)


def planned(scenario: Scenario, runs: int | None = None) -> int:
    """Return how many runs `answers` plays at most, of so many of each strategy.

    Raises
    ------
    SimdeployError
        For more runs than are kept.
    """
    runs = scenario.runs if runs is None else runs
    check_kept(runs, len(scenario.strategies), VARIANTS)
    return runs * len(scenario.strategies) * len(VARIANTS)


def _answer(result: Comparison, question: Question, index: int) -> Answer:
    """Return the answer to one question."""
    horizon = result.scenario.horizon
    numbers = {name: _numbers(one, question) for name, one in result.results}
    figures = {n: _figure(v, question.statistic, horizon) for n, v in numbers.items()}
    unit = _unit(question.metric)
    is_number = question.kind == "number"
    right = (str(question.strategy),) if is_number else _best(figures, question)
    if not right or np.isnan(figures[right[0]]):
        what = "no run has this number, so there is no answer"
        raise SimdeployError(f"{result.scenario.name}: questions.{index}.metric: {what}")
    run = _nearest(numbers[right[0]], figures[right[0]])
    noun = Vocabulary(result.scenario.platform).unit(question.metric, unit)
    return Answer(question, figures, right, unit, run, horizon, noun)


def _unit(metric: str) -> str:
    if metric in WORDS:
        return RUNS
    return BY_NAME[metric].unit if metric in BY_NAME else "s"


def _numbers(result: StrategyResult, question: Question) -> NDArray[np.float64]:
    """Return the asked number of every run; 100 and 0 where the share of a word is asked for."""
    metric = question.metric
    if metric in WORDS:
        words = VERDICTS if metric == "verdict" else OUTCOMES
        hits = result.rows[metric] == words.index(str(question.value))
        return np.asarray(100.0 * hits, dtype=np.float64)
    if metric in DRILLS and result.drill_rows is not None:
        good = result.rows if result.twin_rows is None else result.twin_rows
        return np.asarray(drilled(result.drill_rows[metric], good), dtype=np.float64)
    return np.asarray(result.rows[metric], dtype=np.float64)


def _figure(numbers: NDArray[np.float64], statistic: str, horizon: float) -> float:
    """Return a statistic over the runs that have a number.

    As in tables, the mean takes what is open at the horizon as that long; if all runs are open, it
    is infinite.
    """
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return nan
    if np.isinf(known).all():
        return inf
    if statistic in QUANTILES:
        return float(np.quantile(known, QUANTILES[statistic], method="higher"))
    return (
        float(np.minimum(known, horizon).mean()) if np.isinf(known).any() else float(known.mean())
    )


def _best(figures: Mapping[str, float], question: Question) -> tuple[str, ...]:
    """Return the strategies that a choice may name, the best first."""
    known = {name: figure for name, figure in figures.items() if not np.isnan(figure)}
    if not known:
        return ()
    ordered = sorted(known, key=lambda name: known[name], reverse=question.end == "most")
    best = known[ordered[0]]

    def is_level(figure: float) -> bool:
        if not (isfinite(figure) and isfinite(best)):
            return figure == best
        return abs(figure - best) < max(floor_of(question.metric), SMALL * max(figure, best))

    return tuple(name for name in ordered if is_level(known[name]))


def _nearest(numbers: NDArray[np.float64], figure: float) -> int:
    """Return the first run whose number is nearest to a figure."""
    if not isfinite(figure):
        return int(np.argmax(numbers == figure))
    return int(np.nanargmin(np.where(np.isinf(numbers), nan, np.abs(numbers - figure))))
