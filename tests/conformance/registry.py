"""Which check stands for which fact, and which facts the model leaves out, with the reason."""

from collections.abc import Callable
from functools import cache

#: What computes and checks a fact, and tells in one line what the model gives.
CHECKS: dict[str, Callable[[], str]] = {}
#: Why a fact has no place in the model.
OUTSIDE: dict[str, str] = {}


def checks(fact):
    """Let a function stand for a fact; used as a decorator."""

    def keep(function):
        known = CHECKS.get(fact)
        if known is not None and known.__name__ != function.__name__:
            raise ValueError(f"{fact} is checked twice: {known.__name__}, {function.__name__}")
        CHECKS[fact] = cache(function)
        return function

    return keep


def outside(fact, reason):
    """Leave a fact out of the model."""
    OUTSIDE[fact] = reason
