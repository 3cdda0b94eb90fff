"""The service: its tasks, how they start and stop, and what they can carry."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from simdeploy.distributions import (
    Constant,
    Distribution,
    Lognormal,
    PositiveDistribution,
    RateDistribution,
    Uniform,
)
from simdeploy.pydantic_base import Block, derived, fault, refuse
from simdeploy.scenario.control_plane import ControlPlane, OrInstant
from simdeploy.scenario.pods import Readiness, RestartBackoff, StartupProbe
from simdeploy.strategies.parts import Flag, Name
from simdeploy.units import (
    RATE,
    WHOLE,
    AnyPercent,
    Gigabytes,
    Megabytes,
    Number,
    PositiveCount,
    PositiveNumber,
    PositiveSeconds,
    Quantity,
    Seconds,
    Share,
)

#: More than AWS runs in a service, and what the engines have memory for.
MOST_TASKS = 10_000
#: What the scenario record has room for.
MOST_PAUSES = 8
PAUSE = Uniform(low=25.0, high=36.0)
LaunchRate = Annotated[float, Quantity(RATE, above=True)]


class Task(Block):
    """Size of a task, which decides its price."""

    vcpu: PositiveNumber = Field(1.0, description="Virtual CPUs.")
    memory_gb: Gigabytes = Field(2.0, description="Memory, GB.")
    architecture: Literal["x86_64", "arm64"] = Field("x86_64", description="CPU architecture.")
    vcpu_hour_usd: Number | None = Field(
        None, description="Price of a vCPU for an hour; null: Fargate's, us-east-1."
    )
    gb_hour_usd: Number | None = Field(
        None, description="Price of a GB for an hour; null: Fargate's, us-east-1."
    )


class CpuBoost(Block):
    """CPU that a starting task burns besides its requests."""

    percent: AnyPercent = Field(0.0, description="Percent of the task's CPU.")
    for_: Seconds = Field(0.0, alias="for", description="From RUNNING on, for so long.")


class Startup(Block):
    """Stages from the order to start a task until it answers."""

    provisioning: Distribution = Field(
        Lognormal.between("16s", "22s"), description="Network interface and placement."
    )
    image_mb: Megabytes = Field(120.0, description="Size of the compressed image, MB.")
    pull_mb_per_s: RateDistribution = Field(
        Constant(value=15.0), description="Speed of the image pull, MB per second."
    )
    pull: Distribution | None = Field(
        None, description="Duration of the image pull, instead of size and speed."
    )
    container_start: Distribution = Field(
        Constant(value=3.0), description="From the pulled image to RUNNING."
    )
    boot: Distribution = Field(
        Constant(value=10.0), description="From RUNNING until the application answers."
    )
    cpu_boost: CpuBoost = Field(CpuBoost(), description="CPU burnt while starting.")

    @model_validator(mode="after")
    def _one_pull(self) -> Self:
        if self.pull is not None and "pull_mb_per_s" in self.model_fields_set:
            refuse([fault(("pull",), "cannot stand beside pull_mb_per_s", show=False)])
        return self

    @property
    def pull_time(self) -> Distribution:
        """Duration of the image pull from a registry in good health."""
        return self.pull_mb_per_s.into(self.image_mb) if self.pull is None else self.pull


class StartBackoff(Block):
    """Pauses before the next launch after a task that failed."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "first": "is now the first of pauses, a list: one for each failed start in a row"
    }

    pauses: Annotated[tuple[Distribution, ...], Field(min_length=1, max_length=MOST_PAUSES)] = (
        Field(
            (PAUSE, PAUSE, Constant(value=297.0)),
            description="After the first, second … start in a row that failed before RUNNING; "
            "the last one doubles from there on.",
        )
    )
    cap: Seconds = Field(1620.0, description="Longest pause after failed starts.")
    after_running: Distribution = Field(
        PAUSE, description="After a task that ended by itself while RUNNING."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        given = self.pauses if "pauses" in self.model_fields_set else ()
        for k, pause in enumerate(given):
            if isinstance(pause, Constant) and pause.value > self.cap:
                what = f"must be at most cap, {self.cap:g}"
                refuse([fault(("pauses", k), what, got=pause.value)])
        return self


class ContainerHealthCheck(Block):
    """The health check of the task definition's container, which ECS watches."""

    interval: PositiveSeconds = Field(30.0, description="From the end of a check to the next.")
    timeout: PositiveSeconds = Field(5.0, description="A check that takes longer has failed.")
    retries: PositiveCount = Field(3, description="Failures in a row that make it unhealthy.")
    start_period: Seconds = Field(
        0.0, description="Failures of checks begun so long after RUNNING do not count."
    )
    start_interval: PositiveSeconds = Field(
        5.0, description="Between two checks in the start period, before the first pass."
    )
    report_lag: Distribution = Field(
        Uniform(low=0.0, high=20.0),
        description="From a change of health until it is reported to ECS.",
    )


class Service(Block):
    """One ECS service in steady state."""

    name: Name = Field("service", description="What it is called.")
    desired_count: Annotated[int, Quantity(WHOLE, high=MOST_TASKS)] = Field(
        6, description="Tasks to run."
    )
    task: Task = Field(Task(), description="Size of a task.")
    workers: PositiveCount = Field(8, description="Requests that a task serves at once.")
    request_time: PositiveDistribution = Field(
        Lognormal.between("80ms", "300ms"), description="Time that a request occupies a worker."
    )
    capacity_rps: PositiveNumber = derived(
        lambda above: above["workers"] / above["request_time"].mean(),
        72.4,
        "Requests per second that a task can serve; scales request_time to workers ÷ this. "
        "By default workers ÷ mean request_time.",
    )
    slo_latency: PositiveSeconds = Field(1.0, description="Slower requests count as slow.")
    cancels_abandoned: Flag = Field(
        False, description="Whether a request is dropped once its client has left."
    )
    base_error_rate: Share = Field(0.0, description="Requests that fail anyway.")
    startup: Startup = Field(Startup(), description="Stages of a start.")
    shutdown: Distribution = Field(Constant(value=0.2), description="From SIGTERM to the exit.")
    ignores_sigterm: Flag = Field(False, description="Whether only SIGKILL ends a task.")
    stop_timeout: Seconds = Field(30.0, description="From SIGTERM to SIGKILL at most.")
    sigterm: Literal["after_drain", "at_order", "without_deregistration"] = Field(
        "after_drain",
        description="When a task receives SIGTERM: after the deregistration delay, or by mistake "
        "with the order to stop, its target deregistered a look later or only once it is gone.",
    )
    finishes_work: Flag = Field(
        False, description="Whether a task finishes its requests after SIGTERM, then shuts down."
    )
    health_check_grace_period: Seconds = Field(
        0.0, description="ECS ignores failing checks for so long after RUNNING."
    )
    launch_type: Literal["fargate", "ec2"] = Field(
        "fargate", description="Decides the defaults of startup and control_plane."
    )
    scheduler_tick: Seconds = Field(
        10.2,
        description="The scheduler looks so often, from its first act on (ec2: 3 s); "
        "0: after every change.",
    )
    control_plane: Annotated[ControlPlane, OrInstant()] = Field(
        ControlPlane(), description="What AWS itself takes; instant: nothing."
    )
    draining_counts_to_maximum: Flag = Field(
        True, description="Whether draining tasks count against maximum_percent."
    )
    slots: PositiveCount | None = Field(
        None, description="Room for so many tasks, draining ones included; null: no limit."
    )
    launch_rate: LaunchRate = Field(20.0, description="Tasks launched per second.")
    launch_burst: PositiveCount = Field(100, description="Tasks launched at once.")
    start_backoff: StartBackoff = Field(StartBackoff(), description="Pauses after failed starts.")
    stop_before_start: Flag = Field(
        True, description="With a minimum below 100 %, stop old tasks before starting new ones."
    )
    replace_with_same_revision: Flag = Field(
        True, description="Whether a failed task is replaced by its own revision."
    )
    load_balancer: Flag = Field(
        True,
        description="Whether a load balancer checks tasks and sends them requests; false: running "
        "tasks take the work, target_group has no effect, and a task is healthy after 40 s of "
        "RUNNING or by its container check.",
    )
    container_health_check: ContainerHealthCheck | None = Field(
        None, description="The container's own health check; null: none."
    )
    readiness: Readiness | None = Field(
        None, description="Kubernetes' readiness probe; null: a pod is ready once it has started."
    )
    startup_probe: StartupProbe | None = Field(
        None, description="Kubernetes' startup probe; null: none."
    )
    restart_backoff: RestartBackoff | None = Field(
        None, description="Kubernetes' pauses before restarts; 10 s, doubling up to 5 minutes."
    )
    pre_stop: Seconds | None = Field(
        None, description="On Kubernetes, from a pod's deletion until SIGTERM; 0 s."
    )
    termination_grace_period: Seconds | None = Field(
        None, description="On Kubernetes, from a pod's deletion until SIGKILL; 30 s."
    )
    endpoint_propagation: Distribution | None = Field(
        None,
        description="On Kubernetes, how long requests still reach a pod that is deleted or not "
        "ready; 1 to 3 s.",
    )
    max_connections: PositiveCount | None = Field(
        None, description="Connections that all tasks may hold together; null: no limit."
    )

    @model_validator(mode="after")
    def _looks_in_order(self) -> Self:
        jitter, tick = self.control_plane.look_jitter, self.scheduler_tick
        if "look_jitter" in self.control_plane.model_fields_set and 0.0 < tick <= 2.0 * jitter:
            what = f"must be less than half of scheduler_tick, {tick:g} s"
            refuse([fault(("control_plane", "look_jitter"), what, got=jitter)])
        return self
