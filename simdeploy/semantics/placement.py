"""Placement of tasks where there is no capacity: rounds of attempts, and the pauses between them.

Source: ECS developer guide, service event messages and throttle logic. Fact: ecs-placement-rounds.
"""

#: Pause after a round of three attempts, and the longest one; rounds that pause for the first.
PAUSE = 900.0
LONGEST = 1620.0
SHORT_ROUNDS = 3


def is_unavailable(now: float, start: float, end: float) -> bool:
    """Whether no task can be placed now. Definition of the event ``capacity_unavailable``."""
    return start <= now < end


def placement_pause(rounds: int) -> float:
    """Seconds until the next round of attempts, after so many failed rounds in a row.

    Three attempts fall into one look. The first three rounds are 15 minutes apart, later ones 27
    (ecs-placement-rounds).

    >>> [placement_pause(rounds) for rounds in (1, 2, 3, 4, 9)]
    [900.0, 900.0, 900.0, 1620.0, 1620.0]
    """
    return PAUSE if rounds <= SHORT_ROUNDS else LONGEST
