"""What can be wrong with a release; several faults may stand together, independently."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from simdeploy.distributions import Constant, Distribution, RateDistribution
from simdeploy.pydantic_base import Block, OneOf, Variant, fault, refuse
from simdeploy.strategies.parts import Flag
from simdeploy.units import Factor, Megabytes, Number, PositiveCount, PositiveRate, Seconds, Share

#: Blocks by the names of the registry (model.registry).
FAULTS: dict[str, type[Variant]] = {}


class BootCrash(Variant, tag="boot_crash", among=FAULTS):
    """A new task exits shortly after RUNNING."""

    probability: Share = Field(1.0, description="Per task attempt.")
    after: Distribution = Field(Constant(value=0.0), description="Time from RUNNING to the exit.")


class Crash(Variant, tag="crash", among=FAULTS):
    """A new task exits while it serves."""

    probability: Share = Field(1.0, description="Per task attempt.")
    after: Distribution = Field(description="Time from RUNNING to the exit.")


class NeverListens(Variant, tag="never_listens", among=FAULTS):
    """A new task runs and never answers."""

    probability: Share = Field(1.0, description="Per task attempt.")


class Errors(Variant, tag="errors", among=FAULTS):
    """The new revision answers some requests with a 5xx."""

    rate: Share = Field(description="Share of the requests that fail.")
    from_: Seconds = Field(0.0, alias="from", description="Errors begin so long after `since`.")
    ramp: Seconds = Field(0.0, description="Time until the full rate.")
    since: Literal["task_running", "full_traffic", "command"] = Field(
        "task_running", description="What `from` counts from."
    )
    seen_by_health_check: Flag | None = Field(
        None, description="Whether checks fail, too; null: if they are deep."
    )


class Slow(Variant, tag="slow", among=FAULTS):
    """The new revision takes longer for every request."""

    factor: Factor = Field(description="Times the old revision's request time.")


class ColdStart(Variant, tag="cold_start", among=FAULTS):
    """Each new task is slow at first, counted in time under production traffic."""

    factor: Factor = Field(description="Times the usual request time.")
    for_: Seconds = Field(alias="for", description="Under production traffic, for so long.")


class Silent(Variant, tag="silent", among=FAULTS):
    """Wrong results that no signal shows; somebody notices at last."""

    noticed_after: Distribution = Field(description="Time under traffic until somebody notices.")


class Schema(Variant, tag="schema", among=FAULTS):
    """The release changes the database schema, and one revision cannot read what is there."""

    change: Literal["expand", "mismatch", "migrate", "contract", "destructive"] = Field(
        description="What kind of change."
    )
    touches: Share = Field(0.2, description="Share of requests that touch the changed table.")
    meets: Share = Field(0.2, description="Of those, the share that meets an unreadable row.")
    rows_read: Number | None = Field(
        None,
        description="Rows in the old shape that requests read (mismatch): of the rows that they "
        "meet, new ÷ (new + these) are new; null: an hour of the table's writes.",
    )
    applied: Literal["before_command", "first_new_task", "full_traffic"] = Field(
        "first_new_task", description="When the change is made."
    )
    reversible: Flag = Field(False, description="Whether a rollback undoes the change.")
    repaired_after: Seconds | None = Field(
        None, description="The damage ends so long after the change is made; null: never."
    )


class SideEffects(Variant, tag="side_effects", among=FAULTS):
    """Bad requests leave something behind: mails sent, orders placed."""

    per_request: Number = Field(1.0, description="Events per request to the new revision.")


class Connections(Variant, tag="connections", among=FAULTS):
    """A new task holds more connections than there are."""

    per_task: PositiveCount = Field(description="Connections of a new task.")


class Throttle(Variant, tag="throttle", among=FAULTS):
    """Each new task answers 429 to the requests beyond a rate."""

    rps_per_task: PositiveRate = Field(description="Requests/s that a task serves at most.")


class ContainerCheckFails(Variant, tag="container_check_fails", among=FAULTS):
    """The container health check of a new task cannot pass; the application answers as ever."""

    probability: Share = Field(1.0, description="Per task attempt.")


#: A key of a kind of fault, and the value that leaves nothing of the fault.
NO_SIZE: dict[str, tuple[tuple[str, float], ...]] = {
    "boot_crash": (("probability", 0.0),),
    "container_check_fails": (("probability", 0.0),),
    "crash": (("probability", 0.0),),
    "never_listens": (("probability", 0.0),),
    "errors": (("rate", 0.0),),
    "slow": (("factor", 1.0),),
    "cold_start": (("factor", 1.0), ("for_", 0.0)),
    "schema": (("touches", 0.0),),
    "side_effects": (("per_request", 0.0),),
}
#: Changes of the schema under which only some rows cannot be read.
ROW_BY_ROW = ("mismatch", "migrate")


def has_size(wrong: Variant) -> bool:
    """Return whether a fault does anything.

    >>> has_size(Errors(rate=0.0)), has_size(Slow(factor=1.5))
    (False, True)
    """
    if isinstance(wrong, Schema) and wrong.change in ROW_BY_ROW and wrong.meets == 0:
        return False
    return all(getattr(wrong, key) != value for key, value in NO_SIZE.get(wrong.tag(), ()))


ReleaseFault = Annotated[Variant, OneOf(FAULTS)]


class ReleaseStartup(Block):
    """Stages of a start of the new revision, where they differ from the service's."""

    provisioning: Distribution | None = Field(
        None, description="Network interface and placement; null: as the service's."
    )
    image_mb: Megabytes | None = Field(None, description="Size of the compressed image, MB.")
    pull_mb_per_s: RateDistribution | None = Field(
        None, description="Speed of the image pull, MB per second."
    )
    pull: Distribution | None = Field(
        None, description="Duration of the image pull, instead of size and speed."
    )
    container_start: Distribution | None = Field(
        None, description="From the pulled image to RUNNING."
    )
    boot: Distribution | None = Field(
        None, description="From RUNNING until the application answers."
    )

    @model_validator(mode="after")
    def _one_pull(self) -> Self:
        if self.pull is not None and (self.pull_mb_per_s or self.image_mb) is not None:
            what = "cannot stand beside image_mb or pull_mb_per_s"
            refuse([fault(("pull",), what, show=False)])
        return self


class Release(Block):
    """One new revision; without faults it is a good one."""

    faults: tuple[ReleaseFault, ...] = Field((), description="What is wrong with it.")
    startup: ReleaseStartup | None = Field(
        None, description="Its own stages of a start; null: the service's."
    )

    @property
    def effective_faults(self) -> tuple[Variant, ...]:
        """The faults that do anything: errors at a rate of 0 are none."""
        return tuple(wrong for wrong in self.faults if has_size(wrong))

    @model_validator(mode="after")
    def _one_schema(self) -> Self:
        places = [i for i, wrong in enumerate(self.faults) if isinstance(wrong, Schema)]
        if len(places) > 1:
            path = ("faults", places[-1])
            refuse([fault(path, "schema may stand once per release", show=False)])
        return self
