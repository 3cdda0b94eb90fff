"""Encode functions by the kinds that they take: faults of a release, events around it."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

To = TypeVar("To")
Function = Callable[[To, Sequence[Any]], None]


class Encoders(Generic[To]):
    """Functions that write blocks of certain kinds into ``To``, each with all blocks it takes."""

    def __init__(self) -> None:
        self._functions: list[tuple[tuple[str, ...], Function[To]]] = []

    def takes(self, *kinds: str) -> Callable[[Function[To]], Function[To]]:
        """Register a function for one or more kinds; used as a decorator."""

        def register(function: Function[To]) -> Function[To]:
            self._functions.append((kinds, function))
            return function

        return register

    @property
    def kinds(self) -> list[str]:
        """Every kind that a function takes."""
        return [kind for kinds, _ in self._functions for kind in kinds]

    def encode(self, to: To, blocks: Sequence[Any]) -> None:
        """Call every function once, with the blocks of its kinds in file order."""
        for kinds, function in self._functions:
            function(to, [block for block in blocks if block.kind in kinds])
