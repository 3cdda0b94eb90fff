"""Advice on a service: what many faults do to it under each strategy, and which costs least."""

from simdeploy.advice.recommendation import Recommendation
from simdeploy.advice.recommending import recommend

__all__ = ["Recommendation", "recommend"]
