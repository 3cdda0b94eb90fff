"""Which check stands for which fact; the facts that the model leaves out are in the package."""

from collections.abc import Callable
from functools import cache

#: What computes and checks a fact, and tells in one line what the model gives.
CHECKS: dict[str, Callable[[], str]] = {}


def checks(fact):
    """Let a function stand for a fact; used as a decorator."""

    def keep(function):
        known = CHECKS.get(fact)
        if known is not None and known.__name__ != function.__name__:
            raise ValueError(f"{fact} is checked twice: {known.__name__}, {function.__name__}")
        CHECKS[fact] = cache(function)
        return function

    return keep
