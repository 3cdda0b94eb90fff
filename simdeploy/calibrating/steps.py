"""The steps of a deployment that observed times are fitted to, their keys, and their spread.

The spread is that of published deployments (observed, n per step below): low, middle and high stand
for the 5th, 50th and 95th percentile. It widens samples that are too few to show their own.
"""

from typing import NamedTuple


class Spread(NamedTuple):
    """What others saw of a step, s: 5th, 50th and 95th percentile, and of how many samples."""

    low: float
    middle: float
    high: float
    n: int


#: Created until pull started, on Fargate (observed, n = 11): the only stage of a start of which the
#: spread within one service is published; it stands in for stages without a spread of their own.
PROVISIONING = Spread(11.6, 16.0, 22.0, 11)
#: The same with 11 s of pull and container start. The published 18.6 to 65 s (n = 41) lie between
#: services with images of all sizes, not within one.
START = Spread(22.6, 27.0, 33.0, 11)


class Step(NamedTuple):
    """A step that can be measured.

    Parameters
    ----------
    id, words
        Its name in JSON, and as people read it.
    key
        The key of the scenario that it decides; empty where it follows from others.
    spread
        What others saw.
    is_control_plane
        Whether AWS takes this time, which fits no family: it stays as measured.
    """

    id: str
    words: str
    key: str
    spread: Spread
    is_control_plane: bool = False


COMMAND = Step(
    "command", "command → first act", "service.control_plane.command",
    Spread(4.0, 14.4, 18.8, 7), is_control_plane=True,
)  # fmt: skip
PROVISION = Step(
    "provisioning", "created → pull begins", "service.startup.provisioning", PROVISIONING
)
PULL = Step("pull", "pull begins → pulled", "service.startup.pull", PROVISIONING)
CONTAINER = Step(
    "container_start", "pulled → running", "service.startup.container_start", PROVISIONING
)
CONTAINER_LOOK = CONTAINER._replace(words="pulled → registered")
STARTING = Step("start", "started → registered", "service.startup.provisioning", START)
BOOT = Step("boot", "first log line → ready", "service.startup.boot", PROVISIONING)
FIRST_CHECK = Step(
    "first_check", "registered → healthy", "target_group.health_check.first_check",
    Spread(1.6, 2.3, 3.2, 19),
)  # fmt: skip
LOOK = Step(
    "look", "order to stop → deregistered", "", Spread(9.1, 10.0, 11.0, 36), is_control_plane=True
)
SHUTDOWN = Step("shutdown", "SIGTERM → exit", "service.shutdown", PROVISIONING)
EXIT_NOTICED = Step(
    "exit_noticed", "exit → noticed", "service.control_plane.exit_noticed",
    Spread(10.0, 10.2, 10.5, 5), is_control_plane=True,
)  # fmt: skip
TAIL = Step(
    "tail", "delay over → completed", "", Spread(21.9, 30.8, 32.8, 19), is_control_plane=True
)
SICK = Step(
    "replace_sick", "unhealthy → replacement", "service.control_plane.replace.sick",
    Spread(7.0, 24.0, 41.0, 7), is_control_plane=True,
)  # fmt: skip
#: One value each was seen of the next two; the spread is that of sick tasks.
KILLED = Step(
    "replace_killed", "killed → replacement",
    "service.control_plane.replace.killed", Spread(7.0, 14.0, 24.0, 1), is_control_plane=True,
)  # fmt: skip
DIED = Step(
    "replace_died", "died → replacement", "service.control_plane.replace.died",
    Spread(13.0, 26.5, 45.0, 1), is_control_plane=True,
)  # fmt: skip
CONTAINER_CHECK = Step(
    "replace_container_check", "check failed → replacement",
    "service.control_plane.replace.container_check", Spread(0.0, 0.0, 10.2, 1),
    is_control_plane=True,
)  # fmt: skip
FAILS_AFTER = Step(
    "fails_after", "started → start failed", "", Spread(256.0, 278.0, 289.0, 7),
    is_control_plane=True,
)  # fmt: skip
PAUSE = Step(
    "start_pause", "start failed → next start", "service.start_backoff.pauses",
    Spread(25.0, 30.5, 36.0, 7), is_control_plane=True,
)  # fmt: skip

HOP = Step(
    "controller_delay", "CodeDeploy: event → next", "", Spread(0.25, 0.5, 0.81, 8),
    is_control_plane=True,
)  # fmt: skip
#: One for each stage, told apart by its words.
HOOK = Step("hook", "hook", "", PROVISIONING)
ALARM = Step(
    "alarm_to_rollback", "alarm → rollback", "", Spread(0.75, 7.5, 14.3, 0), is_control_plane=True
)

#: In the order of a deployment.
STEPS = (
    COMMAND, PROVISION, PULL, CONTAINER, STARTING, BOOT, FIRST_CHECK, LOOK, SHUTDOWN, TAIL,
    HOP, HOOK, ALARM, EXIT_NOTICED, SICK, KILLED, DIED, CONTAINER_CHECK, FAILS_AFTER, PAUSE,
)  # fmt: skip
