"""The records as types: plain objects when the program runs, spelled out for mypy in types.pyi."""

from simdeploy.model.fields.plain import CLASSES, RunState

__all__ = ["RunState"]

globals().update(CLASSES)
