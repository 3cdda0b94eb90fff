"""Task-seconds to dollars.

Source: Fargate pricing. Facts: fargate-billing, fargate-prices.
"""


def billed_seconds(start: float, end: float, minimum: float) -> float:
    """Seconds billed for a task, from the start of its image pull to its end (fargate-billing).

    >>> billed_seconds(10.0, 30.0, 60.0), billed_seconds(10.0, 130.0, 60.0)
    (60.0, 120.0)
    """
    return max(minimum, end - start) if end > start else 0.0


def hourly_price(vcpu: float, memory_gb: float, vcpu_price: float, gb_price: float) -> float:
    """Price of a task in dollars per hour (fargate-prices).

    >>> round(6 * hourly_price(1, 2, 0.04048, 0.004445), 3)
    0.296
    """
    return vcpu * vcpu_price + memory_gb * gb_price


def dollars(seconds: float, hourly: float) -> float:
    """Cost in dollars of task-seconds at an hourly price. Arithmetic."""
    return seconds * hourly / 3600.0
