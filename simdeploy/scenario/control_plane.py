"""What AWS itself takes: the looks of the ECS scheduler, and what it needs to notice things."""

from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import CoreSchema

from simdeploy.distributions import Constant, Distribution, Uniform
from simdeploy.pydantic_base import Block
from simdeploy.strategies.parts import Flag
from simdeploy.units import Seconds

#: The word that stands for a control plane that takes no time.
INSTANT = "instant"


class Replace(Block):
    """From a task's failure until ECS wants its replacement, which starts at the next look."""

    sick: Distribution = Field(
        Uniform(low=7.0, high=41.0), description="From the verdict of the load balancer's checks."
    )
    killed: Distribution = Field(
        Constant(value=14.0), description="From the exit of a task that a person has stopped."
    )
    died: Distribution = Field(
        Constant(value=26.5), description="From the exit of a task that ended by itself."
    )
    container_check: Distribution = Field(
        Constant(value=0.0), description="From the verdict of a container health check."
    )


class ControlPlane(Block):
    """What AWS itself takes between a cause and its own act; the word `instant`: nothing."""

    instant: Flag = Field(
        False, description="What is not set here takes no time, and only orders wait for a look."
    )
    steps: Literal["at_looks", "at_once"] = Field(
        "at_looks",
        description="Whether registration, deregistration, SIGTERM and the end of a task wait for "
        "a look of the scheduler, or only its orders.",
    )
    look_jitter: Seconds = Field(0.35, description="A look is early or late by so much at most.")
    command: Distribution = Field(
        Uniform(low=4.0, high=19.0),
        description="From a command to ECS's first act, where its looks are anchored.",
    )
    left_group: Distribution = Field(
        Uniform(low=0.2, high=2.1),
        description="From the end of the deregistration delay until ECS sees the target gone.",
    )
    exit_noticed: Distribution = Field(
        Constant(value=10.0), description="From a process's exit until the scheduler knows."
    )
    replace: Replace = Field(Replace(), description="Reaction to a failed task, by its kind.")

    @classmethod
    def _prepare(cls, data: Any) -> Any:
        return {"instant": True} if data == INSTANT else super()._prepare(data)

    @model_serializer(mode="wrap")
    def _with_word(self, handler: SerializerFunctionWrapHandler) -> Any:
        is_word = self.instant and self.model_fields_set == {"instant"}
        return INSTANT if is_word else handler(self)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the word, or a block."""
        return {"anyOf": [{"const": INSTANT}, handler(schema)]}
