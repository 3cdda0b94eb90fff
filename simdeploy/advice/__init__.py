"""Advice on a service: what many faults do to it under each strategy, and which costs least."""

from simdeploy.advice.fault_matrix import FaultMatrix, compare_faults

__all__ = ["FaultMatrix", "compare_faults"]
