"""When ECS looks at a service: one grid of looks per run, anchored at its first act.

Observed: of 117 steps between successive service events (31 deployments, 2017 to 2026) 83 % lie
within 1.2 s of a multiple of 10.2 s, counted from the service's first act in a deployment.
Facts: ecs-scheduler-tick, ecs-command.
"""

from math import floor


def look_time(anchor: float, interval: float, number: int, offset: float) -> float:
    """Time of look ``number``, negative before the first act (ecs-scheduler-tick).

    A function of the number alone, so that every order of questions gets the same answer.

    >>> look_time(8.0, 10.0, 0, 0.0), look_time(8.0, 10.0, 3, 0.25), look_time(8.0, 10.0, -1, 0.0)
    (8.0, 38.25, -2.0)
    """
    return anchor + number * interval + offset


def look_offset(number: int, jitter: float, u: float) -> float:
    """Seconds by which a look is early or late: uniform within ``jitter``; none at the first act.

    (ecs-scheduler-tick)

    >>> look_offset(3, 0.5, 0.75), look_offset(0, 0.5, 0.75)
    (0.25, 0.0)
    """
    return 0.0 if number == 0 else jitter * (2.0 * u - 1.0)


def earliest_look(anchor: float, interval: float, jitter: float, t: float) -> int:
    """Number of the earliest look that may fall at or after ``t``; those before it do not.

    Arithmetic on the grid of `look_time`; without an interval there is one look, the first act.

    >>> earliest_look(8.0, 10.0, 0.0, 28.0), earliest_look(8.0, 10.0, 0.5, 28.25)
    (2, 1)
    """
    if interval <= 0.0:
        return 0
    return int(floor((t - anchor - jitter) / interval))  # noqa: RUF046  on a GPU, floor gives a float
