"""``check``: what a service's settings cost, finding by finding, and whether a budget is kept."""

from simdeploy.checking.api import check
from simdeploy.checking.result import Check

__all__ = ["Check", "check"]
