"""Questions for teaching, and what can be wrong with them."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field
from pydantic_core import InitErrorDetails

from simdeploy.pydantic_base import Block, did_you_mean, fault
from simdeploy.strategies.parts import Name
from simdeploy.units import Number


class Question(Block):
    """A question for teaching, asked before the result shows."""

    ask: str = Field(description="The question.")
    kind: Literal["choice", "number"] = Field(description="Pick a strategy, or say a number.")
    metric: str = Field(description="The number that answers it.")
    strategy: Name | None = Field(None, description="Of which strategy; for kind: number.")
    wrong: tuple[Number, ...] = Field((), description="Plausible wrong answers.")


def question_faults(
    questions: Iterable[Question], strategies: Iterable[str]
) -> Iterator[InitErrorDetails]:
    """Find questions about strategies or metrics that do not exist."""
    names = tuple(strategies)
    for i, question in enumerate(questions):
        path = ("questions", i)
        if question.strategy is not None and question.strategy not in names:
            yield fault((*path, "strategy"), "no strategy has this name", got=question.strategy,
                        allowed=did_you_mean(question.strategy, names))  # fmt: skip
        if question.metric not in (metrics := _metrics()):
            yield fault((*path, "metric"), "unknown metric", got=question.metric,
                        allowed=did_you_mean(question.metric, metrics))  # fmt: skip
        if question.kind == "number" and question.strategy is None:
            yield fault((*path, "strategy"), "is required for kind: number", show=False)


def _metrics() -> list[str]:
    from simdeploy.model.registry import METRICS  # noqa: PLC0415 - rarely needed, slow to import

    return [*(m.name for m in METRICS), "rollback_after_s", "rollback_late_s", "verdict", "outcome"]
