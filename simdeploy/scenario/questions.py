"""Questions for teaching, and what can be wrong with them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from simdeploy.pydantic_base import Block, derived, did_you_mean, fault, refuse
from simdeploy.strategies.parts import Name
from simdeploy.units import NUMBER, Number, Quantity

#: Words of a choice that ask for the least of a metric.
LEAST = re.compile(
    r"\b(fewest|least|shortest|soonest|fastest|quickest|cheapest|earliest)\b", re.IGNORECASE
)
#: Metrics whose values are words: a question asks for the runs of 100 that have one of them.
WORDS = ("verdict", "outcome")


class Wrong(Block):
    """A wrong number, and the way of thinking that leads to it."""

    is_: Number = Field(alias="is", description="The number, in the unit of the metric.")
    because: str = Field("", description="What this number is, and what it leaves out.")


class WrongAnswers:
    """Annotation of wrong answers: numbers as a tuple of `Wrong`, strategies with their reasons.

    A list, ``[0, {is: 120, because: "…"}]``, belongs to a question for a number, a block,
    ``{rolling: "…"}``, to a choice.
    """

    def __call__(self, value: Any) -> tuple[Wrong, ...] | dict[str, str]:
        """Validate a list of numbers, or a block of strategies."""
        if isinstance(value, Mapping):
            return TypeAdapter(dict[Name, str]).validate_python(value)
        if not isinstance(value, Sequence) or isinstance(value, str):
            form = '[0, {is: 120, because: "…"}] or {rolling: "…"}'
            refuse([fault((), "must be a list or a block", got=value, allowed=f"allowed: {form}")])
        blocks = [one if isinstance(one, Mapping | Wrong) else {"is": one} for one in value]
        return TypeAdapter(tuple[Wrong, ...]).validate_python(blocks)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic call this instead of its own parser."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe both forms."""
        number = Quantity(NUMBER).json()
        fields = {name: field.description for name, field in Wrong.model_fields.items()}
        block = {
            "type": "object",
            "properties": {
                "is": {**number, "description": fields["is_"]},
                "because": {"type": "string", "default": "", "description": fields["because"]},
            },
            "required": ["is"],
            "additionalProperties": False,
        }
        numbers = {"type": "array", "items": {"anyOf": [number, block]}}
        return {"anyOf": [numbers, {"type": "object", "additionalProperties": {"type": "string"}}]}


def _end(given: dict[str, Any]) -> str:
    """Return which end of its metric a choice asks for, by its words."""
    return "least" if LEAST.search(str(given.get("ask", ""))) else "most"


class Question(Block):
    """A question for teaching, asked before the result shows."""

    ask: str = Field(description="The question.")
    kind: Literal["choice", "number"] = Field(description="Pick a strategy, or say a number.")
    metric: str = Field(description="The number that answers it.")
    strategy: Name | None = Field(None, description="Of which strategy; for kind: number.")
    statistic: Literal["mean", "p50", "p95"] = Field(
        "mean", description="The mean over the runs, the median, or what 1 run in 20 exceeds."
    )
    value: str | None = Field(
        None,
        description="Of metric verdict or outcome: a word; what is asked for is how many runs of "
        "100 have it.",
    )
    end: Literal["most", "least"] = derived(
        _end,
        "most",
        "Which strategy a choice asks for; by default what its words say, such as fewest.",
    )
    wrong: Annotated[tuple[Wrong, ...] | dict[str, str], WrongAnswers()] = Field(
        (),
        description='Wrong answers with reasons: [{is: 120, because: "…"}], or as bare numbers; '
        'of a choice {rolling: "…"}.',
    )

    @property
    def wrong_numbers(self) -> tuple[Wrong, ...]:
        """The wrong answers to a question for a number."""
        return () if isinstance(self.wrong, dict) else self.wrong

    @property
    def wrong_choices(self) -> dict[str, str]:
        """Why strategies are the wrong choice, by name."""
        return self.wrong if isinstance(self.wrong, dict) else {}


def question_faults(
    questions: Iterable[Question], strategies: Iterable[str]
) -> Iterator[InitErrorDetails]:
    """Find questions about strategies, metrics or words that do not exist."""
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
        yield from _word_faults(question, path)
        yield from _wrong_faults(question, names, path)


def _word_faults(question: Question, path: tuple[str, int]) -> Iterator[InitErrorDetails]:
    """Find a word that its metric does not have, or that is missing."""
    if question.metric not in WORDS:
        if question.value is not None:
            yield fault((*path, "value"), f"is for metric {' or '.join(WORDS)}", show=False)
        return
    known = _values(question.metric)
    if question.value is None:
        yield fault((*path, "value"), f"is required for metric: {question.metric}", show=False,
                    allowed=did_you_mean("", known))  # fmt: skip
    elif question.value not in known:
        yield fault((*path, "value"), f"unknown {question.metric}", got=question.value,
                    allowed=did_you_mean(question.value, known))  # fmt: skip


def _wrong_faults(
    question: Question, names: tuple[str, ...], path: tuple[str, int]
) -> Iterator[InitErrorDetails]:
    """Find wrong answers of the other kind, and choices that do not exist."""
    if question.kind == "choice" and question.wrong_numbers:
        yield fault((*path, "wrong"), "of a choice is a block of strategies", show=False,
                    allowed='allowed: {rolling: "…"}')  # fmt: skip
    if question.kind == "number" and question.wrong_choices:
        yield fault((*path, "wrong"), "of a number is a list", show=False,
                    allowed='allowed: [0, {is: 120, because: "…"}]')  # fmt: skip
    for name in question.wrong_choices if question.kind == "choice" else ():
        if name not in names:
            yield fault((*path, "wrong", name), "no strategy has this name", show=False,
                        allowed=did_you_mean(name, names))  # fmt: skip


def _metrics() -> list[str]:
    from simdeploy.model.registry import METRICS  # noqa: PLC0415 - rarely needed, slow to import

    return [*(m.name for m in METRICS), "rollback_after_s", "rollback_late_s", *WORDS]


def _values(metric: str) -> tuple[str, ...]:
    from simdeploy.model.registry import OUTCOMES, VERDICTS  # noqa: PLC0415 - likewise

    return VERDICTS if metric == "verdict" else OUTCOMES
