"""The process engine: one run as SimPy processes, told in full.

Every stage of a task's life and every health check is an event of its own; nothing is folded.
Slow and readable; the batch engine must give the same numbers to the last bit.
"""

from simdeploy.engines.process.service import Service, numbers
from simdeploy.engines.process.state import plain

__all__ = ["Service", "numbers", "plain"]
